"""What breaks the rule for one community or street: set aside, taken up again, more time, a veto. Each says why."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, events
from communities.ground.models import User
from communities.ground.roles import Role
from communities.ground.scope import prefix_of
from communities.places.models import Place

from . import permitting
from .deadlines import until as stage_until
from .flow import Action, Level, Permit, State
from .models import Cycle, Extension, Filing, FilingVeto, SheetVeto, Stage, Step
from .steps import as_it_stands, locked, record, take, words

OFFICE = Permit(frozenset(), frozenset({Role.OFFICER}), frozenset({Level.DISTRICT, Level.ORGANISER}))
BEFORE_GRADES = (State.OPEN, State.FILED, State.RETURNED, State.REVIEWED, State.CHECKED)


@transaction.atomic
def set_aside(filing: Filing, reason: str, by: User) -> Step:
    """Say that the community is not evaluated this year: it is being rebuilt, or was founded too late."""
    own = locked(filing)
    line = permitting.refuse(own, Action.SET_ASIDE, by, reason=reason)
    return take(own, line, by=by, reason=words(reason), frozen=as_it_stands(own))


@transaction.atomic
def take_up(filing: Filing, reason: str, by: User) -> Step:
    """Evaluate the community after all."""
    own = locked(filing)
    line = permitting.refuse(own, Action.TAKE_UP, by, reason=reason)
    return take(own, line, by=by, reason=words(reason))


@transaction.atomic
def extend(cycle: Cycle, place: Place, stage: Stage, until: date, reason: str, by: User) -> Extension:
    """Open a stage for one community or street beyond its day, until a day."""
    code = permitting.code_of(place)
    _refuse(cycle, code, by)
    if stage == Stage.FINAL:
        raise ValidationError(_("Only filing, review and check have a day that can be extended."))
    if until <= stage_until(cycle, stage) or until < clock.today():
        raise ValidationError(
            _("The new day must lie after {day} and not in the past.").format(day=stage_until(cycle, stage))
        )
    made = Extension.objects.create(
        cycle=cycle, place=place, stage=stage, until=until, reason=words(reason), granted_by=by, granted_at=clock.now()
    )
    detail = {"stage": stage.value, "until": until.isoformat()}
    events.record("cycle.extend", by=by, obj=made, prefix=prefix_of(code), **detail)
    return made


@transaction.atomic
def record_veto(filing: Filing, veto: SheetVeto, reason: str, by: User) -> FilingVeto:
    """Say that an event occurred which sets the grade whatever the points, before the grades are given."""
    own = locked(filing)
    _refuse(own.cycle, permitting.code_of(own.place), by)
    if veto.version_id != own.cycle.sheet_version_id:
        raise ValidationError(_("The sheet of this evaluation has no such veto."))
    if own.state not in BEFORE_GRADES:
        raise ValidationError(permitting.out_of_turn(own, Action.GRADE))
    made, is_new = FilingVeto.objects.get_or_create(
        filing=own, veto=veto, defaults={"reason": words(reason), "by": by, "at": clock.now()}
    )
    if is_new:
        record("filing.veto", own, by, veto=veto.code)
    return made


def _refuse(cycle: Cycle, code: str, by: User) -> None:
    if why := permitting.who(OFFICE, cycle, code, by.reach):
        permitting.deny(why)
