"""What one community answers to a sheet: the verdicts the system gave, what was typed, what a person judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assessments.formulas import Value


@dataclass(frozen=True)
class TargetAnswer:
    """How the community stands to one target of the plan. `missing` names the facts that nobody recorded."""

    verdict: str
    measured: Decimal | None = None
    required: Decimal | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemAnswer:
    """
    What was filled in for one item.

    `fields`: the asked fields. `points`: of a judged item, with its `reason`. `holds`: of all or nothing. `parts`:
    points of the sub-points, or how often each cause occurred. `does_not_apply`: why not, where that is allowed.
    """

    fields: Mapping[str, Value] = field(default_factory=dict)
    points: Decimal | None = None
    reason: str = ""
    holds: bool | None = None
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    does_not_apply: str = ""


@dataclass(frozen=True)
class Answers:
    """The answers of one community as at a day; `vetoes` are the codes of those that occurred."""

    day: date
    targets: Mapping[str, TargetAnswer] = field(default_factory=dict)
    items: Mapping[str, ItemAnswer] = field(default_factory=dict)
    vetoes: frozenset[str] = frozenset()
