"""By what plans, their versions, targets and parameters can be searched, and which versions an account may read."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.ground.filters import AreaFilter, DayFilter, OneOf, SomeOf, WholeNumber, YesOrNo
from communities.ground.roles import Role
from communities.ground.scope import Scope

from .models import Force, Nature, Parameter, Plan, PlanVersion, Status, SubjectLevel, Target, ValueKind


def versions_for(scope: Scope) -> QuerySet[PlanVersion]:
    """Return the versions of the plans within reach; only officers see those that wait to be published."""
    versions = PlanVersion.objects.within(scope)
    return versions if Role.OFFICER in scope.roles else versions.published()


class PlanFilter(django_filters.FilterSet):
    """By owner and title."""

    within = AreaFilter(field_name="prefix", lookup_expr="startswith", help_text=_("Owned below this division code."))
    title = django_filters.CharFilter(
        field_name="title_zh", lookup_expr="contains", max_length=60, help_text=_("Part of the title.")
    )

    class Meta:
        model = Plan
        fields: list[str] = []


class VersionFilter(django_filters.FilterSet):
    """By plan, status and publication."""

    plan = django_filters.CharFilter(field_name="plan__code", help_text=_("Code of the plan."))
    status = SomeOf(choices=Status, help_text=_("Whether the plan binds; may be repeated."))
    published = YesOrNo(
        field_name="published_at", lookup_expr="isnull", exclude=True, help_text=_("true: only what is published.")
    )
    in_force_on = DayFilter(
        field_name="period", lookup_expr="contains", help_text=_("A day within the period of the plan.")
    )

    class Meta:
        model = PlanVersion
        fields: list[str] = []


class OfVersion(django_filters.FilterSet):
    """By plan and version."""

    plan = django_filters.CharFilter(field_name="version__plan__code", help_text=_("Code of the plan."))
    version = WholeNumber(field_name="version__number", help_text=_("Number of the version."))


class TargetFilter(OfVersion):
    """By code, level judged, wording and the day a rule is in force."""

    code = django_filters.CharFilter(help_text=_("Code of the target."))
    subject = SomeOf(choices=SubjectLevel, help_text=_("Level that is judged; may be repeated."))
    force = OneOf(method="of_rule", choices=Force, help_text=_("How binding the wording of a rule is."))
    nature = OneOf(method="of_rule", choices=Nature, help_text=_("Binding or expected indicator."))
    in_force_on = DayFilter(
        field_name="rules__in_force",
        lookup_expr="contains",
        distinct=True,
        help_text=_("Only targets with a rule in force on this day."),
    )

    class Meta:
        model = Target
        fields: list[str] = []

    def of_rule(self, targets: QuerySet[Target], name: str, value: str) -> QuerySet[Target]:
        """Keep the targets with such a rule."""
        return targets.filter(**{f"rules__{name}": value}).distinct()


class ParameterFilter(OfVersion):
    """By code and type."""

    code = django_filters.CharFilter(help_text=_("Code of the parameter."))
    type = OneOf(choices=ValueKind, help_text=_("What its values are."))

    class Meta:
        model = Parameter
        fields: list[str] = []
