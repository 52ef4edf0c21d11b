"""
Until when: the day of each stage, extensions, what lies with an account, and reminders in working days.

A filing that was returned is mended within the time of the stage that returned it. A reminder is a row that the page
on which work begins shows until the filing has moved on; nothing is mailed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q

from communities.ground import clock
from communities.ground.models import User

from . import permitting
from .flow import TABLE, Action, State, level_of
from .models import Cycle, Extension, Filing, Reminder, Stage
from .working_days import working_days_between

REMINDED = (5, 2, 1)  # working days before the end of a stage
NEXT = {
    State.OPEN: Action.FILE,
    State.RETURNED: Action.FILE,
    State.FILED: Action.REVIEW,
    State.REVIEWED: Action.CHECK,
}


@dataclass(frozen=True)
class Due:
    """A filing that lies with the account: for which stage, until when, and how many working days are left."""

    filing: Filing
    stage: Stage
    due_on: date
    days_left: int

    @property
    def is_late(self) -> bool:
        """Whether the day has passed."""
        return self.days_left < 0


def stage_of(filing: Filing) -> Stage | None:
    """Return the stage whose time runs for the filing; None where none does."""
    state = State(filing.state)
    if state == State.OPEN:
        return Stage.SELF
    if state == State.RETURNED:
        sent_back = filing.returns.filter(answered_at__isnull=True, stage=Stage.DISTRICT).exists()
        return Stage.DISTRICT if sent_back else Stage.STREET
    if state == State.FILED:
        return Stage.DISTRICT if filing.steps.filter(action=Action.SEND_BACK).exists() else Stage.STREET
    return Stage.DISTRICT if state == State.REVIEWED else None


def until(cycle: Cycle, stage: Stage) -> date:
    """Return the day until which the stage works, extensions aside."""
    return {Stage.SELF: cycle.self_until, Stage.STREET: cycle.street_until, Stage.DISTRICT: cycle.district_until}[stage]


def deadline(filing: Filing, stage: Stage | None = None) -> date | None:
    """Return the day until which the filing may be worked on now, extensions counted; None where no time runs."""
    found = stage or stage_of(filing)
    if found is None:
        return None
    extended = extended_until(filing.cycle, found, permitting.code_of(filing.place))
    return max([until(filing.cycle, found), *extended])


def extended_until(cycle: Cycle, stage: Stage, code: str) -> list[date]:
    """Return until when the stage is extended for the place of the code or one above it."""
    above = [code[:width].ljust(12, "0") for width in (4, 6, 9, 12)]
    rows = Extension.objects.filter(cycle=cycle, stage=stage)
    in_force = Q(place__codes__code__in=above, place__codes__during__contains=clock.today())
    found = rows.filter(in_force).aggregate(until=Max("until"))["until"]
    return [found] if found else []


def days_left(filing: Filing) -> int | None:
    """Return how many working days are left, 0 on the last day, below 0 after it; None where no time runs."""
    day = deadline(filing)
    return None if day is None else working_days_between(clock.today(), day)


def due(by: User) -> list[Due]:
    """Return what lies with the account and has a day, the earliest first."""
    return [_due(filing) for filing in _lying_with(by)]


def _due(filing: Filing) -> Due:
    day = deadline(filing)
    stage = stage_of(filing)
    if day is None or stage is None:
        raise LookupError(f"No time runs for filing {filing.pk}.")
    return Due(filing, stage, day, working_days_between(clock.today(), day))


def _lying_with(by: User) -> list[Filing]:
    """Return the filings whose next step this account takes, by the day of their stage and their code."""
    reach = by.reach
    rows = permitting.filings_of(by).filter(state__in=list(NEXT)).order_by("cycle__self_until", "place__codes__code")
    width = len(reach.prefixes[0]) if reach.prefixes else 0
    states = [state for state, action in NEXT.items() if _takes(action, reach.prefixes, reach.roles)]
    return list(rows.filter(state__in=states).distinct()) if width else []


def _takes(action: Action, prefixes: Iterable[str], roles: frozenset[str]) -> bool:
    line = next(one for one in TABLE if one.action == action)
    levels = {level for prefix in prefixes for level in level_of(prefix, "")}
    return bool(line.roles & roles) and bool(line.levels & levels)


def reminders_for(by: User) -> list[Reminder]:
    """Return the reminders that concern the account: the latest of each filing that still lies with it."""
    lying = {filing.pk: filing for filing in _lying_with(by)}
    rows = Reminder.objects.filter(filing__in=lying).select_related("filing__place", "filing__cycle")
    latest = rows.order_by("filing_id", "days_left").distinct("filing_id")
    return [row for row in latest if row.stage == stage_of(lying[row.filing_id])]


def remind() -> int:
    """
    Make the reminders of today: five, two and one working day before a stage ends, for what still lies with it.

    Every day once; asked again on the same day it adds nothing. Returns how many were made.
    """
    today = clock.today()
    rows = Filing.objects.filter(state__in=list(NEXT), cycle__concluded_on__isnull=True)
    made = []
    for filing in rows.select_related("place", "cycle"):
        one = _due(filing)
        if one.days_left in REMINDED:
            made.append(
                Reminder(filing=filing, stage=one.stage, due_on=one.due_on, days_left=one.days_left, made_on=today)
            )
    before = Reminder.objects.count()
    Reminder.objects.bulk_create(made, ignore_conflicts=True)
    return Reminder.objects.count() - before
