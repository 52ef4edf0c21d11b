"""What a verdict names as missing, by which name a reported value goes, and that pages about a run are fast at once."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from communities.ground import periods
from communities.places.models import Classification, Place
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory

from .asking import ask
from .test_terms import a_plan, a_target

pytestmark = pytest.mark.django_db
DAY = date(2008, 12, 31)


@pytest.fixture
def place(db: None) -> Place:
    for code in ("3701", "370102", "370102001"):
        PlaceFactory(code=code.ljust(12, "0"))
    made: Place = CommunityFactory(code="370102001001", name="一社区")
    return made


def classified(place: Place, kind: str) -> None:
    Classification.objects.create(place=place, during=periods.of(date(2000, 1, 1)), kind=kind)


@pytest.mark.parametrize(
    ("kind", "formula", "missing"),
    [
        ("urban", 'if_(kind == "urban", registered_population, resident_population)', ["registered_population"]),
        ("rural", 'if_(kind == "urban", registered_population, resident_population)', ["resident_population"]),
        (
            None,
            'if_(kind == "urban", registered_population, resident_population)',
            ["kind", "registered_population", "resident_population"],
        ),
        ("urban", 'if_(kind == "urban", 1, households) + visits', ["visits"]),
        ("rural", 'if_(kind == "urban", 1, households) + visits', ["households", "visits"]),
        ("urban", 'if_(kind == "urban", if_(estate == "other", 1, visits), households)', ["estate", "visits"]),
        ("urban", 'if_(kind == "urban", households, 1) + households', ["households"]),
    ],
)
def test_what_a_branch_not_taken_would_ask_for_is_not_named_as_missing(
    place: Place, kind: str | None, formula: str, missing: list[str]
) -> None:
    if kind is not None:
        classified(place, kind)
    told = ask(a_plan(a_target("asked", formula)), place, DAY)
    assert told.finding.verdict == "undetermined"
    assert told.finding.missing == missing
    assert len(told.explained.missing) == len(missing)


def test_a_reported_value_is_named_by_its_label_and_not_by_its_key(place: Place) -> None:
    version = a_plan(a_target("asked", "visits"))
    ReportedValueFactory(plan=version.plan, indicator="visits", place=place, as_of=DAY, value_number=Decimal(3))
    (record,) = ask(version, place, DAY).explained.facts[0].records
    assert (record.text, record.value, record.dated) == ("走访 一社区", "3", "2008-12-31")


def test_after_a_run_the_database_has_looked_at_its_findings(place: Place) -> None:
    a_plan(a_target("asked", "households"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'compliance_finding'::regclass")
        call_command("evaluate", plan="term", as_of="2008-12-31", stdout=StringIO())
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'compliance_finding' AND attname = 'verdict'")
        assert cursor.fetchone() == (1,)
