"""
Reported values: what no register can compute, filed by the office that knows it.

A value belongs to the plan and the indicator's code, not to a version: a new version of the pack finds what was filed.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Func
from django.db.models.lookups import Exact
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import clock, periods
from communities.ground.history import tracked
from communities.ground.models import Fact
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place

from .plans import Plan
from .terms import Indicator, choice_name

COLUMNS = {kind: f"value_{kind}" for kind in ("number", "boolean", "date", "choice", "set")}
DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?")
LARGEST = Decimal(10) ** 18
_TRUE, _FALSE = {"true", "yes", "1", "是"}, {"false", "no", "0", "否"}

Typed = Decimal | bool | date | str | list[str]


def typed(indicator: Indicator, text: str) -> Typed:
    """
    Read `text` as a value of `indicator`; members of a set are separated by `;`.

    Raises ValidationError saying what is wrong: an empty text is refused, a missing row is what says "unknown".
    """
    text = text.strip()
    if indicator.type == "set":
        return _members(indicator, text)
    if not text:
        raise ValidationError(gettext("The value is empty. Leave the row out where it is not known."), code="empty")
    readers: dict[str, Callable[[Indicator, str], Typed]] = {
        "number": _number,
        "boolean": _boolean,
        "date": _day,
        "choice": _choice,
    }
    return readers[indicator.type](indicator, text)


def _number(_indicator: Indicator, text: str) -> Decimal:
    if not DECIMAL.fullmatch(text):
        message = gettext("“{text}” is not a number Linli can keep: digits, at most 18 before and 12 after the point.")
        raise ValidationError(message.format(text=text[:40]), code="number")
    return Decimal(text)


def _boolean(_indicator: Indicator, text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValidationError(gettext("“{text}” is neither yes nor no.").format(text=text[:40]), code="boolean")
    return text.lower() in _TRUE


def _day(_indicator: Indicator, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        message = gettext("“{text}” is not a date. Write it as 2008-12-31.")
        raise ValidationError(message.format(text=text[:40]), code="date") from None
    if not periods.DATES_FROM <= day <= periods.DATES_TO:
        raise ValidationError(gettext("{day} is outside the years 1900 to 2199.").format(day=day), code="date")
    return day


def _choice(indicator: Indicator, text: str) -> str:
    """Return the code of a choice that is given by its code or by its name in either language."""
    for code, label in indicator.choice_names.items():
        if text in label.values():
            return str(code)
    if text not in indicator.choices:
        known = ", ".join(choice_name(indicator.choice_names, code) for code in indicator.choices)
        message = gettext("“{text}” is not a choice of “{label}”. Known: {known}.")
        raise ValidationError(message.format(text=text[:40], label=indicator.label, known=known), code="choice")
    return text


def _members(indicator: Indicator, text: str) -> list[str]:
    parts = text.replace("；", ";").split(";")
    return sorted({_choice(indicator, part.strip()) for part in parts if part.strip()})


class _Filled(Func):
    """How many of the columns hold a value."""

    function = "num_nonnulls"
    output_field = models.IntegerField()


class ReportedValueQuerySet(ScopedQuerySet["ReportedValue"]):
    """Reported values, fenced by their place."""

    def with_choice_names(self) -> Self:
        """Annotate `choice_names`: what the plan's latest version calls the choices of the indicator."""
        named = Indicator.objects.filter(version__plan=OuterRef("plan"), code=OuterRef("indicator"))
        return self.annotate(choice_names=Subquery(named.order_by("-version__number").values("choice_names")[:1]))


@tracked
class ReportedValue(Fact):
    """The value of one reported indicator for one place, as at a day. It holds, or counts, from that day."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="reported_values", verbose_name=_("plan"))
    indicator = models.CharField(_("indicator"), max_length=60)
    place = models.ForeignKey(Place, models.PROTECT, related_name="reported_values", verbose_name=_("place"))
    as_of = models.DateField(_("as of"))
    value_number = models.DecimalField(_("number"), max_digits=30, decimal_places=12, null=True, blank=True)
    value_boolean = models.BooleanField(_("yes or no"), null=True, blank=True)
    value_date = models.DateField(_("date"), null=True, blank=True)
    value_choice = models.CharField(_("one of a list"), max_length=60, null=True, blank=True)
    value_set = ArrayField(models.CharField(max_length=60), verbose_name=_("several of a list"), null=True, blank=True)

    objects = ReportedValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported value")
        verbose_name_plural = _("reported values")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "indicator", "place", "as_of"],
                name="one_value_a_plan_indicator_place_and_day",
                violation_error_message=_("This value has already been reported for that day; change that row."),
            ),
            models.CheckConstraint(
                condition=Exact(_Filled(*(F(column) for column in COLUMNS.values())), Value(1)),
                name="a_reported_value_is_exactly_one_value",
                violation_error_message=_("Fill in exactly one value."),
            ),
            models.CheckConstraint(
                condition=Q(value_number__isnull=True) | Q(value_number__range=(-LARGEST, LARGEST)),
                name="a_reported_number_is_finite",
            ),
            periods.dated_sanely("as_of", "reported_in_known_years"),
            periods.dated_sanely("value_date", "reported_date_in_known_years"),
        ]
        indexes = [models.Index(fields=["indicator", "place", "as_of"], name="reported_by_indicator")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.place} {self.as_of}: {self.written}"

    @property
    def written(self) -> str:
        """The value as `typed` reads it."""
        value = self.value
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return ";".join(value) if isinstance(value, list) else str(value or "")

    @property
    def named(self) -> Typed | None:
        """The value, choices by their names where it was read `with_choice_names`."""
        names, value = getattr(self, "choice_names", None), self.value
        if isinstance(value, list):
            return [choice_name(names, code) for code in value]
        return choice_name(names, value) if isinstance(value, str) else value

    @property
    def value(self) -> Typed | None:
        """The value, in whichever column it stands."""
        found = (getattr(self, column) for column in COLUMNS.values())
        return next((value for value in found if value is not None), None)

    def clean(self) -> None:
        """Refuse what does not fit the indicator of the plan's latest version, and days to come."""
        super().clean()
        indicator = Indicator.objects.filter(version__plan=self.plan_id, code=self.indicator).last()
        if indicator is None:
            raise ValidationError({"indicator": _("The plan knows no indicator of this code.")})
        if getattr(self, COLUMNS[indicator.type]) is None:
            expected = self._meta.get_field(COLUMNS[indicator.type]).verbose_name  # type: ignore[union-attr]
            raise ValidationError(_("This indicator takes a value of another kind: fill in “%s”.") % expected)
        if self.place_id and self.place.level != indicator.subject:
            raise ValidationError({"place": _("This indicator is reported for places of another level.")})
        if self.as_of and self.as_of > clock.today():
            raise ValidationError({"as_of": _("A value cannot be reported for a day to come.")})
