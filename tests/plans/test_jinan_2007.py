"""The pack Jinan 2007: sound, complete in three kinds of rows, checked by name, in nobody's sentences."""

import re

import pytest
from ruamel.yaml import YAML

from assessments.plans import actions
from assessments.plans.pack import PackPlan
from communities.places.models import Place

from .conftest import CASES, PACKS

# Thresholds, coverages and splits of the document, as the requirements catalogue counts them.
# fmt: off
ROWS = [
    "B-2.1-b", "B-2.3-d", "B-2.5-d", "B-2.5-i", "B-3.1-b", "B-3.1-k", "B-3.1-l", "B-3.2-f",
    "B-3.3-a", "B-3.3-b", "B-3.3-c", "B-3.3-d", "B-3.3-e", "B-4.1-a", "B-4.1-c", "B-4.1-e",
    "B-4.1-l", "B-4.6-b", "B-5.1-a", "B-5.1-c", "B-5.1-d", "B-5.1-g", "B-5.1-k", "B-5.3-b",
    "B-5.4-f", "B-5.5-b", "B-5.5-f", "B-5.6-g", "B-5.8-c",
]
# fmt: on


@pytest.fixture
def pack(jinan: Place) -> PackPlan:
    """The pack, which must be sound."""
    checked = actions.check((PACKS / "jinan-2007.yaml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def test_every_threshold_coverage_and_split_is_a_target(pack: PackPlan) -> None:
    assert {row for target in pack.targets for row in target.catalogue} == set(ROWS)


def test_every_target_names_a_clause_of_the_document_and_has_two_labels(pack: PackPlan) -> None:
    anchors = {clause.anchor for clause in pack.clauses}
    for target in pack.targets:
        assert target.clause in anchors
        assert target.label.zh, target.code
        assert target.label.en, target.code
        assert len(target.label.zh) <= 18


def test_the_pack_says_who_wrote_and_checked_it_and_when_to_look_again(pack: PackPlan) -> None:
    assert pack.authored_by
    assert pack.checked_by
    assert pack.next_review is not None


def test_every_figure_of_the_document_names_its_clause(pack: PackPlan) -> None:
    for parameter in pack.parameters:
        assert all(value.clause for value in parameter.values) or parameter.code == "full_coverage"


def test_no_indicator_or_parameter_is_idle(pack: PackPlan) -> None:
    formulas = " ".join(str(target) for target in pack.targets)
    for one in [p.code for p in pack.parameters] + [i.code for i in pack.indicators]:
        assert re.search(rf"\b{one}\b", formulas), one


def test_a_rule_the_document_does_not_have_is_said_to_be_missing(pack: PackPlan) -> None:
    (clause,) = [clause for clause in pack.clauses if "B-3.1-o" in clause.catalogue]
    assert clause.gap is not None


def test_the_floor_binds_and_the_ratio_is_a_principle(pack: PackPlan) -> None:
    forces = {target.code: target.rules[0].force for target in pack.targets}
    assert forces["committee_floor"] == "binding"
    assert forces["committee_by_households"] == "in_principle"


def test_the_cases_of_refused_packs_are_written_for_the_field() -> None:
    cases = YAML(typ="safe").load(CASES / "refused.yaml")
    assert len({case["case"] for case in cases}) == len(cases)
