"""Service stations and centres: what is refused, and what the metrics say of them."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateRange

from communities.ground import periods
from facilities.models import FacilityKind
from services.metrics import METRICS
from services.models import ServicePointKind
from tests.facilities.measuring import measured
from tests.factories.facilities import FacilityFactory
from tests.factories.places import PlaceFactory
from tests.factories.services import ServicePointFactory

pytestmark = pytest.mark.django_db
DAY = date(2008, 12, 31)


def centre(street, area, **facts):
    """A service centre of the street in rooms of `area`; None: rooms of unknown area."""
    rooms = FacilityFactory(place=street, kind=FacilityKind.SERVICE_CENTRE, built_area_m2=area)
    return ServicePointFactory(place=street, kind=ServicePointKind.CENTRE, facility=rooms, **facts)


@pytest.fixture
def street():
    return PlaceFactory(code="370102001000")


def test_a_service_point_lasts_at_least_a_day():
    with pytest.raises(IntegrityError, match="service_point_lasts"):
        ServicePointFactory(during=DateRange(date(2007, 1, 1), date(2007, 1, 1), "[)"))


def test_a_service_point_has_a_name():
    with pytest.raises(IntegrityError, match="service_point_has_a_name"):
        ServicePointFactory(name="")


def test_a_service_point_is_not_recorded_twice_from_the_same_day():
    once = ServicePointFactory()
    with pytest.raises(IntegrityError, match="service_point_recorded_once"):
        ServicePointFactory(place=once.place, name=once.name)


@pytest.mark.parametrize(
    ("code", "kind", "right"),
    [
        ("370102001001", ServicePointKind.STATION, True),
        ("370102001000", ServicePointKind.CENTRE, True),
        ("370102000000", ServicePointKind.CENTRE, True),
        ("370100000000", ServicePointKind.CENTRE, True),
        ("370102001000", ServicePointKind.STATION, False),
        ("370102001001", ServicePointKind.CENTRE, False),
    ],
)
def test_a_station_belongs_to_a_community_and_a_centre_to_a_place_above(code, kind, right):
    point = ServicePointFactory(place=PlaceFactory(code=code), kind=kind)
    if right:
        point.full_clean()
    else:
        with pytest.raises(ValidationError):
            point.full_clean()


def test_stations_and_centres_are_counted_where_they_serve(street):
    station = ServicePointFactory()
    centre(street, Decimal(900))
    assert measured(METRICS, "service_points", DAY, kind="service_station") == {station.place_id: 1, street.pk: 0}
    assert measured(METRICS, "service_points", DAY, kind="service_centre") == {station.place_id: 0, street.pk: 1}


def test_a_station_closed_the_day_before_does_not_count():
    ServicePointFactory(during=periods.of(date(2001, 1, 1), date(2008, 12, 30)))
    assert measured(METRICS, "service_points", DAY) == {}


def test_only_one_stop_points_count_as_one_stop():
    one, other = ServicePointFactory(one_stop=True), ServicePointFactory(one_stop=False)
    assert measured(METRICS, "one_stop_points", DAY) == {one.place_id: 1, other.place_id: 0}


def test_the_area_of_a_centre_is_that_of_its_rooms(street):
    centre(street, Decimal("999.99"))
    centre(street, Decimal("1000.00"))
    assert measured(METRICS, "centre_area", DAY) == {street.pk: Decimal("1000.00")}


def test_a_centre_in_rooms_of_unknown_area_leaves_the_area_unknown(street):
    centre(street, None)
    assert measured(METRICS, "centre_area", DAY) == {street.pk: None}


def test_a_centre_without_recorded_rooms_leaves_the_area_unknown(street):
    ServicePointFactory(place=street, kind=ServicePointKind.CENTRE, facility=None)
    assert measured(METRICS, "centre_area", DAY) == {street.pk: None}
    assert measured(METRICS, "service_points", DAY) == {street.pk: 1}


def test_rooms_that_are_closed_give_no_area(street):
    point = centre(street, Decimal(3000))
    point.facility.during = periods.of(None, date(2008, 12, 30))
    point.facility.save()
    assert measured(METRICS, "centre_area", DAY) == {street.pk: None}


def test_a_station_is_no_centre():
    station = ServicePointFactory(facility=FacilityFactory())
    assert measured(METRICS, "centre_area", DAY) == {station.place_id: 0}
