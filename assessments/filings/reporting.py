"""
What an evaluation gives to plans: that it was held, and its totals and grades, as reported values.

A plan that asks for one of these declares an indicator of communities under its name: `unified_evaluations` (a number),
`evaluation_total` (a number), `evaluation_grade` (a choice of the grades' codes). What it does not declare is not
reported. A value that somebody reported already for the year stands.
"""

from datetime import date
from decimal import Decimal

from assessments.plans.models import Indicator, ReportedValue
from communities.ground.models import User

from .flow import State
from .models import Cycle, Filing

HELD, TOTAL, GRADE = "unified_evaluations", "evaluation_total", "evaluation_grade"
WANTED = {HELD: "number", TOTAL: "number", GRADE: "choice"}


def report(cycle: Cycle, filings: list[Filing], by: User) -> int:
    """Report what the plan asks for, as at the end of the evaluation within its year; return how many values."""
    plan = cycle.plan_version.plan_id
    declared = Indicator.objects.filter(version__plan=plan, code__in=WANTED, subject="community")
    latest = {one.code: one for one in declared.order_by("version__number")}
    told = [one for one in latest.values() if one.type == WANTED[one.code]]
    final = [filing for filing in filings if filing.state == State.FINAL]
    return sum(_report(cycle, indicator, final, by) for indicator in told)


def _report(cycle: Cycle, indicator: Indicator, filings: list[Filing], by: User) -> int:
    day = min(cycle.concluded_on or date(cycle.year, 12, 31), date(cycle.year, 12, 31))
    rows = ReportedValue.objects.filter(plan=cycle.plan_version.plan_id, indicator=indicator.code)
    known = dict(rows.filter(as_of__year=cycle.year).values_list("place", "as_of"))
    new = []
    for filing in filings:
        again = indicator.code == HELD and filing.is_second
        if filing.place_id in known and not (again and known[filing.place_id] != day):
            continue
        value = _value(indicator, filing)
        if value:
            new.append(
                ReportedValue(
                    plan_id=cycle.plan_version.plan_id,
                    indicator=indicator.code,
                    place_id=filing.place_id,
                    as_of=day,
                    source=str(cycle)[:200],
                    recorded_by=by,
                    **value,
                )
            )
    return len(ReportedValue.objects.bulk_create(new))


def _value(indicator: Indicator, filing: Filing) -> dict[str, Decimal | str | None]:
    if indicator.code == HELD:
        return {"value_number": Decimal(1)}
    if indicator.code == TOTAL:
        return {"value_number": filing.total}
    return {"value_choice": filing.grade} if filing.grade in indicator.choices else {}
