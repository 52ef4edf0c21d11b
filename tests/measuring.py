"""How tests read a metric: straight from its source, one grouped statement, as a run does."""

from datetime import date
from typing import Any

from django.db.models import F

from communities.ground.metrics import Metric, Window


def measured(metric: Metric, day: date, *, first: date | None = None, **given: str) -> dict[Any, Any]:
    """Return the metric's value by the key of its subject; a subject without a row is absent."""
    rows = metric.source.rows(Window(day, first or date(day.year, 1, 1)))
    found = rows.values(subject=F(metric.source.place)).annotate(value=metric.expression(given))
    return dict(found.values_list("subject", "value"))


def named(metrics: list[Metric], code: str, level: str = "community") -> Metric:
    """Return the metric `code` of subjects of `level`."""
    return next(metric for metric in metrics if metric.code == code and level in metric.levels)
