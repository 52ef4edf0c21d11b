"""The register of premises and facilities in the admin, its columns in the order of the paper ledger."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from communities.ground.admin import RegisterInline, ScopedModelAdmin, period_column
from communities.ground.forms import VersionedForm, VersionedFormSet

from .models import Facility, FacilityUse


class FacilityUseInline(RegisterInline):
    """What the facility was used for, the latest first; each row carries the version it was opened with, unseen."""

    model = FacilityUse
    form = VersionedForm
    formset = VersionedFormSet
    extra = 0
    fields = ["purpose", "during", "approval", "source"]
    ordering = ["-during"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the columns; the version only where the account may change a row."""
        return [*self.fields, "opened_version"] if self.has_change_permission(request, obj) else self.fields


@admin.register(Facility)
class FacilityAdmin(ScopedModelAdmin):
    """Premises and facilities by place."""

    period = period_column("during", _("in use"))
    list_display = [
        "place",
        "kind",
        "name",
        "built_area_m2",
        "usable_area_m2",
        "ownership",
        "period",
        "source",
        "is_example",
    ]
    list_display_links = ["name"]
    list_filter = ["kind", "place__level", "ownership", ("built_area_m2", admin.EmptyFieldListFilter), "is_example"]
    list_select_related = ["place"]
    search_fields = ["name", "place__name", "place__codes__code"]
    autocomplete_fields = ["place", "merged_with"]
    inlines = [FacilityUseInline]
    fieldsets = [
        (None, {"fields": ["place", "kind", "name"]}),
        (_("area and right of use"), {"fields": ["built_area_m2", "usable_area_m2", "ownership", "merged_with"]}),
        (_("culture rooms and libraries"), {"fields": ["grade", "volumes", "is_linked"]}),
        (_("time"), {"fields": ["built_on", "during"]}),
        (_("where it comes from"), {"fields": ["source"]}),
    ]

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """Save the uses with the account as recorder."""
        for use in formset.save(commit=False):
            use.recorded_by = request.user
            use.save()
        for use in formset.deleted_objects:
            use.delete()


@admin.register(FacilityUse)
class FacilityUseAdmin(ScopedModelAdmin):
    """Uses of facilities: the list in which misuse is found."""

    period = period_column("during", _("period of use"))
    list_display = ["place", "facility", "purpose", "period", "approval", "source", "is_example"]
    list_display_links = ["facility"]
    list_filter = ["purpose", "facility__kind", "is_example"]
    list_select_related = ["facility__place"]
    search_fields = ["facility__name", "facility__place__name", "facility__place__codes__code"]
    autocomplete_fields = ["facility"]
    fields = ["facility", "purpose", "during", "approval", "source"]

    @admin.display(description=_("place"), ordering="facility__place")
    def place(self, use: FacilityUse) -> str:
        """The place the facility serves."""
        return str(use.facility.place)
