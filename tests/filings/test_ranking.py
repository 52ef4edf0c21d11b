"""Grades with a quota, and what where totals are equal."""

from dataclasses import replace
from decimal import Decimal

import pytest

from assessments.filings.pack import GradeSpec, ObjectsSpec, SheetPack, TiesSpec
from assessments.filings.ranking import Standing, ranked, regraded, room
from assessments.plans.pack import Label

GRADES = (
    GradeSpec("excellent", Label("优秀"), "90", "0.3"),
    GradeSpec("qualified", Label("合格"), "80"),
    GradeSpec("poor", Label("不合格"), "0"),
)


def sheet(then: str = "decided", **changes: object) -> SheetPack:
    pack = SheetPack("x", Label("表"), "p", "3701", ObjectsSpec(("urban",)), grades=GRADES, ties=TiesSpec((), then))
    return replace(pack, **changes)  # type: ignore[arg-type]


def standings(*totals: str) -> list[Standing]:
    def by_points(total: str) -> str:
        return next(grade.code for grade in GRADES if Decimal(total) >= Decimal(grade.at_least))

    return [Standing(n, Decimal(total), (), by_points(total)) for n, total in enumerate(totals, start=1)]


def grades(pack: SheetPack, *totals: str, chosen: tuple[int, ...] = ()) -> dict[int, str]:
    return {one.filing: one.grade for one in ranked(pack, standings(*totals), chosen).standings}


def test_three_of_ten_get_the_best_grade_and_the_fourth_the_next_one() -> None:
    found = grades(sheet(), "99", "98", "97", "96", "85", "84", "83", "82", "81", "70")
    assert [found[n] for n in (1, 2, 3)] == ["excellent"] * 3
    assert found[4] == "qualified"
    assert found[10] == "poor"


def test_the_quota_is_cut_off_to_whole_communities() -> None:
    assert [room(GRADES[0], of) for of in (3, 4, 6, 7, 10)] == [0, 1, 1, 2, 3]
    assert set(grades(sheet(), "95", "95", "95").values()) == {"qualified"}


def test_a_quota_is_a_most_and_fills_nobody_up() -> None:
    assert grades(sheet(), *["89"] * 10) == dict.fromkeys(range(1, 11), "qualified")


@pytest.mark.parametrize(("then", "excellent"), [("all_in", {1, 2, 3, 4}), ("all_out", {1, 2})])
def test_equal_totals_at_the_edge_go_in_or_out_together(then: str, excellent: set[int]) -> None:
    found = grades(sheet(then), "99", "98", "95", "95", *["85"] * 6)
    assert {n for n, grade in found.items() if grade == "excellent"} == excellent


def test_equal_totals_are_left_to_a_person_where_the_sheet_says_so() -> None:
    totals = ("99", "98", "95", "95", *["85"] * 6)
    assert ranked(sheet(), standings(*totals)).undecided == ((3, 4),)
    done = ranked(sheet(), standings(*totals), (4,))
    assert done.undecided == ()
    assert {one.filing for one in done.standings if one.grade == "excellent"} == {1, 2, 4}
    assert {one.filing for one in done.standings if one.is_tied} == {3, 4}


def test_more_chosen_than_there_is_room_is_not_decided() -> None:
    totals = ("99", "98", "95", "95", *["85"] * 6)
    assert ranked(sheet(), standings(*totals), (3, 4)).undecided == ((3, 4),)


def test_what_the_sheet_compares_in_turn_decides_before_a_person_does() -> None:
    rows = [replace(one, compared=(Decimal(one.filing),)) for one in standings("99", "98", "95", "95", *["85"] * 6)]
    found = ranked(sheet(), rows)
    assert found.undecided == ()
    assert {one.filing for one in found.standings if one.grade == "excellent"} == {1, 2, 4}


def test_an_appeal_takes_nobody_elses_grade() -> None:
    pack = sheet()
    given = list(ranked(pack, standings("99", "98", "97", "96", "85", "84", "83", "82", "81", "70")).standings)
    own = next(one for one in given if one.filing == 4)
    others = [one for one in given if one.filing != 4]
    better = replace(own, total=Decimal("97.5"), by_points="excellent")
    assert regraded(pack, better, others) == "excellent"  # it stands before the third, who keeps his grade
    assert regraded(pack, own, others) == "qualified"
