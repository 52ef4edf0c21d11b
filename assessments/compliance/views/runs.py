"""Runs: asking for one, seeing what it found and what it turns."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communities.ground import jobs
from communities.ground.access import roles
from communities.ground.models import Role
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS
from communities.places.models import Place

from .. import viewpoint
from ..comparing import beside, compared
from ..forms import EvaluateForm
from ..judged import places_within
from ..models import Run
from ..results import Results, percent
from ..viewpoint import Viewpoint

ON_A_PAGE = 30


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def runs(request: PageRequest) -> HttpResponse:
    """Ask for a judging; below the form stand the runs within reach, trials marked."""
    seen = viewpoint.of(request)
    begin = {"plan": seen.plan.code if seen.plan else None, "area": f"{seen.prefix} {seen.place}", "as_of": seen.day}
    form = EvaluateForm(request.POST or None, scope=request.scope, initial=begin)
    if request.method == "POST" and form.is_valid():
        return _ordered(request, form)
    rows = viewpoint.runs_seen(request).select_related("started_by", "published_by")
    if (before := request.GET.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows[: ON_A_PAGE + 1])
    more = f"?{seen.query(before=shown[ON_A_PAGE - 1].pk)}" if len(shown) > ON_A_PAGE else ""
    whole = {run.pk for run in shown if request.scope.covers(run.prefix)}
    context = {"form": form, "runs": shown[:ON_A_PAGE], "after_url": more, "areas": _names(shown), "whole": whole}
    return render(request, "compliance/runs.html", context, status=422 if form.errors else 200)


def _ordered(request: PageRequest, form: EvaluateForm) -> HttpResponse:
    return redirect("job", key=order(request, form).pk)


def order(request: PageRequest, form: EvaluateForm) -> Any:
    """Hand in the judging that a valid form asks for, and return its job."""
    assert form.version is not None  # noqa: S101  a valid form has one
    area = form.cleaned_data["area"]
    return jobs.submit(
        "evaluate",
        by=request.user,
        prefix=area,
        version=form.version.pk,
        as_of=form.cleaned_data["as_of"].isoformat(),
        within=area,
    )


def _names(rows: list[Run]) -> dict[str, str]:
    """Return the names of the areas the runs judged, by prefix (one query)."""
    codes = {run.prefix.ljust(12, "0"): run.prefix for run in rows}
    named = Place.objects.filter(codes__code__in=codes).values_list("codes__code", "name")
    return {codes[code]: name for code, name in named if code in codes}


@roles(*BUSINESS)
@require_safe
def run(request: PageRequest, key: int) -> HttpResponse:
    """Show one run: counts, every target, and which verdicts turn against the published run of that day."""
    found = get_object_or_404(viewpoint.runs_seen(request).select_related("started_by", "published_by"), pk=key)
    seen = _seen(request, found)
    results = Results(seen, found)
    others = beside(found)
    context = {
        "run": found,
        "seen": seen,
        "results": results,
        "places": places_within(found, seen.prefix),
        "is_part": seen.prefix != found.prefix,
        "rate": percent(results.rate) if results.rate is not None else "—",
        "compared": compared(others.base, found, request.scope) if others.base else None,
        "later": others.later,
        "why_not": _why_not(request, found),
        "is_official": found.published_at is not None,
    }
    return render(request, "compliance/run.html", context)


def _seen(request: PageRequest, found: Run) -> Viewpoint:
    """The place the run's page is about: the one asked for, else the run's area, else the account's part of it."""
    asked = request.GET.get("place", "")
    inside = [prefix for prefix in request.scope.prefixes if prefix.startswith(found.prefix)]
    code = asked or (found.prefix if request.scope.covers(found.prefix) else min(inside, default=""))
    if not code.startswith(found.prefix):
        raise Http404(_("The run did not judge this place."))
    place, code = viewpoint.place_of(code, request.scope, found.as_of)
    return viewpoint.on(request, place=place, code=code, run=found)


def _why_not(request: PageRequest, found: Run) -> str:
    """Return why this account cannot publish the run; empty where it can."""
    if found.published_at is not None:
        return _("It is published.")
    if Role.OFFICER not in request.scope.roles:
        return _("Only an officer publishes runs.")
    if not request.scope.covers(found.prefix):
        return _("The run judged more than the area of your account.")
    if not found.version.is_published:
        return _("It was judged by a plan version that is not published; publish that first.")
    if found.known_at is not None:
        return _("The run says what was known at a moment gone by; such a run is never published.")
    return ""


@roles(*BUSINESS)
@require_safe
def of_job(request: PageRequest, key: int) -> HttpResponse:
    """Lead from the job that judged to the run it made; from a trial of a waiting version back to that version."""
    found = get_object_or_404(viewpoint.runs_seen(request), job=key)
    if found.version.is_published:
        return redirect("run", key=found.pk)
    version = reverse("plan_version", args=[found.version.plan.code, found.version.number])
    return redirect(f"{version}#flips")
