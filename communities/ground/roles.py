"""What a role may do to the registers, in the terms of Django's permissions (`app.action_model`)."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What an account is for. Being superuser opens accounts and settings, never business data (三员分立)."""

    OFFICER = "officer", _("bureau officer")
    CLERK = "clerk", _("street clerk")
    LEADER = "leader", _("leader")


BUSINESS_APPS = frozenset(
    {"places", "organizations", "facilities", "services", "funding", "plans", "compliance", "reports"}
)
ACTIONS = {
    Role.OFFICER: frozenset({"view", "add", "change", "delete"}),
    Role.CLERK: frozenset({"view", "add", "change"}),
    Role.LEADER: frozenset({"view"}),
}
# What a street keeps by hand. Plans and runs change only through their own actions, places through imports.
KEPT_BY_CLERKS = frozenset({"organizations", "facilities", "services", "funding"})
# A leader reads results, and the places they are about. The other registers name people and what each is paid: they
# are for who keeps them, so neither the menu nor the address lets a leader in.
READ_BY_LEADERS = frozenset({"places", "plans", "compliance", "reports"})


def is_business(perm: str) -> bool:
    """Say whether `perm` concerns the registers, plans, runs or reports."""
    return perm.partition(".")[0] in BUSINESS_APPS


def lets(roles: Iterable[str], perm: str) -> bool:
    """Say whether one of `roles` may do `perm`, for instance `facilities.change_facility`."""
    app, _dot, codename = perm.partition(".")
    action = codename.split("_", 1)[0]
    return any(action in ACTIONS[Role(role)] and _concerns(Role(role), app, action) for role in roles)


def _concerns(role: Role, app: str, action: str) -> bool:
    if role == Role.LEADER:
        return app in READ_BY_LEADERS
    return role == Role.OFFICER or action == "view" or app in KEPT_BY_CLERKS
