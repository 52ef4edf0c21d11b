"""Numbers as officials read them: rounded for the eye, but never so that they contradict the verdict."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assessments.formulas import MISSING, UNDEFINED, Value
from communities.ground import units
from communities.ground.units import Unit

HUNDRED = Decimal(100)
MOST_PLACES = 12


def is_share(unit: Unit | None) -> bool:
    """Say whether a number of this unit is shown in per cent."""
    return unit is not None and not unit.powers


def number(value: Decimal, *, unit: Unit | None = None, against: Decimal | None = None, places: int = 2) -> str:
    """
    Return `value` with at most `places` decimals and thousands set apart, a share in per cent without its sign.

    Where rounding would make it look equal to `against` although it is not, more decimals are shown.
    """
    scale = HUNDRED if is_share(unit) else Decimal(1)
    scaled = value * scale
    other = None if against is None else against * scale
    while other is not None and places < MOST_PLACES and scaled != other and _at(scaled, places) == _at(other, places):
        places += 1
    text = f"{_at(scaled, places):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _at(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def quantity(value: Decimal, unit: Unit | None, *, against: Decimal | None = None) -> str:
    """Return `value` with its unit: 4 人, 86.4 平方米, 97.1%."""
    text = number(value, unit=unit, against=against)
    named = units.label(unit)
    return f"{text}{named}" if named == "%" else f"{text} {named}".strip()


def difference(value: Decimal, unit: Unit | None, *, places: int = 2, against: Decimal | None = None) -> str:
    """Return how far apart two numbers of the unit are: shares in percentage points; `against` as in `number`."""
    text = number(value, unit=unit, places=places, against=against)
    if is_share(unit):
        return _("{number} percentage points").format(number=text)
    return f"{text} {units.label(unit)}".strip()


def lacking(shortfall: Decimal, unit: Unit | None) -> str:
    """Return how far a number is from what is required, the same wherever it is told; what is not nothing reads so."""
    return difference(shortfall, unit, against=Decimal(0))


def in_a_row(parts: Iterable[str]) -> str:
    """Return the parts of a sentence with the comma of the reader's language between them; empty ones are left out."""
    return pgettext("between parts of a sentence", ", ").join(part for part in parts if part)


def shown(value: Value, unit: Unit | None = None, *, labels: dict[str, Any] | None = None) -> str:
    """Return any value as officials read it; what is missing or undefined says so."""
    if value is MISSING:
        return _("missing")
    if value is UNDEFINED:
        return _("does not apply")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return quantity(value, unit)
    if isinstance(value, date):
        return value.isoformat()
    named = labels or {}
    if isinstance(value, frozenset):
        return "、".join(str(named.get(one, one)) for one in sorted(value)) or _("none")
    return str(named.get(str(value), value))
