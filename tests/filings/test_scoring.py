"""What comes out of a sheet's answers: the field's cases, and the refusal of answers that cannot be."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from ruamel.yaml import YAML

from assessments.filings.answers import Answers, ItemAnswer, TargetAnswer
from assessments.filings.pack import SheetPack
from assessments.filings.scoring import AnswerError, SheetScore, State, score

from .conftest import CASES

SCORES = YAML(typ="safe").load(CASES / "scores.yaml")
USUAL = SCORES["usual"]
DAY = date(2008, 12, 31)


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def _known(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(value) for name, value in given.items() if value is not None}


def _target(given: dict[str, Any]) -> TargetAnswer:
    numbers = {name: _number(given.get(name)) for name in ("measured", "required")}
    return TargetAnswer(given["verdict"], missing=tuple(given.get("missing", ())), **numbers)


def answers(**case: Any) -> Answers:
    """Return the usual answers with what the case says over them."""
    said = {part: USUAL[part] | case.get(part, {}) for part in ("targets", "fields", "judged", "parts")}
    left_out: dict[str, str] = case.get("leave_out", {})
    names = {*said["fields"], *said["judged"], *said["parts"], *left_out}
    items = {
        name: ItemAnswer(
            fields=_known(said["fields"].get(name, {})),
            points=_number(said["judged"].get(name, {}).get("points")),
            reason=said["judged"].get(name, {}).get("reason", ""),
            parts=_known(said["parts"].get(name, {})),
            does_not_apply=left_out.get(name, ""),
        )
        for name in names
    }
    return Answers(DAY, {name: _target(given) for name, given in said["targets"].items()}, items)


def _by_name(found: SheetScore) -> dict[str, Any]:
    return {one.item.code: one for one in found.items}


@pytest.mark.parametrize("case", SCORES["cases"], ids=[case["case"] for case in SCORES["cases"]])
def test_a_case_of_the_field(case: dict[str, Any], pack: SheetPack) -> None:
    found = score(pack, answers(**case))
    items = _by_name(found)
    for name, points in case.get("points", {}).items():
        assert (items[name].state, items[name].points) == (State.SCORED, Decimal(points)), name
    for name, state in case.get("states", {}).items():
        assert items[name].state.value == state, name
    for name, missing in case.get("missing", {}).items():
        assert items[name].state is State.OPEN
        assert list(items[name].missing) == missing
    for name, words in case.get("says", {}).items():
        told = "；".join(items[name].steps)
        assert all(each in told for each in words), told
    for words in case.get("says_total", ()):
        assert words in "；".join(found.steps)
    for name in ("total", "composite", "bonus", "deduction", "lowest", "highest"):
        if name in case:
            assert getattr(found, name) == _number(case[name]), name
    if "grade" in case:
        assert (found.grade.code if found.grade else None) == case["grade"]


def test_every_step_of_every_item_is_told(pack: SheetPack) -> None:
    found = score(pack, answers())
    assert [item.item.code for item in found.items if not item.steps] == []
    assert found.steps == ("Composite: 20 ÷ 20 × 20 = 20",)


def test_a_veto_that_occurred_sets_the_grade_and_leaves_the_points(pack: SheetPack) -> None:
    from dataclasses import replace

    from assessments.filings.pack import VetoSpec
    from assessments.plans.pack import Label

    vetoed = replace(pack, vetoes=(VetoSpec("accident", Label("重大事故"), "某条例第九条", "not_qualified"),))
    given = answers()

    assert score(vetoed, given).grade.code == "excellent"
    found = score(vetoed, replace(given, vetoes=frozenset({"accident"})))
    assert found.grade.code == "not_qualified"
    assert found.vetoes == ("accident",)
    assert found.total == 20


def test_what_is_cut_off_is_not_rounded_up(pack: SheetPack) -> None:
    from dataclasses import replace

    case = {"targets": {"floor": {"verdict": "no_rule"}}, "fields": {"charter": {"adopted": False}}}
    assert score(replace(pack, rounding="down"), answers(**case)).total == Decimal("18.88")
    assert score(replace(pack, decimals=0), answers(**case)).total == 19


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"judged": {"service": {"points": "3.5", "reason": "好"}}}, "0 to 3"),
        ({"judged": {"service": {"points": "-1", "reason": "差"}}}, "0 to 3"),
        ({"parts": {"boards": {"board": "1", "online": "0"}}}, "0 to 0.5"),
        ({"parts": {"election": {"late": "-1", "incomplete": "0", "undivided": "0"}}}, "cannot have occurred"),
        ({"leave_out": {"service": "忙"}}, "cannot be left out"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_words(case: dict[str, Any], says: str, pack: SheetPack) -> None:
    with pytest.raises(AnswerError, match=says):
        score(pack, answers(**case))


def test_nothing_that_applies_gives_no_total(pack: SheetPack) -> None:
    from dataclasses import replace

    (section, *_others) = pack.sections
    derived = tuple(item for item in section.items if item.rule.kind == "derived")
    small = replace(pack, base="3", sections=(replace(section, full="3", items=derived),))
    targets = {"floor": {"verdict": "not_applicable"}, "by_households": {"verdict": "not_applicable"}}

    found = score(small, answers(targets=targets))

    assert (found.total, found.grade, found.lowest) == (None, None, None)
