"""The form by which an officer asks for a judging: plan, area, day; every fault stands beside its field."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.plans.models import Plan, PlanVersion
from communities.ground import clock
from communities.ground.scope import Scope, prefix_of
from communities.places import finding
from communities.places.models import Level, Place, PlaceCode

from .actions import area_judged, checked_day
from .viewpoint import code_of

MOST_AREAS = 250


class AreaInput(forms.TextInput):
    """A text field that proposes areas by code and name."""

    template_name = "compliance/area_input.html"

    def __init__(self, areas: list[tuple[str, str]], attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.areas = areas

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the proposals and the name of their list."""
        context = super().get_context(name, value, attrs)
        context["widget"]["areas"] = self.areas
        context["widget"]["attrs"]["list"] = f"{name}_areas"
        return context


class EvaluateForm(forms.Form):
    """Plan, area and day; `version` afterwards is the plan's latest published one, or the one given."""

    plan = forms.ChoiceField(label=_("Plan"))
    area = forms.CharField(
        label=_("Area"),
        help_text=_("A division code, or the name, short name or pinyin initials of a place."),
        max_length=60,
    )
    as_of = forms.DateField(
        label=_("As of"),
        help_text=_("What was recorded for this day counts; a later day judges later facts."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01", "max": "2199-12-31"}),
    )

    def __init__(self, *args: Any, scope: Scope, version: PlanVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.version = version
        if version is not None:
            del self.fields["plan"]
        else:
            plans = Plan.objects.within(scope).filter(versions__published_at__isnull=False).distinct()
            self.fields["plan"].choices = [(plan.code, plan.title) for plan in plans.order_by("code")]  # type: ignore[attr-defined]
        self.fields["area"].widget = AreaInput(proposed_areas(scope))

    def clean_area(self) -> str:
        """Return the code prefix of the area: from a code, or from what one place within reach is called."""
        said = self.cleaned_data["area"].strip()
        code = said.split(" ")[0]  # a proposal reads: 370102 历下区
        if code.isdecimal():
            prefix = prefix_of(code) if len(code) == 12 else code
            if len(code) > 12 or len(prefix) not in (4, 6, 9, 12):
                raise ValidationError(_("A division code has 12 digits, its prefix 4, 6 or 9."))
        else:
            prefix = prefix_of(code_of(finding.the_one(Place.objects.within(self.scope), said)))
        if not self.scope.covers(prefix):
            raise ValidationError(_("This area lies outside the area of your account."))
        return prefix

    def clean(self) -> dict[str, Any]:
        """Hold day and area against the plan."""
        cleaned = super().clean() or {}
        if self.version is None and cleaned.get("plan"):
            self.version = Plan.objects.within(self.scope).get(code=cleaned["plan"]).latest()
        if self.version is None:
            return cleaned
        try:
            day = checked_day(self.version, cleaned["as_of"]) if "as_of" in cleaned else None
        except ValidationError as error:
            day = None
            self.add_error("as_of", error)
        if "area" in cleaned:
            try:
                area_judged(self.version, cleaned["area"], day or clock.today())
            except ValidationError as error:
                self.add_error("area", error)
        return cleaned


def proposed_areas(scope: Scope) -> list[tuple[str, str]]:
    """Return the cities, districts and streets within reach as (prefix, name), in the order of their codes."""
    rows = (
        PlaceCode.objects.filter(scope.condition("code"), during__contains=clock.today())
        .exclude(place__level__in=[Level.COMMUNITY, Level.PROVINCE])
        .order_by("code")
    )
    return [(prefix_of(code), name) for code, name in rows.values_list("code", "place__name")[:MOST_AREAS]]
