"""
What the portal knows of money: allocations by stream and payer, the average wage, what each post is paid.

Allocations are events: those of the years the window touches, and of these only what was allocated by its last
day. Counted from a day within a year, one whose day nobody recorded lies on the last day of its year. A wage or an
allowance is the one of the day's year; the year before is asked for with `previous(…)`.
"""

from django.db.models import DateField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import Metric, Option, Source, column, summed
from communities.ground.registers import Register

from .models import Allocation, Allowance, Payer, Stream, WageBaseline


def _allocated_since(first: Combinable) -> Q:
    end_of_year = Func(F("year"), Value(12), Value(31), function="make_date", output_field=DateField())
    return Q(GreaterThanOrEqual(Coalesce("allocated_on", end_of_year), first))


ALLOCATIONS = Source(
    code="allocations",
    label=_("register of funding allocations"),
    register=Register.ALLOCATIONS,
    rows=lambda w: Allocation.objects.filter(
        Q(allocated_on__isnull=True) | Q(allocated_on__lte=w.day), year__range=(w.first.year, w.day.year)
    ),
    dated="year",
    since=_allocated_since,
)
WAGES = Source(
    code="wages",
    label=_("wage baselines"),
    rows=lambda w: WageBaseline.objects.filter(year=w.day.year),
    one_row=True,
    dated="year",
)
ALLOWANCES = Source(
    code="allowances",
    label=_("register of living allowances"),
    rows=lambda w: Allowance.objects.filter(year=w.day.year),
    place="post",
    one_row=True,
    dated="year",
)

METRICS = [
    Metric(
        code="funds",
        label=_("funds allocated"),
        unit="cny",
        source=ALLOCATIONS,
        value=summed("amount_cny"),
        options={"stream": Option("stream", Stream), "source": Option("payer", Payer)},
        levels=("city", "district", "street", "community"),
    ),
    Metric(
        code="average_wage",
        label=_("average yearly wage"),
        unit="cny",
        source=WAGES,
        value=column("amount_cny"),
        levels=("city", "district"),
    ),
    Metric(
        code="allowance",
        label=_("living allowance of the year"),
        unit="cny",
        source=ALLOWANCES,
        value=column("amount_cny"),
        levels=("post",),
    ),
]
