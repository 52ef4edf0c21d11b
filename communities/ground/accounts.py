"""
Accounts: opened, closed, given an access, moved, handed over, given another password. Every way to do so is here.

Three duties keep each other in check (三员分立). The system administrator opens accounts and asks for their access;
the security administrator grants it, ends it and gives out passwords; the audit administrator reads what both did.
Nobody does anything of this to himself, nobody beyond his own area, and of each duty one administrator always remains.

Every action says who does it (`by`; None is the operator of the machine, by a command), refuses in words
(`RefusedError`) and then has written nothing, and records an event. A one-time password is returned, to be shown
once; it is kept only as a hash, and opens nothing but the choice of another.
"""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from . import clock, events, periods, signins
from .models import Access, Event, RequestedAccess, SignIn, User
from .models.accounts import Asked
from .numbers import holds_personal_number, without_personal_numbers
from .roles import ADMINISTRATORS, Role
from .scope import Scope

ONE_TIME_DAYS = 7
UNUSED_DAYS = 90  # after which an account counts as stale
ENDING_WITHIN = timedelta(days=30)  # an access that does is shown to who may grant another
MOST_AT_ONCE = 300

# Without the letters and digits that are mistaken for each other on paper.
LETTERS, CAPITALS, DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
GROUPS, IN_A_GROUP = 3, 4
# A password drawn at random needs no stretching, and hundreds are hashed while a page waits. Django hashes it anew,
# as every other password, when its owner first signs in.
ROUNDS_FOR_A_RANDOM_ONE = 20_000

Why = SignIn.WhyEnded
NEVER = datetime.min.replace(tzinfo=UTC)


class RefusedError(ValueError):
    """
    It cannot be done; the message says why and what to do instead.

    `field` is what it is about, where it is one thing: username, full_name, area, role, reaches, first, last; `code`
    the reason in a word, for the event of the refusal, where the message might name somebody.
    """

    def __init__(self, message: str, field: str = "", *, code: str) -> None:
        super().__init__(message)
        self.field, self.code = field, code


@dataclass(frozen=True)
class Wanted:
    """What an account is to reach: a role below a code prefix, from a first day to a last (None: until it is ended)."""

    role: str
    prefix: str
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Given:
    """A one-time password, and whose it is. Not in its representation, so that no log line ever holds it."""

    user: User
    password: str = field(repr=False)

    @property
    def until(self) -> date:
        """The last day on which it opens anything."""
        assert self.user.one_time_until is not None  # noqa: S101  it was just given out
        return timezone.localtime(self.user.one_time_until).date()


# The system administrator


@transaction.atomic
def open_account(*, by: User | None, username: str, full_name: str, prefix: str, wanted: Wanted | None = None) -> Given:
    """Open an account that belongs to the area `prefix`, and ask for the access it is wanted for."""
    return _give_password(enter(by=by, username=username, full_name=full_name, prefix=prefix, wanted=wanted))


@transaction.atomic
def enter(*, by: User | None, username: str, full_name: str, prefix: str, wanted: Wanted | None = None) -> User:
    """Open the account without a password: what a trial of many does, and then undoes."""
    _duty(by, Role.SYSTEM, prefix, field="area")
    user = User(
        username=checked_username(username), full_name=checked_full_name(full_name), prefix=prefix, is_staff=True
    )
    user.set_unusable_password()
    _clean(user)
    user.save()
    events.record("account.open", by=by, obj=user, prefix=prefix, account=user.username)
    if wanted is not None:
        ask(by=by, user=user, wanted=wanted)
    return user


@transaction.atomic
def open_many(*, by: User, rows: Sequence[tuple[str, str, str, Wanted | None]]) -> list[Given]:
    """Open all these accounts (user name, full name, area, what is wanted) or none of them."""
    if len(rows) > MOST_AT_ONCE:
        raise RefusedError(
            _("{number} accounts at once are too many; open {most} at a time.").format(
                number=len(rows), most=MOST_AT_ONCE
            ),
            code="too_many",
        )
    opened = []
    for username, full_name, prefix, wanted in rows:
        try:
            opened.append(open_account(by=by, username=username, full_name=full_name, prefix=prefix, wanted=wanted))
        except RefusedError as error:
            raise RefusedError(f"{username}: {error}", error.field, code=error.code) from error
    return opened


def checked_full_name(full_name: str) -> str:
    """Return the name as it is kept; raise RefusedError where it holds a person's number."""
    if holds_personal_number(full_name):
        raise RefusedError(
            _("The name stands on pages and reports: it must hold no identity number and no mobile number."),
            "full_name",
            code="number_in_name",
        )
    return full_name.strip()


def checked_username(username: str) -> str:
    """Return the name as it is kept; raise RefusedError where it is taken, or would give a person's number away."""
    name = unicodedata.normalize("NFKC", username).strip()
    if holds_personal_number(name):
        raise RefusedError(
            _("A user name stands in logs and lists: it must hold no identity number and no mobile number."),
            "username",
            code="number_in_name",
        )
    if User.objects.filter(username__iexact=name).exists():
        raise RefusedError(
            _("The user name “{name}” is taken, perhaps by a closed account.").format(name=name),
            "username",
            code="name_taken",
        )
    return name


@transaction.atomic
def ask(*, by: User | None, user: User, wanted: Wanted) -> RequestedAccess:
    """Ask the security administrator for an access of this account."""
    _duty(by, Role.SYSTEM, user.prefix, wanted.prefix, field="reaches")
    if by is None:
        raise RefusedError(_("A command asks nobody: it appoints."), code="operator")
    _not_oneself(by, user)
    user = _locked(user)
    _open(user)
    _within_its_area(user, wanted.prefix)
    if user.requests.filter(status=Asked.WAITING).exists():
        raise RefusedError(_("An access is already asked for this account."), code="asked_already")
    request = RequestedAccess(
        user=user, role=wanted.role, prefix=wanted.prefix, during=_period(wanted.first, wanted.last), asked_by=by
    )
    _clean(request)
    request.save()
    events.record("access.ask", by=by, obj=user, prefix=wanted.prefix, **_told(wanted))
    return request


@transaction.atomic
def change_account(*, by: User | None, user: User, full_name: str, prefix: str) -> None:
    """Correct the name of an account, or move it to another area; no access may then reach beyond that."""
    _duty(by, Role.SYSTEM, user.prefix, prefix, field="area")
    _not_oneself(by, user)
    user = _locked(user)
    _nothing_stays_beyond(user, prefix)
    before = user.prefix
    user.full_name, user.prefix = checked_full_name(full_name), prefix
    _clean(user)
    user.save(update_fields=["full_name", "prefix"])
    events.record(
        "account.change", by=by, obj=user, prefix=prefix, account=user.username, area_before=before, area=prefix
    )


@transaction.atomic
def close_account(*, by: User | None, user: User, reason: str) -> None:
    """
    Close an account: nobody gets in with it, its sessions end at their next click, its accesses end with it.

    Reopened it has none: what it may reach then is granted anew, by whom that is the duty of.
    """
    _one_after_the_other()
    _duty(by, Role.SYSTEM, user.prefix)
    _not_oneself(by, user)
    user = _locked(user)
    _open(user)
    for access in _to_come(user):
        begun = periods.first(access.during)
        _end(access, max(_yesterday(), begun) if begun and begun <= clock.today() else _yesterday(), by=by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    events.record("account.close", by=by, obj=user, prefix=user.prefix, reason=without_personal_numbers(reason))
    signins.end(user, Why.CLOSED, by=by)


@transaction.atomic
def reopen_account(*, by: User | None, user: User) -> Given:
    """Open a closed account again, with a one-time password and without any access."""
    _duty(by, Role.SYSTEM, user.prefix)
    user = _locked(user)
    if user.is_active:
        raise RefusedError(_("This account is open."), code="is_open")
    user.is_active = True
    user.save(update_fields=["is_active"])
    events.record("account.reopen", by=by, obj=user, prefix=user.prefix)
    return _give_password(user)


# The security administrator


@transaction.atomic
def grant(*, by: User | None, user: User, wanted: Wanted, may_reveal: bool = False) -> Access:
    """Let the account reach what is wanted. Never to oneself, never beyond one's own area or that of the account."""
    return _grant(by=by, user=user, wanted=wanted, may_reveal=may_reveal)


@transaction.atomic
def grant_requests(*, by: User, requests: Iterable[RequestedAccess]) -> list[Access]:
    """Grant all these requested accesses or none; one asked for an earlier day begins today."""
    granted = []
    keys = [request.pk for request in requests]
    for request in RequestedAccess.objects.select_for_update().filter(pk__in=keys).order_by("pk"):
        try:
            granted.append(_grant_request(by, request))
        except RefusedError as error:
            raise RefusedError(f"{request.user.username}: {error}", code=error.code) from error
    return granted


@transaction.atomic
def refuse_requests(*, by: User, requests: Iterable[RequestedAccess], reason: str) -> None:
    """Refuse all these requested accesses for one reason, or none."""
    for request in sorted(requests, key=lambda one: one.pk):
        refuse_request(by=by, request=request, reason=reason)


@transaction.atomic
def refuse_request(*, by: User, request: RequestedAccess, reason: str) -> None:
    """Refuse a requested access, and say why."""
    request = RequestedAccess.objects.select_for_update().get(pk=request.pk)
    _duty(by, Role.SECURITY, request.prefix, request.user.prefix)
    if not reason.strip():
        raise RefusedError(_("Say why it is refused: who asked for it reads it."), code="no_reason")
    _decide(by, request, Asked.REFUSED, reason)
    events.record("access.refuse", by=by, obj=request.user, prefix=request.prefix, role=request.role)


@transaction.atomic
def end_access(*, by: User | None, access: Access, last: date) -> None:
    """
    End an access on the day `last`, yesterday at the earliest: then the account's sessions end at once.

    One that has not begun is withdrawn; its row stays in the history.
    """
    _one_after_the_other()
    access = _locked_access(access)
    _duty(by, Role.SECURITY, access.prefix)
    _not_oneself(by, access.user)
    _end(access, last, by=by)


@transaction.atomic
def transfer(*, by: User | None, access: Access, wanted: Wanted) -> Access:
    """
    Move an account to another office: its access ends the day before `wanted.first`, another begins elsewhere.

    Where the account's area does not hold the new place, it moves there; that is done on the day itself, as two
    offices would else look after one account. The right to reveal personal data does not move along.
    """
    _one_after_the_other()
    access = _locked_access(access)
    user = access.user
    _duty(by, Role.SECURITY, access.prefix, user.prefix, wanted.prefix)
    _not_oneself(by, user)
    if not wanted.prefix.startswith(user.prefix):
        if wanted.first > clock.today():
            raise RefusedError(
                _(
                    "{prefix} lies outside the area {area} that this account belongs to. Such a transfer is made on "
                    "its first day; come back then."
                ).format(prefix=wanted.prefix, area=user.prefix),
                code="other_area",
            )
        _nothing_stays_beyond(user, wanted.prefix, but=access)
        user.prefix = wanted.prefix
    _end(access, wanted.first - periods.ONE_DAY, by=by)
    user.save(update_fields=["prefix"])
    moved = _grant(by=by, user=user, wanted=wanted)
    events.record("account.transfer", by=by, obj=user, prefix=wanted.prefix, before=access.prefix, **_told(wanted))
    return moved


@transaction.atomic
def hand_over(*, by: User | None, access: Access, to: User, first: date) -> Access:
    """
    Give the successor `to` the role and area of `access` from the day `first`, and with it what was done under it.

    The predecessor's access ends the day before, unless it has ended already. His own jobs and files of that time
    are then the successor's as well.
    """
    _one_after_the_other()
    access = _locked_access(access)
    _duty(by, Role.SECURITY, access.prefix, access.user.prefix)
    _not_oneself(by, access.user)
    if to.pk == access.user_id:
        raise RefusedError(_("Predecessor and successor are the same account."), code="same_account")
    begun, last = periods.first(access.during), periods.last(access.during)
    if begun and begun > clock.today():
        raise RefusedError(
            _("This access has not begun: there is nothing to hand over. Grant one to the successor."), code="not_begun"
        )
    over = last is not None and last < first
    wanted = Wanted(access.role, access.prefix, first, None if over else last)
    successor = _grant(by=by, user=to, wanted=wanted, took_over=access)
    if not over:
        _end(access, first - periods.ONE_DAY, by=by)
    events.record("account.hand_over", by=by, obj=access.user, prefix=access.prefix, to=str(to.pk), access=successor.pk)
    return successor


@transaction.atomic
def reset_password(*, by: User | None, user: User) -> Given:
    """Give out a one-time password, end the sessions of the account, and let it try again if it was locked out."""
    _duty(by, Role.SECURITY, user.prefix)
    _not_oneself(by, user)
    user = _locked(user)
    _open(user)
    _not_both(by, user, "factor.remove", "access.grant")
    events.record("password.reset", by=by, obj=user, prefix=user.prefix, days=ONE_TIME_DAYS)
    signins.end(user, Why.NEW_PASSWORD, by=by)
    unlock(by=by, user=user, only_if_locked=True)
    return _give_password(user)


@transaction.atomic
def reset_second_factor(*, by: User | None, user: User, reason: str) -> None:
    """Forget the second factor of an account, whose owner lost it; he sets up another when he next signs in."""
    _duty(by, Role.SECURITY, user.prefix)
    _not_oneself(by, user)
    user = _locked(user)
    _not_both(by, user, "password.reset")
    if not has_second_factor(user):
        raise RefusedError(_("This account has no second factor."), code="no_factor")
    signins.remove_second_factor(user, by, reason)


def has_second_factor(user: User) -> bool:
    """Say whether the account has set up a second factor."""
    return bool(Authenticator.objects.filter(user=user).exists())


@transaction.atomic
def unlock(*, by: User | None, user: User, only_if_locked: bool = False) -> None:
    """Let an account that was locked out after wrong passwords try again at once."""
    _duty(by, Role.SECURITY, user.prefix)
    if signins.is_locked(user):
        signins.unlock(user, by=by)
    elif not only_if_locked:
        raise RefusedError(_("This account is not locked out."), code="not_locked")


@transaction.atomic
def end_sessions(*, by: User | None, user: User) -> int:
    """End the open sessions of an account at their next click; return how many there were."""
    _duty(by, Role.SECURITY, user.prefix)
    return signins.end(user, Why.REVOKED, by=by)


# The operator of the machine


@transaction.atomic
def appoint(*, username: str, full_name: str, role: Role, prefix: str) -> tuple[Access, Given | None]:
    """
    Appoint an administrator by a command: open the account, if it is not there, and let it do that duty from today.

    Returns the one-time password of a new account; one that is there keeps its own.
    """
    if role not in ADMINISTRATORS:
        raise RefusedError(
            _("By a command only the three administrators are appointed; they do the rest."),
            code="not_an_administrator",
        )
    given = None
    user = User.objects.filter(username__iexact=username.strip()).first()
    if user is None:
        given = open_account(by=None, username=username, full_name=full_name, prefix=prefix)
        user = given.user
    elif not user.prefix:
        _adopt(user, prefix)
    elif not prefix.startswith(user.prefix):
        raise RefusedError(
            _("The account “{name}” belongs to {area}, and {prefix} lies outside it.").format(
                name=user.username, area=user.prefix, prefix=prefix
            ),
            code="outside_its_area",
        )
    access = _grant(by=None, user=user, wanted=Wanted(role, prefix, clock.today()))
    return access, given


@transaction.atomic
def take_in(*, usernames: Iterable[str], prefix: str) -> int:
    """
    Let these accounts, which belong to no area, belong to `prefix`; return how many, all or none.

    No administrator reaches such an account; they are from before accounts belonged to areas.
    """
    taken = 0
    for name in usernames:
        user = User.objects.select_for_update().filter(username__iexact=name.strip(), prefix="").first()
        if user is None:
            raise RefusedError(_("No account “{name}” is without an area.").format(name=name), code="no_such_account")
        if not prefix:
            raise RefusedError(_("Say by a division code where the accounts belong (--within)."), code="not_valid")
        _adopt(user, prefix)
        taken += 1
    return taken


def _adopt(user: User, prefix: str) -> None:
    _nothing_stays_beyond(user, prefix)
    user.prefix = prefix
    _clean(user)
    user.save(update_fields=["prefix"])
    events.record("account.change", obj=user, prefix=prefix, area_before="", area=prefix)


# What all of them ask


def requests_waiting(scope: Scope) -> QuerySet[RequestedAccess]:
    """Return what waits to be granted within the reach of a security administrator: of open accounts only."""
    open_ones = User.objects.within(scope).filter(is_active=True)
    return RequestedAccess.objects.within(scope).filter(user__in=open_ones.values("pk"), status=Asked.WAITING)


def _duty(by: User | None, role: Role, *prefixes: str, field: str = "") -> None:
    """Refuse whose duty it is not, and what lies outside his area."""
    if by is None:
        return
    own = by.scope()  # as of now, whatever the account knew of itself before
    if role not in own.roles:
        raise RefusedError(_("This is the duty of the {role}.").format(role=role.label), code="not_his_duty")
    for prefix in prefixes:
        if not own.covers(prefix):
            raise RefusedError(
                _("{prefix} lies outside the area of your account ({own}). Ask the administrator of that area.").format(
                    prefix=prefix or _("The whole country"), own=", ".join(own.prefixes)
                ),
                field,
                code="outside_his_area",
            )


def _one_after_the_other() -> None:
    """
    Wait until no other access is being ended, before anything else is locked or asked.

    Such a deed touches several accounts and accesses, two of them in any order: taken row by row, they would wait for
    each other for ever. They are rare and short, so that one lock for all of them costs nobody anything.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.end'))")


def _not_oneself(by: User | None, user: User) -> None:
    if by is not None and by.pk == user.pk:
        raise RefusedError(_("Nobody does this to his own account; another administrator does."), code="oneself")


def _open(user: User) -> None:
    if not user.is_active:
        raise RefusedError(_("This account is closed. The system administrator reopens it first."), code="is_closed")


def _within_its_area(user: User, prefix: str) -> None:
    """Who resets the password of an account can sign in as it: so it may reach no further than its area."""
    if not prefix.startswith(user.prefix):
        raise RefusedError(
            _("The account belongs to {area}; {prefix} lies outside. Transfer it, and its area moves along.").format(
                area=user.prefix, prefix=prefix
            ),
            "reaches",
            code="outside_its_area",
        )


def _nothing_stays_beyond(user: User, prefix: str, but: Access | None = None) -> None:
    """Refuse to move an account away from what it is to reach, now or later: nobody there would look after it."""
    for access in _to_come(user):
        if access != but and not access.prefix.startswith(prefix):
            raise RefusedError(
                _(
                    "This account has an access to {prefix}, which lies outside {area}. The security administrator "
                    "ends or transfers that one first; on a transfer the area moves along."
                ).format(prefix=access.prefix, area=prefix),
                code="access_stays",
            )
    for request in user.requests.filter(status=Asked.WAITING):
        if not request.prefix.startswith(prefix):
            raise RefusedError(
                _(
                    "An access to {prefix} is asked for this account, which lies outside {area}. It is granted or "
                    "refused first."
                ).format(prefix=request.prefix, area=prefix),
                code="request_stays",
            )


def _grant(
    *, by: User | None, user: User, wanted: Wanted, may_reveal: bool = False, took_over: Access | None = None
) -> Access:
    _duty(by, Role.SECURITY, wanted.prefix, user.prefix, field="reaches")
    _not_oneself(by, user)
    user = _locked(user)
    _open(user)
    _within_its_area(user, wanted.prefix)
    if wanted.first < clock.today():
        raise RefusedError(
            _("An access begins today at the earliest: nobody has had it before."), "first", code="begins_in_the_past"
        )
    _not_both(by, user, "password.reset")
    if may_reveal:
        _may_be_let_reveal(by, user, wanted)
    access = Access(
        user=user,
        role=wanted.role,
        prefix=wanted.prefix,
        during=_period(wanted.first, wanted.last),
        may_reveal=may_reveal,
        granted_by=by,
        took_over=took_over,
    )
    _not_two_at_once(access)
    _clean(access)
    access.save()
    told = _told(wanted)
    if took_over is not None:
        told["took_over"] = str(took_over.pk)
    events.record("access.grant", by=by, obj=user, prefix=wanted.prefix, may_reveal=may_reveal, **told)
    return access


def _not_two_at_once(access: Access) -> None:
    """Say which other access stands in the way; the database refuses two in one period whoever asks."""
    other = access.user.accesses.filter(during__overlap=access.during).first()
    if other is None:
        return
    held = _("{role} for {prefix}, {period}").format(
        role=other.get_role_display(), prefix=other.prefix, period=periods.shown(other.during)
    )
    if (other.role in ADMINISTRATORS) != (access.role in ADMINISTRATORS):
        raise RefusedError(
            _("Nobody is an administrator and works with the registers at once. The account has: {held}.").format(
                held=held
            ),
            code="two_duties",
        )
    raise RefusedError(
        _("The account already has an access in that period: {held}. End it first.").format(held=held),
        code="two_at_once",
    )


def _grant_request(by: User, request: RequestedAccess) -> Access:
    first, last = periods.first(request.during), periods.last(request.during)
    if last and last < clock.today():
        raise RefusedError(
            _("It was asked for until {day}, which is over. Refuse it.").format(day=last), code="is_over"
        )
    if by.pk == request.asked_by_id:
        raise RefusedError(_("Who asked for an access, or is to have it, does not decide on it."), code="own_request")
    wanted = Wanted(request.role, request.prefix, max(first or clock.today(), clock.today()), last)
    access = _grant(by=by, user=request.user, wanted=wanted)
    _decide(by, request, Asked.GRANTED, "")
    return access


def _decide(by: User, request: RequestedAccess, status: Asked, reason: str) -> None:
    if request.status != Asked.WAITING:
        raise RefusedError(_("This was decided on already."), code="decided")
    if by.pk in (request.asked_by_id, request.user_id):
        raise RefusedError(_("Who asked for an access, or is to have it, does not decide on it."), code="own_request")
    request.status, request.decision = status, reason.strip()
    request.decided_by, request.decided_at = by, clock.now()
    request.save()


def _end(access: Access, last: date, *, by: User | None) -> None:
    """End the access on that day, or withdraw it where it has not begun; the sessions, once it has ended."""
    begins, ends = periods.first(access.during), periods.last(access.during)
    _can_end_on(last, begins, ends)
    _somebody_remains(access, max(last, _yesterday()) + periods.ONE_DAY)
    events.record("access.end", by=by, obj=access.user, prefix=access.prefix, role=access.role, last=last.isoformat())
    if begins is not None and begins > last:
        try:
            access.delete()
        except ProtectedError as error:
            raise RefusedError(_("This access was handed over; it cannot be withdrawn."), code="handed_over") from error
    else:
        access.during = periods.of(begins, last)
        access.save(update_fields=["during"])
    if last < clock.today():
        signins.end(access.user, Why.NO_ACCESS, by=by)


def _can_end_on(last: date, begins: date | None, ends: date | None) -> None:
    if ends is not None and ends < clock.today():
        raise RefusedError(_("This access ended on {day}.").format(day=ends), code="has_ended")
    if ends is not None and last > ends:
        raise RefusedError(
            _("This access ends on {day} already. To lengthen it, grant another from the day after.").format(day=ends),
            code="ends_before",
        )
    if last < _yesterday():
        raise RefusedError(
            _("What was in force stays so: an access ends yesterday, that is at once, or on a later day."), code="past"
        )
    if begins == clock.today() and last < begins:
        raise RefusedError(
            _(
                "This access began today, so that its last day is today at the earliest. To shut the account out at "
                "once, have the system administrator close it."
            ),
            code="began_today",
        )


def _somebody_remains(access: Access, day: date) -> None:
    """
    Refuse to end the last of one of the three duties: nobody could do it, or give it to anybody, any more.

    Two administrators cannot end each other at the same moment: see `_one_after_the_other`.
    """
    if access.role not in ADMINISTRATORS:
        return
    others = Access.objects.filter(role=access.role, user__is_active=True, during__contains=day)
    if not others.exclude(user=access.user_id).exists():
        raise RefusedError(
            _(
                "This is the last {role} of the installation; nobody would be left to do that duty. Give it to "
                "somebody else first (on the server: manage.py appoint)."
            ).format(role=access.get_role_display()),
            code="last_of_a_duty",
        )


def _may_be_let_reveal(by: User | None, user: User, wanted: Wanted) -> None:
    """
    Refuse the right to personal data to whom nobody but its owner could be proven to be.

    Who has ever given out a password of the account may have set up its second factor himself; where there is none,
    whoever has the password next may.
    """
    if wanted.role in ADMINISTRATORS:
        raise RefusedError(
            _("An administrator has no business with personal data."), "may_reveal", code="administrator"
        )
    if not has_second_factor(user):
        raise RefusedError(
            _(
                "This account has no second factor. Its owner sets one up first (menu under his name); only then may "
                "it be let reveal personal data."
            ),
            "may_reveal",
            code="no_factor",
        )
    if by is not None and _done(by, "password.reset", user).exists():
        raise RefusedError(
            _(
                "You have given out a password of this account. Who did that never lets it reveal personal data: "
                "another security administrator does."
            ),
            "may_reveal",
            code="gave_password",
        )


def _not_both(by: User | None, user: User, *other_deeds: str) -> None:
    """Refuse who has done one of these to the account, until its owner has signed in: he could else do so himself."""
    for deed in other_deeds:
        if by is not None and _done(by, deed, user).filter(at__gt=_last_proven(user, deed)).exists():
            raise RefusedError(_TOLD_OF_BOTH[deed](), code="not_both")


_TOLD_OF_BOTH = {
    "access.grant": lambda: _(
        "You have granted this account an access since its owner last signed in. Who also gives out its password could "
        "use it himself: another security administrator resets it, or its owner signs in first."
    ),
    "factor.remove": lambda: _(
        "You have removed this account's second factor. Who also gives out its password could sign in under its name: "
        "another security administrator resets the password."
    ),
    "password.reset": lambda: _(
        "You have given out a password of this account, and its owner has not signed in since. Who also grants it "
        "anything, or removes its second factor, could use that himself: another security administrator does."
    ),
}


def _done(by: User, action: str, user: User) -> QuerySet[Event]:
    return Event.objects.filter(actor=by, action=action, object_type=User._meta.label, object_key=str(user.pk))


def _last_proven(user: User, deed: str) -> datetime:
    """Return when the owner last signed in; after his second factor was removed, with another one, if he needs one."""
    rows = user.sign_ins.all()
    if deed == "factor.remove" and signins.needs_second_factor(user):
        rows = rows.filter(second_factor=True)
    return rows.order_by("-began_at").values_list("began_at", flat=True).first() or NEVER


def _give_password(user: User) -> Given:
    """Set a one-time password; only its hash is kept."""
    password = one_time_password()
    user.password = _hashed(password)
    user.one_time_until = clock.now() + timedelta(days=ONE_TIME_DAYS)
    user.password_set_at = None
    user.save(update_fields=["password", "one_time_until", "password_set_at"])
    return Given(user, password)


def one_time_password() -> str:
    """Return twelve characters in three groups: small and capital letters and digits, none mistaken for another."""
    draw = secrets.SystemRandom()
    needed = [draw.choice(kind) for kind in (LETTERS, CAPITALS, DIGITS)]
    more = draw.choices(LETTERS + CAPITALS + DIGITS, k=GROUPS * IN_A_GROUP - len(needed))
    drawn = needed + more
    draw.shuffle(drawn)
    text = "".join(drawn)
    return "-".join(text[n : n + IN_A_GROUP] for n in range(0, len(text), IN_A_GROUP))


def _hashed(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), ROUNDS_FOR_A_RANDOM_ONE)
    return hasher.encode(password, hasher.salt())


def _to_come(user: User) -> list[Access]:
    """The accesses in force or still to begin."""
    today = clock.today()
    lasting = Q(during__endswith__gt=today) | Q(during__upper_inf=True)
    return list(user.accesses.select_for_update(of=("self",)).filter(lasting).order_by("pk"))


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _locked_access(access: Access) -> Access:
    locked = Access.objects.select_for_update(of=("self",)).get(pk=access.pk)
    locked.user = _locked(locked.user)
    return locked


def _yesterday() -> date:
    return clock.today() - periods.ONE_DAY


def _period(first: date, last: date | None) -> DateRange:
    try:
        return periods.of(first, last)
    except ValueError as error:
        raise RefusedError(_("The last day lies before the first day."), "last", code="last_before_first") from error


def _told(wanted: Wanted) -> dict[str, str]:
    last = wanted.last.isoformat() if wanted.last else ""
    return {"role": str(wanted.role), "reaches": wanted.prefix, "first": wanted.first.isoformat(), "last": last}


def _clean(row: User | Access | RequestedAccess) -> None:
    """
    Say what the fields of the row say of what stands in them.

    What its constraints say the actions have asked in their own words; asking each of them again, as `full_clean`
    does, would cost a dozen queries for each account of a roster.
    """
    keys = {field.name for field in row._meta.concrete_fields if field.is_relation or field.name == "password"}
    try:
        row.clean_fields(exclude=keys)
    except ValidationError as error:
        named = next(iter(error.message_dict))
        about = {"prefix": "area"} if isinstance(row, User) else {"prefix": "reaches", "during": "last"}
        raise RefusedError(" ".join(error.messages), about.get(named, named), code="not_valid") from error
