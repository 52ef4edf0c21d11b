"""Filters for templates: counts of verdicts as a bar, the words of a verdict."""

from collections.abc import Mapping
from typing import Any

from django import template

from assessments.reports import charts

register = template.Library()


@register.filter
def stack(counts: Mapping[str, int]) -> tuple[charts.Part, ...]:
    """Return the parts of a bar of verdicts: `{% with parts=run.counts|stack %}`."""
    return charts.stack(counts)


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return what stands under `key`, the key itself where nothing does."""
    return mapping.get(key, key)
