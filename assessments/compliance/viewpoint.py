"""
Where, which plan, as of when: the three questions every page answers, and the published run that answers them.

They stand in the query (`?place=370102&plan=jinan-2007&as_of=2008-12-31`). What is not said is taken from the account
(its own area) and from the latest published run. A place or plan outside the account's reach is not there (404), and
what is no day is refused (400); both say in words what was wrong, and the page of the error leads on.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from assessments.plans.models import Plan, PlanVersion
from communities.ground import clock
from communities.ground.pages import PageRequest, is_officer
from communities.ground.scope import Scope, prefix_of
from communities.places.models import PREFIX_LENGTH, Level, Place, PlaceCode

from .actions import default_day
from .models import Run

BELOW: dict[str, str] = {
    Level.PROVINCE: Level.CITY,
    Level.CITY: Level.DISTRICT,
    Level.DISTRICT: Level.STREET,
    Level.STREET: Level.COMMUNITY,
}


class NotADayError(BadRequest):
    """The query names a day that is none. Its words are for the person who asked."""


class NotThereError(Http404):
    """The query names a place or a plan that is not there for this account. Its words are for the person who asked."""


@dataclass(frozen=True)
class Viewpoint:
    """What a page is about. `version` and `run` are None where nothing has been published yet."""

    scope: Scope
    place: Place
    code: str
    day: date
    plan: Plan | None = None
    version: PlanVersion | None = None
    run: Run | None = None

    @property
    def prefix(self) -> str:
        """The significant digits of the place's code."""
        return prefix_of(self.code)

    @property
    def below(self) -> str:
        """The level right under the place, empty under a community."""
        return BELOW.get(self.place.level, "")

    def query(self, **more: str | int) -> str:
        """Return the three as a query, with `place` or anything else set anew."""
        said: dict[str, str | int] = {"place": self.prefix}
        if self.plan:
            said["plan"] = self.plan.code
        return urlencode({**said, "as_of": self.day.isoformat(), **more})

    @cached_property
    def trail(self) -> list[Place]:
        """The places from the city down to this one, each with its `code` (one query)."""
        return list(
            Place.objects.filter(codes__code__in=[above.ljust(12, "0") for above in prefixes_above(self.prefix)])
            .filter(codes__during__contains=self.day)
            .exclude(level=Level.PROVINCE)
            .in_code_order(self.day)
        )

    @cached_property
    def children(self) -> list[Place]:
        """The places right under this one in the order of their codes, each with its `code` (one query)."""
        if not self.below:
            return []
        return list(Place.objects.of_level(self.below).within(self.prefix, self.day).in_code_order(self.day))

    @cached_property
    def runs(self) -> QuerySet[Run]:
        """The published runs of the plan that judged this place, the latest day first."""
        runs = published_runs(self.prefix)
        return runs.filter(version__plan=self.plan) if self.plan else runs.none()


def code_of(place: Place) -> str:
    """Return the code that a place was read with (`in_code_order`, `with_code`)."""
    return str(place.code)  # type: ignore[attr-defined]


def why_url(seen: Viewpoint, code: str, target: str, milestone: int) -> str:
    """Return the address of the explanation of one finding."""
    said: dict[str, str | int] = {"place": prefix_of(code), "target": target}
    if milestone:
        said["milestone"] = milestone
    if seen.run is not None and seen.run.published_at is None:
        said["run"] = seen.run.pk
    return f"/why/?{seen.query(**said)}"


def prefixes_above(prefix: str) -> list[str]:
    """Return the prefixes of a place and of all places above it: 370102 → 37, 3701, 370102."""
    return [prefix[:width] for width in PREFIX_LENGTH.values() if width <= len(prefix)]


def published_runs(prefix: str) -> QuerySet[Run]:
    """Return the published runs that judged the place, the latest day and publication first."""
    runs = Run.objects.published().filter(prefix__in=prefixes_above(prefix))
    return runs.select_related("version__plan").order_by("-as_of", "-published_at")


def runs_seen(request: PageRequest) -> QuerySet[Run]:
    """Return the runs this account may open: what is published, and for officers the trials of their own area."""
    runs = Run.objects.seen_by(request.scope).select_related("version__plan")
    if not is_officer(request):
        return runs.published()
    return runs.filter(request.scope.condition("prefix") | Q(published_at__isnull=False))


def of(request: PageRequest) -> Viewpoint:
    """Return what this request is about, worked out once; raise NotThereError, NotADayError."""
    found = getattr(request, "viewpoint", None)
    if found is None:
        found = _resolved(request.GET, request.scope)
        request.viewpoint = found  # type: ignore[attr-defined]
    return cast("Viewpoint", found)


def on(request: PageRequest, *, place: Place, code: str, run: Run) -> Viewpoint:
    """Say that this request is about one place in one run, which its address names."""
    found = Viewpoint(request.scope, place, code, run.as_of, run.version.plan, run.version, run)
    request.viewpoint = found  # type: ignore[attr-defined]
    return found


def day_of(text: str) -> date | None:
    """Read a day of the query; None for none, NotADayError for what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotADayError(_("“{text}” is not a day; write it as 2008-12-31.").format(text=text)) from None


def place_of(code: str, scope: Scope, day: date) -> tuple[Place, str]:
    """Return the place that bears the code (or prefix) on the day, with its 12 digits; NotThereError beyond reach."""
    prefix = prefix_of(code)
    if not code.isdecimal() or not scope.covers(prefix):
        raise NotThereError(_("No place of this code lies within your area."))
    row = PlaceCode.objects.filter(code=prefix.ljust(12, "0"), during__contains=day).select_related("place").first()
    if row is None:
        raise NotThereError(_("No place bears this code on that day."))
    return row.place, row.code


def _resolved(asked: QueryDict, scope: Scope) -> Viewpoint:
    day = day_of(asked.get("as_of", ""))
    place, code = place_of(asked.get("place") or _own_area(scope), scope, day or clock.today())
    runs = published_runs(prefix_of(code))
    plan = _plan(asked.get("plan", ""), scope)
    if plan is not None:
        runs = runs.filter(version__plan=plan)
    run = (runs.filter(as_of=day) if day else runs).first()
    plan = plan or (run.version.plan if run else _any_plan(prefix_of(code)))
    version = run.version if run else plan.latest() if plan else None
    day = day or (run.as_of if run else default_day(version) if version else clock.today())
    return Viewpoint(scope, place, code, day, plan, version, run)


def _plan(code: str, scope: Scope) -> Plan | None:
    if not code:
        return None
    plan = Plan.objects.within(scope).filter(code=code).select_related("owner").first()
    if plan is None:
        raise NotThereError(_("No plan of this code is within your reach."))
    return plan


def _any_plan(prefix: str) -> Plan | None:
    """A plan that judges the place, where none of its runs has been published yet."""
    return Plan.objects.filter(prefix__in=prefixes_above(prefix), versions__published_at__isnull=False).first()


def _own_area(scope: Scope) -> str:
    """Return the widest area of the account, the first by code."""
    if not scope.prefixes:
        raise NotThereError(_("Your account reaches no place today."))
    return min(scope.prefixes, key=lambda prefix: (len(prefix), prefix))
