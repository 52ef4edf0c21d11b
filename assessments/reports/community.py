"""The evaluation sheet of one community: what it is, how it stands on every indicator, what is missing."""

from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from assessments.compliance import display
from assessments.compliance.words import Writer
from assessments.formulas import Fact as FactNode
from assessments.formulas import Value
from assessments.formulas.tree import walk
from communities.ground import units

from . import drawing, figures, gaps, headings
from .annexes import actual, off_by, required_of
from .area import binding_rate
from .contents import CommunitySheet, Fact, SheetGap, SheetLine
from .gathering import Found, Gathered, snapshot
from .headings import WORDS

TOP = 3


def community_sheet(gathered: Gathered) -> CommunitySheet:
    """Say everything the sheet of this community says."""
    street = gathered.holder(gathered.place, "street")
    missed = _worst(gathered)
    return CommunitySheet(
        heading=headings.heading(gathered),
        identity=_identity(gathered),
        facts=_facts(gathered),
        counts=headings.counts(gathered.whole, gathered.whole_before),
        before_day=figures.day_in_words(gathered.before_day) if gathered.before_day else "",
        judgement=_judgement(gathered),
        top=tuple(_problem(one) for one in missed[:TOP]),
        lines=tuple(_line(found) for found in gathered.findings_in_order),
        gaps=_gaps(gathered),
        chart=drawing.attained(list(gathered.findings_in_order)),
        street=street.name if street else "",
        period=figures.period_in_words(gathered.run.as_of),
        before_note=gathered.before_note,
    )


def _identity(gathered: Gathered) -> tuple[Fact, ...]:
    above = "".join(spot.name for spot in gathered.above if spot.level != "province")
    return (
        Fact("社区", gathered.place.full_name),
        Fact("区划代码", gathered.place.code),
        Fact("所属", above),
        Fact("依据", headings.heading(gathered).document),
    )


def _facts(gathered: Gathered) -> tuple[Fact, ...]:
    """The facts of the community as the run saw them, in the order in which the indicators ask for them."""
    missing = {text for found in gathered.findings for text in found.missing}
    kept = snapshot(gathered)
    writer = Writer(gathered.book)
    leaves = {leaf.key: leaf for leaf in _asked_for(gathered) if leaf.key in kept}
    return tuple(
        Fact(writer.label(leaf), _shown(writer, leaf, kept[key]))
        for key, leaf in leaves.items()
        if kept[key] is not None or leaf.text in missing
    )


def _asked_for(gathered: Gathered) -> Iterator[FactNode]:
    """Yield the facts of a community that its indicators ask for, in their order."""
    for asked in gathered.asked:
        for node in asked.question.nodes:
            for leaf in walk(node):
                if isinstance(leaf, FactNode) and leaf.level == "community" and leaf.code != "stated":
                    yield leaf


def _shown(writer: Writer, leaf: FactNode, value: object) -> str:
    """Return a fact as it was recorded; 缺 where it was not."""
    if value is None:
        return "缺"
    if leaf.type == "number":
        return figures.in_table(Decimal(str(value)), leaf.unit)
    labels = writer.labels(leaf)
    if isinstance(value, list):
        named = [str(labels.get(one, one)) for one in sorted(value)]
        return f"{len(named)}类" if any(one.isascii() for one in named) else "、".join(named) or "无"
    return display.shown(cast("Value", value), labels=labels)


def _worst(gathered: Gathered) -> list[Found]:
    missed = [one for one in gathered.findings_in_order if one.is_missed]
    return sorted(missed, key=lambda one: (not (one.asked.is_binding or one.asked.is_overdue), one.asked.number))


def _problem(found: Found) -> str:
    told = f"{found.asked.label}要求{required_of(found, with_unit=True)}，实际{actual(found)}"
    short = f"，{off_by(found)}" if found.shortfall is not None else ""
    late = ""
    if found.asked.is_overdue and found.asked.deadline:
        late = f"，{figures.day_in_words(found.asked.deadline)}期限已过"
    if not found.asked.measures_number:
        told = f"{found.asked.label}未达要求"
    return f"{told}{short}{late}"


def _judgement(gathered: Gathered) -> str:
    tally = gathered.whole
    judged = tally.met + tally.not_met
    told = (
        f"已判定的要求{judged + tally.attention}项：达标{tally.met}项，未达标{tally.not_met}项，关注{tally.attention}项"
    )
    rate = f"，达标率{binding_rate(tally)}" if judged else ""
    return f"{'' if gathered.run.is_binding else '按征求意见稿测算，'}{told}{rate}。"


def _line(found: Found) -> SheetLine:
    asked = found.asked
    applies = found.verdict not in ("not_applicable", "no_rule")
    return SheetLine(
        number=asked.number,
        label=asked.label,
        clause=asked.question.clause,
        required=required_of(found) if applies else figures.NOTHING,
        actual=_actual(found) if applies else figures.NOTHING,
        unit=_unit(found) if applies else "",
        shortfall=off_by(found) if found.is_missed and found.shortfall is not None else figures.NOTHING,
        verdict=found.verdict,
        word=WORDS[found.verdict],  # type: ignore[index]
    )


def _unit(found: Found) -> str:
    named = units.label(found.asked.unit) if found.asked.measures_number else ""
    return "㎡" if named == "平方米" else named


def _actual(found: Found) -> str:
    if found.verdict == "undetermined":
        return "缺"
    if found.measured is None:
        return figures.NOTHING
    if not found.asked.measures_number:
        return "符合" if found.measured else "不符合"
    return figures.number(found.measured, found.asked.unit, found.required)


def _gaps(gathered: Gathered) -> tuple[SheetGap, ...]:
    missing = gaps.missing_in(gathered)
    return tuple(
        SheetGap(number, one.fact, "第" + "、".join(str(n) for n in one.indicators) + "项", one.supplier)
        for number, one in enumerate(missing, start=1)
    )
