"""
Every change of a register by hand is an event: which row, which fields. What they held is in the rows' own history.

Values are never recorded here: they may be personal, and an event cannot be taken back.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from .. import clock, events
from ..scope import prefix_of


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A register's admin whose additions, changes and deletions are events."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return Django's message; what fields it is about goes along with the request, by their names."""
        request.changed_fields = [*form.changed_data, *_changed_beside(formsets or ())]  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that a row was added."""
        self._record("row.add", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that a row was changed, and which of its fields."""
        self._record("row.change", request, obj, fields=getattr(request, "changed_fields", []))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        """Record that rows are deleted, while they are still there."""
        for obj in queryset:
            self._record("row.remove", request, obj)
        return super().log_deletions(request, queryset)

    def _record(self, action: str, request: HttpRequest, obj: Model, **detail: Any) -> None:
        events.record(action, by=request.user, obj=obj, prefix=area_of(obj), **detail)  # type: ignore[arg-type]


def _changed_beside(formsets: Iterable[Any]) -> Iterable[str]:
    """Yield what was done to the rows that belong to this one, and to which of their fields."""
    for formset in formsets:
        name = formset.model._meta.model_name
        if formset.new_objects:
            yield f"{name} +{len(formset.new_objects)}"
        for _obj, fields in formset.changed_objects:
            yield f"{name}: {', '.join(fields)}"
        if formset.deleted_objects:
            yield f"{name} -{len(formset.deleted_objects)}"


def area_of(obj: Model) -> str:
    """Return the area of a register's row by its place's code today; empty where it has none (one query)."""
    manager: Any = type(obj)._default_manager
    path = getattr(manager.all(), "place_path", None)
    if path is None:
        return ""
    codes = f"{path}__codes" if path else "codes"
    rows = manager.filter(**{"pk": obj.pk, f"{codes}__during__contains": clock.today()})
    code = rows.values_list(f"{codes}__code", flat=True).first()
    return prefix_of(code) if code else ""
