"""
The way to a milestone in words: what is due, what there is, when the present pace arrives, on track or behind.

One text for every page and command, so that none says it otherwise. `trajectories` gives the numbers.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import display
from .judging import SIGNS as BOUNDS
from .pace import Course, Due, Status
from .trajectories import Path, Seen
from .words import SIGNS

FINE = 100  # from here on a pace is told in whole numbers

# A status wears the shape and colour of the verdict it resembles most.
LOOKS = {
    Status.REACHED: "met",
    Status.ON_TRACK: "not_due",
    Status.BEHIND: "attention",
    Status.OVERDUE: "not_met",
    Status.UNDETERMINED: "undetermined",
    Status.ONCE: "not_due",
    Status.UNMEASURED: "undetermined",
}


@dataclass(frozen=True)
class Outlook:
    """How one target stands on its way to one milestone, ready to be shown; texts are empty where nothing is known."""

    status: Status
    look: str
    due: date
    milestone: int
    required: str
    measured: str
    gap: str
    pace: str
    arrival: date | None
    told: str  # what is due, what there is, when the pace arrives
    is_next: bool

    @property
    def word(self) -> str:
        """The status in one word."""
        return str(self.status.label)

    @property
    def sentence(self) -> str:
        """Everything, with the status at the end."""
        return _("{sentence}: {status}.").format(sentence=self.told, status=self.word)


def outlook(path: Path, milestone: int | None = None) -> Outlook | None:
    """Tell the way to one milestone, by default to the one it leads to; None where no number is asked for."""
    course = path.course
    if course is None:
        return None
    due = course.aim if milestone is None else next((d for d in course.dues if d.milestone == milestone), None)
    return None if due is None else _told(path, course, due)


def outlooks(path: Path) -> tuple[Outlook, ...]:
    """Tell the way to each of its milestones, by due day."""
    return tuple(_told(path, path.course, due) for due in path.course.dues) if path.course else ()


def _told(path: Path, course: Course, due: Due) -> Outlook:
    gap = gap_to(course, due)
    return Outlook(
        status=course.status(due),
        look=look_of(path, course.status(due)),
        due=due.day,
        milestone=due.milestone,
        required=required(path, due),
        measured=_last(path, course, due),
        gap=display.difference(gap, path.unit) if gap else "",
        pace=_pace(path, course, due),
        arrival=course.arrival(due),
        told=_sentence(path, course, due),
        is_next=course.next == due,
    )


def look_of(path: Path, status: Status) -> str:
    """Return the verdict whose shape and colour a status wears: what is overdue, that of a miss of the target."""
    return str(path.way.question.missed) if status is Status.OVERDUE else LOOKS[status]


def gap_to(course: Course, due: Due) -> Decimal:
    """Return how far what is known now is from what is required; 0 where it is met or nothing is known now."""
    return due.gap(course.last[1]) if course.last is not None and course.is_known_now else Decimal(0)


def required(path: Path, due: Due) -> str:
    """Return what is required with its sign: ≥ 80%."""
    return f"{SIGNS[BOUNDS[due.bound]]} {display.quantity(due.required, path.unit)}"


def asked(path: Path, due: Due) -> str:
    """Return what is required in words: at least 80%."""
    amount = display.quantity(due.required, path.unit)
    return {
        "at_least": _("at least {amount}"),
        "more_than": _("more than {amount}"),
        "at_most": _("at most {amount}"),
        "less_than": _("less than {amount}"),
        "equals": _("exactly {amount}"),
    }[due.bound].format(amount=amount)


def _last(path: Path, course: Course, due: Due) -> str:
    """What was measured last, with its day where nothing is known now."""
    if course.last is None:
        return ""
    day, value = course.last
    measured = display.quantity(value, path.unit, against=due.required)
    if course.is_known_now:
        return measured
    return _("{measured} ({day})").format(measured=measured, day=day.isoformat())


def _sentence(path: Path, course: Course, due: Due) -> str:
    """At least 80% is due by 2005-12-31, now 62%, reached in 2006/3 at the present pace."""
    first = _("{required} is due by {day}").format(required=asked(path, due), day=due.day.isoformat())
    return display.in_a_row([first, _now(path, course, due), projected(course, due)])


def _now(path: Path, course: Course, due: Due) -> str:
    if course.last is None:
        return ""
    day, value = course.last
    said = _("now {measured}") if course.is_known_now else _("on {day} {measured}, not known now")
    told = said.format(measured=display.quantity(value, path.unit, against=due.required), day=day.isoformat())
    return told + _over(next(one for one in reversed(path.seen) if one.measured.day == day))


def _over(seen: Seen) -> str:
    """Over how many places a share was counted; that some are not known."""
    if seen.counted is not None:
        met, known = f"{seen.counted.met:,}", f"{seen.counted.known:,}"
        open_ones = seen.counted.asked - seen.counted.known
        told = _(" ({met} of {known})").format(met=met, known=known)
        if not open_ones:
            return told
        unknown = ngettext(", {number} unknown", ", {number} unknown", open_ones).format(number=f"{open_ones:,}")
        return _(" ({met} of {known}{unknown})").format(met=met, known=known, unknown=unknown)
    return _(" (over what is known)") if seen.measured.partly else ""


def projected(course: Course, due: Due) -> str:
    """Return when the present pace arrives, or that it does not; empty where it is there, or nobody can tell."""
    status = course.status(due)
    if status in (Status.REACHED, Status.UNMEASURED) or course.slope is None or due.gap(course.known[-1][1]) == 0:
        return ""
    if status is Status.UNDETERMINED and not course.is_known_now:
        return ""
    arrival = course.arrival(due)
    if arrival is None:
        return _("not reached at the present pace")
    month = _("{year}/{month}").format(year=arrival.year, month=arrival.month)
    return _("reached in {month} at the present pace").format(month=month)


def _pace(path: Path, course: Course, due: Due) -> str:
    """What is needed each year, beside what there is: 17.5 percentage points more a year needed, 10 at present."""
    needed = course.pace(due)
    if needed is None:
        return ""
    told = [_moving(needed, path, _("{amount} more a year needed"), _("{amount} less a year needed"))]
    if course.slope is not None:
        still = _("no change at present")
        told.append(
            _moving(course.slope, path, _("{amount} more a year at present"), _("{amount} less a year at present"))
            if course.slope
            else still
        )
    return display.in_a_row(told)


def _moving(rate: Decimal, path: Path, rising: str, falling: str) -> str:
    places = 0 if abs(rate) >= FINE and not display.is_share(path.unit) else 1
    return (rising if rate > 0 else falling).format(amount=display.difference(abs(rate), path.unit, places=places))
