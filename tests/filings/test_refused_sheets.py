"""A sheet with anything wrong in it is refused: what, why, on which line, and nothing is written."""

from typing import Any

import pytest
from django.utils import translation
from ruamel.yaml import YAML

from assessments.filings import actions
from assessments.filings.models import Sheet
from assessments.plans.actions import PackError
from assessments.plans.models import PlanVersion

from .conftest import CASES, SOUND

REFUSED = YAML(typ="safe").load(CASES / "refused.yaml")


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def test_the_sheet_the_cases_start_from_is_sound(checked: actions.Checked) -> None:
    assert [str(problem) for problem in checked.problems] == []
    assert checked.is_sound
    assert checked.warnings == []


@pytest.mark.parametrize("case", REFUSED, ids=[case["case"] for case in REFUSED])
def test_one_thing_wrong_is_one_clear_error(case: dict[str, Any], plan: PlanVersion) -> None:
    assert case["replace"] in SOUND, "the case does not fit sound.yaml"
    text = SOUND.replace(case["replace"], case["by"], 1)

    checked = actions.check(text, "changed.yaml")

    assert checked.pack is None
    (problem,) = [p for p in checked.problems if p.path == case["at"] and case["says"][0] in str(p)]
    for words in case["says"]:
        assert words in str(problem)
    if "nearest" in case:
        assert problem.nearest == case["nearest"]
    if "line_of" in case:
        assert problem.line == text.count("\n", 0, text.index(case["line_of"])) + 1
    assert 1 <= problem.line <= text.count("\n")


def test_a_target_that_is_only_reported_is_scored_by_its_number_alone(plan: PlanVersion) -> None:
    from assessments.plans import actions as plans
    from tests.factories.judged import PACK

    told = PACK.read_text(encoding="utf-8").replace(
        "    measure: trainings\n    at_least: 1\n", "    measure: trainings\n    force: encouraged\n"
    )
    told = told.replace(' and verdict("trained") == "met"', "")
    plans.load(plans.check(told, PACK.name))

    assert actions.check(SOUND).is_sound
    derived = SOUND.replace("target: floor, not_met: proportional", "target: trained")
    (problem,) = actions.check(derived).problems
    assert "is only reported" in problem.what
    assert "ratio_band" in problem.why


def test_nothing_is_loaded_of_a_broken_sheet(plan: PlanVersion) -> None:
    broken = actions.check(SOUND.replace('base: "20"', 'base: "21"'))

    with pytest.raises(PackError, match="21"):
        actions.load(broken)
    assert not Sheet.objects.exists()


def test_a_veto_with_its_basis_passes_but_always_warns(plan: PlanVersion) -> None:
    veto = (
        "vetoes: [{code: accident, label: {zh: 重大事故}, basis: 某条例第九条, grade: not_qualified}]\n  ties: {order"
    )

    checked = actions.check(SOUND.replace("ties: {order", veto))

    assert checked.is_sound
    (warning,) = checked.warnings
    assert "重大事故" in warning
    assert "某条例第九条" in warning
    assert "136号" in warning


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "sheet: {}\nsections: {}"])
def test_what_is_no_sheet_is_told(text: str, plan: PlanVersion) -> None:
    checked = actions.check(text)
    assert checked.pack is None
    assert checked.problems
