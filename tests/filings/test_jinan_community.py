"""The sheet of Jinan's communities: sound, every row of the document scored once, nobody named, nothing asked twice."""

import re

import pytest

from assessments.filings import actions, telling
from assessments.filings.pack import BASE, SheetPack
from assessments.plans import actions as plans
from assessments.plans.pack import PackPlan
from assessments.plans.restoring import restore as restore_plan
from communities.places.models import Place

from .conftest import SHEETS

PLAN = SHEETS.parents[1] / "plans" / "packs" / "jinan-2007.yaml"
# What the document asks of a community that is no threshold, coverage or split (those are targets of the plan), as
# the requirements catalogue counts it: qualities, processes, what must exist or must not be, trends.
# fmt: off
ROWS = [
    "B-1-a", "B-2.1-a", "B-2.1-e", "B-2.1-f", "B-2.2-b", "B-2.2-c", "B-2.2-d", "B-2.3-a", "B-2.3-c", "B-2.5-g",
    "B-3.2-g", "B-4.1-m", "B-4.1-n", "B-4.2-a", "B-4.2-b", "B-4.2-d", "B-4.2-e", "B-4.3-a", "B-4.3-b", "B-4.3-c",
    "B-4.3-d", "B-4.3-e", "B-4.3-f", "B-4.3-g", "B-4.3-h", "B-4.3-i", "B-4.5-c", "B-4.5-d", "B-4.5-e", "B-4.5-f",
    "B-4.6-d", "B-5.2-a", "B-5.3-a", "B-5.3-c", "B-5.3-d", "B-5.4-a", "B-5.4-d", "B-5.4-g", "B-5.5-d", "B-5.5-e",
    "B-5.5-g", "B-5.5-i", "B-5.6-a", "B-5.6-b", "B-5.6-c", "B-5.6-d", "B-5.6-f", "B-5.6-h", "B-5.6-i", "B-5.6-j",
    "B-5.7-a", "B-5.7-c", "B-5.7-d", "B-5.7-f", "B-5.8-a", "B-5.8-b", "B-5.8-d", "B-5.8-e", "B-5.8-f", "B-5.8-g",
    "B-5.8-h", "B-5.8-k", "B-5.8-l", "B-5.8-m", "B-5.8-n", "B-5.8-o", "B-6-f",
]
# Of people, but done before the residents; and what the document encourages and counts without asking it.
BESIDE = ["B-2.5-a", "B-2.5-b", "B-2.1-c", "B-2.1-d", "B-4.2-c"]
# fmt: on
TRAITS = ["居民自治", "管理有序", "服务完善", "治安良好", "环境优美", "文明祥和"]
ABOUT_PERSONS = {"text", "date"}  # types of fields into which somebody could write about somebody


@pytest.fixture
def plan(jinan: Place) -> PackPlan:
    version, _is_new = plans.load(plans.check(PLAN.read_text(encoding="utf-8"), PLAN.name))
    return restore_plan(version.pack)


@pytest.fixture
def pack(plan: PackPlan) -> SheetPack:
    """The sheet, which must be sound."""
    checked = actions.check((SHEETS / "jinan-community.yaml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def test_every_row_of_the_document_about_communities_is_scored_exactly_once(pack: SheetPack) -> None:
    told = [row for _section, item in pack.items() for row in item.catalogue]
    assert sorted(told) == sorted([*ROWS, *BESIDE])


def test_a_row_stands_with_the_clause_that_the_plan_counts_it_to(pack: SheetPack, plan: PackPlan) -> None:
    clauses = {row: clause.anchor for clause in plan.clauses for row in clause.catalogue}
    elsewhere = [
        (item.code, row, clauses[row])
        for _section, item in pack.items()
        for row in item.catalogue
        if clauses[row] != item.clause
    ]
    # two networks, and the rules of a clause beside the improvement that another asks for, are one item each
    assert elsewhere == [
        ("meeting_rules", "B-4.2-e", "四(二)"),
        ("networks", "B-5.3-a", "五(三)"),
    ]


def test_every_target_about_communities_is_derived_once(pack: SheetPack, plan: PackPlan) -> None:
    asked = [target.code for target in plan.targets if target.subject == "community"]
    derived = [item.rule.target for _section, item in pack.items() if item.rule.kind == "derived"]
    assert sorted(derived) == sorted(asked)
    clauses = {target.code: target.clause for target in plan.targets}
    assert {
        item.code for _s, item in pack.items() if item.rule.target and item.clause != clauses[item.rule.target]
    } == set()


def test_the_sections_are_the_six_traits_of_a_new_community(pack: SheetPack) -> None:
    based = [section for section in pack.sections if section.kind == BASE]
    assert [section.label.zh for section in based] == TRAITS


def test_every_part_has_two_labels_and_the_sheet_says_who_wrote_it(pack: SheetPack) -> None:
    for section, item in pack.items():
        assert section.label.en, section.code
        assert item.label.en, item.code
        assert len(item.label.zh) <= 20
        labels = [part.label for part in (*item.asks, *item.rule.causes, *item.rule.subpoints)]  # type: ignore[attr-defined]
        assert [label.zh for label in labels if not label.en] == []
    assert pack.authored_by
    assert pack.checked_by
    assert pack.next_review is not None


def test_there_is_no_veto(pack: SheetPack) -> None:
    assert pack.vetoes == ()


def test_no_item_about_offenders_or_drugs_names_a_person(pack: SheetPack) -> None:
    rows = {"B-5.8-i", "B-5.8-j"}  # released persons, correction, idle youth: of people, so never a row of the sheet
    assert not rows & {row for _section, item in pack.items() for row in item.catalogue}
    safety = next(section for section in pack.sections if section.code == "safety")
    for item in safety.items:
        assert [ask.code for ask in item.asks if ask.type in ABOUT_PERSONS] == [], item.code
        assert not re.search(r"矫正|刑满|吸毒人员|姓名", item.label.zh + "".join(ask.label.zh for ask in item.asks))
    (vice,) = [item for item in safety.items if "B-5.8-l" in item.catalogue]
    assert vice.note is not None
    assert "不填任何人的姓名" in vice.note.zh


def test_no_evidence_is_required_but_the_survey(pack: SheetPack) -> None:
    required = [item.code for _section, item in pack.items() if item.evidence.need == "required"]
    assert required == ["satisfaction"]


def test_what_the_registers_hold_is_not_asked_and_most_of_the_rest_offers_last_years_text(pack: SheetPack) -> None:
    items = [item for _section, item in pack.items()]
    known = [item for item in items if telling.is_filled_by_the_system(item)]
    offered = [item for item in items if item not in known and item.carry_over]
    assert (len(known), len(items)) == (28, 75)
    assert (len(known) + len(offered)) / len(items) >= 0.8


def test_what_is_not_the_communitys_doing_says_so(pack: SheetPack) -> None:
    items = {item.code: item for _section, item in pack.items()}
    for code in ("work_funds", "work_funds_split", "allowance"):
        note = items[code].note
        assert note is not None
        assert "不归责社区" in note.zh
