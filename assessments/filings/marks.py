"""
Marks: the four columns of a filing (self, street, district, final), and which of them still have to be given.

A mark rests on the one of the stage before it. Where that one is younger, because the item was filed or reviewed
again, the mark counts no more: the item waits for its stage once again.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from communities.ground import clock
from communities.ground.models import User

from .flow import State
from .models import Cycle, Filing, ItemReturn, Mark, Outcome, SheetItem, Stage
from .scoring import ItemScore

Columns = dict[int, dict[Stage, Mark]]

HUNDREDTH = Decimal("0.01")
STAGES = (Stage.SELF, Stage.STREET, Stage.DISTRICT, Stage.FINAL)
# In which state the marks of a stage are given.
STAGE_OF = {State.FILED: Stage.STREET, State.REVIEWED: Stage.DISTRICT, State.CHECKED: Stage.FINAL}
BY_COMMUNITY = frozenset({"community", "street"})  # whoever scores these items, the community answers them


def columns(filing: Filing) -> Columns:
    """Return the latest mark of each stage by the key of the item; one query."""
    return columns_of([filing]).get(filing.pk, {})


def columns_of(filings: Iterable[Filing]) -> dict[int, Columns]:
    """Return the columns of several filings by their keys; one query."""
    keys = [filing.pk for filing in filings]
    rows = Mark.objects.filter(filing__in=keys).order_by("filing_id", "item_id", "stage", "-pk")
    found: dict[int, Columns] = {}
    for mark in rows.distinct("filing_id", "item_id", "stage").select_related("by"):
        found.setdefault(mark.filing_id, {}).setdefault(mark.item_id, {})[Stage(mark.stage)] = mark
    return found


def history(filing: Filing, item: SheetItem) -> list[Mark]:
    """Return every mark that was ever given to the item, the first one first."""
    return list(Mark.objects.filter(filing=filing, item=item).select_related("by").order_by("pk"))


def standing(of_item: Mapping[Stage, Mark], stage: Stage) -> Mark | None:
    """Return the mark of the stage where it counts: no stage before it has marked the item since."""
    own = of_item.get(stage)
    before = [of_item[one] for one in STAGES[: STAGES.index(stage)] if one in of_item]
    return own if own is not None and all(mark.pk < own.pk for mark in before) else None


def up_to(of_item: Mapping[Stage, Mark], stage: Stage) -> Mark | None:
    """Return the mark that counts so far, of this stage or the last one before it."""
    until = STAGES[: STAGES.index(stage) + 1]
    return next((mark for one in reversed(until) if (mark := standing(of_item, one)) is not None), None)


def is_outside(item: SheetItem) -> bool:
    """Whether neither community nor street says anything to the item: the district, the city or a department does."""
    return item.scorer not in BY_COMMUNITY


def items_of(cycle: Cycle) -> list[SheetItem]:
    """Return the items of the sheet in their order."""
    return list(SheetItem.objects.filter(version=cycle.sheet_version_id).select_related("section").order_by("order"))


def waiting(filing: Filing, stage: Stage, marked: Columns | None = None) -> list[SheetItem]:
    """
    Return the items that wait for a mark of the stage.

    The street: all that the community answers. The district: what it or a department scores itself, and every item
    where the filing is to be checked whole. At the end: whatever nobody gave points yet.
    """
    found = columns(filing) if marked is None else marked
    return [item for item in items_of(filing.cycle) if _waits(item, filing, stage, found.get(item.pk, {}))]


def _waits(item: SheetItem, filing: Filing, stage: Stage, of_item: Mapping[Stage, Mark]) -> bool:
    given = standing(of_item, stage)
    if stage == Stage.FINAL:
        so_far = up_to(of_item, stage)
        return so_far is None or so_far.outcome == Outcome.OPEN
    if given is not None:
        return given.outcome == Outcome.OPEN
    if stage == Stage.STREET:
        return not is_outside(item)
    if item.scorer == "city":
        return False
    return is_outside(item) or is_checked_whole(filing)


def is_checked_whole(filing: Filing) -> bool:
    """Whether the district marks every item: the filing was drawn, or nothing was drawn in its district."""
    if filing.is_sampled:
        return True
    return not any(filing.pk in draw.among for draw in filing.cycle.draws.only("among"))


def give(
    filing: Filing,
    item: SheetItem,
    stage: Stage,
    *,
    outcome: str,
    points: Decimal | None,
    by: User,
    reason: str = "",
    is_adjusted: bool = False,
) -> Mark:
    """Return a mark, not yet saved."""
    return Mark(
        filing=filing,
        item=item,
        stage=stage,
        outcome=outcome,
        points=points if outcome == Outcome.SCORED else None,
        is_adjusted=is_adjusted,
        reason=reason,
        by=by,
        at=clock.now(),
    )


def copied(mark: Mark, stage: Stage, by: User) -> Mark:
    """Return the same points as a mark of another stage, not yet saved."""
    return Mark(
        filing_id=mark.filing_id,
        item_id=mark.item_id,
        stage=stage,
        outcome=mark.outcome,
        points=mark.points,
        by=by,
        at=clock.now(),
    )


def of_score(filing: Filing, item: SheetItem, score: ItemScore, by: User) -> Mark:
    """
    Return what the community's own answers come to as its mark, not yet saved.

    Points in proportion are rounded to the two decimals that the columns show, so that a column adds up as printed.
    """
    points = score.points.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    return give(filing, item, Stage.SELF, outcome=score.state.value, points=points, by=by)


def points_of(marked: Columns, stage: Stage, items: Iterable[SheetItem]) -> dict[str, Decimal | None]:
    """
    Return the points that count so far, by the code of the item: None where it does not apply.

    An item that nobody gave points is not in it.
    """
    found = {item.code: up_to(marked.get(item.pk, {}), stage) for item in items}
    return {code: mark.points for code, mark in found.items() if mark is not None and mark.outcome != Outcome.OPEN}


def open_returns(filing: Filing) -> list[ItemReturn]:
    """Return the items that were returned and not filed again."""
    return list(filing.returns.filter(answered_at__isnull=True).select_related("item", "by").order_by("item__order"))
