"""
From text to typed tree. Python's own parser reads the syntax; everything not on the list here is refused.

Names are looked up in the plan's vocabulary at the level of the subject; types and units are worked out on the way,
so that a pack with a misspelt metric or a comparison of households with square metres never gets past its upload.
"""

import ast
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from communities.ground import units
from communities.ground.metrics import Option
from communities.ground.units import Unit

from .errors import FormulaError, unknown
from .functions import FUNCTIONS
from .kinds import BOOLEAN, agree, product, type_name
from .tree import (
    Among,
    Constant,
    Day,
    Fact,
    Kind,
    Logic,
    Node,
    Operation,
    ParameterOf,
)
from .vocabulary import Indicator, Vocabulary

LONGEST = 2000
DEEPEST = 30
NUMBER = re.compile(r"\d{1,18}(\.\d{1,12})?", re.ASCII)
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
DURING = ("year", "plan", "term")


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
    agree(a, b, 0)


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
                _("“{text}” is not part of the formula language.").format(text=self.source(form)), self.column(form)
            )
        return reader(form, level, depth + 1)

    def source(self, form: ast.AST) -> str:
        return ast.get_source_segment(self.text, form) or self.text

    def column(self, form: ast.AST) -> int:
        return getattr(form, "col_offset", -1) + 1

    def _constant(self, form: ast.Constant, _level: str, _depth: int) -> Node:
        source = self.source(form)
        if isinstance(form.value, bool):
            return Constant(BOOLEAN, source, form.value)
        if isinstance(form.value, str):
            return Constant(Kind("choice", choices=(form.value,), bare=True), source, form.value)
        if not NUMBER.fullmatch(source):
            message = _("“{text}” is not a number the language has: up to 18 digits, and 12 decimals after a point.")
            raise FormulaError(message.format(text=source), self.column(form))
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
            return self._reported(indicator, options, form)
        metric = self.vocabulary.metric(name, level)
        if metric is None:
            raise self._unknown_name(name, level, form)
        during, since = self._during(options, metric.counts_events, level, form)
        self._check_options(name, metric.options, options, form)
        unit = units.parse(metric.unit) if metric.unit else None
        kind = Kind(metric.type, unit, choices=tuple(metric.choices.values) if metric.choices else ())
        given = tuple(sorted(options.items()))
        return Fact(kind, self.source(form), name, level, given, during, since, metric.adds_up)

    def _reported(self, indicator: Indicator, options: dict[str, str], form: ast.AST) -> Node:
        during, since = self._during(options, indicator.counts_events, indicator.subject, form)
        self._check_options(indicator.code, {}, options, form)
        unit = units.parse(indicator.unit) if indicator.unit else None
        kind = Kind(indicator.type, unit, choices=indicator.choices)
        adds_up = indicator.adds_up and indicator.type == "number"
        return Fact(kind, self.source(form), indicator.code, indicator.subject, (), during, since, adds_up)

    def _during(
        self, options: dict[str, str], counts_events: bool, level: str, form: ast.AST
    ) -> tuple[str, Fact | None]:
        """Take the period out of `options`; return it, and the fact that says when it began where places differ."""
        during = options.pop("during", "year")
        known = DURING if counts_events else ("year",)
        if during not in known:
            raise unknown(_("The period"), during, known, self.column(form))
        if during != "term":
            return during, None
        began = self.vocabulary.term_began
        if began is None or level not in began.levels:
            message = _(
                "A term begins on another day in each community, so a {level} has none; ask each community, "
                "such as total(…, over=community)."
            )
            raise FormulaError(message.format(level=level), self.column(form))
        return during, Fact(Kind(began.type), began.code, began.code, level)

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
            return FormulaError(text, self.column(form))
        what = _("The name") if isinstance(form, ast.Name) else _("The metric or function")
        return unknown(what, name, self.vocabulary.names_at(level) | set(FUNCTIONS), self.column(form))

    def _check_options(self, metric: str, known: Mapping[str, Option], given: dict[str, str], form: ast.AST) -> None:
        for name, value in given.items():
            option = known.get(name)
            if option is None:
                raise unknown(_("The option of {metric}").format(metric=metric), name, known, self.column(form))
            if value not in option.choices.values:
                raise unknown(
                    _("The {option} of {metric}").format(option=name, metric=metric),
                    value,
                    option.choices.values,
                    self.column(form),
                )

    def _unary(self, form: ast.UnaryOp, level: str, depth: int) -> Node:
        inner = self.read(form.operand, level, depth)
        if isinstance(form.op, ast.Not):
            self.expect(inner, "boolean", form.operand)
            return Logic(BOOLEAN, self.source(form), "not", (inner,))
        if isinstance(form.op, ast.USub):
            self.expect(inner, "number", form.operand)
            return Operation(inner.kind, self.source(form), "negative", (inner,))
        raise FormulaError(
            _("“{text}” is not part of the formula language.").format(text=self.source(form)), self.column(form)
        )

    def _binary(self, form: ast.BinOp, level: str, depth: int) -> Node:
        sign = SIGNS.get(type(form.op))
        if sign is None:
            message = _("“{text}”: only + - * / are allowed between numbers.")
            raise FormulaError(message.format(text=self.source(form)), self.column(form))
        a, b = self.read(form.left, level, depth), self.read(form.right, level, depth)
        for node, part in ((a, form.left), (b, form.right)):
            self.expect(node, "number", part)
        kind = product(a, b, sign) if sign in "*/" else agree(a, b, self.column(form))
        return Operation(kind, self.source(form), sign, (a, b))

    def _compare(self, form: ast.Compare, level: str, depth: int) -> Node:
        if len(form.ops) != 1:
            raise FormulaError(_("Compare two things at a time and join with “and”."), self.column(form))
        operator, right = form.ops[0], form.comparators[0]
        left = self.read(form.left, level, depth)
        if isinstance(operator, ast.In | ast.NotIn):
            among = self.among("in", left, right, form)
            if isinstance(operator, ast.In):
                return among
            return Logic(BOOLEAN, self.source(form), "not", (among,))
        sign = SIGNS.get(type(operator))
        if sign is None:
            message = _("“{text}”: compare with >= <= > < == != or in.")
            raise FormulaError(message.format(text=self.source(form)), self.column(form))
        a, b = self._same_type(left, self.read(right, level, depth), form)
        if a.type in ("boolean", "choice", "set") and sign not in ("==", "!="):
            message = _("“{text}”: only numbers and dates are greater or smaller.")
            raise FormulaError(message.format(text=self.source(form)), self.column(form))
        agree(a, b, self.column(form))
        return Operation(BOOLEAN, self.source(form), sign, (a, b))

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
            raise FormulaError(message.format(text=node.value), self.column(form)) from None

    def _choices_fit(self, literal: Node, other: Node, form: ast.AST) -> None:
        if isinstance(literal, Constant) and other.kind.choices and literal.value not in other.kind.choices:
            raise unknown(_("The value"), str(literal.value), other.kind.choices, self.column(form))

    def among(self, name: Any, node: Node, listed: ast.AST, form: ast.AST) -> Node:
        self.expect(node, "choice" if name == "in" else "set", form)
        if not isinstance(listed, ast.List | ast.Tuple) or not listed.elts:
            raise FormulaError(_("A list in square brackets is wanted here, such as [“a”, “b”]."), self.column(form))
        texts: list[str] = []
        for element in listed.elts:
            if not isinstance(element, ast.Constant) or not isinstance(element.value, str):
                raise FormulaError(_("The list may hold only quoted names."), self.column(element))
            if node.kind.choices and element.value not in node.kind.choices:
                raise unknown(_("The value"), element.value, node.kind.choices, self.column(element))
            texts.append(element.value)
        kind = BOOLEAN if name == "in" else Kind("number")
        return Among(kind, self.source(form), name, node, tuple(dict.fromkeys(texts)))

    def _logic(self, form: ast.BoolOp, level: str, depth: int) -> Node:
        parts = tuple(self.read(value, level, depth) for value in form.values)
        for part, value in zip(parts, form.values, strict=True):
            self.expect(part, "boolean", value)
        return Logic(BOOLEAN, self.source(form), "and" if isinstance(form.op, ast.And) else "or", parts)

    def _call(self, form: ast.Call, level: str, depth: int) -> Node:
        if not isinstance(form.func, ast.Name):
            raise FormulaError(
                _("“{text}” is not part of the formula language.").format(text=self.source(form)), self.column(form)
            )
        if any(isinstance(argument, ast.Starred) for argument in form.args):
            raise FormulaError(_("A star is not part of the formula language."), self.column(form))
        name = form.func.id
        function = FUNCTIONS.get(name)
        if function is not None:
            return function(self, form, level, depth)
        if form.args:
            if self.vocabulary.levels_of(name):
                message = _("{name} takes named options only, such as {name}(kind=“…”).")
                raise FormulaError(message.format(name=name), self.column(form))
            raise self._unknown_name(name, level, form)
        return self._fact(name, {k.arg or "": self._named(k) for k in form.keywords}, level, form)

    def _named(self, keyword: ast.keyword) -> str:
        """Return the choice given to an option: a quoted text, or a bare name."""
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
            return keyword.value.value
        if isinstance(keyword.value, ast.Name):
            return keyword.value.id
        message = _("The option {name} takes one quoted name.")
        raise FormulaError(message.format(name=keyword.arg or "**"), self.column(keyword.value))

    def arguments(self, form: ast.Call, level: str, depth: int, least: int, most: int) -> list[Node]:
        """Read the positional arguments of a function that takes `least` to `most` of them and no named ones."""
        if form.keywords:
            self.refuse_keywords(form, set())
        if not least <= len(form.args) <= most:
            wanted = str(least) if least == most else f"{least}–{most}"
            message = _("“{text}”: {n} arguments given, {wanted} wanted.")
            raise FormulaError(
                message.format(text=self.source(form), n=len(form.args), wanted=wanted), self.column(form)
            )
        return [self.read(argument, level, depth) for argument in form.args]

    def refuse_keywords(self, form: ast.Call, allowed: set[str]) -> dict[str, ast.expr]:
        """Return the named arguments of a function, refusing any but those `allowed`."""
        named = {keyword.arg or "**": keyword.value for keyword in form.keywords}
        for name in named:
            if name not in allowed:
                raise unknown(_("The option"), name, allowed, self.column(form))
        return named

    def expect(self, node: Node, wanted: str, form: ast.AST) -> None:
        if node.type != wanted:
            message = _("“{text}” is a {got}; a {wanted} is wanted here.")
            raise FormulaError(
                message.format(text=node.text, got=type_name(node.type), wanted=type_name(wanted)), self.column(form)
            )

    def level_named(self, form: ast.expr) -> str:
        """Return the level that `form` names: a bare or quoted word."""
        if isinstance(form, ast.Constant) and isinstance(form.value, str):
            return form.value
        return form.id if isinstance(form, ast.Name) else self.source(form)
