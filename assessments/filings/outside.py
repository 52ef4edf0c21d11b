"""
Scores from outside: the ballot on the duty report, a satisfaction survey, a third party, with their sample sizes.

They stand beside the filing for who gives the points; nobody turns them into points by himself. Until the grades are
given a score may be corrected, after that it stays as it was.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock
from communities.ground.models import User

from . import permitting
from .exempting import BEFORE_GRADES, OFFICE
from .flow import Action
from .models import Filing, OutsideScore
from .steps import locked, record


@dataclass(frozen=True)
class Scored:
    """What somebody outside found: the score of 100, and how many were asked, answered, and were void."""

    kind: str
    held_on: date
    score: Decimal
    issued: int
    returned: int
    void: int = 0
    by_whom: str = ""


@transaction.atomic
def record_score(filing: Filing, found: Scored, by: User) -> OutsideScore:
    """
    Record a score for the community, or correct the one of its kind.

    Raises PermissionDenied for who is no officer of the district or the organiser, ValidationError for numbers that
    cannot be, a day to come, and once the grades are given.
    """
    own = locked(filing)
    refuse_score(own, by)
    if found.held_on > clock.today():
        raise ValidationError({"held_on": _("This day is still to come.")})
    row = OutsideScore.objects.filter(cycle=own.cycle, place=own.place, kind=found.kind).first()
    row = row or OutsideScore(cycle=own.cycle, place=own.place, kind=found.kind)
    for name in ("held_on", "score", "issued", "returned", "void", "by_whom"):
        setattr(row, name, getattr(found, name))
    row.recorded_by, row.recorded_at = by, clock.now()
    row.full_clean()
    row.save()
    record("filing.outside", own, by, kind=found.kind)
    return row


def refuse_score(filing: Filing, by: User) -> None:
    """Raise where `by` may not record a score from outside for the community now."""
    if why := permitting.who(OFFICE, filing.cycle, permitting.code_of(filing.place), by.reach):
        permitting.deny(why)
    if filing.state not in BEFORE_GRADES:
        raise ValidationError(permitting.out_of_turn(filing, Action.GRADE))
