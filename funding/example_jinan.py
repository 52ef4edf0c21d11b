"""
Money of the Jinan story: for urban communities, districts and the city.

Work funds in the urban districts are mostly 10 yuan a household, half from the city and half from the district;
some are less, some split 6:4, in some the district's half was never allocated. Living allowances mostly reach last
year's average wage of the district, some meet it to the yuan, some lack a few yuan, some a tenth; a few were never
recorded. One district has no average wage for the second year. Wages reach back to the year before the first.
Where a register is not stated complete nothing is written.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from communities.ground import clock, periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.models import Level, Zone
from communities.places.story import ExamplePlace, Story, is_urban_community
from organizations.choices import OrganizationKind
from organizations.models import Post

from .models import Allocation, Allowance, Payer, Stream, WageBaseline

YUAN_A_HOUSEHOLD = 10
BATCH = 4000
FIRST_WAGES = {Zone.URBAN: (23_500, 27_500), Zone.COUNTY: (16_500, 20_500)}
GROWTH = (1.11, 1.17)
INVESTMENT = {Payer.DISTRICT: Decimal("0.15"), Payer.STREET: Decimal("0.15"), Payer.RESIDENT_UNITS: Decimal("0.70")}

Wages = dict[tuple[str, int], int]


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write wages, allowances and allocations. Allowances are for the posts that `organizations` has made."""
    known = {"source": story.source, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    years = story.years
    wages = _wages(places, rng, years)
    keys = {place.code[:6]: place.pk for place in places if place.level == Level.DISTRICT}
    WageBaseline.objects.bulk_create(
        WageBaseline(place_id=keys[code], year=year, amount_cny=wage, published_on=date(year + 1, 5, 20), **known)
        for (code, year), wage in wages.items()
    )
    Allowance.objects.bulk_create(
        (Allowance(**one, **known) for one in _allowances(places, wages, rng, years)), batch_size=BATCH
    )
    Allocation.objects.bulk_create(
        (Allocation(**one, **known) for one in _allocations(places, wages, rng, years)), batch_size=BATCH
    )


def _wages(places: Sequence[ExamplePlace], rng: Random, years: range) -> Wages:
    """The average wage by district and year; the last district lacks that of the second year."""
    wages: Wages = {}
    districts = [place for place in places if place.level == Level.DISTRICT]
    for place in districts:
        wage = float(rng.randint(*FIRST_WAGES[Zone(place.zone or Zone.URBAN)]))
        for year in range(years.start - 1, years.stop):
            wages[place.code[:6], year] = round(wage)
            wage *= rng.uniform(*GROWTH)
    if len(districts) > 1:
        wages.pop((districts[-1].code[:6], years.start + 1), None)
    return wages


def _allowances(places: Sequence[ExamplePlace], wages: Wages, rng: Random, years: range) -> Iterator[dict[str, Any]]:
    """One allowance for every year in which a committee member was in post."""
    paying = {
        place.pk: place.code[:6]
        for place in places
        if is_urban_community(place) and Register.ALLOWANCES in place.stated
    }
    pays: dict[int, str] = {}
    for key, place, during in _members(paying):
        habit = pays.setdefault(place, rng.choices(("well", "exactly", "nearly", "badly"), (72, 8, 12, 8))[0])
        for year in years:
            wage = wages.get((paying[place], year - 1))
            if _held_in(during, year) and wage is not None and rng.random() < 0.996:
                yield {"post_id": key, "year": year, "amount_cny": _allowance(habit, wage, rng)}


def _members(paying: dict[int, str]) -> Iterator[tuple[int, int, Any]]:
    posts = Post.objects.filter(
        is_example=True,
        elected=True,
        organization__kind=OrganizationKind.RESIDENTS_COMMITTEE,
        organization__place__in=list(paying),
    )
    yield from posts.order_by("pk").values_list("pk", "organization__place", "during").iterator()


def _held_in(during: Any, year: int) -> bool:
    first, last = periods.first(during), periods.last(during)
    return (first is None or first.year <= year) and (last is None or last.year >= year)


def _allowance(habit: str, wage: int, rng: Random) -> int:
    """A year's allowance in whole yuan, as the community is in the habit of paying it."""
    if habit == "exactly":
        return wage
    if habit == "nearly":
        return wage - rng.choice((0, 0, 1, 3, 8))
    if habit == "badly":
        return round(wage * 0.9)
    return round(wage * rng.uniform(1.0, 1.08)) + 12


def _allocations(places: Sequence[ExamplePlace], wages: Wages, rng: Random, years: range) -> Iterator[dict[str, Any]]:
    """Every allocation, place by place."""
    for place in places:
        if Register.ALLOCATIONS not in place.stated:
            continue
        for year in years:
            if is_urban_community(place):
                yield from _work_funds(place, year, rng)
                yield from _investment(place, year, rng)
            elif place.level in (Level.CITY, Level.DISTRICT):
                yield from _from_above(place, year, wages, rng)


def _work_funds(place: ExamplePlace, year: int, rng: Random) -> Iterator[dict[str, Any]]:
    """Work funds of a community; in the counties the district alone pays, and less."""
    counted = place.counted(year)
    households = 2000 if counted is None else counted
    if place.zone != Zone.URBAN:
        yield _row(place, year, Stream.WORK, Payer.DISTRICT, Decimal(rng.randint(3, 9) * households))
        return
    case = rng.choices(("full", "more", "less", "unequal", "half"), (68, 12, 8, 7, 5))[0]
    rate = {"more": Decimal(12), "less": Decimal("9.5")}.get(case, Decimal(YUAN_A_HOUSEHOLD))
    city = Decimal("0.6") if case == "unequal" else Decimal("0.5")
    total = rate * households
    yield _row(place, year, Stream.WORK, Payer.CITY, total * city, date(year, 3, rng.randint(1, 28)))
    if case != "half":
        yield _row(place, year, Stream.WORK, Payer.DISTRICT, total * (1 - city), date(year, 4, rng.randint(1, 28)))


def _investment(place: ExamplePlace, year: int, rng: Random) -> Iterator[dict[str, Any]]:
    """In one community of ten, investment in premises by district, street and resident units."""
    if rng.random() < 0.1:
        total = Decimal(rng.randint(20, 300) * 1000)
        for payer, share in INVESTMENT.items():
            yield _row(place, year, Stream.FACILITIES, payer, total * share)


def _from_above(place: ExamplePlace, year: int, wages: Wages, rng: Random) -> Iterator[dict[str, Any]]:
    """Allowance money split between city and district, the special fund for services, the fund for the country."""
    if place.level == Level.DISTRICT and place.zone == Zone.URBAN:
        total = Decimal(wages.get((place.code[:6], year - 1), 20_000) * 100 * rng.randint(6, 12))
        city = Decimal("0.6") if rng.random() < 0.15 else Decimal("0.5")
        yield _row(place, year, Stream.ALLOWANCE, Payer.CITY, total * city)
        yield _row(place, year, Stream.ALLOWANCE, Payer.DISTRICT, total * (1 - city))
    payer = Payer.CITY if place.level == Level.CITY else Payer.DISTRICT
    if place.level == Level.CITY or rng.random() < 0.85:
        yield _row(place, year, Stream.SERVICE_SPECIAL, payer, Decimal(rng.randint(50, 600) * 10_000))
    if place.zone != Zone.URBAN:
        yield _row(place, year, Stream.RURAL, payer, Decimal(rng.randint(30, 300) * 10_000))


def _row(
    place: ExamplePlace, year: int, stream: Stream, payer: Payer, amount: Decimal, day: date | None = None
) -> dict[str, Any]:
    cents = amount.quantize(Decimal("0.01"))
    return {
        "place_id": place.pk,
        "year": year,
        "stream": stream,
        "payer": payer,
        "amount_cny": cents,
        "allocated_on": day,
    }
