"""
Evidence: what proves an answer.

One upload serves many items, of this year and the next; the file lies behind the fence.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from communities.ground import periods
from communities.ground.models import StoredFile
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place

from .filings import Filing, OfFilingQuerySet
from .sheets import Proof, SheetItem


class Evidence(models.Model):
    """A file of a community that proves something: of which day it is, which period it covers."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="evidence", verbose_name=_("community"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="evidence", verbose_name=_("file"))
    title = models.CharField(_("what it is"), max_length=120)
    kind = models.CharField(_("kind of evidence"), max_length=20, choices=Proof)
    dated_on = models.DateField(_("dated"))
    during = periods.PeriodField(_("covers"), null=True, blank=True, help_text=_("First and last day it speaks of."))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            periods.dated_sanely("dated_on", "evidence_in_known_years"),
            models.CheckConstraint(condition=~Q(title=""), name="evidence_says_what_it_is"),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceUse(models.Model):
    """Which item of which filing a piece of evidence speaks for."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="uses", verbose_name=_("piece of evidence"))
    filing = models.ForeignKey(Filing, models.PROTECT, related_name="evidence_uses", verbose_name=_("filing"))
    item = models.ForeignKey(SheetItem, models.PROTECT, related_name="+", verbose_name=_("item"))

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of evidence")
        verbose_name_plural = _("uses of evidence")
        constraints = [
            models.UniqueConstraint(fields=["evidence", "filing", "item"], name="evidence_serves_an_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.evidence} {self.item}"
