"""The milestones of one plan: targets by years, and the way of a chosen one."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments.compliance import viewpoint
from assessments.plans.models import Plan
from communities.ground.access import roles
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import BUSINESS

from .. import milestones as laid_out


@roles(*BUSINESS)
@require_safe
def milestones(request: PageRequest, code: str) -> HttpResponse:
    """Show every target with milestones over the years at the place, and the chart of the row asked for."""
    plan = get_object_or_404(Plan.objects.within(request.scope).select_related("owner"), code=code)
    asked = request.GET.copy()
    asked["plan"] = plan.code
    request.GET = asked  # type: ignore[assignment]
    seen = viewpoint.of(request)
    if seen.run is None:
        return render(request, "compliance/not_judged.html", {"seen": seen, "may_judge": is_officer(request)})
    rows = laid_out.rows(seen, seen.run)
    paths = [row.path for row in rows]
    chosen = _chosen(rows, request.GET.get("row", ""))
    context = {
        "plan": plan,
        "version": seen.version,
        "seen": seen,
        "run": seen.run,
        "rows": [row for row in rows if not row.path.way.is_yearly],
        "yearly": [row for row in rows if row.path.way.is_yearly],
        "years": laid_out.years_of(paths, seen.day) if rows else [],
        "left_out": laid_out.left_out(paths, seen.day),
        "not_compared": laid_out.not_compared(seen, seen.run),
        "counted": laid_out.counted(rows),
        "chosen": chosen,
        "chart": laid_out.chart_of(chosen.path) if chosen else None,
    }
    return render(request, "reports_pages/milestones.html", context)


def _chosen(rows: list[laid_out.Row], key: str) -> laid_out.Row | None:
    """The row asked for; without one, the most urgent that can be drawn."""
    drawn = [row for row in rows if row.has_chart]
    asked = next((row for row in drawn if row.key == key), None)
    return asked or min(drawn, key=lambda row: row.urgency, default=None)
