"""By what runs, findings and roll-ups can be searched, which runs an account may read, and which one is meant."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.plans.models import SubjectLevel
from communities.ground.filters import AreaFilter, DayField, DayFilter, SomeOf, WholeNumber, YesOrNo
from communities.ground.roles import Role
from communities.ground.scope import Scope
from communities.places.models import Level

from .models import Finding, RollUp, Run, RunQuerySet, Verdict


def runs_for(scope: Scope) -> RunQuerySet:
    """Return the runs that touch the account's reach; only officers see those that are not published."""
    runs = Run.objects.seen_by(scope)
    return runs if Role.OFFICER in scope.roles else runs.published()


class RunFilter(django_filters.FilterSet):
    """By plan, day, area and publication."""

    plan = django_filters.CharFilter(field_name="version__plan__code", help_text=_("Code of the plan."))
    version = WholeNumber(field_name="version__number", help_text=_("Number of the version."))
    as_of = DayFilter(help_text=_("The day as at which was judged."))
    within = AreaFilter(
        field_name="prefix", lookup_expr="startswith", help_text=_("Areas judged below this division code.")
    )
    published = YesOrNo(
        field_name="published_at", lookup_expr="isnull", exclude=True, help_text=_("true: only what is published.")
    )

    class Meta:
        model = Run
        fields: list[str] = []


class RunAsked(forms.Form):
    """Which run is meant: a number, or the latest published one of a plan and a day."""

    run = forms.IntegerField(required=False, min_value=1)
    plan = forms.CharField(required=False)
    as_of = DayField(required=False)

    def chosen(self, runs: RunQuerySet) -> Run | None:
        """Return the run, None where none is published; raise ValidationError for a number that is not among `runs`."""
        if not self.is_valid():
            raise ValidationError({name: [str(text) for text in found] for name, found in self.errors.items()})
        told = self.cleaned_data
        of_plan = {"version__plan__code": told["plan"]} if told["plan"] else {}
        of_day = {"as_of": told["as_of"]} if told["as_of"] else {}
        runs = runs.select_related("version__plan").defer("version__pack", "version__source_text")
        asked = runs.filter(**of_plan, **of_day)
        if told["run"] is None:
            return asked.published().order_by("-published_at", "-pk").first()
        found = asked.filter(pk=told["run"]).first()
        if found is None:
            message = gettext("There is no run {run} here, or not for this account.").format(run=told["run"])
            raise ValidationError({"run": [message]})
        return found


class OfRun(django_filters.FilterSet):
    """What is common to findings and roll-ups: the run they belong to, target, area. Codes are those of `day`."""

    run = WholeNumber(
        method="chosen", help_text=_("Number of the run; left out: the one published last, of `plan` and `as_of`.")
    )
    plan = django_filters.CharFilter(method="chosen", help_text=_("Code of the plan whose run is meant."))
    as_of = DayFilter(method="chosen", help_text=_("The day as at which was judged."))
    target = django_filters.CharFilter(field_name="rule__target__code", help_text=_("Code of the target."))
    within = AreaFilter(
        method="in_area", help_text=_("Places below this division code, itself included: 3701, 370102, 370102001000.")
    )

    def __init__(self, *args: Any, day: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def chosen(self, rows: QuerySet[Any], _name: str, value: Any) -> QuerySet[Any]:
        """Leave the rows as they are: they are those of the run that `RunAsked` has chosen."""
        return rows

    def in_area(self, rows: Any, _name: str, value: str) -> Any:
        """Keep the places below a code of the day judged."""
        return rows.within(value, self.day)


class FindingFilter(OfRun):
    """By verdict and level besides."""

    verdict = SomeOf(choices=Verdict, help_text=_("The verdict; may be repeated."))
    level = SomeOf(field_name="rule__target__subject", choices=SubjectLevel, help_text=_("Level that was judged."))

    class Meta:
        model = Finding
        fields: list[str] = []


class RollUpFilter(OfRun):
    """By the level of the place and the level judged besides."""

    level = SomeOf(field_name="place__level", choices=Level, help_text=_("Level of the place that was added up."))
    subject = SomeOf(choices=SubjectLevel, help_text=_("Level of the places that were judged."))

    class Meta:
        model = RollUp
        fields: list[str] = []
