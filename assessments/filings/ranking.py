"""
From totals to grades: who comes before whom, how many may have a grade, and what where totals are equal. Pure.

A grade with a quota is given to the best of those who reach it; who finds no room gets the next one. Where totals are
equal at the edge, the sheet says what is compared in turn; what is still equal then is all in, all out, or decided by
a person, who names who gets the better grade.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from itertools import groupby

from .pack import BASE, BONUS, DEDUCTION, GradeSpec, SheetPack
from .scoring import SheetScore


@dataclass(frozen=True)
class Standing:
    """One filing in the order of the evaluation; `grade` is what it gets, `by_points` what its total alone says."""

    filing: int
    total: Decimal
    compared: tuple[Decimal, ...]
    by_points: str
    grade: str = ""
    is_tied: bool = False

    @property
    def order(self) -> tuple[Decimal, ...]:
        """What is compared, the total first."""
        return (self.total, *self.compared)


@dataclass(frozen=True)
class Ranked:
    """Everybody's grade, the best first; `undecided` are the groups of which a person has to say who is in."""

    standings: tuple[Standing, ...]
    undecided: tuple[tuple[int, ...], ...] = ()


def compared(pack: SheetPack, score: SheetScore) -> tuple[Decimal, ...]:
    """Return what is compared in turn where totals are equal, as the sheet orders it."""
    by_code = {one.section.code: one.reached for one in score.sections}
    kinds = {BASE: score.composite or Decimal(0), BONUS: score.bonus, DEDUCTION: -score.deduction}
    return tuple(by_code.get(name, kinds.get(name, Decimal(0))) for name in pack.ties.order)


def room(grade: GradeSpec, of: int) -> int | None:
    """Return how many of so many filings may have the grade, cut off to whole ones; None without a quota."""
    if not grade.quota:
        return None
    return int((Decimal(grade.quota) * of).to_integral_value(rounding=ROUND_DOWN))


def ranked(pack: SheetPack, standings: Iterable[Standing], chosen: Collection[int] = ()) -> Ranked:
    """Give the grades, from the best down. `chosen` are those of tied filings that a person puts in."""
    left = sorted(standings, key=lambda one: (*(-number for number in one.order), one.filing))
    count, given = len(left), list[Standing]()
    undecided: list[tuple[int, ...]] = []
    rank = {grade.code: number for number, grade in enumerate(pack.grades)}
    for number, grade in enumerate(pack.grades):
        reach = [one for one in left if rank[one.by_points] <= number]
        inside, open_groups, tied = _inside(reach, room(grade, count), pack.ties.then, chosen)
        undecided += open_groups
        given += [replace(one, grade=grade.code, is_tied=one.is_tied or one.filing in tied) for one in inside]
        taken = {one.filing for one in inside}
        left = [replace(one, is_tied=one.is_tied or one.filing in tied) for one in left if one.filing not in taken]
    given += [replace(one, grade=pack.grades[-1].code) for one in left]
    return Ranked(tuple(given), tuple(undecided))


def _inside(
    reach: Sequence[Standing], most: int | None, then: str, chosen: Collection[int]
) -> tuple[list[Standing], list[tuple[int, ...]], set[int]]:
    """Return who gets the grade, the groups still undecided, and all who are equal at the edge."""
    if most is None or len(reach) <= most:
        return list(reach), [], set()
    inside: list[Standing] = []
    for _order, group in groupby(reach, key=lambda one: one.order):
        equal = list(group)
        if len(inside) + len(equal) <= most:
            inside += equal
            continue
        places = most - len(inside)
        if not places:
            break
        tied = {one.filing for one in equal}
        if then == "all_in":
            return inside + equal, [], tied
        if then == "all_out":
            return inside, [], tied
        picked = [one for one in equal if one.filing in chosen]
        undecided = [] if len(picked) == places else [tuple(one.filing for one in equal)]
        return inside + picked[:places], undecided, tied
    return inside, [], set()


def regraded(pack: SheetPack, own: Standing, others: Sequence[Standing]) -> str:
    """
    Return the grade of one filing whose total an appeal has changed, the grades of the others standing.

    It gets what its total says, where there is room, or where somebody has that grade who does not stand before it:
    nobody loses his own by another's appeal.
    """
    start = next(number for number, grade in enumerate(pack.grades) if grade.code == own.by_points)
    for grade in pack.grades[start:]:
        holders = [one for one in others if one.grade == grade.code]
        most = room(grade, len(others) + 1)
        if most is None or len(holders) < most or any(one.order <= own.order for one in holders):
            return grade.code
    return pack.grades[-1].code
