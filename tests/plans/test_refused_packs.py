"""A pack with anything wrong in it is refused: what, why, on which line, and nothing is written."""

from typing import Any

import pytest
from django.utils import translation
from ruamel.yaml import YAML

from assessments.plans import actions
from assessments.plans.models import Plan, PlanVersion
from communities.places.models import Place

from .conftest import CASES

REFUSED = YAML(typ="safe").load(CASES / "refused.yaml")


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def test_the_pack_the_cases_start_from_is_sound(checked: actions.Checked) -> None:
    assert [str(problem) for problem in checked.problems] == []
    assert checked.is_sound


@pytest.mark.parametrize("case", REFUSED, ids=[case["case"] for case in REFUSED])
def test_one_thing_wrong_is_one_clear_error(case: dict[str, Any], jinan: Place, sound: str) -> None:
    assert case["replace"] in sound, "the case does not fit sound.yaml"
    text = sound.replace(case["replace"], case["by"], 1)

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


def test_the_line_is_that_of_the_part(jinan: Place, sound: str) -> None:
    text = sound.replace("unit: m2", "unit: m2").replace("at_least: minimum_members", "at_least: minimum_membrs")

    (problem,) = actions.check(text).problems

    assert "minimum_membrs" in text.splitlines()[problem.line - 1]
    assert "minimum_members" in str(problem)


@pytest.mark.parametrize(
    ("written", "code"),
    [(r"\0", "U+0000"), (r"\uD800", "U+D800"), (r"\e", "U+001B"), (r"\x7F", "U+007F"), (r"\N", "U+0085")],
)
@pytest.mark.parametrize("part", ["a text", "a key"])
def test_what_cannot_be_printed_is_refused_on_its_line(
    jinan: Place, sound: str, written: str, code: str, part: str
) -> None:
    lines = sound.splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("- {anchor"))
    lines[at] = lines[at].replace("text:", f'"te{written}xt":') if part == "a key" else _with(lines[at], written)

    checked = actions.check("\n".join(lines) + "\n")

    assert checked.pack is None
    (problem,) = [one for one in checked.problems if code in str(one)]
    assert problem.line == at + 1
    assert all("\0" not in str(one) for one in checked.problems)
    assert "".join(map(str, checked.problems)).encode("utf-8")
    if part == "a text":
        assert len(checked.problems) == 1


def _with(line: str, written: str) -> str:
    return line.replace("zh: ", f'en: "Hou{written}se", zh: ', 1)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("    unit: households/person", "    unit: [1]"),
        ("  - {anchor: 一, text: {zh: 成员人数}}", "  - {anchor: 一}"),
        ("    label: {zh:", "    lable: {zh:"),
    ],
)
def test_what_is_wrong_is_said_without_the_checkers_own_english(jinan: Place, sound: str, change: str, by: str) -> None:
    assert change in sound
    said = " ".join(map(str, actions.check(sound.replace(change, by, 1)).problems))
    assert said
    for english in ("is not valid", "is not of type", "given schemas", "Every parameters", "Every targets"):
        assert english not in said


def test_a_pack_that_is_a_list_is_told_what_a_pack_is(jinan: Place) -> None:
    (problem,) = actions.check("- a\n").problems
    assert "One plan as data" in str(problem)
    with translation.override("zh-hans"):
        (problem,) = actions.check("- a\n").problems
        assert "is not" not in str(problem)


def test_everything_wrong_is_said_at_once(jinan: Place, sound: str) -> None:
    text = (
        sound.replace("measure: trainings", "measure: trainigs")
        .replace("unit: households/person", "unit: househlds/person")
        .replace("    clause: 二\n    subject: city", "    subject: city")
    )

    found = {problem.path for problem in actions.check(text).problems}

    assert found == {"targets.trained.measure", "parameters.households_per_member.unit", "targets.rooms"}


def test_a_formula_of_ten_megabytes_is_one_short_error(jinan: Place, sound: str) -> None:
    text = sound.replace("measure: trainings", "measure: " + "1+" * 5_000_000 + "1")

    (problem,) = actions.check(text).problems

    assert "10" in str(problem)
    assert len(str(problem)) < 300


def test_a_formula_longer_than_anybody_can_read_is_one_short_error(jinan: Place, sound: str) -> None:
    text = sound.replace("measure: trainings", "measure: " + "1+" * 2000 + "1")

    problems = actions.check(text).problems

    assert [problem.path for problem in problems] == ["targets.trained.measure"]
    assert len(str(problems[0])) < 300


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("plan: [", "not readable"),
        ("just a sentence", "a mapping"),
        ("- a\n- list\n", "a mapping"),
        ("plan:\n\tcode: x\n", "not readable"),
        ("plan: {code: a}\n---\nplan: {code: b}\n", "several documents"),
        ("a: " + "[" * 400 + "]" * 400, "nested"),
        ("plan: \x00\n", "not readable"),
        ("? [a, b]\n: c\n", "plain word"),
    ],
)
def test_what_is_no_pack_at_all_is_said_so(db: None, text: str, says: str) -> None:
    problems = actions.check(text).problems

    assert any(says in str(problem) for problem in problems), [str(p) for p in problems]


def test_a_refused_pack_writes_nothing(jinan: Place, sound: str) -> None:
    checked = actions.check(sound.replace("measure: trainings", "measure: trainigs"))

    with pytest.raises(actions.PackError, match="trainigs"):
        actions.load(checked)

    assert not Plan.objects.exists()
    assert not PlanVersion.objects.exists()
