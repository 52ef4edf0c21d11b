"""
Runs, findings and roll-ups over the API.

Findings and roll-ups are always those of one run: the one asked for, else the one published last. Places are named
by the code they bore on the day judged. Numbers are decimal strings, exactly as judged.
"""

import re
from dataclasses import asdict
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from assessments.plans.models import Milestone, SubjectLevel
from assessments.plans.restoring import restore_printed
from communities.ground import units
from communities.ground.access import roles
from communities.ground.api import ExactNumber, FencedViewSet, M
from communities.ground.roles import BUSINESS
from communities.places.models import Level, PlaceCode

from . import printed
from .filters import FindingFilter, RollUpFilter, RunAsked, RunFilter, runs_for
from .models import Finding, RollUp, Run, Verdict

KEY = re.compile(r"\d{1,18}(-\d{1,18}){3}", re.ASCII)
CODE = _("The 12 digits of the place on the day judged.")


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run: which plan version, as at which day, over which area, and what it found."""

    plan = serializers.CharField(source="version.plan.code", help_text=_("Code of the plan."))
    version = serializers.IntegerField(source="version.number", help_text=_("Number of the version."))
    sha256 = serializers.CharField(source="version.sha256", help_text=_("Of the canonical pack."))
    is_binding = serializers.BooleanField(help_text=_("false: the plan was a draft, the results do not bind."))
    counts = serializers.DictField(child=serializers.IntegerField(), help_text=_("Findings by verdict."))

    class Meta:
        model = Run
        fields = [
            "id",
            "plan",
            "version",
            "sha256",
            "is_binding",
            "as_of",
            "known_at",
            "prefix",
            "places",
            "counts",
            "has_example_data",
            "created_at",
            "published_at",
        ]


class OfRunSerializer(serializers.ModelSerializer[M]):
    """What findings and roll-ups have in common: which target of which run at which place."""

    id = serializers.SerializerMethodField(help_text=_("Key of the row: its address in the API."))
    run = serializers.IntegerField(source="run_id", help_text=_("Number of the run."))
    target = serializers.CharField(source="rule.target.code", help_text=_("Code of the target."))
    target_label = serializers.CharField(source="rule.target.label", help_text=_("The target in words."))
    place = serializers.CharField(source="code", help_text=CODE)
    place_name = serializers.CharField(source="place.name", help_text=_("The official name."))
    milestone = serializers.IntegerField(help_text=_("Number of the milestone; 0 where there is none."))
    due = serializers.DateField(allow_null=True, help_text=_("Day of the milestone; null where none, or each year."))
    unit = serializers.CharField(
        source="rule.unit", allow_null=True, help_text=_("Unit of the numbers; null where not stated.")
    )
    has_example_data = serializers.BooleanField(
        source="run.has_example_data", help_text=_("Whether the run rests on example data (示例数据).")
    )
    shortfall = ExactNumber(help_text=_("What is lacking; null where nothing is, or it cannot be said."))

    def get_id(self, row: M) -> str:
        """Return the parts of the key."""
        return "-".join(str(part) for part in row.pk)


COMMON = ["id", "run", "target", "target_label", "place", "place_name", "milestone", "due", "has_example_data"]


class PrintedFigureSerializer(serializers.Serializer[Any]):
    """A figure computed beside the one the document prints; said beside a verdict, never one itself."""

    agreement = serializers.ChoiceField(choices=printed.Agreement.choices, help_text=_("How the two stand."))
    computed = serializers.CharField(help_text=_("What was measured, as it is shown."))
    text = serializers.CharField(help_text=_("What is printed; empty where the document prints none."))
    sentence = serializers.CharField(help_text=_("The comparison in a sentence."))
    note = serializers.CharField(help_text=_("What the pack says about it."))


class FindingSerializer(OfRunSerializer[Finding]):
    """One target at one place in one run."""

    level = serializers.ChoiceField(
        source="rule.target.subject", choices=SubjectLevel.choices, help_text=_("Level that was judged.")
    )
    clause = serializers.CharField(source="rule.clause", help_text=_("Clause of the document."))
    verdict_label = serializers.CharField(source="get_verdict_display", help_text=_("The verdict in words."))
    measured = ExactNumber(help_text=_("What was found; null where unknown or not a number."))
    required = ExactNumber(  # type: ignore[assignment] # the serializer takes its fields out of its class
        help_text=_("What was asked for; null where it is not a number.")
    )
    missing = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text=_("The facts that nobody has filed.")
    )
    detail = serializers.JSONField(allow_null=True, help_text=_("What is told beside the number; null where nothing."))
    printed = serializers.SerializerMethodField(
        help_text=_("The figure the document prints beside the one measured; null where the pack gives none.")
    )

    @extend_schema_field(PrintedFigureSerializer(allow_null=True))
    def get_printed(self, row: Finding) -> dict[str, str] | None:
        """Return how what was measured stands to what the document prints."""
        target = row.rule.target
        unit = units.parse(row.rule.unit) if row.rule.unit else units.Unit() if row.rule.split else None
        figure = printed.told(row.measured, restore_printed(target.printed), unit, row.verdict)
        return None if figure is None else asdict(figure)

    class Meta:
        model = Finding
        fields = [
            *COMMON,
            "level",
            "clause",
            "verdict",
            "verdict_label",
            "measured",
            "required",
            "shortfall",
            "unit",
            "missing",
            "detail",
            "printed",
        ]


class RollUpSerializer(OfRunSerializer[RollUp]):
    """How many places below one place have which verdict on one target."""

    level = serializers.ChoiceField(
        source="place.level", choices=Level.choices, help_text=_("Level of the place that was added up.")
    )

    class Meta:
        model = RollUp
        fields = [*COMMON, "level", "subject", *Verdict.values, "shortfall", "unit"]


@roles(*BUSINESS)
class RunViewSet(FencedViewSet[Run]):
    """Runs over areas that touch the account's reach, the latest first; officers see trials too."""

    queryset = Run.objects.none()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    key = "-pk"

    def reached(self) -> QuerySet[Run]:
        """Return the runs the account may read."""
        whole = ("version__pack", "version__source_text")
        return runs_for(self.reach).select_related("version__plan").defer(*whole)


class OfRunViewSet(FencedViewSet[M]):
    """Rows of one run, fenced by the code their place bore on the day judged."""

    model: Any
    lookup_field = "id"

    def looked_up(self, text: str) -> dict[str, Any]:
        """Return the condition that finds the row of this key; raise ValueError where it is none."""
        if not KEY.fullmatch(text):
            raise ValueError(text)
        names = [field.name for field in self.model._meta.pk_fields]
        return dict(zip(names, map(int, text.split("-")), strict=True))

    @cached_property
    def run(self) -> Run | None:
        """The run that is meant, None where there is none; one row's run is the first part of its key."""
        runs = runs_for(self.reach)
        if self.detail:
            number = self.kwargs["id"].split("-")[0]
            return runs.filter(pk=int(number)).first() if KEY.fullmatch(self.kwargs["id"]) else None
        return RunAsked(self.request.query_params).chosen(runs)

    def pinned(self) -> dict[str, Any]:
        """Return the run: one that is published meanwhile does not change what is being read."""
        return {"run": self.run.pk} if self.run else {}

    def told_to_filters(self) -> dict[str, Any]:
        """Return the day whose codes count."""
        return {"day": self.run.as_of if self.run else None}

    def reached(self) -> Any:
        """Return the rows of the run that lie within reach."""
        if self.run is None:
            return self.model.objects.none()
        rows = self.model.objects.filter(run=self.run).within(self.reach, self.run.as_of)
        codes = PlaceCode.objects.filter(place=OuterRef("place"), during__contains=self.run.as_of)
        due = Milestone.objects.filter(rule=OuterRef("rule"), number=OuterRef("milestone")).order_by()
        with_names = rows.select_related("run", "rule__target", "place")
        return with_names.annotate(code=Subquery(codes.values("code")[:1]), due=Subquery(due.values("due")[:1]))


KEYED = extend_schema_view(
    retrieve=extend_schema(
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH, description=_("Key of the row, from the list."))]
    )
)


@KEYED
@roles(*BUSINESS)
class FindingViewSet(OfRunViewSet[Finding]):
    """Findings of one run, target by target in the order of the plan."""

    model = Finding
    queryset = Finding.objects.none()
    serializer_class = FindingSerializer
    filterset_class = FindingFilter


@KEYED
@roles(*BUSINESS)
class RollUpViewSet(OfRunViewSet[RollUp]):
    """What the verdicts of one run add up to at every place, target by target in the order of the plan."""

    model = RollUp
    queryset = RollUp.objects.none()
    serializer_class = RollUpSerializer
    filterset_class = RollUpFilter
