"""
Grading: all filings of an evaluation at once, by the points that counted last, and certified by a named person.

Only here the four columns end in a total: points reached over points that apply, bonus, deductions, rounding, grade and
quota are the sheet's. The grades may be taken back with a reason until they are on public notice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground.models import User

from . import marks, permitting, scoring
from .answered import pack_of
from .flow import Action, State
from .models import Cycle, Filing, Mark, SheetItem, Stage
from .ranking import Standing, compared, ranked
from .steps import as_it_stands, locked_cycle, take_all, words

LONGEST_NAME = 60


@dataclass(frozen=True)
class Row:
    """One community in the order of the evaluation; `grade` is what it gets, `by_points` what its total alone says."""

    filing: Filing
    total: Decimal
    by_points: str
    grade: str
    is_tied: bool


@dataclass(frozen=True)
class Ranking:
    """The order of an evaluation; `unscored` lacks points of an item, `undecided` are equal at the edge of a quota."""

    rows: tuple[Row, ...]
    unscored: tuple[tuple[Filing, tuple[str, ...]], ...]
    undecided: tuple[tuple[Filing, ...], ...]


def score_of(filing: Filing, found: marks.Columns, items: Sequence[SheetItem]) -> scoring.SheetScore:
    """Return what the points that counted last add up to."""
    vetoes = frozenset(one.veto.code for one in filing.vetoes.all())
    return scoring.add_up(pack_of(filing), marks.points_of(found, Stage.FINAL, items), vetoes)


def ranking(cycle: Cycle, chosen: Collection[int] | None = None) -> Ranking:
    """
    Return the order and the grades as they would be given now; a fixed number of queries.

    `chosen` are the keys of those of tied filings that get the better grade; None: those that were chosen at last.
    """
    filings, scores = _scored(cycle)
    whole = {key: score for key, score in scores.items() if score.total is not None}
    order = ranked(pack_of(cycle), _standings(cycle, whole), cycle.chosen if chosen is None else chosen)
    by_key = {filing.pk: filing for filing in filings}
    return Ranking(
        rows=tuple(Row(by_key[s.filing], s.total, s.by_points, s.grade, s.is_tied) for s in order.standings),
        unscored=tuple(
            (by_key[key], tuple(one.item.label.zh for one in score.open))
            for key, score in scores.items()
            if score.total is None
        ),
        undecided=tuple(tuple(by_key[key] for key in group) for group in order.undecided),
    )


def _scored(cycle: Cycle) -> tuple[list[Filing], dict[int, scoring.SheetScore]]:
    rows = cycle.filings.exclude(state=State.SET_ASIDE).select_related("place").prefetch_related("vetoes__veto")
    filings = list(rows.order_by("pk"))
    for filing in filings:
        filing.cycle = cycle
    found, items = marks.columns_of(filings), marks.items_of(cycle)
    return filings, {filing.pk: score_of(filing, found.get(filing.pk, {}), items) for filing in filings}


def _standings(cycle: Cycle, scores: dict[int, scoring.SheetScore]) -> list[Standing]:
    return [standing(cycle, key, score) for key, score in scores.items()]


def standing(cycle: Cycle, key: int, score: scoring.SheetScore, grade: str = "") -> Standing:
    """Return where one filing stands by its score; raises ValidationError where an item has no points."""
    if score.total is None or score.grade is None:
        named = _(", ").join(one.item.label.zh for one in score.open)
        raise ValidationError(_("No points yet: {items}.").format(items=named))
    return Standing(key, score.total, compared(pack_of(cycle), score), score.grade.code, grade)


def standings_given(cycle: Cycle) -> list[Standing]:
    """Return where the filings stand that are graded, with the grades they have."""
    filings, scores = _scored(cycle)
    return [standing(cycle, one.pk, scores[one.pk], one.grade) for one in filings if one.grade]


def what_is_undecided(cycle: Cycle) -> list[str]:
    """Return why the grades cannot be given: points that nobody gave, ties that somebody has to decide."""
    found = ranking(cycle)
    told = [
        _("{community}: no points yet: {items}.").format(community=filing.place, items=_(", ").join(items))
        for filing, items in found.unscored
    ]
    return told + [_tie(group) for group in found.undecided]


def _tie(group: Sequence[Filing]) -> str:
    told = _(
        "Equal at the edge of the quota: {places}. The sheet leaves it to a person: say who gets the better grade."
    )
    return told.format(places=_(", ").join(str(filing.place) for filing in group))


@transaction.atomic
def grade(cycle: Cycle, *, certified_by: str, chosen: Sequence[int] = (), by: User) -> list[Filing]:
    """
    Give all grades; return the filings. `chosen` are the keys of those of tied filings that get the better grade.

    Raises PermissionDenied, and ValidationError in words: who is not checked, what has no points, ties undecided,
    nobody who certifies.
    """
    own, filings = locked_cycle(cycle)
    permitting.refuse_organising(own, by)
    own.certified_by = words(certified_by, what=_("Say who certifies the result."), most=LONGEST_NAME)
    own.chosen = sorted(chosen)
    own.save(update_fields=["certified_by", "chosen"])
    concerned = [filing for filing in filings if filing.state == State.CHECKED]
    if concerned:
        permitting.refuse(concerned[0], Action.GRADE, by)
    _settle(own, concerned, by)
    by_key = {filing.pk: filing for filing in concerned}
    for row in ranking(own).rows:
        by_key[row.filing.pk].total, by_key[row.filing.pk].grade = row.total, row.grade
    return take_all(filings, Action.GRADE, by=by, frozen={one.pk: as_it_stands(one) for one in concerned})


def _settle(cycle: Cycle, filings: list[Filing], by: User) -> None:
    """Write the last column: whatever counts so far becomes final."""
    found, items = marks.columns_of(filings), marks.items_of(cycle)
    new: list[Mark] = []
    for filing in filings:
        of_filing = found.get(filing.pk, {})
        for item in items:
            last = marks.up_to(of_filing.get(item.pk, {}), Stage.FINAL)
            if last is not None and last.stage != Stage.FINAL:
                new.append(marks.copied(last, Stage.FINAL, by))
    Mark.objects.bulk_create(new)


@transaction.atomic
def regrade(cycle: Cycle, reason: str, by: User) -> list[Filing]:
    """Take all grades back, with a reason, before they are on public notice."""
    own, filings = locked_cycle(cycle)
    why = words(reason)
    done = take_all(filings, Action.REGRADE, by=by, reason=why)
    for filing in done:
        filing.total, filing.grade = None, ""
        filing.save(update_fields=["total", "grade"])
    own.certified_by, own.chosen = "", []
    own.save(update_fields=["certified_by", "chosen"])
    return done
