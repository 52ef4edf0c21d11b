"""
What a role may do, in the terms of Django's permissions (`app.action_model`): the one table of it.

A role either keeps a register directly, or proposes changes of it that wait for somebody who keeps it (`proposals`),
or reads it, or has nothing to do with it. The three administrators (三员分立) see no business data: the system
administrator opens and closes accounts, the security administrator says what each may reach, the audit administrator
reads what all of them did. Nobody does two of these; being Django's superuser opens nothing.
"""

from collections.abc import Iterable, Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What an account is for."""

    OFFICER = "officer", _("bureau officer")
    CLERK = "clerk", _("street clerk")
    WORKER = "worker", _("community worker")
    REVIEWER = "reviewer", _("reviewer")
    LEADER = "leader", _("leader")
    SYSTEM = "system", _("system administrator")
    SECURITY = "security", _("security administrator")
    AUDITOR = "auditor", _("audit administrator")


ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDITOR})
BUSINESS = frozenset(Role) - ADMINISTRATORS
# Who reads whatever is kept and found; a leader reads results, and the places they are about.
STAFF = BUSINESS - {Role.LEADER}

# In the officials' order.
REGISTERS = ("places", "organizations", "facilities", "services", "funding")
RESULTS = ("plans", "compliance", "filings", "reports")
BUSINESS_APPS = frozenset({*REGISTERS, *RESULTS})
ACCOUNTS = ("ground.user", "ground.access", "ground.requestedaccess", "ground.signin", "ground.event", "ground.job")

VIEW = frozenset({"view"})
KEEP = VIEW | {"add", "change"}
FULL = KEEP | {"delete"}

# By role: what it may do directly to the models of an app, or to one model (`app.model`).
RIGHTS: Mapping[Role, Mapping[str, frozenset[str]]] = {
    Role.OFFICER: dict.fromkeys(BUSINESS_APPS, FULL),
    # What a street keeps by hand. Plans and runs change only through their own actions, places through imports.
    Role.CLERK: dict.fromkeys(BUSINESS_APPS, VIEW)
    | dict.fromkeys({"organizations", "facilities", "services", "funding"}, KEEP),
    Role.WORKER: dict.fromkeys(BUSINESS_APPS - {"funding"}, VIEW),
    Role.REVIEWER: dict.fromkeys(BUSINESS_APPS, VIEW),
    # The other registers name people and what each is paid: they are for who keeps them.
    Role.LEADER: dict.fromkeys({*RESULTS, "places"}, VIEW),
    Role.SYSTEM: {"ground.user": KEEP, "ground.requestedaccess": VIEW | {"add"}, "ground.job": VIEW},
    Role.SECURITY: {
        "ground.user": VIEW,
        "ground.access": KEEP,
        "ground.requestedaccess": VIEW | {"change"},
        "ground.signin": VIEW,
    },
    Role.AUDITOR: dict.fromkeys(
        {"ground.user", "ground.access", "ground.requestedaccess", "ground.signin", "ground.event"}, VIEW
    ),
}
# By role: the registers whose rows it may propose to add or change; who keeps them directly decides.
PROPOSES: Mapping[Role, frozenset[str]] = {
    Role.CLERK: frozenset({"places"}),
    Role.WORKER: frozenset({"organizations", "facilities", "services"}),
}


class Manner(models.TextChoices):
    """How a role deals with a register: the strongest that holds."""

    FULL = "full", _("adds, changes and removes directly")
    KEEPS = "keeps", _("adds and changes directly")
    ADDS = "adds", _("adds")
    CHANGES = "changes", _("decides")
    ACTS = "acts", _("by its own deeds: loads, judges, publishes")
    PROPOSES = "proposes", _("proposes; somebody who keeps it decides")
    READS = "reads", _("reads")
    NOTHING = "nothing", _("—")


_MANNERS = {
    FULL: Manner.FULL,
    KEEP: Manner.KEEPS,
    VIEW | {"add"}: Manner.ADDS,
    VIEW | {"change"}: Manner.CHANGES,
    VIEW: Manner.READS,
    frozenset[str](): Manner.NOTHING,
}


def manner(role: Role, thing: str) -> Manner:
    """Say how the role deals with an app's registers, or with one model (`app.model`)."""
    app, _dot, model = thing.partition(".")
    if app in PROPOSES.get(role, ()):
        return Manner.PROPOSES
    found = _MANNERS[_rights(role, app, model)]
    return Manner.ACTS if app in RESULTS and found in (Manner.FULL, Manner.KEEPS) else found


def is_business(perm: str) -> bool:
    """Say whether `perm` (or an app's label) concerns the registers, plans, runs or reports."""
    return perm.partition(".")[0] in BUSINESS_APPS


def lets(roles: Iterable[str], perm: str) -> bool:
    """Say whether one of `roles` may do `perm`, for instance `facilities.change_facility`, directly."""
    app, _dot, codename = perm.partition(".")
    action, _line, model = codename.partition("_")
    return any(action in _rights(Role(role), app, model) for role in roles)


def proposes(roles: Iterable[str], perm: str) -> bool:
    """Say whether one of `roles` may propose what `perm` would do; only additions and changes are proposed."""
    app, _dot, codename = perm.partition(".")
    action = codename.partition("_")[0]
    return action in ("add", "change") and any(app in PROPOSES.get(Role(role), ()) for role in roles)


def concerns(roles: Iterable[str], app: str) -> bool:
    """Say whether one of `roles` sees anything of the app."""
    return any(key.partition(".")[0] == app for role in roles for key in RIGHTS[Role(role)])


def _rights(role: Role, app: str, model: str) -> frozenset[str]:
    rights = RIGHTS[role]
    return rights.get(app, rights.get(f"{app}.{model}", frozenset()))
