"""The form by which an evaluation is opened: what may be chosen, and days that are proposed as working days."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.plans.models import PlanVersion
from communities.ground import clock
from communities.ground.forms import WithoutNumbers
from communities.ground.scope import Scope
from communities.places.models import Place

from .models import SheetVersion
from .opening import NewCycle
from .working_days import add_working_days

SELF, STREET, DISTRICT = 15, 25, 35  # working days from today, as a proposal


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    shown = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=shown)


class OpeningForm(WithoutNumbers):
    """What is to be opened, by an officer of the city or district that organises it."""

    organiser = forms.ModelChoiceField(Place.objects.none(), label=_("organiser"))
    sheet_version = forms.ModelChoiceField(SheetVersion.objects.none(), label=_("scoring sheet"))
    plan_version = forms.ModelChoiceField(
        PlanVersion.objects.none(),
        label=_("plan version"),
        help_text=_("By whose targets the derived items are judged."),
    )
    year = forms.IntegerField(label=_("year"), min_value=1990, max_value=2199)
    as_of = _day(_("facts as of"), _("What the registers say of this day is filled in."))
    self_until = _day(_("filing until"), _("The days are proposed as working days; change them where needed."))
    street_until = _day(_("review by the street until"))
    district_until = _day(_("check by the district until"))
    contact = forms.CharField(
        label=_("where objections go"), max_length=200, help_text=_("Office, address, telephone of the office.")
    )
    second_reason = forms.CharField(
        label=_("why a second time"),
        max_length=500,
        required=False,
        help_text=_("Only where communities have been evaluated for the year already."),
    )

    def __init__(self, data: Any, *, scope: Scope) -> None:
        super().__init__(data, initial=proposed())
        codes = [prefix.ljust(12, "0") for prefix in scope.prefixes if len(prefix) in (4, 6)]
        today = clock.today()
        own = Place.objects.filter(codes__code__in=codes, codes__during__contains=today).distinct()
        sheets = SheetVersion.objects.published().within(scope).select_related("sheet")
        plans = PlanVersion.objects.published().within(scope).select_related("plan")
        self._offer("organiser", own)
        self._offer("sheet_version", sheets.defer("pack", "source_text").order_by("sheet__code", "-number"))
        self._offer("plan_version", plans.defer("pack", "source_text").order_by("plan__code", "-number"))

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared so above
        field.queryset = rows
        if len(first := list(rows[:2])) == 1:
            self.initial[name] = first[0].pk

    def wanted(self) -> NewCycle:
        """Return what was asked for."""
        return NewCycle(**self.cleaned_data)


def proposed() -> dict[str, Any]:
    """Return what the form proposes: last year, its last day, and three days in working days from today."""
    today = clock.today()
    year = today.year - 1
    return {
        "year": year,
        "as_of": today.replace(year=year, month=12, day=31),
        "self_until": add_working_days(today, SELF),
        "street_until": add_working_days(today, STREET),
        "district_until": add_working_days(today, DISTRICT),
    }
