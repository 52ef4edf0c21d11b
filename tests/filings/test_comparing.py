"""What a new version changes is told by name: items added and taken out, points that changed, the head."""

import pytest
from django.utils import translation

from assessments.filings import actions
from assessments.filings.comparing import differences
from assessments.filings.pack import SheetPack
from assessments.plans.comparing import Difference
from assessments.plans.models import PlanVersion

from .conftest import SOUND


@pytest.fixture(autouse=True)
def _in_english(plan: PlanVersion) -> object:
    with translation.override("en"):
        yield


def pack(text: str = SOUND) -> SheetPack:
    checked = actions.check(text)
    assert checked.pack is not None, [str(one) for one in checked.problems]
    return checked.pack


def changes(*replaced: tuple[str, str]) -> list[Difference]:
    text = SOUND
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    return differences(pack(), pack(text))


def test_nothing_changes_nothing() -> None:
    assert changes() == []
    assert differences(None, pack()) == []


def test_points_that_move_are_told_as_they_were_and_will_be() -> None:
    first, second = changes(
        ('label: {zh: 培训次数}\n        full: "4"', 'label: {zh: 培训次数}\n        full: "3"'),
        ('at_least: "4", points: "4"', 'at_least: "4", points: "3"'),
        ('full: "3"\n        rule: {kind: judged}', 'full: "4"\n        rule: {kind: judged}'),
    )
    assert (first.code, second.code) == ("trainings", "service")
    assert "社区设施 · 4 ·" in first.before
    assert "社区设施 · 3 ·" in first.after
    assert (second.before[:8], second.after[:8]) == ("社区设施 · 3", "社区设施 · 4")


def test_an_item_that_comes_and_one_that_goes() -> None:
    renamed = changes(("      charter:\n", "      convention:\n"))
    assert [(one.code, bool(one.before), bool(one.after)) for one in renamed] == [
        ("charter", True, False),
        ("convention", False, True),
    ]


def test_what_is_no_points_is_told_too() -> None:
    (told,) = changes(("carry_over: true\n        clause: 一", "carry_over: false\n        clause: 一"))
    assert (told.code, told.before, told.after) == ("charter", "carried over: yes", "carried over: no")


def test_head_grades_and_sections_are_told() -> None:
    told = changes(
        ('bonus_cap: "5"', 'bonus_cap: "3"'),
        ('from: "12"', 'from: "13"'),
        ("label: {zh: 社区设施}", "label: {zh: 设施}"),
        ('quota: "0.3"', 'quota: "0.25"'),
    )
    assert [one.code for one in told] == ["bonus_cap", "excellent", "qualified", "facilities"]
    assert (told[0].before, told[0].after) == ("5", "3")
