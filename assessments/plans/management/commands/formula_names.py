"""List every name a formula may use besides those its pack declares: metrics with their options, and functions."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from assessments.formulas.functions import FUNCTIONS
from assessments.plans.catalogue import METRICS, POPULATIONS
from communities.ground.metrics import PLACE_LEVELS, Metric


class Command(BaseCommand):
    help = "List the metrics of each level with their options, and the functions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        levels = [*PLACE_LEVELS, *(population.level for population in POPULATIONS)]
        parser.add_argument("--level", choices=levels, help="only what can be asked of such a subject")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(lines(options["level"])))


def lines(level: str | None) -> Iterator[str]:
    """Yield one line a metric in the order of the names, then the functions."""
    for metric in sorted(METRICS, key=lambda one: (one.code, one.levels)):
        if level is None or level in metric.levels:
            yield told(metric)
    yield " ".join(sorted(FUNCTIONS))


def told(metric: Metric) -> str:
    """Return the metric as a formula writes it, what it is, its unit or type, and for which subjects."""
    named = [f"{name}={'|'.join(option.choices.values)}" for name, option in metric.options.items()]
    if metric.counts_events:
        named.append("during=year|plan|term")
    written = f"{metric.code}({', '.join(named)})" if named else metric.code
    return f"{written} · {metric.label} · {metric.unit or metric.type} · {' '.join(metric.levels)}"
