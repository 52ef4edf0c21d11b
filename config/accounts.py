"""
What allauth asks the portal: who may sign up (nobody), who may sign in, what is said, how secrets are kept.

Wrong passwords are counted by allauth in the shared cache, under a name that does not depend on the host
(`communities.ground.signins`); the one that is too many locks the name for a quarter of an hour.
"""

import time
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from communities.ground import clock, keys, passwords, signins
from communities.ground.models import SignIn, User
from communities.ground.sessions import BY_SERVICE, WEAK, sign_in_of

WAIT = timedelta(minutes=1)  # what every limit of `ACCOUNT_RATE_LIMITS` that ends in a page of its own counts
FACTOR = "second factor"  # what its secret is encrypted for


class StaffAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Closes allauth's sign-up, locks out who guesses, tells who signs in when it was last done and from where."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("The user name and the password do not belong together."),
        "too_many_login_attempts": gettext_lazy(
            "Too many wrong codes. Wait a quarter of an hour, or ask the security administrator of your office."
        ),
        "rate_limited": gettext_lazy("Too many attempts one after the other. Wait a minute."),
        "enter_current_password": gettext_lazy("This is not the present password."),
        "incorrect_password": gettext_lazy("This is not the password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return signins.account_key(credentials.get("username", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Look at no password while the name is locked, not even at the right one."""
        self._refuse_the_locked(credentials)
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the failure, and say so at once where it was the one too many."""
        signins.failed(credentials.get("username", ""), request)
        self._refuse_the_locked(credentials)

    def _refuse_the_locked(self, credentials: dict[str, Any]) -> None:
        until = signins.locked_until(credentials.get("username", ""))
        if until is not None:
            told = _(
                "Too many wrong passwords: nobody gets in under this name until {until}, not with the right one "
                "either. If it cannot wait, ask the security administrator of your office to unlock the account."
            )
            raise ValidationError(told.format(until=clock.shown(until)), code="locked_out")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the account whose password it is; one given out dies with its day, one too short is to be changed."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and passwords.is_over(user):
            raise ValidationError(
                _("This one-time password is over. Ask the security administrator of your office for another."),
                code="one_time_over",
            )
        if user is None:
            return None  # a wrong one, also where somebody signed in is asked again, changes nothing of his session
        request.session.pop(WEAK, None)
        request.session.pop(BY_SERVICE, None)
        if len(credentials.get("password", "")) < passwords.least_length(user):
            request.session[WEAK] = True
        return user

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse | None:
        """Let nobody in whose access has ended."""
        response: HttpResponse | None = super().pre_login(request, user, **more)
        if response is not None:
            return response
        if signins.lost_its_access(user):
            messages.warning(
                request,
                _("The access of your account has ended. Ask the security administrator of your office for another."),
            )
            return redirect("account_login")
        return None

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """Tell when and from where the account was last used, what failed since, and which session was ended."""
        if (row := sign_in_of(request)) is not None:
            for level, told in _told(row):
                messages.add_message(request, level, told)
        response: HttpResponse = super().post_login(request, user, **more)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Set the password its owner chose."""
        passwords.choose(user, password)

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Ask again who it is before a step that matters, unless somebody has just signed in."""
        request = context.request
        steps = get_authentication_records(request, request.user)
        if steps and time.time() - steps[-1]["at"] < REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **more))


class LockedFactorError(ValidationError, keys.UnreadableError):
    """A second factor that cannot be read: a form that asks for its code says so in words."""


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """
    Keeps the secrets of authenticator apps encrypted under the installation's key, each bound to its account.

    allauth says whose secret it is in neither call. Set up it is only by its owner, who is signed in; and whose a
    stored secret is, says the row that holds it: one that was put on another account's row opens nothing.
    """

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right, or not any more. Enter the one the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored, bound to the account that is setting it up."""
        return keys.encrypt(FACTOR, text.encode(), of=str(context.request.user.pk))

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret as the app knows it. Raises UnreadableError where it was bound to another account."""
        rows = Authenticator.objects.filter(Q(data__secret=encrypted_text) | Q(data__seed=encrypted_text))
        owners = set(rows.values_list("user", flat=True))
        if len(owners) != 1:
            raise keys.UnreadableError("This second factor stands on more than one account, or on none.")
        try:
            return keys.decrypt(FACTOR, encrypted_text, of=str(owners.pop())).decode()
        except keys.UnreadableError as error:
            told = _(
                "Your second factor cannot be read: the key it was encrypted with is missing (DATA_KEYS_BEFORE), or it "
                "was altered. Tell the operator of this installation, who adds the key and starts again."
            )
            raise LockedFactorError(told, code="unreadable") from error


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer who sent too much within a minute: until when to wait, and that he may go back then."""
    until = clock.now() + WAIT + timedelta(seconds=59)  # shown without its seconds
    response = render(request, "429.html", {"at": clock.shown(until)}, status=429)
    response["Retry-After"] = str(int(WAIT.total_seconds()))
    return response


def _told(row: SignIn) -> list[tuple[int, str]]:
    told = [(messages.INFO, _of_the_last(row))]
    for other in getattr(row, "ended_others", ()):
        ended = _("Your other session was ended: it was open since {since}, from {where}.")
        where = other.address or _("an unknown address")
        told.append((messages.WARNING, ended.format(since=clock.shown(other.began_at), where=where)))
    return told


def _of_the_last(row: SignIn) -> str:
    last = signins.before(row)
    if last is None:
        return _("This is the first time that this account signs in.")
    failures = signins.failures_since(last)
    sentence = (
        ngettext(
            "Last signed in at {at}, from {where}. {count} wrong password since.",
            "Last signed in at {at}, from {where}. {count} wrong passwords since.",
            failures,
        )
        if failures
        else _("Last signed in at {at}, from {where}.")
    )
    where = last.address or _("an unknown address")
    return sentence.format(at=clock.shown(last.began_at), where=where, count=failures)
