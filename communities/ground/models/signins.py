"""
Sign-ins: one row each time somebody gets in, until the session ends, and why it ended.

The row, not the cookie, says whether a session still holds: an account that is closed, loses its access, signs in
elsewhere or gets a new password has its open sessions ended at their next click. Kept by who signed in, read by the
auditor; a session's key is never stored, only the number of this row within the session.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class WhyEnded(models.TextChoices):
    """Why a session ended."""

    SIGNED_OUT = "signed_out", _("signed out")
    ELSEWHERE = "elsewhere", _("signed in elsewhere")
    IDLE = "idle", _("idle too long")
    REVOKED = "revoked", _("ended by an administrator")
    NEW_PASSWORD = "new_password", _("the password was changed")
    CLOSED = "closed", _("the account was closed")
    NO_ACCESS = "no_access", _("the access ended")
    ONE_TIME_OVER = "one_time_over", _("the one-time password was over")


class SignIn(models.Model):
    """Somebody got in: when, from where, with what; and how it ended."""

    WhyEnded = WhyEnded

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sign_ins", verbose_name=_("account")
    )
    began_at = models.DateTimeField(_("began at"), db_default=Now(), editable=False)
    address = models.GenericIPAddressField(_("from the address"), null=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)
    second_factor = models.BooleanField(_("with a second factor"), default=False)
    seen_at = models.DateTimeField(
        _("last seen at"),
        db_default=Now(),
        editable=False,
        help_text=_("Moves with the pages that are opened, a little behind them: it is not written for every click."),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    why_ended = models.CharField(_("why it ended"), max_length=20, choices=WhyEnded, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [models.Index(fields=["user", "-began_at"], name="sign_ins_of_an_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, why_ended="") | (Q(ended_at__isnull=False) & ~Q(why_ended="")),
                name="an_ended_session_says_why",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="a_session_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.began_at:%Y-%m-%d %H:%M}"
