"""The report of a street, a district or a city: from what was gathered to what is said."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal

from assessments.compliance import results

from . import ahead, annexes, drawing, figures, gaps, headings, printed, problems
from .asked import PLACES, Asked, force_in
from .contents import AreaReport, IndicatorGroup, IndicatorLine
from .figures import Tally
from .gathering import Found, Gathered
from .headings import WORDS
from .problems import IN_PROSE, Missed, whole

TOP = 3
GOOD, FAIR = Decimal("0.95"), Decimal("0.85")
MOST_OTHERS = 40


def area_report(gathered: Gathered) -> AreaReport:
    """Say everything a report of this place says."""
    missed = problems.missed_by(gathered)
    told = [problems.problem(one, gathered) for one in missed]
    missing = gaps.missing_in(gathered)
    heats = annexes.heats(gathered)
    misses = annexes.misses(missed, gathered, f"附表{len(heats) + 1}")
    list_name = f"附表{len(heats) + 1 + bool(misses.rows)}"
    missing_list = gaps.listed(missing, gathered, list_name) if missing else None
    before = len(heats) + bool(misses.rows) + bool(missing_list)
    figures_printed = printed.lines(gathered)
    printed_name = f"附表{before + 1}"
    defined = f"附表{before + 1 + bool(figures_printed)}"
    way = ahead.ahead_of(gathered)
    pointer = f"清单见{list_name}。" if missing else ""
    return AreaReport(
        heading=headings.heading(gathered),
        addressee=headings.addressee(gathered.place),
        overview=_overview(gathered),
        judgement=_judgement(gathered, missed),
        counts=headings.counts(gathered.whole, gathered.whole_before),
        before_day=figures.day_in_words(gathered.before_day) if gathered.before_day else "",
        top=tuple(told[:TOP]),
        pointer=_pointer(bool(missing), list_name),
        introduction=_introduction(gathered),
        groups=tuple(_groups(gathered)),
        chart=drawing.compliance(gathered),
        chart_note=_chart_note(gathered),
        trajectory=way.drawn,
        trajectory_text=way.drawn_text,
        problems=tuple(told[:IN_PROSE]),
        others=tuple(told[IN_PROSE:MOST_OTHERS]),
        gaps=gaps.by_fact(missing, gathered),
        gaps_text=_gaps_text(gathered, missing),
        suggestions=problems.suggestions(missed, len(missing), pointer),
        heats=heats,
        misses=misses,
        missing=missing_list,
        definitions=annexes.definitions(gathered),
        definitions_name=defined,
        level=gathered.place.level,
        before_note=gathered.before_note,
        ahead=way.lines,
        ahead_year=way.year,
        ahead_text=way.text,
        printed=figures_printed,
        printed_name=printed_name if figures_printed else "",
        printed_text=printed.summary(figures_printed, printed_name),
    )


def binding_rate(tally: Tally) -> str:
    """Return the compliance rate: met of met and not met."""
    return figures.rate(tally.met, tally.met + tally.not_met, sign="%")


def binding_share(tally: Tally | None) -> Decimal | None:
    """Return the compliance rate as a share; None where nothing was judged."""
    judged = tally.met + tally.not_met if tally else 0
    return Decimal(tally.met) / judged if tally and judged else None


def _overview(gathered: Gathered) -> str:
    """One paragraph: by which plan, over what, as of when, how much of it is met, and how that has changed."""
    now = binding_share(gathered.whole)
    changed = figures.change_in_words(now, binding_share(gathered.whole_before))
    named = "达标率" if gathered.run.is_binding else "按征求意见稿测算的达标率"
    compared = f"，{changed}{_bases(gathered)}" if changed else ""
    rate = f"{named}{binding_rate(gathered.whole)}{compared}"
    rate = rate if _binds(gathered) else "没有约束性要求，不计算达标率"
    return (
        f"依据{headings.heading(gathered).document}文件，对{whole(gathered.place)}{_extent(gathered)}的"
        f"{len(gathered.asked)}项指标作了评估，截至{figures.day_in_words(gathered.run.as_of)}"
        f"形成结论{gathered.whole.in_all}条，{rate}。"
    )


def _bases(gathered: Gathered) -> str:
    """Over how many findings both rates were computed, where that differs so much that they hardly compare."""
    before = gathered.whole_before or Tally()
    over = results.bases(asdict(before), asdict(gathered.whole))
    if not over.differ:
        return ""
    why = "新到期指标计入后不完全可比" if over.fell_due else "计入范围不同，不完全可比"
    return f"（上年计入判定{over.before:,}条，本年{over.now:,}条，{why}）"


def _binds(gathered: Gathered) -> bool:
    """Say whether anything is required: of a plan that only describes there is no compliance rate."""
    return any(asked.is_binding for asked in gathered.asked)


def _extent(gathered: Gathered) -> str:
    """How many places of each level below: 13个区县、164个街道、1061个社区."""
    told = [(len(gathered.of_level(level)), PLACES[level]) for level in ("district", "street", "community")]
    below = [(n, name) for n, name in told if n and name != PLACES[gathered.place.level]]
    return "、".join(f"{n}个{'街道（镇）' if name == '街道' else name}" for n, name in below)


def _judgement(gathered: Gathered, missed: list[Missed]) -> str:
    """One sentence a leader can quote."""
    share = binding_share(gathered.whole) if _binds(gathered) else None
    of = "约束性要求" if gathered.run.is_binding else "草案要求"
    if share is None:
        first = f"本期没有可以判定的{of}"
    elif share >= GOOD:
        first = f"{of}基本落实"
    elif share >= FAIR:
        first = f"{of}大部分落实"
    else:
        first = f"{of}落实差距较大"
    first = first if gathered.run.is_binding else f"按征求意见稿测算，{first}"
    weak = [one.asked.label for one in missed[:2]]
    second = f"，{'、'.join(weak)}是主要短板" if weak else "，未发现未达标项目"
    open_ones = gathered.whole.undetermined
    third = f"，{open_ones}条因缺数无法判定" if open_ones else ""
    return f"{first}{second}{third}。"


def _pointer(has_missing: bool, list_name: str) -> str:
    return f"整改建议见第五部分，数据缺失清单见{list_name}。" if has_missing else "整改建议见第五部分。"


def _introduction(gathered: Gathered) -> str:
    forces: dict[str, int] = {}
    for asked in gathered.asked:
        forces[asked.force] = forces.get(asked.force, 0) + 1
    kinds = "、".join(f"{force}{count}项" for force, count in forces.items())
    if not gathered.run.is_binding:
        return f"征求意见稿的{len(gathered.asked)}项指标，拟定为{kinds}，尚不具约束力，测算的完成情况见表1。"
    return f"{len(gathered.asked)}项指标中，{kinds}，完成情况见表1。"


def _groups(gathered: Gathered) -> Iterable[IndicatorGroup]:
    for level, name in reversed(PLACES.items()):
        asked = [one for one in gathered.asked if one.subject == level]
        if asked:
            lines = tuple(_line(one, gathered) for one in asked)
            yield IndicatorGroup(name, len(gathered.of_level(level)), lines, is_own=level == gathered.place.level)


def _line(asked: Asked, gathered: Gathered) -> IndicatorLine:
    found = gathered.by_asked[asked.number]
    tally = gathered.tally(found)
    before = (gathered.before or {}).get(asked.scope)
    return IndicatorLine(
        number=asked.number,
        label=asked.label,
        force=force_in(gathered.run, asked.question),
        required=asked.required,
        met=tally.met,
        missed=str(tally.missed) if asked.question.test is not None else figures.NOTHING,
        rate=figures.rate(tally.met, tally.judged),
        change=figures.change(tally.share, before.share if before else None) if tally.judged >= figures.FEW else "—",
        verdict=tally.verdict,
        word=WORDS[tally.verdict],  # type: ignore[index]
        measured=_measured(found[0]) if asked.subject == gathered.place.level and found else "",
    )


def _measured(found: Found) -> str:
    """Return what was found of the place itself, as a table gives it; a dash where nobody knows."""
    if found.measured is None:
        return figures.NOTHING
    if not found.asked.measures_number:
        return "是" if found.measured else "否"
    return figures.in_table(found.measured, found.asked.unit, found.required)


def _chart_note(gathered: Gathered) -> str:
    if gathered.place.level == "street":
        return "序号与表1相同，可判定的不足5个的不列"
    return "按区划代码排列，不作排名"


def _gaps_text(gathered: Gathered, missing: list[gaps.Missing]) -> str:
    if not missing:
        return "各项指标所需数据齐全，没有因缺数无法判定的结论。"
    places = len({one.place.id for one in missing})
    return (
        f"共有{places}个单位缺少{len(missing)}项数据，{gathered.whole.undetermined}条结论无法判定。"
        f"缺失的数据既不算达标也不算未达标，补报后重新评估即可判定。"
    )
