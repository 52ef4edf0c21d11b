"""What a formula may name: metrics and populations, the plan's parameters and reported indicators, its targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from communities.ground.metrics import PLACE_LEVELS, Metric, Population, ValueType

VERDICTS = (
    "met",
    "not_met",
    "attention",
    "undetermined",
    "not_applicable",
    "not_due",
    "no_rule",
    "reported",
)
# The wider level first: what stands under a place is to its right.
ORDER = PLACE_LEVELS


@dataclass(frozen=True)
class Parameter:
    """A dated figure of a plan, as far as a formula must know it."""

    code: str
    unit: str | None = None
    type: ValueType = "number"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indicator:
    """A number no register can compute: who knows it files it, for subjects of one level."""

    code: str
    subject: str
    type: ValueType = "number"
    unit: str | None = None
    choices: tuple[str, ...] = ()
    counts_events: bool = False
    adds_up: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """Every name a formula of one plan may use; `term_began` is the metric from whose day `during=term` counts."""

    metrics: Sequence[Metric]
    populations: Sequence[Population] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    term_began: Metric | None = None

    def metric(self, code: str, level: str) -> Metric | None:
        """Return the metric `code` for subjects of `level`."""
        return next((m for m in self.metrics if m.code == code and level in m.levels), None)

    def levels_of(self, code: str) -> list[str]:
        """Return the levels for which there is a metric `code`."""
        return [level for m in self.metrics if m.code == code for level in m.levels]

    def population(self, level: str) -> Population | None:
        """Return the population that formulas range over as `level`."""
        return next((p for p in self.populations if p.level == level), None)

    def names_at(self, level: str) -> set[str]:
        """Return every name a formula about a subject of `level` may use."""
        known = {m.code for m in self.metrics if level in m.levels}
        filed = {i.code for i in self.indicators.values() if i.subject == level}
        return known | filed | set(self.parameters) | {"day"}
