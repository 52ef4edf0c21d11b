"""
The second reading: the tree as one SQL expression over tables of facts, one row per subject and day.

Every node becomes a pair: `value`, which is NULL where the value is absent for whichever reason, and `undefined`, a
condition that is true where the reason is that the question does not apply (a division by zero) and not that a fact
is missing. Most formulas cannot be undefined at all; then the second half is None and costs nothing.

A table of facts holds, per subject and day: `id`, `day`, `code`, the ids of the places above (`city_id`,
`district_id`, `street_id`, `community_id`; its own id at its own level), and one column per fact.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
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


class Tables(Protocol):
    """Names of the tables and columns that hold the facts of one run."""

    def table(self, level: str) -> str:
        """Return the table of the subjects of `level`."""

    def column(self, fact: Fact) -> str:
        """Return the column of `fact` in the table of its level."""

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


def compile_sql(node: Node, tables: Tables, alias: str = "f") -> Compiled:
    """Return `node` as an expression over the row `alias` of its subject's table."""
    return Writer(tables, alias).write(node)


def literal(value: Any) -> str:
    """Return `value` as SQL text, quoted where it must be."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}::numeric"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return psycopg_sql.Literal(str(value)).as_string(None)


@dataclass
class Writer:
    """One walk over a tree; `alias` is the row in hand, `deep` numbers the rows of inner queries."""

    tables: Tables
    alias: str
    deep: int = 0

    def write(self, node: Node) -> Compiled:
        """Write one node."""
        writer = getattr(self, f"_{type(node).__name__.lower()}")
        written: Compiled = writer(node)
        return written

    def inner(self) -> "Writer":
        """Return a writer for a row of an inner query."""
        return replace(self, alias=f"f{self.deep + 1}", deep=self.deep + 1)

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
        row = self.inner()
        part = row.write(node.argument)
        found = (
            f"FROM {self.tables.table(node.level)} {row.alias} "
            f"WHERE {row.alias}.id = {self.alias}.{node.level}_id AND {row.alias}.day = {self.alias}.day"
        )
        return _from_inner(part, found)

    def _shift(self, node: Shift) -> Compiled:
        row = self.inner()
        part = row.write(node.argument)
        table = f"{self.tables.table(node.level)} {row.alias}"
        same = f"FROM {table} WHERE {row.alias}.id = {self.alias}.id AND {row.alias}.day"
        if node.name == "previous":
            return _from_inner(part, f"{same} = ({self.alias}.day - INTERVAL '1 year')::date")
        if node.name == "baseline":
            return _from_inner(part, f"{same} = DATE '{node.year}-12-31'")
        return self._every_month(part, same, row)

    def _every_month(self, part: Compiled, same: str, row: "Writer") -> Compiled:
        day = f"{self.alias}.day"
        ended = f"((extract(year FROM {day} + 1) - extract(year FROM {day})) * 12 + extract(month FROM {day} + 1) - 1)"
        ends = f"(date_trunc('month', {row.alias}.day) + INTERVAL '1 month')::date - 1"
        where = f"{same} BETWEEN date_trunc('year', {day})::date AND {day} AND {row.alias}.day = {ends}"
        value = f"(SELECT CASE WHEN count({part.value}) = {ended} THEN min({part.value}) END {where})"
        undefined = f"({ended}) = 0"
        if part.undefined:
            told = f"(SELECT count(*) FILTER (WHERE {part.is_told}) = {ended} {where})"
            undefined = f"({undefined} OR ({value} IS NULL AND {told}))"
        return Compiled(value, undefined)

    def _aggregate(self, node: Aggregate) -> Compiled:
        parts = self.members(node)
        complete = f"{parts.unknown} = 0"
        value = f"(SELECT CASE WHEN {complete} THEN {parts.value} END {parts.found})"
        undefined = f"(SELECT {complete} AND {parts.told} = 0 {parts.found})" if parts.empty_is_undefined else None
        stated = self._stated(node)
        if stated is None:
            return Compiled(value, undefined)
        return Compiled(f"CASE WHEN {stated} THEN {value} END", undefined and f"({stated} AND {undefined})")

    def members(self, node: Aggregate) -> "Members":
        """Write what an aggregate takes from its members: also for the counts a finding shows beside it."""
        row = self.inner()
        part = row.write(node.argument)
        where = row.write(node.where) if node.where is not None else Compiled("TRUE")
        belongs = f"({where.value}) IS TRUE"
        counts = f"{belongs} AND ({part.value}) IS NOT NULL"
        return Members(
            found=(
                f"FROM {self.tables.table(node.over)} {row.alias} "
                f"WHERE {row.alias}.{node.subject}_id = {self.alias}.id AND {row.alias}.day = {self.alias}.day"
            ),
            told=f"count(*) FILTER (WHERE {counts})",
            unknown=f"count(*) FILTER (WHERE {where.is_missing} OR ({belongs} AND {part.is_missing}))",
            value=_aggregated(node.name, part.value, counts),
            empty_is_undefined=node.name not in ("total", "count"),
        )

    def _stated(self, node: Aggregate) -> str | None:
        if node.stated is None:
            return None
        column = self.tables.column(node.stated)
        if node.subject == node.stated.level:
            return f"{self.alias}.{column}"
        row = self.inner()
        return (
            f"NOT EXISTS (SELECT FROM {self.tables.table(node.stated.level)} {row.alias} "
            f"WHERE {row.alias}.{node.subject}_id = {self.alias}.id AND {row.alias}.day = {self.alias}.day "
            f"AND {row.alias}.{column} IS NOT TRUE)"
        )


@dataclass(frozen=True)
class Members:
    """The SQL of an aggregate's members: how many have a value, how many are unknown, what they come to."""

    found: str
    told: str
    unknown: str
    value: str
    empty_is_undefined: bool


def _undefined_if(parts: list[Compiled], also: str | None = None) -> str | None:
    """Return when a strict operation is undefined: nothing missing, and a part undefined or `also` true."""
    reasons = [part.is_undefined for part in parts if part.undefined]
    if also is not None:
        reasons.append(also)
    if not reasons:
        return None
    return "(" + " AND ".join([*(part.is_told for part in parts), "(" + " OR ".join(reasons) + ")"]) + ")"


def _from_inner(part: Compiled, found: str) -> Compiled:
    value = f"(SELECT {part.value} {found})"
    return Compiled(value, f"(SELECT {part.is_undefined} {found})" if part.undefined else None)


def _quotient(a: str, b: str) -> str:
    """Return a / b to 20 decimals, NULL for a zero divisor; the numerator's 40 give the division its scale."""
    return f"round(round(({a})::numeric, 40) / NULLIF(({b})::numeric, 0), 20)"


def _operate(name: str, texts: list[str], kind: str) -> str:
    if name in ("+", "-", "*"):
        return f"({texts[0]} {name} {texts[1]})"
    if name in (">=", "<=", ">", "<", "==", "!="):
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
