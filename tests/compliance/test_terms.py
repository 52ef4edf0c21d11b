"""`during=term`: events counted since the first day of the current term of each community's committee."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from assessments.compliance import actions
from assessments.compliance.models import Finding, Snapshot
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.ground.registers import Register
from communities.places.models import Place, RegisterStatement
from tests.factories.funding import AllocationFactory
from tests.factories.organizations import OrganizationFactory, TermFactory
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory

from .asking import ask

pytestmark = pytest.mark.django_db

FIRST, DAY = date(2005, 1, 1), date(2008, 12, 31)
CASES = YAML(typ="safe").load(Path(__file__).parents[1] / "cases" / "term.yaml")
PACK = """\
plan:
  code: term
  title: {zh: 方案}
  status: in_force
  owner: "3701"
  period: {from: 2001-01-01}
indicators:
  activities:
    label: {zh: 活动}
    subject: community
    over_time: sum
  visits:
    label: {zh: 走访}
    subject: community
targets:
"""
TARGET = """\
  NAME:
    label: {zh: 目标}
    clause: 一
    subject: SUBJECT
    measure: 'MEASURE'
    at_least: 0
    in_force: {from: 2001-01-01}
"""
MONEY = 'funds(stream="work", during=term)'


def a_target(name: str, measure: str, subject: str = "community") -> str:
    return TARGET.replace("NAME", name).replace("MEASURE", measure).replace("SUBJECT", subject)


def problems_of(*targets: str) -> list[str]:
    return [str(problem) for problem in plans.check(PACK + "".join(targets), "term.yaml").problems]


def a_plan(*targets: str) -> PlanVersion:
    checked = plans.check(PACK + "".join(targets), "term.yaml")
    assert [str(problem) for problem in checked.problems] == []
    return plans.load(checked)[0]


@pytest.fixture
def city(db: None) -> Place:
    """Jinan with one district and one street."""
    for code in ("370102", "370102001"):
        PlaceFactory(code=code.ljust(12, "0"))
    return PlaceFactory(code="370100000000")


def record(words: Mapping[str, Any], code: str = "370102001001") -> Place:
    """Record one community with its terms and its money."""
    place: Place = CommunityFactory(code=code)
    if words.get("stated", True):
        RegisterStatement.objects.create(place=place, register=Register.ALLOCATIONS, as_of=date(2000, 1, 1))
    bodies: dict[str, Any] = {}
    for term in words["terms"]:
        kind = term.get("of", "residents_committee")
        body = bodies.get(kind) or bodies.setdefault(kind, OrganizationFactory(place=place, kind=kind))
        TermFactory(organization=body, during=periods.of(term["from"], term["until"]))
    for number, given_ in enumerate(words.get("money", ())):
        AllocationFactory(
            place=place,
            year=given_["year"],
            allocated_on=given_.get("on"),
            amount_cny=Decimal(given_["amount"]),
            source=str(number),
        )
    return place


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_case_of_the_term(city: Place, case: Mapping[str, Any]) -> None:
    version = a_plan(a_target("money", MONEY), a_target("activities", "activities(during=term)"))
    place = record(case)
    for day, number in case.get("activities", {}).items():
        ReportedValueFactory(
            plan=version.plan, indicator="activities", place=place, as_of=day, value_number=Decimal(number)
        )
    told = ask(version, place, case["as_of"], case.get("asked", "money"))
    assert told.finding.measured == (Decimal(case["measured"]) if "measured" in case else None)
    assert told.finding.verdict == ("met" if "measured" in case else "undetermined")


def test_the_explanation_tells_the_first_day_of_the_term_and_lists_only_what_counted(city: Place) -> None:
    place = record(
        {
            "terms": [{"from": date(2007, 3, 15), "until": date(2010, 3, 14)}],
            "money": [
                {"year": 2007, "on": date(2007, 3, 14), "amount": 100},
                {"year": 2007, "on": date(2007, 3, 15), "amount": 7},
                {"year": 2008, "on": date(2008, 5, 1), "amount": 8},
            ],
        }
    )
    told = ask(a_plan(a_target("asked", MONEY)), place, date(2008, 12, 31))
    money, began = told.explained.facts[:2]
    assert (money.value, money.records_in_all) == ("15", 2)
    assert {record.value for record in money.records} == {"7", "8"}
    assert (began.value, began.records_in_all) == ("2007-03-15", 1)
    kept = Snapshot.objects.get(run=told.run, level="community", subject_id=place.pk, day=date(2008, 12, 31))
    assert kept.facts["committee_term_began"] == "2007-03-15"


def test_each_community_counts_from_its_own_day_and_the_city_adds_them_up(city: Place) -> None:
    money = [{"year": 2007, "on": date(2007, 6, 1), "amount": 100}, {"year": 2008, "on": date(2008, 6, 1), "amount": 1}]
    since = {"370102001001": date(2007, 1, 1), "370102001002": date(2008, 1, 1), "370102001003": date(2008, 7, 1)}
    for code, first in since.items():
        record({"terms": [{"from": first, "until": date(2010, 12, 31)}], "money": money}, code)
    version = a_plan(a_target("asked", f"total({MONEY}, over=community)", "city"))
    assert ask(version, city, date(2008, 12, 31)).finding.measured == 102


def test_a_community_without_a_term_makes_the_total_of_the_city_unknown(city: Place) -> None:
    record({"terms": [{"from": date(2008, 1, 1), "until": DAY}], "money": [{"year": 2008, "amount": 5}]})
    record({"terms": [], "money": [{"year": 2008, "amount": 5}]}, "370102001002")
    version = a_plan(a_target("asked", f"total({MONEY}, over=community)", "city"))
    told = ask(version, city, date(2008, 12, 31))
    assert told.finding.verdict == "undetermined"
    assert told.finding.detail == {"known": 1, "of": 2, "provisional": "5.000000000000"}


def test_a_year_earlier_the_term_of_that_day_counts(city: Place) -> None:
    place = record(
        {
            "terms": [
                {"from": date(2005, 1, 1), "until": date(2007, 12, 31)},
                {"from": date(2008, 1, 1), "until": date(2010, 12, 31)},
            ],
            "money": [{"year": 2006, "amount": 40}, {"year": 2008, "amount": 2}],
        }
    )
    version = a_plan(a_target("asked", f"{MONEY} + previous({MONEY})"))
    assert ask(version, place, date(2008, 12, 31)).finding.measured == 42


@pytest.mark.parametrize("level", ["street", "district", "city"])
def test_a_place_above_the_community_is_refused_with_what_to_write(city: Place, level: str) -> None:
    (said,) = problems_of(a_target("asked", "funds(during=term)", level))
    assert "over=community" in said


@pytest.mark.parametrize("measure", ["visits(during=term)", "households(during=term)"])
def test_what_is_a_state_and_no_event_has_no_term(city: Place, measure: str) -> None:
    (said,) = problems_of(a_target("asked", measure))
    assert "term" in said


def test_an_indicator_takes_no_option_but_the_period(city: Place) -> None:
    assert problems_of(a_target("asked", "activities(during=plan)")) == []
    assert len(problems_of(a_target("asked", 'activities(kind="urban")'))) == 1


DAYS = st.integers(0, (DAY - FIRST).days + 200).map(lambda n: FIRST + timedelta(days=n))
PAID = st.tuples(st.integers(2005, 2009), st.one_of(st.none(), DAYS), st.integers(0, 1000))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    communities=st.lists(
        st.tuples(st.one_of(st.none(), DAYS), st.booleans(), st.lists(PAID, max_size=5)), min_size=1, max_size=4
    )
)
def test_any_terms_and_any_money_are_counted_alike_in_both_readings(
    city: Place, communities: list[tuple[date | None, bool, list[tuple[int, date | None, int]]]]
) -> None:
    with transaction.atomic():
        expected: dict[int, Decimal | None] = {}
        for number, (began, stated, paid) in enumerate(communities, start=1):
            terms = [{"from": began, "until": began + timedelta(days=1000)}] if began else []
            money = [{"year": year, "on": on, "amount": amount} for year, on, amount in paid]
            place = record({"stated": stated, "terms": terms, "money": money}, f"370102001{number:03}")
            expected[place.pk] = _by_hand(began, stated, paid)
        version = a_plan(a_target("asked", MONEY))
        run = actions.evaluate(version=version, as_of=DAY)
        assert dict(Finding.objects.filter(run=run).values_list("place_id", "measured")) == expected
        for place in Place.objects.filter(pk__in=expected):
            ask(version, place, DAY, run=run)
        transaction.set_rollback(True)


def _by_hand(began: date | None, stated: bool, paid: list[tuple[int, date | None, int]]) -> Decimal | None:
    if began is None or not stated or not began <= DAY <= began + timedelta(days=1000):
        return None
    counted = [
        amount
        for year, on, amount in paid
        if began <= (on or date(year, 12, 31)) and year <= DAY.year and (on is None or on <= DAY)
    ]
    return Decimal(sum(counted))
