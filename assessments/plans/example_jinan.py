"""
What offices report in the Jinan story, as at each year's end.

Most communities have what the plan asks for; about one in eight lacks a little of it; of about one in thirty nobody
has reported the number, so that its verdict is undetermined. Evaluations go by district: in one of four some
communities were evaluated twice or never, in one of four some did not report. What a district counts for the first
time, one of four has not counted by the end of the first year; of the last year's trainings one of four has not told.
The city holds none in the first year and has not told of the last one. Values that stand beside a register (insured
members) are taken from what the register holds. Rural communities report only how often they were evaluated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Count

from communities.places.models import Estate, Level
from communities.places.story import ExamplePlace, is_urban_community
from organizations.choices import OrganizationKind
from organizations.models import Post

from .models.reported import COLUMNS

PLAQUES = ["party_organization", "residents_committee", "service_station"]
AUDIENCES = ["children", "disabled", "elderly", "newcomers", "women", "workers", "youth"]

Made = int | bool | list[str] | None


@dataclass(frozen=True)
class Asked:
    """For whom and when a value is made up. `luck` is a number from 0 to 1 that a place keeps through the years."""

    place: ExamplePlace
    year: int
    rng: Random
    luck: float = 0.0
    district: int = 0
    members: int | None = None

    @property
    def is_not_counted_yet(self) -> bool:
        """Whether the place lies in a district that has not counted by the end of the first year."""
        return self.district % 4 == 3 and self.year == 2007

    @property
    def lacks(self) -> bool:
        """Whether the place lacks a little of what is asked for; fewer do from year to year."""
        return self.luck < 0.125 - 0.01 * (self.year - 2007)


def values(places: Sequence[ExamplePlace], rng: Random, years: range) -> Iterator[dict[str, Any]]:
    """Yield the reported values of every year's end. The posts must be made."""
    districts = sorted({place.code[:6] for place in places})
    members = {year: _members(date(year, 12, 31)) for year in years}
    for place in places:
        for code, invent in _asked_of(place).items():
            asked = Asked(place, years.start, rng, rng.random(), districts.index(place.code[:6]))
            if rng.random() < _unreported(code, asked):
                continue
            for year in years:
                value = invent(replace(asked, year=year, members=members[year].get(place.pk)))
                if value is not None:
                    yield _row(code, place, year, value)


def _members(day: date) -> dict[int, int]:
    """Return how many members the residents' committee of each place has on the day."""
    held = Post.objects.filter(organization__kind=OrganizationKind.RESIDENTS_COMMITTEE, during__contains=day)
    counted = held.values("organization__place").annotate(n=Count("person", distinct=True))
    return {row["organization__place"]: row["n"] for row in counted}


def _unreported(code: str, asked: Asked) -> float:
    """How likely it is that nobody reported the number for the place."""
    if code == "unified_evaluations":
        return 0.05 if asked.district % 4 == 3 else 0.0
    return 0.0 if asked.place.level == Level.CITY else 0.03


def _row(code: str, place: ExamplePlace, year: int, value: int | bool | list[str]) -> dict[str, Any]:
    kind = "boolean" if isinstance(value, bool) else "set" if isinstance(value, list) else "number"
    kept = Decimal(value) if kind == "number" else value  # type: ignore[arg-type]
    return {"indicator": code, "place_id": place.pk, "as_of": date(year, 12, 31), COLUMNS[kind]: kept}


def _evaluations(asked: Asked) -> int:
    if asked.district % 4 == 2 and asked.luck < 0.1:
        return 0 if asked.luck < 0.05 else 2
    return 1


def _plaques(asked: Asked) -> list[str]:
    if not asked.lacks:
        return PLAQUES
    return [*PLAQUES, "department"] if asked.luck < 0.07 else PLAQUES[:2]


def _insured(asked: Asked) -> int | None:
    if asked.members is None:
        return None
    return max(asked.members - asked.lacks, 0)


def _steady(low: int, high: int) -> Callable[[Asked], int]:
    """A number that the place keeps through the years."""
    return lambda asked: Random(f"{asked.place.code} {asked.luck}").randint(low, high)  # noqa: S311 - example data


def _size(asked: Asked, low: int, high: int) -> int:
    return Random(asked.place.code).randint(low, high)  # noqa: S311 - the same whole for all its parts


def _whole(low: int, high: int) -> Callable[[Asked], int]:
    """The whole of which another indicator is a part: depends on the place alone."""
    return lambda asked: _size(asked, low, high)


def _part(low: int, high: int, lacking: float) -> Callable[[Asked], int]:
    """The part of that whole: all of it, or where the place lacks something, `lacking` less."""
    return lambda asked: int(_size(asked, low, high) * (1 - lacking * asked.lacks))


def _doctors_in_general_practice(asked: Asked) -> int | None:
    if asked.is_not_counted_yet:
        return None
    whole = _size(asked, 60, 400)
    return whole // 2 + (0 if asked.district % 3 == 1 else 1 + whole // 10)


def _trainings(asked: Asked) -> int | None:
    if asked.year < 2009:
        return 0 if asked.district % 5 == 1 else 1 + (asked.luck > 0.6)
    return None if asked.district % 4 == 3 else 1 + (asked.luck > 0.6)


def _covered(asked: Asked) -> int | None:
    if asked.is_not_counted_yet:
        return None
    return _size(asked, 2000, 16000) - (asked.district % 4 == 1) * 37


def _audiences(asked: Asked) -> list[str]:
    return AUDIENCES if not asked.lacks else [group for group in AUDIENCES if group != "newcomers"]


def _officers(asked: Asked) -> int:
    return 0 if asked.lacks else 1 + (asked.luck > 0.8)


Inventor = Callable[[Asked], Made]

OF_ALL_COMMUNITIES: dict[str, Inventor] = {"unified_evaluations": _evaluations}
OF_URBAN_COMMUNITIES: dict[str, Inventor] = {
    "plaques": _plaques,
    "insured_pension": _insured,
    "insured_medical": _insured,
    "units_with_facilities": _whole(3, 15),
    "units_opened": _part(3, 15, 0.4),
    "hard_to_employ": _whole(20, 200),
    "jobseekers_helped": _part(20, 200, 0.1),
    "course_audiences": _audiences,
    "police_officers": _officers,
}
OF_CONVERTED_VILLAGES: dict[str, Inventor] = {
    "in_planned_area": lambda asked: not asked.lacks,
    "nonfarm_population": _steady(1500, 4000),
    "farm_population": _steady(400, 2000),
    "lives_off_land": lambda asked: asked.luck < 0.3,
}
OF_DISTRICTS: dict[str, Inventor] = {
    "district_trainings": _trainings,
    "dibao_eligible": _whole(2000, 16000),
    "dibao_covered": _covered,
    "health_doctors": _whole(60, 400),
    "general_practitioners": _doctors_in_general_practice,
    "family_planning_items": lambda _asked: 18,
    "family_planning_free": lambda asked: None if asked.is_not_counted_yet else 18 - (asked.district % 5 == 2),
}
OF_THE_CITY: dict[str, Inventor] = {"city_trainings": lambda asked: {2007: 0, 2008: 2}.get(asked.year)}


def _asked_of(place: ExamplePlace) -> dict[str, Inventor]:
    """Return the indicators that are reported for the place."""
    if place.level == Level.CITY:
        return OF_THE_CITY
    if place.level == Level.DISTRICT:
        return OF_DISTRICTS
    if place.level != Level.COMMUNITY:
        return {}
    if not is_urban_community(place):
        return OF_ALL_COMMUNITIES
    converted = OF_CONVERTED_VILLAGES if place.estate == Estate.CONVERTED_VILLAGE else {}
    return {**OF_ALL_COMMUNITIES, **OF_URBAN_COMMUNITIES, **converted}
