"""
The pages of proposed changes: what waits for whom, one proposal before and after, several accepted at once.

Everybody who reads a register sees what is proposed to change in his area. Who keeps the register decides; who made
the proposal withdraws it, and sees here what became of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from . import proposals as work
from .access import roles
from .models import Proposal, Role
from .models.proposals import ProposalStatus as Status
from .pages import PageRequest
from .recording import deed_refused
from .roles import STAFF

ON_A_PAGE = 50
KEEPERS = frozenset({Role.OFFICER, Role.CLERK})
WAITING, MINE, DECIDED, ALL = "waiting", "mine", "decided", "all"
LISTS = {
    WAITING: gettext_lazy("Waiting for me"),
    MINE: gettext_lazy("Made by me"),
    DECIDED: gettext_lazy("Decided"),
    ALL: gettext_lazy("All"),
}


@dataclass(frozen=True)
class Shown:
    """A proposal as the lists show it."""

    proposal: Proposal
    register: str

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Return the first changes; the page of the proposal has them all."""
        return list(self.proposal.changes[:3])

    @property
    def more(self) -> int:
        """Return how many changes are not shown."""
        return max(0, len(self.proposal.changes) - 3)


class Narrowing(forms.Form):
    """Of which register, in which place, and where it stands."""

    register = forms.ChoiceField(label=gettext_lazy("register"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("place"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("status"), required=False)

    def __init__(self, data: Any, rows: QuerySet[Proposal], *, asks_status: bool) -> None:
        super().__init__(data)
        all_of_them = ("", _("All"))
        found = list(rows.order_by().values_list("register", "prefix", "place_name").distinct())
        labels = sorted({register for register, _prefix, _name in found}, key=work.registers().index)
        places = {prefix: name for _register, prefix, name in sorted(found)}
        self._choose("register", [all_of_them, *((label, _register_name(label)) for label in labels)])
        self._choose("place", [all_of_them, *sorted(places.items())])
        self._choose("status", [all_of_them, *Status.choices])
        if not asks_status:
            del self.fields["status"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def narrowed(self, rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """Keep the rows asked for; a value that is not offered narrows nothing."""
        self.is_valid()
        columns = {"register": "register", "place": "prefix", "status": "status"}
        return rows.filter(**{columns[name]: value for name, value in self.cleaned_data.items() if value})


@roles(*STAFF)
@require_safe
def proposals(request: PageRequest) -> HttpResponse:
    """Show the proposals within reach, the newest first; `before` is the number where the page before ended."""
    keeps = bool(request.scope.roles & KEEPERS)
    which = request.GET.get("list", "")
    if which not in LISTS or (which == WAITING and not keeps):
        which = WAITING if keeps else MINE
    rows = _listed(request, which)
    narrowing = Narrowing(request.GET, rows, asks_status=which in (MINE, ALL))
    rows = narrowing.narrowed(rows).select_related("proposed_by", "decided_by")
    if (before := request.GET.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.order_by("-pk")[: ON_A_PAGE + 1])
    asked = request.GET.copy()
    asked["before"] = str(shown[ON_A_PAGE - 1].pk) if len(shown) > ON_A_PAGE else ""
    context = {
        "lists": [(code, label) for code, label in LISTS.items() if keeps or code != WAITING],
        "which": which,
        "narrowing": narrowing,
        "is_narrowed": any(request.GET.get(name) for name in narrowing.fields),
        "groups": _by_place(shown[:ON_A_PAGE]) if which == WAITING else [],
        "rows": [_shown(one) for one in shown[:ON_A_PAGE]],
        "after_url": f"?{asked.urlencode()}" if asked["before"] else "",
    }
    return render(request, "ground/proposals.html", context)


def _listed(request: PageRequest, which: str) -> QuerySet[Proposal]:
    if which == WAITING:
        return work.waiting_on(request.user)
    seen = work.seen_by(request.user)
    if which == MINE:
        return seen.filter(proposed_by=request.user)
    return seen.exclude(status=Status.WAITING) if which == DECIDED else seen


def _by_place(rows: Iterable[Proposal]) -> list[tuple[str, str, list[Shown]]]:
    """Return prefix, name and proposals of each place, in the order of the codes."""
    ordered = sorted(rows, key=lambda one: (one.prefix, -one.pk))
    return [
        (prefix, found[0].place_name, [_shown(one) for one in found])
        for prefix, group in groupby(ordered, key=lambda one: one.prefix)
        if (found := list(group))
    ]


def _shown(proposal: Proposal) -> Shown:
    return Shown(proposal, _register_name(proposal.register))


def _register_name(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name_plural)


@roles(*STAFF)
@require_safe
def proposal(request: PageRequest, key: int) -> HttpResponse:
    """Show one proposal: before and after, why, what happened to its row since, and what may be done with it."""
    return render(request, "ground/proposal.html", _of(request, _found(request, key)))


def _found(request: PageRequest, key: int) -> Proposal:
    seen = work.seen_by(request.user).select_related("proposed_by", "decided_by", "evidence")
    return get_object_or_404(seen, pk=key)


def _of(request: PageRequest, found: Proposal) -> dict[str, Any]:
    is_own = found.proposed_by_id == request.user.pk
    conflicts = work.conflicts_for(found, request.user)
    others = [] if found.status != Status.WAITING or not found.object_key else _others(request, found)
    return {
        "proposal": found,
        "register": _register_name(found.register),
        "row_url": _row_url(request, found),
        "parts": [(row, list(changes)) for row, changes in groupby(found.changes, key=lambda one: one["row"])],
        "conflicts": conflicts,
        "since": work.changed_since(found) if found.status == Status.WAITING else [],
        "others": others,
        "may_see_evidence": work.may_see_evidence(found, request.user),
        "may_decide": work.may_decide(found, request.user),
        "may_withdraw": is_own and found.status == Status.WAITING,
        "again_url": _again_url(found)
        if is_own and found.sent and found.status in (Status.REFUSED, Status.WITHDRAWN)
        else "",
    }


def _others(request: PageRequest, found: Proposal) -> list[Proposal]:
    waiting = work.waiting_for(request.user, work.model_of(found), found.object_key)
    return [one for one in waiting if one.pk != found.pk]


def _admin_url(found: Proposal, page: str, *arguments: Any) -> str:
    return reverse(f"admin:{found.register.replace('.', '_')}_{page}", args=arguments)


def _row_url(request: PageRequest, found: Proposal) -> str:
    """Return the address of the row's form; empty where the row is not there, or not yet."""
    if not found.object_key:
        return ""
    rows = admin.site.get_model_admin(work.model_of(found)).get_queryset(request)
    return _admin_url(found, "change", found.object_key) if rows.filter(pk=found.object_key).exists() else ""


def _again_url(found: Proposal) -> str:
    page = _admin_url(found, "change", found.object_key) if found.object_key else _admin_url(found, "add")
    return f"{page}?again={found.pk}"


@roles(*KEEPERS)
@require_POST
def accept(request: PageRequest, key: int) -> HttpResponse:
    """Put one proposal into the register."""
    found = _found(request, key)
    try:
        work.accept(found, by=request.user)
    except ValidationError as error:
        _tell(request, found, error)
    else:
        messages.success(request, _("Accepted. The register holds the change now, recorded in your name."))
    return redirect("proposal", key=key)


@roles(*KEEPERS)
@require_POST
def refuse(request: PageRequest, key: int) -> HttpResponse:
    """Send one proposal back with a reason."""
    found = _found(request, key)
    try:
        work.refuse(found, by=request.user, reason=request.POST.get("reason", ""))
    except ValidationError as error:
        _tell(request, found, error)
    else:
        messages.success(request, _("Sent back. The proposer reads your reason and may propose again."))
    return redirect("proposal", key=key)


@roles(*STAFF)
@require_POST
def withdraw(request: PageRequest, key: int) -> HttpResponse:
    """Take back a proposal of one's own."""
    found = _found(request, key)
    try:
        work.withdraw(found, by=request.user)
    except ValidationError as error:
        _tell(request, found, error)
    else:
        messages.success(request, _("Withdrawn. Nothing has changed in the register."))
    return redirect("proposal", key=key)


def _tell(request: PageRequest, found: Proposal, error: ValidationError) -> None:
    deed_refused(request, found, _why(error), found.prefix)
    for told in error.messages:
        messages.error(request, told)


@roles(*KEEPERS)
@require_POST
def accept_several(request: PageRequest) -> HttpResponse:
    """Ask once, then accept the proposals chosen of one place, each by itself; say what could not be, and why."""
    keys = [int(key) for key in request.POST.getlist("proposal") if key.isdecimal()][:ON_A_PAGE]
    chosen = list(work.waiting_on(request.user).filter(pk__in=keys).select_related("proposed_by").order_by("pk"))
    if not keys:
        messages.warning(request, _("Choose at least one proposal."))
        return redirect("proposals")
    if len(chosen) < len(keys):
        messages.warning(request, _("Some of what you chose has been decided meanwhile; choose again."))
        return redirect("proposals")
    if len({one.prefix for one in chosen}) > 1:
        messages.warning(request, _("Accept the proposals of one place at a time."))
        return redirect("proposals")
    if "confirmed" not in request.POST:
        asked = [(_shown(one), work.conflicts_for(one, request.user)) for one in chosen]
        return render(request, "ground/proposals_confirm.html", {"asked": asked, "place": chosen[0].place_name})
    _accept_each(request, chosen)
    return redirect("proposals")


def _accept_each(request: PageRequest, chosen: list[Proposal]) -> None:
    done = 0
    for one in chosen:
        try:
            work.accept(one, by=request.user)
            done += 1
        except ValidationError as error:
            deed_refused(request, one, _why(error), one.prefix)
            _tell_of(request, one, " ".join(error.messages))
        except PermissionDenied as error:
            deed_refused(request, one, "not_his_to_decide", one.prefix)
            _tell_of(request, one, str(error))
    if done:
        told = ngettext("{done} proposal accepted.", "{done} proposals accepted.", done)
        messages.success(request, told.format(done=done))


def _why(error: ValidationError) -> str:
    """Return why in one word: of what the register holds now, or its form refuses, that it does so."""
    return getattr(error, "code", None) or "against_the_register"


def _tell_of(request: PageRequest, one: Proposal, why: str) -> None:
    told = _("Not accepted: proposal {number}, {name}. {why}")
    messages.error(request, told.format(number=one.pk, name=one.object_name, why=why))
