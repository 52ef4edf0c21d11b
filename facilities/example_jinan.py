"""
Facilities of the Jinan story: shaped like a city that works off a deadline.

New estates mostly have their 400 m² and some miss it by a hair (399.99 beside 400.00). The old city begins short of
rooms: many communities have none or less than 150 m², open new ones from the middle of the first year to the end of
the second, and about one in ten is still short then (149.99 beside 150.00, and some with nothing at all); in the
year after, a year too late, the last of them open theirs. Streets and districts mostly have a centre, at the bounds of
1,000 and 3,000 m² too. One area in a hundred is unknown; in the old city all are measured in the autumn before the
deadline. A few rooms are let, pledged or used for something else, now and then with a permit.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from communities.ground import periods
from communities.ground.registers import Register
from communities.places.models import Estate, Kind, Level
from communities.places.names import short_name
from communities.places.story import ExamplePlace, is_urban_community

from .models import Facility, FacilityKind, FacilityUse, Ownership, Purpose

CENT = Decimal("0.01")
AREA_UNKNOWN = 0.01
MISUSED = 0.03
PERMITTED = 0.02
NO_CENTRE = 0.08
MEASURED = (10, 8)  # month and day of the second year on which the rooms of the old city were measured
OLD_CITY_ASKED = Decimal(150)  # as in Jinan 2007, so that examples lie about its bound; nothing is judged by it
STILL_SHORT = 0.18  # of the old-city communities short of rooms at the beginning, when the second year ends

BOUNDARIES: dict[str, tuple[str, ...]] = {
    Estate.NEW_ESTATE: ("399.99", "400.00"),
    Estate.OLD_CITY: ("149.99", "150.00"),
    Level.STREET: ("999.99", "1000.00"),
    Level.DISTRICT: ("2999.99", "3000.00"),
    Level.CITY: (),
}
AT_BOUNDS = {area for areas in BOUNDARIES.values() for area in areas}
CENTRE_SIZES = {Level.STREET: (650, 2400, 1150), Level.DISTRICT: (2300, 7000, 3300), Level.CITY: (6000, 9000, 8000)}
OTHER_ROOMS = {
    FacilityKind.POLICE_ROOM: (0.93, 15, 60),
    FacilityKind.CULTURE_ROOM: (0.65, 40, 160),
    FacilityKind.HEALTH_STATION: (0.30, 120, 400),
    FacilityKind.FITNESS_POINT: (0.85, 200, 1500),
}
MISUSES = (Purpose.RENTED_OUT, Purpose.RENTED_OUT, Purpose.RENTED_OUT, Purpose.MORTGAGED, Purpose.OTHER_PURPOSE)


def facilities(places: Sequence[ExamplePlace], rng: Random, years: range) -> list[Facility]:
    """Return the facilities of the urban communities, the streets, districts and the city."""
    made = list(_facilities(places, rng, years))
    old = {place.pk for place in places if _is_old_city(place)}
    unmeasured: list[Facility] = []
    for facility in made:
        built = facility.built_area_m2
        _describe(facility, rng)
        if rng.random() >= AREA_UNKNOWN or str(built) in AT_BOUNDS:
            continue
        if facility.kind == FacilityKind.OFFICE_AND_SERVICE_ROOMS and facility.place_id in old:
            unmeasured += _measured_before_the_deadline(facility, years)
        else:
            facility.built_area_m2 = facility.usable_area_m2 = None
    return [*made, *unmeasured]


def _is_old_city(place: ExamplePlace) -> bool:
    return is_urban_community(place) and place.estate == Estate.OLD_CITY


def _measured_before_the_deadline(facility: Facility, years: range) -> Iterator[Facility]:
    """Yield the rooms as they were recorded until they were measured, without an area; opened later, they had one."""
    measured = date(years.start + 1, *MEASURED)
    if facility.during.lower >= measured:
        return
    before = copy(facility)
    before.built_area_m2 = before.usable_area_m2 = None
    last = periods.last(facility.during)
    if last is None or last >= measured:
        before.during = periods.of(facility.during.lower, measured - periods.ONE_DAY)
        facility.during = periods.of(measured, last)
        yield before
    else:
        facility.built_area_m2 = facility.usable_area_m2 = None


def solved_at_last(
    places: Sequence[ExamplePlace], made: Sequence[Facility], uses: Sequence[FacilityUse], years: range
) -> list[Facility]:
    """
    Return the rooms that the old-city communities still short after the deadline open in the year that follows.

    What they had closes the day before, and with it its use. Nothing where no year follows the deadline.
    """
    offices = {
        row.place_id: row
        for row in made
        if row.kind == FacilityKind.OFFICE_AND_SERVICE_ROOMS and periods.last(row.during) is None
    }
    opened = []
    for place in places if len(years) > 2 else ():
        if not _is_old_city(place) or Register.FACILITIES not in {*place.stated, *place.caught_up}:
            continue
        old = offices.get(place.pk)
        if old is None or (old.built_area_m2 is not None and old.built_area_m2 < OLD_CITY_ASKED):
            opened.append(_opened_late(place, old, uses, years))
    return opened


def _opened_late(place: ExamplePlace, old: Facility | None, uses: Sequence[FacilityUse], years: range) -> Facility:
    rng = Random(f"solved at last {place.code}")  # noqa: S311  made-up data
    day = date(years.start + 2, 2, 1) + timedelta(days=rng.randint(0, 300))
    closed: list[Facility | FacilityUse] = [old, *(use for use in uses if use.facility is old)] if old else []
    for row in closed:
        row.during = periods.of(row.during.lower, min(periods.last(row.during) or day, day - periods.ONE_DAY))
    room = _office(place, _area(rng, 150, 420, 190), day)
    _describe(room, rng)
    return room


def _facilities(places: Sequence[ExamplePlace], rng: Random, years: range) -> Iterator[Facility]:
    boundaries = {key: list(areas) for key, areas in BOUNDARIES.items()}
    for place in places:
        if Register.FACILITIES not in place.stated:
            continue  # nobody has written this register up
        if is_urban_community(place):
            yield from _rooms(place, rng, years, boundaries)
            yield from _other_rooms(place, rng, years)
        elif _has_centre(place):
            yield from _centre(place, rng, years, boundaries)


def _rooms(place: ExamplePlace, rng: Random, years: range, boundaries: dict[str, list[str]]) -> Iterator[Facility]:
    """The office and service rooms of a community, by its kind of estate."""
    exact = boundaries.get(place.estate or "")
    before = _day_before(rng, years)
    if exact:
        yield _office(place, Decimal(exact.pop()), before)
    elif place.estate == Estate.OLD_CITY:
        yield from _old_city(place, rng, years, before)
    elif place.estate in (Estate.NEW_ESTATE, Estate.REDEVELOPED):
        yield _office(place, _area(rng, 330, 900, 430) if rng.random() < 0.3 else _area(rng, 400, 900, 480), before)
    elif rng.random() > 0.04:
        yield _office(place, _area(rng, 60, 600, 210), before)


def _old_city(place: ExamplePlace, rng: Random, years: range, before: date) -> Iterator[Facility]:
    """Rooms of an old-city community: good from the start, or short and mended by and by, or short to the end."""
    if rng.random() < 0.45:
        yield _office(place, _area(rng, 150, 420, 190), before)
        return
    mended = _day_of_mending(rng, years)
    if rng.random() < 0.7:  # the others have nothing yet
        last = mended - timedelta(days=1) if mended else None
        yield _office(place, _area(rng, 24, 149, 80), before, last)
    if mended:
        yield _office(place, _area(rng, 150, 500, 230), mended)


def _day_of_mending(rng: Random, years: range) -> date | None:
    """Most open between July of the first year and December of the second, some of the rest in the year after."""
    deadline = date(years.start + 1, 12, 31)
    if rng.random() > STILL_SHORT:
        start = date(years.start, 7, 9)
        return start + timedelta(days=int((deadline - start).days * rng.random() ** 0.6))
    if years.stop - 1 > deadline.year and rng.random() < 0.6:
        return deadline + timedelta(days=rng.randint(20, 350))
    return None


def _other_rooms(place: ExamplePlace, rng: Random, years: range) -> Iterator[Facility]:
    for kind, (share, smallest, largest) in OTHER_ROOMS.items():
        if rng.random() < share:
            yield _facility(
                place, kind, _area(rng, smallest, largest, (smallest + largest) // 2), _day_before(rng, years)
            )


def _has_centre(place: ExamplePlace) -> bool:
    """A street with residents' communities, a district or the city may have a centre; a rural township has none."""
    return place.level in (Level.DISTRICT, Level.CITY) or (place.level == Level.STREET and place.kind == Kind.URBAN)


def _centre(place: ExamplePlace, rng: Random, years: range, boundaries: dict[str, list[str]]) -> Iterator[Facility]:
    exact = boundaries[place.level]
    if not exact and rng.random() < NO_CENTRE:
        return
    area = Decimal(exact.pop()) if exact else _area(rng, *CENTRE_SIZES[Level(place.level)])
    opened = _day_before(rng, years) if rng.random() < 0.7 else _day_within(rng, years)
    yield _facility(place, FacilityKind.SERVICE_CENTRE, area, opened)


def uses(facilities: Sequence[Facility], rng: Random, years: range) -> Iterator[FacilityUse]:
    """Some of the office and service rooms that serve to this day are put to another use."""
    for facility in facilities:
        if facility.kind != FacilityKind.OFFICE_AND_SERVICE_ROOMS or facility.during.upper:
            continue
        chance = rng.random()
        if chance < MISUSED:
            yield _use(facility, rng.choice(MISUSES), rng, years)
        elif chance < MISUSED + PERMITTED:
            yield _use(facility, Purpose.OTHER_PURPOSE, rng, years, approval="区政府批准临时借用")


def _use(facility: Facility, purpose: Purpose, rng: Random, years: range, approval: str = "") -> FacilityUse:
    """A use that begins while the facility serves; half of them end after some months."""
    start = max(_day_within(rng, years), facility.during.lower)
    last = start + timedelta(days=rng.randint(60, 400)) if rng.random() < 0.5 else None
    return FacilityUse(facility=facility, purpose=purpose, during=periods.of(start, last), approval=approval)


def _office(place: ExamplePlace, area: Decimal, first: date, last: date | None = None) -> Facility:
    return _facility(place, FacilityKind.OFFICE_AND_SERVICE_ROOMS, area, first, last)


def _facility(
    place: ExamplePlace, kind: FacilityKind, area: Decimal, first: date, last: date | None = None
) -> Facility:
    return Facility(
        place_id=place.pk,
        kind=kind,
        name=f"{short_name(place.name)}{NAMES[kind]}",
        built_area_m2=area,
        during=periods.of(first, last),
    )


NAMES = {
    FacilityKind.OFFICE_AND_SERVICE_ROOMS: "办公和服务用房",
    FacilityKind.SERVICE_CENTRE: "社区服务中心",
    FacilityKind.POLICE_ROOM: "警务室",
    FacilityKind.CULTURE_ROOM: "文化室",
    FacilityKind.HEALTH_STATION: "社区卫生服务站",
    FacilityKind.FITNESS_POINT: "健身点",
}


def _describe(facility: Facility, rng: Random) -> None:
    """Add usable area and right of use."""
    built = facility.built_area_m2 or Decimal(0)
    facility.usable_area_m2 = (built * rng.randint(75, 95) / 100).quantize(CENT)
    facility.ownership = rng.choices(list(Ownership), [60, 15, 15, 10])[0]


def _area(rng: Random, smallest: int, largest: int, usual: int) -> Decimal:
    """An area in square metres with two digits, most often near `usual`."""
    return Decimal(str(round(rng.triangular(smallest, largest, usual), 2))).quantize(CENT)


def _day_before(rng: Random, years: range) -> date:
    """A day in the eight years before the first year."""
    return date(years.start, 1, 1) - timedelta(days=rng.randint(1, 8 * 365))


def _day_within(rng: Random, years: range) -> date:
    """A day in the first half of `years`."""
    return date(years.start, 3, 1) + timedelta(days=rng.randint(0, len(years) * 180))
