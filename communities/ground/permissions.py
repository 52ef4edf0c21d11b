"""The permission of every view of the API: its declaration, as for pages. Kept apart because DRF loads it early."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from .access import lets_in


class DeclaredAccess(BasePermission):
    """Let in whom the view's declaration names; nobody where it has none. The middleware asks the same question."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say whether this account may use the view."""
        return lets_in(view, request.user)
