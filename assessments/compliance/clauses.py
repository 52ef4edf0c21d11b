"""
A plan clause by clause, as it stands at a place: the targets under each clause with verdicts, numbers and milestones.

Nothing is hidden: a clause without a target says so, a target without a rule in force has its line, and a milestone
that a later one has replaced stays under its clause with the verdict of its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, Q, Sum
from django.utils.translation import gettext as _

from assessments.plans.models import Clause, Force, PlanVersion
from communities.places.models import Level

from . import display, trajectories
from .models import Finding, Run, Verdict
from .outlook import Outlook, outlook
from .printed import PrintedFigure
from .printed import told as told_printed
from .results import ORDER, WORST_FIRST, Line, Results, Tally, added, lines, replaced
from .trajectories import Path, Seen
from .viewpoint import Viewpoint


@dataclass(frozen=True)
class Then:
    """What a run found on a milestone in its time, before a later one replaced it."""

    day: date
    verdict: str
    measured: str
    replaced_on: date


@dataclass(frozen=True)
class ToldLine:
    """
    A target, or one milestone of it, as it stands under its clause.

    `measured` is the number of the place itself; of a statistic about the places below it their sum or mean, which
    `counted` names. `above`: the level of places that are asked, where it lies above the place. `is_repeated`: the
    target stands on the line above with another milestone.
    """

    line: Line
    force: str
    tally: Tally | None
    measured: str = ""
    counted: str = ""
    above: str = ""
    outlook: Outlook | None = None
    then: Then | None = None
    printed: PrintedFigure | None = None
    is_repeated: bool = False

    @property
    def verdict(self) -> str:
        """The verdict of the place itself, empty where the target is about the places below it."""
        return self.tally.verdict if self.tally and self.tally.own else ""

    @property
    def has_bar(self) -> bool:
        """Whether a bar of verdicts says anything beside the number: of a single place that is reported it does not."""
        return self.tally is not None and self.tally.counts != {Verdict.REPORTED: 1}


@dataclass(frozen=True)
class ToldClause:
    """A clause with its targets; none at all is said, not hidden."""

    clause: Clause
    lines: list[ToldLine]

    @property
    def verdict(self) -> str:
        """The worst verdict under the clause, `reported` where it has no target, empty where nothing was judged."""
        if not self.lines:
            return "reported"
        counts = added(told.tally.counts for told in self.lines if told.tally)
        return next((code for code in WORST_FIRST if counts.get(code)), "")


def clauses(seen: Viewpoint, version: PlanVersion) -> list[ToldClause]:
    """Tell the plan at the place (nine queries, one where nothing is published yet)."""
    teller = _Teller(seen, version)
    under: dict[str, list[ToldLine]] = {}
    for line in sorted((*lines(version, seen.day), *replaced(version, seen.day)), key=teller.order):
        anchor = line.question.clause or line.target.clause
        own = under.setdefault(anchor, [])
        own.append(teller.told(line, is_repeated=bool(own) and own[-1].line.target.code == line.target.code))
    described = [ToldClause(clause, under.pop(clause.anchor, [])) for clause in version.clauses.order_by("order")]
    return described + [ToldClause(Clause(anchor=anchor), rest) for anchor, rest in under.items()]


class _Teller:
    """Reads what a run found at the place, once for all lines."""

    def __init__(self, seen: Viewpoint, version: PlanVersion) -> None:
        run = seen.run
        self.seen = seen
        self.codes = {line.target.code: number for number, line in enumerate(lines(version, seen.day))}
        self.totals: Mapping[tuple[int, int], Tally] = Results(seen, run).totals if run else {}
        self.own = _own(seen, run) if run else {}
        self.below = _below(seen, run, lines(version, seen.day)) if run else {}
        self.paths: list[Path] = []
        if run:
            self.paths = trajectories.paths(run, seen.place.pk, seen.place.level, seen.code, yearly=False)

    def order(self, line: Line) -> tuple[int, date, int]:
        """The order of the pack, and of the days by which milestones are due."""
        return self.codes.get(line.target.code, len(self.codes)), line.due or date.min, line.milestone

    def told(self, line: Line, *, is_repeated: bool) -> ToldLine:
        tally, path = self.totals.get(line.key), self._path(line)
        then = _then(path, line) if path else None
        is_awaited = line.question.state == "not_due"
        measured, counted = self._measured(line, tally)
        own = self.own.get(line.key, {})
        return ToldLine(
            line=line,
            force=str(Force(line.question.rule.force).label),
            tally=tally,
            measured=measured,
            counted=counted,
            above=self._above(line),
            outlook=outlook(path, line.milestone) if path and is_awaited else None,
            then=then,
            printed=told_printed(
                own.get("measured"), line.target.printed, line.question.measured.unit, own.get("verdict", "")
            ),
            is_repeated=is_repeated,
        )

    def _path(self, line: Line) -> Path | None:
        own = [path for path in self.paths if path.way.rule_id == line.rule_id]
        return next((path for path in own if line.milestone in path.way.numbers), None)

    def _above(self, line: Line) -> str:
        level = self.seen.place.level
        if level not in ORDER or ORDER.index(line.target.subject) <= ORDER.index(level):
            return ""
        return str(Level(line.target.subject).label)

    def _measured(self, line: Line, tally: Tally | None) -> tuple[str, str]:
        if tally is not None and tally.own:
            if tally.verdict in (Verdict.NOT_APPLICABLE, Verdict.NO_RULE):
                return "", ""
            row = self.own.get(line.key, {})
            said = str((row.get("detail") or {}).get("measured", ""))
            return line.found(row.get("measured"), said, against=row.get("required")), ""
        if not line.is_statistic or line.key not in self.below:
            return "", ""
        return _over_many(self.below[line.key], line)


def _own(seen: Viewpoint, run: Run) -> dict[tuple[int, int], Mapping[str, Any]]:
    """Return the numbers of the place itself."""
    rows = Finding.objects.filter(run=run, place=seen.place)
    told = rows.values("rule_id", "milestone", "verdict", "measured", "required", "detail")
    return {(row["rule_id"], row["milestone"]): row for row in told}


def _below(seen: Viewpoint, run: Run, asked: Iterable[Line]) -> dict[tuple[int, int], Mapping[str, Any]]:
    """Return sum and mean of the statistics about the places below, over how many known and how many unknown."""
    rules = {line.rule_id for line in asked if line.question.test is None and line.target.subject != seen.place.level}
    if not rules:
        return {}
    known = Q(verdict=Verdict.REPORTED, measured__isnull=False)
    unknown = Q(verdict=Verdict.UNDETERMINED)
    rows = Finding.objects.filter(known | unknown, run=run, rule__in=rules)
    told = rows.within(seen.prefix, seen.day).values("rule_id", "milestone")
    told = told.annotate(
        total=Sum("measured", filter=known),
        mean=Avg("measured", filter=known),
        known=Count("measured", filter=known),
        unknown=Count("verdict", filter=unknown),
    )
    return {(row["rule_id"], row["milestone"]): row for row in told if row["known"]}


def _over_many(row: Mapping[str, Any], line: Line) -> tuple[str, str]:
    """Things are added up; shares and numbers per something have a mean; where some are unknown, of those known."""
    unit = line.question.measured.unit
    if line.question.measured.type != "number":
        return "", ""
    if unit is not None and unit.powers and all(power > 0 for _name, power in unit.powers):
        whole, part = _("in all"), _("in all of those known, {known} of {asked}")
        amount = row["total"]
    else:
        whole, part = _("on average"), _("on average of those known, {known} of {asked}")
        amount = row["mean"]
    known, asked = f"{row['known']:,}", f"{row['known'] + row['unknown']:,}"
    return display.quantity(amount, unit), part.format(known=known, asked=asked) if row["unknown"] else whole


def _then(path: Path, line: Line) -> Then | None:
    """What the last run found while this milestone counted; None where it still does, or no run saw it."""
    days = [day for day, _number, _figure in path.dues]
    if line.due is None:
        return None
    after = next((day for day in days if day > line.due), None)
    if after is None or after > path.seen[-1].run.as_of:
        return None
    seen: Seen | None = next((one for one in reversed(path.seen) if line.due <= one.run.as_of < after), None)
    if seen is None:
        return Then(line.due, "", "", after)
    value = seen.measured.value
    is_number = path.over or line.question.measured.type == "number"
    measured = display.quantity(value, path.unit) if value is not None and is_number else ""
    return Then(seen.run.as_of, seen.verdict, measured, after)
