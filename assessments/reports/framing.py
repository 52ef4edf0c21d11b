"""
The frame of a page filled: where, which plan, as of when, with what this account may choose instead.

A context processor: whichever view has said what its page is about (`compliance.viewpoint`) gets the frame; other
pages of the portal get that of the query. Pages of the admin, log-in and errors, and an administrator's, have none.
"""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.timezone import localtime

from assessments.compliance import viewpoint
from assessments.compliance.viewpoint import NotADayError, NotThereError, Viewpoint
from assessments.plans.models import Plan
from communities.ground import access
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of
from communities.places.models import Place

from .frame import Choice, Frame, keeping_page

MOST_DAYS = 12


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page: `frame` and `viewpoint`, where the page has one."""
    found = getattr(request, "viewpoint", None)
    if found is None and _is_a_page_of_ours(request):
        try:
            found = viewpoint.of(cast("PageRequest", request))
        except (NotThereError, NotADayError):  # the page of the error says so
            found = None
    if found is None:
        return {}
    return {"frame": frame(found, _address(request)), "viewpoint": found}


def _is_a_page_of_ours(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or not getattr(request, "user", None) or not request.user.is_authenticated:
        return False
    if not request.scope.roles & BUSINESS:  # type: ignore[attr-defined]  # plans and days are no administrator's matter
        return False
    who = access.declared(match.func)
    return who == access.SIGNED_IN or isinstance(who, frozenset)


def _address(request: HttpRequest) -> str:
    """The page's address for the choices; a page about one finding hands over to the list of findings."""
    return request.get_full_path()


def frame(seen: Viewpoint, address: str) -> Frame:
    """Return the frame of a page about `seen` at `address` (six queries at most)."""
    run = seen.run
    return Frame(
        place_trail=tuple(place.short_name for place in seen.trail),
        plan=seen.plan.title if seen.plan else "",
        as_of=seen.day,
        address=address,
        places=_places(seen, address),
        plans=_plans(seen, address),
        days=_days(seen, address),
        places_url=f"/places/?{seen.query()}",
        is_example=bool(run and run.has_example_data),
        is_draft=bool(seen.version and seen.version.status == "draft"),
        data_until=run.as_of if run else None,
        run_number=run.pk if run else None,
        published_on=localtime(run.published_at).date() if run and run.published_at else None,
    )


def _places(seen: Viewpoint, address: str) -> tuple[Choice, ...]:
    """The places above within reach, this one, and those right under it."""
    above = [place for place in seen.trail if seen.scope.covers(_prefix(place))]
    under = [] if len(seen.children) > 60 else seen.children
    return tuple(
        Choice(
            place.name,
            keeping_page(address, place=_prefix(place), target=None, verdict=None),
            note=viewpoint.code_of(place),
            is_current=place == seen.place,
        )
        for place in [*above, *under]
    )


def _prefix(place: Place) -> str:
    return prefix_of(viewpoint.code_of(place))


def _plans(seen: Viewpoint, address: str) -> tuple[Choice, ...]:
    plans = Plan.objects.within(seen.scope).filter(versions__published_at__isnull=False).distinct().order_by("code")
    return tuple(
        Choice(
            plan.title,
            keeping_page(address, plan=plan.code, as_of=None, target=None),
            note=plan.document_number,
            is_current=plan == seen.plan,
        )
        for plan in plans
    )


def _days(seen: Viewpoint, address: str) -> tuple[Choice, ...]:
    days = list(dict.fromkeys(run.as_of for run in seen.runs))[:MOST_DAYS]
    return tuple(Choice(day.isoformat(), keeping_page(address, as_of=day), is_current=day == seen.day) for day in days)
