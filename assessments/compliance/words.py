"""
A formula in words, and the same with the numbers put in.

Both come from one walk: only what stands for a leaf differs (a name, or a number that links to its fact).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments.formulas import Absent, Node, Trace, Value
from assessments.formulas.tree import (
    Above,
    Aggregate,
    Among,
    Branch,
    Constant,
    Day,
    Fact,
    Fallback,
    Logic,
    Operation,
    ParameterOf,
    Shift,
    VerdictOf,
)
from assessments.plans.models.terms import choice_name
from assessments.plans.pack import IndicatorSpec, ParameterSpec, choice_names
from communities.ground.metrics import Metric

from . import display
from .models import Verdict
from .rulebook import Rulebook

SIGNS = {"*": "×", "/": "÷", "-": "−", "+": "+", ">=": "≥", "<=": "≤", "==": "=", "!=": "≠", ">": ">", "<": "<"}
BINDS = {
    "or": 1,
    "and": 2,
    "not": 3,
    ">=": 4,
    "<=": 4,
    ">": 4,
    "<": 4,
    "==": 4,
    "!=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}


@dataclass(frozen=True)
class Token:
    """A piece of a written formula; `anchor` names the fact a number comes from."""

    text: str
    anchor: str = ""


Leaf = Callable[[Node], list[Token]]


def plain(tokens: Iterable[Token]) -> str:
    """Return tokens as one text."""
    return "".join(token.text for token in tokens)


def function_names() -> dict[str, str]:
    """Return how functions are called by officials."""
    return {
        "min": _("the least of"),
        "max": _("the greatest of"),
        "ceil": _("rounded up"),
        "floor": _("rounded down"),
        "round": _("rounded"),
        "abs": _("difference"),
        "coalesce": _("first known of"),
        "add_years": _("years later"),
        "days_until": _("days until"),
        "years_since": _("full years since"),
        "size": _("number of"),
    }


@dataclass(frozen=True)
class Writer:
    """Writes formulas of one plan."""

    book: Rulebook

    def words(self, node: Node) -> str:
        """Return `node` with the names of what it is made of."""
        return plain(self._write(node, 0, self.named))

    def put_in(self, trace: Trace) -> list[Token]:
        """Return the formula of `trace` with the numbers put in, each linked to its fact; only branches taken."""
        return self._write(trace.node, 0, _PutIn(self, dict(_values(trace))))

    def number_of(self, node: Node, value: Value) -> Token:
        """Return what one leaf came to, linked to its fact."""
        text = display.shown(value, labels=self.labels(node))
        if isinstance(value, Decimal):
            per_cent = display.is_share(node.unit) and not node.kind.bare
            text = f"{display.number(value, unit=node.unit)}%" if per_cent else display.number(value)
        anchored = isinstance(node, Fact | ParameterOf | Shift | Above | Aggregate)
        return Token(text, anchor_of(node) if anchored else "")

    def label(self, node: Node) -> str:
        """Return the name of one fact, parameter or aggregate."""
        return plain(self.named(node))

    def labels(self, node: Node) -> dict[str, object]:
        """Return the names of the choices a node may take."""
        if isinstance(node, VerdictOf):
            return {str(v.value): v.label for v in Verdict}
        while isinstance(node, Shift | Above):
            node = node.argument
        if isinstance(node, Fact) and node.code != "stated":
            choices = self.book.metric(node).choices
            return (
                dict(choices.choices) if choices else {**_known_choices(self.book), **_named_by(self.book, node.code)}
            )
        if isinstance(node, ParameterOf):
            return {**_known_choices(self.book), **_roundings(), **_named_by(self.book, node.name)}
        return {}

    def named(self, node: Node) -> list[Token]:
        return [Token(self._name(node))]

    def _name(self, node: Node) -> str:
        if isinstance(node, Fact):
            return self._fact(node)
        if isinstance(node, ParameterOf):
            return self.book.parameters[node.name].label.zh
        if isinstance(node, Constant):
            return display.shown(node.value) if not isinstance(node.value, Decimal) else display.number(node.value)
        if isinstance(node, Day):
            return _("the day judged")
        if isinstance(node, VerdictOf):
            target = next(t for t in self.book.pack.targets if t.code == node.target)
            return _("verdict on “{target}”").format(target=target.label.zh)
        return self._reaching(node)

    def _reaching(self, node: Node) -> str:
        if isinstance(node, Above):
            return _("{name} of the {level}").format(name=self.words(node.argument), level=_level(node.level))
        if isinstance(node, Shift):
            named = {
                "previous": _("{name} a year earlier"),
                "baseline": _("{name} at the end of {year}"),
                "every_month": _("lowest month-end of {name}"),
            }[node.name]
            return named.format(name=self.words(node.argument), year=node.year)
        if isinstance(node, Aggregate):
            return self._aggregate(node)
        return node.text

    def _aggregate(self, node: Aggregate) -> str:
        named = {
            "total": _("total over {members} of {name}"),
            "mean": _("mean over {members} of {name}"),
            "lowest": _("lowest over {members} of {name}"),
            "highest": _("highest over {members} of {name}"),
            "count": _("number of {members} with {name}"),
            "share": _("share of {members} with {name}"),
        }[node.name]
        members = _level(node.over)
        if node.where is not None:
            members = _("{members} ({where})").format(members=members, where=self.words(node.where))
        return named.format(members=members, name=self.words(node.argument))

    def _fact(self, node: Fact) -> str:
        if node.code == "stated":
            return _("register stated complete")
        metric = self.book.metric(node)
        given = [str(_choice(metric, name, value)) for name, value in node.options]
        if node.during != "year":
            given.append(_("since the plan began") if node.during == "plan" else _("since the term began"))
        own = next((one for one in self.book.pack.indicators if one.code == node.code), None)
        name = own.label.zh if own and own.subject == node.level else str(metric.label)
        return f"{name}（{'、'.join(given)}）" if given else name

    def _write(self, node: Node, outer: int, leaf: Leaf) -> list[Token]:
        if isinstance(node, Operation) and node.name in SIGNS:
            return self._infix(node, [SIGNS[node.name]], BINDS[node.name], outer, leaf)
        if isinstance(node, Logic):
            return self._logic(node, outer, leaf)
        if isinstance(node, Operation):
            return self._function(node, leaf)
        if isinstance(node, Among):
            return self._among(node, leaf)
        if isinstance(node, Branch):
            return self._branch(node, leaf)
        if isinstance(node, Fallback):
            inside = _joined([self._write(part, 0, leaf) for part in node.parts], "，")
            return [Token(function_names()["coalesce"] + "（"), *inside, Token("）")]
        return leaf(node)

    def _infix(self, node: Node, signs: list[str], binds: int, outer: int, leaf: Leaf) -> list[Token]:
        leaf = self._choosing(node, leaf)
        written = [self._write(part, binds + (number > 0), leaf) for number, part in enumerate(node.parts)]
        tokens = _joined(written, f" {signs[0]} ")
        return [Token("（"), *tokens, Token("）")] if binds < outer else tokens

    def _choosing(self, node: Node, leaf: Leaf) -> Leaf:
        """Return `leaf`, but calling a choice that is compared with a fact as the fact's choices are called."""
        labels = {name: label for part in node.parts for name, label in self.labels(part).items()}

        def named(part: Node) -> list[Token]:
            if isinstance(part, Constant) and part.value in labels:
                return [Token(str(labels[str(part.value)]))]
            return leaf(part)

        return named if labels else leaf

    def _logic(self, node: Logic, outer: int, leaf: Leaf) -> list[Token]:
        if node.name == "not":
            return [Token(_("not ")), *self._write(node.arguments[0], BINDS["not"], leaf)]
        sign = _("and") if node.name == "and" else _("or")
        return self._infix(node, [sign], BINDS[node.name], outer, leaf)

    def _function(self, node: Operation, leaf: Leaf) -> list[Token]:
        if node.name == "negative":
            return [Token("−"), *self._write(node.arguments[0], 7, leaf)]
        arguments = node.arguments[:1] if node.name in ("days_until", "years_since", "round") else node.arguments
        inside = _joined([self._write(part, 0, leaf) for part in arguments], "，")
        return [Token(function_names()[node.name] + "（"), *inside, Token("）")]

    def _among(self, node: Among, leaf: Leaf) -> list[Token]:
        labels = self.labels(node.argument)
        listed = "、".join(str(labels.get(name, name)) for name in node.listed)
        before = {
            "in": "",
            "inside": _("number among {listed} found in "),
            "outside": _("number besides {listed} found in "),
            "lacking": _("number among {listed} lacking in "),
        }[node.name].format(listed=listed)
        held = self._write(node.argument, 4, leaf)
        return (
            [*held, Token(_(" is one of {listed}").format(listed=listed))]
            if node.name == "in"
            else [
                Token(before),
                *held,
            ]
        )

    def _branch(self, node: Branch, leaf: Leaf) -> list[Token]:
        taken = leaf.taken(node) if isinstance(leaf, _PutIn) else None
        if taken is not None:
            return self._write(taken, 5, leaf)
        return [
            Token(_("if ")),
            *self._write(node.condition, 0, leaf),
            Token(_(" then ")),
            *self._write(node.then, 0, leaf),
            Token(_(" else ")),
            *self._write(node.otherwise, 0, leaf),
        ]


@dataclass(frozen=True)
class _PutIn:
    """Writes a leaf as the number it came to."""

    writer: Writer
    values: dict[Node, Trace]

    def __call__(self, node: Node) -> list[Token]:
        found = self.values.get(node)
        return self.writer.named(node) if found is None else [self.writer.number_of(node, found.value)]

    def taken(self, node: Branch) -> Node | None:
        """Return the side of a branch that was read."""
        condition = self.values.get(node.condition)
        if condition is None or isinstance(condition.value, Absent):
            return None
        return node.then if condition.value else node.otherwise


def _known_choices(book: Rulebook) -> dict[str, object]:
    """Return what registers call their choices: reported indicators borrow these names."""
    options = [option for metric in book.vocabulary.metrics for option in metric.options.values()]
    return {str(value): label for option in options for value, label in option.choices.choices}


def _named_by(book: Rulebook, code: str) -> dict[str, object]:
    """Return what the plan itself calls the choices of an indicator or a parameter."""
    specs: tuple[ParameterSpec | IndicatorSpec, ...] = (*book.pack.parameters, *book.pack.indicators)
    spec = next((one for one in specs if one.code == code), None)
    names = choice_names(spec) if spec else {}
    return {choice: choice_name(names, choice) for choice in names}


def _roundings() -> dict[str, object]:
    """Return what the ways of rounding are called that plans choose between."""
    return {"ceil": _("rounded up"), "floor": _("rounded down"), "half_up": _("rounded")}


def _joined(parts: list[list[Token]], sign: str) -> list[Token]:
    tokens: list[Token] = []
    for number, part in enumerate(parts):
        tokens += [Token(sign), *part] if number else part
    return tokens


def _values(trace: Trace) -> Iterable[tuple[Node, Trace]]:
    """Yield what each leaf of the written formula came to."""
    yield trace.node, trace
    if isinstance(trace.node, Shift | Above | Aggregate):
        return
    for part in trace.parts:
        yield from _values(part)


def anchor_of(node: Node) -> str:
    """Return the name by which a number links to the row of its fact."""
    return "".join(character if character.isalnum() else "-" for character in node.text)[:80]


def _choice(metric: Metric, name: str, value: str) -> object:
    return dict(metric.options[name].choices.choices).get(value, value)


def _level(level: str) -> str:
    return {
        "city": _("city"),
        "district": _("district"),
        "street": _("street"),
        "community": _("community"),
        "facility": _("facility"),
        "organization": _("organization"),
        "post": _("post"),
    }.get(level, level)
