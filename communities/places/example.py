"""
Example data (示例数据) for places: what no public register gives is made up here, from a seed.

Real places come in; what they count and how they are classified goes out. The same seed gives the same rows.
Shaped so that every verdict occurs: the first communities of the city carry the households at which a bound
turns (2,399 and 2,400, 3,600 and 3,601, …), some communities were never counted, some have no known kind of
estate, one district in four counts more households than its communities together, and in one district in three
some communities have one register that nobody has stated complete.

The registers of the apps above are made up by their own `example.py`, from the `ExamplePlace` rows described here:
each takes `make(places, rng, years, by)`. Rural communities are classified and counted; no register is made for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from communities.ground import clock, periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.ground.scope import prefix_of

from .models import Census, Classification, Estate, Kind, Level, Place, RegisterStatement, Zone

SOURCE = "示例数据生成器"
CORE_DISTRICTS = frozenset({"370102", "370103", "370104", "370105", "370112", "370176"})
BOUNDARY_HOUSEHOLDS = (2399, 2400, 3600, 3601, 1500, 1501, 1800, 3000, 3001, 999, 1000, 299)
URBAN_BELOW = "200"
PERSONS_PER_HOUSEHOLD = 2.8

_ESTATES_IN_THE_CITY: dict[Estate | None, int] = {
    Estate.OLD_CITY: 42,
    Estate.NEW_ESTATE: 26,
    Estate.REDEVELOPED: 10,
    Estate.CONVERTED_VILLAGE: 15,
    Estate.OTHER: 5,
    None: 2,
}
_ESTATES_IN_THE_COUNTIES: dict[Estate | None, int] = {
    Estate.COUNTY_SEAT: 40,
    Estate.OLD_CITY: 20,
    Estate.NEW_ESTATE: 20,
    Estate.CONVERTED_VILLAGE: 15,
    Estate.OTHER: 4,
    None: 1,
}


@dataclass(frozen=True)
class ExamplePlace:
    """
    A place as the generators see it.

    `households` holds the count at the end of each year, None where nobody counted; above the community it is the
    sum of what is known below, and for some districts more. `stated` are the registers complete from the first year.
    """

    pk: int
    code: str
    name: str
    level: str
    kind: str | None = None
    zone: str | None = None
    estate: str | None = None
    households: Mapping[int, int | None] | None = None
    stated: frozenset[str] = frozenset(Register.values)

    @property
    def prefix(self) -> str:
        """The significant digits of the code: what everything below begins with."""
        return prefix_of(self.code)

    def counted(self, year: int) -> int | None:
        """Return the households at the end of `year`, None where nobody counted."""
        return (self.households or {}).get(year)


def is_urban_community(place: ExamplePlace) -> bool:
    """Say whether the place is a community of residents, for whom the registers are made."""
    return place.level == Level.COMMUNITY and place.kind == Kind.URBAN


def describe(places: Iterable[Place], rng: Random, years: range) -> list[ExamplePlace]:
    """
    Return how the generators see `places` (each annotated with `.code`), in the order of their codes.

    Households are described for the end of the year before `years` as well, from which the first year is judged.
    """
    found = sorted(places, key=lambda place: place.code)  # type: ignore[attr-defined]
    districts = sorted({place.code[:6] for place in found if place.level == Level.DISTRICT})  # type: ignore[attr-defined]
    counted = range(years.start - 1, years.stop)
    boundaries = list(reversed(BOUNDARY_HOUSEHOLDS * 2))
    communities = [
        _community(place, rng, counted, districts, boundaries) for place in found if place.level == Level.COMMUNITY
    ]
    above = [_above(place, communities, counted, districts, rng) for place in found if place.level != Level.COMMUNITY]
    return sorted(above + communities, key=lambda place: place.code)


def make(places: list[ExamplePlace], rng: Random, years: range, by: User | None) -> None:
    """Write classification, year-end censuses and register statements for `places`: three statements in all."""
    since = periods.of(date(years.start, 1, 1))
    known = {"source": SOURCE, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    Classification.objects.bulk_create(
        Classification(place_id=place.pk, during=since, kind=place.kind, zone=place.zone, estate=place.estate, **known)
        for place in places
        if place.kind or place.zone
    )
    Census.objects.bulk_create(
        Census(
            place_id=place.pk,
            counted_on=date(year, 12, 31),
            households=households,
            registered_population=round(households * PERSONS_PER_HOUSEHOLD),
            resident_population=round(households * rng.uniform(2.6, 3.4)),
            **known,
        )
        for place in places
        for year, households in (place.households or {}).items()
        if households is not None
    )
    RegisterStatement.objects.bulk_create(
        RegisterStatement(place_id=place.pk, register=register, as_of=date(years.start, 1, 1), **known)
        for place in places
        for register in sorted(place.stated)
    )


def _community(place: Place, rng: Random, years: range, districts: list[str], boundaries: list[int]) -> ExamplePlace:
    code: str = place.code  # type: ignore[attr-defined]
    urban = code[9:] < URBAN_BELOW
    core = code[:6] in CORE_DISTRICTS
    rank = districts.index(code[:6]) if code[:6] in districts else 0
    mix = _ESTATES_IN_THE_CITY if core else _ESTATES_IN_THE_COUNTIES
    return ExamplePlace(
        pk=place.pk,
        code=code,
        name=place.name,
        level=place.level,
        kind=Kind.URBAN if urban else Kind.RURAL,
        zone=Zone.URBAN if core else Zone.COUNTY,
        estate=rng.choices(list(mix), list(mix.values()))[0] if urban else Estate.OTHER,
        households=_counts(rng, years, urban, boundaries, uncounted=rank % 4 == 3),
        stated=_stated(rng, urban, some_missing=rank % 3 == 1),
    )


def _counts(rng: Random, years: range, urban: bool, boundaries: list[int], uncounted: bool) -> dict[int, int | None]:
    """The first communities keep a count at which a bound turns; the others grow a little every year."""
    if urban and boundaries:
        return dict.fromkeys(years, boundaries.pop())
    if uncounted and rng.random() < 0.06:
        return dict.fromkeys(years)
    start = rng.triangular(700, 4800, 2500) if urban else rng.triangular(90, 900, 300)
    growth = rng.uniform(1.0, 1.03)
    return {year: round(start * growth**n) for n, year in enumerate(years)}


def _stated(rng: Random, urban: bool, some_missing: bool) -> frozenset[str]:
    if not urban:
        return frozenset()
    missing = rng.choice(Register.values) if some_missing and rng.random() < 0.09 else ""
    return frozenset(Register.values) - {missing}


def _above(
    place: Place, communities: list[ExamplePlace], years: range, districts: list[str], rng: Random
) -> ExamplePlace:
    """A street, district or city: the sum of what lies below; in one district in four some households more."""
    code: str = place.code  # type: ignore[attr-defined]
    prefix = prefix_of(code)
    below = [one for one in communities if one.code.startswith(prefix)]
    gap = rng.randint(300, 1500) if place.level == Level.DISTRICT and districts.index(code[:6]) % 4 == 2 else 0
    return ExamplePlace(
        pk=place.pk,
        code=code,
        name=place.name,
        level=place.level,
        kind=Kind.URBAN if place.level == Level.STREET and any(one.kind == Kind.URBAN for one in below) else None,
        zone=_zone(place.level, prefix),
        households={year: sum(one.counted(year) or 0 for one in below) + gap for year in years},
    )


def _zone(level: str, prefix: str) -> str | None:
    if level not in (Level.DISTRICT, Level.STREET):
        return None
    return Zone.URBAN if prefix[:6] in CORE_DISTRICTS else Zone.COUNTY
