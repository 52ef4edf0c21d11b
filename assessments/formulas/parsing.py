"""
From text to typed tree. Python's own parser reads the syntax; everything not on the list here is refused.

Names are looked up in the plan's vocabulary at the level of the subject; types and units are worked out on the way,
so that a pack with a misspelt metric or a comparison of households with square metres never gets past its upload.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from communities.ground import units
from communities.ground.metrics import PLACE_LEVELS, Metric
from communities.ground.units import Unit

from .errors import FormulaError, unknown
from .tree import (
    Above,
    Aggregate,
    Among,
    Branch,
    Constant,
    Day,
    Fact,
    Fallback,
    Kind,
    Logic,
    Node,
    Operation,
    ParameterOf,
    Shift,
    VerdictOf,
)
from .vocabulary import ORDER, VERDICTS, Vocabulary

LONGEST = 2000
DEEPEST = 30
NUMBER = re.compile(r"\d{1,18}(\.\d{1,12})?", re.ASCII)
BOOLEAN = Kind("boolean")
DAYS = Unit((("day", 1),))
YEARS = Unit((("year", 1),))
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.GtE: ">=",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.Lt: "<",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
DURING = ("year", "term", "plan")


def parse(text: str, vocabulary: Vocabulary, subject: str) -> Node:
    """
    Read `text` as a formula about a subject of level `subject`.

    Raises FormulaError, with the column, for anything the language does not have, an unknown name, or types and
    units that do not fit.
    """
    if len(text) > LONGEST:
        raise FormulaError(
            _("The formula has {n} characters; at most {most} are allowed.").format(n=len(text), most=LONGEST)
        )
    if not text.isprintable():
        raise FormulaError(_("The formula must stand on one line of printable characters."))
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", 0) or 0
        raise FormulaError(_("The formula cannot be read: a bracket, sign or name is out of place."), column) from None
    return Reader(text.strip(), vocabulary).read(tree.body, subject, 0)


def check_comparable(a: Node, b: Node) -> None:
    """Raise FormulaError where `a` and `b` differ in type or, both having one, in unit."""
    _agree(a, b, 0)


class Reader:
    """Turns the nodes of Python's syntax tree into ours, one method a form."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.forms: dict[type[ast.AST], Callable[[Any, str, int], Node]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.BoolOp: self._logic,
            ast.Call: self._call,
        }

    def read(self, form: ast.AST, level: str, depth: int) -> Node:
        """Read one form as said about a subject of `level`."""
        if depth > DEEPEST:
            raise FormulaError(_("The formula is nested more than {most} deep.").format(most=DEEPEST))
        reader = self.forms.get(type(form))
        if reader is None:
            raise FormulaError(
                _("“{text}” is not part of the formula language.").format(text=self._source(form)), self._column(form)
            )
        return reader(form, level, depth + 1)

    def _source(self, form: ast.AST) -> str:
        return ast.get_source_segment(self.text, form) or self.text

    def _column(self, form: ast.AST) -> int:
        return getattr(form, "col_offset", -1) + 1

    def _constant(self, form: ast.Constant, _level: str, _depth: int) -> Node:
        source = self._source(form)
        if isinstance(form.value, bool):
            return Constant(BOOLEAN, source, form.value)
        if isinstance(form.value, str):
            return Constant(Kind("choice", choices=(form.value,), bare=True), source, form.value)
        if not NUMBER.fullmatch(source):
            message = _("“{text}” is not a number the language has: up to 18 digits, and 12 decimals after a point.")
            raise FormulaError(message.format(text=source), self._column(form))
        return Constant(Kind("number", Unit(), bare=True), source, Decimal(source))

    def _name(self, form: ast.Name, level: str, _depth: int) -> Node:
        name = form.id
        if name in ("true", "false"):
            return Constant(BOOLEAN, name, name == "true")
        if name == "day":
            return Day(Kind("date"), name)
        parameter = self.vocabulary.parameters.get(name)
        if parameter is not None:
            unit = units.parse(parameter.unit) if parameter.unit else None
            return ParameterOf(Kind(parameter.type, unit, choices=parameter.choices), name, name)
        return self._fact(name, {}, level, form)

    def _fact(self, name: str, options: dict[str, str], level: str, form: ast.AST) -> Node:
        indicator = self.vocabulary.indicators.get(name)
        if indicator is not None and indicator.subject == level:
            unit = units.parse(indicator.unit) if indicator.unit else None
            return Fact(Kind(indicator.type, unit, choices=indicator.choices), self._source(form), name, level)
        metric = self.vocabulary.metric(name, level)
        if metric is None:
            raise self._unknown_name(name, level, form)
        during = options.pop("during", "year")
        self._check_options(metric, options, form)
        if during not in DURING or (during != "year" and not metric.counts_events):
            raise unknown(_("The period"), during, DURING if metric.counts_events else ["year"], self._column(form))
        unit = units.parse(metric.unit) if metric.unit else None
        kind = Kind(metric.type, unit, choices=tuple(metric.choices.values) if metric.choices else ())
        return Fact(kind, self._source(form), name, level, tuple(sorted(options.items())), during)

    def _unknown_name(self, name: str, level: str, form: ast.AST) -> FormulaError:
        elsewhere = self.vocabulary.levels_of(name)
        indicator = self.vocabulary.indicators.get(name)
        if indicator is not None:
            elsewhere = [*elsewhere, indicator.subject]
        if elsewhere:
            message = _(
                "“{name}” is a number of {levels}, not of {level}; sum it with total({name}, over=…) or look up "
                'with above({name}, "…").'
            )
            text = message.format(name=name, levels=", ".join(sorted(set(elsewhere))), level=level)
            return FormulaError(text, self._column(form))
        what = _("The name") if isinstance(form, ast.Name) else _("The metric or function")
        return unknown(what, name, self.vocabulary.names_at(level) | set(FUNCTIONS), self._column(form))

    def _check_options(self, metric: Metric, given: dict[str, str], form: ast.AST) -> None:
        for name, value in given.items():
            option = metric.options.get(name)
            if option is None:
                what = _("The option of {metric}").format(metric=metric.code)
                raise unknown(what, name, metric.options, self._column(form))
            if value not in option.choices.values:
                raise unknown(
                    _("The {option} of {metric}").format(option=name, metric=metric.code),
                    value,
                    option.choices.values,
                    self._column(form),
                )

    def _unary(self, form: ast.UnaryOp, level: str, depth: int) -> Node:
        inner = self.read(form.operand, level, depth)
        if isinstance(form.op, ast.Not):
            self._expect(inner, "boolean", form.operand)
            return Logic(BOOLEAN, self._source(form), "not", (inner,))
        if isinstance(form.op, ast.USub):
            self._expect(inner, "number", form.operand)
            return Operation(inner.kind, self._source(form), "negative", (inner,))
        raise FormulaError(
            _("“{text}” is not part of the formula language.").format(text=self._source(form)), self._column(form)
        )

    def _binary(self, form: ast.BinOp, level: str, depth: int) -> Node:
        sign = SIGNS.get(type(form.op))
        if sign is None:
            message = _("“{text}”: only + - * / are allowed between numbers.")
            raise FormulaError(message.format(text=self._source(form)), self._column(form))
        a, b = self.read(form.left, level, depth), self.read(form.right, level, depth)
        for node, part in ((a, form.left), (b, form.right)):
            self._expect(node, "number", part)
        kind = _product(a, b, sign) if sign in "*/" else _agree(a, b, self._column(form))
        return Operation(kind, self._source(form), sign, (a, b))

    def _compare(self, form: ast.Compare, level: str, depth: int) -> Node:
        if len(form.ops) != 1:
            raise FormulaError(_("Compare two things at a time and join with “and”."), self._column(form))
        operator, right = form.ops[0], form.comparators[0]
        left = self.read(form.left, level, depth)
        if isinstance(operator, ast.In | ast.NotIn):
            among = self._among("in", left, right, form)
            if isinstance(operator, ast.In):
                return among
            return Logic(BOOLEAN, self._source(form), "not", (among,))
        sign = SIGNS.get(type(operator))
        if sign is None:
            message = _("“{text}”: compare with >= <= > < == != or in.")
            raise FormulaError(message.format(text=self._source(form)), self._column(form))
        a, b = self._same_type(left, self.read(right, level, depth), form)
        if a.type in ("boolean", "choice", "set") and sign not in ("==", "!="):
            message = _("“{text}”: only numbers and dates are greater or smaller.")
            raise FormulaError(message.format(text=self._source(form)), self._column(form))
        _agree(a, b, self._column(form))
        return Operation(BOOLEAN, self._source(form), sign, (a, b))

    def _same_type(self, a: Node, b: Node, form: ast.AST) -> tuple[Node, Node]:
        """Let a quoted text become a date beside a date; check choices against each other."""
        a, b = self._dated(a, b, form), self._dated(b, a, form)
        if a.type == b.type == "choice":
            self._choices_fit(a, b, form)
            self._choices_fit(b, a, form)
        return a, b

    def _dated(self, node: Node, other: Node, form: ast.AST) -> Node:
        if other.type != "date" or not isinstance(node, Constant) or not isinstance(node.value, str):
            return node
        try:
            return Constant(Kind("date"), node.text, date.fromisoformat(node.value))
        except ValueError:
            message = _("“{text}” is not a date; write it as “2008-12-31”.")
            raise FormulaError(message.format(text=node.value), self._column(form)) from None

    def _choices_fit(self, literal: Node, other: Node, form: ast.AST) -> None:
        if isinstance(literal, Constant) and other.kind.choices and literal.value not in other.kind.choices:
            raise unknown(_("The value"), str(literal.value), other.kind.choices, self._column(form))

    def _among(self, name: Any, node: Node, listed: ast.AST, form: ast.AST) -> Node:
        self._expect(node, "choice" if name == "in" else "set", form)
        if not isinstance(listed, ast.List | ast.Tuple) or not listed.elts:
            raise FormulaError(_("A list in square brackets is wanted here, such as [“a”, “b”]."), self._column(form))
        texts: list[str] = []
        for element in listed.elts:
            if not isinstance(element, ast.Constant) or not isinstance(element.value, str):
                raise FormulaError(_("The list may hold only quoted names."), self._column(element))
            if node.kind.choices and element.value not in node.kind.choices:
                raise unknown(_("The value"), element.value, node.kind.choices, self._column(element))
            texts.append(element.value)
        kind = BOOLEAN if name == "in" else Kind("number")
        return Among(kind, self._source(form), name, node, tuple(dict.fromkeys(texts)))

    def _logic(self, form: ast.BoolOp, level: str, depth: int) -> Node:
        parts = tuple(self.read(value, level, depth) for value in form.values)
        for part, value in zip(parts, form.values, strict=True):
            self._expect(part, "boolean", value)
        return Logic(BOOLEAN, self._source(form), "and" if isinstance(form.op, ast.And) else "or", parts)

    def _call(self, form: ast.Call, level: str, depth: int) -> Node:
        if not isinstance(form.func, ast.Name):
            raise FormulaError(
                _("“{text}” is not part of the formula language.").format(text=self._source(form)), self._column(form)
            )
        if any(isinstance(argument, ast.Starred) for argument in form.args):
            raise FormulaError(_("A star is not part of the formula language."), self._column(form))
        name = form.func.id
        function = FUNCTIONS.get(name)
        if function is not None:
            return function(self, form, level, depth)
        if form.args:
            if self.vocabulary.levels_of(name):
                message = _("{name} takes named options only, such as {name}(kind=“…”).")
                raise FormulaError(message.format(name=name), self._column(form))
            raise self._unknown_name(name, level, form)
        return self._fact(name, {k.arg or "": self._named(k) for k in form.keywords}, level, form)

    def _named(self, keyword: ast.keyword) -> str:
        """Return the choice given to an option: a quoted text, or a bare name."""
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            return keyword.value.value
        if isinstance(keyword.value, ast.Name):
            return keyword.value.id
        message = _("The option {name} takes one quoted name.")
        raise FormulaError(message.format(name=keyword.arg or "**"), self._column(keyword.value))

    def arguments(self, form: ast.Call, level: str, depth: int, least: int, most: int) -> list[Node]:
        """Read the positional arguments of a function that takes `least` to `most` of them and no named ones."""
        if form.keywords:
            self.refuse_keywords(form, set())
        if not least <= len(form.args) <= most:
            wanted = str(least) if least == most else f"{least}–{most}"
            message = _("“{text}”: {n} arguments given, {wanted} wanted.")
            raise FormulaError(
                message.format(text=self._source(form), n=len(form.args), wanted=wanted), self._column(form)
            )
        return [self.read(argument, level, depth) for argument in form.args]

    def refuse_keywords(self, form: ast.Call, allowed: set[str]) -> dict[str, ast.expr]:
        """Return the named arguments of a function, refusing any but those `allowed`."""
        named = {keyword.arg or "**": keyword.value for keyword in form.keywords}
        for name in named:
            if name not in allowed:
                raise unknown(_("The option"), name, allowed, self._column(form))
        return named

    def _expect(self, node: Node, wanted: str, form: ast.AST) -> None:
        if node.type != wanted:
            message = _("“{text}” is a {got}; a {wanted} is wanted here.")
            raise FormulaError(
                message.format(text=node.text, got=type_name(node.type), wanted=type_name(wanted)), self._column(form)
            )

    def level_named(self, form: ast.expr) -> str:
        """Return the level that `form` names: a bare or quoted word."""
        if isinstance(form, ast.Constant) and isinstance(form.value, str):
            return form.value
        return form.id if isinstance(form, ast.Name) else self._source(form)


def type_name(kind: str) -> str:
    """Return what a type is called in a message."""
    return {
        "number": _("number"),
        "boolean": _("boolean"),
        "date": _("date"),
        "choice": _("choice"),
        "set": _("set"),
    }[kind]


def _agree(a: Node, b: Node, column: int) -> Kind:
    if a.type != b.type:
        message = _("“{a}” is a {type_a}, “{b}” a {type_b}: they cannot be compared or added.")
        raise FormulaError(
            message.format(a=a.text, type_a=type_name(a.type), b=b.text, type_b=type_name(b.type)), column
        )
    if a.kind.bare or a.unit is None:
        return a.kind if b.kind.bare and not a.kind.bare else b.kind
    if b.kind.bare or b.unit is None or a.unit == b.unit:
        return a.kind
    message = _("“{a}” is in {unit_a}, “{b}” in {unit_b}: the units do not fit.")
    raise FormulaError(message.format(a=a.text, unit_a=a.unit, b=b.text, unit_b=b.unit), column)


def _product(a: Node, b: Node, sign: str) -> Kind:
    if a.unit is None or b.unit is None:
        return Kind("number")
    unit = a.unit * (b.unit if sign == "*" else b.unit.inverse())
    return Kind("number", unit, bare=a.kind.bare and b.kind.bare)


def _extreme(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    nodes = reader.arguments(form, level, depth, 2, 12)
    kind = nodes[0].kind
    for node in nodes:
        if node.type not in ("number", "date"):
            reader._expect(node, "number", form)
        kind = _agree(replace(nodes[0], kind=kind), node, reader._column(form))
    return Operation(kind, reader._source(form), form.func.id, tuple(nodes))  # type: ignore[attr-defined]


def _one_number(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    (node,) = reader.arguments(form, level, depth, 1, 1)
    reader._expect(node, "number", form)
    return Operation(node.kind, reader._source(form), form.func.id, (node,))  # type: ignore[attr-defined]


def _round(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    nodes = reader.arguments(form, level, depth, 1, 2)
    reader._expect(nodes[0], "number", form)
    places = nodes[1] if len(nodes) > 1 else Constant(Kind("number"), "0", Decimal(0))
    if not isinstance(places, Constant) or not isinstance(places.value, Decimal) or places.value not in range(13):
        raise FormulaError(_("round() takes a whole number of decimals from 0 to 12."), reader._column(form))
    return Operation(nodes[0].kind, reader._source(form), "round", (nodes[0], places))


def _if(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    condition, a, b = reader.arguments(form, level, depth, 3, 3)
    reader._expect(condition, "boolean", form)
    return Branch(_agree(a, b, reader._column(form)), reader._source(form), condition, a, b)


def _coalesce(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    a, b = reader.arguments(form, level, depth, 2, 2)
    return Fallback(_agree(a, b, reader._column(form)), reader._source(form), a, b)


def _add_years(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    moment, years = reader.arguments(form, level, depth, 2, 2)
    reader._expect(moment, "date", form)
    whole = isinstance(years, Constant) or (
        isinstance(years, Operation) and years.name == "negative" and isinstance(years.arguments[0], Constant)
    )
    if not whole or years.type != "number" or "." in years.text or len(years.text) > 4:
        raise FormulaError(_("add_years() takes a whole number of years, such as 3."), reader._column(form))
    return Operation(Kind("date"), reader._source(form), "add_years", (moment, years))


def _days_until(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    (moment,) = reader.arguments(form, level, depth, 1, 1)
    reader._expect(moment, "date", form)
    today = Day(Kind("date"), "day")
    return Operation(Kind("number", DAYS), reader._source(form), "days_until", (moment, today))


def _years_since(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    (moment,) = reader.arguments(form, level, depth, 1, 1)
    reader._expect(moment, "date", form)
    today = Day(Kind("date"), "day")
    return Operation(Kind("number", YEARS), reader._source(form), "years_since", (moment, today))


def _size(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    (node,) = reader.arguments(form, level, depth, 1, 1)
    reader._expect(node, "set", form)
    return Operation(Kind("number"), reader._source(form), "size", (node,))


def _of_set(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 2 or form.keywords:
        raise FormulaError(_("A set and a list in square brackets are wanted here."), reader._column(form))
    node = reader.read(form.args[0], level, depth)
    return reader._among(form.func.id, node, form.args[1], form)  # type: ignore[attr-defined]


def _shift(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    node = _shifted(reader, form, level, depth)
    if node.verdicts:
        raise FormulaError(_("A verdict is of the day judged; it has no earlier value."), reader._column(form))
    return node


def _shifted(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    name = form.func.id  # type: ignore[attr-defined]
    if name == "baseline":
        if len(form.args) != 2 or not isinstance(form.args[1], ast.Constant):
            raise FormulaError(_("baseline() takes a number and a year, such as 2020."), reader._column(form))
        year = form.args[1].value
        if not isinstance(year, int) or not 1950 <= year <= 2199:
            raise FormulaError(_("The year of baseline() lies between 1950 and 2199."), reader._column(form))
        node = reader.read(form.args[0], level, depth)
        return Shift(node.kind, reader._source(form), "baseline", node, level, year)
    (node,) = reader.arguments(form, level, depth, 1, 1)
    if name == "every_month":
        reader._expect(node, "number", form)
    return Shift(node.kind, reader._source(form), name, node, level)


def _above(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 2 or form.keywords:
        raise FormulaError(_("above() takes a number and a level, such as “district”."), reader._column(form))
    wanted = reader.level_named(form.args[1])
    higher = ORDER[: ORDER.index(level)] if level in ORDER else ORDER
    if wanted not in higher:
        raise unknown(_("The level above"), wanted, higher, reader._column(form))
    node = reader.read(form.args[0], wanted, depth)
    return Above(node.kind, reader._source(form), node, wanted)


def _verdict(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    if len(form.args) != 1 or form.keywords:
        raise FormulaError(_("verdict() takes the name of one target."), reader._column(form))
    target = reader.level_named(form.args[0])
    if target not in reader.vocabulary.targets:
        raise unknown(_("The target"), target, reader.vocabulary.targets, reader._column(form))
    return VerdictOf(Kind("choice", choices=VERDICTS), reader._source(form), target)


def _aggregate(reader: Reader, form: ast.Call, level: str, depth: int) -> Node:
    name = form.func.id  # type: ignore[attr-defined]
    named = reader.refuse_keywords(form, {"over", "where"})
    if len(form.args) != 1 or "over" not in named:
        message = _("{name}() takes one formula and over=…: the members it ranges over.")
        raise FormulaError(message.format(name=name), reader._column(form))
    over = reader.level_named(named["over"])
    lower = ORDER[ORDER.index(level) + 1 :] if level in ORDER else ()
    populations = [p.level for p in reader.vocabulary.populations] if level in ORDER else []
    if over not in lower and over not in populations:
        raise unknown(_("The members under a {level}").format(level=level), over, [*lower, *populations], 0)
    node = reader.read(form.args[0], over, depth)
    where = reader.read(named["where"], over, depth) if "where" in named else None
    reader._expect(node, "boolean" if name in ("count", "share") else "number", form)
    if where is not None:
        reader._expect(where, "boolean", named["where"])
    return Aggregate(
        _aggregate_kind(name, node, over), reader._source(form), name, node, level, over, where, _stated(reader, over)
    )


def _aggregate_kind(name: str, node: Node, over: str) -> Kind:
    if name == "share":
        return Kind("number", Unit())
    if name == "count":
        counted = "place" if over in PLACE_LEVELS else over
        return Kind("number", Unit(((counted, 1),)) if counted in units.UNITS else None)
    return replace(node.kind, bare=False)


def _stated(reader: Reader, over: str) -> Fact | None:
    """Return the fact that the register of a population is complete, asked of each community."""
    population = reader.vocabulary.population(over)
    if population is None or population.source.register is None:
        return None
    register = str(population.source.register)
    return Fact(BOOLEAN, register, "stated", "community", (("register", register),))


FUNCTIONS: dict[str, Callable[[Reader, ast.Call, str, int], Node]] = {
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
