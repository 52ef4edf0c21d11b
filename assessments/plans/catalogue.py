"""
Every metric the portal has, and everything a formula may range over: two explicit lists.

A plan adds to them what its offices report: `indicator_metrics` makes one metric of each reported indicator.
"""

from collections.abc import Callable
from dataclasses import replace

from django.db.models import Avg, F, Max, Min, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual

from communities.ground.metrics import Metric, Population, Source, Take, Window, column
from communities.places.metrics import METRICS as OF_PLACES
from facilities.metrics import METRICS as OF_FACILITIES
from facilities.metrics import POPULATION as FACILITIES
from funding.metrics import METRICS as OF_FUNDING
from organizations.metrics import COMMITTEE_TERM_BEGAN
from organizations.metrics import METRICS as OF_ORGANIZATIONS
from organizations.metrics import POPULATIONS as IN_ORGANIZATIONS
from services.metrics import METRICS as OF_SERVICES

from .models import Indicator, OverPlaces, OverTime, PlanVersion, ReportedValue
from .models.reported import COLUMNS

METRICS: list[Metric] = [*OF_PLACES, *OF_ORGANIZATIONS, *OF_FACILITIES, *OF_SERVICES, *OF_FUNDING]
POPULATIONS: list[Population] = [*IN_ORGANIZATIONS, FACILITIES]
# From which day `during=term` counts, a day of its own in each community.
TERM_BEGAN = COMMITTEE_TERM_BEGAN

_TAKEN: dict[str, Callable[..., Combinable]] = {
    OverTime.SUM: Sum,
    OverTime.AVERAGE: Avg,
    OverTime.MAXIMUM: Max,
    OverTime.MINIMUM: Min,
}


def indicator_metrics(version: PlanVersion) -> list[Metric]:
    """Return one metric for each indicator that offices report under the plan of `version`."""
    return [_metric(version.plan_id, indicator) for indicator in version.indicators.order_by("order")]


def _metric(plan: int, indicator: Indicator) -> Metric:
    """
    `latest`: the last value reported by the day holds. Otherwise the values reported within the window are put
    together, and a place that reported none is unknown, never 0.
    """
    holds = indicator.over_time == OverTime.LATEST
    path = COLUMNS[indicator.type]
    return Metric(
        code=indicator.code,
        label=indicator.label,
        type=indicator.type,  # type: ignore[arg-type]
        unit=indicator.unit,
        source=Source(
            code=f"reported:{indicator.code}",
            label=indicator.label,
            rows=_latest(plan, indicator.code) if holds else _reported(plan, indicator.code),
            one_row=holds,
            dated="as_of",
            since=None if holds else _reported_since,
        ),
        value=replace(
            column(path) if holds else _put_together(path, indicator.over_time),
            adds_up=indicator.over_places == OverPlaces.SUM,
        ),
        levels=(indicator.subject,),
    )


def _latest(plan: int, code: str) -> Callable[[Window], QuerySet[ReportedValue]]:
    def rows(window: Window) -> QuerySet[ReportedValue]:
        reported = ReportedValue.objects.filter(plan=plan, indicator=code, as_of__lte=window.day)
        return reported.order_by("place", "-as_of").distinct("place")

    return rows


def _reported(plan: int, code: str) -> Callable[[Window], QuerySet[ReportedValue]]:
    def rows(window: Window) -> QuerySet[ReportedValue]:
        return ReportedValue.objects.filter(plan=plan, indicator=code, as_of__range=(window.first, window.day))

    return rows


def _reported_since(first: Combinable) -> Q:
    return Q(GreaterThanOrEqual(F("as_of"), first))


def _put_together(path: str, over_time: str) -> Take:
    aggregate = _TAKEN[over_time]

    def make(chosen: Q, _unknown: Q) -> Combinable:
        return aggregate(F(path), filter=chosen)

    return Take(path, make)
