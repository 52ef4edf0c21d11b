"""
What a run must get right where places change, stand under several offices, or are looked at from the side.

Each test loads a small plan of one question about a made-up city and reads the findings of the run.
"""

from datetime import date
from textwrap import dedent, indent
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from assessments.compliance import actions, recorded, running
from assessments.compliance.models import Finding, Run
from assessments.compliance.rulebook import rulebook
from assessments.formulas import Subject
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.places.models import Census, Place, PlaceCode
from tests.factories.places import CommunityFactory, PlaceFactory

pytestmark = pytest.mark.django_db
DAY = date(2008, 12, 31)

PACK = """\
plan:
  code: review
  title: {{zh: 方案}}
  status: in_force
  owner: "{owner}"
  period: {{from: 2001-01-01}}
clauses:
  - {{anchor: 一, text: {{zh: 条款}}}}
parameters:
  least:
    label: {{zh: 最低}}
    unit: households
    values:
      - {{until: 2007-12-31, value: "100"}}
      - {{from: 2008-01-01, value: "400"}}
      - {{from: 2008-01-01, until: 2008-12-31, value: "600", for: "{district}"}}
indicators:
  signs:
    label: {{zh: 标牌}}
    type: set
    choices: [party, committee]
    subject: community
    reported_by: street
    over_time: latest
    over_places: none
targets:
{targets}
"""


def a_plan(targets: str, owner: str = "3701") -> PlanVersion:
    """Load a plan of `targets`, each with a label, a clause and in force always."""
    checked = plans.check(
        PACK.format(
            owner=owner, district="370103" if owner == "3701" else owner, targets=indent(dedent(targets), "  ")
        ),
        "review.yaml",
    )
    assert [str(problem) for problem in checked.problems] == []
    return plans.load(checked)[0]


def a_target(name: str, subject: str, *lines: str) -> str:
    head = [
        f"{name}:",
        f"  subject: {subject}",
        "  label: {zh: 目标}",
        "  clause: 一",
        "  in_force: {from: 2001-01-01}",
    ]
    return "\n".join([*head, *(f"  {line}" for line in lines), ""])


@pytest.fixture
def city(db: None) -> dict[str, Place]:
    """One city, two districts, a street and a community in each; the first counted 300 households, the second 500."""
    places: dict[str, Place] = {
        code: PlaceFactory(code=code.ljust(12, "0"), name=code)
        for code in ("3701", "370102", "370103", "370102001", "370103001")
    }
    places["one"] = CommunityFactory(code="370102001001", counted=300)
    places["two"] = CommunityFactory(code="370103001001", counted=500)
    return places


def finding(run: Run, place: Place, target: str = "asked") -> Finding:
    return Finding.objects.get(run=run, place=place, rule__target__code=target)


def told_now(version: PlanVersion, place: Place, within: str, target: str = "asked") -> Any:
    """Return what the reading in Python answers from what is recorded now."""
    book = rulebook(version)
    judging = running.Judging(book, DAY, within, tuple(book.questions(DAY)))
    question = next(one for one in judging.asked if one.target.code == target)
    subject = Subject(question.target.subject, place.pk, place.code_on(DAY))
    return recorded.answer(question, subject, recorded.of_today(judging))


def told_by(run: Run, place: Place, target: str = "asked") -> Any:
    """Return what the reading in Python answers from what the run kept."""
    book = rulebook(run.version)
    question = next(one for one in book.questions(DAY) if one.target.code == target)
    code = place.code_on(DAY)
    subject = Subject(question.target.subject, place.pk, code)
    return recorded.answer(question, subject, recorded.of_run(book, run, question, code))


def test_what_lies_beside_a_district_counts_in_the_number_of_the_city_above(city: dict[str, Place]) -> None:
    formula = 'above(total(households, over=community), "city")'
    version = a_plan(a_target("asked", "community", f"measure: {formula}", "at_least: 800"), owner="370102")
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, city["one"]).measured == 800
    assert finding(run, city["one"]).verdict == "met"
    assert Finding.objects.filter(run=run).count() == 1


def test_a_community_that_changed_its_street_has_a_year_before_whoever_judges_it(city: dict[str, Place]) -> None:
    place = city["two"]
    PlaceCode.objects.filter(place=place).update(during=periods.of(None, date(2008, 6, 30)))
    PlaceCode.objects.create(place=place, code="370102001002", during=periods.of(date(2008, 7, 1)))
    version = a_plan(a_target("asked", "community", "measure: previous(households)", "at_least: 500"))
    whole = actions.evaluate(version=version, as_of=DAY)
    part = actions.evaluate(version=version, as_of=DAY, within="370102")
    assert finding(whole, place).measured == 500
    assert finding(part, place).measured == 500
    assert told_now(version, place, "370102001002").measured.value == 500
    assert told_by(whole, place).measured.value == 500


def test_names_lacking_in_members_are_counted_without_being_singled_out(city: dict[str, Place]) -> None:
    formula = 'share(size(signs) >= 1 and lacking(signs, ["party"]) == 0, over=community)'
    version = a_plan(a_target("asked", "city", f"measure: {formula}", "at_least: 1"))
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, city["3701"]).verdict == "undetermined"


def test_the_members_told_beside_a_number_are_those_it_was_made_of(city: dict[str, Place]) -> None:
    Census.objects.create(place=city["two"], counted_on=date(2008, 1, 1))
    formula = 'above(total(households, over=community), "city")'
    version = a_plan(a_target("asked", "community", f"measure: {formula}", "at_least: 800"))
    run = actions.evaluate(version=version, as_of=DAY)
    found = finding(run, city["one"])
    assert found.verdict == "undetermined"
    assert found.detail is None or found.detail.get("of") != 0


@pytest.mark.parametrize("swapped", [False, True])
def test_a_verdict_built_on_another_uses_the_milestone_that_applies(city: dict[str, Place], swapped: bool) -> None:
    mine = '- {due: 2002-12-31, at_least: "200", applies_when: households < 400}'
    other = '- {due: 2002-12-31, at_least: "200", applies_when: households > 400}'
    first, second = (other, mine) if swapped else (mine, other)
    version = a_plan(
        a_target("basis", "community", "measure: households", "milestones:", f"  {first}", f"  {second}")
        + a_target("asked", "community", "holds: verdict(basis) == 'met'")
    )
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, city["one"]).verdict == "met"
    assert told_now(version, city["one"], "370102001001").verdict == "met"
    assert told_by(run, city["one"]).verdict == "met"


def test_a_run_whose_facts_of_another_day_are_examples_says_so(city: dict[str, Place]) -> None:
    Census.objects.update(counted_on=DAY)
    for place in (city["one"], city["two"]):
        Census.objects.create(place=place, counted_on=date(2006, 12, 31), households=100, is_example=True)
    version = a_plan(a_target("asked", "community", "measure: households - previous(households)", "at_least: 0"))
    assert actions.evaluate(version=version, as_of=DAY).has_example_data


@pytest.mark.parametrize("code", ["3701021", "3701029", "370102' OR '1'='1", "", "37"])
def test_a_code_that_is_no_place_is_refused_and_nothing_is_judged(city: dict[str, Place], code: str) -> None:
    PlaceFactory(code="370102100000", name="镇")
    version = a_plan(a_target("asked", "community", "measure: households", "at_least: 100"))
    with pytest.raises(ValidationError):
        actions.evaluate(version=version, as_of=DAY, within=code)
    assert not Run.objects.exists()


def test_texts_of_a_pack_with_quotes_and_percent_signs_reach_the_findings_unchanged(city: dict[str, Place]) -> None:
    Census.objects.all().delete()
    formula = "if_(kind == 'urban', households, households * 2)  +  0"
    version = a_plan(a_target("asked", "community", f"measure: {formula}", "at_least: 100"))
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, city["one"]).missing == ["kind", "households"]


@pytest.mark.parametrize(("owner", "judged"), [("370102001", 1), ("370102001001", 1), ("370103", 1), ("3701", 2)])
def test_whoever_owns_a_plan_its_places_are_judged_and_added_up(
    city: dict[str, Place], owner: str, judged: int
) -> None:
    version = a_plan(a_target("asked", "community", "measure: households", "at_least: 100"), owner=owner)
    run = actions.evaluate(version=version, as_of=DAY)
    assert run.counts == {"met": judged}
    assert {up.met for up in run.roll_ups.filter(place=city.get(owner))} <= {judged}


def test_two_runs_in_one_transaction_say_the_same(city: dict[str, Place]) -> None:
    version = a_plan(a_target("asked", "community", "measure: households", "at_least: 400"))
    first, second = (actions.evaluate(version=version, as_of=DAY) for _n in range(2))
    assert first.counts == second.counts == {"met": 1, "not_met": 1}


def test_the_day_before_29_february_of_a_leap_year_is_the_28th(city: dict[str, Place]) -> None:
    Census.objects.create(place=city["one"], counted_on=date(2007, 3, 1), households=310)
    version = a_plan(a_target("asked", "community", "measure: previous(households)", "equals: 300"))
    run = actions.evaluate(version=version, as_of=date(2008, 2, 29))
    assert finding(run, city["one"]).verdict == "met"


def test_a_street_missing_between_district_and_community_costs_only_its_own_line(db: None) -> None:
    city = PlaceFactory(code="441900000000", name="东莞市")
    place = CommunityFactory(code="441900003001", counted=300)
    formula = 'above(total(households, over=community), "city")'
    version = a_plan(a_target("asked", "community", f"measure: {formula}", "at_least: 300"), owner="4419")
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, place).verdict == "met"
    assert [(up.place_id, up.met) for up in run.roll_ups.all()] == [(city.pk, 1)]


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [
        (date(2007, 12, 31), "met", "met"),
        (date(2008, 1, 1), "not_met", "not_met"),
        (date(2008, 12, 31), "not_met", "not_met"),
        (date(2009, 1, 1), "not_met", "met"),
    ],
)
def test_a_figure_of_one_district_holds_there_and_only_in_its_days(
    city: dict[str, Place], day: date, first: str, second: str
) -> None:
    version = a_plan(a_target("asked", "community", "measure: households", "at_least: least"))
    run = actions.evaluate(version=version, as_of=day)
    assert [finding(run, city[name]).verdict for name in ("one", "two")] == [first, second]
    required = {"one": 100 if day.year == 2007 else 400, "two": {2007: 100, 2008: 600, 2009: 400}[day.year]}
    assert {name: finding(run, city[name]).required for name in required} == required


@pytest.mark.parametrize(("ended", "places"), [(date(2008, 12, 30), 1), (date(2008, 12, 31), 2), (None, 2)])
def test_a_community_counts_to_its_last_day(city: dict[str, Place], ended: date | None, places: int) -> None:
    Place.objects.filter(pk=city["two"].pk).update(exists=periods.of(None, ended))
    version = a_plan(a_target("asked", "city", "measure: count(true, over=community)", "at_least: 2"))
    run = actions.evaluate(version=version, as_of=DAY)
    assert finding(run, city["3701"]).measured == places


def test_a_community_that_did_not_stand_a_year_ago_has_no_number_of_that_day(city: dict[str, Place]) -> None:
    Place.objects.filter(pk=city["two"].pk).update(exists=periods.of(date(2008, 1, 1)))
    version = a_plan(a_target("asked", "community", "measure: previous(households)", "at_least: 100"))
    run = actions.evaluate(version=version, as_of=DAY)
    assert [finding(run, city[name]).verdict for name in ("one", "two")] == ["met", "undetermined"]


def test_a_share_is_of_those_known_only_when_all_are(city: dict[str, Place]) -> None:
    Census.objects.filter(place=city["two"]).delete()
    version = a_plan(a_target("asked", "city", "measure: share(households >= 300, over=community)", 'at_least: "0.5"'))
    found = finding(actions.evaluate(version=version, as_of=DAY), city["3701"])
    assert (found.verdict, found.measured) == ("undetermined", None)
    assert found.detail == {"known": 1, "of": 2, "provisional": "1.00000000000000000000"}


def test_a_baseline_ahead_of_the_day_judged_is_not_known_yet(city: dict[str, Place]) -> None:
    Census.objects.create(place=city["one"], counted_on=date(2010, 6, 1), households=900)
    version = a_plan(a_target("asked", "community", "measure: baseline(households, 2010)", "at_least: 1"))
    run = actions.evaluate(version=version, as_of=DAY)
    assert run.counts == {"undetermined": 2}
    assert told_by(run, city["one"]).verdict == "undetermined"
    later = actions.evaluate(version=version, as_of=date(2010, 12, 31))
    assert finding(later, city["one"]).measured == 900
