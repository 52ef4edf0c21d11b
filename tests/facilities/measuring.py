"""Executes one metric as a run would, without the rest of a run: {subject: value} for the subjects that have rows."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F

from communities.ground.metrics import Metric, Window
from communities.ground.periods import a_year_before


def measured(metrics: Iterable[Metric], code: str, day: date, **given: str) -> dict[int, Any]:
    """Return the value of the metric `code` for each subject with at least one row on `day`."""
    metric = next(one for one in metrics if one.code == code)
    rows = metric.source.rows(Window(day=day, first=a_year_before(day)))
    grouped = rows.order_by().values(subject=F(metric.source.place))
    return dict(grouped.annotate(measured=metric.expression(given)).values_list("subject", "measured"))
