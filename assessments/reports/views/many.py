"""Reports in a batch: ordering them, watching them come, each fetched as soon as it is there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from assessments.compliance import viewpoint
from communities.ground.access import asked_by_pages, roles
from communities.ground.models import Job, Role
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of

from .. import batches
from ..batches import Batch
from ..models import OrderedReport

ON_A_PAGE = 100


@roles(Role.OFFICER, Role.CLERK)
@require_POST
def order(request: PageRequest) -> HttpResponse:
    """Order the reports of the levels chosen below a place within reach, by one published run."""
    named = request.POST.get("run", "")
    runs = viewpoint.runs_seen(request).filter(published_at__isnull=False)
    run = get_object_or_404(runs, pk=int(named) if named.isdecimal() else 0)
    _place, code = viewpoint.place_of(request.POST.get("place", ""), request.scope, run.as_of)
    levels = tuple(level for level in batches.LEVELS if level in request.POST.getlist("level"))
    try:
        job = batches.order(Batch(run, prefix_of(code), levels), by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('reports')}?{request.GET.urlencode()}")
    return redirect("job_result_reports", key=job.pk)


@roles(*BUSINESS)
@require_safe
def batch(request: PageRequest, key: int) -> HttpResponse:
    """Show a batch: how far it is, a row for every report, the ZIP in the end."""
    context = _of(request, key)
    prefix = context["batch"].prefix
    if request.scope.covers(prefix):
        viewpoint.on(request, place=context["place"], code=prefix.ljust(12, "0"), run=context["run"])
    return render(request, "reports_pages/batch.html", context)


@asked_by_pages
@roles(*BUSINESS)
@require_safe
def rows(request: PageRequest, key: int) -> HttpResponse:
    """Show only what moves: what the page of a batch asks for while it is being printed; an ended one reloads it."""
    context = _of(request, key)
    response = render(request, "reports_pages/batch_rows.html", context)
    if context["job"].has_ended:
        response["HX-Refresh"] = "true"
    return response


def _of(request: PageRequest, key: int) -> dict[str, Any]:
    seen = Job.objects.seen_by(request.user).filter(kind=batches.KIND)
    job = get_object_or_404(seen.select_related("requested_by", "artefact"), pk=key)
    wanted = Batch.of(job)
    found = OrderedReport.objects.filter(request.scope.condition("code"), job=job)
    shown = found.select_related("place", "report__file").order_by("code")
    after = request.GET.get("after", "")
    if after.isdecimal():
        shown = shown.filter(code__gt=after)
    told = list(shown[: ON_A_PAGE + 1])
    failed = [str(row.place) for row in found.exclude(error="").select_related("place")] if job.has_ended else []
    left = batches.time_left(job)
    return {
        "job": job,
        "batch": wanted,
        "run": wanted.run,
        "place": wanted.place,
        "rows": told[:ON_A_PAGE],
        "failed": failed,
        "minutes_left": batches.minutes(left) if left else None,
        "after": after,
        "after_url": f"?after={told[ON_A_PAGE - 1].code}" if len(told) > ON_A_PAGE else "",
        "zip": job.artefact if _may_take(request) else None,
        "may_cancel": not job.has_ended and (job.requested_by == request.user or is_officer(request)),
    }


def _may_take(request: PageRequest) -> bool:
    """Whether the account may save packed files: leaders take the papers one by one."""
    return bool(request.scope.roles & {Role.OFFICER, Role.CLERK})
