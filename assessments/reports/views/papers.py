"""Reports: ordering a PDF of a place, and finding the ones that were made."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.compliance import viewpoint
from assessments.compliance.viewpoint import Viewpoint
from communities.ground import jobs
from communities.ground.access import roles
from communities.ground.models import Job, Role
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of
from communities.places.models import Level

from .. import batches

KIND = "report"
ON_A_PAGE = 50


@roles(*BUSINESS)
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: PageRequest) -> HttpResponse:
    """Order a report about the place shown, or about another within reach; below stand the reports within reach."""
    seen = viewpoint.of(request)
    if request.method == "POST":
        return _ordered(request, seen)
    rows = (
        Job.objects.within(request.scope)
        .filter(kind__in=[KIND, batches.KIND])
        .select_related("artefact", "requested_by")
    )
    if (before := request.GET.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.order_by("-pk")[: ON_A_PAGE + 1])
    more = f"?{seen.query(before=shown[ON_A_PAGE - 1].pk)}" if len(shown) > ON_A_PAGE else ""
    may_order = bool(request.scope.roles & {Role.OFFICER, Role.CLERK})
    context = {
        "seen": seen,
        "run": seen.run,
        "jobs": shown[:ON_A_PAGE],
        "after_url": more,
        "levels": _levels(seen) if may_order else [],
        "may_pack": may_order,
    }
    return render(request, "reports_pages/reports.html", context)


def _levels(seen: Viewpoint) -> list[dict[str, object]]:
    """Return the levels below the place of which reports can be ordered together, with how many places of each."""
    if seen.run is None:
        return []
    found = batches.choices(seen.run, seen.prefix)
    return [{"code": level, "label": Level(level).label, "number": number} for level, number in found]


def _ordered(request: PageRequest, seen: Viewpoint) -> HttpResponse:
    """Hand in the report of one place by a run this account may see: the one named, else the latest published."""
    run = seen.run
    if named := request.POST.get("run", ""):
        run = get_object_or_404(viewpoint.runs_seen(request), pk=int(named) if named.isdecimal() else 0)
    if run is None:
        messages.error(request, _("Nothing has been judged and published for this day yet."))
        return redirect(f"/reports/?{seen.query()}")
    _place, code = viewpoint.place_of(request.POST.get("place") or seen.prefix, request.scope, run.as_of)
    job = jobs.submit(KIND, by=request.user, prefix=prefix_of(code), run=run.pk, place=code)
    return redirect("job", key=job.pk)
