"""
Example data (示例数据) for places: what no public register gives is made up here, from a story.

Real places come in, or the story invents some; what they count and how they are classified goes out. The same seed
gives the same rows. The first communities carry the households at which a bound turns; which communities were never
counted, and whose registers nobody stated complete, the story says. So it does of what is looked at anew: the row of
the classification is cut in three then, and the one in the middle says nothing of what is under review.

The registers of the apps above are made up by their own `example.py`, from the `ExamplePlace` rows described here:
each takes `make(story, places, rng, by)`. Rural communities are classified and counted; no register is made for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from communities.ground import clock, periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.ground.scope import prefix_of

from .models import (
    Census,
    Classification,
    Community,
    Estate,
    Kind,
    Level,
    Place,
    PlaceCode,
    RegisterStatement,
    Zone,
)
from .names import pinyin_key, short_name
from .story import (
    ALL_REGISTERS,
    CLASSIFIED,
    ExamplePlace,
    Review,
    Story,
    held,
    is_urban_community,
    pieces,
    ramp,
    share_of,
)

URBAN_BELOW = "200"
PERSONS_PER_HOUSEHOLD = 2.8
COLUMNS = {"county_seat": "is_county_seat", "dispersed": "is_dispersed"}  # where they are not called as in a story

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


def invent(story: Story) -> None:
    """Write the places that the story invents, marked as examples; those that stand already are left alone."""
    said = {one["code"]: one for one in story.section("places") or ()}
    for code, one in list(said.items()):
        names = [*one.get("names", ()), *(f"{one['name']}第{n}社区" for n in range(1, 1000))]
        said |= {
            f"{code[:9]}{n:03}": {"name": f"{names[n - 1]}居民委员会", "level": Level.COMMUNITY}
            for n in range(1, one.get("communities", 0) + 1)
        }
    known = set(PlaceCode.objects.filter(code__in=said).values_list("code", flat=True))
    wanted = [(code, one) for code, one in said.items() if code not in known]
    made = Place.objects.bulk_create(
        Place(
            name=one["name"],
            short_name=short_name(one["name"]),
            pinyin=pinyin_key(one["name"]),
            level=one["level"],
            is_example=True,
        )
        for _code, one in wanted
    )
    PlaceCode.objects.bulk_create(
        PlaceCode(place=place, code=code, edition=story.code[:20])
        for place, (code, _one) in zip(made, wanted, strict=True)
    )
    Community.objects.bulk_create(
        Community(place=place, committee="residents") for place in made if place.level == Level.COMMUNITY
    )


def describe(story: Story, places: Iterable[Place], rng: Random) -> list[ExamplePlace]:
    """
    Return how the generators see `places` (each annotated with `.code`), in the order of their codes.

    Households are described for the end of the year before the story as well, from which its first year is judged.
    """
    found = sorted(places, key=lambda place: place.code)  # type: ignore[attr-defined]
    districts = sorted({place.code[:6] for place in found if place.level == Level.DISTRICT})  # type: ignore[attr-defined]
    exactly = list(reversed((story.section("households") or {}).get("exactly", ())))
    communities = [
        _community(story, place, rng, districts, exactly) for place in found if place.level == Level.COMMUNITY
    ]
    communities = _uncounted(story, _people(story, _scaled(story, _dispersed(story, communities))))
    communities = _caught_up(story, communities)
    above = [_above(story, place, communities, districts, rng) for place in found if place.level != Level.COMMUNITY]
    return sorted(_seats(story, above) + communities, key=lambda place: place.code)


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write classification, year-end censuses and register statements for `places`: three statements in all."""
    known = {"source": story.source, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    Classification.objects.bulk_create(
        Classification(place_id=place.pk, during=during, **said, **known)
        for place, during, said in _classified(story, places)
    )
    Census.objects.bulk_create(
        Census(
            place_id=place.pk,
            counted_on=date(year, 12, 31),
            households=households,
            registered_population=round(households * PERSONS_PER_HOUSEHOLD),
            resident_population=place.persons[year] if place.persons else round(households * rng.uniform(2.6, 3.4)),
            **known,
        )
        for place in places
        for year, households in (place.households or {}).items()
        if households is not None
    )
    RegisterStatement.objects.bulk_create(
        RegisterStatement(place_id=place.pk, register=register, as_of=day, **known)
        for place, register, day in _statements(story, places)
    )


def _classified(story: Story, places: Sequence[ExamplePlace]) -> Iterator[tuple[ExamplePlace, Any, dict[str, Any]]]:
    """Yield as what each place counts in which period: one row a place, more where something was under review."""
    since = periods.of(date(story.years.start, 1, 1), story.section("classified_until"))
    reviewed = _under_review(story, places)
    settled: Mapping[str, Any] = (story.section("lapses") or {}).get("settled") or {}
    for place in (one for one in places if one.kind or one.zone):
        reviews = list(reviewed.get(place.pk, ()))
        own = {name: getattr(place, name) for name in CLASSIFIED}
        if settled and is_urban_community(place) and place.estate is None:
            own["estate"] = settled["as"]
            reviews.append(Review("estate", date(story.years.start, 1, 1), settled["on"] - periods.ONE_DAY))
        for during, unknown in pieces(since, reviews):
            yield place, during, {COLUMNS.get(name, name): None if name in unknown else own[name] for name in own}


def _under_review(story: Story, places: Sequence[ExamplePlace]) -> dict[int, list[Review]]:
    """Return by place what of its classification is under review, and when."""
    found: dict[int, list[Review]] = {}
    for n, (entry, review) in enumerate(story.reviews(CLASSIFIED)):
        for place in story.drawn(entry, places, f"under review {n}"):
            found.setdefault(place.pk, []).append(review)
    return found


def _statements(story: Story, places: Sequence[ExamplePlace]) -> Iterable[tuple[ExamplePlace, str, date]]:
    """Yield which register of which place is complete from which day; some are stated late, some after all."""
    said: Mapping[str, Any] = story.section("statements") or {}
    first = said.get("from") or date(story.years.start, 1, 1)
    late = said.get("late") or []
    entries = late if isinstance(late, list) else [late]
    waits = [(_late(story, one, places), one["until"]) for one in entries]
    for place in places:
        for register in sorted(place.stated):
            until = next((day for behind, day in waits if behind.get(place.pk) == register), first)
            yield place, register, until
        for register, day in sorted(place.caught_up.items()):
            yield place, register, day


def _late(story: Story, said: Mapping[str, Any], places: Sequence[ExamplePlace]) -> dict[int, str]:
    """Return by place the one register that is stated late, drawn unless it is named: for a share of those asked."""
    asked = story.asked({"at": Level.COMMUNITY, **said}, places)
    rng = story.rng("statements")
    kept = len(asked) - share_of(Decimal(str(said["share"])), len(asked))
    return {
        place.pk: said.get("register") or rng.choice(Register.values)
        for place in story.by_promptness(asked, "statements")[kept:]
    }


def _community(story: Story, place: Place, rng: Random, districts: list[str], exactly: list[int]) -> ExamplePlace:
    code: str = place.code  # type: ignore[attr-defined]
    urban = code[9:] < URBAN_BELOW
    core = code[:6] in story.urban
    rank = districts.index(code[:6]) if code[:6] in districts else 0
    lapses = story.section("lapses") or {}
    never_counted = lapses.get("uncounted") if rank % 4 == 3 else None
    unstated = lapses.get("unstated") if rank % 3 == 1 else None
    return ExamplePlace(
        pk=place.pk,
        code=code,
        name=place.name,
        level=place.level,
        kind=Kind.URBAN if urban else Kind.RURAL,
        zone=Zone.URBAN if core else Zone.COUNTY,
        estate=_estate(story, core, rng) if urban else Estate.OTHER,
        households=_counts(story, rng, urban, exactly, never_counted),
        stated=_stated(rng, urban, unstated),
    )


def _estate(story: Story, core: bool, rng: Random) -> str | None:
    weights: Mapping[Any, int] = story.section("estates") or (
        _ESTATES_IN_THE_CITY if core else _ESTATES_IN_THE_COUNTIES
    )
    chosen: str | None = rng.choices(list(weights), list(weights.values()))[0]
    return chosen


def _counts(story: Story, rng: Random, urban: bool, exactly: list[int], never: str | None) -> dict[int, int | None]:
    """The first communities keep a count at which a bound turns; the others grow a little every year."""
    years = range(story.years.start - 1, story.years.stop)
    if urban and exactly:
        return dict.fromkeys(years, exactly.pop())
    if never and rng.random() < float(never):
        return dict.fromkeys(years)
    said = story.section("households") or {}
    low, high = said.get("between", (700, 4800))
    start = rng.triangular(low, high, said.get("usual", 2500)) if urban else rng.triangular(90, 900, 300)
    growth = rng.uniform(*(float(one) for one in said.get("growth", ("1.0", "1.03"))))
    return {year: round(start * growth**n) for n, year in enumerate(years)}


def _stated(rng: Random, urban: bool, unstated: str | None) -> frozenset[str]:
    if not urban:
        return frozenset()
    missing = rng.choice(Register.values) if unstated and rng.random() < float(unstated) else ""
    return ALL_REGISTERS - {missing}


def _dispersed(story: Story, communities: list[ExamplePlace]) -> list[ExamplePlace]:
    """Say of every urban community whether people live far apart, where the story speaks of it."""
    share = story.section("dispersed")
    if share is None:
        return communities
    asked = [place for place in communities if is_urban_community(place)]
    last = story.by_promptness(asked, "dispersed")[len(asked) - share_of(Decimal(str(share)), len(asked)) :]
    far = {place.pk for place in last}
    return [replace(place, dispersed=place.pk in far) if is_urban_community(place) else place for place in communities]


def _scaled(story: Story, communities: list[ExamplePlace]) -> list[ExamplePlace]:
    """Bring the households of a year to the total the story names; the counts at bounds stay."""
    said = story.section("households") or {}
    for year, total in said.get("total", {}).items():
        fixed = len(said.get("exactly", ()))
        kept = sum(place.counted(year) or 0 for place in communities[:fixed])
        counts = [place.counted(year) or 0 for place in communities[fixed:]]
        shared = _shared(total - kept, counts)
        communities = communities[:fixed] + [
            replace(place, households={**(place.households or {}), year: count})
            for place, count in zip(communities[fixed:], shared, strict=True)
        ]
    return communities


def _people(story: Story, communities: list[ExamplePlace]) -> list[ExamplePlace]:
    """Count residents by households, and bring a year to its total, where the story speaks of persons."""
    said = story.section("persons")
    if said is None:
        return communities
    each = Decimal(str(said["per_household"]))
    counted = {
        year: [share_of(each, place.counted(year) or 0) for place in communities]
        for year in range(story.years.start - 1, story.years.stop)
    }
    counted |= {year: _shared(total, counted[year]) for year, total in said.get("total", {}).items()}
    return [
        replace(place, persons={year: counts[n] for year, counts in counted.items()})
        for n, place in enumerate(communities)
    ]


def _shared(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` out in whole numbers by weight: what is over goes to the largest remainders."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in by_rest[: total - sum(parts)]:
        parts[n] += 1
    return parts


def _uncounted(story: Story, communities: list[ExamplePlace]) -> list[ExamplePlace]:
    """Forget the count of some communities in the years the story names."""
    said = story.section("uncounted")
    if not said:
        return communities
    exact = len((story.section("households") or {}).get("exactly", ()))
    asked = [place for place in communities[exact:] if is_urban_community(place)]
    late = list(reversed(story.by_promptness(asked, "counting")))
    for year in story.years:
        gone = {place.pk for place in late[: share_of(held(ramp(said), year), len(asked))]}
        communities = [
            replace(place, households={**(place.households or {}), year: None}) if place.pk in gone else place
            for place in communities
        ]
    return communities


def _caught_up(story: Story, communities: list[ExamplePlace]) -> list[ExamplePlace]:
    """Say from which day a register that nobody had stated is complete after all, where the story speaks of it."""
    for entry in (story.section("lapses") or {}).get("caught_up", ()):
        asked = story.asked({"at": Level.COMMUNITY, **entry}, communities)
        behind = {place.pk for place in asked if entry["register"] not in place.stated}
        communities = [
            replace(place, caught_up={**place.caught_up, entry["register"]: entry["on"]})
            if place.pk in behind
            else place
            for place in communities
        ]
    return communities


def _seats(story: Story, above: list[ExamplePlace]) -> list[ExamplePlace]:
    """Say of every street whether the county's government sits there: the first of each county, by its code."""
    if not story.section("county_seats"):
        return above
    first: dict[str, str] = {}
    for place in sorted(above, key=lambda one: one.code):
        if place.level == Level.STREET and place.zone == Zone.COUNTY:
            first.setdefault(place.district, place.code)
    return [
        replace(place, county_seat=place.code in first.values()) if place.level == Level.STREET else place
        for place in above
    ]


def _above(
    story: Story, place: Place, communities: list[ExamplePlace], districts: list[str], rng: Random
) -> ExamplePlace:
    """A street, district or city: the sum of what lies below; in one district in four some households more."""
    code: str = place.code  # type: ignore[attr-defined]
    prefix = prefix_of(code)
    below = [one for one in communities if one.code.startswith(prefix)]
    years = range(story.years.start - 1, story.years.stop)
    uncovered = (story.section("lapses") or {}).get("uncovered")
    is_short = place.level == Level.DISTRICT and districts.index(code[:6]) % 4 == 2
    gap = rng.randint(*uncovered) if uncovered and is_short else 0
    return ExamplePlace(
        pk=place.pk,
        code=code,
        name=place.name,
        level=place.level,
        kind=_kind(below) if place.level == Level.STREET else None,
        zone=_zone(story, place.level, prefix),
        households={year: sum(one.counted(year) or 0 for one in below) + gap for year in years},
        persons={year: sum((one.persons or {}).get(year, 0) for one in below) for year in years}
        if story.section("persons")
        else None,
        stated=ALL_REGISTERS,
    )


def _kind(below: Sequence[ExamplePlace]) -> str:
    """A street is urban where an urban community lies in it."""
    return Kind.URBAN if any(one.kind == Kind.URBAN for one in below) else Kind.RURAL


def _zone(story: Story, level: str, prefix: str) -> str | None:
    if level not in (Level.DISTRICT, Level.STREET):
        return None
    return Zone.URBAN if prefix[:6] in story.urban else Zone.COUNTY
