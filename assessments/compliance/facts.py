"""
Tables of facts: what the formulas of one run will ask, computed once, one grouped statement per register.

A temporary table per level of subject holds one row per subject and day (`previous` and `every_month` add rows, not
columns), the ids of the places above it, and one column per fact. The compiled formulas read nothing else; the
snapshot of a run is a copy of these tables. They vanish with the transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from assessments.formulas import Fact
from assessments.formulas.sql import literal
from assessments.formulas.tree import Need
from assessments.plans.pack import ParameterSpec
from communities.ground import periods
from communities.ground.metrics import PLACE_LEVELS, Window

from .lineage import Part, parts
from .rulebook import Rulebook

CASTS = {"number": "numeric", "boolean": "boolean", "date": "date", "choice": "text", "set": "text[]"}
NOTHING = {
    "number": "0::numeric",
    "boolean": "FALSE",
    "date": "NULL::date",
    "choice": "NULL::text",
    "set": "'{}'::text[]",
}
WIDTHS = {"city": 4, "district": 6, "street": 9, "community": 12}


@dataclass(frozen=True)
class Area:
    """Whose facts are gathered: places whose code begins with one of `prefixes`, or equals one of `codes`."""

    prefixes: tuple[str, ...]
    codes: tuple[str, ...] = ()

    def condition(self, column: str) -> str:
        """Return the SQL condition that the code in `column` belongs to the area."""
        below = [f"({column} >= {literal(p)} AND {column} < {literal(_after(p))})" for p in self.prefixes]
        listed = [f"{column} IN ({', '.join(literal(code) for code in self.codes)})"] if self.codes else []
        return "(" + " OR ".join([*below, *listed]) + ")"


def _after(prefix: str) -> str:
    """Return the first text that sorts after everything that begins with `prefix` (digits only)."""
    return prefix + ":"


@dataclass
class FactTables:
    """The tables of one run, built on this connection. Implements `formulas.Tables`."""

    book: Rulebook
    name: str
    day: date
    area: Area
    needs: frozenset[Need]
    rows: frozenset[tuple[str, date]]
    back: frozenset[tuple[str, date, date]] = frozenset()
    parts: tuple[Part, ...] = ()
    columns: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = tuple(parts(pair for pair in self.back if pair[0] in PLACE_LEVELS))
        by_level = sorted({(need.fact.level, need.fact.key) for need in self.needs})
        self.columns = {key: f"x{number}" for number, key in enumerate(by_level)}

    def table(self, level: str) -> str:
        """Return the table of the subjects of `level`."""
        return f"{self.name}_{level}"

    def column(self, fact: Fact) -> str:
        """Return the column of `fact` in the table of its level."""
        return self.columns[fact.level, fact.key]

    def origins(self, level: str) -> str | None:
        """Return the table of what the subjects of `level` were on earlier days; None where all were themselves."""
        return f"{self.name}_{level}_origin" if any(part.level == level for part in self.parts) else None

    def parameter(self, name: str, alias: str) -> str:
        """Return an expression for the figure in force on the day of the row `alias`, at its place."""
        return parameter_sql(self.book.parameters[name], alias)

    def verdict(self, target: str, alias: str) -> str:
        """Return an expression for the verdict of `target` about the row `alias`, as `judging.that_counts` chooses."""
        return (
            f"(SELECT v.verdict FROM {self.name}_verdict v WHERE v.target = {literal(target)} AND v.id = {alias}.id "
            f"ORDER BY v.verdict = 'not_applicable', v.verdict = 'not_due', v.milestone DESC LIMIT 1)"
        )

    def facts_of(self, level: str) -> list[Fact]:
        """Return the facts of `level`, each once."""
        found = {need.fact.key: need.fact for need in self.needs if need.fact.level == level}
        return [found[key] for key in sorted(found)]

    def build(self) -> None:
        """Create and fill the tables."""
        with connection.cursor() as cursor:
            # Compiling such statements to machine code costs more than running them.
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(self._places_sql())
            cursor.execute(f"CREATE INDEX ON {self.name}_place (level, day, code)")
            cursor.execute(f"ANALYZE {self.name}_place")
            cursor.execute(
                f"CREATE TEMP TABLE {self.name}_verdict (target text, id bigint, milestone int, verdict text) "
                f"ON COMMIT DROP"
            )
            cursor.execute(f"CREATE INDEX ON {self.name}_verdict (target, id)")
            for level in PLACE_LEVELS:
                if (origins := self.origins(level)) is not None:
                    cursor.execute(self._origins_sql(level))
                    cursor.execute(f"ANALYZE {origins}")
            for level in self._levels():
                if level not in PLACE_LEVELS:
                    cursor.execute(self._members_sql(level))
                    cursor.execute(f"ANALYZE {self.name}_{level}_base")
                cursor.execute(self._level_sql(level))
                cursor.execute(f"CREATE UNIQUE INDEX ON {self.table(level)} (id, day)")
                cursor.execute(f"ANALYZE {self.table(level)}")

    def drop(self) -> None:
        """Drop the tables before the transaction ends, so that another run may follow in it."""
        levels = self._levels()
        tables = ["place", "verdict", *levels, *(f"{one}_{kind}" for one in levels for kind in ("base", "origin"))]
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {self.name}_{table}")

    def _levels(self) -> list[str]:
        used = {level for level, _day in self.rows}
        return [level for level in (*PLACE_LEVELS, *sorted(used - set(PLACE_LEVELS))) if level in used]

    def _days(self, level: str | None = None) -> list[date]:
        return sorted({day for one, day in self.rows if level in (None, one)})

    def _places_sql(self) -> str:
        """One row per day and place of the area: level, code in force on that day."""
        days = ", ".join(f"({literal(day)})" for day in self._days())
        return (
            f"CREATE TEMP TABLE {self.name}_place ON COMMIT DROP AS "
            f"SELECT d.day, p.id, p.level, c.code FROM (VALUES {days}) d(day) "
            f"JOIN places_placecode c ON c.during @> d.day "
            f"JOIN places_place p ON p.id = c.place_id AND p.exists @> d.day "
            f"LEFT JOIN places_community m ON m.place_id = p.id "
            f"WHERE {self.area.condition('c.code')} AND (p.level <> 'community' OR m.committee = 'residents')"
            + self._villages_sql()
        )

    def _villages_sql(self) -> str:
        """
        Add the villages of the area that became communities, on the earlier days they are asked of.

        They bear no code here: nothing above them counts them.
        """
        asked = sorted({(part.origin, part.day) for part in self.parts if part.level == "community"})
        if not asked:
            return ""
        listed = ", ".join(f"({origin}, {literal(day)})" for origin, day in asked)
        return (
            f" UNION ALL SELECT v.day, p.id, p.level, '' FROM (VALUES {listed}) v(id, day) "
            f"JOIN places_place p ON p.id = v.id AND p.exists @> v.day "
            f"JOIN places_community m ON m.place_id = p.id AND m.committee <> 'residents' "
            f"WHERE EXISTS (SELECT FROM places_placecode c WHERE c.place_id = p.id AND c.during @> v.day "
            f"AND {self.area.condition('c.code')})"
        )

    def _origins_sql(self, level: str) -> str:
        """The table of origins: each place itself on every earlier day, but for those that came out of others."""
        pairs = sorted({(seen, day) for one, seen, day in self.back if one == level})
        own = [part for part in self.parts if part.level == level]
        days = ", ".join(f"({literal(seen)}, {literal(day)})" for seen, day in pairs)
        known = ", ".join(
            f"({part.id}::bigint, {literal(part.seen)}, {literal(part.day)}, {part.origin}::bigint, "
            f"{literal(part.share)}, {literal(part.sole)})"
            for part in own
        )
        return (
            f"CREATE TEMP TABLE {self.name}_{level}_origin ON COMMIT DROP AS "
            f"WITH part(id, seen, day, origin_id, share, sole) AS (VALUES {known}) "
            f"SELECT * FROM part UNION ALL SELECT p.id, d.seen, d.day, p.id, 1::numeric, TRUE "
            f"FROM (VALUES {days}) d(seen, day) "
            f"JOIN {self.name}_place p ON p.day = d.day AND p.level = {literal(level)} "
            f"WHERE NOT EXISTS (SELECT FROM part WHERE part.id = p.id AND part.seen = d.seen AND part.day = d.day)"
        )

    def _members_sql(self, level: str) -> str:
        """One row per day and member of a population: its id, and the place it stands in."""
        population = self.book.population(level)
        if population is None:
            raise LookupError(f"Nothing is registered as {level}.")
        parts = []
        for day in self._days(level):
            rows = population.source.rows(window(self.book, day, "year"))
            rows = rows.filter(**{f"{population.source.place}__in": self._ids("place")}).order_by()
            text = _text(rows.values("pk", place_of=F(population.source.place)))
            parts.append(f"SELECT {literal(day)} AS day, q.* FROM ({text}) q(id, place_id)")
        return f"CREATE TEMP TABLE {self.name}_{level}_base ON COMMIT DROP AS {' UNION ALL '.join(parts)}"

    def _ids(self, table: str) -> RawSQL:
        return RawSQL(f"SELECT id FROM {self.name}_{table}", ())  # noqa: S611  a name of our own making

    def _level_sql(self, level: str) -> str:
        """The table of one level: subjects, places above, and the facts joined from their registers."""
        is_place = level in PLACE_LEVELS
        days = ", ".join(literal(day) for day in self._days(level))
        if is_place:
            base = f"FROM {self.name}_place r"
            where = f"WHERE r.level = {literal(level)} AND r.day IN ({days})"
        else:
            base = (
                f"FROM {self.name}_{level}_base m "
                f"JOIN {self.name}_place p ON p.id = m.place_id AND p.day = m.day "
                f"CROSS JOIN LATERAL (SELECT m.id, m.day, p.code) r"
            )
            where = f"WHERE r.day IN ({days})"
        above, joins = self._above(level)
        facts, sources = self._fact_columns(level, "r.id" if is_place else "m.id")
        columns = ", ".join(["r.id", "r.day", "r.code", *above, *facts])
        return (
            f"CREATE TEMP TABLE {self.table(level)} ON COMMIT DROP AS "
            f"SELECT {columns} {base} {' '.join(joins)} {' '.join(sources)} {where}"
        )

    def _above(self, level: str) -> tuple[list[str], list[str]]:
        """Return the columns of the ids of the places above (its own at its own level) and their joins."""
        columns, joins = [], []
        for name, width in WIDTHS.items():
            if name == level:
                columns.append(f"r.id AS {name}_id")
                break
            code = f"rpad(left(r.code, {width}), 12, '0')"
            joins.append(
                f"LEFT JOIN {self.name}_place {name} ON {name}.day = r.day AND {name}.level = {literal(name)} "
                f"AND {name}.code = {code}"
            )
            columns.append(f"{name}.id AS {name}_id")
        return columns, joins

    def _fact_columns(self, level: str, key: str) -> tuple[list[str], list[str]]:
        columns: list[str] = []
        joins: dict[str, str] = {}
        groups: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.facts_of(level):
            if fact.code == "stated":
                since = self._since(dict(fact.options)["register"], joins, key)
                columns.append(f"COALESCE({since} <= r.day, FALSE) AS {self.column(fact)}")
                continue
            source = self.book.metric(fact).source
            groups.setdefault((source.code, fact.during), []).append(fact)
        values: dict[str, str] = {}
        for number, facts in enumerate(groups.values()):
            joins[f"g{number}"] = self._join(f"g{number}", facts, key)
            values |= {fact.key: self._value(fact, f"g{number}", joins, key) for fact in facts}
        for fact in self.facts_of(level):
            if fact.key in values:
                value = values[fact.key]
                if fact.since is not None:
                    value = f"CASE WHEN {values[fact.since.key]} IS NOT NULL THEN {value} END"
                columns.append(f"{value} AS {self.column(fact)}")
        return columns, list(joins.values())

    def _value(self, fact: Fact, group: str, joins: dict[str, str], key: str) -> str:
        """Return one fact: 0 where nothing is recorded but the register is complete, NULL where it is not."""
        metric = self.book.metric(fact)
        value = f"{group}.{self.column(fact)}"
        if metric.source.register is None or metric.source.one_row:
            return value
        since = self._since(str(metric.source.register), joins, key)
        found = f"CASE WHEN {group}.subject IS NULL THEN {NOTHING[metric.type]} ELSE {value} END"
        return f"CASE WHEN {since} <= r.day THEN {found} END"

    def _since(self, register: str, joins: dict[str, str], key: str) -> str:
        """Join, once, the day from which the register is complete for each place; return its column."""
        alias = f"since_{register}"
        joins.setdefault(
            alias,
            f"LEFT JOIN (SELECT place_id, min(as_of) AS day FROM places_registerstatement "
            f"WHERE register = {literal(register)} GROUP BY place_id) {alias} ON {alias}.place_id = {key}",
        )
        return f"{alias}.day"

    def _join(self, group: str, facts: list[Fact], key: str) -> str:
        """Return the grouped statement over one register, joined to the subjects; one part per day."""
        days = sorted({need.day for need in self.needs if need.fact in facts})
        parts = [self._grouped(facts, day) for day in days]
        names = ", ".join(self.column(fact) for fact in facts)
        joined = f"LEFT JOIN ({' UNION ALL '.join(parts)}) {group}(day, subject, {names})"
        return f"{joined} ON {group}.subject = {key} AND {group}.day = r.day"

    def _grouped(self, facts: list[Fact], day: date) -> str:
        metrics = [self.book.metric(fact) for fact in facts]
        source = metrics[0].source
        rows = rows_of(self.book, facts[0], day)
        rows = rows.filter(**{f"{source.place}__in": self._ids(self._subjects(facts[0].level))})
        if not source.one_row:
            rows = rows.order_by()
        taken = {
            self.column(fact): metric.expression(dict(fact.options))
            for fact, metric in zip(facts, metrics, strict=True)
        }
        text = _text(rows.values(subject=F(source.place)).annotate(**taken).values("subject", *taken))
        casts = ", ".join(f"q.{name}::{CASTS[metric.type]}" for name, metric in zip(taken, metrics, strict=True))
        return f"SELECT {literal(day)}, q.subject, {casts} FROM ({text}) q(subject, {', '.join(taken)})"

    def _subjects(self, level: str) -> str:
        return "place" if level in PLACE_LEVELS else f"{level}_base"


def rows_of(book: Rulebook, fact: Fact, day: date) -> QuerySet[Any]:
    """Return the rows of the register of `fact` that count on `day`, whatever its options; each subject's own term."""
    source = book.metric(fact).source
    looked_at = window(book, day, fact.during)
    rows = source.rows(looked_at)
    if fact.since is None or source.since is None:
        return rows
    return rows.filter(source.since(book.metric(fact.since).of_place(source.place, looked_at)))


def window(book: Rulebook, day: date, during: str) -> Window:
    """Return the days a metric looks at: the year of `day`, the plan's time so far, or all that a term may span."""
    if during == "term":
        return Window(day, periods.DATES_FROM)
    if during == "plan" and book.pack.period.first is not None:
        return Window(day, min(book.pack.period.first, day))
    return Window(day, date(day.year, 1, 1))


def _text(query: object) -> str:
    """Return a queryset as SQL text with its values put in."""
    sql, params = query.query.sql_with_params()  # type: ignore[attr-defined]
    composed: str = connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]
    return composed


def parameter_sql(parameter: ParameterSpec, alias: str) -> str:
    """Return the figure in force on the day and at the place of the row `alias`; the narrowest place wins."""
    cases = []
    for value in sorted(parameter.values, key=lambda one: -len(one.for_prefix)):
        conditions = []
        if value.for_prefix:
            conditions.append(f"starts_with({alias}.code, {literal(value.for_prefix)})")
        if value.during.first:
            conditions.append(f"{alias}.day >= {literal(value.during.first)}")
        if value.during.last:
            conditions.append(f"{alias}.day <= {literal(value.during.last)}")
        cases.append(f"WHEN {' AND '.join(conditions) or 'TRUE'} THEN {typed_literal(parameter.type, value.value)}")
    return f"CASE {' '.join(cases)} END" if cases else f"NULL::{CASTS[parameter.type]}"


def typed_literal(kind: str, text: str) -> str:
    """Return the text of a parameter's value as SQL of its type."""
    if kind == "set":
        members = sorted({part.strip() for part in text.split(";") if part.strip()})
        return f"ARRAY[{', '.join(literal(one) for one in members)}]::text[]"
    return f"{literal(text)}::{CASTS[kind]}"


def around(prefixes: Iterable[str]) -> Area:
    """Return the area of the places below `prefixes` and the places above them."""
    below = tuple(sorted(set(prefixes)))
    above = {prefix[:width].ljust(12, "0") for prefix in below for width in WIDTHS.values() if width <= len(prefix)}
    return Area(below, tuple(sorted(above)))


def other_codes(area: Area, day: date, days: Iterable[date]) -> list[str]:
    """
    Return the codes outside the area of what its places (by their code on `day`) were on one of `days`.

    These are their own other codes, and those of the places they came out of.
    """
    listed = ", ".join(literal(one) for one in days)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE line(id) AS (SELECT own.place_id FROM places_placecode own "
            f"WHERE own.during @> {literal(day)} AND {area.condition('own.code')} "
            f"UNION SELECT s.predecessor_id FROM places_succession s JOIN line ON line.id = s.successor_id) "
            f"SELECT DISTINCT other.code FROM line JOIN places_placecode other ON other.place_id = line.id "
            f"WHERE NOT {area.condition('other.code')} "
            f"AND other.during && ANY (SELECT daterange(one, one, '[]') FROM unnest(ARRAY[{listed}]) one)"
        )
        return [code for (code,) in cursor.fetchall()]
