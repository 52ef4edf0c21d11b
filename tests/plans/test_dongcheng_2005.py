"""The pack Dongcheng 2005: sound, every row of its document in it, nothing asked of anybody, in nobody's sentences."""

import re

import pytest

from assessments.plans import actions
from assessments.plans.comparing import differences
from assessments.plans.pack import PackPlan
from assessments.plans.restoring import restore
from tests.factories.places import PlaceFactory

from .conftest import PACKS

# Threshold, coverages, split and statistics of the document, as the requirements catalogue counts them.
# fmt: off
JUDGED = [
    "H-0-c", "H-0-d", "H-1.1-a", "H-1.1-c", "H-1.1-d", "H-1.1-e", "H-1.1-f", "H-1.1-g", "H-1.1-i", "H-1.1-p",
    "H-1.1-q", "H-1.1-t", "H-1.1-u", "H-1.1-w", "H-1.2-b", "H-1.2-h", "H-1.2-i", "H-1.2-k", "H-1.3-a", "H-1.3-f",
    "H-1.3-i", "H-1.3-k", "H-1.3-l", "H-1.3-m", "H-1.3-n", "H-1.3-o", "H-1.3-p", "H-1.3-q", "H-1.3-r", "H-1.3-s",
    "H-1.3-t", "H-1.3-u", "H-1.3-v", "H-1.3-w", "H-1.3-x", "H-1.4-a",
]
TOLD = [
    "H-0-a", "H-0-b", "H-1.1-b", "H-1.1-h", "H-1.1-j", "H-1.1-k", "H-1.1-l", "H-1.1-m", "H-1.1-n", "H-1.1-o",
    "H-1.1-r", "H-1.1-s", "H-1.1-v", "H-1.2-a", "H-1.2-c", "H-1.2-d", "H-1.2-e", "H-1.2-f", "H-1.2-g", "H-1.2-j",
    "H-1.3-b", "H-1.3-c", "H-1.3-d", "H-1.3-e", "H-1.3-g", "H-1.3-h", "H-1.3-j", "H-1.3-y", "H-1.4-b",
]
# fmt: on
STATISTICS = [f"S{number}" for number in range(1, 26)]


@pytest.fixture
def pack(db: None) -> PackPlan:
    """The pack, which must be sound for the place that owns it."""
    PlaceFactory(code="980101000000", name="东城区（示例）")
    checked = actions.check((PACKS / "dongcheng-2005.yaml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def test_every_figure_of_the_document_is_a_target_and_every_statistic_of_the_catalogue(pack: PackPlan) -> None:
    assert {row for target in pack.targets for row in target.catalogue} == {*JUDGED, *STATISTICS}


def test_every_other_row_stands_under_its_clause(pack: PackPlan) -> None:
    told = [row for clause in pack.clauses for row in clause.catalogue]
    assert sorted(told) == sorted(TOLD)
    assert len(JUDGED) + len(TOLD) == 65


def test_nothing_is_asked_of_anybody(pack: PackPlan) -> None:
    assert {rule.force for target in pack.targets for rule in target.rules} == {"descriptive"}
    bounded = {target.code for target in pack.targets if target.rules[0].bounds or target.rules[0].split}
    assert bounded == {
        *("party_organizations", "investment_split", "culture_stations", "linked_libraries", "sports_honours"),
    }


def test_every_target_names_a_clause_and_has_two_labels(pack: PackPlan) -> None:
    anchors = {clause.anchor for clause in pack.clauses}
    for target in pack.targets:
        assert target.clause in anchors
        assert target.label.zh, target.code
        assert target.label.en, target.code
        assert len(target.label.zh) <= 18


def test_what_is_derived_or_does_not_agree_is_explained_in_both_languages(pack: PackPlan) -> None:
    for target in pack.targets:
        if target.printed is not None and not target.printed.value:
            assert target.printed.note is not None, target.code
        if target.printed is not None and target.printed.note is not None:
            assert target.printed.note.en, target.code


def test_the_lost_goals_are_said_to_be_lost(pack: PackPlan) -> None:
    (clause,) = [clause for clause in pack.clauses if "H-0-a" in clause.catalogue]
    assert clause.gap is not None


def test_no_indicator_or_parameter_is_idle(pack: PackPlan) -> None:
    formulas = " ".join(str(target) for target in pack.targets)
    for one in [p.code for p in pack.parameters] + [i.code for i in pack.indicators]:
        assert re.search(rf"\b{one}\b", formulas), one


def test_printed_figures_are_stored_and_come_back(pack: PackPlan) -> None:
    assert restore(pack.canonical()) == pack


def test_a_pack_without_printed_figures_keeps_its_hash(pack: PackPlan) -> None:
    canonical = pack.canonical()
    assert {"printed" in target for target in canonical["targets"]} == {True, False}
    assert all(target["printed"] for target in canonical["targets"] if "printed" in target)


def test_a_printed_figure_that_changes_is_told_among_the_differences(pack: PackPlan) -> None:
    text = (PACKS / "dongcheng-2005.yaml").read_text(encoding="utf-8").replace("text: 22%", "text: 23%")
    changed = actions.check(text).pack

    assert changed is not None
    (found,) = differences(pack, changed)

    assert found.code == "share_of_volunteers"
    assert ("22%" in found.before, "23%" in found.after) == (True, True)
