"""A plan as it is met: its reading page with the verdicts of the run, its versions, the trial of one that waits."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.plans.comparing import Difference, differences
from assessments.plans.models import Plan, PlanVersion
from assessments.plans.restoring import restore
from communities.ground import clock, periods
from communities.ground.access import roles
from communities.ground.models import Role
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of

from .. import viewpoint
from ..clauses import clauses
from ..comparing import Compared, base_of, compared
from ..forms import EvaluateForm
from ..models import Run
from ..results import lines
from ..viewpoint import Viewpoint
from .runs import order

MOST_TRIALS = 5


@roles(*BUSINESS)
@require_safe
def plan(request: PageRequest, code: str) -> HttpResponse:
    """Show a plan clause by clause, each with its targets and how they stand at the place and below it."""
    found = get_object_or_404(Plan.objects.within(request.scope).select_related("owner"), code=code)
    seen = _about(request, found)
    version = seen.version
    if version is None:
        return render(request, "plans/unpublished.html", {"plan": found, "may_load": is_officer(request)})
    asked = lines(version, seen.day)
    context = {
        "plan": found,
        "version": version,
        "seen": seen,
        "clauses": clauses(seen, version),
        "versions": _versions(request, found),
        "consultation": version.consultation_on(clock.today()),
        "consultation_days": periods.shown(version.consultation) if version.consultation else "",
        "targets": len({line.target.code for line in asked}),
        "without_rule": len({line.target.code for line in asked if line.question.state == "no_rule"}),
        "period": periods.shown(version.period),
        "may_load": is_officer(request),
    }
    return render(request, "plans/plan.html", context)


def _about(request: PageRequest, found: Plan) -> Viewpoint:
    """The viewpoint of the query, which must be about the plan of the address."""
    asked = request.GET.copy()
    asked["plan"] = found.code
    request.GET = asked  # type: ignore[assignment]
    return viewpoint.of(request)


def _versions(request: PageRequest, found: Plan) -> QuerySet[PlanVersion]:
    rows = found.versions.defer("pack", "source_text").select_related("loaded_by", "published_by").order_by("-number")
    return rows if _is_ours(request, found) else rows.filter(published_at__isnull=False)


def version_of(request: PageRequest, code: str, number: int) -> PlanVersion:
    """Return the version; one that waits is seen by the officers of the plan's own area."""
    rows = PlanVersion.objects.within(request.scope).select_related("plan__owner", "loaded_by", "published_by")
    found = get_object_or_404(rows, plan__code=code, number=number)
    if not found.is_published and not _is_ours(request, found.plan):
        raise Http404
    return found


def _is_ours(request: PageRequest, plan: Plan) -> bool:
    return is_officer(request) and request.scope.covers(plan.prefix)


@roles(*BUSINESS)
@require_safe
def version(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Show one version: what it changes; while it waits, its trials with the verdicts that would turn."""
    found = version_of(request, code, number)
    return _version_page(
        request, found, EvaluateForm(scope=request.scope, version=found, initial=_proposed(request, found))
    )


def _proposed(request: PageRequest, found: PlanVersion) -> dict[str, object]:
    """A day for which a published run stands to be compared with, where there is one."""
    area = prefix_of(found.plan.prefix)
    own = area if request.scope.covers(area) else min(request.scope.prefixes, default=area)
    last = Run.objects.published().filter(version__plan=found.plan_id).order_by("-as_of").first()
    return {"area": own, "as_of": last.as_of if last else None}


def _version_page(request: PageRequest, found: PlanVersion, form: EvaluateForm) -> HttpResponse:
    others = PlanVersion.objects.published().filter(plan=found.plan_id).order_by("-number")
    before = others.filter(number__lt=found.number).first()
    later = others.filter(number__gt=found.number).defer("pack", "source_text").first() if found.is_published else None
    context = {
        "version": found,
        "before": before,
        "later": later,
        "differences": changes_of(before, found),
        "trials": _trials(request, found),
        "form": form,
        "may_try": is_officer(request),
        "why_not": _why_not(request, found),
    }
    return render(request, "plans/version.html", context, status=422 if form.errors else 200)


def changes_of(before: PlanVersion | None, found: PlanVersion) -> list[Difference]:
    """Return what the version changes against the one before it; nothing where it is the first."""
    return differences(restore(before.pack), restore(found.pack)) if before else []


@dataclass(frozen=True)
class Trial:
    """A run by the version, beside the published run of that day."""

    run: Run
    compared: Compared | None


def _trials(request: PageRequest, found: PlanVersion) -> list[Trial]:
    """Return the latest runs by a version that waits; the newest compared with what is published."""
    rows = viewpoint.runs_seen(request).filter(version=found)[:MOST_TRIALS]
    trials = []
    for number, run in enumerate(rows):
        base = base_of(run) if number == 0 and not found.is_published else None
        trials.append(Trial(run, compared(base, run, request.scope) if base else None))
    return trials


def latest_trial(request: PageRequest, found: PlanVersion) -> Trial | None:
    """Return the newest run by a version that waits, compared with what is published; None where it was not tried."""
    return next(iter(_trials(request, found)), None)


def _why_not(request: PageRequest, found: PlanVersion) -> str:
    """Return why this account cannot publish the version; empty where it can."""
    if found.is_published:
        return _("It is published.")
    if not is_officer(request):
        return _("Only an officer publishes plans.")
    if not request.scope.covers(found.plan.prefix):
        return _("The area of this plan lies outside the area of your account.")
    return ""


@roles(Role.OFFICER)
@require_POST
def try_out(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Judge by the version on trial: a job does it, and the version's page then shows what would turn."""
    found = version_of(request, code, number)
    form = EvaluateForm(request.POST, scope=request.scope, version=found)
    if not form.is_valid():
        return _version_page(request, found, form)
    return redirect("job", key=order(request, form).pk)
