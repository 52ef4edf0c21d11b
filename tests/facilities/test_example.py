"""The generators of facilities and service points: same seed, same city; every figure as plain Python counts it."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from communities.ground import periods
from communities.places import story
from communities.places.models import Estate, Kind, Level
from communities.places.story import ExamplePlace
from facilities import example as facilities_example
from facilities import example_jinan
from facilities.metrics import METRICS
from facilities.models import Facility, FacilityUse
from services import example as services_example
from services.metrics import METRICS as SERVICE_METRICS
from services.models import ServicePoint
from tests.factories.places import PlaceFactory

from .measuring import measured

pytestmark = pytest.mark.django_db
ROOMS = "office_and_service_rooms"
DAYS = [date(2007, 7, 9), date(2008, 6, 30), date(2008, 12, 31)]
CAUGHT_UP = {"facilities": date(2008, 12, 20)}
ESTATES = [Estate.OLD_CITY, Estate.OLD_CITY, Estate.NEW_ESTATE, Estate.REDEVELOPED, Estate.OTHER]


def seen(code: str, estate: str | None = None) -> ExamplePlace:
    """The place with this code as the generators see it."""
    place = PlaceFactory(code=code)
    kind = Kind.URBAN if place.level in (Level.COMMUNITY, Level.STREET) else None
    return ExamplePlace(pk=place.pk, code=code, name=place.name, level=place.level, kind=kind, estate=estate)


@pytest.fixture
def city():
    above = [seen("370100000000"), seen("370102000000"), seen("370103000000")]
    streets = [seen(f"37010{n}00{m}000") for n in (2, 3) for m in (1, 2, 3)]
    communities = [seen(f"{s.prefix}{n:03}", ESTATES[n % 5]) for s in streets for n in range(1, 21)]
    return [*above, *streets, *communities]


def make(city: list[ExamplePlace], seed: int = 7, jinan: story.Story | None = None) -> None:
    """Make both registers up."""
    jinan = jinan or story.read("jinan-2007")
    facilities_example.make(jinan, city, Random(seed), by=None)  # noqa: S311
    services_example.make(jinan, city, Random(seed), by=None)  # noqa: S311


def written() -> list[tuple[object, ...]]:
    """What the generators wrote, without keys and times."""
    facilities = Facility.objects.order_by("place", "kind", "during")
    points = ServicePoint.objects.order_by("place")
    return [
        *facilities.values_list("place", "kind", "name", "built_area_m2", "usable_area_m2", "ownership", "during"),
        *FacilityUse.objects.order_by("facility").values_list("facility__place", "purpose", "during", "approval"),
        *points.values_list("place", "kind", "name", "facility__name", "during", "one_stop", "networked"),
    ]


def test_the_same_seed_makes_the_same_city(city):
    make(city)
    first = written()
    for model in (ServicePoint, FacilityUse, Facility):
        model.objects.all().delete()
    make(city)
    assert written() == first
    assert len(first) > 400


def test_every_row_is_marked_as_example_and_says_its_source(city):
    make(city)
    for model in (Facility, FacilityUse, ServicePoint):
        assert set(model.objects.values_list("is_example", "source")) == {(True, "示例数据生成器（jinan-2007）")}


def test_the_bounds_are_among_the_areas(city):
    make(city)
    areas = set(Facility.objects.values_list("built_area_m2", flat=True))
    bounds = ["149.99", "150.00", "399.99", "400.00", "999.99", "1000.00", "2999.99", "3000.00"]
    assert areas >= {Decimal(bound) for bound in bounds}
    assert None in areas


def test_the_old_city_works_off_its_shortfall_until_the_deadline(city):
    make(city)
    old = {place.pk for place in city if place.estate == Estate.OLD_CITY}

    def short(day: date) -> int:
        area = measured(METRICS, "built_area", day, kind=ROOMS)
        return sum(area.get(pk, 0) is not None and area.get(pk, 0) < 150 for pk in old)

    before, half, after = (short(day) for day in DAYS)
    assert before > half > after > 0
    assert before > len(old) / 3
    assert after < len(old) / 4


def test_a_year_after_the_deadline_the_last_of_the_old_city_have_their_rooms(city):
    unwritten = city[-1]
    places = [
        *[place for place in city if place is not unwritten],
        ExamplePlace(**{**vars(unwritten), "estate": Estate.OLD_CITY, "stated": frozenset(), "caught_up": CAUGHT_UP}),
    ]
    make(places)
    area = measured(METRICS, "built_area", date(2009, 12, 31), kind=ROOMS)
    assert all(area[place.pk] >= 150 for place in places if place.estate == Estate.OLD_CITY)
    for use in FacilityUse.objects.select_related("facility"):
        closed = periods.last(use.facility.during)
        assert closed is None or (periods.last(use.during) or date.max) <= closed


def test_the_rooms_of_the_old_city_are_measured_before_the_deadline(city, monkeypatch):
    monkeypatch.setattr(example_jinan, "AREA_UNKNOWN", 0.5)
    make(city)
    old = [place.pk for place in city if place.estate == Estate.OLD_CITY]
    before, after = (measured(METRICS, "built_area", day, kind=ROOMS) for day in (date(2008, 10, 7), date(2008, 10, 8)))
    assert None in {before.get(pk, 0) for pk in old}
    assert None not in {after.get(pk, 0) for pk in old}


def test_rooms_that_are_measured_anew_have_no_area_for_a_time_and_the_same_one_after(city):
    jinan = story.read("jinan-2007")
    (review,) = jinan.entries("under_review")
    make(city, jinan=replace(jinan, said={**jinan.said, "under_review": [{**review, "share": "0.2"}]}))
    anew = [before for before in Facility.objects.filter(kind=ROOMS) if before.during.upper == date(2009, 4, 1)]
    assert anew
    for before in anew:
        rows = Facility.objects.filter(place=before.place, kind=ROOMS, during__contains=date(2009, 6, 30))
        assert [row.built_area_m2 for row in rows] == [None]
        after = Facility.objects.get(place=before.place, kind=ROOMS, during__startswith=date(2009, 9, 1))
        assert (after.built_area_m2, after.usable_area_m2) == (before.built_area_m2, before.usable_area_m2)


def test_what_nobody_has_written_up_stays_empty(city):
    unstated = [ExamplePlace(**{**vars(place), "stated": frozenset()}) for place in city]
    make(unstated)
    assert not Facility.objects.exists()
    assert not ServicePoint.objects.exists()


@pytest.mark.parametrize("day", DAYS)
def test_the_metrics_say_what_plain_python_counts(city, day):
    make(city)
    rooms = defaultdict(list)
    for facility in Facility.objects.all():
        if facility.during.lower <= day and (periods.last(facility.during) or day) >= day:
            rooms[facility.place_id].append(facility)

    def areas(pk: int) -> list[Decimal | None]:
        return [facility.built_area_m2 for facility in rooms[pk] if facility.kind == ROOMS]

    known = {pk: None not in areas(pk) for pk in list(rooms)}
    assert measured(METRICS, "facilities", day, kind=ROOMS) == {pk: len(areas(pk)) for pk in known}
    assert measured(METRICS, "built_area", day, kind=ROOMS) == {
        pk: sum(a or 0 for a in areas(pk)) if known[pk] else None for pk in known
    }
    assert measured(METRICS, "largest_built_area", day, kind=ROOMS) == {
        pk: max((a or 0 for a in areas(pk)), default=0) if known[pk] else None for pk in known
    }


def test_the_service_metrics_say_what_plain_python_counts(city):
    make(city)
    day = date(2009, 12, 31)
    expected: dict[int, list[Decimal | None]] = defaultdict(list)
    for point in ServicePoint.objects.select_related("facility"):
        room = point.facility
        in_use = room and (periods.last(room.during) or day) >= day
        areas = expected[point.place_id]
        if point.kind == "service_centre":
            areas.append(room.built_area_m2 if room and in_use else None)
    assert measured(SERVICE_METRICS, "centre_area", day) == {
        pk: None if None in areas else max((a or 0 for a in areas), default=0) for pk, areas in expected.items()
    }
