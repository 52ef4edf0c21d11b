"""Why: one verdict from its clause to its facts, as the run saw it and, on demand, as it stands now."""

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from communities.ground.access import roles
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS

from ..actions import area_judged, checked_day
from ..explanation import Explanation
from ..results import lines
from ..telling import explain, explain_now
from ..viewpoint import NotADayError, NotThereError, Viewpoint, why_url
from .findings import about


@roles(*BUSINESS)
@require_safe
def why(request: PageRequest) -> HttpResponse:
    """
    Explain the verdict on `target` at the place; with `now`, also as judged by what is recorded at this moment.

    Where the place is not of the level the target asks about, the list of its findings is shown instead.
    """
    seen = about(request)
    target = request.GET.get("target", "")
    if seen.run is None or seen.version is None:
        _refuse_what_is_never_judged(seen)
        return render(request, "compliance/not_judged.html", {"seen": seen})
    line = next((one for one in lines(seen.version, seen.day) if one.target.code == target), None)
    if line is None:
        raise Http404
    if line.target.subject != seen.place.level:
        return redirect(f"/findings/?{seen.query(target=target)}")
    milestone = request.GET.get("milestone", "")
    number = int(milestone) if milestone.isdecimal() else None
    try:
        told = explain(seen.run, target, seen.place, number, scope=seen.scope)
    except ObjectDoesNotExist as error:
        raise Http404(str(error)) from error
    others = [(one, why_url(seen, seen.code, one.target, one.milestone)) for one in told.others]
    context = {"seen": seen, "run": seen.run, "told": told, "others": others, "now": _now(request, seen, told)}
    return render(request, "compliance/why.html", context)


def _refuse_what_is_never_judged(seen: Viewpoint) -> None:
    """Say so where the plan can never be judged there or then, which is more than not yet."""
    if seen.version is None:
        return
    try:
        checked_day(seen.version, seen.day)
    except ValidationError as error:
        raise NotADayError("; ".join(error.messages)) from error
    try:
        area_judged(seen.version, seen.prefix, seen.day)
    except ValidationError as error:
        raise NotThereError("; ".join(error.messages)) from error


def _now(request: PageRequest, seen: Viewpoint, told: Explanation) -> Explanation | None:
    """Judge the one place anew where the page was asked to; nothing is stored."""
    if "now" not in request.GET or seen.version is None:
        return None
    return explain_now(seen.version, told.target, seen.place, seen.day, told.milestone, scope=seen.scope)
