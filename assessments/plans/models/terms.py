"""What formulas may name besides metrics: dated figures of the plan, and indicators that offices report."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from communities.ground import periods

from .plans import OfVersionQuerySet, PlanVersion, in_language
from .unchanging import NEVER_CHANGES, stands_with


class ValueKind(models.TextChoices):
    """What a value is."""

    NUMBER = "number", _("number")
    BOOLEAN = "boolean", _("yes or no")
    DATE = "date", _("date")
    CHOICE = "choice", _("one of a list")
    SET = "set", _("several of a list")


class SubjectLevel(models.TextChoices):
    """Whom a target or an indicator is about."""

    CITY = "city", _("city")
    DISTRICT = "district", _("district")
    STREET = "street", _("street")
    COMMUNITY = "community", _("community")


def choice_name(names: dict[str, dict[str, str]] | None, code: str) -> str:
    """Return what a choice is called in the reader's language; its code where it has no name."""
    label = (names or {}).get(code)
    return in_language(label["zh"], label.get("en", "")) if label else code


class Reporter(models.TextChoices):
    """Whose office knows a reported value and files it."""

    CITY = "city", _("city")
    DISTRICT = "district", _("district")
    STREET = "street", _("street")
    COMMUNITY = "community", _("community")
    DEPARTMENT = "department", _("department")


class OverTime(models.TextChoices):
    """What several reported values of one subject come to: a year's, or for `latest` the one that still holds."""

    LATEST = "latest", _("the latest holds")
    SUM = "sum", _("the year's values add up")
    AVERAGE = "average", _("the year's mean")
    MAXIMUM = "maximum", _("the year's highest")
    MINIMUM = "minimum", _("the year's lowest")


class OverPlaces(models.TextChoices):
    """How the values of many places are shown as one above them."""

    SUM = "sum", _("total")
    AVERAGE = "average", _("mean")
    WEIGHTED = "weighted", _("weighted mean")
    SHARE = "share", _("share of places")
    NONE = "none", _("not put together")


@pgtrigger.register(*NEVER_CHANGES, stands_with("NEW.version_id"))
class Parameter(models.Model):
    """A figure or an option of a plan, by which its targets are computed. Its values are dated."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="parameters", verbose_name=_("version"))
    code = models.CharField(_("code"), max_length=60)
    order = models.PositiveIntegerField(_("order"))
    label_zh = models.CharField(_("label (Chinese)"), max_length=120)
    label_en = models.CharField(_("label (English)"), max_length=160, blank=True)
    type = models.CharField(_("type"), max_length=10, choices=ValueKind)
    unit = models.CharField(_("unit"), max_length=60, null=True, blank=True, help_text=_("Empty: not checked."))
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("choices"), default=list, blank=True)
    choice_names = models.JSONField(_("names of the choices"), default=dict, blank=True)

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("parameter")
        verbose_name_plural = _("parameters")
        ordering = ["version", "order"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="a_parameter_stands_once_in_a_version")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_zh, self.label_en)


class OnlyPrefix(Func):
    """A code prefix as a one-number range; the leading 1 keeps "" and leading zeros apart."""

    template = "int8range(('1' || %(expressions)s)::bigint, ('1' || %(expressions)s)::bigint, '[]')"
    output_field = BigIntegerRangeField()


@pgtrigger.register(
    *NEVER_CHANGES,
    stands_with("SELECT p.version_id FROM plans_parameter p WHERE p.id = NEW.parameter_id"),
)
class ParameterValue(models.Model):
    """The value of a parameter in a period, everywhere or below one division code."""

    parameter = models.ForeignKey(Parameter, models.PROTECT, related_name="values", verbose_name=_("parameter"))
    during = periods.PeriodField(_("in force"))
    value = models.CharField(_("value"), max_length=500, help_text=_("A decimal, a day, a choice; several by ;"))
    for_prefix = models.CharField(
        _("for the places below"), max_length=12, blank=True, db_collation="C", help_text=_("Empty: everywhere.")
    )
    clause = models.CharField(_("clause"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("value of a parameter")
        verbose_name_plural = _("values of parameters")
        ordering = ["parameter", "for_prefix", "during"]
        constraints = [
            periods.lasting("parameter_value_lasts"),
            ExclusionConstraint(
                name="parameter_values_do_not_overlap",
                expressions=[
                    (periods.only("parameter"), RangeOperators.OVERLAPS),
                    (OnlyPrefix("for_prefix"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This parameter already has a value in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parameter.code} = {self.value}"


@pgtrigger.register(*NEVER_CHANGES, stands_with("NEW.version_id"))
class Indicator(models.Model):
    """A value no register holds: whose office files it, for whom, and what several values come to."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="indicators", verbose_name=_("version"))
    code = models.CharField(_("code"), max_length=60)
    order = models.PositiveIntegerField(_("order"))
    label_zh = models.CharField(_("label (Chinese)"), max_length=120)
    label_en = models.CharField(_("label (English)"), max_length=160, blank=True)
    type = models.CharField(_("type"), max_length=10, choices=ValueKind)
    unit = models.CharField(_("unit"), max_length=60, null=True, blank=True, help_text=_("Empty: not checked."))
    subject = models.CharField(_("subject"), max_length=10, choices=SubjectLevel)
    reported_by = models.CharField(_("reported by"), max_length=10, choices=Reporter)
    over_time = models.CharField(_("over time"), max_length=10, choices=OverTime)
    over_places = models.CharField(_("over places"), max_length=10, choices=OverPlaces)
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("choices"), default=list, blank=True)
    choice_names = models.JSONField(_("names of the choices"), default=dict, blank=True)

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported indicator")
        verbose_name_plural = _("reported indicators")
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="an_indicator_stands_once_in_a_version")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_zh, self.label_en)
