"""
What a plan asks on a day, as a report speaks of it: numbered, labelled, with the requirement in figures or words.

Numbers run through one report: the table of main indicators, the heads of the heat tables, the definitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assessments.compliance.judging import Bound, Question
from assessments.compliance.models import Run
from assessments.compliance.rulebook import Rulebook
from assessments.compliance.words import Writer
from assessments.formulas import MISSING, Fact, Node, Subject, Value, evaluate
from assessments.formulas.tree import Above, Aggregate, ParameterOf, Shift, VerdictOf, walk
from assessments.plans.models import Force
from assessments.plans.models.terms import Reporter
from communities.ground.units import Unit, parse

from .figures import number, quantity

SIGNS = {"at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<", "equals": ""}
PLACES = {"city": "市", "district": "区县", "street": "街道", "community": "社区"}
BY_FORMULA = "按口径"
FORCES = {
    Force.BINDING: "约束性",
    Force.IN_PRINCIPLE: "原则性",
    Force.BASICALLY: "基本要求",
    Force.STRIVE: "力争",
    Force.STEP_BY_STEP: "逐步",
    Force.ENCOURAGED: "鼓励",
    Force.WHERE_POSSIBLE: "有条件的",
    Force.DESCRIPTIVE: "描述性",
}
KEEPERS = {"funding": "财政部门", "places": "街道办事处"}
REPORTERS = {
    Reporter.CITY: "市级主管部门",
    Reporter.DISTRICT: "区县主管部门",
    Reporter.STREET: "街道办事处",
    Reporter.COMMUNITY: "社区居委会",
    Reporter.DEPARTMENT: "有关部门",
}
OWN_KEEPERS = {"city": "市级主管部门", "district": "区县主管部门"}


def force_in(run: Run, question: Question) -> str:
    """Return how binding the wording is as tables give it; a draft binds nobody, it only means to: 拟约束."""
    force = FORCES[Force(question.rule.force)]
    return force if run.is_binding else f"拟{force.removesuffix('性')}"


@dataclass(frozen=True)
class Asked:
    """One question of the plan with its number in this report."""

    number: int
    question: Question
    rule_id: int
    book: Rulebook
    day: date

    @property
    def code(self) -> str:
        """The target's code."""
        return self.question.target.code

    @property
    def milestone(self) -> int:
        """The milestone asked for; 0 where the rule has none."""
        return self.question.milestone

    @property
    def scope(self) -> tuple[str, str]:
        """The target, and of which places its milestone speaks: what may be compared from year to year."""
        rule = self.question.rule
        return self.code, next((one.applies_when for one in rule.milestones if one.number == self.milestone), "")

    @property
    def label(self) -> str:
        """The target as officials speak of it; with the plan's name of its scope, and the year of a day to come."""
        later = f"{self.question.due.year}年" if self.question.due and self.question.state == "not_due" else ""
        told = "，".join(one for one in (self.question.scope, later) if one)
        return self.question.target.label.zh + (f"（{told}）" if told else "")

    @property
    def subject(self) -> str:
        """The level of the places asked."""
        return self.question.target.subject

    @property
    def places(self) -> str:
        """What such places are called: 社区, 街道."""
        return PLACES[self.subject]

    @property
    def force(self) -> str:
        """How binding the wording is: 约束性, 原则性."""
        return FORCES[Force(self.question.rule.force)]

    @property
    def is_binding(self) -> bool:
        """Whether a miss is called 未达标."""
        return self.question.missed == "not_met"

    @property
    def unit(self) -> Unit | None:
        """The unit of what is measured."""
        if self.question.rule.unit:
            return parse(self.question.rule.unit)
        return Unit() if self.question.rule.split else self.question.measured.unit

    @property
    def is_share(self) -> bool:
        """Whether it is shown in per cent."""
        return self.unit is not None and not self.unit.powers and self.measures_number

    @property
    def measures_number(self) -> bool:
        """Whether a number is measured, which may fall short by another."""
        return self.question.measured.type == "number"

    @property
    def adds_up(self) -> bool:
        """Whether shortfalls of several places make sense as one total: things that are counted, from below."""
        bounds = [bound.name for bound in self.question.bounds]
        return self.measures_number and not self.is_share and set(bounds) <= {"at_least", "more_than"}

    @property
    def deadline(self) -> date | None:
        """The day by which it was due once and for all; None where it is due every year or has no day."""
        milestone = next((m for m in self.question.rule.milestones if m.number == self.milestone), None)
        return milestone.due if milestone else None

    @property
    def is_overdue(self) -> bool:
        """Whether its one deadline has passed."""
        return self.deadline is not None and self.deadline <= self.day

    @property
    def required(self) -> str:
        """The requirement as the table gives it: ≥150平方米, 2400～3600户, 按口径 where places differ."""
        rule = self.question.rule
        if rule.split:
            return "∶".join(weight for _name, weight in rule.ratio or ()) or "—"
        if self.question.test is None:
            return "—"
        if not self.question.bounds:
            return "符合要求"
        return self._bounds_in_figures()

    def _bounds_in_figures(self) -> str:
        told = {bound.name: constant(self, bound) for bound in self.question.bounds}
        if None in told.values():
            return BY_FORMULA
        figures = {name: value for name, value in told.items() if value is not None}
        if set(figures) == {"at_least", "at_most"}:
            return f"{number(figures['at_least'], self.unit)}～{quantity(figures['at_most'], self.unit)}"
        return "、".join(SIGNS[name] + quantity(value, self.unit) for name, value in figures.items())

    def facts(self) -> list[Fact]:
        """The facts that what is measured hangs on, each once."""
        found = {leaf.key: leaf for node in self._tested() for leaf in walk(node) if isinstance(leaf, Fact)}
        return [fact for fact in found.values() if fact.code != "stated"]

    def _tested(self) -> list[Node]:
        return [self.question.measured, *([self.question.test] if self.question.test else [])]

    @property
    def concern(self) -> str:
        """What kind of thing is measured, for the suggestion that follows from a miss: the app or `reported`."""
        fact = next(iter(self.facts()), None)
        return concern_of(self.book, fact) if fact else "reported"

    def leaf(self, text: str) -> Node | None:
        """Return the part of its formulas that stands as `text` among the missing facts."""
        return next((leaf for leaf in self.question.leaves if leaf.text == text), None)


def concern_of(book: Rulebook, fact: Fact) -> str:
    """Return the app that keeps a fact, or `reported` where an office reports it."""
    if any(one.code == fact.code and one.subject == fact.level for one in book.pack.indicators):
        return "reported"
    rows = book.metric(fact).source.rows
    return str(rows.__module__).split(".")[-2]


class _NoFacts:
    """Facts of nowhere: a bound that can be read without any is the same everywhere."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book

    def parameter(self, name: str, subject: Subject, day: date) -> Value:
        """Return the plan's figure; MISSING where it differs between places."""
        spec = self._book.parameters[name]
        if any(value.for_prefix for value in spec.values):
            return MISSING
        text = spec.value_on(day, subject.code)
        return MISSING if text is None else _typed(text, spec.type)


def _typed(text: str, kind: str) -> Value:
    return Decimal(text) if kind == "number" else text


def constant(asked: Asked, bound: Bound) -> Decimal | None:
    """Return the figure of a bound where it is the same at every place, else None."""
    if any(isinstance(node, Fact | Above | Aggregate | Shift | VerdictOf) for node in walk(bound.node)):
        return None
    trace = evaluate(bound.node, Subject(asked.subject, 0), asked.day, _NoFacts(asked.book))  # type: ignore[arg-type]
    return trace.value if isinstance(trace.value, Decimal) else None


def asked_of(book: Rulebook, day: date, levels: Sequence[str]) -> tuple[Asked, ...]:
    """
    Return what is asked of places of `levels`, numbered level by level in the order of the plan.

    Of the milestones of one target and scope the last one due is asked about, before that the first to come; what
    the years after it ask for stands in the outlook.
    """
    order = {target.code: number for number, target in enumerate(book.pack.targets)}
    first: dict[tuple[str, str], Question] = {}
    for q in book.questions(day):
        if q.target.subject in levels:
            key = q.target.code, q.applies.text
            first[key] = min(first.get(key, q), q, key=lambda one: (one.state == "not_due", one.due or day))
    wanted = list(first.values())
    wanted.sort(key=lambda q: (levels.index(q.target.subject), order[q.target.code], q.milestone))
    return tuple(Asked(n, q, book.rule_id(q), book, day) for n, q in enumerate(wanted, start=1))


def name_of(asked: Asked, leaf: Node) -> str:
    """Return a missing fact by name; of an aggregate, the facts of its members."""
    writer = Writer(asked.book)
    if isinstance(leaf, Aggregate):
        inside = [node for node in walk(leaf.argument) if isinstance(node, Fact)]
        return "、".join(dict.fromkeys(writer.label(fact) for fact in inside)) or writer.label(leaf)
    return writer.label(leaf)


def supplier(asked: Asked, leaf: Node) -> str:
    """Return whose office supplies a fact: the reporter of an indicator, else whoever keeps the register."""
    fact = next((node for node in walk(leaf) if isinstance(node, Fact) and node.code != "stated"), None)
    if fact is None:
        return "主管部门" if isinstance(leaf, ParameterOf) else "街道办事处"
    own = next((i for i in asked.book.pack.indicators if (i.code, i.subject) == (fact.code, fact.level)), None)
    if own is not None:
        return REPORTERS[Reporter(own.reported_by)]
    kept = KEEPERS.get(concern_of(asked.book, fact))
    return kept or OWN_KEEPERS.get(fact.level, "街道办事处")
