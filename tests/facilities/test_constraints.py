"""What the database refuses in the register of facilities: one bad row for each constraint."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from communities.ground import periods
from facilities.models import FacilityUse, Purpose
from tests.factories.facilities import FacilityFactory, FacilityUseFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"built_area_m2": Decimal("-0.01")}, "facility_areas_are_not_negative"),
        ({"built_area_m2": None, "usable_area_m2": Decimal("-1")}, "facility_areas_are_not_negative"),
        ({"built_area_m2": Decimal("100"), "usable_area_m2": Decimal("100.01")}, "facility_usable_area_lies_within"),
        ({"built_on": date(1899, 12, 31)}, "facility_built_in_known_years"),
        ({"during": DateRange(date(2007, 1, 1), date(2007, 1, 1), "[)")}, "facility_in_use_lasts"),
        ({"during": DateRange(date(2007, 1, 1), date(2300, 1, 1), "[)")}, "facility_in_use_lasts"),
        ({"name": ""}, "facility_has_a_name"),
    ],
)
def test_a_wrong_facility_is_refused(wrong: dict[str, Any], constraint: str):
    with pytest.raises(IntegrityError, match=constraint):
        FacilityFactory(**wrong)


def test_a_facility_is_not_recorded_twice_from_the_same_day():
    once = FacilityFactory()
    with pytest.raises(IntegrityError, match="facility_recorded_once"):
        FacilityFactory(place=once.place, name=once.name)


def test_a_facility_of_unknown_opening_is_not_recorded_twice_either():
    once = FacilityFactory(during=periods.of(None, date(2008, 12, 31)))
    again = periods.of(None, date(2009, 12, 31))
    with transaction.atomic(), pytest.raises(IntegrityError, match="facility_recorded_once"):
        FacilityFactory(place=once.place, name=once.name, during=again)


def test_a_facility_that_reopens_is_a_row_of_its_own():
    once = FacilityFactory(during=periods.of(date(2001, 1, 1), date(2004, 12, 31)))
    FacilityFactory(place=once.place, name=once.name, during=periods.of(date(2007, 1, 1)))


def test_a_facility_does_not_share_rooms_with_itself():
    facility = FacilityFactory()
    facility.merged_with = facility
    with pytest.raises(IntegrityError, match="facility_is_not_merged_with_itself"):
        facility.save()


def test_a_usable_area_may_be_known_alone():
    FacilityFactory(built_area_m2=None, usable_area_m2=Decimal("40.00")).full_clean()


def test_a_use_is_not_recorded_twice_from_the_same_day():
    once = FacilityUseFactory()
    with pytest.raises(IntegrityError, match="facility_use_recorded_once"):
        FacilityUseFactory(facility=once.facility)


def test_a_use_lasts_at_least_a_day():
    with pytest.raises(IntegrityError, match="facility_use_lasts"):
        FacilityUseFactory(during=DateRange(date(2007, 1, 1), date(2007, 1, 1), "[)"))


def test_no_approval_makes_letting_lawful():
    use = FacilityUseFactory()
    use.approval = "区政府批复"
    with pytest.raises(ValidationError) as refused:
        use.full_clean()
    assert set(refused.value.message_dict) == {"approval"}


def test_a_change_leaves_the_old_row_behind():
    use = FacilityUseFactory()
    FacilityUse.objects.filter(pk=use.pk).update(purpose=Purpose.IDLE)
    assert [old.purpose for old in use.events.all()] == [Purpose.RENTED_OUT]
