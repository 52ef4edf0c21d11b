"""
The pace of a target through its milestones: what is required by which day, what was measured, whether it will do.

Pure arithmetic on Decimals, no database; `trajectories` reads the numbers from runs. Between two due days the last one
holds, and a year without a milestone carries the latest one forward. A year is counted from day to day of the
calendar, so that from the end of one year to the end of the next is exactly one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from assessments.formulas.reading import OPERATIONS
from assessments.formulas.values import EXACT, add_years, compared, divide

from .judging import SIGNS

LAST_YEAR = 2199  # the last the portal knows: what would be reached later is not reached
RISING, FALLING = ("at_least", "more_than"), ("at_most", "less_than")
STRICT = ("more_than", "less_than")


class Status(TextChoices):
    """How a target stands on its way to a milestone."""

    REACHED = "reached", _("reached already")
    ON_TRACK = "on_track", _("on track")
    BEHIND = "behind", _("behind")
    OVERDUE = "overdue", _("overdue")
    UNDETERMINED = "undetermined", _("undetermined")
    ONCE = "once", _("measured only once")
    UNMEASURED = "unmeasured", _("not measured yet")


@dataclass(frozen=True)
class Due:
    """What is required by a day, in the unit of the measure; `milestone` is its number in the plan."""

    day: date
    required: Decimal
    bound: str = "at_least"
    milestone: int = 1

    def is_met_by(self, value: Decimal) -> bool:
        """Say whether `value` reaches it; a bound is met by equality unless it is strict."""
        return bool(OPERATIONS[SIGNS[self.bound]](value, self.required))

    def gap(self, value: Decimal) -> Decimal:
        """Return how far `value` is from it, without a sign; 0 where it is met."""
        return Decimal(0) if self.is_met_by(value) else abs(EXACT.subtract(self.required, value))

    def direction(self, value: Decimal) -> int:
        """Return 1 where the measure must rise from `value` to it, −1 where it must fall."""
        if self.bound in RISING:
            return 1
        return -1 if self.bound in FALLING or value > self.required else 1


@dataclass(frozen=True)
class Measured:
    """What was measured on a day, None where it is not known; `partly`: over the members known only."""

    day: date
    value: Decimal | None
    partly: bool = False


@dataclass(frozen=True)
class Course:
    """
    The way of one target at one place: `dues` and `measured` in the order of their days, none measured after `as_of`.

    All rates are per year, in the unit of the measure. Where the latest of `measured` is not known, an earlier number
    says nothing of what holds on the day: what was due by then is undetermined, and what lies ahead is told from the
    day of that number. `over_places`: the share of the places that reach a target, all of which must; one known place
    that does not is enough to know that it is missed.
    """

    dues: tuple[Due, ...]
    measured: tuple[Measured, ...]
    as_of: date
    is_share: bool = False
    over_places: bool = False

    @cached_property
    def known(self) -> list[tuple[date, Decimal]]:
        """What is known, by day."""
        return [(one.day, one.value) for one in self.measured if one.value is not None]

    @property
    def last(self) -> tuple[date, Decimal] | None:
        """The last known value with its day."""
        return self.known[-1] if self.known else None

    @property
    def is_known_now(self) -> bool:
        """Whether the latest measurement is known, so that the last known value holds on the day."""
        return bool(self.measured) and self.measured[-1].value is not None

    @property
    def _is_partly(self) -> bool:
        return next(one.partly for one in reversed(self.measured) if one.value is not None)

    def required_on(self, day: date) -> Due | None:
        """Return what is required on `day`: the last milestone due by then; None before the first."""
        return next((due for due in reversed(self.dues) if due.day <= day), None)

    @property
    def next(self) -> Due | None:
        """The first milestone after the day."""
        return next((due for due in self.dues if due.day > self.as_of), None)

    @property
    def aim(self) -> Due | None:
        """What the way leads to: the first that counts and is not known to be reached; the last where all are."""
        counting = [due for due in (self.required_on(self.as_of), *self._ahead()) if due is not None]
        if self.last is None:
            return next(iter(self._ahead()), None) or (counting[0] if counting else None)
        _day, value = self.last
        open_ones = [due for due in counting if not (self.is_known_now and due.is_met_by(value))]
        return next(iter(open_ones or counting[-1:]), None)

    def _ahead(self) -> Sequence[Due]:
        return [due for due in self.dues if due.day > self.as_of]

    @cached_property
    def slope(self) -> Decimal | None:
        """The change per year between the last two known values; None where only one is known."""
        if len(self.known) < 2:
            return None
        (before, old), (after, new) = self.known[-2:]
        return _per_year(EXACT.subtract(new, old), before, after)

    def pace(self, due: Due) -> Decimal | None:
        """Return the change per year needed from the day to `due`; None where it is reached, past or not known now."""
        if self.last is None or not self.is_known_now or due.day <= self.as_of or due.is_met_by(self.last[1]):
            return None
        return _per_year(EXACT.subtract(due.required, self.last[1]), self.as_of, due.day)

    def arrival(self, due: Due) -> date | None:
        """
        Return the day on which the present slope reaches `due`; None where it never does.

        It never does where the measure stands still or moves away, nor where a share above 100 % would be needed. Where
        it would have been reached by the day and nobody knows whether it was, no day is given.
        """
        found = self._crossing(due)
        return None if found is not None and found <= self.as_of and not self.is_known_now else found

    def _crossing(self, due: Due) -> date | None:
        """Return the day on which the slope from the last known value reaches `due`, passed by now or not."""
        if self.last is None or self.slope is None or due.is_met_by(self.last[1]):
            return None
        if self.is_share and not 0 <= due.required <= 1:
            return None
        day, value = self.last
        if self.slope * due.direction(value) <= 0:
            return None
        years = divide(EXACT.subtract(due.required, value), self.slope)
        return _day_after(day, years, strictly=due.bound in STRICT) if isinstance(years, Decimal) else None

    def expected_on(self, day: date) -> Decimal | None:
        """Return where the present slope leads by `day`; a share stays between 0 and 100 %, whatever the slope."""
        if self.last is None or self.slope is None:
            return None
        since, value = self.last
        reached = EXACT.add(value, EXACT.multiply(self.slope, years_between(since, day)))
        return min(max(reached, Decimal(0)), Decimal(1)) if self.is_share else reached

    def status(self, due: Due | None = None) -> Status:
        """
        Say how the way to `due` stands; without one, to what it leads to.

        What is known in part, or was known only before, decides nothing about what is due by the day.
        """
        due = due or self.aim
        if self.last is None or due is None:
            return Status.UNMEASURED
        if self._is_open(due, self.last[1]):
            return Status.UNDETERMINED
        if due.is_met_by(self.last[1]):
            return Status.UNDETERMINED if self._is_partly else Status.REACHED
        if due.day <= self.as_of:
            return Status.UNDETERMINED if self._is_partly and not self.over_places else Status.OVERDUE
        if self.slope is None:
            return Status.ONCE
        arrival = self.arrival(due)
        return Status.ON_TRACK if arrival is not None and arrival <= due.day else Status.BEHIND

    def _is_open(self, due: Due, value: Decimal) -> bool:
        """Say whether nobody knows if `due` is met: nothing is known now, and it is past, or `value` led to it."""
        if self.is_known_now:
            return False
        crossing = self._crossing(due)
        return due.day <= self.as_of or due.is_met_by(value) or (crossing is not None and crossing <= self.as_of)


def years_between(first: date, last: date) -> Decimal:
    """Return the years from `first` to `last`, not before it: whole ones, and the days left of the year begun."""
    whole = last.year - first.year
    if add_years(first, whole) > last:
        whole -= 1
    begun, ends = add_years(first, whole), add_years(first, whole + 1)
    part = divide(Decimal((last - begun).days), Decimal((ends - begun).days))
    return EXACT.add(Decimal(whole), part) if isinstance(part, Decimal) else Decimal(whole)


def _per_year(change: Decimal, first: date, last: date) -> Decimal | None:
    rate = divide(change, years_between(first, last))
    return rate if isinstance(rate, Decimal) else None


def _day_after(first: date, years: Decimal, *, strictly: bool) -> date | None:
    """Return the first day that is at least (strictly: more than) so many years after `first`; None if too far."""
    if first.year + years > LAST_YEAR:
        return None
    whole = int(years.to_integral_value(ROUND_FLOOR))
    begun, ends = add_years(first, whole), add_years(first, whole + 1)
    days = compared((years - whole) * (ends - begun).days)
    counted = days.to_integral_value(ROUND_FLOOR) + 1 if strictly else days.to_integral_value(ROUND_CEILING)
    return begun + timedelta(days=int(counted))
