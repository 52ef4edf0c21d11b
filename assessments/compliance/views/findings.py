"""Findings: every number of a table leads to the places behind it, and from there to why."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.ground.access import roles
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS

from .. import display, viewpoint
from ..models import Finding, Run, Verdict
from ..outlook import Outlook, outlook
from ..results import Line, Results, lines
from ..trajectories import paths_of_findings
from ..viewpoint import Viewpoint, why_url

ON_A_PAGE = 100


@dataclass(frozen=True)
class ToldFinding:
    """A finding as a row of a table: numbers in the natural unit, and the address of its explanation."""

    line: Line
    place: str
    code: str
    verdict: str
    measured: str
    required: str
    shortfall: str
    missing: int
    url: str
    outlook: Outlook | None = None


@roles(*BUSINESS)
@require_safe
def findings(request: PageRequest) -> HttpResponse:
    """Show the findings at a place and below it, of one target or of all, with one verdict or with any."""
    seen = about(request)
    if seen.run is None:
        return render(request, "compliance/not_judged.html", {"seen": seen})
    asked = {line.key: line for line in Results(seen, seen.run).lines}
    rows, kept = _filtered(request, seen, asked)
    shown = list(rows[: ON_A_PAGE + 1])
    context = {
        "seen": seen,
        "run": seen.run,
        "found": _with_outlooks(seen.run, [(row, _told(row, asked, seen)) for row in shown[:ON_A_PAGE]]),
        "after_url": _after(seen, kept, shown),
        "targets": {line.target.code: line.target.label.zh for line in asked.values()},
        "verdicts": Verdict.choices,
        "kept": kept,
        "line": next((line for line in asked.values() if line.target.code == kept.get("target")), None),
    }
    return render(request, "compliance/findings.html", context)


def about(request: PageRequest) -> Viewpoint:
    """Return what the page is about; `run` in the query names a run that is not the latest published one."""
    if not (key := request.GET.get("run", "")):
        return viewpoint.of(request)
    run = get_object_or_404(viewpoint.runs_seen(request), pk=int(key) if key.isdecimal() else 0)
    place, code = viewpoint.place_of(request.GET.get("place") or run.prefix, request.scope, run.as_of)
    if not code.startswith(run.prefix):
        raise Http404(_("The run did not judge this place."))
    return viewpoint.on(request, place=place, code=code, run=run)


def _filtered(
    request: PageRequest, seen: Viewpoint, asked: dict[tuple[int, int], Line]
) -> tuple[QuerySet[Finding, Any], dict[str, str]]:
    """Return the rows asked for in the order of codes, and the parameters that say so."""
    kept = {name: request.GET[name] for name in ("target", "verdict", "milestone", "run") if request.GET.get(name)}
    target = kept.get("target")
    rules = {line.rule_id for line in asked.values() if target in (None, line.target.code)}
    rows = Finding.objects.within(seen.prefix, seen.day).within(request.scope, seen.day)
    rows = rows.filter(run=seen.run, rule__in=rules, place__codes__during__contains=seen.day)
    if kept.get("verdict") in Verdict.values:
        rows = rows.filter(verdict=kept["verdict"])
    if kept.get("milestone", "").isdecimal():
        rows = rows.filter(milestone=kept["milestone"])
    if after := request.GET.get("after", ""):
        rows = rows.filter(_beyond(after))
    columns = ("rule_id", "milestone", "place_id", "verdict", "measured", "required", "shortfall", "missing")
    told = rows.order_by("place__codes__code", "rule__target__order", "milestone")
    return told.values(*columns, "place__name", "place__codes__code", "rule__target__order"), kept


def _beyond(after: str) -> Q:
    """Return the condition for rows after the last one shown: `code:order:milestone`."""
    code, order, milestone = ([*after.split(":"), "", ""])[:3]
    if not (code.isdecimal() and order.isdecimal() and milestone.isdecimal()):
        raise Http404(_("This page of the list is not there."))
    here = Q(place__codes__code=code)
    later = Q(rule__target__order__gt=int(order)) | Q(rule__target__order=int(order), milestone__gt=int(milestone))
    return Q(place__codes__code__gt=code) | here & later


def _after(seen: Viewpoint, kept: dict[str, str], shown: list[Any]) -> str:
    if len(shown) <= ON_A_PAGE:
        return ""
    last = shown[ON_A_PAGE - 1]
    key = f"{last['place__codes__code']}:{last['rule__target__order']}:{last['milestone']}"
    return f"?{seen.query(**kept, after=key)}"


def _told(row: Any, asked: dict[tuple[int, int], Line], seen: Viewpoint) -> ToldFinding:
    line = asked[row["rule_id"], row["milestone"]]
    asks = row["verdict"] not in (Verdict.NOT_APPLICABLE, Verdict.NO_RULE)
    return ToldFinding(
        line=line,
        place=row["place__name"],
        code=row["place__codes__code"],
        verdict=row["verdict"],
        measured=_shown(row["measured"], line, against=row["required"]),
        required=_shown(row["required"], line, against=row["measured"]) if asks else "",
        shortfall=line.short(row["shortfall"]) if asks else "",
        missing=len(row["missing"] or ()),
        url=why_url(seen, row["place__codes__code"], line.target.code, row["milestone"]),
    )


def _with_outlooks(run: Run, told: list[tuple[Any, ToldFinding]]) -> list[ToldFinding]:
    """Add to what is not due yet how it moves: by two queries for all, none where nothing is awaited."""
    keys = [
        (row["place_id"], found.code, found.line.target.code, found.line.milestone)
        if found.verdict == Verdict.NOT_DUE
        else None
        for row, found in told
    ]
    known = paths_of_findings(run, [key for key in keys if key is not None])
    found_paths = [known.get((key[0], *key[2:])) if key else None for key in keys]
    return [
        replace(found, outlook=outlook(path, found.line.milestone)) if path else found
        for (_row, found), path in zip(told, found_paths, strict=True)
    ]


def _shown(value: Decimal | None, line: Line, *, against: Decimal | None) -> str:
    if value is None:
        return ""
    if line.question.measured.type == "boolean":
        return display.shown(bool(value))
    return display.quantity(value, line.question.measured.unit, against=against)


def of_a_community(seen: Viewpoint, run: Run) -> list[ToldFinding]:
    """Return all findings at one community in the order of the plan (one query, three where some are awaited)."""
    asked = {line.key: line for line in lines(run.version, run.as_of)}
    rules = {line.rule_id for line in asked.values() if line.target.subject == seen.place.level}
    rows = Finding.objects.filter(run=run, place=seen.place, rule__in=rules).order_by(
        "rule__target__order", "milestone"
    )
    columns = ("rule_id", "milestone", "verdict", "measured", "required", "shortfall", "missing")
    more = {"place__name": seen.place.name, "place__codes__code": seen.code, "place_id": seen.place.pk}
    told = [{**row, **more} for row in rows.values(*columns)]
    return _with_outlooks(run, [(row, _told(row, asked, seen)) for row in told])
