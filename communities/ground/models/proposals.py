"""
Proposals: changes of a register that wait for somebody who keeps it.

A community worker fills in the register's own form; what it would save is kept here as it was sent, with what each
field was before. Who may make the change directly accepts it, and then the form is sent once more in his name, with
all its checks and against the row as it stands then, or refuses it with a reason.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..scope import PrefixedQuerySet


class ProposalStatus(models.TextChoices):
    """Where a proposal stands. All but the first are final."""

    WAITING = "waiting", pgettext_lazy("proposal", "waiting")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Proposal(models.Model):
    """One form that somebody filled in and somebody else decides on."""

    Status = ProposalStatus

    register = models.CharField(_("register"), max_length=60, help_text=_("app.model in small letters."))
    object_key = models.CharField(_("row"), max_length=40, blank=True, help_text=_("Empty where a row is to be added."))
    object_name = models.CharField(_("name of the row"), max_length=200, blank=True)
    prefix = models.CharField(_("division code prefix"), max_length=12, db_collation="C")
    place_name = models.CharField(_("place"), max_length=60, blank=True, help_text=_("As it was called then."))
    sent = models.JSONField(
        _("form as sent"),
        help_text=_(
            "Names and values; names of people, too, but no numbers of theirs. "
            "Emptied some time after it was refused or withdrawn."
        ),
    )
    changes = models.JSONField(_("changes"), help_text=_("Of each field changed: its name, before, after."))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    evidence = models.ForeignKey(
        "ground.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), db_default=Now(), editable=False)
    status = models.CharField(_("status"), max_length=10, choices=ProposalStatus, default=ProposalStatus.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision = models.CharField(_("reason of the decision"), max_length=500, blank=True)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        indexes = [models.Index("prefix", name="proposals_waiting", condition=Q(status="waiting"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_decided_proposal_says_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "withdrawn"]) | ~Q(decided_by=F("proposed_by")),
                name="nobody_decides_on_his_own_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(decision=""), name="a_refused_proposal_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.object_name}"

    @property
    def adds(self) -> bool:
        """Whether it adds a row: then nothing was there before. Its key is known once it has been accepted."""
        return not any("was" in change for change in self.changes)
