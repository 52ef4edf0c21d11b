"""Places, the codes they bear and what is known of them: found by the code of a day, and no contradiction stored."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.ground import periods
from communities.ground.models import StoredFile
from communities.ground.registers import Register
from communities.ground.scope import Scope, prefix_of
from communities.places.models import (
    Census,
    Classification,
    Kind,
    Place,
    PlaceCode,
    RegisterStatement,
    Succession,
)
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db
MOVED_ON = date(2008, 7, 1)


@pytest.fixture
def moved(db: None) -> Place:
    """A community of the second district that has belonged to the first since July 2008."""
    place: Place = PlaceFactory(code="370103001001")
    PlaceCode.objects.update(during=periods.of(None, date(2008, 6, 30)))
    PlaceCode.objects.create(place=place, code="370102001001", during=periods.of(MOVED_ON))
    return place


@pytest.mark.parametrize(
    ("day", "code", "district"),
    [(date(2008, 6, 30), "370103001001", "370103"), (MOVED_ON, "370102001001", "370102")],
)
def test_a_place_stands_where_its_code_of_the_day_puts_it(moved: Place, day: date, code: str, district: str) -> None:
    assert moved.code_on(day) == code
    assert Place.objects.by_code(code, day) == moved
    found: Any = Place.objects.within(district, day).with_code(day)
    assert [one.code for one in found] == [code]
    other = {"370102": "370103", "370103": "370102"}[district]
    assert not Place.objects.within(other, day).exists()


def test_rows_about_a_place_go_with_it(moved: Place) -> None:
    Census.objects.create(place=moved, counted_on=date(2007, 12, 31), households=5)
    assert Census.objects.within("370103", date(2008, 6, 30)).count() == 1
    assert Census.objects.within(Scope(("370102", "370104")), MOVED_ON).count() == 1
    assert not Census.objects.within(Scope(), MOVED_ON).exists()


def test_a_scope_over_two_offices_gives_a_place_once(moved: Place) -> None:
    assert Place.objects.within(Scope(("370102", "370102001")), MOVED_ON).count() == 1


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("370000000000", "37"),
        ("370100000000", "3701"),
        ("370102000000", "370102"),
        ("370102001000", "370102001"),
        ("370102001001", "370102001001"),
        ("441900003000", "441900003"),
        ("3701", "3701"),
    ],
)
def test_a_code_says_how_far_it_reaches(code: str, prefix: str) -> None:
    assert prefix_of(code) == prefix


def test_files_are_fenced_by_12_digits_as_by_a_prefix(db: None) -> None:
    StoredFile.objects.create(name="a", size=1, sha256="", content_type="", prefix="370102001")
    assert StoredFile.objects.within("370102000000").count() == 1
    assert StoredFile.objects.within("370102").count() == 1
    assert not StoredFile.objects.within("370103000000").exists()


REFUSED: dict[str, Callable[[Place], Any]] = {
    "a_code_is_borne_by_one_place_at_a_time": lambda place: PlaceFactory(code="370102001001"),
    "a_place_bears_one_code_at_a_time": lambda place: PlaceCode.objects.create(place=place, code="370102001005"),
    "place_code_has_12_digits": lambda place: PlaceCode.objects.create(
        place=place, code="3701", during=periods.of(date(1950, 1, 1), date(1950, 1, 2))
    ),
    "one_census_a_place_and_day": lambda place: [
        Census.objects.create(place=place, counted_on=MOVED_ON) for _n in range(2)
    ],
    "census_counted_in_known_years": lambda place: Census.objects.create(place=place, counted_on=date(1899, 12, 31)),
    "classifications_do_not_overlap": lambda place: [
        Classification.objects.create(place=place, kind=Kind.URBAN, during=periods.of(MOVED_ON, end))
        for end in (MOVED_ON, None)
    ],
    "one_statement_a_place_register_and_day": lambda place: [
        RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=MOVED_ON) for _n in range(2)
    ],
    "nothing_succeeds_itself": lambda place: Succession.objects.create(
        predecessor=place, successor=place, on=MOVED_ON, kind="merger", share=Decimal(1)
    ),
    "succession_share_is_a_share": lambda place: Succession.objects.create(
        predecessor=place, successor=PlaceFactory(), on=MOVED_ON, kind="merger", share=Decimal("1.1")
    ),
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses(constraint: str, moved: Place) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        REFUSED[constraint](moved)


def test_classifications_may_follow_each_other_day_by_day(moved: Place) -> None:
    Classification.objects.create(place=moved, kind=Kind.RURAL, during=periods.of(None, date(2008, 6, 30)))
    Classification.objects.create(place=moved, kind=Kind.URBAN, during=periods.of(MOVED_ON))
    assert Classification.objects.count() == 2


@pytest.mark.parametrize(
    ("day", "before"),
    [(date(2008, 2, 29), date(2007, 2, 28)), (date(2009, 2, 28), date(2008, 2, 28)), (MOVED_ON, date(2007, 7, 1))],
)
def test_a_year_before_29_february_is_the_28th(day: date, before: date) -> None:
    assert periods.a_year_before(day) == before


def test_a_period_is_shown_as_it_was_entered_and_stored_half_open() -> None:
    period = periods.of(date(2008, 1, 1), date(2008, 12, 31))
    assert (period.lower, period.upper) == (date(2008, 1, 1), date(2009, 1, 1))
    assert (periods.first(period), periods.last(period)) == (date(2008, 1, 1), date(2008, 12, 31))
    assert periods.shown(periods.of(None, date(2008, 12, 31))) == "– 2008-12-31"
    with pytest.raises(ValueError, match="lies before"):
        periods.of(date(2008, 1, 2), date(2008, 1, 1))
