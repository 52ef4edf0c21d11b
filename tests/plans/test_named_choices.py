"""Choices of a plan have names: people read and type words, formulas and findings go by codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from assessments.compliance.rulebook import rulebook
from assessments.compliance.words import Writer
from assessments.formulas.tree import ParameterOf
from assessments.plans import actions, imports
from assessments.plans.comparing import differences
from assessments.plans.models import Indicator, Plan, ReportedValue
from assessments.plans.models.reported import typed
from assessments.plans.pack import PackPlan
from assessments.plans.reported_form import ReportedValueForm
from assessments.plans.restoring import restore
from communities.places.models import Place
from tests.factories.places import CommunityFactory
from tests.ledgers.conftest import imported

LISTED = "choices: [ceil, floor]"
NAMED = "choices: {ceil: {zh: 进一取整, en: rounded up}, floor: {zh: 舍尾取整}}"
AUDIENCES = {"youth": {"zh": "青少年", "en": "young people"}, "women": {"zh": "妇女"}}


def pack_of(text: str) -> PackPlan:
    checked = actions.check(text)
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def test_a_list_of_codes_keeps_the_hash_it_had(jinan: Place, sound: str) -> None:
    assert "choice_labels" not in json.dumps(pack_of(sound).canonical())


def test_names_are_part_of_the_pack_and_come_back_from_its_canonical_form(jinan: Place, sound: str) -> None:
    named = pack_of(sound.replace(LISTED, NAMED))
    (parameter,) = [one for one in named.parameters if one.choices]
    assert parameter.choices == ("ceil", "floor")
    assert [label.zh for label in parameter.choice_labels] == ["进一取整", "舍尾取整"]
    assert named.sha256() != pack_of(sound).sha256()
    assert restore(json.loads(json.dumps(named.canonical()))) == named


@pytest.mark.parametrize(
    "wrong", ["choices: {}", "choices: {ceil: {en: up}}", "choices: {Up: {zh: 上}}", "choices: ceil", "choices: [Up]"]
)
def test_choices_of_another_form_are_refused(jinan: Place, sound: str, wrong: str) -> None:
    checked = actions.check(sound.replace(LISTED, wrong))
    assert checked.pack is None
    assert any(problem.path.startswith("parameters.rounding") for problem in checked.problems)


def test_formulas_are_written_with_the_names(jinan: Place, sound: str) -> None:
    version, _done = actions.load(actions.check(sound.replace(LISTED, NAMED)))
    asked = rulebook(version).questions(version.period.lower)
    parameters = [node for question in asked for node in _nodes(question) if isinstance(node, ParameterOf)]
    (rounding, *_more) = [node for node in parameters if node.name == "rounding"]
    assert Writer(rulebook(version)).labels(rounding)["ceil"] == "进一取整"
    with translation.override("en"):
        assert Writer(rulebook(version)).labels(rounding)["ceil"] == "rounded up"


def _nodes(question: Any) -> list[Any]:
    found, waiting = [], [question.measured, *question.bounds]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += [value for value in vars(node).values() if hasattr(value, "__dataclass_fields__")]
        waiting += [each for value in vars(node).values() if isinstance(value, tuple) for each in value]
        waiting = [each for each in waiting if hasattr(each, "__dict__")]
    return found


def test_naming_the_choices_is_told_as_a_change_in_words(jinan: Place, sound: str) -> None:
    (told,) = differences(pack_of(sound), pack_of(sound.replace(LISTED, NAMED)))
    assert (told.code, told.before, told.after) == ("rounding", "ceil", "进一取整")
    (told,) = differences(
        pack_of(sound.replace(LISTED, NAMED)), pack_of(sound.replace(LISTED, NAMED.replace("舍尾", "去尾")))
    )
    assert "舍尾取整" in told.before
    assert "去尾取整" in told.after


@pytest.mark.parametrize("text", ["youth;women", "青少年；妇女", "妇女;young people"])
def test_a_choice_is_typed_by_code_or_by_name(text: str) -> None:
    indicator = Indicator(type="set", choices=["youth", "women"], choice_names=AUDIENCES)
    assert typed(indicator, text) == ["women", "youth"]


@pytest.fixture
def value(jinan: Place) -> ReportedValue:
    text = (settings.BASE_DIR / "assessments/plans/packs/jinan-2007.yaml").read_text(encoding="utf-8")
    actions.load(actions.check(text))
    said: dict[str, Any] = {"indicator": "course_audiences", "value_set": ["youth", "women"], "as_of": "2008-12-31"}
    place = CommunityFactory(code="370102001001")
    return ReportedValue.objects.create(plan=Plan.objects.get(), place=place, source="年报", **said)


def test_the_form_of_a_reported_value_shows_the_names(value: ReportedValue) -> None:
    assert ReportedValueForm(instance=value).initial["value"] == "青少年;妇女"


def test_an_exported_ledger_shows_the_names_and_is_read_back_unchanged(value: ReportedValue, tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    imports.export_now("reported_values", path, within="3701")
    assert "青少年;妇女" in path.read_text(encoding="utf-8-sig")
    assert imported(path).unchanged == 1


def test_our_own_plan_of_jinan_names_every_choice_in_chinese(value: ReportedValue) -> None:
    version = value.plan.latest()
    assert version is not None
    for one in (*version.parameters.exclude(choices=[]), *version.indicators.exclude(choices=[])):
        assert sorted(one.choice_names) == sorted(one.choices), one.code
        assert all(not label["zh"].isascii() for label in one.choice_names.values())
