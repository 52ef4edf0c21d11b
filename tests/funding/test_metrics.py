"""What is counted of money, in a window of days; the sums beside plain-Python sums."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from funding.metrics import METRICS
from funding.models import Allocation, Payer, Stream
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.places import PlaceFactory
from tests.measuring import measured, named

pytestmark = pytest.mark.django_db
DAY = date(2007, 12, 31)
FUNDS = named(METRICS, "funds")


def test_only_the_years_of_the_window_count():
    place = PlaceFactory()
    for year in (2006, 2007, 2008):
        AllocationFactory(place=place, year=year, amount_cny=year)
    assert measured(FUNDS, DAY) == {place.pk: 2007}
    assert measured(FUNDS, DAY, first=date(2006, 7, 9)) == {place.pk: 2006 + 2007}
    assert measured(FUNDS, date(2005, 12, 31)) == {}


def test_money_allocated_after_the_day_does_not_count_yet():
    place = PlaceFactory()
    AllocationFactory(place=place, allocated_on=date(2007, 3, 1), amount_cny=1)
    AllocationFactory(place=place, allocated_on=date(2007, 9, 1), amount_cny=2, source="later")
    AllocationFactory(place=place, allocated_on=None, amount_cny=4, source="undated")
    assert measured(FUNDS, date(2007, 8, 31)) == {place.pk: 1 + 4}
    assert measured(FUNDS, date(2007, 9, 1)) == {place.pk: 1 + 2 + 4}


def test_funds_are_narrowed_by_stream_and_by_who_pays():
    place = PlaceFactory()
    AllocationFactory(place=place, payer=Payer.CITY, amount_cny=Decimal("10.05"))
    AllocationFactory(place=place, payer=Payer.DISTRICT, amount_cny=20)
    AllocationFactory(place=place, stream=Stream.FACILITIES, amount_cny=40)
    assert measured(FUNDS, DAY, stream="work", source="city") == {place.pk: Decimal("10.05")}
    assert measured(FUNDS, DAY, stream="work") == {place.pk: Decimal("30.05")}
    assert measured(FUNDS, DAY, source="street") == {place.pk: 0}


def test_a_place_without_allocations_has_no_row_so_that_the_statement_decides():
    assert measured(FUNDS, DAY) == {}
    assert FUNDS.source.register == "allocations"


def test_the_average_wage_is_that_of_the_days_year_and_unknown_without_a_row():
    wage = WageBaselineFactory(year=2006, amount_cny=24_000)
    average = named(METRICS, "average_wage", "district")
    assert measured(average, date(2006, 12, 31)) == {wage.place_id: 24_000}
    assert measured(average, DAY) == {}


def test_an_allowance_is_that_of_the_days_year_and_unknown_without_a_row():
    paid = AllowanceFactory(year=2007, amount_cny=Decimal("25000.50"))
    allowance = named(METRICS, "allowance", "post")
    assert measured(allowance, DAY) == {paid.post_id: Decimal("25000.50")}
    assert measured(allowance, date(2008, 12, 31)) == {}


def test_the_sums_agree_with_plain_ones_on_a_small_made_up_city():
    rng = Random(2007)  # noqa: S311 - a made-up city, not a secret
    for _n in range(6):
        place = PlaceFactory()
        for number in range(rng.randint(0, 12)):
            AllocationFactory(
                place=place,
                year=rng.choice((2006, 2007)),
                stream=rng.choice((Stream.WORK, Stream.RURAL)),
                payer=rng.choice((Payer.CITY, Payer.DISTRICT)),
                amount_cny=Decimal(rng.randint(0, 10_000_000)) / 100,
                source=str(number),
            )
    plain: dict[int, Decimal] = defaultdict(Decimal)
    for row in Allocation.objects.filter(year=2007):
        plain[row.place_id] += row.amount_cny if (row.stream, row.payer) == (Stream.WORK, Payer.CITY) else 0
    assert measured(FUNDS, DAY, stream="work", source="city") == plain
