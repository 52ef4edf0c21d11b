"""Plans in the admin: to be read, never edited here; and the values that offices report, behind the fence."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.ground.admin import ReadOnlyAdmin, ScopedModelAdmin, period_column

from .models import (
    Clause,
    Indicator,
    Milestone,
    Parameter,
    ParameterValue,
    Plan,
    PlanVersion,
    ReportedValue,
    Rule,
    Target,
)
from .reported_form import ReportedValueForm


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a version, to be read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody changes."""
        return False


class VersionInline(ReadOnlyInline):
    """The versions of a plan."""

    model = PlanVersion
    fields = ["number", "status", "period", "loaded_at", "published_at", "next_review"]
    readonly_fields = ["loaded_at"]


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """Plans within reach, those of the places above included."""

    list_display = ["code", "title_zh", "document_number", "issued_on", "owner"]
    search_fields = ["code", "title_zh", "document_number"]
    list_select_related = ["owner"]
    inlines = [VersionInline]


class ClauseInline(ReadOnlyInline):
    """The clauses of the document."""

    model = Clause
    fields = ["anchor", "text_zh", "gap_zh"]


class IndicatorInline(ReadOnlyInline):
    """What offices report."""

    model = Indicator
    fields = ["code", "label_zh", "type", "unit", "subject", "reported_by", "over_time"]


@admin.register(PlanVersion)
class PlanVersionAdmin(ReadOnlyAdmin):
    """Versions: what was loaded when, and published by whom."""

    list_display = ["plan", "number", "status", "loaded_at", "loaded_by", "published_at", "next_review"]
    list_filter = ["status", "plan"]
    list_select_related = ["plan", "loaded_by"]
    exclude = ["pack"]
    inlines = [ClauseInline, IndicatorInline]


class ValueInline(ReadOnlyInline):
    """The dated values of a parameter."""

    model = ParameterValue
    fields = ["value", "during", "for_prefix", "clause"]


@admin.register(Parameter)
class ParameterAdmin(ReadOnlyAdmin):
    """The figures and options of the plans."""

    list_display = ["code", "label_zh", "type", "unit", "version"]
    list_filter = ["version"]
    search_fields = ["code", "label_zh"]
    list_select_related = ["version__plan"]
    inlines = [ValueInline]


class RuleInline(ReadOnlyInline):
    """What a target requires, by period."""

    model = Rule
    fields = ["in_force", "measure", "holds", "at_least", "at_most", "equals", "force", "nature"]


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    """What the plans require."""

    list_display = ["code", "label_zh", "clause", "subject", "version"]
    list_filter = ["version", "subject"]
    search_fields = ["code", "label_zh", "clause"]
    list_select_related = ["version__plan"]
    inlines = [RuleInline]


class MilestoneInline(ReadOnlyInline):
    """What is due when."""

    model = Milestone
    fields = ["number", "due", "yearly", "at_least", "at_most", "clause"]


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """The rules of the targets, with their milestones."""

    period = period_column("in_force", _("in force"))
    list_display = ["target", "period", "force", "nature"]
    list_filter = ["target__version", "force"]
    list_select_related = ["target__version__plan"]
    inlines = [MilestoneInline]


@admin.register(ReportedValue)
class ReportedValueAdmin(ScopedModelAdmin):
    """What offices report because no register holds it."""

    list_display = ["plan", "indicator", "place", "as_of", "value", "source", "is_example"]
    list_filter = ["plan", "indicator", "as_of"]
    search_fields = ["indicator", "place__name", "place__codes__code"]
    autocomplete_fields = ["place"]
    list_select_related = ["plan", "place"]
    form = ReportedValueForm
