"""
What comes from outside the filing and what comes of it: ballots and surveys that are imported with their sample sizes,
objections heard during the public notice, appeals decided by somebody who had no part in the score.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from communities.ground.models import StoredFile
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place

from .cycles import Cycle
from .filings import Filing, OfFilingQuerySet
from .sheets import POINTS, SheetItem


class OutsideScore(models.Model):
    """A score that others gave a community: the ballot on the duty report, a satisfaction survey, a third party."""

    class Kind(models.TextChoices):
        """Who gave it."""

        BALLOT = "ballot", _("ballot on the duty report")
        SATISFACTION = "satisfaction", _("satisfaction survey")
        THIRD_PARTY = "third_party", _("third-party evaluation")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="outside_scores", verbose_name=_("yearly evaluation"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("community"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    held_on = models.DateField(_("held on"))
    score = models.DecimalField(_("score of 100"), **POINTS)
    issued = models.PositiveIntegerField(_("papers issued"), help_text=_("Persons asked, or ballots handed out."))
    returned = models.PositiveIntegerField(_("returned"))
    void = models.PositiveIntegerField(_("void"), default=0)
    by_whom = models.CharField(_("carried out by"), max_length=120, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("score from outside")
        verbose_name_plural = _("scores from outside")
        constraints = [
            models.UniqueConstraint(fields=["cycle", "place", "kind"], name="one_score_of_a_kind_from_outside"),
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="a_score_from_outside_is_of_100"),
            models.CheckConstraint(
                condition=Q(returned__lte=F("issued"), void__lte=F("returned"), issued__gte=1),
                name="papers_returned_were_issued",
                violation_error_message=_("No more papers can come back than were issued, none void that did not."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.kind} {self.score}"


class Objection(models.Model):
    """What somebody objected to during the public notice, and the answer. Names the office that heard it, no person."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="objections", verbose_name=_("filing"))
    text = models.TextField(_("objection"), max_length=2000)
    received_on = models.DateField(_("received on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | ~Q(answer=""), name="an_answered_objection_has_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.received_on}"


class Appeal(models.Model):
    """A community's appeal against its result, about one item or the whole, and the decision."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="appeals", verbose_name=_("filing"))
    item = models.ForeignKey(SheetItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item"))
    text = models.TextField(_("grounds"), max_length=2000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    answer_by = models.DateField(_("to be answered by"))
    is_granted = models.BooleanField(_("granted"), null=True, blank=True)
    decision = models.TextField(_("decision"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.UniqueConstraint(
                fields=["filing"], condition=Q(decided_at__isnull=True), name="one_appeal_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_granted__isnull=True, decided_by__isnull=True)
                | (Q(decided_at__isnull=False, is_granted__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="a_decided_appeal_says_how_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("made_by")),
                name="nobody_decides_on_his_own_appeal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.made_at:%Y-%m-%d}"
