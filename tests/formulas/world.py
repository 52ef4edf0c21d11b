"""A small made-up city whose facts stand once in Python and once in tables, for both readings of a formula."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models

from assessments.formulas import MISSING, Fact, Indicator, Origin, Parameter, Subject, Value, Vocabulary
from assessments.formulas.sql import literal
from communities.ground import periods
from communities.ground.metrics import Metric, Population, Source, column, counted
from communities.ground.registers import Register

DAY = date(2008, 3, 31)
LEVELS = ("city", "district", "street", "community")


class Kind(models.TextChoices):
    """Choices of the made-up metrics."""

    URBAN = "urban", "urban"
    RURAL = "rural", "rural"


NOWHERE: Any = Source(code="nowhere", label="nowhere", rows=lambda w: None, register=Register.FACILITIES)  # type: ignore[arg-type, return-value]


def metric(code: str, levels: tuple[str, ...], kind: str = "number", unit: str | None = None) -> Metric:
    return Metric(
        code=code,
        label=code,
        source=NOWHERE,
        value=counted() if kind == "number" and code != "ratio" else column(code),
        levels=levels,
        type=kind,  # type: ignore[arg-type]
        unit=unit,
        choices=Kind if kind in ("choice", "set") else None,
    )


METRICS = [
    metric("households", LEVELS, unit="household"),
    metric("people", LEVELS, unit="person"),
    metric("ratio", LEVELS),
    metric("kind", LEVELS, "choice"),
    metric("flag", LEVELS, "boolean"),
    metric("term_ends", LEVELS, "date"),
    metric("signs", LEVELS, "set"),
    metric("area", ("facility",), unit="m2"),
    metric("usable", ("facility",), "boolean"),
]
PARAMETERS = {
    "per_member": Parameter("per_member", "household/person"),
    "least": Parameter("least", "person"),
    "plain": Parameter("plain"),
    "off": Parameter("off"),
}
INDICATORS = {"filed": Indicator("filed", "community", "number", None)}
VOCABULARY = Vocabulary(
    metrics=METRICS,
    populations=[Population("facility", "facilities", NOWHERE, "name")],
    parameters=PARAMETERS,
    indicators=INDICATORS,
    targets=frozenset({"other"}),
)
COLUMNS = {
    "households": "numeric",
    "people": "numeric",
    "ratio": "numeric",
    "filed": "numeric",
    "area": "numeric",
    "kind": "text",
    "flag": "boolean",
    "usable": "boolean",
    "term_ends": "date",
    "signs": "text[]",
    "stated": "boolean",
    "verdict": "text",
}
Row = dict[str, Any]


class World:
    """Rows by (level, id, day); the ids of the places above stand in each row."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int, date], Row] = {}

    def add(self, level: str, id: int, day: date, above: dict[str, int], **facts: Any) -> None:
        verdict = verdict_of(Subject(level, id))
        self.rows[level, id, day] = {**above, f"{level}_id": id, "verdict": verdict, **facts}

        self.made_of: dict[tuple[str, int, date, date], list[tuple[int, Decimal, bool]]] = {}

    def origins(self, subject: Subject, day: date, earlier: date) -> Sequence[Origin]:
        found = self.made_of.get((subject.level, subject.id, day, earlier))
        if found is None:
            return [Origin(subject)]
        return [Origin(Subject(subject.level, id), share, sole) for id, share, sole in found]

    def exists(self, subject: Subject, day: date) -> bool:
        return (subject.level, subject.id, day) in self.rows

    def fact(self, subject: Subject, fact: Fact, day: date) -> Value:
        row = self.rows.get((subject.level, subject.id, day), {})
        value = row.get(fact.code)
        return MISSING if value is None else value

    def members(self, subject: Subject, over: str, day: date) -> Sequence[Subject]:
        return [
            Subject(over, id)
            for (level, id, when), row in self.rows.items()
            if level == over and when == day and row.get(f"{subject.level}_id") == subject.id
        ]

    def above(self, subject: Subject, level: str, day: date) -> Subject | None:
        row = self.rows.get((subject.level, subject.id, day), {})
        found = row.get(f"{level}_id")
        return Subject(level, found) if found is not None and (level, found, day) in self.rows else None

    def parameter(self, name: str, subject: Subject, day: date) -> Value:
        return {"per_member": Decimal(300), "least": Decimal(5), "plain": Decimal("0.5")}.get(name, MISSING)

    def verdict(self, subject: Subject, target: str) -> Value:
        return verdict_of(subject) or MISSING


def verdict_of(subject: Subject) -> str | None:
    """Return the made-up verdict of another target about the subject: the same on every day."""
    return (None, "met", "not_met")[subject.id % 3]


class WorldTables:
    """The same rows in temporary tables; `levels_made_of` are those whose places came out of others."""

    def __init__(self, levels_made_of: frozenset[str] = frozenset()) -> None:
        self.levels_made_of = levels_made_of

    def origins(self, level: str) -> str | None:
        return f"world_{level}_origin" if level in self.levels_made_of else None

    def table(self, level: str) -> str:
        return f"world_{level}"

    def column(self, fact: Fact) -> str:
        return fact.code

    def parameter(self, name: str, alias: str) -> str:
        return {"per_member": "300::numeric", "least": "5::numeric", "plain": "0.5::numeric"}.get(name, "NULL::numeric")

    def verdict(self, target: str, alias: str) -> str:
        return f"{alias}.verdict"


def load(world: World) -> None:
    """Write the world into temporary tables of this connection."""
    with connection.cursor() as cursor:
        for level in (*LEVELS, "facility"):
            above = ", ".join(f"{name}_id bigint" for name in LEVELS)
            facts = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
            cursor.execute(f"DROP TABLE IF EXISTS world_{level}")
            cursor.execute(f"CREATE TEMP TABLE world_{level} (id bigint, day date, {above}, {facts})")
        for (level, id, day), row in world.rows.items():
            names = [name for name in row if name != "facility_id"]
            texts = [_sql(row[name]) for name in names]
            cursor.execute(
                f"INSERT INTO world_{level} (id, day, {', '.join(names)}) VALUES ({id}, '{day}', {', '.join(texts)})"
            )


def load_origins(world: World) -> frozenset[str]:
    """Write what places were made of into temporary tables, itself for all others; return the levels concerned."""
    levels = frozenset(level for level, _id, _seen, _day in world.made_of)
    days = sorted({day for _level, _id, day in world.rows})
    with connection.cursor() as cursor:
        for level in levels:
            cursor.execute(f"DROP TABLE IF EXISTS world_{level}_origin")
            cursor.execute(
                f"CREATE TEMP TABLE world_{level}_origin "
                f"(id bigint, seen date, day date, origin_id bigint, share numeric, sole boolean)"
            )
            rows = [
                (id, seen, day, *part)
                for (of, id, day) in world.rows
                if of == level
                for seen in days
                if seen >= day and (level, id, seen, day) not in world.made_of
                for part in [(id, Decimal(1), True)]
            ]
            rows += [
                (id, seen, day, *part)
                for (of, id, seen, day), ps in world.made_of.items()
                if of == level
                for part in ps
            ]
            cursor.executemany(f"INSERT INTO world_{level}_origin VALUES (%s, %s, %s, %s, %s, %s)", rows)
    return levels


def _sql(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, frozenset):
        return f"ARRAY[{', '.join(literal(v) for v in sorted(value))}]::text[]"
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else literal(value)


def days_of(day: date) -> list[date]:
    """Return the days the formulas of the tests visit: now, a year and two before, month-ends, two baselines."""
    ends = [date(2008, 1, 31), date(2008, 2, 29), date(2007, 1, 31), date(2007, 2, 28)]
    last = [date(2007, 12, 31), date(2006, 12, 31), date(2005, 12, 31)]
    before = periods.a_year_before(day)
    return sorted({day, before, periods.a_year_before(before), *ends, *last})
