"""
The admin's common ground: rows and choices fenced by scope, optimistic locking, who recorded what.

Every register's admin derives from `ScopedModelAdmin`. It shows only rows within the account's reach, offers only
such places and rows in its choices, and refuses to save a row into a place outside it.
"""

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .. import periods
from ..forms import VersionedForm
from ..models import Fact, User
from ..scope import PrefixedQuerySet, Scope, ScopedQuerySet
from ..searching import SearchedChoiceField, SearchedSelect
from .fenced import FencedAdmin
from .proposing import ProposingAdmin
from .recorded import RecordedAdmin


def scope_of(request: HttpRequest) -> Scope:
    """Return what the account of `request` may reach today."""
    return cast("Scope", request.scope)  # type: ignore[attr-defined]


def choice_label(row: Model) -> str:
    """Return what a row is called where it is chosen: its `choice_label` where the model has one, else its name."""
    return str(getattr(row, "choice_label", row))


class ScopedModelAdmin(ProposingAdmin, RecordedAdmin, FencedAdmin):
    """A register's admin behind the fence. Needs a manager from ScopedQuerySet."""

    form = VersionedForm
    show_full_result_count = False
    list_per_page = 50
    save_on_top = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows within reach."""
        return cast("ScopedQuerySet[Any]", super().get_queryset(request)).within(scope_of(request))

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Offer, and accept, only rows within reach, by the label that tells them apart where the model has one."""
        rows: Any = db_field.related_model._default_manager.all()
        if "queryset" not in kwargs and hasattr(rows, "within"):
            kwargs["queryset"] = rows.within(scope_of(request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = SearchedSelect(db_field, self.admin_site)
            kwargs["form_class"] = SearchedChoiceField
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and hasattr(db_field.related_model, "choice_label"):
            field.label_from_instance = choice_label  # type: ignore[assignment, method-assign]
        if isinstance(field, SearchedChoiceField):
            field.search = partial(self._searched, request)
        return field

    def _searched(self, request: HttpRequest, rows: QuerySet[Any], said: str) -> QuerySet[Any]:
        """Return the rows that the search of their own register finds."""
        register = self.admin_site.get_model_admin(rows.model)
        return register.get_search_results(request, rows, said)[0].distinct()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets; the version a form was opened with goes along, unseen, where the row can be changed."""
        *before, (title, options) = super().get_fieldsets(request, obj)
        fields = [name for name in options["fields"] if name != "opened_version"]
        if issubclass(self.form, VersionedForm) and self.has_change_permission(request, obj):
            fields.append("opened_version")
        return [*before, (title, {**options, "fields": fields})]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save with the account as recorder."""
        if isinstance(obj, Fact):
            obj.recorded_by = cast("User", request.user)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rows that belong to it, among them a place's codes; refuse what now lies outside the reach."""
        super().save_related(request, form, formsets, change)
        if not self.get_queryset(request).filter(pk=form.instance.pk).exists():
            raise PermissionDenied(_("This row would lie outside the area of your account; nothing was saved."))


class FencedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row: offers only rows within reach, and stands where Django's own would."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return key and name of the rows within reach."""
        rows = field.related_model._default_manager.within(scope_of(request))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=Q(pk__in=rows.values("pk")))


def _is_fenced(field: Any) -> bool:
    return field.is_relation and hasattr(field.related_model._default_manager.all(), "within")


admin.FieldListFilter.register(_is_fenced, FencedFilter, take_priority=True)


def period_column(field: str, heading: Any) -> Any:
    """Return a list column that shows the period `field` with first and last day inclusive."""

    @admin.display(description=heading, ordering=field)
    def shown(_self: Any, obj: Model) -> str:
        return periods.shown(getattr(obj, field))

    return shown


class ReadOnlyAdmin(FencedAdmin):
    """Rows that the portal writes and nobody edits."""

    closed = frozenset({"add", "change", "delete"})
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows within reach."""
        return cast("PrefixedQuerySet[Any]", super().get_queryset(request)).within(scope_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False
