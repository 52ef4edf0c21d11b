"""
Plans over the API: the plan, its versions, and what a version holds: targets with their rules, parameters.

Formulas are given as the pack states them, figures as decimal strings. A version that waits to be published is
shown to officers only.
"""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from communities.ground.access import roles
from communities.ground.api import FencedViewSet, PeriodDays
from communities.ground.roles import BUSINESS

from .filters import ParameterFilter, PlanFilter, TargetFilter, VersionFilter, versions_for
from .models import Milestone, Parameter, ParameterValue, Plan, PlanVersion, Rule, Target

PERIOD = _("First and last day, both inclusive; null is open.")


class VersionBriefly(serializers.ModelSerializer[PlanVersion]):
    """A version as its plan lists it."""

    class Meta:
        model = PlanVersion
        fields = ["id", "number", "sha256", "status", "published_at"]


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """A plan and its versions, the latest first."""

    owner = serializers.CharField(source="owner.name", help_text=_("Whose plan it is."))
    versions = VersionBriefly(many=True, read_only=True, help_text=_("The versions, the latest first."))

    class Meta:
        model = Plan
        fields = [
            "code",
            "title_zh",
            "title_en",
            "document_number",
            "issuers",
            "issued_on",
            "prefix",
            "owner",
            "versions",
        ]


class VersionSerializer(serializers.ModelSerializer[PlanVersion]):
    """One version of a plan."""

    plan = serializers.CharField(source="plan.code", help_text=_("Code of the plan."))
    status_label = serializers.CharField(source="get_status_display", help_text=_("The status in words."))
    period = PeriodDays(help_text=PERIOD)
    consultation = PeriodDays(allow_null=True, help_text=PERIOD)

    class Meta:
        model = PlanVersion
        fields = [
            "id",
            "plan",
            "number",
            "sha256",
            "status",
            "status_label",
            "period",
            "consultation",
            "authored_by",
            "checked_by",
            "next_review",
            "loaded_at",
            "published_at",
        ]


BOUNDS = ["at_least", "at_most", "more_than", "less_than", "equals", "applies_when"]


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    """What a rule requires by a day, or each year's last."""

    class Meta:
        model = Milestone
        fields = ["number", "due", "yearly", "clause", *BOUNDS]


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """What a target requires while a text is in force; formulas as the pack states them, empty where none."""

    in_force = PeriodDays(help_text=PERIOD)
    split = serializers.DictField(child=serializers.CharField(), help_text=_("Name of the share: formula."))
    ratio = serializers.DictField(
        child=serializers.CharField(), allow_null=True, help_text=_("Empty: the shares are only reported.")
    )
    milestones = MilestoneSerializer(many=True, read_only=True, help_text=_("In the order of their numbers."))

    class Meta:
        model = Rule
        fields = [
            "id",
            "number",
            "in_force",
            "clause",
            "measure",
            *BOUNDS,
            "holds",
            "split",
            "ratio",
            "tolerance",
            "attention_when",
            "unit",
            "force",
            "nature",
            "milestones",
        ]


class NoteSerializer(serializers.Serializer[Any]):
    """A note in both languages."""

    zh = serializers.CharField(help_text=_("In Chinese."))
    en = serializers.CharField(help_text=_("In English; empty where there is none."))


class PrintedSerializer(serializers.Serializer[Any]):
    """The figure the document itself prints for what a target measures."""

    value = serializers.CharField(help_text=_("The figure in the unit of the measure; empty where none is printed."))
    text = serializers.CharField(help_text=_("As it stands in the document: 22%."))
    rounding = serializers.ChoiceField(
        choices=["half_up", "truncate", "up", "none"], help_text=_("How the figure is read when it is compared.")
    )
    rounded_to = serializers.CharField(help_text=_("Step of the last digit printed; empty: that of the value."))
    note = NoteSerializer(allow_null=True, help_text=_("Why the two differ, or what else is to be known."))


class TargetSerializer(serializers.ModelSerializer[Target]):
    """A target and its rules."""

    printed = PrintedSerializer(
        allow_null=True, read_only=True, help_text=_("What the document itself prints, to compare with.")
    )
    plan = serializers.CharField(source="version.plan.code", help_text=_("Code of the plan."))
    version = serializers.IntegerField(source="version.number", help_text=_("Number of the version."))
    rules = RuleSerializer(many=True, read_only=True, help_text=_("In the order of their numbers."))

    class Meta:
        model = Target
        fields = [
            "id",
            "plan",
            "version",
            "code",
            "label_zh",
            "label_en",
            "clause",
            "catalogue",
            "subject",
            "printed",
            "rules",
        ]


class ParameterValueSerializer(serializers.ModelSerializer[ParameterValue]):
    """The value of a parameter in a period."""

    during = PeriodDays(help_text=PERIOD)

    class Meta:
        model = ParameterValue
        fields = ["during", "value", "for_prefix", "clause"]


class ParameterSerializer(serializers.ModelSerializer[Parameter]):
    """A figure or an option of a plan, with its dated values."""

    plan = serializers.CharField(source="version.plan.code", help_text=_("Code of the plan."))
    version = serializers.IntegerField(source="version.number", help_text=_("Number of the version."))
    values = ParameterValueSerializer(many=True, read_only=True, help_text=_("One for each period and area."))

    class Meta:
        model = Parameter
        fields = ["id", "plan", "version", "code", "label_zh", "label_en", "type", "unit", "choices", "values"]


PLAN_CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description=_("Code of the plan."))


@extend_schema_view(retrieve=extend_schema(parameters=[PLAN_CODE]))
@roles(*BUSINESS)
class PlanViewSet(FencedViewSet[Plan]):
    """Plans owned within the account's reach, and those of the places above it."""

    queryset = Plan.objects.none()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    lookup_field = key = "code"

    def reached(self) -> QuerySet[Plan]:
        """Return the plans with a version the account may read."""
        versions = versions_for(self.reach).defer("pack", "source_text").order_by("-number")
        plans = Plan.objects.within(self.reach).filter(pk__in=versions_for(self.reach).values("plan"))
        return plans.select_related("owner").prefetch_related(Prefetch("versions", versions))


@roles(*BUSINESS)
class VersionViewSet(FencedViewSet[PlanVersion]):
    """Versions of plans, the one loaded last first."""

    queryset = PlanVersion.objects.none()
    serializer_class = VersionSerializer
    filterset_class = VersionFilter
    key = "-pk"

    def reached(self) -> QuerySet[PlanVersion]:
        """Return the versions the account may read."""
        return versions_for(self.reach).select_related("plan").defer("pack", "source_text")


@roles(*BUSINESS)
class TargetViewSet(FencedViewSet[Target]):
    """Targets of plans in the order of the pack, with the rules that say what each requires in which period."""

    queryset = Target.objects.none()
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def reached(self) -> QuerySet[Target]:
        """Return the targets of the versions the account may read."""
        milestones = Prefetch("milestones", Milestone.objects.order_by("number"))
        rules = Rule.objects.order_by("number").prefetch_related(milestones)
        return _of_versions(Target.objects.filter(version__in=versions_for(self.reach)), Prefetch("rules", rules))


@roles(*BUSINESS)
class ParameterViewSet(FencedViewSet[Parameter]):
    """Parameters of plans in the order of the pack, with their dated values."""

    queryset = Parameter.objects.none()
    serializer_class = ParameterSerializer
    filterset_class = ParameterFilter

    def reached(self) -> QuerySet[Parameter]:
        """Return the parameters of the versions the account may read."""
        return _of_versions(Parameter.objects.filter(version__in=versions_for(self.reach)), "values")


def _of_versions(rows: QuerySet[Any], *parts: Any) -> QuerySet[Any]:
    """Read the version beside the row, without the whole pack, and the parts for the page at once."""
    whole = ("version__pack", "version__source_text")
    return rows.select_related("version__plan").defer(*whole).prefetch_related(*parts)
