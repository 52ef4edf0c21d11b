"""
Units: what a number counts, and which numbers may be compared.

A unit is a product of powers of named base units, written `household`, `household/person`, `m2/household`.
A share has no unit (it is shown in per cent). A bare number in a formula takes the other side's unit.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

UNITS: dict[str, Promise | str] = {
    "household": pgettext_lazy("unit", "households"),
    "person": pgettext_lazy("unit", "persons"),
    "m2": pgettext_lazy("unit", "m²"),
    "cny": pgettext_lazy("unit", "yuan"),
    "year": pgettext_lazy("unit", "years"),
    "month": pgettext_lazy("unit", "months"),
    "day": pgettext_lazy("unit", "days"),
    "minute": pgettext_lazy("unit", "minutes"),
    "piece": pgettext_lazy("unit", "pieces"),
    "place": pgettext_lazy("unit", "places"),
    "organization": pgettext_lazy("unit", "organizations"),
    "facility": pgettext_lazy("unit", "facilities"),
    "event": pgettext_lazy("unit", "times"),
    "plaque": pgettext_lazy("unit", "plaques"),
    "volume": pgettext_lazy("unit", "volumes"),
    "case": pgettext_lazy("unit", "cases"),
    "item": pgettext_lazy("unit", "items"),
    "point": pgettext_lazy("unit", "points"),
}
SHARE = "share"
_PLURALS = {f"{name}s": name for name in UNITS} | {
    "people": "person",
    "communities": "place",
    "facilities": "facility",
}
_WORD = re.compile(r"[a-z][a-z0-9_]*")


class UnknownUnitError(ValueError):
    """A unit no part of the portal knows; the message names the nearest known one."""


@dataclass(frozen=True)
class Unit:
    """A product of powers of base units, as sorted (name, exponent) pairs; none at all for a share."""

    powers: tuple[tuple[str, int], ...] = ()

    def __mul__(self, other: "Unit") -> "Unit":
        total = dict(self.powers)
        for name, power in other.powers:
            total[name] = total.get(name, 0) + power
        return Unit(tuple(sorted((name, power) for name, power in total.items() if power)))

    def inverse(self) -> "Unit":
        """Return one over this unit."""
        return Unit(tuple((name, -power) for name, power in self.powers))

    def __str__(self) -> str:
        over = "*".join(name for name, power in self.powers for _n in range(power) if power > 0)
        under = "/".join(name for name, power in self.powers for _n in range(-power) if power < 0)
        if not self.powers:
            return SHARE
        return f"{over or '1'}/{under}" if under else over


def parse(text: str) -> Unit:
    """Read `household/person`; raise UnknownUnitError naming the nearest known unit."""
    result = Unit()
    sign = 1
    for part in re.split(r"([*/])", text.replace(" ", "")):
        if part in "*/" and part:
            sign = 1 if part == "*" else -1
        elif part not in (SHARE, "1"):
            one = Unit(((_known(part, text), 1),))
            result = result * (one if sign > 0 else one.inverse())
    return result


def _known(word: str, whole: str) -> str:
    name = _PLURALS.get(word, word)
    if name in UNITS:
        return name
    near = get_close_matches(word, [*UNITS, SHARE], n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    raise UnknownUnitError(f"“{whole}” is not a unit Linli knows.{hint} Known: {', '.join([*UNITS, SHARE])}.")


def label(unit: Unit | str | None) -> str:
    """Return the unit as officials write it: 户, 户/人, %; empty where none is known."""
    if unit is None or unit == "":
        return ""
    powers = (parse(unit) if isinstance(unit, str) else unit).powers
    if not powers:
        return "%"
    over = "·".join(_word(name) for name, power in powers for _n in range(power))
    under = "".join("/" + _word(name) for name, power in powers for _n in range(-power))
    return f"{over or '1'}{under}"


def _word(name: str) -> str:
    return str(UNITS[name])
