"""
The keys of people: each person's sensitive data is encrypted with a key of its own.

The key stands here wrapped by the installation's own key (`DATA_KEY`, never in the database), beside the keyed hashes
by which a number is found and a second record of it noticed. When the retention of the person's data ends, wrapped key
and hashes are destroyed: what the key encrypted, in the rows, their history and every backup made afterwards, can
never be read again. A backup made before still holds the key until it is overwritten or restored, which destroys it
anew (docs/explanation/personal-data.md).
"""

import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PersonalKey(models.Model):
    """The key of one person, until the day it is destroyed."""

    identity = models.UUIDField(
        _("identity"),
        default=uuid.uuid4,
        db_default=RandomUUID(),
        unique=True,
        editable=False,
        help_text=_("What the wrapped key, and all that it encrypts, is bound to: another row's does not open here."),
    )
    wrapped = models.CharField(
        _("wrapped key"),
        max_length=400,
        null=True,
        editable=False,
        help_text=_("Algorithm, key that wraps it, and the key under it; empty once destroyed."),
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    keep_until = models.DateField(
        _("keep until"), null=True, blank=True, help_text=_("Last day of retention; empty while it is not fixed yet.")
    )
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True, blank=True, editable=False)
    identity_digest = models.CharField(
        _("hash of the identity number"),
        max_length=120,
        null=True,
        editable=False,
        db_collation="C",
        help_text=_("Suite, key and keyed hash; by it alone a second record of the number is noticed."),
    )
    phone_digest = models.CharField(
        _("hash of the mobile number"), max_length=120, null=True, editable=False, db_collation="C", db_index=True
    )
    destruction_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("destruction asked for by"),
    )
    destruction_asked_at = models.DateTimeField(_("destruction asked for at"), null=True, blank=True, editable=False)
    destruction_reason = models.CharField(_("reason of the destruction"), max_length=500, blank=True, editable=False)
    destroyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("destroyed by"),
        help_text=_("Who carried out a destruction that another had asked for; empty where retention had ended."),
    )

    class Meta:
        verbose_name = _("key of a person")
        verbose_name_plural = _("keys of people")
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="a_key_is_there_or_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(identity_digest__isnull=True, phone_digest__isnull=True),
                name="hashes_are_destroyed_with_the_key",
            ),
            models.UniqueConstraint(
                fields=["identity_digest"],
                name="an_identity_number_is_recorded_once",
                violation_error_message=_("This identity number is recorded for somebody already."),
            ),
            models.CheckConstraint(
                condition=Q(destruction_asked_by__isnull=True, destruction_asked_at__isnull=True, destruction_reason="")
                | (
                    Q(destruction_asked_by__isnull=False, destruction_asked_at__isnull=False)
                    & ~Q(destruction_reason="")
                ),
                name="asked_destruction_says_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_by__isnull=True)
                | (Q(destruction_asked_by__isnull=False) & ~Q(destroyed_by=F("destruction_asked_by"))),
                name="who_asks_does_not_destroy",
                violation_error_message=_("Who asked for the destruction does not carry it out; another officer does."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_destroyed(self) -> bool:
        """Whether what it encrypted can no longer be read by anybody."""
        return self.destroyed_at is not None
