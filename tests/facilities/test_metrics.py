"""What the metrics of facilities count, and when they rather say nothing."""

from datetime import date
from decimal import Decimal

import pytest

from communities.ground import periods
from facilities.metrics import METRICS, POPULATION
from facilities.models import FacilityKind, Purpose
from tests.factories.facilities import FacilityFactory, FacilityUseFactory
from tests.factories.places import PlaceFactory

from .measuring import measured

pytestmark = pytest.mark.django_db
DAY = date(2008, 12, 31)
ROOMS = "office_and_service_rooms"


@pytest.fixture
def place():
    return PlaceFactory()


def test_areas_of_the_same_kind_add_up_and_the_largest_stands_alone(place):
    FacilityFactory(place=place, built_area_m2=Decimal("149.99"))
    FacilityFactory(place=place, built_area_m2=Decimal("250.01"))
    FacilityFactory(place=place, kind=FacilityKind.LIBRARY, built_area_m2=Decimal("9000"))
    assert measured(METRICS, "built_area", DAY, kind=ROOMS) == {place.pk: Decimal("400.00")}
    assert measured(METRICS, "largest_built_area", DAY, kind=ROOMS) == {place.pk: Decimal("250.01")}
    assert measured(METRICS, "facilities", DAY, kind=ROOMS) == {place.pk: 2}
    assert measured(METRICS, "facilities", DAY) == {place.pk: 3}


def test_a_kind_that_is_not_there_is_zero_not_unknown(place):
    FacilityFactory(place=place)
    assert measured(METRICS, "built_area", DAY, kind="library") == {place.pk: 0}
    assert measured(METRICS, "largest_built_area", DAY, kind="library") == {place.pk: 0}
    assert measured(METRICS, "facilities", DAY, kind="library") == {place.pk: 0}


def test_one_unknown_area_makes_the_total_unknown_but_not_the_count(place):
    FacilityFactory(place=place)
    FacilityFactory(place=place, built_area_m2=None)
    assert measured(METRICS, "built_area", DAY, kind=ROOMS) == {place.pk: None}
    assert measured(METRICS, "largest_built_area", DAY, kind=ROOMS) == {place.pk: None}
    assert measured(METRICS, "facilities", DAY, kind=ROOMS) == {place.pk: 2}


def test_an_unknown_area_of_another_kind_does_not_matter(place):
    FacilityFactory(place=place)
    FacilityFactory(place=place, kind=FacilityKind.LIBRARY, built_area_m2=None)
    assert measured(METRICS, "built_area", DAY, kind=ROOMS) == {place.pk: Decimal(200)}


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        (date(2008, 12, 31), None, True),
        (date(2009, 1, 1), None, False),
        (date(2001, 1, 1), date(2008, 12, 31), True),
        (date(2001, 1, 1), date(2008, 12, 30), False),
        (None, None, True),
    ],
)
def test_a_facility_counts_from_its_first_to_its_last_day(place, first, last, counts):
    FacilityFactory(place=place, during=periods.of(first, last))
    assert measured(METRICS, "facilities", DAY) == ({place.pk: 1} if counts else {})


def test_the_area_that_no_clause_qualifies_is_the_built_one_or_else_the_usable_one(place):
    FacilityFactory(place=place, built_area_m2=Decimal(200), usable_area_m2=Decimal(160))
    FacilityFactory(place=place, built_area_m2=None, usable_area_m2=Decimal(180))
    assert measured(METRICS, "largest_area", DAY, kind=ROOMS) == {place.pk: Decimal(200)}
    assert measured(METRICS, "largest_usable_area", DAY, kind=ROOMS) == {place.pk: Decimal(180)}
    assert measured(METRICS, "usable_area", DAY, kind=ROOMS) == {place.pk: Decimal(340)}


def test_a_centre_of_the_street_is_not_the_communitys():
    street = PlaceFactory(code="370102001000")
    PlaceFactory(code="370102001001")
    FacilityFactory(place=street, kind=FacilityKind.SERVICE_CENTRE)
    assert measured(METRICS, "facilities", DAY, kind="service_centre") == {street.pk: 1}


@pytest.mark.parametrize(
    ("purpose", "approval", "misused"),
    [
        (Purpose.RENTED_OUT, "", 1),
        (Purpose.SOLD, "区政府批复", 1),
        (Purpose.OTHER_PURPOSE, "", 1),
        (Purpose.OTHER_PURPOSE, "区政府批复", 0),
        (Purpose.OWN, "", 0),
        (Purpose.IDLE, "", 0),
    ],
)
def test_what_counts_as_misuse(place, purpose, approval, misused):
    FacilityUseFactory(facility__place=place, purpose=purpose, approval=approval)
    assert measured(METRICS, "misused_facilities", DAY) == {place.pk: misused}
    (told,) = measured(METRICS, "facility_misused", DAY).values()
    assert told is bool(misused)


def test_a_facility_misused_in_two_ways_counts_once(place):
    facility = FacilityFactory(place=place)
    FacilityUseFactory(facility=facility, purpose=Purpose.RENTED_OUT)
    FacilityUseFactory(facility=facility, purpose=Purpose.MORTGAGED)
    assert measured(METRICS, "misused_facilities", DAY) == {place.pk: 1}
    assert measured(METRICS, "misused_facilities", DAY, purpose="mortgaged", kind=ROOMS) == {place.pk: 1}


def test_misuse_that_has_ended_or_of_rooms_that_are_closed_does_not_count(place):
    FacilityUseFactory(facility__place=place, during=periods.of(date(2007, 1, 1), date(2008, 12, 30)))
    FacilityUseFactory(facility__place=place, facility__during=periods.of(None, date(2008, 12, 30)))
    assert measured(METRICS, "misused_facilities", DAY) == {}


def test_each_facility_tells_its_own_facts(place):
    facility = FacilityFactory(place=place, built_area_m2=Decimal("149.99"), usable_area_m2=None)
    assert measured(METRICS, "facility_kind", DAY) == {facility.pk: ROOMS}
    assert measured(METRICS, "facility_built_area", DAY) == {facility.pk: Decimal("149.99")}
    assert measured(METRICS, "facility_usable_area", DAY) == {facility.pk: None}
    assert measured(METRICS, "facility_ownership", DAY) == {facility.pk: None}
    assert measured(METRICS, "facility_in_use_since", DAY) == {facility.pk: date(2000, 1, 1)}
    assert measured(METRICS, "facility_misused", DAY) == {facility.pk: False}


def test_every_facility_metric_is_of_the_population():
    members = [metric for metric in METRICS if "facility" in metric.levels]
    assert {metric.levels for metric in members} == {(POPULATION.level,)}
    assert all(metric.source.one_row for metric in members)
