"""
Drafts: what somebody has typed into a form and not sent yet, so that an ended session loses nothing.

Saved by the page while he types, offered when the same account opens the same page again, removed when the form is
sent or thrown away. Fields with personal data never get here: their inputs say so, and the page leaves them out.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Draft(models.Model):
    """The unsent text of one form of one account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", verbose_name=_("account"))
    address = models.CharField(_("page"), max_length=500, help_text=_("The path of the page that holds the form."))
    fields = models.JSONField(_("fields"), default=list, help_text=_("Names and values as the form would send them."))
    saved_at = models.DateTimeField(_("saved at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="one_draft_of_a_page")]

    def __str__(self) -> str:
        return f"{self.user} {self.address}"
