"""Accounts in the admin, and what each may reach."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Access, User


class AccessInline(admin.TabularInline):  # type: ignore[type-arg]
    """What the account may reach, by period."""

    model = Access
    fk_name = "user"
    extra = 0
    can_delete = False  # an access ends on a day; it is not made not to have been


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts. Who may reach what stands in the accesses below, not in groups."""

    inlines = [AccessInline]
    list_display = ["username", "full_name", "is_active", "last_login"]
    list_filter = ["is_active", "accesses__role"]
    search_fields = ["username", "full_name"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("person"), {"fields": ("full_name", "email")}),
        (_("state"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login")}),
    )
    filter_horizontal = ()
    readonly_fields = ["last_login"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes: an account is closed, and its accesses end."""
        return False
