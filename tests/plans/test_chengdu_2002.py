"""The pack Chengdu 2002: sound, complete in four kinds of rows, one step a year in two zones, in nobody's sentences."""

import re
from datetime import date

import pytest

from assessments.plans import actions
from assessments.plans.models import Force
from assessments.plans.pack import MilestoneSpec, PackPlan
from communities.places.models import Place
from tests.factories.places import PlaceFactory

from .conftest import PACKS

# Thresholds, coverages and statistics of the document, as the requirements catalogue counts them, and the four bodies
# of a community, which registers hold.
# fmt: off
ROWS = [
    "D-2.1-a", "D-2.1-b", "D-2.2-b", "D-2.2-c", "D-2.2-g", "D-2.4-e", "D-2.4-f", "D-2.6-a",
    "D-3.2001-c", "D-3.2001-d", "D-3.2002-d", "D-3.2002-e", "D-3.2002-f", "D-3.2002-g", "D-3.2002-i", "D-3.2002-k",
    "D-3.2002-l", "D-3.2003-a", "D-3.2003-b", "D-3.2003-c", "D-3.2003-f", "D-3.2004-a", "D-3.2004-f",
    "D-3.2005-b", "D-3.2005-c", "D-3.2005-d", "D-3.2005-e", "D-3.2005-f", "D-3.2005-g", "D-3.2005-h",
    "D-4.4-b", "D-4.4-c", "D-4.4-e",
]
# The rows of each part: how many, the first being "a".
PARTS = {
    "D-0": 2, "D-1": 5, "D-2.1": 10, "D-2.2": 7, "D-2.3": 5, "D-2.4": 8, "D-2.5": 5, "D-2.6": 7, "D-2.7": 1, "D-3": 1,
    "D-3.2001": 5, "D-3.2002": 12, "D-3.2003": 8, "D-3.2004": 6, "D-3.2005": 10,
    "D-4.1": 2, "D-4.2": 1, "D-4.3": 2, "D-4.4": 7, "D-4.5": 5, "D-4.6": 2, "D-4.7": 1, "D-4.8": 2,
}
# fmt: on
IN_PRINCIPLE = {"size_of_communities"}
STRIVE = {"county_rooms_in_all", "seat_town_centres_in_all"}


@pytest.fixture
def chengdu(db: None) -> Place:
    """The city the plan belongs to."""
    return PlaceFactory(code="510100000000", name="成都市")


@pytest.fixture
def pack(chengdu: Place) -> PackPlan:
    """The pack, which must be sound."""
    checked = actions.check((PACKS / "chengdu-2002.yaml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def milestones(pack: PackPlan) -> dict[str, tuple[MilestoneSpec, ...]]:
    """The milestones of each target."""
    return {target.code: target.rules[0].milestones for target in pack.targets}


def test_every_threshold_coverage_and_statistic_is_a_target(pack: PackPlan) -> None:
    assert {row for target in pack.targets for row in target.catalogue} == set(ROWS)


def test_every_other_row_stands_once_with_the_clause_that_asks_for_it(pack: PackPlan) -> None:
    every = {f"{part}-{chr(ord('a') + n)}" for part, rows in PARTS.items() for n in range(rows)}
    told = [row for clause in pack.clauses for row in clause.catalogue]
    assert len(told) == len(set(told))
    assert set(told) == every - set(ROWS)


def test_every_target_names_a_clause_of_the_document_and_has_two_short_labels(pack: PackPlan) -> None:
    anchors = {clause.anchor for clause in pack.clauses}
    for target in pack.targets:
        assert target.clause in anchors
        assert {milestone.clause for milestone in target.rules[0].milestones} <= anchors | {""}
        assert target.label.en, target.code
        assert 0 < len(target.label.zh) <= 18, target.code


def test_every_figure_of_the_document_names_its_clause(pack: PackPlan) -> None:
    for parameter in pack.parameters:
        assert all(value.clause for value in parameter.values) or parameter.code == "full_coverage"


def test_no_indicator_or_parameter_is_idle(pack: PackPlan) -> None:
    formulas = " ".join(str(target) for target in pack.targets)
    for one in [p.code for p in pack.parameters] + [i.code for i in pack.indicators]:
        assert re.search(rf"\b{one}\b", formulas), one


def test_what_is_reported_says_who_reports_it_and_in_two_languages(pack: PackPlan) -> None:
    for indicator in pack.indicators:
        assert indicator.label.zh, indicator.code
        assert indicator.label.en, indicator.code
        assert indicator.reported_by in ("city", "district", "street")


def test_the_plan_counts_from_2001_though_it_was_issued_in_2002(pack: PackPlan) -> None:
    assert pack.issued_on == date(2002, 4, 23)
    assert pack.period.first == date(2001, 1, 1)
    due = {milestone.due for own in milestones(pack).values() for milestone in own} - {None}
    assert due == {date(year, 12, 31) for year in range(2001, 2006)}


def test_the_rooms_of_the_city_are_sixty_percent_in_2002_and_all_in_2003(pack: PackPlan) -> None:
    for code in ("urban_centres", "urban_offices", "urban_stations"):
        steps = [(step.due, step.at_least) for step in milestones(pack)[code]]
        assert steps == [(date(2002, 12, 31), "first_share_of_rooms"), (date(2003, 12, 31), "full_coverage")]


def test_the_pattern_is_asked_of_the_whole_city_and_of_most_of_the_counties(pack: PackPlan) -> None:
    steps = {step.applies_when: step.at_least for step in milestones(pack)["five_part_pattern"]}
    assert steps == {'zone == "urban"': "full_coverage", 'zone == "county"': "county_pattern_share"}


def test_only_what_the_wording_softens_is_not_binding(pack: PackPlan) -> None:
    forces = {target.code: target.rules[0].force for target in pack.targets}
    assert {code for code, force in forces.items() if force == "in_principle"} == IN_PRINCIPLE
    assert {code for code, force in forces.items() if force == "strive"} == STRIVE
    unbounded = {
        target.code
        for target in pack.targets
        if target.rules[0].measure
        and not target.rules[0].bounds
        and not any(m.bounds for m in milestones(pack)[target.code])
    }
    assert {code for code, force in forces.items() if Force(force).missed == "reported"} == unbounded


def test_what_the_document_leaves_open_is_said(pack: PackPlan) -> None:
    open_ones = {clause.anchor for clause in pack.clauses if clause.gap is not None}
    assert open_ones >= {"二(一)", "二(二)", "三(2002年)", "三(2003年)", "三(2005年)", "四(四)"}
