"""
The facts of a run, or of this moment, for the reading with a trace.

A run's come out of its snapshot: what it saw, whatever has changed since. This moment's are gathered as a run would,
for one place and what stands above and below it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from assessments.formulas import MISSING, Fact, Node, Origin, Subject, Trace, Value, evaluate
from assessments.formulas.tree import visited
from communities.ground.metrics import PLACE_LEVELS

from . import running
from .facts import WIDTHS, FactTables
from .judging import Answers, Question, judge, shortfall, that_counts
from .models import Finding, Run, Snapshot, Verdict
from .rulebook import Rulebook

NOT_ASKED = (Verdict.NOT_APPLICABLE, Verdict.UNDETERMINED, Verdict.NO_RULE)
Row = tuple[str, int, date, str, dict[str, Any]]


@dataclass
class RecordedFacts:
    """Facts of subjects by level, id and day. Implements `formulas.Facts`."""

    book: Rulebook
    day: date
    rows: dict[tuple[str, int, date], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    verdicts: dict[tuple[str, int], str] = field(default_factory=dict)
    asked: tuple[Question, ...] = ()

    @classmethod
    def of(cls, book: Rulebook, day: date, rows: Iterable[Row]) -> "RecordedFacts":
        """Return the facts in `rows`: level, id, day, code, values by key."""
        return cls(book, day, {(level, id, on): (code, facts) for level, id, on, code, facts in rows})

    def exists(self, subject: Subject, day: date) -> bool:
        """Say whether the subject stood on that day."""
        return (subject.level, subject.id, day) in self.rows

    def fact(self, subject: Subject, fact: Fact, day: date) -> Value:
        """Return the value of `fact`; MISSING where it is not recorded."""
        _code, facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        return typed(facts.get(fact.key), fact.type)

    def origins(self, subject: Subject, day: date, earlier: date) -> Sequence[Origin]:
        """Return what the subject was made of on the earlier day: itself, or the places it came out of."""
        _code, facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        parts = facts.get(f"{running.ORIGINS}{earlier}")
        if parts is None:
            return [Origin(subject)]
        return [
            Origin(self._subject(subject.level, part["id"], earlier), Decimal(part["share"]), part["sole"])
            for part in parts
        ]

    def _subject(self, level: str, id: int, day: date) -> Subject:
        code, _facts = self.rows.get((level, id, day), ("", {}))
        return Subject(level, id, code)

    def members(self, subject: Subject, over: str, day: date) -> Sequence[Subject]:
        """Return what stands under the subject, in the order of the codes."""
        code, _facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        prefix = code[: WIDTHS[subject.level]]
        found = [
            Subject(level, id, own)
            for (level, id, when), (own, _values) in self.rows.items()
            if level == over and when == day and prefix and own.startswith(prefix)
        ]
        return sorted(found, key=lambda member: (member.code, member.id))

    def above(self, subject: Subject, level: str, day: date) -> Subject | None:
        """Return the place of `level` the subject stands in on that day."""
        code, _facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        wanted = code[: WIDTHS[level]].ljust(12, "0")
        for (own_level, id, when), (own, _values) in self.rows.items():
            if own_level == level and when == day and own == wanted:
                return Subject(level, id, own)
        return None

    def parameter(self, name: str, subject: Subject, day: date) -> Value:
        """Return the plan's figure in force on that day at that place."""
        parameter = self.book.parameters[name]
        code, _facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        text = parameter.value_on(day, code)
        if parameter.type == "set" and text is not None:
            return frozenset(part.strip() for part in text.split(";") if part.strip())
        if parameter.type == "boolean" and text is not None:
            return text == "true"
        return typed(text, parameter.type)

    def verdict(self, subject: Subject, target: str) -> Value:
        """Return the verdict of another target about the subject: the run's, or as judged from these facts."""
        if (target, subject.id) not in self.verdicts:
            asked = [question for question in self.asked if question.target.code == target]
            told = [(question.milestone, str(answer(question, subject, self).verdict)) for question in asked]
            self.verdicts[target, subject.id] = that_counts(told)
        return self.verdicts.get((target, subject.id)) or MISSING


@dataclass(frozen=True)
class Answered:
    """One question answered for one subject, with the trace of every formula."""

    verdict: Verdict
    applies: Trace
    measured: Trace
    test: Trace | None
    bounds: tuple[Trace, ...]
    required: Value
    shortfall: Value


def answer(question: Question, subject: Subject, facts: "RecordedFacts") -> Answered:
    """Read every formula of `question` about `subject` and judge, in Python."""
    day = facts.day

    def read(node: Node) -> Trace:
        return evaluate(node, subject, day, facts)

    applies, measured = read(question.applies), read(question.measured)
    test = read(question.test) if question.test is not None else None
    attention = read(question.attention).value if question.attention is not None else False
    bounds = tuple(read(bound.node) for bound in question.bounds)
    verdict = judge(question, Answers(applies.value, test.value if test else measured.value, attention))
    required, short = shortfall(question, measured.value, [bound.value for bound in bounds])
    missed = test is not None and test.value is False and verdict not in NOT_ASKED
    return Answered(verdict, applies, measured, test, bounds, required, short if missed else MISSING)


def typed(value: Any, kind: str) -> Value:
    """Return a stored value in its type; MISSING for none."""
    if value is None:
        return MISSING
    if kind == "number":
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "set":
        return frozenset(value)
    return bool(value) if kind == "boolean" else str(value)


def of_run(book: Rulebook, run: Run, question: Question, code: str) -> RecordedFacts:
    """Return the facts `run` read for one question about the place of `code` (two queries, three for other days)."""
    level = question.target.subject
    read = {pair for node in question.nodes for pair in visited(node, level, run.as_of)}
    rows = Snapshot.objects.filter(run=run, level__in={one for one, _day in read} | set(PLACE_LEVELS))
    codes = {code}
    if any(day != run.as_of for _level, day in read):
        own = rows.filter(level=level, day=run.as_of, code=code).values("subject_id")
        codes |= set(rows.filter(level=level, subject_id__in=own).values_list("code", flat=True))
    near = Q()
    for one in codes:
        above = [one[:width].ljust(12, "0") for width in WIDTHS.values()]
        near |= Q(code__startswith=one[: WIDTHS[level]]) | Q(code__in=above)
    found = _read_rows(rows if _looks_wide(question) else rows.filter(near))
    facts = RecordedFacts.of(book, run.as_of, found + _came_from(rows, found))
    facts.verdicts = _verdicts(run, question)
    return facts


def _read_rows(rows: QuerySet[Snapshot]) -> list[Row]:
    return list(rows.values_list("level", "subject_id", "day", "code", "facts"))


def _came_from(rows: QuerySet[Snapshot], found: list[Row]) -> list[Row]:
    """Return the rows of the places that those found came out of, with what stands below and above these."""
    there = {(level, id, day) for level, id, day, _code, _facts in found}
    wanted = {
        (level, part["id"], day)
        for level, _id, _day, _code, facts in found
        for name, named in facts.items()
        if name.startswith(running.ORIGINS)
        for part, day in [(one, date.fromisoformat(name.removeprefix(running.ORIGINS))) for one in named]
    } - there
    if not wanted:
        return []
    more = Q()
    for level, id, day in sorted(wanted):
        more |= Q(level=level, subject_id=id, day=day)
    came = _read_rows(rows.filter(more))
    beside = Q()
    for level, _id, day, code, _facts in came:
        if code:
            above = [code[:width].ljust(12, "0") for width in WIDTHS.values()]
            beside |= Q(day=day) & (Q(code__startswith=code[: WIDTHS[level]]) | Q(code__in=above))
    return came + (_read_rows(rows.filter(beside)) if beside else [])


def _looks_wide(question: Question) -> bool:
    return any(running.looks_aside(node) for node in question.nodes)


def _verdicts(run: Run, question: Question) -> dict[tuple[str, int], str]:
    names = {name for node in question.nodes for name in node.verdicts}
    if not names:
        return {}
    found = Finding.objects.filter(run=run, rule__target__code__in=names)
    told: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for target, place, milestone, verdict in found.values_list(
        "rule__target__code", "place_id", "milestone", "verdict"
    ):
        told.setdefault((target, place), []).append((milestone, verdict))
    return {key: that_counts(verdicts) for key, verdicts in told.items()}


def of_today(judging: running.Judging) -> RecordedFacts:
    """Return the facts as recorded now for the places of `judging`, which is narrow, without leaving anything."""
    with transaction.atomic():
        tables = judging.tables("now")
        tables.build()
        rows = [row for level in sorted({level for level, _d in tables.rows}) for row in _read(tables, level)]
        tables.drop()
    facts = RecordedFacts.of(judging.book, judging.day, rows)
    facts.asked = judging.asked
    return facts


def _read(tables: FactTables, level: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, day, code, ({running.facts_sql(tables, level)})::text FROM {tables.table(level)} f")
        return [(level, id, day, code, json.loads(facts)) for id, day, code, facts in cursor.fetchall()]
