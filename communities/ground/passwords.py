"""
Passwords: the rules of a new one, how long one holds, and when another must be chosen.

Its owner chooses it here, or it was given out (`accounts`) and opens nothing but the choice of another until its day.
Whichever way it was set, a trigger on the table of accounts keeps the hashes of the last five, so that none of them is
chosen again.
"""

import unicodedata
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import clock
from .models import PastPassword, User
from .models.accounts import REMEMBERED
from .roles import ADMINISTRATORS

LEAST = 8
LEAST_FOR_ADMINISTRATORS = 12
CLASSES_WANTED = 3
SHORTEST_NAME = 3  # a shorter name occurs in any password by chance


def choose(user: User, password: str) -> None:
    """Set the password that the owner of the account has chosen; the rules are checked by the form before."""
    user.set_password(password)
    user.password_set_at = clock.now()
    user.one_time_until = None
    user.save(update_fields=["password", "password_set_at", "one_time_until"])


def is_over(user: User) -> bool:
    """Say whether the password is a one-time one whose day has passed: it opens nothing any more."""
    return user.one_time_until is not None and user.one_time_until <= clock.now()


def why_another(user: User) -> str:
    """Return in words why the account must choose another password before anything else; empty where it need not."""
    if not user.has_usable_password():
        return ""  # whoever signs in by the city's own service has none here
    if user.one_time_until is not None:
        return _("This password was given out and works once. Choose one that only you know.")
    if (user.password_set_at or user.date_joined) < clock.now() - timedelta(days=settings.PASSWORD_DAYS):
        told = ngettext(
            "This password has been in use for more than {days} day. Choose another.",
            "This password has been in use for more than {days} days. Choose another.",
            settings.PASSWORD_DAYS,
        )
        return told.format(days=settings.PASSWORD_DAYS)
    return ""


def least_length(user: User | None) -> int:
    """Return how many characters a password of the account must have; an administrator's more, also a future one's."""
    if user is None or user.pk is None:
        return LEAST
    not_over = Q(during__upper_inf=True) | Q(during__endswith__gt=clock.today())
    is_one = user.accesses.filter(not_over, role__in=ADMINISTRATORS).exists()
    return LEAST_FOR_ADMINISTRATORS if is_one else LEAST


class LongEnough:
    """At least 8 characters, an administrator's 12."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a shorter one."""
        least = least_length(user)
        if len(password) < least:
            told = _("This password has {length} characters; it must have {least} or more.")
            raise ValidationError(told.format(length=len(password), least=least), code="password_too_short")

    def get_help_text(self) -> str:
        """Return the rule."""
        told = _("At least {least} characters, an administrator's at least {more}.")
        return told.format(least=LEAST, more=LEAST_FOR_ADMINISTRATORS)


class Mixed:
    """Three of the four: capital letters, small letters, digits, other characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError where only one or two kinds occur."""
        kinds = {_kind(character) for character in password}
        if len(kinds) < CLASSES_WANTED:
            told = _("This password has {kinds} of the four kinds of characters; it must have {wanted}.")
            raise ValidationError(told.format(kinds=len(kinds), wanted=CLASSES_WANTED), code="password_not_mixed")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("Three of these four kinds: capital letters, small letters, digits, other characters.")


class WithoutTheName:
    """Neither the user name nor the full name of its owner, forwards or backwards."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError where the password contains one of them."""
        plain = _plain(password)
        for name in (_plain(user.username), _plain(user.full_name)) if user else ():
            long_enough = len(name) >= (SHORTEST_NAME if name.isascii() else 2)  # 李某 has two characters
            if long_enough and (name in plain or name[::-1] in plain):
                raise ValidationError(_("This password contains the name of its owner."), code="password_with_name")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("Not containing the user name or the name of its owner.")


class NotOneOfTheLast:
    """None of the last five, the present one included."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for one of them; each costs as much as a sign-in."""
        if user is None or user.pk is None:
            return
        before = PastPassword.objects.filter(user=user).order_by("-pk").values_list("hashed", flat=True)[:REMEMBERED]
        if any(check_password(password, hashed) for hashed in {*before, user.password}):
            told = _("This is one of the last {count} passwords of this account.")
            raise ValidationError(told.format(count=REMEMBERED), code="password_used_before")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("None of the last {count} passwords.").format(count=REMEMBERED)


class HoldsFor:
    """Only tells how long a password holds; there is nothing to refuse."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse nothing."""

    def get_help_text(self) -> str:
        """Return the rule."""
        told = ngettext("It holds for {days} day.", "It holds for {days} days.", settings.PASSWORD_DAYS)
        return told.format(days=settings.PASSWORD_DAYS)


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    return {"Lu": "capital", "Ll": "small", "Nd": "digit"}.get(category, "other")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
