"""
Values and their arithmetic: Decimal end to end, rounded only where design and database agree.

A quotient is rounded to 20 decimals, half away from zero; comparisons, `ceil` and `floor` first round what they are
given to 12 decimals, so that one third times three reaches one. PostgreSQL's numeric does the same by the expressions
in `sql.py`: the numerator gets 40 decimals before it is divided.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import Enum
from functools import reduce
from typing import TypeAlias


class Absent(Enum):
    """Why there is no value."""

    MISSING = "missing"
    UNDEFINED = "undefined"


MISSING = Absent.MISSING
UNDEFINED = Absent.UNDEFINED

Present: TypeAlias = Decimal | bool | date | str | frozenset[str]
Value: TypeAlias = Present | Absent

# Products are exact in PostgreSQL; this is more digits than a formula of the longest allowed text can produce.
EXACT = Context(prec=6000, rounding=ROUND_HALF_UP)
_QUOTIENT = Decimal(1).scaleb(-20)
_NUMERATOR = Decimal(1).scaleb(-40)
_COMPARED = Decimal(1).scaleb(-12)


def absent(values: Iterable[Value]) -> Absent | None:
    """Return what the absent ones among `values` come to: missing outweighs undefined; None if all are there."""
    found = [value for value in values if isinstance(value, Absent)]
    if not found:
        return None
    return MISSING if MISSING in found else UNDEFINED


def divide(a: Decimal, b: Decimal) -> Decimal | Absent:
    """Return a / b to 20 decimals, half away from zero; UNDEFINED where b is zero."""
    if b == 0:
        return UNDEFINED
    numerator = a.quantize(_NUMERATOR, context=EXACT)
    digits = Context(prec=120, rounding=ROUND_HALF_UP)
    quotient = digits.divide(numerator, b).quantize(_NUMERATOR, context=EXACT)
    return quotient.quantize(_QUOTIENT, context=EXACT)


def total(numbers: Iterable[Decimal]) -> Decimal:
    """Return the exact sum, 0 of none."""
    return reduce(EXACT.add, numbers, Decimal(0))


def compared(a: Decimal) -> Decimal:
    """Return `a` as comparisons see it: rounded to 12 decimals."""
    return a.quantize(_COMPARED, context=EXACT)


def ceil(a: Decimal) -> Decimal:
    """Return the least whole number not below `a`, which is first rounded to 12 decimals."""
    return compared(a).to_integral_value(ROUND_CEILING)


def floor(a: Decimal) -> Decimal:
    """Return the greatest whole number not above `a`, which is first rounded to 12 decimals."""
    return compared(a).to_integral_value(ROUND_FLOOR)


def rounded(a: Decimal, places: int) -> Decimal:
    """Return `a` rounded to `places` decimals, half away from zero."""
    return a.quantize(Decimal(1).scaleb(-places), context=EXACT)


def add_years(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February gives 28 February where there is none."""
    year = day.year + years
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def full_years(since: date, day: date) -> Decimal:
    """Return the whole years passed from `since` to `day`; negative where `since` lies ahead."""
    before = (day.month, day.day) < (since.month, since.day)
    return Decimal(day.year - since.year - before)


def month_ends(day: date) -> list[date]:
    """Return the ends of the months of the year of `day` that are not after it."""
    ends = [_month_end(day.year, month) for month in range(1, 13)]
    return [end for end in ends if end <= day]


def _month_end(year: int, month: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(first_of_next.toordinal() - 1)
