"""
The asked fields of an item as names of the formula language: one language for plans and sheets, no second one.

A formula of an item may name the fields of that item and nothing else. What a field itself is filled in with
(`known`) is a formula over the registers, in the names of the plan.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

from assessments import formulas
from assessments.compliance.rulebook import Rulebook
from assessments.compliance.words import Writer
from assessments.formulas import MISSING, Fact, Indicator, Node, Subject, Trace, Value, Vocabulary
from assessments.formulas.reading import Origin
from assessments.formulas.tree import walk
from assessments.plans.models import ReportedValue
from assessments.plans.pack import IndicatorSpec, PackPlan, Span
from communities.ground import units
from communities.ground.metrics import Metric, Source, ValueType, column

from .pack import AskSpec, ItemSpec

LEVEL = "community"
SUBJECT = Subject(LEVEL, 0)


def unit_of(ask: AskSpec) -> str | None:
    """Return the unit of a field as formulas know it; None where none is stated or it is unknown."""
    try:
        return str(units.parse(ask.unit)) if ask.unit else None
    except units.UnknownUnitError:
        return None


def vocabulary_of(item: ItemSpec) -> Vocabulary:
    """Return the names that the formulas of `item` may use: its fields, texts excepted."""
    named = [ask for ask in item.asks if ask.type != "text"]
    return Vocabulary(
        metrics=(),
        indicators={
            ask.code: Indicator(ask.code, LEVEL, cast("ValueType", ask.type), unit_of(ask), ask.choices)
            for ask in named
        },
    )


def parse(item: ItemSpec, text: str) -> Node:
    """Read `text` as a formula over the fields of `item`; raises FormulaError."""
    return formulas.parse(text, vocabulary_of(item), LEVEL)


@dataclass(frozen=True)
class Typed:
    """The fields of one item as facts: what was filled in, MISSING for what was not."""

    values: dict[str, Value]

    def exists(self, subject: Subject, day: date) -> bool:
        """A field is of the year that is scored: it has no past."""
        return True

    def origins(self, subject: Subject, day: date, earlier: date) -> list[Origin]:
        """Return nothing: a field is not followed back through mergers."""
        return []

    def fact(self, subject: Subject, fact: Fact, day: date) -> Value:
        """Return what stands in the field."""
        return self.values.get(fact.code, MISSING)

    def members(self, subject: Subject, over: str, day: date) -> list[Subject]:
        """Return nothing: fields range over nothing."""
        return []

    def above(self, subject: Subject, level: str, day: date) -> Subject | None:
        """Return nothing: a field stands in no place."""
        return None

    def parameter(self, name: str, subject: Subject, day: date) -> Value:
        """Return MISSING: a sheet has points, no parameters."""
        return MISSING

    def verdict(self, subject: Subject, target: str) -> Value:
        """Return MISSING: verdicts enter by derived items alone."""
        return MISSING


def evaluate(item: ItemSpec, text: str, values: dict[str, Value], day: date) -> Trace:
    """Read the formula `text` of `item` with the fields filled in by `values`."""
    return formulas.evaluate(parse(item, text), SUBJECT, day, Typed(values))


@dataclass(frozen=True)
class _Fields(Rulebook):
    """The fields of an item where the writer of formulas looks for metrics: what each is called."""

    def metric(self, fact: Fact) -> Metric:
        return next(metric for metric in self.reported if metric.code == fact.code)


def writer_of(item: ItemSpec) -> Writer:
    """Return the writer that says the formulas of `item` in words, with the labels of its fields."""
    nowhere = Source("asked", "", lambda _window: ReportedValue.objects.none())
    metrics = tuple(
        Metric(ask.code, ask.label.zh, nowhere, column("value"), (LEVEL,), type=cast("ValueType", ask.type))
        for ask in item.asks
        if ask.type != "text"
    )
    indicators = tuple(
        IndicatorSpec(ask.code, ask.label, LEVEL, ask.type, choices=ask.choices, choice_labels=ask.choice_labels)
        for ask in item.asks
    )
    pack = PackPlan("", item.label, "", "in_force", Span(), indicators=indicators)
    return Writer(_Fields(0, pack, vocabulary_of(item), metrics, {}))


def missing(item: ItemSpec, text: str, values: dict[str, Value]) -> tuple[str, ...]:
    """Return the labels of the fields that the formula names and nobody has filled in."""
    needed = {node.code for node in walk(parse(item, text)) if isinstance(node, Fact)}
    return tuple(ask.label.zh for ask in item.asks if ask.code in needed and values.get(ask.code, MISSING) is MISSING)
