"""Jobs and files in the admin: what was done in the background and what came of it."""

from django.contrib import admin

from ..models import Job, StoredFile
from .registers import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs and what came of them."""

    list_display = ["id", "kind", "status", "prefix", "requested_by", "created_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["requested_by"]


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """Files received and made."""

    list_display = ["name", "size", "content_type", "prefix", "created_by", "created_at"]
    list_select_related = ["created_by"]
