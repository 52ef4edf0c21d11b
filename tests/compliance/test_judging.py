"""The name of a verdict: which reason goes before which, on which day which rule asks, and what builds on what."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import connection

from assessments.compliance import actions
from assessments.compliance.judging import Answers, Question, judge
from assessments.compliance.models import Finding, Verdict
from assessments.compliance.rulebook import rulebook
from assessments.compliance.running import _verdict_sql
from assessments.formulas import MISSING, UNDEFINED
from assessments.plans.models import PlanVersion
from communities.places.models import Place
from tests.factories.places import CommunityFactory, PlaceFactory

from .packs import a_plan, a_target

pytestmark = pytest.mark.django_db

DAY = date(2008, 12, 31)
FLOOR = "measure: households\nat_least: least"


@pytest.fixture
def city(db: None) -> Place:
    """A city with one district and one street."""
    PlaceFactory(code="370102000000")
    PlaceFactory(code="370102001000")
    return PlaceFactory(code="370100000000")


@pytest.fixture
def community(city: Place) -> Place:
    """A community of 1,100 households."""
    return CommunityFactory(code="370102001001", counted=1100)


def verdicts(version: PlanVersion, day: date = DAY, place: Place | None = None) -> dict[tuple[str, int], str]:
    """Judge, and return the verdicts by target and milestone, about `place` where one is given."""
    found = Finding.objects.filter(run=actions.evaluate(version=version, as_of=day))
    if place is not None:
        found = found.filter(place=place)
    return {
        (f["rule__target__code"], f["milestone"]): f["verdict"]
        for f in found.values("rule__target__code", "milestone", "verdict")
    }


def question_of(version: PlanVersion, day: date = DAY) -> Question:
    (question,) = rulebook(version).questions(day)
    return question


# state, applies, test, attention → verdict
PRECEDENCE = [
    ("judged", False, True, False, "not_applicable"),
    ("judged", False, MISSING, False, "not_applicable"),
    ("no_rule", False, True, False, "not_applicable"),
    ("not_due", False, True, False, "not_applicable"),
    ("no_rule", MISSING, MISSING, False, "no_rule"),
    ("no_rule", True, False, False, "no_rule"),
    ("not_due", MISSING, MISSING, False, "not_due"),
    ("not_due", True, False, False, "not_due"),
    ("not_due", True, UNDEFINED, False, "not_due"),
    ("judged", MISSING, True, False, "undetermined"),
    ("judged", True, MISSING, False, "undetermined"),
    ("judged", UNDEFINED, MISSING, False, "undetermined"),
    ("judged", MISSING, UNDEFINED, False, "undetermined"),
    ("judged", True, UNDEFINED, False, "not_applicable"),
    ("judged", UNDEFINED, False, False, "not_applicable"),
    ("judged", True, True, False, "met"),
    ("judged", True, True, True, "attention"),
    ("judged", True, True, MISSING, "met"),
    ("judged", True, False, False, "not_met"),
    ("judged", True, False, True, "not_met"),
]


@pytest.mark.parametrize(("state", "applies", "test", "attention", "verdict"), PRECEDENCE)
def test_one_reason_goes_before_the_other(
    city: Place, state: Any, applies: Any, test: Any, attention: Any, verdict: str
) -> None:
    question = replace(question_of(a_plan(a_target("floor", FLOOR))), state=state)
    assert judge(question, Answers(applies, test, attention)) == verdict


@pytest.mark.parametrize("force", ["binding", "in_principle", "encouraged"])
@pytest.mark.parametrize("state", ["judged", "not_due", "no_rule"])
def test_the_run_names_verdicts_in_the_same_order(city: Place, state: Any, force: str) -> None:
    question = replace(question_of(a_plan(a_target("floor", f"{FLOOR}\nforce: {force}"))), state=state)
    answers: list[tuple[Any, Any, Any]] = list(
        product([True, False, MISSING, UNDEFINED], [True, False, MISSING, UNDEFINED], [True, False, MISSING])
    )
    rows = [
        (
            applies if isinstance(applies, bool) else None,
            test if isinstance(test, bool) else None,
            MISSING in (applies, test),
            UNDEFINED in (applies, test),
            attention if isinstance(attention, bool) else None,
        )
        for applies, test, attention in answers
    ]
    values = ", ".join(["(%s, %s::boolean, %s::boolean, %s, %s, %s::boolean)"] * len(rows))
    columns = "n, applies, test, is_missing, is_undefined, attention"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_verdict_sql(question)} FROM (VALUES {values}) a({columns}) ORDER BY n",
            [value for number, row in enumerate(rows) for value in (number, *row)],
        )
        told = [verdict for (verdict,) in cursor.fetchall()]
    assert told == [judge(question, Answers(*answer)) for answer in answers]


def test_every_verdict_can_be_reached(community: Place) -> None:
    version = a_plan(
        a_target("met", FLOOR),
        a_target("not_met", "measure: households\nat_least: 1101"),
        a_target("attention", "measure: households\nat_least: 1101\nforce: in_principle"),
        a_target("undetermined", "measure: resident_population\nat_least: 1"),
        a_target("not_applicable", "measure: households / (households - 1100)\nat_least: 1"),
        a_target("not_due", f"{FLOOR}\ndue: 2009-12-31"),
        a_target("no_rule", FLOOR, in_force="{from: 2007-01-01, until: 2008-12-30}"),
        a_target("reported", "measure: households\nat_least: 1101\nforce: encouraged"),
    )
    found = {target: verdict for (target, _milestone), verdict in verdicts(version).items()}
    assert found == {verdict: verdict for verdict in Verdict.values}


def test_a_later_milestone_replaces_the_earlier_on_its_day(community: Place) -> None:
    version = a_plan(
        a_target(
            "size",
            """
            measure: households
            milestones:
              - {due: 2007-12-31, at_least: "1000"}
              - {due: 2008-12-31, at_least: "1200"}
            """,
        )
    )
    assert verdicts(version, date(2007, 12, 30)) == {("size", 1): "not_due", ("size", 2): "not_due"}
    assert verdicts(version, date(2007, 12, 31)) == {("size", 1): "met", ("size", 2): "not_due"}
    assert verdicts(version, date(2008, 12, 30)) == {("size", 1): "met", ("size", 2): "not_due"}
    assert verdicts(version, date(2008, 12, 31)) == {("size", 2): "not_met"}
    assert verdicts(version, date(2011, 6, 1)) == {("size", 2): "not_met"}


def test_milestones_for_different_places_do_not_replace_each_other(community: Place) -> None:
    version = a_plan(
        a_target(
            "size",
            """
            measure: households
            milestones:
              - {due: 2007-12-31, at_least: "1000", applies_when: "households < 2000"}
              - {due: 2008-12-31, at_least: "3000", applies_when: "households >= 2000"}
            """,
        )
    )
    assert verdicts(version) == {("size", 1): "met", ("size", 2): "not_applicable"}


def test_a_yearly_duty_is_due_on_the_last_day_of_every_year(community: Place) -> None:
    version = a_plan(a_target("size", f"{FLOOR}\ndue: yearly"))
    assert verdicts(version, date(2008, 1, 1)) == {("size", 1): "not_due"}
    assert verdicts(version, date(2008, 12, 30)) == {("size", 1): "not_due"}
    assert verdicts(version, date(2008, 12, 31)) == {("size", 1): "met"}
    assert verdicts(version, date(2009, 1, 1)) == {("size", 1): "not_due"}


def test_a_figure_that_rises_flips_the_verdict_on_its_first_day(community: Place) -> None:
    version = a_plan(a_target("size", FLOOR))
    assert verdicts(version, date(2008, 12, 31)) == {("size", 0): "met"}
    assert verdicts(version, date(2009, 1, 1)) == {("size", 0): "not_met"}


def test_a_changed_text_flips_the_verdict_on_its_day_and_a_repealed_one_leaves_no_rule(community: Place) -> None:
    version = a_plan(
        a_target(
            "size",
            """
            versions:
              - {in_force: {from: 2007-01-01, until: 2007-12-31}, measure: households, at_least: "1100"}
              - {in_force: {from: 2008-01-01, until: 2008-12-31}, measure: households, at_least: "1101"}
            """,
            in_force="",
        )
    )
    days = {date(2007, 12, 31): "met", date(2008, 1, 1): "not_met", date(2008, 12, 31): "not_met"}
    for day, verdict in {**days, date(2009, 1, 1): "no_rule"}.items():
        assert verdicts(version, day) == {("size", 0): verdict}, day


@pytest.mark.parametrize(("households", "verdict"), [(999, "not_met"), (1000, "attention"), (1100, "met")])
def test_a_met_target_may_still_ask_for_attention(city: Place, households: int, verdict: str) -> None:
    CommunityFactory(code="370102001001", counted=households)
    version = a_plan(a_target("size", f"{FLOOR}\nattention_when: households < 1100"))
    assert verdicts(version) == {("size", 0): verdict}


def test_shares_without_a_ratio_are_only_reported(community: Place) -> None:
    version = a_plan(
        a_target("split", "split: {here: households, there: households}\nratio: null"),
    )
    run = actions.evaluate(version=version, as_of=DAY)
    (finding,) = Finding.objects.filter(run=run)
    assert (finding.verdict, finding.measured, finding.required) == ("reported", Decimal("0.5"), None)


def test_a_verdict_may_build_on_others_whatever_their_order_in_the_file(community: Place) -> None:
    version = a_plan(
        a_target("all", 'holds: verdict("large") == "met" and verdict("small") == "met"'),
        a_target("one", 'holds: verdict("large") == "met" or verdict("small") == "met"'),
        a_target("large", FLOOR),
        a_target("small", "measure: households\nat_most: 1099"),
    )
    found = {target: verdict for (target, _milestone), verdict in verdicts(version).items()}
    assert found == {"large": "met", "small": "not_met", "all": "not_met", "one": "met"}


def test_a_district_is_judged_by_the_verdicts_of_its_communities(community: Place) -> None:
    CommunityFactory(code="370102001002", counted=10)
    version = a_plan(
        a_target(
            "most", 'measure: share(verdict("size") == "met", over=community)\nat_least: "0.6"', subject="district"
        ),
        a_target("size", FLOOR),
    )
    run = actions.evaluate(version=version, as_of=DAY)
    finding = Finding.objects.get(run=run, rule__target__code="most")
    assert (finding.verdict, finding.measured) == ("not_met", Decimal("0.5"))
    assert finding.shortfall == Decimal("0.1")


def test_it_is_judged_by_the_day_and_not_by_when_it_was_asked(community: Place) -> None:
    version = a_plan(a_target("size", "measure: households\nat_least: least"))
    first = date(2006, 12, 31) + timedelta(days=1)
    assert verdicts(version, first) == {("size", 0): "met"}
