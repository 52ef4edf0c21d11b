"""Each constraint of the registers of money refuses one bad row, in the database and in forms."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from funding.models import Allowance, Payer
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.organizations import PostFactory
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db


def assert_refused(factory, constraint, **values):
    """The database refuses the row by that constraint, and so does the form's validation."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factory(**values)
    with pytest.raises(ValidationError):
        factory.build(**values).full_clean()


def test_a_document_allocates_the_same_money_once():
    first = AllocationFactory(source="济财〔2007〕1号")
    assert_refused(AllocationFactory, "an_allocation_is_recorded_once", place=first.place, source=first.source)
    AllocationFactory(place=first.place, source="济财〔2007〕2号")
    AllocationFactory(place=first.place, source=first.source, payer=Payer.DISTRICT)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("allocation_is_not_negative", {"amount_cny": Decimal("-0.01")}),
        ("allocation_in_known_years", {"year": 20202}),
        ("allocation_dated_in_known_years", {"allocated_on": date(2200, 1, 1)}),
    ],
)
def test_an_allocation_has_a_known_year_and_no_negative_amount(constraint, wrong):
    assert_refused(AllocationFactory, constraint, place=PlaceFactory(), **wrong)


def test_a_post_has_one_allowance_a_year():
    first = AllowanceFactory()
    assert_refused(AllowanceFactory, "one_allowance_a_post_and_year", post=first.post)
    AllowanceFactory(post=first.post, year=2008)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("allowance_is_not_negative", {"amount_cny": Decimal("-0.01")}),
        ("allowance_in_known_years", {"year": 1949}),
    ],
)
def test_an_allowance_has_a_known_year_and_no_negative_amount(constraint, wrong):
    assert_refused(AllowanceFactory, constraint, post=PostFactory(), **wrong)


def test_a_place_has_one_average_wage_a_year():
    first = WageBaselineFactory()
    assert_refused(WageBaselineFactory, "one_wage_a_place_and_year", place=first.place)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("wage_is_not_negative", {"amount_cny": Decimal(-1)}),
        ("wage_in_known_years", {"year": 2200}),
        ("wage_published_in_known_years", {"published_on": date(1899, 12, 31)}),
    ],
)
def test_a_wage_has_a_known_year_and_no_negative_amount(constraint, wrong):
    assert_refused(WageBaselineFactory, constraint, place=PlaceFactory(code="370102000000"), **wrong)


def test_allowances_are_fenced_by_the_place_of_the_organization():
    here = AllowanceFactory(post__organization__place__code="370102001001")
    AllowanceFactory(post__organization__place__code="370103001001")
    assert list(Allowance.objects.within("370102")) == [here]
