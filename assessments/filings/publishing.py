"""
Publishing: results on public notice for so many working days, what is objected then, and the end of an evaluation.

The grade is made public, the office to which one objects and until when. Concluded, the evaluation is what the next
one carries over from, and plans that ask for it read that it was held.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, events
from communities.ground.models import User
from communities.ground.roles import Role
from communities.ground.scope import prefix_of

from . import permitting, reporting
from .flow import Action, State
from .models import Cycle, Filing, Objection
from .steps import as_it_stands, locked, locked_cycle, take_all, words
from .working_days import last_of

LONGEST = 2000
HEARD_IN = (State.PUBLISHED, State.APPEALED)


@transaction.atomic
def publish(cycle: Cycle, *, on: date | None = None, by: User) -> Cycle:
    """
    Put the results on public notice from a day (today) for the working days the evaluation says.

    Raises PermissionDenied for anybody but an officer of the organiser; ValidationError for a day gone by.
    """
    own, filings = locked_cycle(cycle)
    permitting.refuse_organising(own, by)
    first = on or clock.today()
    if first < clock.today():
        raise ValidationError(_("A public notice cannot begin on a day gone by."))
    own.notice_from, own.notice_until = first, last_of(first, own.notice_days)
    own.save(update_fields=["notice_from", "notice_until"])
    take_all(filings, Action.PUBLISH, by=by)
    return own


@transaction.atomic
def object_to(filing: Filing, text: str, received_on: date, by: User) -> Objection:
    """Record an objection that came in during the public notice. Who objected is not kept, only what was said."""
    own = locked(filing)
    _refuse_hearing(own, by)
    until = own.cycle.notice_until
    if own.state not in HEARD_IN or own.cycle.notice_from is None or until is None:
        raise ValidationError(_("Objections are heard while a result is on public notice."))
    if not own.cycle.notice_from <= received_on <= min(until, clock.today()):
        told = _(
            "It must have come in between {first} and {last}, the days of the public notice, and not in the future."
        )
        raise ValidationError(told.format(first=own.cycle.notice_from, last=until))
    kept = words(text, what=_("Say what is objected to."), most=LONGEST)
    made: Objection = Objection.objects.create(filing=own, text=kept, received_on=received_on, recorded_by=by)
    events.record("objection.record", by=by, obj=made, prefix=prefix_of(permitting.code_of(own.place)), filing=own.pk)
    return made


@transaction.atomic
def answer_objection(objection: Objection, text: str, by: User) -> Objection:
    """Answer an objection, once."""
    filing = locked(objection.filing)
    _refuse_hearing(filing, by)
    own: Objection = Objection.objects.select_for_update().get(pk=objection.pk)
    if own.answered_at is not None:
        raise ValidationError(_("This objection was answered already; the answer stands."))
    own.answer = words(text, what=_("Say what is answered."), most=LONGEST)
    own.answered_by, own.answered_at = by, clock.now()
    own.save(update_fields=["answer", "answered_by", "answered_at"])
    prefix = prefix_of(permitting.code_of(filing.place))
    events.record("objection.answer", by=by, obj=own, prefix=prefix, filing=filing.pk)
    return own


def _refuse_hearing(filing: Filing, by: User) -> None:
    """Let only the organiser's officers and reviewers hear objections."""
    cycle = filing.cycle
    if cycle.prefix not in by.reach.prefixes or not by.reach.roles & {Role.OFFICER, Role.REVIEWER}:
        permitting.deny(
            _("Objections are heard by {office}, which organises the evaluation.").format(office=cycle.place)
        )


@transaction.atomic
def conclude(cycle: Cycle, by: User) -> Cycle:
    """
    Conclude the evaluation: results are final, and plans that ask for them read them.

    Raises ValidationError while the notice runs, an appeal waits or an objection is not answered.
    """
    own, filings = locked_cycle(cycle)
    permitting.refuse_organising(own, by)
    for filing in filings:
        if filing.state == State.APPEALED:
            raise ValidationError(permitting.out_of_turn(filing, Action.CONCLUDE))
    frozen = {filing.pk: as_it_stands(filing) for filing in filings if filing.state == State.PUBLISHED}
    done = take_all(filings, Action.CONCLUDE, by=by, frozen=frozen)
    own.concluded_on = clock.today()
    own.save(update_fields=["concluded_on"])
    reporting.report(own, done, by)
    return own
