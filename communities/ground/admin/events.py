"""Events in the admin: who did what, for the one who audits."""

from django.contrib import admin

from ..models import Event
from .registers import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Who did what, for the one who audits."""

    list_display = ["at", "actor", "action", "object_type", "object_key", "prefix"]
    list_filter = ["action"]
    date_hierarchy = "at"
    list_select_related = ["actor"]
