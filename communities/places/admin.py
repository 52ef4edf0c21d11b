"""The registers of places in the admin: divisions, communities, classifications, censuses, statements."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from communities.ground.admin import RegisterInline, ScopedModelAdmin, period_column

from . import actions
from .models import Census, Classification, Place, PlaceCode, RegisterStatement, Succession


class PlaceCodeInline(RegisterInline):
    """The codes a place bore and bears."""

    model = PlaceCode
    extra = 0


@admin.register(Place)
class PlaceAdmin(ScopedModelAdmin):
    """Divisions and communities in the order of their codes."""

    list_display = ["code", "name", "level", "is_statistical", "is_example"]
    list_display_links = ["code", "name"]
    list_filter = ["level", "is_statistical"]
    search_fields = ["name", "codes__code", "pinyin"]
    inlines = [PlaceCodeInline]
    ordering = ["codes__code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the places within reach, each with its code."""
        return super().get_queryset(request).with_code()  # type: ignore[attr-defined, no-any-return]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save its codes, then fill in what follows from them."""
        super().save_related(request, form, formsets, change)
        actions.settle(form.instance)

    @admin.display(description=_("division code"), ordering="codes__code")
    def code(self, place: Any) -> str:
        """The 12 digits in force today."""
        return place.code or ""


class PlaceFactAdmin(ScopedModelAdmin):
    """A row about a place."""

    autocomplete_fields = ["place"]
    list_select_related = ["place", "recorded_by"]
    search_fields = ["place__name", "place__codes__code"]


@admin.register(Classification)
class ClassificationAdmin(PlaceFactAdmin):
    """What places counted as."""

    period = period_column("during", _("in force"))
    list_display = ["place", "kind", "zone", "estate", "period", "source", "is_example"]
    list_filter = ["kind", "zone", "estate", "is_county_seat", "is_dispersed"]


@admin.register(Census)
class CensusAdmin(PlaceFactAdmin):
    """Households and people counted."""

    list_display = [
        "place",
        "counted_on",
        "households",
        "registered_population",
        "resident_population",
        "source",
        "is_example",
    ]
    list_filter = ["counted_on"]


@admin.register(RegisterStatement)
class RegisterStatementAdmin(PlaceFactAdmin):
    """Who said that which register is complete."""

    list_display = ["place", "register", "as_of", "recorded_by", "recorded_at", "is_example"]
    list_filter = ["register"]


@admin.register(Succession)
class SuccessionAdmin(ScopedModelAdmin):
    """Mergers, splits and villages that became communities."""

    list_display = ["predecessor", "successor", "on", "kind", "share"]
    list_filter = ["kind"]
    autocomplete_fields = ["predecessor", "successor"]
    list_select_related = ["predecessor", "successor"]
