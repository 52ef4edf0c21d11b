"""What a new version changes is told in words that differ on both sides, and a draft in force is asked about."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from assessments.plans import actions
from assessments.plans.comparing import differences, looks_like_a_draft
from assessments.plans.models import Status
from assessments.plans.pack import Label, PackPlan
from communities.places.models import Place


@pytest.fixture
def pack(jinan: Place, sound: str) -> PackPlan:
    found = actions.check(sound).pack
    assert found is not None
    return found


def first(specs: tuple[Any, ...], **changed: Any) -> tuple[Any, ...]:
    return (replace(specs[0], **changed), *specs[1:])


def test_a_changed_status_is_told_by_its_name(pack: PackPlan) -> None:
    with translation.override("zh-hans"):
        (told,) = differences(replace(pack, status="draft"), replace(pack, status="in_force"))
        names = str(Status.DRAFT.label), str(Status.IN_FORCE.label)
    assert (told.before, told.after) == names


@pytest.mark.parametrize("part", ["parameters", "targets", "indicators"])
def test_where_only_the_english_changes_the_english_is_shown(pack: PackPlan, part: str) -> None:
    specs = getattr(pack, part)
    new = first(specs, label=replace(specs[0].label, en="Called otherwise"))
    changed: dict[str, Any] = {part: new}
    (told,) = differences(pack, replace(pack, **changed))
    assert "Called otherwise" in told.after
    assert told.before != told.after


def test_each_indicator_and_clause_that_changes_is_named_as_it_was_and_will_be(pack: PackPlan) -> None:
    indicators = first(pack.indicators, label=Label("改过的名称"))
    clauses = first(pack.clauses, text=Label("改过的条款"))
    clause, indicator = differences(pack, replace(pack, indicators=indicators, clauses=clauses))
    assert (clause.code, clause.before, clause.after) == (pack.clauses[0].anchor, pack.clauses[0].text.zh, "改过的条款")
    assert (indicator.code, indicator.label) == (pack.indicators[0].code, "改过的名称")
    assert pack.indicators[0].label.zh in indicator.before


@pytest.mark.parametrize(
    ("title", "number", "asked"),
    [("规划", "政发〔2007〕1号", False), ("规划（征求意见稿）", "政发〔2007〕1号", True), ("规划", "", True)],
)
def test_a_draft_that_comes_into_force_under_its_old_title_or_without_a_number_is_asked_about(
    pack: PackPlan, title: str, number: str, asked: bool
) -> None:
    draft = replace(pack, status="draft")
    issued = replace(pack, status="in_force", title=Label(title), document_number=number)
    assert looks_like_a_draft(draft, issued) is asked
    assert not looks_like_a_draft(issued, issued)
    assert not looks_like_a_draft(None, issued)
