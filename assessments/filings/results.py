"""
Results as they are read: the four totals of a community, what was deducted, the order with its quotas, the notice.

A total of a stage adds up what counted at that stage. What community and street do not score leaves the points and the
full marks of their columns alike; where an item of theirs has no points, there is no total.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import grading, marks, scoring, telling
from .answered import pack_of
from .models import Cycle, Filing, SectionKind, SheetItem, Stage
from .ranking import room


@dataclass(frozen=True)
class Deducted:
    """An item that did not get its full marks, and how many it lost."""

    item: SheetItem
    points: Decimal


@dataclass(frozen=True)
class Result:
    """The result of one community: its grade in words, the total of each stage, what was deducted."""

    filing: Filing
    grade: str
    totals: list[Decimal | None]
    deducted: list[Deducted]

    @property
    def most(self) -> list[Deducted]:
        """The three items that lost most."""
        return sorted(self.deducted, key=lambda one: -one.points)[:3]

    @property
    def more(self) -> int:
        """How many items lost points beside those three."""
        return max(len(self.deducted) - 3, 0)


@dataclass(frozen=True)
class Room:
    """A grade, from which total on, how many have it and how many may have it; `most` is None without a quota."""

    label: str
    bound: str
    used: int
    most: int | None


@dataclass(frozen=True)
class Placed:
    """A community in the order: its place, its total, what it gets and what its total alone says."""

    place: int
    filing: Filing
    total: Decimal
    grade: str
    by_points: str
    is_tied: bool
    is_chosen: bool
    vetoes: list[str]


def results_of(cycle: Cycle, filings: Iterable[Filing]) -> list[Result]:
    """Return the results of these filings; two queries whatever their number."""
    rows = list(filings)
    found, items = marks.columns_of(rows), marks.items_of(cycle)
    names = grades_of(cycle)
    return [_result(one, found.get(one.pk, {}), items, names) for one in rows]


def _result(filing: Filing, found: marks.Columns, items: list[SheetItem], names: dict[str, str]) -> Result:
    pack = pack_of(filing)
    totals = [scoring.add_up(pack, _points(found, stage, items)).total for stage in marks.STAGES]
    totals[-1] = filing.total
    last = marks.points_of(found, Stage.FINAL, items)
    counted = [item for item in items if item.section.kind != SectionKind.BONUS]
    lost = [Deducted(item, item.full - given) for item in counted if (given := last.get(item.code)) is not None]
    return Result(filing, names.get(filing.grade, filing.grade), totals, [one for one in lost if one.points > 0])


def _points(found: marks.Columns, stage: Stage, items: list[SheetItem]) -> dict[str, Decimal | None]:
    """Return the points of a stage; what others score does not apply in the first two columns."""
    given = marks.points_of(found, stage, items)
    if stage not in (Stage.SELF, Stage.STREET):
        return given
    return given | {item.code: None for item in items if marks.is_outside(item)}


def grades_of(cycle: Cycle) -> dict[str, str]:
    """Return the grades of the sheet by their codes, in the reader's language."""
    return {one.code: telling.named(one.label) for one in pack_of(cycle).grades}


def placed(cycle: Cycle, found: grading.Ranking) -> list[Placed]:
    """Return the order; who is equal in total stands at the same place."""
    names = grades_of(cycle)
    rows: list[Placed] = []
    for number, row in enumerate(found.rows, start=1):
        is_equal = bool(rows) and rows[-1].total == row.total
        rows.append(
            Placed(
                place=rows[-1].place if is_equal else number,
                filing=row.filing,
                total=row.total,
                grade=names[row.grade],
                by_points=names[row.by_points],
                is_tied=row.is_tied,
                is_chosen=row.filing.pk in cycle.chosen,
                vetoes=[one.veto.label for one in row.filing.vetoes.all()],
            )
        )
    return rows


def rooms(cycle: Cycle, found: grading.Ranking) -> list[Room]:
    """Return every grade with how many have it and how many may."""
    given = [row.grade for row in found.rows]
    return [
        Room(telling.named(one.label), one.at_least, given.count(one.code), room(one, len(given)))
        for one in pack_of(cycle).grades
    ]
