"""
The door of every request: whether the session still holds, and what its owner must do before anything else.

In the place of Django's own middleware it reads account and sign-in in the one query that Django spends on the
account. A session is over when its row ended, when nobody used it for long, when the account was closed, its access
ended or its password became another: then the next click leads to the sign-in page, which says so, and what the click
would have sent is kept as a draft. A session that holds may still be kept in front of a page: another password must
be chosen, a second factor set up, its recovery codes kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.signals import password_changed, password_set
from allauth.mfa import app_settings as factor_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from . import clock, drafts, events, passwords, signins
from .access import API, PUBLIC, is_asked_by_pages, of_address
from .models import SignIn, User

Why = SignIn.WhyEnded
WRITTEN_EVERY = 30  # a thirtieth of the idle time may pass before `seen_at` is written again
SENT, SENT_FOR = "draft_sent", 600  # the cookie, and how many seconds, by which the page's script learns of it
BY_SERVICE = "by_service"  # what the session says where no password opened it, but the city's own sign-in service
WEAK = "password_too_short"  # what the session says where the password that opened it breaks today's rules

# What an account that must do something first may open besides the page where it is done.
ALWAYS = frozenset(
    {"account_logout", "account_reauthenticate", "mfa_reauthenticate", "account_inactive", "preferences"}
)
PASSWORD_PAGES = frozenset({"account_change_password", "account_set_password"})
FACTOR_PAGES = frozenset({"mfa_activate_totp"})
CODES_PAGES = frozenset(
    {"mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "codes_kept"}
)


@dataclass(frozen=True)
class Held:
    """Who asks, and by which sign-in; `over` says why the session does not hold any more, `user` is nobody then."""

    user: User | AnonymousUser
    sign_in: SignIn | None = None
    over: str = ""


@dataclass(frozen=True)
class First:
    """What an account must do before anything else: on which page, which others stay open meanwhile, and why."""

    page: str
    open: frozenset[str]
    told: str


def held(request: HttpRequest) -> Held:
    """Return who asks: one query for account and sign-in, one for what it reaches, which every page asks anyway."""
    session = request.session
    if SESSION_KEY not in session or signins.KEY not in session:
        return Held(AnonymousUser())
    found = SignIn.objects.filter(pk=session[signins.KEY], user=session[SESSION_KEY]).select_related("user").first()
    if found is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return Held(AnonymousUser())
    over = why_over(found, session)
    if not over:
        if not _by_itself(request):
            _see(found)
        return Held(found.user, found)
    if found.ended_at is None:
        _end(found, over)
    return Held(AnonymousUser(), found, over)


def why_over(row: SignIn, session: SessionBase) -> str:
    """Return why a session does not hold any more; empty where it does."""
    user = row.user
    if row.ended_at is not None:
        return row.why_ended
    if not user.is_active:
        return Why.CLOSED
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return Why.NEW_PASSWORD
    if row.seen_at < clock.now() - timedelta(seconds=settings.SESSION_IDLE):
        return Why.IDLE
    if passwords.is_over(user) and BY_SERVICE not in session:
        return Why.ONE_TIME_OVER
    return Why.NO_ACCESS if signins.lost_its_access(user) else ""


def _end(row: SignIn, why: str) -> None:
    if why == Why.IDLE:
        signins.end_the_idle(SignIn.objects.filter(pk=row.pk))
    else:
        signins.end_one(row, why)
    row.refresh_from_db(fields=["ended_at", "why_ended"])


def _by_itself(request: HttpRequest) -> bool:
    """Say whether an open page asks, and nobody in front of it: that does not keep a session."""
    try:
        return is_asked_by_pages((request.resolver_match or resolve(request.path_info)).func)
    except Resolver404:
        return False


def _see(row: SignIn) -> None:
    now = clock.now()
    if now - row.seen_at > timedelta(seconds=settings.SESSION_IDLE / WRITTEN_EVERY):
        SignIn.objects.filter(pk=row.pk, ended_at=None).update(seen_at=now)
        row.seen_at = now


def first_of_all(request: HttpRequest, user: User, sign_in: SignIn) -> First | None:
    """Return what the account must do before anything else, None where nothing; costs no query."""
    told = "" if BY_SERVICE in request.session else passwords.why_another(user)
    if request.session.get(WEAK):
        told = told or _("This password is shorter than your account needs by now. Choose another.")
    if told:
        return First("account_change_password", PASSWORD_PAGES, told)
    if not sign_in.second_factor and signins.needs_second_factor(user):
        told = _("Your account needs a second factor: an authenticator app on your telephone. Set it up to go on.")
        return First("mfa_activate_totp", FACTOR_PAGES, told)
    if sign_in.second_factor and user.codes_kept_at is None:
        told = _("Keep your recovery codes, and say that you have: they open the account if the telephone is lost.")
        return First("mfa_view_recovery_codes", CODES_PAGES, told)
    return None


class SignInMiddleware(AuthenticationMiddleware):
    """Put `request.user` and `request.sign_in` on every request; lead away what may not go on."""

    def process_request(self, request: HttpRequest) -> None:
        """Find out who asks when somebody wants to know."""
        request.held = SimpleLazyObject(lambda: held(request))  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: request.held.user)  # type: ignore[assignment,attr-defined]

        async def auser() -> Any:
            return request.user

        request.auser = auser

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer in the place of the view where the session is over or something else comes first."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if request.held.over:  # type: ignore[attr-defined]
            return _over(request)
        if request.user.is_authenticated and (sign_in := sign_in_of(request)):
            first = first_of_all(request, request.user, sign_in)
            request.first_of_all = first  # type: ignore[attr-defined]  # the page where it is done says why
            if first and not _is_open(request, first):
                return _first(request, first)
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Remove the draft of a form that has been sent and taken; a script learns of it by a cookie."""
        if request.method == "POST" and response.status_code in (302, 303) and _was_taken(request):
            address = request.POST.get(drafts.ADDRESS, "")
            if address and request.user.is_authenticated:
                drafts.discard(request.user, address)
                response.set_cookie(
                    SENT, quote(address, safe=""), max_age=SENT_FOR, samesite="Lax", secure=settings.HTTPS
                )
        return response


def _was_taken(request: HttpRequest) -> bool:
    """Say whether a form that led to another page was taken: not where that page is told of something amiss."""
    if hasattr(request, "led_away"):
        return False
    said = getattr(messages.get_messages(request), "_queued_messages", ())  # only those of this request
    return all(message.level < messages.WARNING for message in said)


def sign_in_of(request: HttpRequest) -> SignIn | None:
    """Return the sign-in by which this request was let in."""
    begun: SignIn | None = getattr(request, "begun_sign_in", None)
    return begun or getattr(getattr(request, "held", None), "sign_in", None)


def _is_open(request: HttpRequest, first: First) -> bool:
    match = request.resolver_match
    return match is not None and (match.view_name in first.open | ALWAYS or of_address(match) == PUBLIC)


def _over(request: HttpRequest) -> HttpResponse | None:
    """Lead to the sign-in page, which says why; programs are told in JSON and leave the telling to the next page."""
    row: SignIn = request.held.sign_in  # type: ignore[attr-defined]
    told = in_words(row)
    if _wants_json(request):
        return JsonResponse({"detail": told, "code": "session_over"}, status=401)
    comes_back = row.why_ended not in (Why.CLOSED, Why.NO_ACCESS)
    if request.method == "POST" and comes_back and drafts.keep_what_was_sent(request, row.user):
        told = _("{why} What you had typed is kept; you are asked about it after signing in.").format(why=told)
    request.session.flush()
    messages.warning(request, told)
    if request.resolver_match and of_address(request.resolver_match) == PUBLIC:
        return None
    return _lead(request, settings.LOGIN_URL, f"next={quote(_way_back(request))}")


def _first(request: HttpRequest, first: First) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"detail": first.told, "code": "something_first"}, status=403)
    return _lead(request, first.page)


def _lead(request: HttpRequest, page: str, query: str = "") -> HttpResponse:
    request.led_away = True  # type: ignore[attr-defined]
    address = resolve_url(page) + (f"?{query}" if query else "")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(API) or request.headers.get("Accept", "").startswith("application/json")


def _way_back(request: HttpRequest) -> str:
    """Return the page that was being read: this one, or the one that sent the form or asked for a part of itself."""
    if request.method == "GET" and request.headers.get("HX-Request") != "true":
        return request.get_full_path()
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(before)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return "/"


def in_words(row: SignIn) -> str:
    """Return why a session ended and what to do, for the sign-in page."""
    at = clock.shown(row.ended_at) if row.ended_at else ""
    if row.why_ended == Why.ELSEWHERE:
        later = SignIn.objects.filter(user=row.user_id, pk__gt=row.pk).order_by("pk").first()
        where = (later.address if later else None) or _("an unknown address")
        told = _(
            "Your session was ended at {at}: the account was signed in elsewhere, from {where}. If that was not you, "
            "choose another password and tell the security administrator of your office."
        )
        return told.format(at=at, where=where)
    return _REASONS[row.why_ended]().format(at=at, minutes=settings.SESSION_IDLE // 60)


_REASONS: dict[str, Callable[[], str]] = {
    Why.SIGNED_OUT: lambda: _("You signed out at {at}. Sign in again to go on."),
    Why.IDLE: lambda: _("You were signed out at {at}, after {minutes} minutes without a page. Sign in to go on."),
    Why.REVOKED: lambda: _("An administrator ended your session at {at}. Sign in again, or ask the administrator why."),
    Why.NEW_PASSWORD: lambda: _("Your session was ended: the password of the account was changed. Sign in with it."),
    Why.CLOSED: lambda: _(
        "Your account was closed. What was recorded with it is kept; ask the system administrator of your office."
    ),
    Why.NO_ACCESS: lambda: _(
        "The access of your account has ended. Ask the security administrator of your office for another."
    ),
    Why.ONE_TIME_OVER: lambda: _(
        "The one-time password of your account is over. Ask the security administrator of your office for another."
    ),
}


@receiver(user_logged_in)
def _begin(sender: Any, request: HttpRequest, user: User, **_more: Any) -> None:
    request.begun_sign_in = signins.begin(request, user)  # type: ignore[attr-defined]
    code = request.POST.get("code", "")
    for authenticator in Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP) if code else ():
        _spend(authenticator, code)  # allauth remembers it for half a minute, and takes it for a minute and a half


@receiver(user_logged_out)
def _sign_out(sender: Any, request: HttpRequest, user: User | None, **_more: Any) -> None:
    if user is not None and (key := request.session.get(signins.KEY)):
        for row in SignIn.objects.filter(pk=key, user=user):
            signins.end_one(row, Why.SIGNED_OUT)


@receiver(password_changed)
@receiver(password_set)
def _new_password(sender: Any, request: HttpRequest, user: User, **_more: Any) -> None:
    request.session.pop(WEAK, None)
    signins.end(user, Why.NEW_PASSWORD, but=sign_in_of(request))
    events.record("password.change", by=user, obj=user, prefix=user.prefix)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def _another_factor(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, signal: Any, **_more: Any
) -> None:
    """A factor that has just been set up was proven with it; its recovery codes, and new ones, are still to be kept."""
    action = {authenticator_added: "factor.add", authenticator_removed: "factor.remove"}.get(signal, "factor.renew")
    events.record(action, by=user, obj=user, prefix=user.prefix, kind=str(authenticator.type))
    User.objects.filter(pk=user.pk).update(codes_kept_at=None)
    if signal is authenticator_added and authenticator.type == Authenticator.Type.TOTP:
        _spend(authenticator, request.POST.get("code", ""))
    sign_in = sign_in_of(request)
    if sign_in is not None and authenticator.type == Authenticator.Type.TOTP:
        SignIn.objects.filter(pk=sign_in.pk).update(second_factor=signal is authenticator_added)


def _spend(authenticator: Authenticator, code: str) -> None:
    """Remember that a code was used, as long as the app's next ones leave it right: it opens nothing a second time."""
    right_for = factor_settings.TOTP_PERIOD * (2 * factor_settings.TOTP_TOLERANCE + 1)
    cache.set(TOTP(authenticator)._get_used_cache_key(code), "y", timeout=right_for)


@receiver(authentication_failed)
def _wrong_code(sender: Any, request: HttpRequest, user: User, **_more: Any) -> None:
    events.record("factor.fail", obj=user, prefix=user.prefix, address=signins.address_of(request))
