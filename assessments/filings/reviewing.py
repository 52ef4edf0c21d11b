"""
Reviewing and checking: item by item the points are accepted, adjusted with a reason, or the item is returned.

Which column is written follows from where the filing is: with the street, with the district, or waiting for its grade.
Every mark stays; a changed one says why and by whom.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.plans.models.reported import DECIMAL
from communities.ground import clock
from communities.ground.models import User

from . import marks, permitting
from .arithmetic import points as shown
from .flow import Action, State, Work
from .models import Filing, ItemReturn, Mark, Outcome, SheetItem, Stage, Step
from .steps import as_it_stands, locked, record, take, words

WORK_OF = {
    State.FILED: Work.MARK_STREET,
    State.REVIEWED: Work.MARK_DISTRICT,
    State.CHECKED: Work.MARK_FINAL,
}


@transaction.atomic
def accept(filing: Filing, items: Iterable[SheetItem] | None, by: User) -> int:
    """
    Accept the points of the stage before for these items, or for all that wait and can be accepted; return how many.

    Raises ValidationError where an item that was named has no points yet: somebody has to give them.
    """
    own, stage = _begun(filing, by)
    found = marks.columns(own)
    if items is None:
        waiting = marks.waiting(own, stage, found)
        chosen = [item for item in waiting if _acceptable(found, item, stage)]
    else:
        chosen = list(items)
        for item in chosen:
            if not _acceptable(found, item, stage):
                raise ValidationError(
                    _("{item} has no points yet; give them, with the reason.").format(item=item.label)
                )
    Mark.objects.bulk_create([marks.copied(_before(found, item, stage), stage, by) for item in chosen])
    return len(chosen)


def accept_one(filing: Filing, item: SheetItem, by: User) -> bool:
    """Accept one item where it has points; say whether it had."""
    try:
        return bool(accept(filing, [item], by))
    except ValidationError:
        return False


@transaction.atomic
def adjust(filing: Filing, item: SheetItem, points: str | None, reason: str, by: User) -> Mark:
    """
    Give the item other points than the stage before, or the first ones; None: it does not apply.

    Raises ValidationError for points the sheet does not allow, and without a reason where points change.
    """
    own, stage = _begun(filing, by)
    _refuse_foreign(own, item, stage)
    outcome, given = read_points(item, points)
    found = marks.columns(own)
    before = _last_before(found, item, stage)
    differs = before is not None and (before.outcome, before.points) != (outcome, given)
    if differs or before is None:
        reason = words(reason, what=_("Say why the item has these points."))
    mark = marks.give(
        own, item, stage, outcome=outcome, points=given, by=by, reason=reason.strip(), is_adjusted=differs
    )
    mark.save()
    if differs:
        record("filing.adjust", own, by, item=item.code, stage=stage.value)
    return mark


@transaction.atomic
def return_item(filing: Filing, item: SheetItem, reason: str, by: User) -> ItemReturn:
    """Mark the item to be returned, with what is to be mended; the filing goes back with `give_back`."""
    own, stage = _begun(filing, by)
    if stage == Stage.FINAL or (marks.is_outside(item) and stage == Stage.STREET):
        raise ValidationError(_("{item} is not returned here.").format(item=item.label))
    if own.returns.filter(item=item, answered_at__isnull=True).exists():
        raise ValidationError(_("{item} is marked to be returned already.").format(item=item.label))
    why = words(reason, what=_("Say what is to be mended."))
    seen = own.answers.filter(item=item).values_list("version", flat=True).first() or 0
    made: ItemReturn = ItemReturn.objects.create(
        filing=own, item=item, stage=stage, reason=why, answer_version=seen, by=by, at=clock.now()
    )
    record("filing.return_item", own, by, item=item.code, stage=stage.value)
    return made


@transaction.atomic
def keep_item(returned: ItemReturn, by: User) -> None:
    """Take the return of an item back, as long as the filing has not gone back."""
    own, _stage = _begun(returned.filing, by)
    if returned.answered_at is not None:
        raise ValidationError(_("This was answered already, when the filing was filed again."))
    ItemReturn.objects.filter(pk=returned.pk, answered_at__isnull=True).delete()
    record("filing.keep_item", own, by, item=returned.item.code)


@transaction.atomic
def give_back(filing: Filing, reason: str, by: User) -> Step:
    """Return the filing for mending: from the street to the community, or from the district to both."""
    own = locked(filing)
    action = Action.SEND_BACK if own.state == State.REVIEWED else Action.RETURN
    line = permitting.refuse(own, action, by, reason=reason)
    return take(own, line, by=by, reason=words(reason), frozen=as_it_stands(own))


@transaction.atomic
def review(filing: Filing, by: User) -> Step:
    """Conclude the review by the street: every item has its points."""
    own = locked(filing)
    return take(own, permitting.refuse(own, Action.REVIEW, by), by=by, frozen=as_it_stands(own))


@transaction.atomic
def check(filing: Filing, by: User) -> Step:
    """
    Conclude the check by the district.

    Where the filing was not drawn, the street's points are taken over for what the district has not looked at.
    """
    own = locked(filing)
    line = permitting.refuse(own, Action.CHECK, by)
    found = marks.columns(own)
    rest = [
        item for item in marks.items_of(own.cycle) if marks.standing(found.get(item.pk, {}), Stage.DISTRICT) is None
    ]
    taken = [_last_before(found, item, Stage.DISTRICT) for item in rest]
    Mark.objects.bulk_create([marks.copied(mark, Stage.DISTRICT, by) for mark in taken if mark is not None])
    return take(own, line, by=by, frozen=as_it_stands(own))


def check_many(filings: Iterable[Filing], by: User) -> list[tuple[Filing, list[str]]]:
    """Conclude the check of several filings, each by itself; return each with what was in the way."""
    found: list[tuple[Filing, list[str]]] = []
    for filing in filings:
        try:
            check(filing, by)
        except ValidationError as error:
            found.append((filing, error.messages))
        else:
            found.append((filing, []))
    return found


def _begun(filing: Filing, by: User) -> tuple[Filing, Stage]:
    """Return the filing, locked, and the stage whose marks are given now."""
    own = locked(filing)
    work = WORK_OF.get(State(own.state), Work.MARK_STREET)
    permitting.refuse_work(own, work, by)
    return own, marks.STAGE_OF[State(own.state)]


def _refuse_foreign(filing: Filing, item: SheetItem, stage: Stage) -> None:
    if item.version_id != filing.cycle.sheet_version_id:
        raise ValidationError(_("This item belongs to another sheet."))
    if stage == Stage.STREET and marks.is_outside(item):
        raise ValidationError(_("This item is scored by {who}.").format(who=item.scorer))


def read_points(item: SheetItem, points: str | None) -> tuple[str, Decimal | None]:
    """Return outcome and points of what was typed; None: it does not apply. Raises ValidationError in words."""
    if points is None:
        if not item.may_not_apply:
            raise ValidationError(_("This item applies to every community; it cannot be left out."))
        return Outcome.NOT_APPLICABLE, None
    if not DECIMAL.fullmatch(points.strip()):
        raise ValidationError(
            _("“{text}” is not a number: digits, and a point before the decimals.").format(text=points[:40])
        )
    given = Decimal(points.strip())
    if not 0 <= given <= item.full or given != given.quantize(Decimal("0.01")):
        told = _("“{name}” has 0 to {full} points; {points} were given.")
        raise ValidationError(told.format(name=item.label, full=shown(item.full), points=points.strip()))
    return Outcome.SCORED, given


def _last_before(found: marks.Columns, item: SheetItem, stage: Stage) -> Mark | None:
    earlier = marks.STAGES[marks.STAGES.index(stage) - 1]
    return marks.up_to(found.get(item.pk, {}), earlier)


def _acceptable(found: marks.Columns, item: SheetItem, stage: Stage) -> bool:
    before = _last_before(found, item, stage)
    return before is not None and before.outcome != Outcome.OPEN


def _before(found: marks.Columns, item: SheetItem, stage: Stage) -> Mark:
    before = _last_before(found, item, stage)
    if before is None:
        raise ValidationError(_("{item} has no points yet; give them, with the reason.").format(item=item.label))
    return before
