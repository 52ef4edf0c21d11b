"""
What a run found, added up for the eye: one line per question of the plan, tallies for a place and those under it.

A tally is how many places have which verdict. Where a question is about the place itself, the tally holds that one
verdict. The numbers are read from roll-ups and findings of places within reach; nothing is added up in Python but
the verdicts of one place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache

from django.db.models import Sum
from django.utils.translation import get_language

from assessments.formulas.tree import Constant, ParameterOf
from assessments.plans.models import PlanVersion
from assessments.plans.pack import TargetSpec
from communities.places.models import Place

from . import display
from .judging import Bound, Question, stages
from .models import Finding, RollUp, Run, Verdict
from .rulebook import rulebook
from .viewpoint import Viewpoint
from .words import SIGNS, Writer

VERDICTS: list[str] = [str(verdict) for verdict in Verdict.values]
ORDER = ("community", "street", "district", "city")
WORST_FIRST = ("not_met", "attention", "undetermined", "met", "not_due", "reported", "no_rule", "not_applicable")


@dataclass(frozen=True)
class Tally:
    """
    How many places have which verdict; what they are short of in all; `own`: of the place itself.

    `measured`: the number of the place itself; `said`: where what it has is no number, what was found, in words.
    """

    counts: dict[str, int] = field(default_factory=dict)
    shortfall: Decimal | None = None
    own: bool = False
    measured: Decimal | None = None
    said: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict among them, empty where there is none at all."""
        return next((code for code in WORST_FIRST if self.counts.get(code)), "")

    @property
    def places(self) -> int:
        """How many places there are."""
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        """How many met or missed the target, advisory ones included."""
        return sum(self.counts.get(code, 0) for code in ("met", "not_met", "attention"))

    @property
    def rate(self) -> Decimal | None:
        """The completion rate: met / (met + not met + attention) in per cent; None where none was judged."""
        return Decimal(100 * self.counts.get("met", 0)) / self.judged if self.judged else None

    @property
    def text(self) -> str:
        """The rate as it stands in a cell: never 100 where one place missed it, never 0 where one met it."""
        return "" if self.rate is None else percent(self.rate)

    @property
    def beside(self) -> str:
        """The counts that stand beside the rate."""
        return f"{self.counts.get('met', 0):,} / {self.judged:,}" if self.judged else ""


def percent(rate: Decimal) -> str:
    """Return a rate with at most one decimal; what is not quite 100 does not read 100, what is not 0 not 0."""
    shown = rate.quantize(Decimal("0.1"), ROUND_FLOOR if rate > 99 else ROUND_HALF_UP)
    if shown == 0 and rate > 0:
        return "<0.1"
    text = f"{shown:f}"
    return text[:-2] if text.endswith(".0") else text


def compliance_rate(counts: dict[str, int]) -> Decimal | None:
    """Return met / (met + not met) in per cent; None where there is neither."""
    judged = counts.get("met", 0) + counts.get("not_met", 0)
    return Decimal(100 * counts.get("met", 0)) / judged if judged else None


@dataclass(frozen=True)
class Line:
    """One question of the plan on the run's day."""

    question: Question
    rule_id: int
    requirement: str

    @property
    def target(self) -> TargetSpec:
        """The target asked about."""
        return self.question.target

    @property
    def milestone(self) -> int:
        """The milestone asked about, 0 for none."""
        return self.question.milestone

    @property
    def scope(self) -> str:
        """What the plan calls the places it is asked of, empty where it has no name for them."""
        return self.question.scope

    @property
    def due(self) -> date | None:
        """When the milestone is due."""
        return self.question.due

    @property
    def key(self) -> tuple[int, int]:
        """What findings and roll-ups know it by."""
        return self.rule_id, self.question.milestone

    @property
    def unit(self) -> str:
        """The unit of what is measured, as formulas write it."""
        return str(self.question.measured.unit) if self.question.measured.unit else ""

    @property
    def is_statistic(self) -> bool:
        """Whether nothing can be missed: the number itself is what the clause is about."""
        return self.question.test is None

    def found(self, measured: Decimal | None, said: str = "", *, against: Decimal | None = None) -> str:
        """Return what was found of a place: its number, of a choice its words; of a condition nothing but a verdict."""
        if measured is None:
            return said
        if self.question.measured.type == "boolean":
            return display.shown(bool(measured)) if self.is_statistic else ""
        return display.quantity(measured, self.question.measured.unit, against=against)

    def short(self, amount: Decimal | None) -> str:
        """Return a shortfall in the natural unit, of shares in percentage points; empty for none."""
        return "" if amount is None else display.lacking(amount, self.question.measured.unit)


def lines(version: PlanVersion, day: date) -> tuple[Line, ...]:
    """Return what the version asks on the day, in the order of the pack."""
    return _lines(version.pk, version.sha256, day, get_language())


@lru_cache(maxsize=64)
def _lines(version_id: int, _sha256: str, day: date, _language: str | None) -> tuple[Line, ...]:
    book = rulebook(PlanVersion.objects.only("sha256").get(pk=version_id))
    order = {target.code: number for number, target in enumerate(book.pack.targets)}
    asked = sorted(book.questions(day), key=lambda question: (order[question.target.code], question.milestone))
    writer = Writer(book)
    return tuple(Line(question, book.rule_id(question), _requirement(question, writer, day)) for question in asked)


def replaced(version: PlanVersion, day: date) -> tuple[Line, ...]:
    """Return the milestones that later ones have replaced by the day: what was asked once, not any more."""
    return _replaced(version.pk, version.sha256, day, get_language())


@lru_cache(maxsize=64)
def _replaced(version_id: int, _sha256: str, day: date, _language: str | None) -> tuple[Line, ...]:
    book = rulebook(PlanVersion.objects.only("sha256").get(pk=version_id))
    asked = {(question.target.code, question.milestone) for question in book.questions(day)}
    every = [question for target in book.pack.targets for question in stages(target, book.vocabulary, day)]
    gone = [question for question in every if (question.target.code, question.milestone) not in asked]
    writer = Writer(book)
    return tuple(Line(question, book.rule_id(question), _requirement(question, writer, day)) for question in gone)


def _requirement(question: Question, writer: Writer, day: date) -> str:
    """Return what is required in a few words: ≥ 5 人, or the condition."""
    if question.bounds:
        return display.in_a_row(_bound(bound, question, writer, day) for bound in question.bounds)
    return writer.words(question.test) if question.test is not None else ""


def _bound(bound: Bound, question: Question, writer: Writer, day: date) -> str:
    """A figure of the plan stands as its value on the day: ≥ 5 人."""
    node = bound.node
    value = (
        writer.book.parameters[node.name].value_on(day, writer.book.pack.owner)
        if isinstance(node, ParameterOf)
        else None
    )
    if isinstance(node, Constant) and isinstance(node.value, Decimal):
        return f"{SIGNS[bound.sign]} {display.quantity(node.value, question.measured.unit)}"
    if value is None or node.type != "number":
        return f"{SIGNS[bound.sign]} {writer.words(node)}"
    return f"{SIGNS[bound.sign]} {display.quantity(Decimal(value), node.unit or question.measured.unit)}"


@dataclass(frozen=True)
class TableRow:
    """One line of the table of a place: the line, its tally for the place, and for each place right under it."""

    line: Line
    total: Tally
    cells: tuple[Tally, ...]

    @property
    def short(self) -> str:
        """What the places are short of in all, in the natural unit; empty where shares would be added."""
        return "" if self.line.unit == "share" else self.line.short(self.total.shortfall)


class Results:
    """What one run found about a place and the places right under it."""

    def __init__(self, seen: Viewpoint, run: Run) -> None:
        self.seen = seen
        self.run = run
        level = ORDER.index(seen.place.level) if seen.place.level in ORDER else len(ORDER)
        asked = lines(run.version, run.as_of)
        self.lines = [line for line in asked if ORDER.index(line.target.subject) <= level]

    @cached_property
    def table(self) -> list[TableRow]:
        """One row per question about the place or what lies below it (two queries)."""
        places = [self.seen.place.pk, *(child.pk for child in self.seen.children)]
        found = self._tallies(places)
        return [TableRow(line, *self._row(line, places, found)) for line in self.lines]

    def _row(
        self, line: Line, places: Sequence[int], found: dict[tuple[int, int, int], Tally]
    ) -> tuple[Tally, tuple[Tally, ...]]:
        tallies = [found.get((*line.key, place), Tally()) for place in places]
        return tallies[0], tuple(tallies[1:])

    @cached_property
    def totals(self) -> dict[tuple[int, int], Tally]:
        """The tallies of the place alone, by line (two queries)."""
        found = self._tallies([self.seen.place.pk])
        return {(rule, milestone): tally for (rule, milestone, _place), tally in found.items()}

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many verdicts of which kind there are in all, the place and everything below it."""
        return added(row.total.counts for row in self.table)

    @property
    def rate(self) -> Decimal | None:
        """The compliance rate; None where nothing was judged, and of a plan that requires nothing of the place."""
        binds = any(line.question.missed == Verdict.NOT_MET for line in self.lines)
        return compliance_rate(self.counts) if binds else None

    def _tallies(self, places: Sequence[int]) -> dict[tuple[int, int, int], Tally]:
        rules = [line.rule_id for line in self.lines]
        rows = RollUp.objects.filter(run=self.run, rule__in=rules, place__in=places)
        told = rows.values_list("rule_id", "milestone", "place_id", "shortfall", *VERDICTS)
        tallies = {
            (rule, milestone, place): Tally({v: n for v, n in zip(VERDICTS, counts, strict=True) if n}, short)
            for rule, milestone, place, short, *counts in told
        }
        own = {self.seen.place.level, self.seen.below}
        about = [line.rule_id for line in self.lines if line.target.subject in own]
        findings = Finding.objects.filter(run=self.run, rule__in=about, place__in=places)
        columns = ("rule_id", "milestone", "place_id", "verdict", "shortfall", "measured", "detail__measured")
        for rule, milestone, place, verdict, short, measured, said in findings.values_list(*columns):
            tallies[rule, milestone, place] = Tally({verdict: 1}, short, own=True, measured=measured, said=said or "")
        return tallies


def added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sum of several counts of verdicts."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def counted(runs: Sequence[Run], place: Place) -> dict[int, dict[str, int]]:
    """Return what was met, missed and not due yet at the place and below it in each run, by its key (two queries)."""
    keys = [run.pk for run in runs]
    below = RollUp.objects.filter(run__in=keys, place=place).values("run_id")
    own = Finding.objects.filter(run__in=keys, place=place, rule__target__subject=place.level)
    found: dict[int, Counter[str]] = {key: Counter() for key in keys}
    for row in below.annotate(met_in_all=Sum("met"), missed_in_all=Sum("not_met"), later=Sum("not_due")):
        found[row["run_id"]].update(met=row["met_in_all"], not_met=row["missed_in_all"], not_due=row["later"])
    for run, verdict in own.values_list("run_id", "verdict"):
        found[run].update([verdict])
    return {key: dict(counts) for key, counts in found.items()}


@dataclass(frozen=True)
class Bases:
    """
    Over how many findings two compliance rates were computed: met and not met, before and now.

    `fell_due`: whether more is due now than before.
    """

    before: int
    now: int
    fell_due: bool

    @property
    def differ(self) -> bool:
        """Whether they lie so far apart that the change of the rate says little: by more than a tenth."""
        return abs(self.now - self.before) * 10 > self.before


def bases(before: Mapping[str, int], now: Mapping[str, int]) -> Bases:
    """Return the bases of two compliance rates by the counts of their verdicts."""
    first, second = (one.get("met", 0) + one.get("not_met", 0) for one in (before, now))
    return Bases(first, second, fell_due=second > first and now.get("not_due", 0) < before.get("not_due", 0))
