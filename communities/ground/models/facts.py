"""
Facts: what every row of a register carries besides its own columns.

Where it came from, when it was recorded and by whom, whether it is example data, and a version by which two
people who edit the same row are told of each other.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..numbers import holds_personal_number

NO_NUMBERS = _(
    "An identity or mobile number does not belong in this text, where everybody would read it. Delete it; the form of "
    "a person has fields of its own for numbers, which are encrypted."
)


class Versioned(models.Model):
    """A row people edit: `version` rises at each change, so that nobody overwrites what he has not seen."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and count the version up where the row existed."""
        if not self._state.adding and not kwargs.get("update_fields"):
            self.version += 1
        super().save(*args, **kwargs)

    def clean_fields(self, exclude: Any = None) -> None:
        """Besides what each field asks: no text that people type holds an identity or mobile number."""
        super().clean_fields(exclude)
        wrong = {
            field.name: ValidationError(NO_NUMBERS, code="personal_number")
            for field in self._meta.concrete_fields
            if field.name not in (exclude or ()) and self._is_typed(field)
            if holds_personal_number(getattr(self, field.attname) or "")
        }
        if wrong:
            raise ValidationError(wrong)

    @staticmethod
    def _is_typed(field: Any) -> bool:
        return isinstance(field, (models.CharField, models.TextField)) and field.editable and not field.choices


class Fact(Versioned):
    """A row of a register. Never deleted to end it: its period ends, or a later row replaces it."""

    source = models.CharField(
        _("source"), max_length=200, blank=True, help_text=_("The paper, ledger or file this comes from.")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    imported_by = models.ForeignKey(
        "ground.Job",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("import"),
        help_text=_("The import that wrote the row."),
    )
    is_example = models.BooleanField(
        _("example data"),
        default=False,
        editable=False,
        help_text=_("Made by the generator; shown as 示例数据 wherever it appears."),
    )

    class Meta:
        abstract = True
