"""
What stands beside and around every page: the side navigation an account may use, and how it likes to read.

An entry is shown when its route exists and the view behind it lets this account in: the menu asks the same
declaration as the door (`communities.ground.access`), so it never offers a page that would refuse.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from assessments.reports.frame import keeping_the_three
from communities.ground import access, accounts, proposals
from communities.ground.roles import ADMINISTRATORS
from config.preferences import reading

ADMIN = "admin"
REGISTERS = "/registers/"  # the admin's pages of the registers hang under it


@dataclass(frozen=True)
class Entry:
    """One line of the side navigation: its word and where it leads."""

    code: str
    label: Any
    route: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry this account may follow; `is_current` on the page that is being shown, `count` what waits there."""

    code: str
    label: Any
    url: str
    is_current: bool
    count: int = 0


ENTRIES = (
    Entry("duty", _("Duty"), "duty"),
    Entry("asked", _("Waiting to be granted"), "staff_asked"),
    Entry("overview", _("Overview"), "overview"),
    Entry("plans", _("Plans and targets"), "plans"),
    Entry("runs", _("Judging"), "runs"),
    Entry("registers", _("Registers"), "registers"),
    Entry("proposals", _("Proposed changes"), "proposals"),
    Entry("filings", _("Annual evaluation"), "evaluations"),
    Entry("reports", _("Reports"), "reports"),
    Entry("jobs", _("Jobs"), "jobs"),
    Entry("imports", _("Data import"), "imports"),
    Entry("audit", _("Audit"), "audit"),
    Entry("system", _("System"), "admin:app_list", ("ground",)),
)


def links(request: HttpRequest) -> list[Link]:
    """
    Return the entries this account may follow, in the officials' order; at most one is current.

    Where, which plan and as of when go along to the next page of the portal.
    """
    found = [(entry, url) for entry in ENTRIES if (url := _address(entry)) and _may(request, url)]
    if request.scope.roles & ADMINISTRATORS:  # type: ignore[attr-defined]  # "/" only leads an administrator to his duty
        found = [(entry, url) for entry, url in found if entry.code != "overview"]
    here = max((url for _entry, url in found if _leads_here(url, request.path)), key=len, default="")
    return [
        Link(entry.code, entry.label, keeping_the_three(url, request.GET), url == here, _waiting(request, entry))
        for entry, url in found
    ]


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page: `navigation` and `reading`; neither costs a query until it is shown."""
    return {"navigation": SimpleLazyObject(lambda: links(request)), "reading": reading(request)}


def _waiting(request: HttpRequest, entry: Entry) -> int:
    """Return how much waits there for this account (one query, and only for who decides on it)."""
    if entry.code == "asked":
        return accounts.requests_waiting(request.scope).count()  # type: ignore[attr-defined]
    return proposals.waiting_on(request.user).count() if entry.code == "proposals" else 0  # type: ignore[arg-type]


def _address(entry: Entry) -> str:
    try:
        return reverse(entry.route, args=entry.arguments)
    except NoReverseMatch:
        return ""


def _leads_here(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url)) or (url == REGISTERS and path.startswith("/admin/"))


def _may(request: HttpRequest, url: str) -> bool:
    match = resolve(url)
    if match.app_name == ADMIN:
        return admin.site.has_permission(request) and _sees_app(request, match.kwargs.get("app_label"))
    who = access.declared(match.func)
    if who in (access.PUBLIC, access.SIGNED_IN):
        return who == access.PUBLIC or request.user.is_authenticated
    return isinstance(who, frozenset) and bool(who & request.scope.roles)  # type: ignore[attr-defined]


def _sees_app(request: HttpRequest, app_label: str | None) -> bool:
    return app_label is None or request.user.has_module_perms(app_label)
