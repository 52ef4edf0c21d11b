"""Facilities for tests: 200 m² of office and service rooms of a community, in use since 2000, unless said otherwise."""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from communities.ground import periods
from facilities.models import Facility, FacilityKind, FacilityUse, Purpose

from .places import PlaceFactory

SINCE_2000 = periods.of(date(2000, 1, 1))


class FacilityFactory(DjangoModelFactory[Facility]):
    """Office and service rooms of a community."""

    class Meta:
        model = Facility

    place = factory.SubFactory(PlaceFactory)
    kind = FacilityKind.OFFICE_AND_SERVICE_ROOMS
    name = factory.Sequence(lambda n: f"用房{n}")
    built_area_m2 = Decimal("200.00")
    during = SINCE_2000


class FacilityUseFactory(DjangoModelFactory[FacilityUse]):
    """Rooms that are rented out."""

    class Meta:
        model = FacilityUse

    facility = factory.SubFactory(FacilityFactory)
    purpose = Purpose.RENTED_OUT
    during = SINCE_2000
