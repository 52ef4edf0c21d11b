"""
Why: putting an explanation together.

The formula is read again from the facts the run kept, with a trace; it must give the stored verdict. Beside it stands
what is behind it (`evidence`).
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from assessments.formulas import MISSING, Absent, Node, Subject, Trace, Value, evaluate
from assessments.formulas.tree import Aggregate
from assessments.plans.models import Clause, Force, PlanVersion
from communities.ground import history, units
from communities.ground.scope import Scope
from communities.ground.units import Unit
from communities.places.models import Place

from . import display, printed, recorded, running, trajectories
from .evidence import Evidence
from .explanation import Explanation, FormulaLine, Other, Past
from .facts import WIDTHS
from .judging import YES, Bound, Question, Way
from .models import Finding, Run, Verdict
from .outlook import outlook, outlooks
from .recorded import Answered, RecordedFacts
from .rulebook import Rulebook, rulebook
from .trajectories import Path, Seen
from .words import SIGNS, Token, Writer

EVERYTHING = Scope.everything()


def explain(
    run: Run, target: str, place: Place, milestone: int | None = None, *, scope: Scope = EVERYTHING
) -> Explanation:
    """
    Say why `target` stands as it does at `place` in `run`; by default for the milestone that counts.

    Of a run by what was known at a moment, the rows behind the facts are those of that moment too. Of other places
    (those it came out of, those above it) rows, changes and members are told only where they lie within `scope`;
    their values and shares are always. Raises ObjectDoesNotExist, in a sentence, where the run has no such finding.
    """
    with history.as_known_at(run.known_at) if run.known_at else nullcontext():
        return _of_run(run, target, place, milestone, scope)


def _of_run(run: Run, target: str, place: Place, milestone: int | None, scope: Scope) -> Explanation:
    book = rulebook(run.version)
    found = Finding.objects.filter(run=run, place=place, rule__target__code=target).order_by("milestone")
    stored = _the_one(list(found), milestone)
    if stored is None:
        message = _("Run {run} has no finding on “{target}” at {place}.")
        raise ObjectDoesNotExist(message.format(run=run.pk, target=target, place=place))
    question = next(q for q in book.questions(run.as_of) if q.target.code == target and q.milestone == stored.milestone)
    code = place.code_on(run.as_of)
    facts = recorded.of_run(book, run, question, code)
    answered = recorded.answer(question, Subject(question.target.subject, place.pk, code), facts)
    told = _Teller(book, run.version, question, place, code, facts, answered, run, scope).tell(stored)
    path = trajectories.path_of(run, target, question.milestone, place.pk, code)
    if path is None:
        return told
    past = tuple(_past(path, seen) for seen in path.seen)
    return replace(told, outlook=outlook(path, question.milestone), milestones=outlooks(path), history=past)


def _past(path: Path, seen: Seen) -> Past:
    """What one published run measured on the way, beside what was required by then, or first to come."""
    known = [(day, figure) for day, _number, figure in path.dues if figure is not None]
    due = [figure for day, figure in known if day <= seen.run.as_of]
    required = due[-1] if due else known[0][1] if known else None
    told = [value if value is None else display.quantity(value, path.unit) for value in (seen.measured.value, required)]
    return Past(seen.run.pk, seen.run.as_of, Verdict(seen.verdict), *(text or "" for text in told))


def _the_one(findings: list[Finding], milestone: int | None) -> Finding | None:
    if milestone is not None:
        return next((finding for finding in findings if finding.milestone == milestone), None)
    return min(findings, key=_place_in_line, default=None)


def _place_in_line(finding: Finding) -> tuple[bool, bool, int]:
    """What applies comes first, what is due before what is not: the last milestone due, or the first to come."""
    is_due = finding.verdict != Verdict.NOT_DUE
    return finding.verdict == Verdict.NOT_APPLICABLE, not is_due, -finding.milestone if is_due else finding.milestone


def explain_now(
    version: PlanVersion,
    target: str,
    place: Place,
    day: date,
    milestone: int | None = None,
    *,
    known_at: datetime | None = None,
    scope: Scope = EVERYTHING,
) -> Explanation:
    """
    Say how `target` stands at `place` as at `day` by what is recorded now, or was at `known_at`. Stores nothing.

    What is told of other places is fenced by `scope` as in `explain`.
    """
    if known_at is None:
        return _as_recorded(version, target, place, day, milestone, scope)
    with history.as_known_at(known_at):
        return replace(_as_recorded(version, target, place, day, milestone, scope), known_at=known_at)


def _as_recorded(
    version: PlanVersion, target: str, place: Place, day: date, milestone: int | None, scope: Scope
) -> Explanation:
    book = rulebook(version)
    code = place.code_on(day)
    asked = tuple(book.questions(day))
    own = [q for q in asked if q.target.code == target and (milestone is None or q.milestone == milestone)]
    own.sort(key=lambda q: q.state == "not_due")
    if not own or not code or own[0].target.subject != place.level:
        raise ObjectDoesNotExist(
            _("“{target}” asks nothing of {place} on {day}.").format(target=target, place=place, day=day)
        )
    question = own[0]
    judging = running.Judging(book, day, code[: WIDTHS[place.level]], asked)
    facts = recorded.of_today(judging)
    answered = recorded.answer(question, Subject(question.target.subject, place.pk, code), facts)
    return _Teller(book, version, question, place, code, facts, answered, None, scope).tell(None)


@dataclass
class _Teller:
    """Puts one explanation together."""

    book: Rulebook
    version: PlanVersion
    question: Question
    place: Place
    code: str
    facts: RecordedFacts
    answered: Answered
    run: Run | None
    scope: Scope

    def __post_init__(self) -> None:
        self.writer = Writer(self.book)
        self.unit: Unit | None = self.question.measured.unit
        self.evidence = Evidence(self.book, self.place, self.code, self.answered, self.run, self.scope, self.writer)

    def tell(self, stored: Finding | None) -> Explanation:
        question, answered = self.question, self.answered
        aggregate = _aggregate_of(answered)
        verdict = Verdict(stored.verdict) if stored is not None else answered.verdict
        changes, more_changes = self.evidence.changes()
        return Explanation(
            target=question.target.code,
            target_label=question.target.label.zh,
            place=self.place,
            code=self.code,
            as_of=self.facts.day,
            milestone=question.milestone,
            due=question.due,
            verdict=verdict,
            sentence=self._sentence(verdict),
            clause=question.clause or question.target.clause,
            clause_text=self._clause_text(),
            document=self.book.pack.document_number or self.book.pack.title.zh,
            force_label=str(Force(question.rule.force).label),
            nature=question.rule.nature,
            unit=units.label(self.unit),
            measured=self._shown(answered.measured.value),
            required=self._shown(answered.required),
            shortfall=self._short(),
            lines=tuple(self._lines()),
            applies=self._applies(),
            scope=question.scope,
            facts=tuple(self.evidence.facts()),
            missing=tuple(self._missing()),
            members=tuple(self.evidence.members(aggregate)),
            members_known=aggregate.known if aggregate else 0,
            members_of=aggregate.of if aggregate else 0,
            provisional=_provisional(aggregate),
            others=tuple(self._others()),
            history=tuple(self._history()),
            agrees=verdict == answered.verdict,
            run=self.run,
            known_at=self.run.known_at if self.run else None,
            changes=changes,
            more_changes=more_changes,
            printed=printed.told(_number(answered.measured.value), question.target.printed, self.unit, verdict),
        )

    def _shown(self, value: Value) -> str:
        if value is MISSING:
            return ""
        if isinstance(value, Decimal) and isinstance(self.answered.required, Decimal):
            other = self.answered.measured.value if value == self.answered.required else self.answered.required
            against = other if isinstance(other, Decimal) else None
            return display.quantity(value, self.unit, against=against)
        return display.shown(value, self.unit, labels=self.writer.labels(self.question.measured))

    def _short(self) -> str:
        """Return what is lacking, of shares in percentage points; empty where nothing is, or it cannot be said."""
        short = self.answered.shortfall
        return display.lacking(short, self.unit) if isinstance(short, Decimal) else self._shown(short)

    def _sentence(self, verdict: Verdict) -> str:
        """Return the verdict in one sentence with its arithmetic."""
        if verdict == Verdict.UNDETERMINED:
            return _("Not known: {facts}.").format(facts="、".join(self._missing()) or _("a fact"))
        if verdict == Verdict.NOT_APPLICABLE:
            return _("The target does not apply here.")
        if verdict == Verdict.NO_RULE:
            return _("No rule is in force on this day.")
        measured, required = self._shown(self.answered.measured.value), self._shown(self.answered.required)
        if not measured:
            return _("Nothing is known of it yet.")
        if not self.question.bounds:
            return _("Found: {measured}.").format(measured=measured)
        said = _("Found {measured}; required {sign} {required}").format(
            measured=measured, sign=self._missed_bound().sign_shown, required=required
        )
        short = self._short()
        return said + (_(", short by {short}.").format(short=short) if short else _("."))

    def _missed_bound(self) -> "_Sign":
        for bound, trace in zip(self.question.bounds, self.answered.bounds, strict=True):
            if trace.value == self.answered.required:
                return _Sign(bound)
        return _Sign(self.question.bounds[0])

    def _clause_text(self) -> str:
        anchor = self.question.clause or self.question.target.clause
        clause = Clause.objects.filter(version=self.version, anchor=anchor).first()
        return clause.text if clause else ""

    def _applies(self) -> str:
        applies = self.question.applies
        return "" if applies is YES else self.writer.words(applies)

    def _lines(self) -> Iterator[FormulaLine]:
        """Yield one line a comparison; for a condition or shares, the parts of the test."""
        test = self.answered.test
        if test is None:
            put_in = tuple(self.writer.put_in(self.answered.measured))
            yield FormulaLine(
                self.question.target.label.zh, self.writer.words(self.question.measured), put_in, Verdict.REPORTED, ""
            )
            return
        for part in test.parts if self._is_conjunction(test) else (test,):
            yield FormulaLine(
                title=self.question.target.label.zh,
                words=self.writer.words(part.node),
                put_in=tuple(self._put_in(part)),
                verdict=self._verdict_of(part.value),
                margin=self._margin(part),
            )

    def _put_in(self, part: Trace) -> Iterator[Token]:
        """Yield a comparison with its numbers; a side that had to be computed also says what it came to."""
        sign = SIGNS.get(getattr(part.node, "name", ""))
        if len(part.parts) != 2 or sign is None:
            yield from self.writer.put_in(part)
            return
        for number, side in enumerate(part.parts):
            if number:
                yield Token(f" {sign} ")
            yield from self.writer.put_in(side)
            if side.parts and not isinstance(side.node, Aggregate):
                yield Token(f" = {self.writer.number_of(side.node, side.value).text}")

    def _is_conjunction(self, test: Trace) -> bool:
        return getattr(test.node, "name", "") == "and"

    def _verdict_of(self, value: Value) -> Verdict:
        if value is MISSING:
            return Verdict.UNDETERMINED
        if isinstance(value, Absent):
            return Verdict.NOT_APPLICABLE
        if value:
            return Verdict.MET
        return Verdict.NOT_DUE if self.question.state == "not_due" else self.question.missed

    def _margin(self, part: Trace) -> str:
        if len(part.parts) != 2:
            return ""
        a, b = (one.value for one in part.parts)
        if not isinstance(a, Decimal) or not isinstance(b, Decimal):
            return ""
        unit = part.parts[0].node.unit
        shown = f"{display.number(a, unit=unit, against=b)} − {display.number(b, unit=unit, against=a)}"
        return f"{shown} = {display.difference(a - b, unit, against=Decimal(0))}".replace("-", "−")

    def _missing(self) -> list[str]:
        """Return the names of what is missing: of the facts themselves, or of the members that lack them."""
        names = []
        for leaf, ways in self.question.reached:
            trace = self._read(leaf)
            if trace.value is MISSING and any(self._is_open(way) for way in ways):
                names.append(self._missing_name(trace))
        return names

    def _read(self, node: Node) -> Trace:
        subject = Subject(self.question.target.subject, self.place.pk, self.code)
        return evaluate(node, subject, self.facts.day, self.facts)

    def _is_open(self, way: Way) -> bool:
        """Say whether none of the branches on the way went to the other side."""
        return all(self._read(condition).value is not (not side) for condition, side in way)

    def _missing_name(self, trace: Trace) -> str:
        name = self.writer.label(trace.node)
        if isinstance(trace.node, Aggregate) and trace.of > trace.known:
            return _("{name} (known of {known} of {of})").format(name=name, known=trace.known, of=trace.of)
        return name

    def _others(self) -> Iterator[Other]:
        if self.run is None:
            return
        labels = {t.code: t.label.zh for t in self.book.pack.targets if t.clause == self.question.target.clause}
        rows = Finding.objects.filter(run=self.run, place=self.place, rule__target__code__in=labels)
        rows = rows.exclude(rule__target__code=self.question.target.code).order_by("rule__target__order", "milestone")
        for code, verdict, milestone in rows.values_list("rule__target__code", "verdict", "milestone"):
            yield Other(code, labels[code], Verdict(verdict), milestone)

    def _history(self) -> Iterator[Past]:
        """Yield the verdicts of the published runs by day, the latest of each; none by another version of the plan."""
        rows = Finding.objects.filter(
            place=self.place,
            rule__target__code=self.question.target.code,
            run__version__plan=self.version.plan_id,
            run__published_at__isnull=False,
        ).exclude(verdict=Verdict.NOT_DUE, milestone__gt=0)
        rows = rows.order_by("run__as_of", "-run_id").distinct("run__as_of")
        for row in rows.values("run_id", "run__as_of", "run__version", "verdict", "measured", "required"):
            if row["run__version"] != self.version.pk:
                continue
            told = [self._past(row["measured"]), self._past(row["required"])]
            yield Past(row["run_id"], row["run__as_of"], Verdict(row["verdict"]), *told)

    def _past(self, value: Decimal | None) -> str:
        return "" if value is None else display.quantity(value, self.unit)


@dataclass(frozen=True)
class _Sign:
    bound: Bound

    @property
    def sign_shown(self) -> str:
        return {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}[self.bound.sign]


def _provisional(aggregate: Trace | None) -> str:
    if aggregate is None or aggregate.provisional is None:
        return ""
    return display.shown(aggregate.provisional, aggregate.node.unit)


def _aggregate_of(answered: Answered) -> Trace | None:
    found = [trace for trace in _every(answered.measured) if isinstance(trace.node, Aggregate)]
    return found[0] if found else None


def _every(trace: Trace) -> Iterator[Trace]:
    yield trace
    for part in trace.parts:
        yield from _every(part)


def _number(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
