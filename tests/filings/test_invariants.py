"""What holds of every score, whatever the answers: never above full, never below 0, more points never less."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.filings.answers import Answers, ItemAnswer, TargetAnswer
from assessments.filings.pack import (
    BandSpec,
    CauseSpec,
    GradeSpec,
    ItemSpec,
    ObjectsSpec,
    RuleSpec,
    SectionSpec,
    SheetPack,
    SubpointSpec,
)
from assessments.filings.scoring import State, score
from assessments.plans.pack import Label

DAY = date(2008, 12, 31)
NAME = Label("名")
POINTS = st.integers(1, 40).map(lambda n: str(Decimal(n) / 2))
VERDICTS = st.sampled_from(
    ["met", "not_met", "attention", "undetermined", "not_applicable", "no_rule", "not_due", "reported"]
)
FIGURES = st.none() | st.decimals(0, 10_000, places=2)
GRADES = (GradeSpec("good", NAME, "60"), GradeSpec("bad", NAME, "0"))
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def items(draw: Any, number: int) -> tuple[ItemSpec, TargetAnswer, ItemAnswer]:
    """Return an item of any kind with an answer it allows."""
    full = draw(POINTS)
    code = f"item_{number}"
    kind = draw(st.sampled_from(["derived", "judged", "all_or_nothing", "per_unit_deduction", "sum", "band"]))
    target = TargetAnswer(draw(VERDICTS), draw(FIGURES), draw(FIGURES))
    answer = ItemAnswer(
        points=draw(st.none() | st.decimals(0, Decimal(full), places=2)),
        reason=draw(st.sampled_from(["", "理由"])),
        holds=draw(st.none() | st.booleans()),
        parts=draw(st.fixed_dictionaries({}, optional={"a": st.integers(0, 90).map(Decimal)})),
        does_not_apply=draw(st.sampled_from(["", "", "不适用"])),
    )
    rules = {
        "derived": RuleSpec("derived", code, "0.5", draw(st.sampled_from(["none", "proportional"]))),
        "judged": RuleSpec("judged"),
        "all_or_nothing": RuleSpec("all_or_nothing"),
        "per_unit_deduction": RuleSpec("per_unit_deduction", causes=(CauseSpec("a", NAME, "0.5"),)),
        "sum": RuleSpec("sum_of_subpoints", subpoints=(SubpointSpec("a", NAME, full),)),
        "band": RuleSpec("ratio_band", code, bands=(BandSpec("5", full), BandSpec("1", "0.5"))),
    }
    if kind == "sum" and "a" in answer.parts:
        answer = replace(answer, parts={"a": min(answer.parts["a"], Decimal(full))})
    return ItemSpec(code, NAME, full, rules[kind], may_not_apply=True), target, answer


@st.composite
def sheets(draw: Any) -> tuple[SheetPack, Answers]:
    """Return a sheet with two sections of the base part and a bonus, and answers to it."""
    numbers = iter(range(99))
    parts = [[draw(items(next(numbers))) for _n in range(draw(st.integers(1, 4)))] for _section in range(3)]
    kinds = ("base", "base", "bonus")
    sections = tuple(
        SectionSpec(f"section_{n}", NAME, _sum(part), kind, tuple(item for item, _t, _a in part))
        for n, (kind, part) in enumerate(zip(kinds, parts, strict=True))
    )
    answered = [one for part in parts for one in part]
    answers = Answers(
        DAY,
        {item.code: target for item, target, _answer in answered},
        {item.code: answer for item, _target, answer in answered},
    )
    pack = SheetPack("s", NAME, "p", "3701", ObjectsSpec(("urban",)), bonus_cap="3", grades=GRADES, sections=sections)
    return pack, answers


def _sum(part: list[Any]) -> str:
    return str(sum((Decimal(item.full) for item, _target, _answer in part), Decimal(0)))


@QUICK
@given(sheets())
def test_no_item_is_above_its_full_marks_or_below_nothing(told: tuple[SheetPack, Answers]) -> None:
    found = score(*told)
    for section in found.sections:
        assert 0 <= section.reached <= section.applicable <= Decimal(section.section.full)
        for item in section.items:
            assert 0 <= item.points <= item.full
            assert (item.state is State.OPEN) == bool(item.missing)
            assert item.steps or item.state is State.OPEN


@QUICK
@given(sheets())
def test_the_total_lies_between_nothing_and_the_full_marks_with_the_bonus(told: tuple[SheetPack, Answers]) -> None:
    found = score(*told)
    for total in (found.total, found.lowest, found.highest):
        assert total is None or 0 <= total <= 103
    if found.lowest is not None and found.highest is not None:
        assert found.lowest <= found.highest
        assert found.total is None or found.lowest == found.total == found.highest


@QUICK
@given(sheets())
def test_a_total_stands_exactly_where_nothing_is_open(told: tuple[SheetPack, Answers]) -> None:
    found = score(*told)
    applies = any(one.applicable for one in found.sections if one.section.kind == "base")
    assert (found.total is not None) == (applies and not found.open)
    assert (found.grade is None) == (found.total is None)


@QUICK
@given(sheets(), st.data())
def test_more_points_never_mean_a_lower_total(told: tuple[SheetPack, Answers], data: st.DataObject) -> None:
    pack, answers = told
    judged = [item for _section, item in pack.items() if item.rule.kind == "judged"]
    if not judged:
        return
    item = data.draw(st.sampled_from(judged))
    less, more = sorted(data.draw(st.lists(st.decimals(0, Decimal(item.full), places=2), min_size=2, max_size=2)))
    totals = []
    for points in (less, more):
        answer = ItemAnswer(points=points, reason="理由")
        totals.append(score(pack, replace(answers, items={**answers.items, item.code: answer})).lowest)
    known = [total for total in totals if total is not None]
    assert known == sorted(known)


@QUICK
@given(sheets(), st.data())
def test_what_does_not_apply_leaves_the_ratio_of_the_others(
    told: tuple[SheetPack, Answers], data: st.DataObject
) -> None:
    pack, answers = told
    based = [item for section, item in pack.items() if section.kind == "base"]
    item = data.draw(st.sampled_from(based))
    out = replace(answers, items={**answers.items, item.code: ItemAnswer(does_not_apply="不适用")})
    without = replace(
        pack,
        sections=tuple(
            replace(one, items=tuple(each for each in one.items if each.code != item.code)) for one in pack.sections
        ),
    )
    left, gone = score(pack, out), score(without, out)
    assert (left.composite, left.lowest, left.highest) == (gone.composite, gone.lowest, gone.highest)


def test_a_cause_more_never_gives_more() -> None:
    item = ItemSpec("late", NAME, "3", RuleSpec("per_unit_deduction", causes=(CauseSpec("a", NAME, "0.5"),)))
    sections = (SectionSpec("x", NAME, "3", "base", (item,)),)
    pack = SheetPack("s", NAME, "p", "3701", ObjectsSpec(("urban",)), grades=GRADES, sections=sections)
    answers = [Answers(DAY, {}, {"late": ItemAnswer(parts={"a": Decimal(times)})}) for times in range(9)]
    totals = [total for one in answers if (total := score(pack, one).total) is not None]
    assert len(totals) == 9
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] == 0
