"""
The outlook of a report: what the next year requires, how far it is today, whether the present pace will do.

And the drawing of the way that needs its readers most. How a target stands and when its pace arrives is said by
`compliance.outlook`, here as on the pages; figures and days are set as papers set them. In Chinese like every report.
"""

from dataclasses import dataclass

from assessments.compliance import display, trajectories
from assessments.compliance.models import Run
from assessments.compliance.outlook import gap_to, look_of, projected
from assessments.compliance.pace import Course, Due, Status
from assessments.compliance.trajectories import Path

from . import figures, milestones
from .asked import PLACES, SIGNS, force_in
from .charts import Trajectory
from .contents import AheadLine
from .drawing import WIDTH
from .gathering import Gathered, left_out

UNKNOWN = (Status.UNDETERMINED, Status.UNMEASURED)


@dataclass(frozen=True)
class Ahead:
    """What the report says of milestones: the drawing with its sentence, the lines of the next year with theirs."""

    drawn: Trajectory | None
    drawn_text: str
    year: int
    lines: tuple[AheadLine, ...]
    text: str


def ahead_of(gathered: Gathered) -> Ahead:
    """Read the ways of the place and say everything about them (five queries at most)."""
    run, place = gathered.run, gathered.place
    found = trajectories.paths(run, place.id, place.level, place.code, yearly=False)
    year = run.as_of.year + 1
    courses = [(path, path.course) for path in found if path.course is not None]
    lines = [_line(run, path, course, year) for path, course in courses]
    told = tuple(line for line in lines if line is not None)
    path = _to_draw(courses)
    text = _sentence(path) + left_out(gathered) if path else ""
    return Ahead(milestones.chart_of(path, width=WIDTH) if path else None, text, year, told, _summary(told, year))


def _to_draw(courses: list[tuple[Path, Course]]) -> Path | None:
    """The most urgent way that was measured on two days at least."""
    return min((path for path, course in courses if len(course.known) > 1), key=milestones.urgency, default=None)


def _line(run: Run, path: Path, course: Course, year: int) -> AheadLine | None:
    """What one target must come to by the end of the year; None where that is reached and no more than this year."""
    due, _carried = path.due_in(year)
    before, _ = path.due_in(year - 1)
    if due is None or (due == before and course.status(due) == Status.REACHED):
        return None
    status = course.status(due)
    return AheadLine(
        label=path.way.target.label.zh + (f"（{path.way.scope}）" if path.way.scope else ""),
        force=force_in(run, path.way.question),
        subject=PLACES[path.over] if path.over else "",
        required=f"{SIGNS[due.bound]}{figures.quantity(due.required, path.unit)}",
        is_carried=due == before,
        now=_now(course, due, path),
        gap=_gap(course, due, path),
        pace=_pace(course, due, path),
        look=look_of(path, status),
        word=str(status.label),
    )


def _now(course: Course, due: Due, path: Path) -> str:
    if course.last is None:
        return "缺"
    day, value = course.last
    now = figures.quantity(value, path.unit, due.required)
    return now if course.is_known_now else f"{now}（{figures.day_in_words(day)}）"


def _gap(course: Course, due: Due, path: Path) -> str:
    gap = gap_to(course, due)
    return figures.difference(gap, path.unit) if gap else figures.NOTHING


def _pace(course: Course, due: Due, path: Path) -> str:
    """The change per year at present; a dash where it is not known."""
    if course.slope is None or not course.is_known_now:
        return figures.NOTHING
    if course.slope == 0:
        return "无变化"
    places = 1 if display.is_share(path.unit) or abs(course.slope) < 100 else 0
    rate = figures.number(abs(course.slope), path.unit, places=places)
    return f"{'+' if course.slope > 0 else '−'}{rate}"


def _summary(lines: tuple[AheadLine, ...], year: int) -> str:
    if not lines:
        return ""
    raised = sum(not line.is_carried for line in lines)
    carried = len(lines) - raised
    words = [str(status.label) for status in Status]
    kinds = [f"{word}{count}项" for word in words if (count := sum(line.word == word for line in lines))]
    first = f"{year}年底应达到的阶段目标中，当年到期的{raised}项" if raised else f"{year}年没有新到期的阶段目标"
    unknown = [str(status.label) for status in UNKNOWN]
    missed = "仍未达到或无法判定" if any(line.is_carried and line.word in unknown for line in lines) else "仍未达到"
    second = f"，此前到期{missed}的{carried}项" if carried else ""
    return f"{first}{second}。按截至目前的进度，{'，'.join(kinds)}，见下表。"


def _sentence(path: Path) -> str:
    """One paragraph beside the drawing: what is due by when, from where to where it came, when the pace arrives."""
    course = path.course
    if course is None or course.aim is None:
        return ""
    aim, (first, start), (last, now) = course.aim, course.known[0], course.known[-1]
    partly = "（按已知数据计算）" if path.seen[-1].measured.partly else ""
    unknown = "" if course.is_known_now else f"{figures.day_in_words(course.as_of)}的数据缺失，"
    arrives = projected(course, aim)
    share = "达到要求的" + PLACES[path.over] + "占比" if path.over else ""
    return (
        f"“{path.way.target.label.zh}”{share}要求{figures.day_in_words(aim.day)}前"
        f"{_must(aim)}{figures.quantity(aim.required, path.unit)}。"
        f"{figures.day_in_words(first)}为{figures.quantity(start, path.unit)}，"
        f"{figures.day_in_words(last)}为{figures.quantity(now, path.unit, aim.required)}{partly}，{unknown}"
        f"{arrives}{'，' if arrives else ''}{course.status(aim).label}。"
    )


def _must(due: Due) -> str:
    return {"at_most": "降到不超过", "less_than": "降到低于", "more_than": "超过", "equals": "为"}.get(
        due.bound, "达到"
    )
