"""
Accounts and what they may reach.

A user is a person who signs in. What the account may see and do is not a property of it but a dated `Access`
row: a role and a division code prefix, from a day until a day. On transfer the row ends and another begins.
"""

from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .. import clock, periods
from ..history import tracked
from ..roles import Role, is_business, lets
from ..scope import Scope

PREFIX = r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$"


class User(AbstractUser):
    """A person who signs in. An account is never deleted: its access ends."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

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
        rows = self.accesses.filter(during__contains=on or clock.today()).values_list("prefix", "role")
        return Scope(
            prefixes=tuple(sorted({prefix for prefix, _role in rows})),
            roles=frozenset(role for _prefix, role in rows),
        )

    @cached_property
    def reach(self) -> Scope:
        """What this account may reach today, asked once for each time the account is read."""
        return self.scope()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the role in force for business data, Django's groups (and the superuser's right) for the rest."""
        if is_business(perm):
            return self.is_active and lets(self.reach.roles, perm)
        return super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Say whether the account sees anything of the app."""
        if is_business(app_label):
            return self.is_active and bool(self.reach.roles)
        return super().has_module_perms(app_label)


@tracked
class Access(models.Model):
    """What an account may reach, from a day until a day: a role and the division code prefix it is fenced by."""

    user = models.ForeignKey(User, models.PROTECT, related_name="accesses", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    prefix = models.CharField(
        _("division code prefix"),
        max_length=12,
        db_collation="C",
        validators=[RegexValidator(PREFIX, _("A code prefix has 2, 4, 6, 9 or 12 digits."))],
        help_text=_("3701 a city, 370102 a district, 370102001 a street, 12 digits a community."),
    )
    during = periods.PeriodField(_("in force"), help_text=_("First and last day; the last is empty while it holds."))

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = [
            periods.lasting("access_lasts"),
            models.CheckConstraint(
                condition=models.Q(prefix__regex=PREFIX) & ~models.Q(prefix=""),
                name="access_prefix_is_a_code",
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
