"""
Milestones as a trajectory: what a target requires by which day at a place, and what the published runs measured there.

A target with milestones has one way a scope (the urban area, the other counties: `applies_when` of its milestones).
Where the place is of the level the target asks about, the measure itself is followed; above that level, the share of
the places that reach it. Only runs by the same version of the plan are read, of every day the latest. Numbers measured
while nothing is due yet count as well. The arithmetic is in `pace`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, F, Q
from django.utils.translation import get_language

from assessments.formulas import MISSING, Fact, Subject, Value, evaluate
from assessments.formulas.tree import Above, Aggregate, Shift, VerdictOf, walk
from assessments.plans.models import PlanVersion
from assessments.plans.pack import TargetSpec
from communities.ground.scope import prefix_of
from communities.ground.units import Unit

from .display import is_share
from .judging import Bound, Question, stages, that_counts
from .models import Finding, RollUp, Run, Verdict
from .pace import Course, Due, Measured
from .results import ORDER, VERDICTS, Tally
from .rulebook import Rulebook, rulebook
from .viewpoint import prefixes_above
from .words import Writer

WHOLE = Decimal(1)
NOT_ASKED = (Verdict.NOT_APPLICABLE, Verdict.NO_RULE)


@dataclass(frozen=True, eq=False)
class Way:
    """One target in one scope with all its milestones, as the plan states them."""

    target: TargetSpec
    rule_id: int
    stages: tuple[Question, ...]
    scope: str  # as the plan names it, else in words; empty where the target has but one and the plan no name for it

    @property
    def question(self) -> Question:
        """Any of its questions: what is measured is the same in all."""
        return self.stages[0]

    @property
    def numbers(self) -> list[int]:
        """The numbers of its milestones."""
        return [stage.milestone for stage in self.stages]

    @property
    def is_yearly(self) -> bool:
        """Whether it is due anew every year: then nothing leads from one year to the next."""
        return any(one.yearly for one in self.question.rule.milestones if one.number in self.numbers)

    @property
    def bound(self) -> Bound | None:
        """The one bound of its milestones, None where a range, a condition or a split by a ratio is asked for."""
        if self.question.rule.split:
            return None  # within its tolerance a split is kept, however far it is from the ratio itself
        kinds = {tuple(bound.name for bound in stage.bounds) for stage in self.stages}
        one = self.question.bounds
        return one[0] if len(kinds) == 1 and len(one) == 1 and self.question.measured.type == "number" else None


def ways(version: PlanVersion, day: date) -> tuple[Way, ...]:
    """Return the ways of all targets with milestones, in the order of the pack."""
    return _ways(version.pk, version.sha256, day, get_language())


@lru_cache(maxsize=64)
def _ways(version_id: int, _sha256: str, day: date, _language: str | None) -> tuple[Way, ...]:
    book = rulebook(PlanVersion.objects.only("sha256").get(pk=version_id))
    return tuple(way for target in book.pack.targets for way in _of_target(target, book, day))


def _of_target(target: TargetSpec, book: Rulebook, day: date) -> list[Way]:
    asked = stages(target, book.vocabulary, day)
    scopes: dict[str, list[Question]] = {}
    for question in asked:
        said = next(one.applies_when for one in question.rule.milestones if one.number == question.milestone)
        scopes.setdefault(said, []).append(question)
    several = len(scopes) > 1
    return [
        Way(target, book.rule_id(own[0]), tuple(own), own[0].scope or _in_words(own[0], said if several else "", book))
        for said, own in scopes.items()
    ]


def _in_words(question: Question, said: str, book: Rulebook) -> str:
    """Return in words what the milestones themselves ask of a place, without what the whole rule asks of it."""
    if not said:
        return ""
    both = question.rule.applies_when not in ("", said)
    return Writer(book).words(question.applies.parts[-1] if both else question.applies)


@dataclass(frozen=True)
class Counted:
    """How many places reach a milestone, of how many known and of how many asked."""

    met: int
    known: int
    asked: int

    @property
    def share(self) -> Decimal | None:
        """The share that reaches it among those known; None where none is known."""
        return Decimal(self.met) / self.known if self.known else None


@dataclass(frozen=True)
class Seen:
    """What one run says of a way: the verdict that counts, what was measured, how many places it was counted over."""

    run: Run
    verdict: str
    measured: Measured
    counted: Counted | None = None


@dataclass(frozen=True)
class Path:
    """One way at one place: what the runs say, and where numbers are asked for, its course."""

    way: Way
    seen: tuple[Seen, ...]
    dues: tuple[tuple[date, int, Decimal | None], ...]
    course: Course | None
    unit: Unit | None
    over: str = ""  # the level of the places counted, empty where the target is about the place itself

    @property
    def last(self) -> Seen | None:
        """What the latest run says."""
        return self.seen[-1] if self.seen else None

    def of_year(self, year: int) -> Seen | None:
        """What the latest run of a year says."""
        return next((one for one in reversed(self.seen) if one.run.as_of.year == year), None)

    def due_in(self, year: int) -> tuple[Due | None, bool]:
        """Return what is required at the end of a year, and whether it is carried forward from an earlier one."""
        if self.course is None:
            return None, False
        due = self.course.required_on(date(year, 12, 31))
        return due, bool(due and due.day.year < year)


def paths(run: Run, place: int, level: str, code: str, *, yearly: bool = True) -> list[Path]:
    """
    Return the ways of all targets about the place or what lies below it (four queries, fewer where nothing asks).

    `code` is what the place bears on the day of `run`. A way whose scope does not apply there is left out; so is,
    where `yearly` is False, what is due anew every year.
    """
    at = ORDER.index(level) if level in ORDER else len(ORDER)
    asked = [way for way in ways(run.version, run.as_of) if ORDER.index(way.target.subject) <= at]
    asked = [way for way in asked if yearly or not way.is_yearly]
    if not asked:
        return []
    runs = runs_up_to(run, code)
    own = {way for way in asked if way.target.subject == level}
    mine = _own(runs, [way for way in asked if way in own], {place: code})
    below = _below(runs, [way for way in asked if way not in own], place, prefix_of(code))
    found = [mine.get((place, way)) if way in own else below.get(way) for way in asked]
    return [path for path in found if path is not None]


def path_of(run: Run, target: str, milestone: int, place: int, code: str) -> Path | None:
    """Return the way of one target that holds the milestone at a place of its own level (two queries)."""
    way = way_of(run, target, milestone)
    return _own(runs_up_to(run, code), [way], {place: code}).get((place, way)) if way else None


def paths_of_findings(run: Run, asked: Iterable[tuple[int, str, str, int]]) -> dict[tuple[int, str, int], Path]:
    """
    Return the ways of findings, given as place, code, target and milestone, by all but the code (two queries).

    Findings whose target has no dated milestones are left out.
    """
    keys = [
        (place, code, way_of(run, target, milestone), target, milestone) for place, code, target, milestone in asked
    ]
    told = [(place, code, way, target, number) for place, code, way, target, number in keys if way is not None]
    if not told:
        return {}
    codes = {place: code for place, code, _way, _target, _number in told}
    own = _own(runs_up_to(run, run.prefix), list(dict.fromkeys(way for _p, _c, way, _t, _n in told)), codes)
    found = {(place, target, number): own.get((place, way)) for place, _code, way, target, number in told}
    return {key: path for key, path in found.items() if path is not None}


def way_of(run: Run, target: str, milestone: int) -> Way | None:
    """Return the dated way of a target that holds the milestone; None for what is due every year or not at all."""
    own = [way for way in ways(run.version, run.as_of) if way.target.code == target and milestone in way.numbers]
    return next((way for way in own if not way.is_yearly), None)


def runs_up_to(run: Run, code: str) -> list[Run]:
    """Return the published runs of the version over a place up to the day of `run`, one a day; `run` for its own."""
    published = Run.objects.published().filter(
        version=run.version_id, prefix__in=prefixes_above(prefix_of(code)), as_of__lt=run.as_of
    )
    by_day = {one.as_of: one for one in published.order_by("as_of", "published_at", "pk")}
    return [*by_day.values(), run]


@dataclass
class _Noted:
    """The findings of one way at one place in one run; of a share also what it comes to over the members known."""

    is_share: bool
    verdicts: dict[int, str] = field(default_factory=dict)
    required: dict[int, Decimal] = field(default_factory=dict)
    value: Decimal | None = None
    partly: bool = False

    def note(self, row: Mapping[str, Any]) -> None:
        """Take in one finding: a milestone more, the same measure."""
        self.verdicts[row["milestone"]] = row["verdict"]
        if row["required"] is not None:
            self.required[row["milestone"]] = row["required"]
        provisional = (row["detail"] or {}).get("provisional")
        if row["measured"] is not None:
            self.value, self.partly = row["measured"], False
        elif self.is_share and provisional is not None and self.value is None and row["verdict"] not in NOT_ASKED:
            self.value, self.partly = Decimal(str(provisional)), True

    @property
    def verdict(self) -> str:
        """The verdict that counts."""
        return that_counts(self.verdicts.items())


def _own(runs: Sequence[Run], asked: Sequence[Way], codes: Mapping[int, str]) -> dict[tuple[int, Way], Path]:
    """Return the ways at places of the level they ask about (one query)."""
    if not asked:
        return {}
    rows = Finding.objects.filter(
        run__in=[run.pk for run in runs], rule__in={way.rule_id for way in asked}, place__in=list(codes)
    ).values("run_id", "rule_id", "place_id", "milestone", "verdict", "measured", "required", "detail")
    by_key = {(way.rule_id, number): way for way in asked for number in way.numbers}
    noted: dict[tuple[int, Way], dict[int, _Noted]] = {}
    for row in rows:
        way = by_key.get((row["rule_id"], row["milestone"]))
        if way is not None:
            by_run = noted.setdefault((row["place_id"], way), {})
            by_run.setdefault(row["run_id"], _Noted(is_share(way.question.measured.unit))).note(row)
    found = {(place, way): _path(way, runs, told, codes[place]) for (place, way), told in noted.items()}
    return {key: path for key, path in found.items() if path is not None}


def _path(way: Way, runs: Sequence[Run], told: Mapping[int, _Noted], code: str) -> Path | None:
    now = told.get(runs[-1].pk)
    if now is None or set(now.verdicts.values()) <= set(NOT_ASKED):
        return None
    seen = []
    for run in runs:
        if one := told.get(run.pk):
            seen.append(Seen(run, one.verdict, Measured(run.as_of, one.value, one.partly)))
    dues = tuple(_due(way, stage, told, runs, code) for stage in way.stages)
    unit = way.question.measured.unit
    return Path(way, tuple(seen), dues, _course(way, dues, seen, unit), unit)


def _due(
    way: Way, stage: Question, told: Mapping[int, _Noted], runs: Sequence[Run], code: str
) -> tuple[date, int, Decimal | None]:
    """What one milestone requires at the place: as the latest run that asked found it, else as the plan states it."""
    assert stage.due is not None  # noqa: S101  a stage is a milestone, and a milestone has its day
    asked = (told[run.pk].required.get(stage.milestone) for run in reversed(runs) if run.pk in told)
    found = next((figure for figure in asked if figure is not None), None)
    if found is None and way.bound is not None:
        book = rulebook(runs[-1].version)
        found = stated(book, stage.bounds[0], stage.target.subject, code, stage.due)
    return stage.due, stage.milestone, found


def _course(
    way: Way, dues: Iterable[tuple[date, int, Decimal | None]], seen: Iterable[Seen], unit: Unit | None
) -> Course | None:
    """The course of numbers towards one bound; None for all else, and for what is due anew every year."""
    if way.bound is None or way.is_yearly:
        return None
    name = way.bound.name
    known = tuple(Due(day, required, name, number) for day, number, required in dues if required is not None)
    measured = tuple(one.measured for one in seen)
    return Course(known, measured, measured[-1].day, is_share(unit)) if known and measured else None


def _below(runs: Sequence[Run], asked: Sequence[Way], place: int, prefix: str) -> dict[Way, Path]:
    """Return the ways of what lies below the place, as shares of the places that reach them (two queries)."""
    if not asked:
        return {}
    by_key = {(way.rule_id, number): way for way in asked for number in way.numbers}
    rules = {rule for rule, _number in by_key}
    judged = RollUp.objects.filter(run__in=[run.pk for run in runs], rule__in=rules, place=place)
    counts: dict[tuple[int, Way], dict[int, dict[str, int]]] = {}
    for run, rule, number, *told in judged.values_list("run_id", "rule_id", "milestone", *VERDICTS):
        if way := by_key.get((rule, number)):
            by_number = counts.setdefault((run, way), {})
            by_number[number] = {verdict: n for verdict, n in zip(VERDICTS, told, strict=True) if n}
    ahead = _ahead(runs, asked, prefix)
    found = {way: _path_below(way, runs, counts, ahead) for way in asked}
    return {way: path for way, path in found.items() if path is not None}


def _ahead(runs: Sequence[Run], asked: Iterable[Way], prefix: str) -> dict[tuple[int, int, int], Counted]:
    """Count the places that already reach the first milestone to come, in every run that awaited it."""
    awaited: dict[int, list[tuple[int, int]]] = {}
    for way in asked:
        for run in runs:
            number = _awaited(way, run.as_of)
            if number is not None:
                awaited.setdefault(run.pk, []).append((way.rule_id, number))
    if not awaited:
        return {}
    conditions = {way.rule_id for way in asked if way.question.measured.type == "boolean"}
    known = Q(measured__isnull=False) & (Q(required__isnull=False) | Q(rule__in=conditions))
    met = known & Q(shortfall__isnull=True) & (~Q(rule__in=conditions) | Q(measured=1))
    wanted = Q()
    for key, pairs in awaited.items():
        for rule, number in pairs:
            wanted |= Q(run=key, rule=rule, milestone=number)
    rows = Finding.objects.filter(wanted, verdict=Verdict.NOT_DUE)
    if any(run.prefix != prefix for run in runs):
        rows = rows.within(prefix, runs[-1].as_of)
    counted = rows.values("run_id", "rule_id", "milestone").annotate(
        met=Count(F("verdict"), filter=met), known=Count(F("verdict"), filter=known), of=Count(F("verdict"))
    )
    return {
        (row["run_id"], row["rule_id"], row["milestone"]): Counted(row["met"], row["known"], row["of"])
        for row in counted
    }


def _awaited(way: Way, day: date) -> int | None:
    """The first milestone to come, where none was due by the day."""
    if any(stage.due is not None and stage.due <= day for stage in way.stages) and not way.is_yearly:
        return None
    return next((stage.milestone for stage in way.stages if way.is_yearly or (stage.due and stage.due > day)), None)


def _path_below(
    way: Way,
    runs: Sequence[Run],
    counts: Mapping[tuple[int, Way], dict[int, dict[str, int]]],
    ahead: Mapping[tuple[int, int, int], Counted],
) -> Path | None:
    seen = []
    for run in runs:
        told = counts.get((run.pk, way), {})
        number = _that_counts(way, told, run.as_of)
        if number is None:
            continue
        counted = _counted(told[number], ahead.get((run.pk, way.rule_id, number)))
        measured = Measured(run.as_of, counted.share, partly=counted.known < counted.asked)
        seen.append(Seen(run, Tally(told[number]).verdict, measured, counted))
    if not seen or seen[-1].run is not runs[-1] or not seen[-1].counted or not seen[-1].counted.asked:
        return None
    dues = tuple((stage.due, stage.milestone, WHOLE) for stage in way.stages if stage.due is not None)
    course = None
    if not way.is_yearly:
        told_dues = tuple(Due(day, required, milestone=number) for day, number, required in dues)
        reached = tuple(one.measured for one in seen)
        course = Course(told_dues, reached, seen[-1].run.as_of, is_share=True, over_places=True)
    return Path(way, tuple(seen), dues, course, Unit(), way.target.subject)


def _that_counts(way: Way, told: Mapping[int, dict[str, int]], day: date) -> int | None:
    """Return the milestone that counted on a day: the last one due, before that the first to come."""
    asked = [stage for stage in way.stages if stage.milestone in told]
    if way.is_yearly:
        return asked[-1].milestone if asked else None
    due = [stage for stage in asked if stage.due is not None and stage.due <= day]
    return due[-1].milestone if due else next((stage.milestone for stage in asked), None)


def _counted(verdicts: Mapping[str, int], ahead: Counted | None) -> Counted:
    met, missed = verdicts.get("met", 0), verdicts.get("not_met", 0) + verdicts.get("attention", 0)
    unknown = verdicts.get("undetermined", 0)
    if ahead is None:
        return Counted(met, met + missed, met + missed + unknown)
    return Counted(met + ahead.met, met + missed + ahead.known, met + missed + unknown + ahead.asked)


class _PlanAlone:
    """The facts of a place of which only the plan's own figures are asked."""

    def __init__(self, book: Rulebook, code: str) -> None:
        self.book, self.code = book, code

    def parameter(self, name: str, _subject: Subject, day: date) -> Value:
        """Return the plan's figure on that day at that place."""
        text = self.book.parameters[name].value_on(day, self.code)
        if text is None:
            return MISSING
        return Decimal(text) if self.book.parameters[name].type == "number" else text


def stated(book: Rulebook, bound: Bound, level: str, code: str, day: date) -> Decimal | None:
    """Return the figure of a bound as the plan states it on a day; None where facts of the place decide it."""
    if any(isinstance(node, Fact | Above | Aggregate | Shift | VerdictOf) for node in walk(bound.node)):
        return None
    trace = evaluate(bound.node, Subject(level, 0, code), day, _PlanAlone(book, code))  # type: ignore[arg-type]
    return trace.value if isinstance(trace.value, Decimal) else None
