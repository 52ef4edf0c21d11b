"""The register of service stations and centres in the admin."""

from decimal import Decimal

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.ground.admin import ScopedModelAdmin, period_column

from .models import ServicePoint


@admin.register(ServicePoint)
class ServicePointAdmin(ScopedModelAdmin):
    """Stations and centres by place, with the area of the rooms they work in."""

    period = period_column("during", _("in service"))
    list_display = [
        "place",
        "kind",
        "name",
        "facility",
        "built_area",
        "one_stop",
        "networked",
        "period",
        "source",
        "is_example",
    ]
    list_display_links = ["name"]
    list_filter = ["kind", "place__level", "one_stop", "networked", "is_example"]
    list_select_related = ["place", "facility"]
    search_fields = ["name", "place__name", "place__codes__code"]
    autocomplete_fields = ["place", "facility"]
    fieldsets = [
        (None, {"fields": ["place", "kind", "name", "facility"]}),
        (_("how it serves"), {"fields": ["one_stop", "networked", "during"]}),
        (_("where it comes from"), {"fields": ["source"]}),
    ]

    @admin.display(description=_("built area (m²)"), ordering="facility__built_area_m2")
    def built_area(self, point: ServicePoint) -> Decimal | None:
        """The built area of its rooms, in square metres; empty where unknown."""
        return point.facility.built_area_m2 if point.facility else None
