"""
Where work on the yearly evaluation begins: what lies with the account and for how long, and how far an evaluation is.

Streets stand in the order of their codes: how far each is, is told; who is first, is not.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from communities.ground import clock
from communities.ground.access import roles
from communities.ground.models import User
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import BUSINESS, STAFF
from communities.places.models import PlaceCode

from .. import deadlines, filling, permitting
from ..answered import pack_of
from ..flow import WORK, State, Work
from ..meter import meter
from ..models import Cycle, Filing, Reminder
from ..working_days import working_days_between
from .filling import FILERS

MOST_LISTED = 60  # communities of a street on one page
STREET = 9


@dataclass(frozen=True)
class Listed:
    """A community in the list of what is due: how much is open, until when, and the reminder that concerns it."""

    filing: Filing
    open: int
    items: int
    due_on: date | None = None
    days_left: int | None = None
    reminder: Reminder | None = None

    @property
    def done(self) -> int:
        """How many items nothing is missing in."""
        return self.items - self.open

    @property
    def is_late(self) -> bool:
        """Whether its day has passed."""
        return self.days_left is not None and self.days_left < 0

    @property
    def may_be_filed(self) -> bool:
        """Whether it may be filed with others: it is filled in, and nothing is left."""
        return State(self.filing.state) in WORK[Work.ANSWER].before and not self.open


@roles(*BUSINESS)
@require_safe
def evaluations(request: PageRequest) -> HttpResponse:
    """Show what lies with the account, and the evaluations within its reach."""
    files = bool(request.scope.roles & set(FILERS))
    listed = _listed(request.user) if files else []
    context = {
        "listed": listed,
        "may_file": any(one.may_be_filed for one in listed),
        "files": files,
        "cycles": _cycles(request.user),
        "may_open": is_officer(request) and any(len(one) in (4, 6) for one in request.scope.prefixes),
        "today": clock.today(),
    }
    return render(request, "filings/evaluations.html", context)


def _listed(by: User) -> list[Listed]:
    rows = permitting.filings_of(by).filter(cycle__concluded_on__isnull=True)
    coded = rows.filter(place__codes__during__contains=clock.today()).order_by("place__codes__code")
    lying = {one.filing.pk: one for one in deadlines.due(by)}
    reminders = {one.filing_id: one for one in deadlines.reminders_for(by)}
    return [_of(filing, lying, reminders) for filing in coded[:MOST_LISTED]]


def _of(filing: Filing, lying: dict[int, deadlines.Due], reminders: dict[int, Reminder]) -> Listed:
    is_filled_in = State(filing.state) in WORK[Work.ANSWER].before
    left = {one.item.code for one in filling.open_items(filing) if one.is_blocking} if is_filled_in else set()
    due = lying.get(filing.pk)
    return Listed(
        filing=filing,
        open=len(left),
        items=sum(1 for _one in pack_of(filing).items()),
        due_on=due.due_on if due else None,
        days_left=due.days_left if due else None,
        reminder=reminders.get(filing.pk),
    )


def _cycles(by: User) -> QuerySet[Cycle]:
    own = permitting.filings_of(by).filter(cycle=OuterRef("pk"))
    return Cycle.objects.filter(Exists(own)).select_related("place", "sheet_version__sheet").order_by("-year", "prefix")


@roles(*FILERS)
@require_POST
def file_many(request: PageRequest) -> HttpResponse:
    """File the chosen communities; what stops one is told, the others are filed."""
    keys = [key for key in request.POST.getlist("filing") if key.isdecimal()]
    chosen = list(permitting.filings_of(request.user).filter(pk__in=keys))
    if not chosen:
        messages.warning(request, _("Choose the communities that are to be filed."))
    ended = filling.file_many(chosen, request.user)
    done = [filing for filing, why in ended if not why]
    if done:
        told = ngettext("{n} community is filed.", "{n} communities are filed.", len(done))
        messages.success(request, told.format(n=len(done)))
    for filing, why in ended:
        if why:
            messages.error(request, _("{community}: {why}").format(community=filing.place, why=" ".join(why[:3])))
    return redirect("evaluations")


# How far an evaluation is


@dataclass
class Street:
    """The filings of one street: how many, where they lie, and how much of what is asked was known."""

    code: str
    name: str
    states: Counter[str] = field(default_factory=Counter)
    burden: Any = None

    @property
    def filings(self) -> int:
        """How many communities are evaluated."""
        return sum(self.states.values())

    @property
    def filed(self) -> int:
        """How many of them have been filed and do not lie with the community again."""
        return self.filings - self.states[State.OPEN] - self.states[State.RETURNED] - self.states[State.SET_ASIDE]

    @property
    def lies_with(self) -> list[tuple[str, int]]:
        """Return where its filings lie, and how many in each place."""
        return [(str(state.label), self.states[state]) for state in State if self.states[state]]


@roles(*STAFF)
@require_safe
def progress(request: PageRequest, key: int) -> HttpResponse:
    """Show by street how many communities have filed, where the others lie, the days left and the burden."""
    cycle = get_object_or_404(_cycles(request.user), pk=key)
    streets = _streets(permitting.filings_of(request.user).filter(cycle=cycle))
    within = min(request.scope.prefixes, key=len)
    burdens = {one.code: one for one in meter(cycle, within if within.startswith(cycle.prefix) else cycle.prefix)}
    for one in streets:
        one.burden = burdens.get(one.code)
    context = {
        "cycle": cycle,
        "streets": streets,
        "whole": _sum(streets),
        "burden": burdens.get(""),
        "days": [(label, day, working_days_between(clock.today(), day)) for label, day in _days(cycle)],
    }
    return render(request, "filings/progress.html", context)


def _days(cycle: Cycle) -> list[tuple[str, date]]:
    return [
        (_("filing until"), cycle.self_until),
        (_("review by the street until"), cycle.street_until),
        (_("check by the district until"), cycle.district_until),
    ]


def _streets(filings: QuerySet[Filing]) -> list[Street]:
    rows = filings.filter(place__codes__during__contains=clock.today()).values_list("place__codes__code", "state")
    found: dict[str, Street] = {}
    for code, state in rows.order_by("place__codes__code"):
        street = code[:STREET]
        found.setdefault(street, Street(street, street)).states[state] += 1
    names = PlaceCode.objects.filter(
        code__in=[code.ljust(12, "0") for code in found], during__contains=clock.today()
    ).values_list("code", "place__name")
    for code, name in names:
        found[code[:STREET]].name = name
    return list(found.values())


def _sum(streets: Iterable[Street]) -> Street:
    whole = Street("", "")
    for one in streets:
        whole.states.update(one.states)
    return whole
