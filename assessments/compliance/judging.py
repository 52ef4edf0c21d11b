"""
Judging: what is asked of a subject on a day, and what the answer is called. Pure, no database.

`questions` turns the targets of a plan version into the questions of one day: which rule is in force, which milestone
is the one that counts, what is measured, what is tested. `judge` gives the verdict in the order the plan-pack format
lays down; `running.py` asks the same of a whole city in SQL, in the same order.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Literal

from assessments import formulas
from assessments.formulas import MISSING, UNDEFINED, Node, Value, Vocabulary
from assessments.formulas.tree import (
    Above,
    Aggregate,
    Branch,
    Constant,
    Fact,
    Kind,
    Logic,
    Operation,
    ParameterOf,
    Shift,
    VerdictOf,
)
from assessments.plans.models import Force
from assessments.plans.pack import Comparison, MilestoneSpec, PackPlan, RuleSpec, TargetSpec
from communities.ground.units import Unit

from .models import Verdict

Reader = Callable[[str], Node]
# The conditions of branches on the way to a part of a formula, and which side of each leads there.
Way = tuple[tuple[Node, bool], ...]
State = Literal["judged", "not_due", "no_rule"]
SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "equals": "=="}
BOOLEAN = Kind("boolean")
YES = Constant(BOOLEAN, "true", True)


@dataclass(frozen=True)
class Bound:
    """One comparison of what is measured: by which sign with which figure."""

    name: str
    node: Node

    @property
    def sign(self) -> str:
        """Return the sign as formulas write it."""
        return SIGNS[self.name]


@dataclass(frozen=True)
class Question:
    """What one target asks of every subject of its level on one day, for one milestone (0: none)."""

    target: TargetSpec
    rule: RuleSpec
    milestone: int
    state: State
    measured: Node
    test: Node | None
    bounds: tuple[Bound, ...] = ()
    applies: Node = YES
    attention: Node | None = None
    due: date | None = None
    clause: str = ""

    @property
    def missed(self) -> Verdict:
        """Return what a missed target is called: the force of the wording decides."""
        return Verdict(Force(self.rule.force).missed)

    @property
    def scope(self) -> str:
        """Return what the plan calls the places it asks this of, by its milestone or else its rule; empty: no name."""
        own = next((one.applies_when for one in self.rule.milestones if one.number == self.milestone), "")
        named = self.target.scope_of(own or self.rule.applies_when)
        return named.zh if named else ""

    @property
    def nodes(self) -> list[Node]:
        """Return every formula that is read for it."""
        return [node for node in (self.applies, self.measured, self.test, self.attention) if node is not None] + [
            bound.node for bound in self.bounds
        ]

    @property
    def leaves(self) -> list[Node]:
        """Return what the verdict hangs on, each once: what is named when it is missing."""
        return [leaf for leaf, _ways in self.reached]

    @property
    def reached(self) -> list[tuple[Node, list[Way]]]:
        """Return the leaves with the ways that lead to each: none is asked for where all went to other sides."""
        found: dict[str, tuple[Node, list[Way]]] = {}
        for node in (self.applies, self.test or self.measured):
            for leaf, way in _leaves(node, ()):
                found.setdefault(leaf.text, (leaf, []))[1].append(way)
        return list(found.values())


def _leaves(node: Node, way: Way) -> Iterator[tuple[Node, Way]]:
    """Yield the outermost nodes whose value can be missing by itself, and by which branches they are reached."""
    if isinstance(node, Fact | ParameterOf | Shift | Above | Aggregate | VerdictOf):
        yield node, way
    elif isinstance(node, Branch):
        yield from _leaves(node.condition, way)
        yield from _leaves(node.then, (*way, (node.condition, True)))
        yield from _leaves(node.otherwise, (*way, (node.condition, False)))
    else:
        for part in node.parts:
            yield from _leaves(part, way)


@dataclass(frozen=True)
class Answers:
    """What the formulas of a question came to for one subject."""

    applies: Value
    test: Value
    attention: Value = field(default=False)


def judge(question: Question, answers: Answers) -> Verdict:
    """
    Name the verdict, in the order of precedence.

    Does not apply → no rule → not due → a fact missing → undefined (a division by zero) → met, or what the force
    of the wording says. A fact that is missing never passes, never fails and never counts as 0.
    """
    if answers.applies is False:
        return Verdict.NOT_APPLICABLE
    if question.state == "no_rule":
        return Verdict.NO_RULE
    if question.state == "not_due":
        return Verdict.NOT_DUE
    if MISSING in (answers.applies, answers.test):
        return Verdict.UNDETERMINED
    if UNDEFINED in (answers.applies, answers.test):
        return Verdict.NOT_APPLICABLE
    if question.test is None:
        return Verdict.REPORTED
    if answers.test is not True:
        return question.missed
    return Verdict.ATTENTION if answers.attention is True else Verdict.MET


def that_counts(verdicts: Iterable[tuple[int, str]]) -> str:
    """Return, of the verdicts on one target by milestone, the one of the last milestone due that applies."""
    told = (
        (verdict == Verdict.NOT_APPLICABLE, verdict == Verdict.NOT_DUE, -number, verdict)
        for number, verdict in verdicts
    )
    return min(told, default=(False, False, 0, ""))[-1]


def shortfall(question: Question, measured: Value, required: list[Value]) -> tuple[Value, Value]:
    """Return the bound that is missed and by how much; else the first bound and nothing. Units of the measure."""
    if not isinstance(measured, Decimal):
        return (required[0] if required else MISSING), MISSING
    for bound, figure in zip(question.bounds, required, strict=True):
        if isinstance(figure, Decimal) and not formulas.reading.OPERATIONS[bound.sign](measured, figure):
            return figure, formulas.values.EXACT.subtract(max(measured, figure), min(measured, figure))
    return (required[0] if required else MISSING), MISSING


def questions(pack: PackPlan, vocabulary: Vocabulary, day: date) -> list[Question]:
    """Return what the plan asks on `day`, targets that others build on first."""
    asked: dict[str, list[Question]] = {t.code: list(_of_target(t, vocabulary, day)) for t in pack.targets}
    uses = {
        code: {name for question in own for node in question.nodes for name in node.verdicts}
        for code, own in asked.items()
    }
    return [question for code in TopologicalSorter(uses).static_order() for question in asked[code]]


def _of_target(target: TargetSpec, vocabulary: Vocabulary, day: date) -> Iterator[Question]:
    rule = next((one for one in target.rules if one.in_force.contains(day)), None)
    if rule is None:
        last = target.rules[-1]
        yield _question(target, last, vocabulary, last, milestone=0, state="no_rule")
        return
    if not rule.milestones:
        yield _question(target, rule, vocabulary, rule, milestone=0, state="judged")
        return
    for milestone in _that_count(rule, day):
        yield _of_milestone(target, rule, vocabulary, milestone, day)


def stages(target: TargetSpec, vocabulary: Vocabulary, day: date) -> list[Question]:
    """Return every milestone of the rule in force on `day`, by due day: those that a later one has replaced too."""
    rule = next((one for one in target.rules if one.in_force.contains(day)), None)
    found = [_of_milestone(target, rule, vocabulary, one, day) for one in rule.milestones] if rule else []
    return sorted(found, key=lambda question: (question.due or day, question.milestone))


def _of_milestone(
    target: TargetSpec, rule: RuleSpec, vocabulary: Vocabulary, milestone: MilestoneSpec, day: date
) -> Question:
    due = _due(milestone, day)
    state: State = "judged" if due <= day else "not_due"
    question = _question(target, rule, vocabulary, milestone, milestone=milestone.number, state=state)
    return replace(question, due=due, clause=milestone.clause or rule.clause)


def _due(milestone: MilestoneSpec, day: date) -> date:
    if milestone.due is None:
        return date(day.year, 12, 31)
    return milestone.due


def _that_count(rule: RuleSpec, day: date) -> Iterator[MilestoneSpec]:
    """Yield, for each scope, the milestone last due and those still to come: a later one replaces an earlier."""
    scopes: dict[str, list[MilestoneSpec]] = {}
    for milestone in rule.milestones:
        scopes.setdefault(milestone.applies_when, []).append(milestone)
    for own in scopes.values():
        ordered = sorted(own, key=lambda one: _due(one, day))
        passed = [one for one in ordered if _due(one, day) <= day]
        yield from passed[-1:]
        yield from (one for one in ordered if _due(one, day) > day)


def _question(
    target: TargetSpec, rule: RuleSpec, vocabulary: Vocabulary, said: Comparison, *, milestone: int, state: State
) -> Question:
    """Parse the formulas of one question; a milestone without bounds of its own takes its rule's."""

    def read(text: str) -> Node:
        return formulas.parse(text, vocabulary, target.subject)

    stated = said.bounds or rule.bounds
    bounds = tuple(Bound(name, read(text)) for name, text in stated.items())
    conditions = [read(text) for text in dict.fromkeys((rule.applies_when, said.applies_when)) if text]
    measured, test = _tested(rule, bounds, read)
    return Question(
        target=target,
        rule=rule,
        milestone=milestone,
        state=state,
        measured=measured,
        test=test,
        bounds=_shown_bounds(rule, bounds),
        applies=_all(conditions) if conditions else YES,
        attention=read(rule.attention_when) if rule.attention_when else None,
        clause=rule.clause or target.clause,
    )


def _tested(rule: RuleSpec, bounds: tuple[Bound, ...], read: Reader) -> tuple[Node, Node | None]:
    """Return what is measured and what must be true; no test where shares are only reported."""
    if rule.split:
        return _split(rule, read)
    if rule.holds:
        holds = read(rule.holds)
        return holds, holds
    measured = read(rule.measure)
    tests: list[Node] = [
        Operation(BOOLEAN, f"{measured.text} {bound.sign} {bound.node.text}", bound.sign, (measured, bound.node))
        for bound in bounds
    ]
    return measured, _all(tests) if tests else None


def _shown_bounds(rule: RuleSpec, bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
    if not rule.split or rule.ratio is None:
        return bounds
    weights = [Decimal(weight) for _name, weight in rule.ratio]
    return (Bound("equals", _number(formulas.values.divide(weights[0], sum(weights, Decimal(0))))),)


def _split(rule: RuleSpec, read: Reader) -> tuple[Node, Node | None]:
    """Return the first party's share, and that each party's share is its due within the tolerance."""
    parts = {name: read(text) for name, text in rule.split}
    total = _sum(list(parts.values()))
    shares = {name: _divided(part, total) for name, part in parts.items()}
    first = next(iter(shares.values()))
    if rule.ratio is None:
        return first, None
    weights = {name: Decimal(weight) for name, weight in rule.ratio}
    whole = sum(weights.values(), Decimal(0))
    tolerance = read(rule.tolerance) if rule.tolerance else _number(Decimal(0))
    within: list[Node] = [
        _within(share, _number(formulas.values.divide(weights[name], whole)), tolerance)
        for name, share in shares.items()
    ]
    return first, _all(within)


def _within(share: Node, due: Node, tolerance: Node) -> Node:
    apart = Operation(share.kind, f"{share.text} - {due.text}", "-", (share, due))
    size = Operation(share.kind, f"abs({apart.text})", "abs", (apart,))
    return Operation(BOOLEAN, f"{size.text} <= {tolerance.text}", "<=", (size, tolerance))


def _divided(part: Node, total: Node) -> Node:
    return Operation(Kind("number", Unit()), f"{part.text} / ({total.text})", "/", (part, total))


def _sum(parts: list[Node]) -> Node:
    total = parts[0]
    for part in parts[1:]:
        total = Operation(total.kind, f"{total.text} + {part.text}", "+", (total, part))
    return total


def _number(value: Value) -> Node:
    assert isinstance(value, Decimal)  # noqa: S101  a ratio of zero is refused when the pack is loaded
    return Constant(Kind("number", Unit()), f"{value.normalize():f}", value)


def _all(conditions: list[Node]) -> Node:
    if len(conditions) == 1:
        return conditions[0]
    return Logic(BOOLEAN, " and ".join(node.text for node in conditions), "and", tuple(conditions))
