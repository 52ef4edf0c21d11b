"""
The first reading: on Decimals, one subject at a time, with a trace of every step.

The trace is what an explanation shows (clause, formula, numbers put in, members of a sum) and what the tests hold
against the second reading, in SQL.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

from . import values
from .tree import (
    Above,
    Aggregate,
    Among,
    Branch,
    Constant,
    Day,
    Fact,
    Fallback,
    Logic,
    Node,
    Operation,
    ParameterOf,
    Shift,
    VerdictOf,
)
from .values import MISSING, UNDEFINED, Absent, Value, absent


@dataclass(frozen=True)
class Subject:
    """Whom a formula is about: a place, or a thing that stands in one."""

    level: str
    id: int
    code: str = ""
    label: str = ""


@dataclass(frozen=True)
class Origin:
    """
    What a subject was on an earlier day: itself, or a place that became it, by which share.

    What does not add up is taken over from the `sole` one, if there is one.
    """

    subject: Subject
    share: Decimal = Decimal(1)
    sole: bool = True


class Facts(Protocol):
    """Where the readings' facts come from; MISSING for what nobody recorded."""

    def exists(self, subject: Subject, day: date) -> bool:
        """Say whether the subject stood on that day."""

    def origins(self, subject: Subject, day: date, earlier: date) -> Sequence[Origin]:
        """Return what the subject, as it is on `day`, was made of on the `earlier` day: itself where nothing passed."""

    def fact(self, subject: Subject, fact: Fact, day: date) -> Value:
        """Return the value of `fact` for the subject as at `day`."""

    def members(self, subject: Subject, over: str, day: date) -> Sequence[Subject]:
        """Return what stands under the subject on that day."""

    def above(self, subject: Subject, level: str, day: date) -> Subject | None:
        """Return the place of `level` the subject stands in on that day."""

    def parameter(self, name: str, subject: Subject, day: date) -> Value:
        """Return the plan's figure in force on that day for that place."""

    def verdict(self, subject: Subject, target: str) -> Value:
        """Return the verdict of another target about the subject."""


@dataclass(frozen=True)
class MemberLine:
    """One member of an aggregate: what it contributed, or why it did not."""

    subject: Subject
    value: Value
    counts: bool | None


@dataclass(frozen=True)
class Trace:
    """
    One step: what was read, about whom, on which day, what came out, and the steps it was made of.

    `share` is how much of it counts, where it was read of a place the subject came out of.
    """

    node: Node
    value: Value
    subject: Subject
    day: date
    parts: tuple["Trace", ...] = ()
    members: tuple[MemberLine, ...] = ()
    provisional: Value | None = None
    share: Decimal | None = None

    @property
    def known(self) -> int:
        """Return of how many members the value is known."""
        return sum(1 for line in self.members if line.counts and not isinstance(line.value, Absent))

    @property
    def of(self) -> int:
        """Return how many members there are, those counted whose membership is unknown included."""
        return sum(1 for line in self.members if line.counts is not False)


def evaluate(node: Node, subject: Subject, day: date, facts: Facts) -> Trace:
    """Read `node` about `subject` as at `day`."""
    return Reading(facts).read(node, subject, day)


@dataclass(frozen=True)
class Reading:
    """One walk over a tree."""

    facts: Facts
    forms: dict[type[Node], str] = field(
        default_factory=lambda: {
            Constant: "_constant",
            Day: "_day",
            ParameterOf: "_parameter",
            Fact: "_fact",
            Operation: "_operation",
            Logic: "_logic",
            Among: "_among",
            Branch: "_branch",
            Fallback: "_fallback",
            Shift: "_shift",
            Above: "_above",
            VerdictOf: "_verdict",
            Aggregate: "_aggregate",
        }
    )

    def read(self, node: Node, subject: Subject, day: date) -> Trace:
        """Read one node."""
        return cast("Trace", getattr(self, self.forms[type(node)])(node, subject, day))

    def _constant(self, node: Constant, subject: Subject, day: date) -> Trace:
        return Trace(node, node.value, subject, day)

    def _day(self, node: Day, subject: Subject, day: date) -> Trace:
        return Trace(node, day, subject, day)

    def _parameter(self, node: ParameterOf, subject: Subject, day: date) -> Trace:
        return Trace(node, self.facts.parameter(node.name, subject, day), subject, day)

    def _fact(self, node: Fact, subject: Subject, day: date) -> Trace:
        parts = tuple(self.read(part, subject, day) for part in node.parts)
        return Trace(node, self.facts.fact(subject, node, day), subject, day, parts)

    def _verdict(self, node: VerdictOf, subject: Subject, day: date) -> Trace:
        return Trace(node, self.facts.verdict(subject, node.target), subject, day)

    def _operation(self, node: Operation, subject: Subject, day: date) -> Trace:
        parts = tuple(self.read(part, subject, day) for part in node.arguments)
        found = absent(part.value for part in parts)
        value = found or OPERATIONS[node.name](*(part.value for part in parts))
        return Trace(node, value, subject, day, parts)

    def _logic(self, node: Logic, subject: Subject, day: date) -> Trace:
        parts = tuple(self.read(part, subject, day) for part in node.arguments)
        told = [part.value for part in parts]
        if node.name == "not":
            value = told[0] if isinstance(told[0], Absent) else not told[0]
        else:
            decides = node.name == "or"
            value = decides if decides in told else absent(told) or not decides
        return Trace(node, value, subject, day, parts)

    def _among(self, node: Among, subject: Subject, day: date) -> Trace:
        part = self.read(node.argument, subject, day)
        if isinstance(part.value, Absent):
            return Trace(node, part.value, subject, day, (part,))
        if node.name == "in":
            return Trace(node, part.value in node.listed, subject, day, (part,))
        return Trace(node, Decimal(len(singled_out(node, part.value))), subject, day, (part,))

    def _branch(self, node: Branch, subject: Subject, day: date) -> Trace:
        condition = self.read(node.condition, subject, day)
        if isinstance(condition.value, Absent):
            return Trace(node, condition.value, subject, day, (condition,))
        taken = self.read(node.then if condition.value else node.otherwise, subject, day)
        return Trace(node, taken.value, subject, day, (condition, taken))

    def _fallback(self, node: Fallback, subject: Subject, day: date) -> Trace:
        first = self.read(node.first, subject, day)
        if first.value is not MISSING:
            return Trace(node, first.value, subject, day, (first,))
        second = self.read(node.second, subject, day)
        return Trace(node, second.value, subject, day, (first, second))

    def _shift(self, node: Shift, subject: Subject, day: date) -> Trace:
        days = node.days(day)
        read = [self._earlier(node, subject, day, each) for each in days]
        told = [value for value, _parts in read]
        value: Value = UNDEFINED
        if told:
            value = absent(told) or (min(cast("list[Decimal]", told)) if node.name == "every_month" else told[0])
        return Trace(node, value, subject, day, tuple(part for _value, parts in read for part in parts))

    def _earlier(self, node: Shift, subject: Subject, day: date, each: date) -> tuple[Value, tuple[Trace, ...]]:
        """Read the argument on one earlier day: of the subject, or put together from what it came out of."""
        # A baseline that lies ahead of the day judged is not known yet, whatever has been recorded since.
        if each > day:
            return MISSING, ()
        origins = [one for one in self.facts.origins(subject, day, each) if (one.share if node.adds_up else one.sole)]
        there = [one for one in origins if self.facts.exists(one.subject, each)]
        parts = tuple(self._of_origin(node, one, subject, each) for one in there)
        if not origins or len(there) < len(origins):
            return MISSING, parts
        told = [part.value for part in parts]
        found = absent(told)
        if found is not None or not node.adds_up:
            return found or told[0], parts
        shares = zip(there, cast("list[Decimal]", told), strict=True)
        return values.total(values.EXACT.multiply(one.share, number) for one, number in shares), parts

    def _of_origin(self, node: Shift, origin: Origin, subject: Subject, day: date) -> Trace:
        part = self.read(node.argument, origin.subject, day)
        is_itself = origin.subject.id == subject.id and origin.share == 1
        return part if is_itself else replace(part, share=origin.share if node.adds_up else Decimal(1))

    def _above(self, node: Above, subject: Subject, day: date) -> Trace:
        place = self.facts.above(subject, node.level, day)
        if place is None:
            return Trace(node, MISSING, subject, day)
        part = self.read(node.argument, place, day)
        return Trace(node, part.value, subject, day, (part,))

    def _aggregate(self, node: Aggregate, subject: Subject, day: date) -> Trace:
        lines = tuple(self._member(node, member, day) for member in self.facts.members(subject, node.over, day))
        told = [line.value for line in lines if line.counts and not isinstance(line.value, Absent)]
        provisional = AGGREGATES[node.name](cast("list[Decimal]", told))
        unknown = any(line.counts is None or (line.counts and line.value is MISSING) for line in lines)
        value = MISSING if unknown or not self._stated(node, subject, day) else provisional
        return Trace(node, value, subject, day, (), lines, provisional)

    def _member(self, node: Aggregate, member: Subject, day: date) -> MemberLine:
        included = True if node.where is None else self.read(node.where, member, day).value
        if included is MISSING:
            return MemberLine(member, MISSING, None)
        if included is not True:
            return MemberLine(member, UNDEFINED, False)
        value = self.read(node.argument, member, day).value
        return MemberLine(member, value, value is not UNDEFINED)

    def _stated(self, node: Aggregate, subject: Subject, day: date) -> bool:
        """Say whether the register of the members is complete in every community concerned."""
        if node.stated is None:
            return True
        if subject.level == node.stated.level:
            return self.facts.fact(subject, node.stated, day) is True
        places = self.facts.members(subject, node.stated.level, day)
        return all(self.facts.fact(place, node.stated, day) is True for place in places)


def singled_out(node: Among, held: Any) -> list[str]:
    """Return the names that `inside`, `outside` or `lacking` counts in the set `held`."""
    if node.name == "inside":
        return [name for name in node.listed if name in held]
    if node.name == "outside":
        return sorted(held - set(node.listed))
    return [name for name in node.listed if name not in held]


def _compared(a: Any) -> Any:
    return values.compared(a) if isinstance(a, Decimal) else a


def _add_years(day: date, years: Decimal) -> Value:
    if not 1 <= day.year + int(years) <= 9999:
        return UNDEFINED
    return values.add_years(day, int(years))


def _mean(told: list[Decimal]) -> Value:
    return values.divide(values.total(told), Decimal(len(told)))


OPERATIONS: dict[str, Callable[..., Value]] = {
    "+": lambda a, b: values.EXACT.add(a, b),
    "-": lambda a, b: values.EXACT.subtract(a, b),
    "*": lambda a, b: values.EXACT.multiply(a, b),
    "/": values.divide,
    "negative": lambda a: values.EXACT.minus(a),
    ">=": lambda a, b: _compared(a) >= _compared(b),
    "<=": lambda a, b: _compared(a) <= _compared(b),
    ">": lambda a, b: _compared(a) > _compared(b),
    "<": lambda a, b: _compared(a) < _compared(b),
    "==": lambda a, b: _compared(a) == _compared(b),
    "!=": lambda a, b: _compared(a) != _compared(b),
    "min": min,
    "max": max,
    "ceil": values.ceil,
    "floor": values.floor,
    "abs": lambda a: values.EXACT.abs(a),
    "round": lambda a, places: values.rounded(a, int(places)),
    "add_years": _add_years,
    "days_until": lambda moment, day: Decimal((moment - day).days),
    "years_since": values.full_years,
    "size": lambda held: Decimal(len(held)),
}

AGGREGATES: dict[str, Callable[[list[Any]], Value]] = {
    "total": values.total,
    "mean": _mean,
    "lowest": lambda told: min(told, default=UNDEFINED),
    "highest": lambda told: max(told, default=UNDEFINED),
    "count": lambda told: Decimal(told.count(True)),
    "share": lambda told: values.divide(Decimal(told.count(True)), Decimal(len(told))),
}
