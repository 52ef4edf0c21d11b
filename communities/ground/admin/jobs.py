"""
Jobs in the admin, for the system administrator: what runs, what hangs, what failed, and nothing of what it was about.

What a job was told, its stages, its log, its error and its file name places and people; those who reach its area read
them on the job's own page. Files are no register: they are reached from what they belong to.
"""

from django.contrib import admin

from ..models import Job
from .registers import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs as the machine sees them."""

    list_display = ["id", "kind", "status", "prefix", "requested_by", "created_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["requested_by"]
    fields = [
        "kind",
        "status",
        "prefix",
        "requested_by",
        "attempts",
        "holder",
        "done_items",
        "total_items",
        "created_at",
        "rung_at",
        "started_at",
        "lease_until",
        "ended_at",
    ]
