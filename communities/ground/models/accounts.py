"""
Accounts and what they may reach.

A user is a person who signs in. What the account may see and do is not a property of it but a dated `Access`
row: a role and a division code prefix, from a day until a day. On transfer the row ends and another begins; who
takes over from somebody holds an access that says so. The area an account belongs to decides which administrators
look after it; it opens nothing, but no access may reach beyond it: who resets a password could else reach further
than he may himself.
"""

from datetime import date, datetime, time
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .. import clock, periods
from ..history import tracked
from ..roles import ADMINISTRATORS, Role, concerns, lets, proposes
from ..scope import PrefixedQuerySet, Scope

REMEMBERED = 5  # how many passwords of an account are remembered, so that none of them is chosen again
PREFIX_WIDTHS = (2, 4, 6, 9, 12)
PREFIX = r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$"


def _prefix_field(label: Any, **options: Any) -> "models.CharField[str, str]":
    return models.CharField(
        label,
        max_length=12,
        db_collation="C",
        validators=[RegexValidator(PREFIX, _("A code prefix has 2, 4, 6, 9 or 12 digits."))],
        help_text=_("3701 a city, 370102 a district, 370102001 a street, 12 digits a community."),
        **options,
    )


class AccountManager(UserManager["User"]):
    """Accounts, fenced by the area they belong to."""

    use_in_migrations = False

    def get_queryset(self) -> PrefixedQuerySet["User"]:
        """Return the accounts, with the fence."""
        return PrefixedQuerySet(self.model, using=self._db)

    def within(self, scope: Scope | str, on: date | None = None) -> PrefixedQuerySet["User"]:
        """Keep the accounts that belong to an area within `scope`."""
        return self.get_queryset().within(scope, on)


@pgtrigger.register(
    pgtrigger.Trigger(
        name="passwords_are_remembered",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("password"),  # type: ignore[no-untyped-call]
        func=f"""
            IF NEW.password LIKE '!%' OR (TG_OP = 'UPDATE' AND NEW.password IS NOT DISTINCT FROM OLD.password) THEN
                RETURN NULL;
            END IF;
            INSERT INTO ground_pastpassword (user_id, hashed) VALUES (NEW.id, NEW.password);
            DELETE FROM ground_pastpassword WHERE user_id = NEW.id AND id NOT IN (
                SELECT id FROM ground_pastpassword WHERE user_id = NEW.id ORDER BY id DESC LIMIT {REMEMBERED}
            );
            RETURN NULL;
        """,  # noqa: S608  a number of ours
    )
)
class User(AbstractUser):
    """A person who signs in. An account is never deleted: its access ends."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=60, blank=True)
    prefix = _prefix_field(_("belongs to the area"), blank=True, default="")
    password_set_at = models.DateTimeField(
        _("password set at"), null=True, blank=True, editable=False, help_text=_("When its owner last chose it.")
    )
    one_time_until = models.DateTimeField(
        _("one-time password valid until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set while the password is one that was given out: it opens nothing but the choice of another."),
    )

    codes_kept_at = models.DateTimeField(
        _("recovery codes kept at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When its owner said that the recovery codes of the second factor are kept."),
    )

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(condition=models.Q(prefix__regex=PREFIX), name="account_area_is_a_code"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        """Return the name that pages and reports show."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name that pages and reports show."""
        return str(self)

    def scope(self, on: date | None = None) -> Scope:
        """Return what this account may reach on the day; nothing where no access is in force (one query)."""
        if not self.is_active:
            return Scope()
        in_force = self.accesses.filter(during__contains=on or clock.today())
        rows = in_force.values_list("prefix", "role", "took_over", "may_reveal")
        return Scope(
            prefixes=tuple(sorted({prefix for prefix, *_rest in rows})),
            roles=frozenset(role for _prefix, role, *_rest in rows),
            took_over=frozenset(before for _prefix, _role, before, _reveals in rows if before),
            may_reveal=any(reveals for *_rest, reveals in rows),
        )

    @cached_property
    def reach(self) -> Scope:
        """What this account may reach today, asked once for each time the account is read."""
        return self.scope()

    @cached_property
    def predecessors(self) -> list["Access"]:
        """The accesses whose work this account goes on with today: its predecessor's, and his predecessors'."""
        found: list[Access] = []
        asked: set[int] = set(self.reach.took_over)
        while asked:
            rows = list(Access.objects.filter(pk__in=asked))
            found += rows
            asked = {row.took_over_id for row in rows if row.took_over_id}
        return found

    def own(self, by: str, at: str) -> models.Q:
        """
        Return the condition that a row is this account's own work, `by` and `at` being its columns of who and when.

        What a predecessor did while he held the access that was handed over is the successor's own; what he did
        before, or elsewhere since, is not. Costs no query where nothing was taken over.
        """
        condition = models.Q(**{by: self})
        for access in self.predecessors:
            held: dict[str, Any] = {by: access.user_id}
            if access.during.lower:
                held[f"{at}__gte"] = _midnight(access.during.lower)
            if access.during.upper:
                held[f"{at}__lt"] = _midnight(access.during.upper)
            condition |= models.Q(**held)
        return condition

    @property
    def is_administrator(self) -> bool:
        """Whether the account is one of the three administrators today."""
        return bool(self.reach.roles & ADMINISTRATORS)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the role in force, and nothing else: neither groups nor being superuser give any right."""
        return self.is_active and lets(self.reach.roles, perm)

    def may_propose(self, perm: str) -> bool:
        """Say whether the account may propose what `perm` would do, for somebody else to accept."""
        return self.is_active and proposes(self.reach.roles, perm)

    def has_module_perms(self, app_label: str) -> bool:
        """Say whether the account sees anything of the app."""
        return self.is_active and concerns(self.reach.roles, app_label)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class PastPassword(models.Model):
    """The hash of a password that an account has had, so that it is not chosen again too soon."""

    user = models.ForeignKey(User, models.CASCADE, related_name="past_passwords", verbose_name=_("account"))
    hashed = models.CharField(_("hash"), max_length=128, editable=False)
    set_at = models.DateTimeField(_("set at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("past password")
        verbose_name_plural = _("past passwords")

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


@tracked
class Access(models.Model):
    """What an account may reach, from a day until a day: a role and the division code prefix it is fenced by."""

    user = models.ForeignKey(User, models.PROTECT, related_name="accesses", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    prefix = _prefix_field(_("division code prefix"))
    during = periods.PeriodField(_("in force"), help_text=_("First and last day; the last is empty while it holds."))
    may_reveal = models.BooleanField(
        _("may reveal personal data"),
        default=False,
        help_text=_("One value at a time, with a reason; needs a second factor."),
    )
    granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("granted by"),
        help_text=_("Empty where the operator's command gave it."),
    )
    took_over = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="successors",
        verbose_name=_("took over from"),
        help_text=_("The access of the predecessor, whose open work this account goes on with."),
    )

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = [
            periods.lasting("access_lasts"),
            models.CheckConstraint(
                condition=models.Q(prefix__regex=PREFIX) & ~models.Q(prefix=""),
                name="access_prefix_is_a_code",
            ),
            models.CheckConstraint(
                condition=models.Q(granted_by__isnull=True) | ~models.Q(granted_by=models.F("user")),
                name="nobody_grants_to_himself",
                violation_error_message=_("Nobody gives an access to himself; another security administrator does."),
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=["system", "security", "auditor"]) | models.Q(may_reveal=False),
                name="an_administrator_reveals_nobody",
                violation_error_message=_("An administrator has no business with personal data."),
            ),
            ExclusionConstraint(
                name="accesses_do_not_overlap",
                expressions=[
                    (periods.only("user"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This account already has an access in that period; end it first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.prefix}"


class Asked(models.TextChoices):
    """Where a requested access stands. The last two are final."""

    WAITING = "waiting", _("waiting for the security administrator")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class RequestedAccess(models.Model):
    """An access that the system administrator asks for an account he opened; the security administrator decides."""

    Asked = Asked

    user = models.ForeignKey(User, models.PROTECT, related_name="requests", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    prefix = _prefix_field(_("division code prefix"))
    during = periods.PeriodField(_("in force"), help_text=_("First and last day; the last is empty while it holds."))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    asked_at = models.DateTimeField(_("asked for at"), db_default=Now(), editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Asked, default=Asked.WAITING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision = models.CharField(_("reason of the decision"), max_length=500, blank=True)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("requested access")
        verbose_name_plural = _("requested accesses")
        indexes = [models.Index("prefix", name="accesses_waiting", condition=models.Q(status="waiting"))]
        constraints = [
            periods.lasting("requested_access_lasts"),
            models.CheckConstraint(
                condition=models.Q(prefix__regex=PREFIX) & ~models.Q(prefix=""),
                name="requested_prefix_is_a_code",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", decided_at__isnull=True, decided_by__isnull=True)
                | (~models.Q(status="waiting") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_decided_request_says_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | (~models.Q(decided_by=models.F("asked_by")) & ~models.Q(decided_by=models.F("user"))),
                name="who_asks_does_not_grant",
                violation_error_message=_("Who asked for an access, or is to have it, does not decide on it."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status="refused") | ~models.Q(decision=""), name="a_refused_request_says_why"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status="waiting"),
                name="one_request_waits_for_an_account",
                violation_error_message=_("An access is already asked for this account."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.prefix}"
