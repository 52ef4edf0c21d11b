"""The packs Hangzhou 2001 and 2017: sound, complete in the kinds of rows that are judged, in nobody's sentences."""

import re
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from assessments.plans import actions
from assessments.plans.models import Force, PlanVersion
from assessments.plans.pack import PackPlan
from communities.ground import clock
from communities.ground.models import Role
from communities.places.models import Place
from tests.factories.judged import an_account
from tests.factories.places import PlaceFactory

from .conftest import PACKS

# Thresholds, coverages, splits and statistics of the two documents, as the requirements catalogue counts them.
# fmt: off
ROWS = {
    "hangzhou-2001": [
        "A-4-c", "A-4-d", "A-6-a", "A-7-h", "A-7-i", "A-10-d", "A-12-a", "A-12-b", "A-12-e", "A-13-e",
        "A-16-b", "A-16-c", "A-16-d", "A-18-c", "A-18-d", "A-18-e", "A-19-e", "A-20-c", "A-21-a", "A-26-c",
        "A-26-d", "A-26-e", "A-26-f", "A-27-b", "A-28-a", "A-31-d", "A-31-e", "A-32-h",
    ],
    "hangzhou-2017": [
        "C-0-f", "C-2-a", "C-2-e", "C-2-f", "C-3.1.1-e", "C-3.1.2-b", "C-3.2.2-h", "C-3.3.1-c", "C-3.3.2-d",
        "C-3.3.3-a", "C-4.3-a", "C-4.3-b",
    ],
}
# fmt: on
ALL_ROWS = {"hangzhou-2001": 165, "hangzhou-2017": 95}
NOT_BINDING = {
    "A-4-c": "basically",
    "A-4-d": "basically",
    "A-7-i": "basically",
    "A-10-d": "encouraged",
    "A-12-b": "step_by_step",
    "A-12-e": "basically",
    "A-16-d": "basically",
    "A-18-c": "basically",
    "A-18-d": "basically",
    "A-18-e": "basically",
    "A-19-e": "basically",
    "A-21-a": "basically",
    "A-27-b": "descriptive",
    "C-0-f": "descriptive",
    "C-2-e": "basically",
    "C-2-f": "descriptive",
    "C-3.2.2-h": "encouraged",
    "C-3.3.1-c": "descriptive",
    "C-3.3.2-d": "step_by_step",
    "C-3.3.3-a": "step_by_step",
}


@pytest.fixture
def hangzhou(db: None) -> Place:
    """The city both plans belong to."""
    return PlaceFactory(code="330100000000", name="杭州市")


@pytest.fixture(params=sorted(ROWS))
def pack(request: pytest.FixtureRequest, hangzhou: Place) -> PackPlan:
    """One of the packs, which must be sound."""
    checked = actions.check((PACKS / f"{request.param}.yaml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    assert checked.pack.code == request.param
    return checked.pack


def test_every_threshold_coverage_split_and_statistic_is_a_target(pack: PackPlan) -> None:
    assert {row for target in pack.targets for row in target.catalogue} == set(ROWS[pack.code])


def test_every_other_row_stands_once_with_the_clause_that_asks_for_it(pack: PackPlan) -> None:
    told = [row for clause in pack.clauses for row in clause.catalogue]
    assert len(told) == len(set(told)) == ALL_ROWS[pack.code] - len(ROWS[pack.code])
    assert not set(told) & set(ROWS[pack.code])


def test_every_target_names_a_clause_of_the_document_and_has_two_short_labels(pack: PackPlan) -> None:
    anchors = {clause.anchor for clause in pack.clauses}
    for target in pack.targets:
        assert target.clause in anchors
        assert target.label.en, target.code
        assert 0 < len(target.label.zh) <= 18, target.code


def test_what_the_wording_does_not_bind_to_is_never_a_failure(pack: PackPlan) -> None:
    for target in pack.targets:
        (row,) = target.catalogue
        assert target.rules[0].force == NOT_BINDING.get(row, "binding"), target.code


def test_a_number_without_a_bound_is_only_reported(pack: PackPlan) -> None:
    unbounded = [t for t in pack.targets if t.rules[0].measure and not t.rules[0].bounds]
    assert unbounded
    assert all(Force(target.rules[0].force).missed == "reported" for target in unbounded)


def test_every_figure_of_the_document_names_its_clause(pack: PackPlan) -> None:
    for parameter in pack.parameters:
        assert all(value.clause for value in parameter.values) or parameter.code == "full_coverage"


def test_no_indicator_or_parameter_is_idle(pack: PackPlan) -> None:
    formulas = " ".join(str(target) for target in pack.targets)
    for one in [p.code for p in pack.parameters] + [i.code for i in pack.indicators]:
        assert re.search(rf"\b{one}\b", formulas), one


def test_the_first_phase_is_due_by_2002_and_what_has_no_day_by_the_end_of_the_plan(hangzhou: Place) -> None:
    pack = actions.check((PACKS / "hangzhou-2001.yaml").read_text(encoding="utf-8")).pack
    assert pack is not None
    due = {t.code: t.rules[0].milestones[0].due for t in pack.targets if t.rules[0].milestones}
    first_phase = {code for code, day in due.items() if day == date(2002, 12, 31)}
    assert first_phase == {"committees_reformed", "homes_in_communities"}
    assert {day for code, day in due.items() if code not in first_phase} == {date(2005, 12, 31), None}


def load(code: str) -> PlanVersion:
    return actions.load(actions.check((PACKS / f"{code}.yaml").read_text(encoding="utf-8")))[0]


def test_the_draft_asks_for_comments_until_its_last_day_inclusive(hangzhou: Place) -> None:
    draft = load("hangzhou-2017")
    assert draft.status == "draft"
    days = [date(2017, 11, day) for day in (15, 16, 22, 23)]
    assert [draft.consultation_on(day) for day in days] == ["not_begun", "open", "open", "closed"]


def test_a_plan_that_was_adopted_without_asking_has_no_consultation(hangzhou: Place) -> None:
    assert load("hangzhou-2001").consultation_on(date(2001, 1, 22)) is None


@pytest.mark.parametrize(("day", "state"), [(date(2017, 11, 22), "open"), (date(2017, 11, 23), "closed")])
def test_the_page_of_a_draft_says_whether_comments_are_still_taken(
    day: date, state: str, hangzhou: Place, client: Client
) -> None:
    draft = load("hangzhou-2017")
    client.force_login(an_account("officer", Role.OFFICER, "3301"))
    with clock.frozen(day):
        page = client.get(reverse("plan", args=["hangzhou-2017"]))
    assert page.context["consultation"] == draft.consultation_on(day) == state
    assert "2017-11-16 – 2017-11-22" in page.content.decode()
    assert "征求意见稿，不具约束力" in page.content.decode()


def test_what_commands_say_of_a_draft_says_that_it_does_not_bind(hangzhou: Place) -> None:
    load("hangzhou-2017")
    said = StringIO()
    call_command("evaluate", plan="hangzhou-2017", as_of="2017-12-31", stdout=said)
    call_command("explain", plan="hangzhou-2017", target="models_by_2020", subject="330100000000", stdout=said)
    assert said.getvalue().count("征求意见稿，不具约束力") == 2
