"""The overview: how a place stands, what its leader needs to know, and every target by the places below."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.compliance import viewpoint
from assessments.compliance.models import Run, Verdict
from assessments.compliance.printed import PrintedFigure
from assessments.compliance.printed import told as told_printed
from assessments.compliance.results import (
    Bases,
    Line,
    Results,
    TableRow,
    Tally,
    bases,
    compliance_rate,
    counted,
    percent,
)
from assessments.compliance.viewpoint import Viewpoint, why_url
from assessments.compliance.views.findings import ToldFinding, of_a_community
from communities.ground.access import signed_in
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import ADMINISTRATORS, BUSINESS
from communities.ground.scope import prefix_of
from communities.places.models import Level, Place

from .. import charts, milestones
from ..matters import matters

MOST_YEARS = 6
IN_TWO_COLUMNS = ("met", "not_applicable", "not_met", "no_rule", "attention", "reported", "undetermined", "not_due")


class Change(NamedTuple):
    """How many points the rate went up or down since which day; `over`: its bases, where they lie far apart."""

    points: str
    day: str
    over: Bases | None


@dataclass(frozen=True)
class Cell:
    """One cell of the table: what it says, how it is tinted, where it leads."""

    verdict: str
    text: str
    beside: str
    url: str


@dataclass(frozen=True)
class HeatRow:
    """One target across the places below; `printed`: what the document prints of the place itself."""

    row: TableRow
    url: str
    cells: list[Cell]
    total: Cell
    due: date | None
    printed: PrintedFigure | None


@signed_in
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    """Show how the place stands as of the day, by the latest published run; an administrator is led to his pages."""
    if not request.scope.roles & BUSINESS:
        return _to_who_has_no_business_here(request)
    seen = viewpoint.of(request)
    if seen.run is None:
        return render(request, "compliance/not_judged.html", {"seen": seen, "may_judge": is_officer(request)})
    results = Results(seen, seen.run)
    past = _past(seen, seen.run)
    alike = [one for one in past if one.version_id == seen.run.version_id]
    found = counted([seen.run, *alike], seen.place)
    known = {key: compliance_rate(counts) for key, counts in found.items()}
    trend = _reached(known, [seen.run, *alike])
    rate = results.rate
    context = {
        "seen": seen,
        "above": [
            (place.name, f"/?{seen.query(place=_prefix(place))}")
            for place in seen.trail
            if place != seen.place and seen.scope.covers(_prefix(place))
        ],
        "run": seen.run,
        "rate": percent(rate) if rate is not None else "—",
        "counts": [(code, results.counts.get(code, 0)) for code in IN_TWO_COLUMNS],
        "change": _change(rate, found, past, seen.run),
        "other": next((one for one in past if one not in alike), None),
        "spark": charts.spark(trend),
        "chart": _chart(trend, []),
        "targets": len(results.lines),
        "communities": max(
            (row.total.places for row in results.table if row.line.target.subject == "community"), default=0
        ),
    }
    if seen.place.level == Level.COMMUNITY:
        return render(request, "reports_pages/community.html", context | _of_a_community(seen, seen.run))
    ways = milestones.rows(seen, seen.run, yearly=False)
    known_ways = milestones.to_know(ways)
    rows = _heats(seen, results.table)
    context |= {
        "chart": _chart(trend, known_ways),
        "lead": known_ways[0] if known_ways else None,
        "ways": [row for row in known_ways if row.is_raised or row is not known_ways[0]][: milestones.MOST_SHOWN],
        "ways_in_all": sum(row.has_chart for row in ways),
        "next_year": seen.day.year + 1,
        "matters": matters(seen, results.table),
        "rows": rows,
        "has_printed": any(row.printed for row in rows),
        "heads": [(_head(child), f"/?{seen.query(place=_prefix(child))}") for child in seen.children],
        "below": Level(seen.below).label,
    }
    return render(request, "reports_pages/overview.html", context)


def _to_who_has_no_business_here(request: PageRequest) -> HttpResponse:
    """Lead an administrator to the page of his duty; say to others that no access is in force."""
    if request.scope.roles & ADMINISTRATORS:
        return redirect("duty")
    return render(request, "reports_pages/no_access.html")


def _prefix(place: Place) -> str:
    return prefix_of(viewpoint.code_of(place))


def _past(seen: Viewpoint, run: Run) -> list[Run]:
    """The published runs of earlier days, the latest of each, newest first."""
    by_day: dict[object, Run] = {}
    for one in seen.runs.filter(as_of__lt=run.as_of)[:50]:
        by_day.setdefault(one.as_of, one)
    return list(by_day.values())[: MOST_YEARS - 1]


def _change(rate: Decimal | None, found: dict[int, dict[str, int]], past: list[Run], run: Run) -> Change | None:
    """Return the change against the run before; None without one by the same plan version."""
    counts = found.get(past[0].pk) if past else None
    before = compliance_rate(counts) if counts else None
    if rate is None or counts is None or before is None:
        return None
    over = bases(counts, found[run.pk])
    points = f"{(rate - before).quantize(Decimal('0.1')):+}"
    return Change(points, past[0].as_of.isoformat(), over if over.differ else None)


def _reached(known: dict[int, Decimal | None], runs: list[Run]) -> list[charts.Reached]:
    """The compliance rate over the days judged, the first day first."""
    return [charts.Reached(run.as_of, known.get(run.pk)) for run in reversed(runs)]


def _chart(trend: list[charts.Reached], ways: list[milestones.Row]) -> charts.Trajectory | None:
    """The way that needs a leader most; without any, the line of the compliance rate where several days are known."""
    if ways:
        return milestones.chart_of(ways[0].path, width=376)
    if len(trend) < 2 or not any(spot.value is not None for spot in trend):
        return None
    return charts.trajectory(title=_("Compliance rate over the years"), unit="%", reached=trend, width=376)


def _head(place: Place) -> str:
    """The name of a place as it stands over a column: 文东, 柳埠镇, 和平路."""
    return place.short_name.removesuffix("街道").removesuffix("社区") or place.short_name


def _heats(seen: Viewpoint, table: list[TableRow]) -> list[HeatRow]:
    """
    The rows of the table; the day is told where a target stands with several milestones.

    What is awaited stands among the milestones: here only where nothing of its target and scope is due yet.
    """
    shown: dict[tuple[str, str], TableRow] = {}
    for row in table:
        key = row.line.target.code, row.line.question.applies.text
        shown[key] = min(shown.get(key, row), row, key=_awaited)
    often = Counter(code for code, _scope in shown)
    return [_heat(seen, row, with_day=often[row.line.target.code] > 1) for row in shown.values()]


def _awaited(row: TableRow) -> tuple[bool, date]:
    return row.line.question.state == "not_due", row.line.due or date.min


def _heat(seen: Viewpoint, row: TableRow, *, with_day: bool) -> HeatRow:
    beside = zip(seen.children, row.cells, strict=True)
    cells = [_cell(seen, tally, viewpoint.code_of(child), row.line) for child, tally in beside]
    return HeatRow(
        row=row,
        url=f"/findings/?{seen.query(target=row.line.target.code)}",
        cells=cells,
        total=_cell(seen, row.total, seen.code, row.line),
        due=row.line.due if with_day else None,
        printed=_printed(row) if row.total.own else None,
    )


def _printed(row: TableRow) -> PrintedFigure | None:
    return told_printed(row.total.measured, row.line.target.printed, row.line.question.measured.unit, row.total.verdict)


def _cell(seen: Viewpoint, tally: Tally, code: str, line: Line) -> Cell:
    """
    A cell about the place itself leads to why; one about many leads to those that are exceptions.

    Where a target is only reported, the number of the place says what the verdict does not.
    """
    target = line.target.code
    if not tally.counts:
        return Cell("", "", "", "")
    if tally.own:
        found = line.found(tally.measured, tally.said) if tally.verdict == Verdict.REPORTED else ""
        label = str(Verdict(tally.verdict).label)
        return Cell(tally.verdict, found, label, why_url(seen, code, target, line.milestone))
    more = {"verdict": tally.verdict} if tally.verdict in ("not_met", "attention", "undetermined") else {}
    url = f"/findings/?{seen.query(place=prefix_of(code), target=target, **more)}"
    return Cell(tally.verdict, tally.text, tally.beside, url)


def _of_a_community(seen: Viewpoint, run: Run) -> dict[str, object]:
    """
    The findings of one community in the order of the clauses, as in an evaluation sheet.

    What does not apply is left out where another milestone of the same target does.
    """
    texts = dict(run.version.clauses.order_by("order").values_list("anchor", "text_zh"))
    groups: dict[str, list[ToldFinding]] = {anchor: [] for anchor in texts}
    found = of_a_community(seen, run)
    asked = {one.line.target.code for one in found if one.verdict != Verdict.NOT_APPLICABLE}
    for one in found:
        if one.verdict != Verdict.NOT_APPLICABLE or one.line.target.code not in asked:
            groups.setdefault(one.line.question.clause or one.line.target.clause, []).append(one)
    return {"groups": [(anchor, texts.get(anchor, ""), own) for anchor, own in groups.items() if own]}
