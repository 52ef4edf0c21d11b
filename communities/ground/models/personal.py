"""
The keys of people: each person's sensitive data is encrypted with a key of its own.

The key stands here wrapped by the installation's own key (`DATA_KEY`, never in the database). When the retention of
the person's data ends, the wrapped key is destroyed: what it encrypted, in the rows, their history and every backup
made with them, can never be read again.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PersonalKey(models.Model):
    """The key of one person, until the day it is destroyed."""

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

    class Meta:
        verbose_name = _("key of a person")
        verbose_name_plural = _("keys of people")
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="a_key_is_there_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
