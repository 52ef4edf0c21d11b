"""What a role may do to the registers, in the terms of Django's permissions; the admin asks here."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from .models import Role, User

BUSINESS_APPS = frozenset(
    {"places", "organizations", "facilities", "services", "funding", "plans", "compliance", "reports"}
)
ACTIONS = {
    Role.OFFICER: frozenset({"view", "add", "change", "delete"}),
    Role.CLERK: frozenset({"view", "add", "change"}),
    Role.LEADER: frozenset({"view"}),
}
# What an office keeps by hand. Plans and runs change only through their own actions, places through imports.
KEPT_BY_CLERKS = frozenset({"organizations", "facilities", "services", "funding"})


class RoleBackend(BaseBackend):
    """Grants the permissions of the role that is in force today. Being superuser grants nothing here."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say whether the role in force lets the account do `perm` (`app.action_model`)."""
        app, _dot, codename = perm.partition(".")
        action = codename.split("_", 1)[0]
        if not isinstance(user_obj, User) or not user_obj.is_active or app not in BUSINESS_APPS:
            return False
        return any(self._lets(role, app, action) for role in user_obj.scope().roles)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say whether the account sees anything of the app."""
        return self.has_perm(user_obj, f"{app_label}.view_any")

    def _lets(self, role: str, app: str, action: str) -> bool:
        if role == Role.CLERK and action != "view" and app not in KEPT_BY_CLERKS:
            return False
        return action in ACTIONS.get(Role(role), frozenset())
