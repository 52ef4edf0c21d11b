"""
The tree a formula is parsed into. Every node knows its kind (type and unit) and the text it stands for.

Both readings walk this tree; `needed` says which facts of which subjects on which days they will ask for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from communities.ground import periods
from communities.ground.metrics import ValueType
from communities.ground.units import Unit

from .values import Present, month_ends


@dataclass(frozen=True)
class Kind:
    """What a node yields. A number's unit None is unchecked; `bare` is a literal that takes the other side's unit."""

    type: ValueType
    unit: Unit | None = None
    bare: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A part of a formula."""

    kind: Kind
    text: str

    @property
    def type(self) -> ValueType:
        """Return the type of the value."""
        return self.kind.type

    @property
    def unit(self) -> Unit | None:
        """Return the unit of a number, None where it is not checked."""
        return self.kind.unit

    @property
    def parts(self) -> tuple["Node", ...]:
        """Return the nodes this one is made of."""
        return ()

    @property
    def verdicts(self) -> frozenset[str]:
        """Return the targets whose verdicts are used."""
        return frozenset(node.target for node in walk(self) if isinstance(node, VerdictOf))


@dataclass(frozen=True)
class Constant(Node):
    """A number, a truth value, a choice or a date written in the formula."""

    value: Present


@dataclass(frozen=True)
class Day(Node):
    """The day as at which is judged."""


@dataclass(frozen=True)
class ParameterOf(Node):
    """A dated figure of the plan."""

    name: str


@dataclass(frozen=True)
class Fact(Node):
    """
    A metric or reported indicator of the subject, with the options given; `during` for counts of events.

    Where each subject has a period of its own, `since` is the fact that says on which day it began. The number of a
    place `adds_up` where it is the sum of the numbers of its parts.
    """

    code: str
    level: str
    options: tuple[tuple[str, str], ...] = ()
    during: str = "year"
    since: "Fact | None" = None
    adds_up: bool = False

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.since,) if self.since is not None else ()

    @property
    def key(self) -> str:
        """Return the text that tells this fact from all others of its level, and names it when it is missing."""
        given = [f"{name}={value}" for name, value in self.options]
        if self.during != "year":
            given.append(f"during={self.during}")
        return f"{self.code}({', '.join(given)})" if given else self.code


@dataclass(frozen=True)
class Operation(Node):
    """An operator or function applied to its arguments, strict in what is absent."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True)
class Logic(Node):
    """`and`, `or`, `not`: three-valued, false and missing is false."""

    name: Literal["and", "or", "not"]
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True)
class Among(Node):
    """A choice in a list, or what of a set lies inside, outside of it or is lacking."""

    name: Literal["in", "inside", "outside", "lacking"]
    argument: Node
    listed: tuple[str, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.argument,)


@dataclass(frozen=True)
class Branch(Node):
    """`if_(condition, a, b)`."""

    condition: Node
    then: Node
    otherwise: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True)
class Fallback(Node):
    """`coalesce(a, b)`: b where a is missing."""

    first: Node
    second: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.first, self.second)


@dataclass(frozen=True)
class Shift(Node):
    """The same on other days: a year earlier, at the end of a year, the lowest of the year's month-ends."""

    name: Literal["previous", "baseline", "every_month"]
    argument: Node
    level: str
    year: int = 0

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.argument,)

    def days(self, day: date) -> list[date]:
        """Return the days on which the argument is read, seen from `day`."""
        if self.name == "previous":
            return [periods.a_year_before(day)]
        if self.name == "baseline":
            return [date(self.year, 12, 31)]
        return month_ends(day)

    @property
    def adds_up(self) -> bool:
        """Return whether a place that came out of others takes the sum of their shares."""
        return adds_up(self.argument)


@dataclass(frozen=True)
class Above(Node):
    """The same of the place above."""

    argument: Node
    level: str

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.argument,)


@dataclass(frozen=True)
class VerdictOf(Node):
    """The verdict of another target of the plan about the same subject."""

    target: str


@dataclass(frozen=True)
class Aggregate(Node):
    """One number over all members standing under the subject."""

    name: Literal["total", "mean", "lowest", "highest", "count", "share"]
    argument: Node
    subject: str
    over: str
    where: Node | None = None
    stated: Fact | None = None

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.argument,) if self.where is None else (self.argument, self.where)


@dataclass(frozen=True)
class Need:
    """A fact that a reading will ask of every subject of its level, on a day."""

    fact: Fact
    day: date


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything in it."""
    yield node
    for part in node.parts:
        yield from walk(part)


def of_the_subject(node: Node) -> Iterator[Node]:
    """Yield `node` and what in it is read about the subject itself on the day itself; aggregates end the walk."""
    yield node
    if not isinstance(node, Above | Aggregate | Shift):
        for part in node.parts:
            yield from of_the_subject(part)


def adds_up(node: Node) -> bool:
    """Say whether the number of a place is the sum of the numbers of its parts: households, not a rate or a wage."""
    if isinstance(node, Fact):
        return node.adds_up
    if isinstance(node, Aggregate):
        return node.name in ("total", "count")
    if isinstance(node, Shift):
        return node.name != "every_month" and node.adds_up
    if isinstance(node, Operation) and node.name in ("+", "-", "negative"):
        return all(adds_up(part) for part in node.arguments)
    if isinstance(node, Operation) and node.name in ("*", "/"):
        first, second = node.arguments
        if node.name == "*" and isinstance(first, Constant):
            first, second = second, first
        return adds_up(first) and isinstance(second, Constant)
    return False


def looked_back(node: Node, day: date) -> set[tuple[str, date, date]]:
    """Return from which day to which earlier one the subjects of which level are followed when `node` is read."""
    days = node.days(day) if isinstance(node, Shift) else [day]
    found = {(node.level, day, each) for each in days if each <= day} if isinstance(node, Shift) else set()
    for part in node.parts:
        for each in days:
            found |= looked_back(part, each)
    return found


def needed(node: Node, day: date) -> set[Need]:
    """Return the facts that `node` asks for when read as at `day`."""
    found: set[Need] = {Need(node, day)} if isinstance(node, Fact) else set()
    if isinstance(node, Aggregate) and node.stated is not None:
        found.add(Need(node.stated, day))
    days = node.days(day) if isinstance(node, Shift) else [day]
    for part in node.parts:
        for each in days:
            found |= needed(part, each)
    return found


def visited(node: Node, level: str, day: date) -> set[tuple[str, date]]:
    """Return the levels and days of whose rows something is read when `node` is read about a `level` on `day`."""
    found = {(level, day)}
    inner = level
    if isinstance(node, Aggregate):
        inner = node.over
        if node.stated is not None:
            found.add((node.stated.level, day))
    elif isinstance(node, Above):
        inner = node.level
    days = node.days(day) if isinstance(node, Shift) else [day]
    for part in node.parts:
        for each in days:
            found |= visited(part, inner, each)
    return found
