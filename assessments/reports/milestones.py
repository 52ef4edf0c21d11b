"""
Milestones laid out for the eye: targets by years, the way of one target as a chart, what the next year asks for.

`compliance.trajectories` reads the ways, `compliance.outlook` puts them into words; here they become rows and cells.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.compliance import display, trajectories
from assessments.compliance.models import Run
from assessments.compliance.outlook import LOOKS, Outlook, outlook, outlooks, required
from assessments.compliance.pace import Due, Status
from assessments.compliance.trajectories import Path, Seen
from assessments.compliance.viewpoint import Viewpoint, why_url
from assessments.plans.models import Force
from communities.ground import units
from communities.places.models import Level

from . import charts

HUNDRED = Decimal(100)
MOST_YEARS = 12
YEARS_AHEAD = 3  # how far beyond the last milestone a slow way is drawn until it arrives
MOST_SHOWN = 3  # rows of the overview
URGENT = (
    Status.OVERDUE,
    Status.BEHIND,
    Status.UNDETERMINED,
    Status.UNMEASURED,
    Status.ONCE,
    Status.ON_TRACK,
    Status.REACHED,
)


@dataclass(frozen=True)
class YearCell:
    """One target at the end of one year: what is required, what was measured, and the verdict that counted."""

    year: int
    required: str = ""
    is_carried: bool = False
    measured: str = ""
    partly: bool = False
    verdict: str = ""
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One target (in one scope) with its years, how it moves, and its name in addresses."""

    path: Path
    key: str
    url: str
    force: str
    clause: str
    outlook: Outlook | None
    cells: tuple[YearCell, ...]
    next_year: Outlook | None
    is_raised: bool  # whether next year asks for more than this year
    over: str

    @property
    def label(self) -> str:
        """The target as officials speak of it."""
        return self.path.way.target.label.zh

    @property
    def scope(self) -> str:
        """Where it is asked for, empty where everywhere."""
        return self.path.way.scope

    @property
    def has_chart(self) -> bool:
        """Whether there is anything to draw."""
        return self.path.course is not None

    @property
    def stages(self) -> tuple[Outlook, ...]:
        """How each of its milestones stands, by due day."""
        return outlooks(self.path)

    @property
    def urgency(self) -> tuple[int, bool, Decimal]:
        """The sorting key of its way."""
        return urgency(self.path)


def urgency(path: Path) -> tuple[int, bool, Decimal]:
    """The sorting key: overdue or behind first, the place itself before those below it, then what lacks most."""
    course = path.course
    if course is None or course.aim is None:
        return len(URGENT), True, Decimal(0)
    lacking = Decimal(0)
    if course.last is not None and course.aim.required:
        lacking = course.aim.gap(course.last[1]) / abs(course.aim.required)
    return URGENT.index(course.status()), bool(path.over), -lacking


def rows(seen: Viewpoint, run: Run, *, yearly: bool = True) -> list[Row]:
    """
    Return every way about the place or what lies below it, in the order of the pack (four queries at most).

    What is only reported requires nothing by any day, so it has none.
    """
    found = trajectories.paths(run, seen.place.pk, seen.place.level, seen.code, yearly=yearly)
    found = [path for path in found if path.way.question.test is not None]
    years = years_of(found, run.as_of)
    return [_row(seen, run, path, years) for path in found]


def years_of(found: Iterable[Path], day: date) -> list[int]:
    """Return the years to show: the last dozen of `all_years`."""
    return all_years(found, day)[-MOST_YEARS:]


def left_out(found: Iterable[Path], day: date) -> str:
    """Return the earlier years that are not shown, such as 2001–2004; empty where all are."""
    years = all_years(found, day)[:-MOST_YEARS]
    return "–".join(str(year) for year in dict.fromkeys((years[0], years[-1]))) if years else ""


def all_years(found: Iterable[Path], day: date) -> list[int]:
    """Return every year from the first measured or due to the last due, and at least the year of the day."""
    told = {day.year}
    for path in found:
        told |= {one.run.as_of.year for one in path.seen}
        told |= {due.year for due, _number, _figure in path.dues if not path.way.is_yearly}
    return list(range(min(told), max(told) + 1))


def _row(seen: Viewpoint, run: Run, path: Path, years: Sequence[int]) -> Row:
    way = path.way
    return Row(
        path=path,
        key=key_of(path),
        url=f"?{seen.query(row=key_of(path))}#way",
        force=str(Force(way.question.rule.force).label),
        clause=way.question.clause,
        outlook=outlook(path),
        cells=tuple(_cell(seen, path, year, run.as_of) for year in years),
        next_year=of_next_year(path, run.as_of.year + 1),
        is_raised=path.due_in(run.as_of.year + 1)[0] != path.due_in(run.as_of.year)[0],
        over=str(Level(path.over).label) if path.over else "",
    )


def key_of(path: Path) -> str:
    """Return the name of a way in addresses: its target and its first milestone."""
    return f"{path.way.target.code}-{path.way.stages[0].milestone}"


def of_next_year(path: Path, year: int) -> Outlook | None:
    """Tell what is required at the end of a year, carried forward where nothing new falls due; None for nothing."""
    due, _carried = path.due_in(year)
    return outlook(path, due.milestone) if due else None


def _cell(seen: Viewpoint, path: Path, year: int, day: date) -> YearCell:
    told = path.of_year(year)
    due, carried = path.due_in(year)
    verdict = told.verdict if told else ("not_due" if year > day.year and due is not None else "")
    return YearCell(
        year=year,
        required=required(path, due) if due else _stated(path, year),
        is_carried=carried,
        measured=_measured(path, told, due),
        partly=bool(told and told.measured.partly),
        verdict=verdict,
        url=_url(seen, path, told) if told else "",
    )


def _stated(path: Path, year: int) -> str:
    """What is required where no course leads to it: the figure of each year, or that the condition must hold."""
    asked = [(number, figure) for day, number, figure in path.dues if day.year <= year or path.way.is_yearly]
    if not asked or path.course is not None:
        return ""
    number, figure = asked[-1]
    if ratio := path.way.question.rule.ratio:
        return "∶".join(weight for _party, weight in ratio)
    bound = path.way.bound
    if figure is None or bound is None:
        return _("by its formula") if path.way.question.bounds else _("must hold")
    if path.over:
        return display.quantity(figure, path.unit)
    return required(path, Due(date(year, 12, 31), figure, bound.name, number))


def _measured(path: Path, told: Seen | None, due: Due | None) -> str:
    if told is None or told.measured.value is None:
        return ""
    if path.way.question.measured.type == "boolean" and not path.over:
        return _("yes") if told.measured.value else _("no")
    return display.quantity(told.measured.value, path.unit, against=due.required if due else None)


def _url(seen: Viewpoint, path: Path, told: Seen) -> str:
    """Lead to why where the target is about the place, to the places below where it counts them."""
    day = told.run.as_of.isoformat()
    target = path.way.target.code
    if path.over:
        return f"/findings/?{seen.query(target=target, as_of=day)}"
    return why_url(seen, seen.code, target, _milestone(path, told.run.as_of)).replace(
        f"as_of={seen.day.isoformat()}", f"as_of={day}"
    )


def _milestone(path: Path, day: date) -> int:
    """The number of the milestone that counted on a day: the last one due, before that the first to come."""
    due = [number for when, number, _figure in path.dues if when <= day]
    return due[-1] if due else path.dues[0][1]


@dataclass(frozen=True)
class NotCompared:
    """The published runs of a place by another version of the plan, of every day the latest, the first day first."""

    version: int
    runs: tuple[tuple[Run, str], ...]


def not_compared(seen: Viewpoint, run: Run) -> list[NotCompared]:
    """Return the runs up to the day of `run` that its table leaves out, by version, with addresses (one query)."""
    others = seen.runs.filter(as_of__lte=run.as_of).exclude(version=run.version_id)
    latest: dict[int, dict[date, Run]] = {}
    for one in others.order_by("version__number", "as_of", "published_at", "pk"):
        latest.setdefault(one.version.number, {})[one.as_of] = one
    return [
        NotCompared(number, tuple((one, f"{reverse('run', args=[one.pk])}?{seen.query()}") for one in days.values()))
        for number, days in latest.items()
    ]


def counted(found: Iterable[Row]) -> list[tuple[str, str, int]]:
    """Return how many ways stand how: look, word, number; the most urgent first."""
    numbers = Counter(row.outlook.status for row in found if row.outlook)
    return [(LOOKS[status], str(status.label), numbers[status]) for status in URGENT if numbers[status]]


def to_know(found: Iterable[Row]) -> list[Row]:
    """Return the rows of the overview: what is not reached, or asked for more next year; the most urgent first."""
    open_ones = [row for row in found if row.outlook and (row.outlook.status != Status.REACHED or row.is_raised)]
    return sorted(open_ones, key=lambda row: row.urgency)


def chart_of(path: Path, *, width: int = 640) -> charts.Trajectory | None:
    """Draw the way: what was reached, the pace required (dashed), where the present slope leads (dotted)."""
    course = path.course
    if course is None or (not course.known and not course.dues):
        return None
    expected = _expected(path)
    values = [_drawn(value, path) for _day, value in course.known]
    return charts.trajectory(
        title=path.way.target.label.zh,
        unit=units.label(path.unit),
        reached=[
            charts.Reached(one.day, None if one.value is None else _drawn(one.value, path)) for one in course.measured
        ],
        due=[charts.Due(due.day, _drawn(due.required, path)) for due in course.dues],
        expected=charts.Reached(expected[0], _drawn(expected[1], path)) if expected else None,
        places=0 if all(value == value.to_integral() for value in values) else 1,
        width=width,
    )


def _drawn(value: Decimal, path: Path) -> Decimal:
    """A share in per cent, below 100 as long as anything is missing."""
    if not display.is_share(path.unit):
        return value
    rounded = (value * HUNDRED).quantize(Decimal("0.1"))
    return min(rounded, Decimal("99.9")) if value < 1 else rounded


def _expected(path: Path) -> tuple[date, Decimal] | None:
    """Where the present slope is drawn to: its arrival if that is near, else where it stands when it is due."""
    course = path.course
    if course is None or course.aim is None or course.last is None or course.slope is None:
        return None
    aim, arrival = course.aim, course.arrival(course.aim)
    if aim.is_met_by(course.last[1]) or (not course.is_known_now and course.status() == Status.UNDETERMINED):
        return None
    if arrival is not None and arrival.year <= course.dues[-1].day.year + YEARS_AHEAD:
        return arrival, aim.required
    until = max(aim.day, date(course.as_of.year + 1, 12, 31))
    value = course.expected_on(until)
    return (until, value) if value is not None and value >= 0 else None
