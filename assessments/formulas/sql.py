"""
The second reading: the tree as one SQL expression over tables of facts, one row per subject and day.

Every node becomes a pair: `value`, which is NULL where the value is absent for whichever reason, and `undefined`, a
condition that is true where the reason is that the question does not apply (a division by zero) and not that a fact
is missing. Most formulas cannot be undefined at all; then the second half is None and costs nothing.

Reaching beyond the row in hand joins: the place above and the same subject on another day are one more row beside it,
an aggregate is one grouped statement over its members, joined by key. Each is written once however often a formula
names it, and every one is a set operation; `Statement.source` is the FROM clause that carries them.

A table of facts holds, per subject and day: `id`, `day`, `code`, the ids of the places above (`city_id`,
`district_id`, `street_id`, `community_id`; its own id at its own level), and one column per fact.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from psycopg import sql as psycopg_sql

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

# What is longer than this many characters is given a name.
LONG = 2000


class Tables(Protocol):
    """Names of the tables and columns that hold the facts of one run."""

    def table(self, level: str) -> str:
        """Return the table of the subjects of `level`."""

    def column(self, fact: Fact) -> str:
        """Return the column of `fact` in the table of its level."""

    def origins(self, level: str) -> str | None:
        """
        Return the table of what the subjects of `level` were on earlier days; None where all were themselves.

        One row per subject `id`, day `seen` from which is looked back, earlier `day`, and place it came out of:
        `origin_id`, its `share`, and whether it is the `sole` one that what does not add up is taken from.
        """

    def parameter(self, name: str, alias: str) -> str:
        """Return an expression for the plan's figure on the day and at the place of the row `alias`."""

    def verdict(self, target: str, alias: str) -> str:
        """Return an expression for the verdict of another target about the row `alias`."""


@dataclass(frozen=True)
class Compiled:
    """A formula as SQL: `value`, NULL where absent; `undefined`, true where that is not for want of a fact."""

    value: str
    undefined: str | None = None

    @property
    def is_undefined(self) -> str:
        """Return the condition that there is no value although no fact is missing; never NULL."""
        return f"({self.undefined}) IS TRUE" if self.undefined else "FALSE"

    @property
    def is_missing(self) -> str:
        """Return the condition that a fact is missing; never NULL."""
        if self.undefined:
            return f"(({self.value}) IS NULL AND ({self.undefined}) IS NOT TRUE)"
        return f"({self.value}) IS NULL"

    @property
    def is_told(self) -> str:
        """Return the condition that nothing is missing: a value, or undefined."""
        told = f"({self.value}) IS NOT NULL"
        return f"({told} OR {self.is_undefined})" if self.undefined else told


@dataclass
class Statement:
    """Formulas about the rows of one table, and the joins they need. `write` each, then select from `source`."""

    tables: Tables
    level: str
    alias: str = "f"
    names: Iterator[int] = field(default_factory=lambda: count(1))
    joins: list[str] = field(default_factory=list)
    known: dict[tuple[Node, str], Compiled] = field(default_factory=dict)

    def write(self, node: Node) -> Compiled:
        """Return `node` as an expression over the rows of `source`."""
        return Writer(self, self.alias).write(node)

    @property
    def source(self) -> str:
        """Return what to select from: the table of the level and everything joined to it."""
        return " ".join([f"{self.tables.table(self.level)} {self.alias}", *self.joins])

    def name(self, letter: str) -> str:
        """Return a name no other row of the statement bears."""
        return f"{letter}{next(self.names)}"

    def shortened(self, written: Compiled) -> Compiled:
        """
        Return `written`, by name where it is long: whoever uses it repeats its text, so that a chain would double.

        OFFSET 0 keeps the planner from putting the text back in place of the name.
        """
        if len(written.value) + len(written.undefined or "") < LONG:
            return written
        row = self.name("k")
        columns = f"{written.value} AS v, {written.is_undefined} AS u"
        self.joins.append(f"CROSS JOIN LATERAL (SELECT {columns} OFFSET 0) {row}")
        return Compiled(f"{row}.v", f"{row}.u" if written.undefined else None)

    def inner(self, level: str) -> "Statement":
        """Return a statement over the rows of another table, to stand inside this one."""
        return Statement(self.tables, level, self.name("m"), self.names)


def literal(value: Any) -> str:
    """Return `value` as SQL text, quoted where it must be."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}::numeric"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return psycopg_sql.Literal(str(value)).as_string(None)


@dataclass(frozen=True)
class Writer:
    """One walk over a tree, about the row `alias` of a statement."""

    statement: Statement
    alias: str

    @property
    def tables(self) -> Tables:
        """Return the tables of facts."""
        return self.statement.tables

    def write(self, node: Node) -> Compiled:
        """Write one node; what joins and what is long is written once and named again."""
        key = node, self.alias
        if key not in self.statement.known:
            written: Compiled = getattr(self, f"_{type(node).__name__.lower()}")(node)
            self.statement.known[key] = self.statement.shortened(written)
        return self.statement.known[key]

    def _constant(self, node: Constant) -> Compiled:
        return Compiled(literal(node.value))

    def _day(self, _node: Day) -> Compiled:
        return Compiled(f"{self.alias}.day")

    def _fact(self, node: Fact) -> Compiled:
        return Compiled(f"{self.alias}.{self.tables.column(node)}")

    def _parameterof(self, node: ParameterOf) -> Compiled:
        return Compiled(self.tables.parameter(node.name, self.alias))

    def _verdictof(self, node: VerdictOf) -> Compiled:
        return Compiled(self.tables.verdict(node.target, self.alias))

    def _operation(self, node: Operation) -> Compiled:
        parts = [self.write(part) for part in node.arguments]
        texts = [part.value for part in parts]
        kind = node.arguments[0].type
        if node.name == "/":
            return Compiled(_quotient(*texts), _undefined_if(parts, f"({texts[1]}) = 0"))
        if node.name == "add_years":
            year = f"extract(year FROM {texts[0]}) + {texts[1]}"
            outside = f"({year}) NOT BETWEEN 1 AND 9999"
            moved = f"({texts[0]} + make_interval(years => ({texts[1]})::int))::date"
            return Compiled(f"CASE WHEN NOT ({outside}) THEN {moved} END", _undefined_if(parts, outside))
        return Compiled(_operate(node.name, texts, kind), _undefined_if(parts))

    def _logic(self, node: Logic) -> Compiled:
        parts = [self.write(part) for part in node.arguments]
        if node.name == "not":
            return Compiled(f"(NOT {parts[0].value})", parts[0].undefined)
        value = "(" + f" {node.name.upper()} ".join(part.value for part in parts) + ")"
        if not any(part.undefined for part in parts):
            return Compiled(value)
        return Compiled(value, " AND ".join([f"{value} IS NULL", *(part.is_told for part in parts)]))

    def _among(self, node: Among) -> Compiled:
        part = self.write(node.argument)
        listed = f"ARRAY[{', '.join(literal(name) for name in node.listed)}]::text[]"
        if node.name == "in":
            return Compiled(f"({part.value} = ANY({listed}))", part.undefined)
        first, second = (listed, part.value) if node.name == "lacking" else (part.value, listed)
        held = "EXISTS" if node.name == "inside" else "NOT EXISTS"
        counted = (
            f"(SELECT count(*)::numeric FROM unnest({first}) one WHERE {held} "
            f"(SELECT FROM unnest({second}) other WHERE other = one))"
        )
        return Compiled(f"CASE WHEN {part.value} IS NOT NULL THEN {counted} END", part.undefined)

    def _branch(self, node: Branch) -> Compiled:
        condition, a, b = self.write(node.condition), self.write(node.then), self.write(node.otherwise)
        value = f"CASE {condition.value} WHEN TRUE THEN {a.value} WHEN FALSE THEN {b.value} END"
        if not (condition.undefined or a.undefined or b.undefined):
            return Compiled(value)
        undefined = (
            f"CASE {condition.value} WHEN TRUE THEN {a.is_undefined} WHEN FALSE THEN {b.is_undefined} "
            f"ELSE {condition.is_undefined} END"
        )
        return Compiled(value, undefined)

    def _fallback(self, node: Fallback) -> Compiled:
        a, b = self.write(node.first), self.write(node.second)
        value = f"COALESCE({a.value}, {b.value})"
        if a.undefined:
            value = f"CASE WHEN NOT {a.is_undefined} THEN {value} END"
        if not (a.undefined or b.undefined):
            return Compiled(value)
        return Compiled(value, f"({a.is_undefined} OR (({a.value}) IS NULL AND {b.is_undefined}))")

    def _above(self, node: Above) -> Compiled:
        place = self.statement.name("p")
        on = f"{place}.id = {self.alias}.{node.level}_id AND {place}.day = {self.alias}.day"
        return self._beside(node.argument, node.level, place, on)

    def _beside(self, node: Node, level: str, row: str, on: str) -> Compiled:
        """Join one row of `level` and write `node` about it; where there is none, everything is missing."""
        self.statement.joins.append(f"LEFT JOIN {self.tables.table(level)} {row} ON {on}")
        part = Writer(self.statement, row).write(node)
        undefined = f"({row}.id IS NOT NULL AND {part.is_undefined})" if part.undefined else None
        return Compiled(f"CASE WHEN {row}.id IS NOT NULL THEN {part.value} END", undefined)

    def _shift(self, node: Shift) -> Compiled:
        origins = self.tables.origins(node.level)
        if origins is not None:
            return self._through_origins(node, origins)
        if node.name == "every_month":
            return self._every_month(node)
        row = self.statement.name("t")
        day = f"({self.alias}.day - INTERVAL '1 year')::date"
        if node.name == "baseline":
            day = f"DATE '{node.year}-12-31' AND {row}.day <= {self.alias}.day"
        return self._beside(node.argument, node.level, row, f"{row}.id = {self.alias}.id AND {row}.day = {day}")

    def _through_origins(self, node: Shift, origins: str) -> Compiled:
        """Read the argument of what each subject came out of, put together, and join it by subject and both days."""
        found = self.statement.name("h")
        past, can_be_undefined = self._past(node, origins)
        on = f"{found}.id = {self.alias}.id AND {found}.seen = {self.alias}.day"
        if node.name == "every_month":
            self.statement.joins.append(
                f"LEFT JOIN (SELECT p.id, p.seen, count(p.v) AS n, min(p.v) AS v, "
                f"count(*) FILTER (WHERE p.told) AS told FROM ({past}) p "
                f"WHERE p.day BETWEEN date_trunc('year', p.seen)::date AND p.seen "
                f"AND p.day = {_month_end('p.day')} GROUP BY 1, 2) {found} ON {on}"
            )
            return self._lowest(found)
        day = f"({self.alias}.day - INTERVAL '1 year')::date"
        if node.name == "baseline":
            day = f"DATE '{node.year}-12-31'"
        self.statement.joins.append(f"LEFT JOIN ({past}) {found} ON {on} AND {found}.day = {day}")
        return Compiled(f"{found}.v", f"({found}.told AND {found}.v IS NULL)" if can_be_undefined else None)

    def _past(self, node: Shift, origins: str) -> tuple[str, bool]:
        """Return the rows `id, seen, day, v, told` of the argument on earlier days, and whether it can be undefined."""
        inner = self.statement.inner(node.level)
        part = inner.write(node.argument)
        rows = (
            f"SELECT {inner.alias}.id, {inner.alias}.day, {part.value} AS v, {part.is_told} AS told "
            f"FROM {inner.source} OFFSET 0"
        )
        joined = f"FROM {origins} o LEFT JOIN ({rows}) r ON r.id = o.origin_id AND r.day = o.day"
        if not node.adds_up:
            return f"SELECT o.id, o.seen, o.day, r.v, COALESCE(r.told, FALSE) AS told {joined} WHERE o.sole", bool(
                part.undefined
            )
        put_together = "CASE WHEN bool_and(r.v IS NOT NULL) THEN sum(o.share * r.v) END AS v"
        told = "bool_and(COALESCE(r.told, FALSE)) AS told"
        return f"SELECT o.id, o.seen, o.day, {put_together}, {told} {joined} WHERE o.share > 0 GROUP BY 1, 2, 3", bool(
            part.undefined
        )

    def _every_month(self, node: Shift) -> Compiled:
        """The lowest of the month-ends of the year that are not after the day: the one join that looks at the row."""
        inner = self.statement.inner(node.level)
        part = inner.write(node.argument)
        day, row, found = f"{self.alias}.day", inner.alias, self.statement.name("e")
        self.statement.joins.append(
            f"LEFT JOIN LATERAL (SELECT count({part.value}) AS n, min({part.value}) AS v, "
            f"count(*) FILTER (WHERE {part.is_told}) AS told FROM {inner.source} WHERE {row}.id = {self.alias}.id "
            f"AND {row}.day BETWEEN date_trunc('year', {day})::date AND {day} "
            f"AND {row}.day = {_month_end(f'{row}.day')}) {found} ON TRUE"
        )
        return self._lowest(found)

    def _lowest(self, found: str) -> Compiled:
        """Return the value of the row `found` where it is of every month that has ended by the day."""
        day = f"{self.alias}.day"
        ended = f"((extract(year FROM {day} + 1) - extract(year FROM {day})) * 12 + extract(month FROM {day} + 1) - 1)"
        complete = f"COALESCE({found}.n, 0) = {ended}"
        undefined = f"({ended} = 0 OR ({found}.told = {ended} AND NOT {complete}))"
        return Compiled(f"CASE WHEN {complete} AND {found}.n > 0 THEN {found}.v END", undefined)

    def _aggregate(self, node: Aggregate) -> Compiled:
        members = self.members(node)
        complete = f"{members.unknown} = 0"
        stated = self._stated(node)
        if stated is not None:
            complete = f"{complete} AND {stated}"
        value = f"CASE WHEN {complete} THEN {members.value} END"
        undefined = f"({complete} AND {members.told} = 0)" if node.name not in ("total", "count") else None
        return Compiled(value, undefined)

    def members(self, node: Aggregate) -> "Members":
        """Join the members of an aggregate, grouped by subject; also for the counts a finding shows beside it."""
        key = f"{node.subject}_id"
        inner = self.statement.inner(node.over)
        part = inner.write(node.argument)
        where = inner.write(node.where) if node.where is not None else Compiled("TRUE")
        one, group = self.statement.name("o"), self.statement.name("g")
        rows = (
            f"SELECT {inner.alias}.{key} AS key, {inner.alias}.day, {part.value} AS v, {part.is_missing} AS v_missing, "
            f"({where.value}) IS TRUE AS w, {where.is_missing} AS w_missing FROM {inner.source} OFFSET 0"
        )
        counts = f"{one}.w AND {one}.v IS NOT NULL"
        self.statement.joins.append(
            f"LEFT JOIN (SELECT {one}.key, {one}.day, count(*) FILTER (WHERE {counts}) AS told, "
            f"count(*) FILTER (WHERE {one}.w_missing OR ({one}.w AND {one}.v_missing)) AS unknown, "
            f"{_aggregated(node.name, f'{one}.v', counts)} AS v FROM ({rows}) {one} GROUP BY 1, 2) {group} "
            f"ON {group}.key = {self.alias}.id AND {group}.day = {self.alias}.day"
        )
        empty = f"COALESCE({group}.v, 0)" if node.name in ("total", "count") else f"{group}.v"
        return Members(f"COALESCE({group}.told, 0)", f"COALESCE({group}.unknown, 0)", empty)

    def _stated(self, node: Aggregate) -> str | None:
        """Return the condition that the members' register is complete in every community concerned."""
        if node.stated is None:
            return None
        column = self.tables.column(node.stated)
        if node.subject == node.stated.level:
            return f"{self.alias}.{column} IS TRUE"
        group = self.statement.name("s")
        self.statement.joins.append(
            f"LEFT JOIN (SELECT {node.subject}_id AS key, day, bool_and(COALESCE({column}, FALSE)) AS v "
            f"FROM {self.tables.table(node.stated.level)} GROUP BY 1, 2) {group} "
            f"ON {group}.key = {self.alias}.id AND {group}.day = {self.alias}.day"
        )
        return f"{group}.v IS NOT FALSE"


@dataclass(frozen=True)
class Members:
    """The columns of an aggregate: how many members have a value, how many are unknown, what the known come to."""

    told: str
    unknown: str
    value: str


def _month_end(day: str) -> str:
    return f"(date_trunc('month', {day}) + INTERVAL '1 month')::date - 1"


def _undefined_if(parts: list[Compiled], also: str | None = None) -> str | None:
    """Return when a strict operation is undefined: nothing missing, and a part undefined or `also` true."""
    reasons = [part.is_undefined for part in parts if part.undefined]
    if also is not None:
        reasons.append(also)
    if not reasons:
        return None
    return "(" + " AND ".join([*(part.is_told for part in parts), "(" + " OR ".join(reasons) + ")"]) + ")"


def _quotient(a: str, b: str) -> str:
    """Return a / b to 20 decimals, NULL for a zero divisor; the numerator's 40 give the division its scale."""
    return f"round(round(({a})::numeric, 40) / NULLIF(({b})::numeric, 0), 20)"


def _operate(name: str, texts: list[str], kind: str) -> str:
    if name in ("+", "-", "*"):
        return f"({texts[0]} {name} {texts[1]})"
    if name in (">=", "<=", ">", "<", "==", "!="):
        if kind == "set":
            same = f"({texts[0]} @> {texts[1]} AND {texts[0]} <@ {texts[1]})"
            return same if name == "==" else f"(NOT {same})"
        sign = {"==": "=", "!=": "<>"}.get(name, name)
        a, b = (f"round({text}, 12)" if kind == "number" else text for text in texts)
        return f"({a} {sign} {b})"
    if name in ("min", "max"):
        return _extreme(name, texts)
    return SCALAR[name].format(*texts)


def _extreme(name: str, texts: list[str]) -> str:
    """Return the least or greatest, NULL where any is NULL (GREATEST alone would pass over a missing fact)."""
    rows = ", ".join(f"({text})" for text in texts)
    return f"(SELECT CASE WHEN count(v) = {len(texts)} THEN {name}(v) END FROM (VALUES {rows}) of(v))"


def _aggregated(name: str, part: str, counts: str) -> str:
    if name == "count":
        return f"count(*) FILTER (WHERE {counts} AND ({part}))::numeric"
    if name == "share":
        return _quotient(f"count(*) FILTER (WHERE {counts} AND ({part}))", f"count(*) FILTER (WHERE {counts})")
    total = f"COALESCE(sum({part}) FILTER (WHERE {counts}), 0)"
    if name == "total":
        return total
    if name == "mean":
        return _quotient(total, f"count(*) FILTER (WHERE {counts})")
    return f"{'min' if name == 'lowest' else 'max'}({part}) FILTER (WHERE {counts})"


SCALAR = {
    "negative": "(- {0})",
    "ceil": "ceil(round({0}, 12))",
    "floor": "floor(round({0}, 12))",
    "abs": "abs({0})",
    "round": "round({0}, ({1})::int)",
    "days_until": "({0} - {1})::numeric",
    "years_since": (
        "(extract(year FROM {1}) - extract(year FROM {0}) - CASE WHEN "
        "(extract(month FROM {1}), extract(day FROM {1})) < (extract(month FROM {0}), extract(day FROM {0})) "
        "THEN 1 ELSE 0 END)::numeric"
    ),
    "size": "cardinality({0})::numeric",
}
