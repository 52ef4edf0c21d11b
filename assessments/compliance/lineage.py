"""
Lineage: what a place that came out of others was made of on an earlier day.

Places merge, split and turn from village into community; on each such day a `Succession` says which share of whom
passed to whom. Going back from the day looked from, each step replaces a place by what it had kept of itself and by
the shares it took over. What does not add up (a wage, a kind) is a place's own as long as it stood; before, that of the
one predecessor which passed to it wholly, if there is just one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from communities.ground import periods
from communities.places.models import Place, Succession

WHOLE = Decimal(1)


@dataclass(frozen=True)
class Passing:
    """On a day a share of one place passed to another."""

    on: date
    predecessor: int
    successor: int
    share: Decimal


@dataclass(frozen=True)
class Part:
    """What a place `id` seen on a day was on an earlier one: by which share it was `origin`."""

    level: str
    id: int
    seen: date
    day: date
    origin: int
    share: Decimal
    sole: bool


def parts(back: Iterable[tuple[str, date, date]]) -> list[Part]:
    """Return the parts of the places that were not wholly themselves, for the levels, days and earlier days `back`."""
    pairs = sorted({pair for pair in back if pair[2] < pair[1]})
    if not pairs:
        return []
    first, last = min(day for _level, _seen, day in pairs), max(seen for _level, seen, _day in pairs)
    rows = Succession.objects.filter(on__gt=first, on__lte=last)
    passings = [Passing(*row) for row in rows.values_list("on", "predecessor_id", "successor_id", "share")]
    concerned = {one for passing in passings for one in (passing.predecessor, passing.successor)}
    places = {
        place: (level, exists)
        for place, level, exists in Place.objects.filter(pk__in=concerned).values_list("pk", "level", "exists")
    }
    return [part for level, seen, day in pairs for part in _of_level(level, seen, day, passings, places)]


def _of_level(
    level: str, seen: date, day: date, passings: list[Passing], places: Mapping[int, tuple[str, Any]]
) -> Iterable[Part]:
    between = [one for one in passings if day < one.on <= seen]
    concerned = {one for passing in between for one in (passing.predecessor, passing.successor)}
    stood = {place: exists for place, (_level, exists) in places.items()}
    for place in sorted(concerned):
        if places[place][0] != level or seen not in stood[place]:
            continue
        made_of, sole = _made_of(place, between, stood)
        if made_of == {place: WHOLE}:
            continue
        for origin, share in sorted(made_of.items()):
            yield Part(level, place, seen, day, origin, share, sole=origin == sole)
        if sole is not None and sole not in made_of:
            yield Part(level, place, seen, day, sole, Decimal(0), sole=True)


def _made_of(place: int, passings: list[Passing], stood: Mapping[int, Any]) -> tuple[dict[int, Decimal], int | None]:
    """Return the shares of the places that became `place`, and the one it was, if there is just one."""
    made_of: dict[int, Decimal] = {place: WHOLE}
    sole: int | None = place
    for on in sorted({one.on for one in passings}, reverse=True):
        that_day = [one for one in passings if one.on == on]
        eve = on - periods.ONE_DAY
        before: dict[int, Decimal] = {}
        for one, share in made_of.items():
            for origin, part in _before(one, that_day, eve in stood.get(one, periods.ALWAYS)).items():
                before[origin] = before.get(origin, Decimal(0)) + share * part
        made_of = before
        if sole is not None and eve not in stood.get(sole, periods.ALWAYS):
            came = [one for one in that_day if one.successor == sole]
            if came:
                sole = came[0].predecessor if len(came) == 1 and came[0].share == WHOLE else None
    return {origin: share for origin, share in made_of.items() if share}, sole


def _before(place: int, that_day: list[Passing], stood: bool) -> dict[int, Decimal]:
    """Return what a place was made of on the eve: what it kept of itself where it stood, and what it took over."""
    given = sum((one.share for one in that_day if one.predecessor == place), Decimal(0))
    came = {one.predecessor: one.share for one in that_day if one.successor == place}
    if stood or not came:
        came[place] = max(WHOLE - given, Decimal(0)) if stood else WHOLE
    return came
