"""
Appeals: a community brings something forward against its result, and somebody who had no part in it decides.

A granted appeal gives items other points; they are added as marks, so that every earlier one stays to be seen. The
total follows from them, and the grade, without taking anybody else's.
"""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock
from communities.ground.models import User

from . import grading, marks, permitting
from .answered import pack_of
from .flow import Action
from .models import Appeal, Filing, Mark, SheetItem, Stage
from .ranking import regraded
from .reviewing import read_points
from .steps import as_it_stands, locked, take, words
from .working_days import add_working_days

LONGEST = 2000
IN_STEP = 500


@transaction.atomic
def appeal(filing: Filing, *, text: str, item: SheetItem | None = None, by: User) -> Appeal:
    """
    Appeal against the result, or against the points of one item, while it is on public notice.

    It is to be answered within the working days that the evaluation says. Raises as `permitting.refuse`.
    """
    own = locked(filing)
    kept = words(text, what=_("Say what the appeal is about."), most=LONGEST)
    if item is not None and item.version_id != own.cycle.sheet_version_id:
        raise ValidationError(_("This item belongs to another sheet."))
    line = permitting.refuse(own, Action.APPEAL, by, reason=kept)
    until = add_working_days(clock.today(), own.cycle.answer_days)
    made: Appeal = Appeal.objects.create(
        filing=own, item=item, text=kept, made_by=by, made_at=clock.now(), answer_by=until
    )
    take(own, line, by=by, reason=kept[:IN_STEP])
    return made


@transaction.atomic
def decide(
    appeal: Appeal, *, is_granted: bool, decision: str, points: Mapping[str, str | None] | None = None, by: User
) -> Appeal:
    """
    Decide on an appeal. `points` are the new points by the code of the item, None: it does not apply.

    Raises PermissionDenied for who had a part in the score, ValidationError for an appeal that is decided, one that is
    granted and changes nothing, or one that is refused and does.
    """
    own = locked(appeal.filing)
    line = permitting.refuse(own, Action.DECIDE, by, reason=decision)
    row: Appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if row.decided_at is not None:
        raise ValidationError(_("This appeal was decided already; the decision is final."))
    given = dict(points or {})
    if is_granted != bool(given):
        raise ValidationError(_("A granted appeal gives an item other points, one that is refused gives none."))
    row.decision = words(decision, what=_("Say why it is decided so."), most=LONGEST)
    row.is_granted, row.decided_by, row.decided_at = is_granted, by, clock.now()
    row.save(update_fields=["decision", "is_granted", "decided_by", "decided_at"])
    if given:
        _give(own, given, row.decision[:IN_STEP], by)
        _total(own)
    take(own, line, by=by, reason=row.decision[:IN_STEP], frozen=as_it_stands(own))
    return row


def _give(filing: Filing, given: Mapping[str, str | None], reason: str, by: User) -> None:
    items = {item.code: item for item in marks.items_of(filing.cycle)}
    for code, text in given.items():
        if code not in items:
            raise ValidationError(_("The sheet has no item “{code}”.").format(code=code))
        outcome, points = read_points(items[code], text)
        Mark.objects.bulk_create(
            [
                marks.give(
                    filing,
                    items[code],
                    Stage.FINAL,
                    outcome=outcome,
                    points=points,
                    by=by,
                    reason=reason,
                    is_adjusted=True,
                )
            ]
        )


def _total(filing: Filing) -> None:
    """Put the new total and the grade that comes of it; who has a grade keeps it."""
    cycle, items = filing.cycle, marks.items_of(filing.cycle)
    score = grading.score_of(filing, marks.columns(filing), items)
    own = grading.standing(cycle, filing.pk, score)
    others = [one for one in grading.standings_given(cycle) if one.filing != filing.pk]
    filing.total, filing.grade = own.total, regraded(pack_of(cycle), own, others)
