"""The registers of money in the admin: allocations, living allowances, average wages."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from communities.ground.admin import ScopedModelAdmin

from .models import Allocation, Allowance, WageBaseline


@admin.register(Allocation)
class AllocationAdmin(ScopedModelAdmin):
    """What was allocated, for whom, from whom."""

    list_display = ["place", "year", "stream", "payer", "amount_cny", "allocated_on", "source", "is_example"]
    list_display_links = ["place", "amount_cny"]
    list_filter = ["year", "stream", "payer", "is_example"]
    list_select_related = ["place"]
    search_fields = ["place__name", "place__codes__code", "source"]
    ordering = ["place__codes__code", "-year", "stream", "payer", "pk"]
    autocomplete_fields = ["place"]
    fields = ["place", "year", "stream", "payer", "amount_cny", "allocated_on", "source"]


@admin.register(Allowance)
class AllowanceAdmin(ScopedModelAdmin):
    """What each post was paid in a year. The list is the payroll, so it shows full names."""

    list_display = ["place", "organization", "title", "holder", "year", "amount_cny", "source", "is_example"]
    list_display_links = ["holder", "amount_cny"]
    list_filter = ["year", "post__title", "post__organization__kind", "is_example"]
    list_select_related = ["post__organization__place", "post__person"]
    search_fields = [
        "post__person__name",
        "post__organization__name",
        "post__organization__place__name",
        "post__organization__place__codes__code",
    ]
    ordering = ["post__organization__place__codes__code", "-year", "pk"]
    autocomplete_fields = ["post"]
    fields = ["post", "year", "amount_cny", "source"]

    @admin.display(description=_("place"), ordering="post__organization__place__name")
    def place(self, allowance: Any) -> Model:
        """The place the organization stands in."""
        place: Model = allowance.post.organization.place
        return place

    @admin.display(description=_("organization"), ordering="post__organization__name")
    def organization(self, allowance: Any) -> Model:
        """The organization the post is in."""
        organization: Model = allowance.post.organization
        return organization

    @admin.display(description=_("post"), ordering="post__title")
    def title(self, allowance: Any) -> str:
        """What the person is in the organization."""
        return str(allowance.post.get_title_display())

    @admin.display(description=_("name of person"), ordering="post__person__name")
    def holder(self, allowance: Any) -> str:
        """Who holds the post."""
        return str(allowance.post.person.name)


@admin.register(WageBaseline)
class WageBaselineAdmin(ScopedModelAdmin):
    """Average yearly wages by which allowances are measured."""

    list_display = ["place", "year", "amount_cny", "published_on", "source", "is_example"]
    list_filter = ["year", "is_example"]
    list_select_related = ["place"]
    search_fields = ["place__name", "place__codes__code"]
    ordering = ["place__codes__code", "-year"]
    autocomplete_fields = ["place"]
    fields = ["place", "year", "amount_cny", "published_on", "source"]
