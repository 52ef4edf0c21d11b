"""What stands at the head and the foot of every report: its title, whom it addresses, what it must say of itself."""

from datetime import date

from assessments.compliance.models import Run, Verdict
from communities.ground import clock
from communities.places.models import Level

from . import figures
from .contents import Count, Heading
from .figures import Tally
from .gathering import Gathered, Spot

CODES_SINCE = date(2023, 1, 1)  # the edition of the division codes in use
EXAMPLE = "示例数据"
DRAFT = "征求意见稿，不具约束力"
TRIAL = "试算结果，尚未发布"
ONE_LINE = 19  # characters of a title that stand in a line
WORDS = {
    Verdict.MET: "达标",
    Verdict.NOT_MET: "未达标",
    Verdict.ATTENTION: "关注",
    Verdict.UNDETERMINED: "无法判定",
    Verdict.NOT_DUE: "未到期",
    Verdict.NOT_APPLICABLE: "不适用",
    Verdict.NO_RULE: "无现行标准",
    Verdict.REPORTED: "仅统计",
}


def heading(gathered: Gathered) -> Heading:
    """Return what the report says of itself."""
    run, plan = gathered.run, gathered.run.version.plan
    lines = _title(gathered)
    marks = [EXAMPLE] if run.has_example_data else []
    marks += [] if run.is_binding else [DRAFT]
    marks += [] if run.published_at else [TRIAL]
    return Heading(
        title="".join(lines),
        title_lines=lines,
        plan=plan.title_zh,
        document=plan.document_number or f"《{plan.title_zh}》",
        as_of=_as_of(run),
        version=run.version.number,
        run=run.pk,
        marks=tuple(marks),
        is_draft=not run.is_binding,
        is_example=run.has_example_data,
        old_codes=run.as_of < CODES_SINCE,
    )


def _as_of(run: Run) -> str:
    """Return the day judged and, of a run by what was known at a moment, that moment."""
    day = figures.day_in_words(run.as_of)
    return f"{day}（按{clock.shown(run.known_at)}时所知）" if run.known_at else day


def full_name(gathered: Gathered) -> str:
    """Return the place's name as a title gives it: a street with its district."""
    if gathered.place.level == Level.STREET:
        district = gathered.holder(gathered.place, "district")
        return f"{district.name if district else ''}{gathered.place.name}"
    return gathered.place.name


def _title(gathered: Gathered) -> tuple[str, ...]:
    """Break the title where its words end, the longer line first."""
    name, day = full_name(gathered), gathered.run.as_of
    if gathered.place.level == Level.COMMUNITY:
        return (f"{name}规划指标评估表",)
    if (day.month, day.day) != (12, 31):
        return (f"关于{name}社区建设规划", f"实施情况的报告（截至{figures.day_in_words(day)}）")
    first = f"关于{name}{day.year}年度社区建设规划"
    if len(first) - 2 <= ONE_LINE:
        return (first, "实施情况的报告")
    return (f"关于{name}{day.year}年度", "社区建设规划实施情况的报告")


def addressee(place: Spot) -> str:
    """Return to whom the report goes: the leaders of the place."""
    if place.is_statistical or "开发区" in place.name or "高新" in place.name:
        return "管委会："
    if place.level == Level.STREET:
        return f"{place.kind}党委、{place.kind}政府：" if place.kind else "街道党工委、街道办事处："
    return f"{place.kind}委、{place.kind}政府："


def counts(now: Tally, before: Tally | None) -> tuple[Count, ...]:
    """Return the eight verdicts with how often each occurs, and occurred a year before."""
    return tuple(
        Count(str(verdict), word, now.count(verdict), None if before is None else before.count(verdict))
        for verdict, word in WORDS.items()
    )
