"""
Sign-ins: who got in, from where, until when; who is locked out after wrong passwords; what ends a session.

A session holds as long as its row here holds (`sessions` asks it with every request). A row begins with Django's own
signal, whichever way somebody got in: by password, by second factor, by the city's own sign-in service. Failures are
counted in the shared cache under a hash of the name that was typed, whether such an account exists or not, so that
nobody learns which names exist. What is typed is never kept: people type passwords into the wrong field.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest

from . import clock, events
from .models import Event, SignIn, User
from .numbers import without_personal_numbers

KEY = "sign_in"  # what the session calls the number of its row
LOCKED_FOR = timedelta(minutes=15)
BROWSER_LENGTH = 200

Why = SignIn.WhyEnded


@transaction.atomic
def begin(request: HttpRequest, user: User) -> SignIn:
    """
    Begin the session of `request` and end those that are too many, by `SESSIONS_PER_ACCOUNT`.

    The account is locked meanwhile: of two who sign in at the same moment one ends the other. The row carries
    `ended_others`, what it put an end to, for the page that tells so.
    """
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    end_the_idle(SignIn.objects.filter(user=user))
    others = list(SignIn.objects.filter(user=user, ended_at=None).order_by("-pk")[settings.SESSIONS_PER_ACCOUNT - 1 :])
    row = SignIn.objects.create(
        user=user,
        address=address_of(request),
        browser=request.META.get("HTTP_USER_AGENT", "")[:BROWSER_LENGTH],
        second_factor=any(step.get("method") == "mfa" for step in get_authentication_records(request, user)),
    )
    _end(others, Why.ELSEWHERE)
    row.ended_others = others  # type: ignore[attr-defined]
    request.session[KEY] = row.pk
    account = without_personal_numbers(user.username)
    events.record(
        "signin.begin", by=user, obj=user, prefix=user.prefix, account=account, address=row.address, sign_in=row.pk
    )
    return row


@transaction.atomic
def end(user: User, why: str, *, but: SignIn | None = None, by: User | None = None) -> int:
    """End the open sessions of an account, except `but`, at their next click; return how many there were."""
    rows = SignIn.objects.filter(user=user, ended_at=None)
    return _end(list(rows.exclude(pk=but.pk) if but else rows), why, by=by)


def end_one(row: SignIn, why: str) -> None:
    """End this session, if it is open."""
    with transaction.atomic():
        _end([row], why)


def end_the_idle(rows: Any = None) -> int:
    """End, as of when they were over, the sessions that nobody has used for `SESSION_IDLE` seconds."""
    idle = timedelta(seconds=settings.SESSION_IDLE)
    rows = SignIn.objects.all() if rows is None else rows
    over = rows.filter(ended_at=None, seen_at__lt=clock.now() - idle)
    return int(over.update(ended_at=F("seen_at") + idle, why_ended=Why.IDLE))


def _end(rows: Iterable[SignIn], why: str, by: User | None = None) -> int:
    keys = [row.pk for row in rows]
    ended = SignIn.objects.filter(pk__in=keys, ended_at=None).update(ended_at=Now(), why_ended=why)
    if ended:
        user = next(iter(rows)).user
        action = "session.end" if by else "signin.end"
        events.record(action, by=by or user, obj=user, prefix=user.prefix, why=str(why), sign_ins=keys)
    return ended


def address_of(request: HttpRequest) -> str | None:
    """Return the address of who asks, behind as many proxies as `PROXIES` says; None where there is none."""
    from allauth.account.adapter import get_adapter  # the adapter stands above the ground

    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None


# Locked out


def account_key(name: str) -> str:
    """Return what failures are counted under: a hash of the name as it was typed, however it was written."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return hashlib.sha256(plain.encode()).hexdigest()


def locked_until(name: str) -> datetime | None:
    """Return until when nobody gets in under this name; None where it is not locked."""
    until: datetime | None = cache.get(_lock(name))
    return until if until and until > clock.now() else None


def lock(name: str, request: HttpRequest) -> None:
    """Let nobody in under this name for a quarter of an hour, whatever is typed."""
    until = clock.now() + LOCKED_FOR
    cache.set(_lock(name), until, LOCKED_FOR.total_seconds())
    user = User.objects.filter(username__iexact=name).first()
    if user is not None:
        events.record("signin.lock", obj=user, prefix=user.prefix, address=address_of(request), until=until.isoformat())


def is_locked(user: User) -> bool:
    """Say whether the account is locked out after wrong passwords."""
    return locked_until(user.username) is not None


def unlock(user: User, by: User | None = None) -> None:
    """Forget the wrong passwords and codes of an account: its owner may try again at once."""
    cache.delete(_lock(user.username))
    for key in (account_key(user.username), f"mfa-auth-user-{user.pk}"):
        ratelimit.clear(HttpRequest(), action="login_failed", key=key)
    events.record("signin.unlock", by=by, obj=user, prefix=user.prefix)


def failed(name: str, request: HttpRequest) -> None:
    """Record a wrong password; the one after which no more are let through locks the name."""
    user = User.objects.filter(username__iexact=name).first()
    events.record(
        "signin.fail", obj=user, prefix=user.prefix if user else "", address=address_of(request), known=user is not None
    )
    if not ratelimit.consume(request, action="login_failed", key=account_key(name), dry_run=True):
        lock(name, request)


def _lock(name: str) -> str:
    return f"locked-out:{account_key(name)}"


# What the account is told


def before(row: SignIn) -> SignIn | None:
    """Return the sign-in of the account before this one."""
    return SignIn.objects.filter(user=row.user, pk__lt=row.pk).order_by("-pk").first()


def failures_since(row: SignIn) -> int:
    """Count the wrong passwords for the account since that sign-in began."""
    return Event.objects.filter(
        action="signin.fail", object_type=User._meta.label, object_key=str(row.user_id), at__gt=row.began_at
    ).count()


# What an account needs


def needs_second_factor(user: User) -> bool:
    """Say whether the account must have a second factor, by `SECOND_FACTOR`; costs no query beyond its reach."""
    if settings.SECOND_FACTOR == "everyone":
        return True
    return settings.SECOND_FACTOR == "required" and (user.is_administrator or user.reach.may_reveal)


def lost_its_access(user: User) -> bool:
    """
    Say whether the account had an access and has none in force today.

    One that never had any may sign in, choose its password and wait: nothing is found behind its pages.
    """
    if user.reach.prefixes:
        return False
    return user.accesses.filter(during__endswith__lte=clock.today()).exists()


@transaction.atomic
def remove_second_factor(user: User, by: User | None, reason: str = "") -> None:
    """Take telephone and recovery codes of an account out of use, both being lost, and end its sessions."""
    Authenticator.objects.filter(user=user).delete()
    user.codes_kept_at = None
    user.save(update_fields=["codes_kept_at"])
    events.record("factor.remove", by=by, obj=user, prefix=user.prefix, reason=without_personal_numbers(reason))
    end(user, Why.REVOKED, by=by)
