"""
Who may do what with a filing now: the table of `flow`, asked for an account and a place, answered in words.

What an account may not do at all is no button of its; what only waits for something is one that says for what.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from communities.ground import clock
from communities.ground.models import User
from communities.ground.roles import Role
from communities.ground.scope import Scope
from communities.places.models import Place, PlaceCode

from . import guards
from .flow import TABLE, WORK, Action, Level, Permit, State, Transition, Work, level_of, transition
from .models import Cycle, Filing, Mark, Stage

OUT = frozenset({State.PUBLISHED, State.APPEALED, State.FINAL})
RESULTS = OUT | {State.GRADED}


def code_of(place: Place) -> str:
    """Return the division code of the place today; its last one where it has none today."""
    codes = PlaceCode.objects.filter(place=place)
    today = codes.filter(during__contains=clock.today()).values_list("code", flat=True).first()
    return today or codes.order_by("-during").values_list("code", flat=True).first() or ""


def filings_of(by: User) -> QuerySet[Filing]:
    """Return the filings within the account's reach that its role may read in the state they are in."""
    rows = Filing.objects.within(by.reach).select_related("place", "cycle__sheet_version__sheet", "cycle__place")
    if Role.LEADER in by.reach.roles:
        return rows.filter(state__in=RESULTS)
    return rows if by.reach.roles & {Role.OFFICER, Role.CLERK, Role.WORKER, Role.REVIEWER} else rows.none()


def allowed(filing: Filing, by: User) -> dict[Action, list[str]]:
    """Return what the account may do with the filing: each action with why not now, nothing where it may at once."""
    code = code_of(filing.place)
    lines = [
        line for line in TABLE if State(filing.state) in line.before and not who(line, filing.cycle, code, by.reach)
    ]
    return {line.action: [*_twice(line, filing, by), *_held(line, filing, by)] for line in lines}


def refuse(filing: Filing, action: Action, by: User, *, reason: str = "") -> Transition:
    """
    Return the line of the table by which `by` does this now.

    Raises PermissionDenied where the account never may, ValidationError with a sentence for each thing in its way.
    """
    line = transition(filing.state, action)
    if line is None:
        raise ValidationError(out_of_turn(filing, action))
    if why := who(line, filing.cycle, code_of(filing.place), by.reach) or " ".join(_twice(line, filing, by)):
        raise PermissionDenied(why)
    if line.reason and not reason.strip():
        raise ValidationError(_("Say why: the reason is read by everybody whom this concerns."))
    if found := _held(line, filing, by):
        raise ValidationError(found)
    return line


def out_of_turn(filing: Filing, action: Action) -> str:
    """Return the sentence that the filing is not in a state in which this is done."""
    told = _("{community}: “{action}” is not possible now; the filing is in the state “{state}”.")
    return told.format(community=filing.place, action=action.label, state=filing.get_state_display())


def refuse_work(filing: Filing, work: Work, by: User) -> None:
    """Raise PermissionDenied or ValidationError where `by` may not do this with items of the filing now."""
    permit = WORK[work]
    if why := who(permit, filing.cycle, code_of(filing.place), by.reach):
        raise PermissionDenied(why)
    if State(filing.state) not in permit.before:
        told = _("{community}: “{action}” is not possible now; the filing is in the state “{state}”.")
        said = told.format(community=filing.place, action=work.label, state=filing.get_state_display())
        raise ValidationError(said)


def may_work(filing: Filing, work: Work, by: User) -> bool:
    """Say whether the account may do this with items of the filing now."""
    permit = WORK[work]
    in_turn = State(filing.state) in permit.before
    return in_turn and not who(permit, filing.cycle, code_of(filing.place), by.reach)


def refuse_organising(cycle: Cycle, by: User) -> None:
    """Raise PermissionDenied where `by` is no officer of the office that organises this evaluation."""
    organisers = Permit(frozenset(), frozenset({Role.OFFICER}), frozenset({Level.ORGANISER}))
    if why := who(organisers, cycle, cycle.prefix, by.reach):
        raise PermissionDenied(why)


def who(permit: Permit, cycle: Cycle, code: str, reach: Scope) -> str:
    """Return why an account of this reach never does this with the place of that code; nothing where it may."""
    if not reach.covers(code):
        return _("This community lies outside the area of your account.")
    standing = {
        level for prefix in reach.prefixes if code.startswith(prefix) for level in level_of(prefix, cycle.prefix)
    }
    if not permit.roles & reach.roles or not permit.levels & standing:
        return _("This is done by {roles} at the level: {levels}.").format(
            roles=_named(Role(one).label for one in Role if one in permit.roles),
            levels=_named(one.label for one in Level if one in permit.levels),
        )
    return ""


def deny(why: str) -> None:
    """Raise PermissionDenied with the sentence."""
    raise PermissionDenied(why)


def _named(labels: Iterable[object]) -> str:
    return _(", ").join(str(label) for label in labels)


def _held(line: Transition, filing: Filing, by: User) -> list[str]:
    return [sentence for guard in line.guards for sentence in guards.GUARDS[guard](filing)]


MARKED = {Action.REVIEW: Stage.STREET, Action.CHECK: Stage.DISTRICT, Action.GRADE: Stage.FINAL}


def _twice(line: Transition, filing: Filing, by: User) -> list[str]:
    """Return why the account had its part already; whoever gave one item its points had a part in the score, too."""
    if not line.nobody_twice:
        return []
    stages = [stage for action, stage in MARKED.items() if action in line.nobody_twice]
    had = filing.steps.filter(Q(action__in=line.nobody_twice), by=by).exists()
    if had or Mark.objects.filter(filing=filing, stage__in=stages, by=by).exists():
        return [_("You had a part in this score; somebody else decides on the appeal.")]
    return []
