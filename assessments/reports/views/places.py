"""Looking for a place by name, pinyin or code, within reach."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.compliance import viewpoint
from assessments.compliance.viewpoint import Viewpoint
from communities.ground.access import roles
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of
from communities.places.finding import by_pinyin
from communities.places.models import Level, Place

MOST = 50


@roles(*BUSINESS)
@require_safe
def places(request: PageRequest) -> HttpResponse:
    """Show the places within reach that fit what was typed, in the order of their codes."""
    seen = viewpoint.of(request)
    asked = request.GET.get("q", "").strip()
    found = list(_fitting(request, seen, asked)[: MOST + 1]) if asked else []
    told = [(place, f"/?{seen.query(place=prefix_of(viewpoint.code_of(place)))}") for place in found[:MOST]]
    context = {"seen": seen, "asked": asked, "found": told, "is_cut": len(found) > MOST}
    return render(request, "reports_pages/places.html", context)


def _fitting(request: PageRequest, seen: Viewpoint, asked: str) -> "list[Place]":
    rows = Place.objects.within(request.scope, seen.day).exclude(level=Level.PROVINCE)
    wanted = Q(name__icontains=asked)
    if pinyin := by_pinyin(asked, whole=False):
        wanted |= pinyin
    if asked.isdecimal():
        wanted |= Q(codes__code__startswith=asked)
    return rows.filter(wanted).distinct().in_code_order(seen.day)  # type: ignore[return-value]
