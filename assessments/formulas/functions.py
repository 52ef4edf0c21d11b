"""
The functions of the formula language: what each takes and what it yields.

Every function reads its own arguments, so that a wrong one is refused where it stands.
"""

import ast
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from communities.ground import units
from communities.ground.metrics import PLACE_LEVELS
from communities.ground.units import Unit

from .errors import FormulaError, unknown
from .kinds import BOOLEAN, agree
from .tree import Above, Aggregate, Branch, Constant, Day, Fact, Fallback, Kind, Node, Operation, Shift, VerdictOf
from .vocabulary import ORDER, VERDICTS

if TYPE_CHECKING:
    from .parsing import Reader

DAYS = Unit((("day", 1),))
YEARS = Unit((("year", 1),))


def _extreme(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    nodes = reader.arguments(form, level, depth, 2, 12)
    kind = nodes[0].kind
    for node in nodes:
        if node.type not in ("number", "date"):
            reader.expect(node, "number", form)
        kind = agree(replace(nodes[0], kind=kind), node, reader.column(form))
    return Operation(kind, reader.source(form), form.func.id, tuple(nodes))  # type: ignore[attr-defined]


def _one_number(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    (node,) = reader.arguments(form, level, depth, 1, 1)
    reader.expect(node, "number", form)
    return Operation(node.kind, reader.source(form), form.func.id, (node,))  # type: ignore[attr-defined]


def _round(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    nodes = reader.arguments(form, level, depth, 1, 2)
    reader.expect(nodes[0], "number", form)
    places = nodes[1] if len(nodes) > 1 else Constant(Kind("number"), "0", Decimal(0))
    if not isinstance(places, Constant) or not isinstance(places.value, Decimal) or places.value not in range(13):
        raise FormulaError(_("round() takes a whole number of decimals from 0 to 12."), reader.column(form))
    return Operation(nodes[0].kind, reader.source(form), "round", (nodes[0], places))


def _if(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    condition, a, b = reader.arguments(form, level, depth, 3, 3)
    reader.expect(condition, "boolean", form)
    return Branch(agree(a, b, reader.column(form)), reader.source(form), condition, a, b)


def _coalesce(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    a, b = reader.arguments(form, level, depth, 2, 2)
    return Fallback(agree(a, b, reader.column(form)), reader.source(form), a, b)


def _add_years(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    moment, years = reader.arguments(form, level, depth, 2, 2)
    reader.expect(moment, "date", form)
    whole = isinstance(years, Constant) or (
        isinstance(years, Operation) and years.name == "negative" and isinstance(years.arguments[0], Constant)
    )
    if not whole or years.type != "number" or "." in years.text or len(years.text) > 4:
        raise FormulaError(_("add_years() takes a whole number of years, such as 3."), reader.column(form))
    return Operation(Kind("date"), reader.source(form), "add_years", (moment, years))


def _days_until(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    (moment,) = reader.arguments(form, level, depth, 1, 1)
    reader.expect(moment, "date", form)
    today = Day(Kind("date"), "day")
    return Operation(Kind("number", DAYS), reader.source(form), "days_until", (moment, today))


def _years_since(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    (moment,) = reader.arguments(form, level, depth, 1, 1)
    reader.expect(moment, "date", form)
    today = Day(Kind("date"), "day")
    return Operation(Kind("number", YEARS), reader.source(form), "years_since", (moment, today))


def _size(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    (node,) = reader.arguments(form, level, depth, 1, 1)
    reader.expect(node, "set", form)
    return Operation(Kind("number"), reader.source(form), "size", (node,))


def _of_set(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 2 or form.keywords:
        raise FormulaError(_("A set and a list in square brackets are wanted here."), reader.column(form))
    node = reader.read(form.args[0], level, depth)
    return reader.among(form.func.id, node, form.args[1], form)  # type: ignore[attr-defined]


def _shift(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    node = _shifted(reader, form, level, depth)
    if node.verdicts:
        raise FormulaError(_("A verdict is of the day judged; it has no earlier value."), reader.column(form))
    return node


def _shifted(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    name = form.func.id  # type: ignore[attr-defined]
    if name == "baseline":
        if len(form.args) != 2 or not isinstance(form.args[1], ast.Constant):
            raise FormulaError(_("baseline() takes a number and a year, such as 2020."), reader.column(form))
        year = form.args[1].value
        if not isinstance(year, int) or not 1950 <= year <= 2199:
            raise FormulaError(_("The year of baseline() lies between 1950 and 2199."), reader.column(form))
        node = reader.read(form.args[0], level, depth)
        return Shift(node.kind, reader.source(form), "baseline", node, level, year)
    (node,) = reader.arguments(form, level, depth, 1, 1)
    if name == "every_month":
        reader.expect(node, "number", form)
    return Shift(node.kind, reader.source(form), name, node, level)


def _above(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 2 or form.keywords:
        raise FormulaError(_("above() takes a number and a level, such as “district”."), reader.column(form))
    wanted = reader.level_named(form.args[1])
    higher = ORDER[: ORDER.index(level)] if level in ORDER else ORDER
    if wanted not in higher:
        raise unknown(_("The level above"), wanted, higher, reader.column(form))
    node = reader.read(form.args[0], wanted, depth)
    return Above(node.kind, reader.source(form), node, wanted)


def _verdict(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 1 or form.keywords:
        raise FormulaError(_("verdict() takes the name of one target."), reader.column(form))
    target = reader.level_named(form.args[0])
    if target not in reader.vocabulary.targets:
        raise unknown(_("The target"), target, reader.vocabulary.targets, reader.column(form))
    return VerdictOf(Kind("choice", choices=VERDICTS), reader.source(form), target)


def _aggregate(reader: "Reader", form: ast.Call, level: str, depth: int) -> Node:
    name = form.func.id  # type: ignore[attr-defined]
    named = reader.refuse_keywords(form, {"over", "where"})
    if len(form.args) != 1 or "over" not in named:
        message = _("{name}() takes one formula and over=…: the members it ranges over.")
        raise FormulaError(message.format(name=name), reader.column(form))
    over = reader.level_named(named["over"])
    lower = ORDER[ORDER.index(level) + 1 :] if level in ORDER else ()
    populations = [p.level for p in reader.vocabulary.populations] if level in ORDER else []
    if over not in lower and over not in populations:
        raise unknown(_("The members under a {level}").format(level=level), over, [*lower, *populations], 0)
    node = reader.read(form.args[0], over, depth)
    where = reader.read(named["where"], over, depth) if "where" in named else None
    reader.expect(node, "boolean" if name in ("count", "share") else "number", form)
    if where is not None:
        reader.expect(where, "boolean", named["where"])
    return Aggregate(
        _aggregate_kind(name, node, over), reader.source(form), name, node, level, over, where, _stated(reader, over)
    )


def _aggregate_kind(name: str, node: Node, over: str) -> Kind:
    if name == "share":
        return Kind("number", Unit())
    if name == "count":
        counted = "place" if over in PLACE_LEVELS else over
        return Kind("number", Unit(((counted, 1),)) if counted in units.UNITS else None)
    return replace(node.kind, bare=False)


def _stated(reader: "Reader", over: str) -> Fact | None:
    """Return the fact that the register of a population is complete, asked of each community."""
    population = reader.vocabulary.population(over)
    if population is None or population.source.register is None:
        return None
    register = str(population.source.register)
    return Fact(BOOLEAN, register, "stated", "community", (("register", register),))


FUNCTIONS: dict[str, Callable[["Reader", ast.Call, str, int], Node]] = {
    "min": _extreme,
    "max": _extreme,
    "ceil": _one_number,
    "floor": _one_number,
    "abs": _one_number,
    "round": _round,
    "if_": _if,
    "coalesce": _coalesce,
    "add_years": _add_years,
    "days_until": _days_until,
    "years_since": _years_since,
    "size": _size,
    "inside": _of_set,
    "outside": _of_set,
    "lacking": _of_set,
    "previous": _shift,
    "baseline": _shift,
    "every_month": _shift,
    "above": _above,
    "verdict": _verdict,
    "total": _aggregate,
    "mean": _aggregate,
    "lowest": _aggregate,
    "highest": _aggregate,
    "count": _aggregate,
    "share": _aggregate,
}
