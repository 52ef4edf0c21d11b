"""
Why: what stands behind a verdict.

The facts the formula read, with the rows of the registers as they are now (source, date, who recorded them), the
members of what was added up or shared, and what has been recorded, changed or removed since the run. Rows, members and
changes are told only of places within the scope of who asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from assessments.formulas import MISSING, Fact, Subject, Trace, Value
from assessments.formulas.tree import Aggregate, ParameterOf, Shift
from assessments.plans.models import ReportedValue
from communities.ground import periods, units
from communities.ground.metrics import PLACE_LEVELS, Metric
from communities.ground.scope import Scope
from communities.ground.units import Unit
from communities.places.models import Place

from . import changing, display
from .explanation import Change, FactLine, MemberRow, Record
from .facts import rows_of
from .models import Run
from .recorded import Answered
from .rulebook import Rulebook
from .words import Writer, anchor_of

SHARE = Unit()
MOST_RECORDS = 20
MOST_MEMBERS = 200


@dataclass
class Evidence:
    """What stands behind the answer to one question about a place, as the account may see it."""

    book: Rulebook
    place: Place
    code: str
    answered: Answered
    run: Run | None
    scope: Scope
    writer: Writer
    rows_read: dict[Any, list[Any]] = field(default_factory=dict)

    @property
    def _roots(self) -> list[Trace]:
        return [self.answered.applies, self.answered.test or self.answered.measured]

    def facts(self) -> Iterator[FactLine]:
        """Yield every fact, parameter and aggregate that was read, each once."""
        seen: set[tuple[str, date, int]] = set()
        for root in self._roots:
            for trace in _leaves(root):
                anchor = anchor_of(trace.node)
                if (anchor, trace.day, trace.subject.id) in seen:
                    continue
                seen.add((anchor, trace.day, trace.subject.id))
                yield self._fact_line(trace, anchor)

    def _fact_line(self, trace: Trace, anchor: str) -> FactLine:
        node = trace.node
        label = self.writer.label(node)
        if trace.subject.id != self.place.pk and trace.subject.level in PLACE_LEVELS:
            label = f"{Place.objects.get(pk=trace.subject.id)} {label}"
        value = display.shown(trace.value, labels=self.writer.labels(node))
        if isinstance(trace.value, Decimal):
            value = display.number(trace.value, unit=node.unit)
        unit = units.label(node.unit) if isinstance(trace.value, Decimal) else ""
        if isinstance(node, ParameterOf):
            return self._parameter_line(node, anchor, label, value, unit, trace.day)
        if isinstance(node, Shift):
            said = _("put together from {places}").format(places="；".join(self._origins(trace)))
            return FactLine(anchor, label, value, unit, trace.parts[0].day, said)
        if not isinstance(node, Fact) or node.code == "stated":
            return FactLine(anchor, label, value, unit, trace.day, _("computed from the members below"))
        metric = self.book.metric(node)
        if not self._is_within(trace.subject):
            source = str(metric.source.label)
            return FactLine(anchor, label, value, unit, trace.day, source, are_rows_outside=True)
        found = self._found(trace)
        records = tuple(self._record(row, metric) for row in found[:MOST_RECORDS])
        in_all = len(found) if len(found) <= changing.MOST_ROWS else self._rows(trace).count()
        return FactLine(anchor, label, value, unit, trace.day, str(metric.source.label), records, in_all)

    def _origins(self, trace: Trace) -> Iterator[str]:
        """Yield the places a number of an earlier day is put together from: name, share, value."""
        names = Place.objects.in_bulk([part.subject.id for part in trace.parts])
        for part in trace.parts:
            told = _("{place} {share} of {value}") if part.node.type == "number" else _("{place}: {value}")
            share = display.quantity(part.share if part.share is not None else Decimal(1), SHARE)
            value = display.shown(part.value, part.node.unit, labels=self.writer.labels(part.node))
            yield told.format(place=names[part.subject.id], share=share, value=value)

    def _parameter_line(self, node: ParameterOf, anchor: str, label: str, value: str, unit: str, day: date) -> FactLine:
        spec = self.book.parameters[node.name]
        held = next((v for v in spec.values if v.during.contains(day) and self.code.startswith(v.for_prefix)), None)
        clause = held.clause if held else ""
        since = held.during.first if held else None
        return FactLine(
            anchor, label, value, unit, since, _("plan, clause {clause}").format(clause=clause), is_parameter=True
        )

    def _record(self, row: Model, metric: Metric) -> Record:
        path = metric.value.of
        recorded_at = getattr(row, "recorded_at", None)
        by = getattr(row, "recorded_by", None)
        value = getattr(row, path, None) if "__" not in path and path != "pk" else None
        return Record(
            text=f"{metric.label} {row.place}" if isinstance(row, ReportedValue) else str(row),
            value=display.shown(_plain(value)) if isinstance(value, bool | int | Decimal | date) else "",
            dated=_dated(getattr(row, metric.source.dated, None)),
            source=getattr(row, "source", ""),
            recorded_by=str(by) if by else "",
            recorded_at=recorded_at,
            is_example=getattr(row, "is_example", False),
            is_newer=bool(self.run and recorded_at and recorded_at > self.run.created_at),
        )

    def _is_within(self, subject: Subject) -> bool:
        """Say whether the account may see rows of `subject`: the place itself, or by its code on the day looked at."""
        return subject.id == self.place.pk or self.scope.covers(subject.code)

    def _rows(self, trace: Trace) -> QuerySet[Any]:
        """Return the rows of the register behind one fact."""
        assert isinstance(trace.node, Fact)  # noqa: S101  only facts have rows
        metric = self.book.metric(trace.node)
        rows = rows_of(self.book, trace.node, trace.day).filter(metric.chosen(dict(trace.node.options)))
        return rows.filter(**{metric.source.place: trace.subject.id})

    def _found(self, trace: Trace) -> list[Any]:
        """Return the first of these rows, read once, and one more than are looked through where there are more."""
        key = (trace.node, trace.subject.id, trace.day)
        if key not in self.rows_read:
            self.rows_read[key] = list(self._rows(trace)[: changing.MOST_ROWS + 1])
        return self.rows_read[key]

    def changes(self) -> tuple[tuple[Change, ...], int]:
        """Return what has been recorded, changed or removed behind the facts since the run, and how many more."""
        if self.run is None or self.run.known_at is not None:
            return (), 0
        traces = {(one.node, one.subject.id, one.day): one for root in self._roots for one in _leaves(root)}
        asked = [one for one in traces.values() if isinstance(one.node, Fact) and one.node.code != "stated"]
        within = [one for one in asked if self._is_within(one.subject)]
        labelled = [(self.writer.label(one.node), self._rows(one), self._found(one)) for one in within]
        return changing.since(self.run.created_at, labelled)

    def members(self, aggregate: Trace | None) -> Iterator[MemberRow]:
        """Yield the members of the aggregate measured, those that fail or are unknown first, then by code."""
        if aggregate is None or not isinstance(aggregate.node, Aggregate):
            return
        node = aggregate.node
        population = self.book.population(node.over)
        lines = sorted(aggregate.members, key=lambda line: (_rank(line.value, line.counts), line.subject.code))
        lines = [line for line in lines if self._is_within(aggregate.subject) or self._is_within(line.subject)]
        shown = [line for line in lines if line.counts is not False][:MOST_MEMBERS]
        places = {} if population else Place.objects.in_bulk([line.subject.id for line in shown])
        for number, line in enumerate(shown, start=1):
            named = (
                str(places[line.subject.id])
                if line.subject.id in places
                else f"{population.label if population else ''} {number}"
            )
            value = display.shown(line.value, node.argument.unit)
            holds = line.value if isinstance(line.value, bool) else None
            yield MemberRow(named, line.subject.code, value, line.counts, holds)


def _leaves(trace: Trace) -> Iterator[Trace]:
    """Yield the facts, parameters and aggregates a trace read, and what was put together, wherever they lie."""
    is_put_together = any(part.share is not None for part in trace.parts)
    if is_put_together or isinstance(trace.node, Fact | ParameterOf | Aggregate):
        yield trace
    for part in trace.parts:
        yield from _leaves(part)


def _rank(value: Value, counts: bool | None) -> tuple[int, Any]:
    if counts is None or value is MISSING:
        return 1, Decimal(0)
    if isinstance(value, bool):
        return (2 if value else 0), Decimal(0)
    return 2, value if isinstance(value, Decimal) else Decimal(0)


def _plain(value: Any) -> Value:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _dated(value: Any) -> str:
    return periods.shown(value) if hasattr(value, "lower") and not isinstance(value, str) else str(value or "")
