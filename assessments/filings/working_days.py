"""
Working days (工作日): Monday to Friday, but for the days on which the State Council says otherwise.

`calendar/days.csv` holds the days that were announced when Linli was shipped; a `CalendarDay` that somebody enters
goes before it, as for the next year's holidays, announced each autumn. Beyond both the rule of the week holds.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import CalendarDay

ONE_DAY = timedelta(days=1)
SHIPPED = Path(__file__).parent / "calendar" / "days.csv"
SATURDAY = 5
AT_ONCE = 60  # days whose exceptions are read at once


def is_working_day(day: date) -> bool:
    """Say whether offices work on the day."""
    return next(_told(day, day))[1]


def add_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`; below 0 the one before it, with 0 the day itself."""
    step = 1 if count >= 0 else -1
    left = abs(count)
    while left:
        span = timedelta(days=AT_ONCE)
        first, last = (day + ONE_DAY, day + span) if step > 0 else (day - span, day - ONE_DAY)
        days = [one for one, works in _told(first, last) if works][::step]
        if len(days) >= left:
            return days[left - 1]
        left -= len(days)
        day = last if step > 0 else first
    return day


def last_of(first: date, count: int) -> date:
    """Return the last of `count` working days that begin on `first`, which counts where it is one."""
    return add_working_days(first - ONE_DAY, count)


def working_days_between(start: date, end: date) -> int:
    """Return how many working days come after `start` up to and with `end`; below 0 where `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    return sum(works for _day, works in _told(start + ONE_DAY, end)) if end > start else 0


def _told(first: date, last: date) -> Iterator[tuple[date, bool]]:
    """Yield each day and whether it is worked; one query."""
    entered = dict(CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "is_worked"))
    for number in range((last - first).days + 1):
        day = first + number * ONE_DAY
        yield day, entered.get(day, shipped().get(day, day.weekday() < SATURDAY))


@cache
def shipped() -> dict[date, bool]:
    """Return the days that are shipped, and whether each is worked."""
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        return {date.fromisoformat(row["day"]): row["is_worked"] == "true" for row in csv.DictReader(lines)}


def enter(text: str, *, dry_run: bool = False) -> int:
    """
    Enter the days in a CSV text (`day,is_worked,name`, true or false); return how many.

    Days entered before are replaced. Raises ValidationError, naming the line, and enters none where one cannot be read.
    """
    rows = [_row(number, row) for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2)]
    if not dry_run:
        CalendarDay.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["day"], update_fields=["is_worked", "name"]
        )
    return len(rows)


def _row(number: int, row: dict[str, str]) -> CalendarDay:
    try:
        worked = {"true": True, "false": False}[row["is_worked"].strip().lower()]
        return CalendarDay(day=date.fromisoformat(row["day"].strip()), is_worked=worked, name=row["name"].strip()[:40])
    except (KeyError, ValueError, AttributeError):
        told = _("Line {n}: a day as 2027-02-08, then true (worked) or false (a holiday), then its name.")
        raise ValidationError(told.format(n=number)) from None
