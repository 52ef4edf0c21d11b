"""Scoring sheets in the admin: to be read, and a draft of one's own area to be worked on."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from communities.ground.admin import ReadOnlyAdmin, scope_of
from communities.ground.admin.fenced import FencedAdmin
from communities.ground.models import Role, User

from . import actions
from .drafting import DraftForm, GradeForm, ItemForm, ItemFormSet, SectionForm
from .models import Sheet, SheetGrade, SheetItem, SheetSection, SheetVersion, SheetVeto


def _may_work_on(request: HttpRequest, version: SheetVersion | None) -> bool:
    """Say whether the account may work on the version: a draft of its own area, as an officer."""
    scope = scope_of(request)
    if version is None or Role.OFFICER not in scope.roles:
        return False
    return not version.is_published and scope.covers(version.sheet.prefix)


class VersionInline(admin.TabularInline):  # type: ignore[type-arg]
    """The versions of a sheet, to be read."""

    model = SheetVersion
    fields = ["number", "plan_version", "loaded_at", "published_at"]
    readonly_fields = ["loaded_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the versions the account may see."""
        return _seen(super().get_queryset(request), request).select_related("plan_version__plan")


def _seen(rows: QuerySet[SheetVersion], request: HttpRequest) -> QuerySet[SheetVersion]:
    """Keep what is published; drafts for the officers of the sheet's own area."""
    scope = scope_of(request)
    stands = Q(published_at__isnull=False)
    return rows.filter(stands | scope.condition("sheet__prefix") if Role.OFFICER in scope.roles else stands)


@admin.register(Sheet)
class SheetAdmin(ReadOnlyAdmin):
    """Sheets within reach, those of the places above included."""

    list_display = ["code", "title_zh", "plan", "owner"]
    search_fields = ["code", "title_zh"]
    list_select_related = ["plan", "owner"]
    inlines = [VersionInline]


class DraftInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a draft that are worked on together with the draft."""

    extra = 0
    ordering = ["order"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may work on the draft."""
        return _may_work_on(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may work on the draft."""
        return _may_work_on(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may work on the draft."""
        return _may_work_on(request, obj)


class GradeInline(DraftInline):
    """The grades."""

    model = SheetGrade
    form = GradeForm


class SectionInline(DraftInline):
    """The sections."""

    model = SheetSection
    form = SectionForm


class ReadOnlyInline(DraftInline):
    """Rows of a version that are only read here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class ItemInline(DraftInline, admin.StackedInline):  # type: ignore[type-arg]
    """The items, each with its rule as in a file."""

    template = "admin/edit_inline/stacked.html"
    model = SheetItem
    form = ItemForm
    formset = ItemFormSet
    fields = ["section_code", "order", "code", "full", "label_zh", "label_en", "rest"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the items with the section they stand in."""
        return super().get_queryset(request).select_related("section")


class VetoInline(ReadOnlyInline):
    """The vetoes: they come by upload alone, with their legal basis."""

    model = SheetVeto
    fields = ["code", "label_zh", "basis", "grade"]


class ReadItemInline(ReadOnlyInline):
    """The items, to be read; everything about them stands on the reading page of the version."""

    model = SheetItem
    fields = ["section", "code", "label_zh", "full", "kind", "scorer", "department"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the items with the section they stand in."""
        return super().get_queryset(request).select_related("section")


@admin.register(SheetVersion)
class SheetVersionAdmin(FencedAdmin):
    """Versions of sheets. A draft of the own area is worked on here; what is saved is checked as a file would be."""

    closed = frozenset({"add", "delete"})
    form = DraftForm
    show_full_result_count = False
    list_display = ["sheet", "number", "plan_version", "loaded_at", "published_at"]
    list_filter = ["sheet"]
    list_select_related = ["sheet", "plan_version__plan"]
    fieldsets = [
        (None, {"fields": ["sheet", "number", "plan_version", "sha256"]}),
        (
            None,
            {
                "fields": [
                    "base",
                    "bonus_cap",
                    "deduction_cap",
                    "decimals",
                    "rounding",
                    "authored_by",
                    "checked_by",
                    "next_review",
                    "opened_version",
                ]
            },
        ),
    ]
    readonly_fields = ["sheet", "number", "plan_version", "sha256"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Return the rows of the version: to be worked on, or to be read."""
        items = ItemInline if _may_work_on(request, obj) else ReadItemInline
        return [GradeInline, SectionInline, VetoInline, items]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the versions the account may see."""
        rows = cast("Any", super().get_queryset(request)).within(scope_of(request))
        return _seen(rows, request).select_related("sheet")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds: a draft is begun from a version, or uploaded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may work on the draft."""
        return super().has_change_permission(request, obj) and (obj is None or _may_work_on(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets; the version a form was opened with goes along only where something can be saved."""
        (first, head), (second, own) = super().get_fieldsets(request, obj)
        fields = [
            name for name in own["fields"] if name != "opened_version" or self.has_change_permission(request, obj)
        ]
        return [(first, head), (second, {**own, "fields": fields})]

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        # the items are checked together with what stands beside them on the page
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        for formset in formsets:
            if isinstance(formset, ItemFormSet):
                formset.beside = {one.model: one for one in formsets if one.model in (SheetGrade, SheetSection)}
        return formsets, inlines

    def save_model(self, request: HttpRequest, obj: SheetVersion, form: Any, change: bool) -> None:
        """Leave the row alone: head and rows are saved together, from the sheet that was checked."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Let the draft say what the page says."""
        (items,) = (one for one in formsets if isinstance(one, ItemFormSet))
        actions.revise(form.instance, items.checked, by=cast("User", request.user))

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return the message for the history: the rows are all written anew, so none of them is named."""
        return [{"changed": {"fields": [str(form.fields[name].label) for name in form.changed_data]}}]

    def response_change(self, request: HttpRequest, obj: SheetVersion) -> HttpResponse:
        """Lead to the reading page, or stay."""
        answer = super().response_change(request, obj)
        if "_continue" in request.POST:
            return answer
        return redirect("sheet_version", code=obj.sheet.code, number=obj.number)
