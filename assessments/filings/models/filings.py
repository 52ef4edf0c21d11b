"""
Filings: one community's yearly evaluation, from the first answer to the final grade.

An answer is what the community says to one item; what the registers know stands in it with the verdict and the day it
was taken, and nobody types over it. Marks are the points that each stage gives, added and never changed, so that the
four columns (self, street, district, final) and who changed what and why can always be told. Steps are what happened
to the filing as a whole; each submission freezes sheet, answers and marks as they stood.
"""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assessments.compliance.models import Run, Verdict
from communities.ground.models import Versioned
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place

from ..flow import Action, State
from .cycles import Cycle, Stage
from .sheets import POINTS, SheetItem, SheetVeto

ADDED_ONLY = pgtrigger.Protect(name="rows_are_added_only", operation=pgtrigger.Update | pgtrigger.Delete)


class FilingQuerySet(ScopedQuerySet["Filing"]):
    """Filings, fenced by their community."""


class OfFilingQuerySet(ScopedQuerySet[Any]):
    """Rows of a filing, fenced by its community."""

    place_path = "filing__place"


class Filing(Versioned):
    """The evaluation of one community for one year."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="filings", verbose_name=_("yearly evaluation"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="filings", verbose_name=_("community"))
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("That of the evaluation."))
    is_second = models.BooleanField(_("second in the year"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    taken_at = models.DateTimeField(_("taken from the registers at"), null=True, blank=True)
    is_sampled = models.BooleanField(_("drawn for the check"), default=False)
    total = models.DecimalField(_("total"), null=True, blank=True, **POINTS)
    grade = models.CharField(_("grade"), max_length=60, blank=True, help_text=_("Its code in the sheet."))

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing")
        verbose_name_plural = _("filings")
        constraints = [
            models.UniqueConstraint(fields=["cycle", "place"], name="a_community_files_once_in_a_cycle"),
            models.UniqueConstraint(
                fields=["place", "year"], condition=Q(is_second=False), name="a_community_is_evaluated_once_a_year"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["graded", "published", "appealed", "final"])
                | (Q(total__isnull=False) & ~Q(grade="")),
                name="a_graded_filing_has_total_and_grade",
            ),
        ]
        indexes = [models.Index(fields=["cycle", "state"], name="filings_by_state")]

    def __str__(self) -> str:
        return f"{self.place} {self.year}"


class Answer(Versioned):
    """What a community answers to one item: taken from the registers, carried over from last year, or typed."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="answers", verbose_name=_("filing"))
    item = models.ForeignKey(SheetItem, models.PROTECT, related_name="answers", verbose_name=_("item"))
    typed = models.JSONField(_("asked fields"), default=dict, blank=True, help_text=_("Values as plain text, by code."))
    points = models.DecimalField(_("own points"), null=True, blank=True, **POINTS)
    parts = models.JSONField(_("parts"), default=dict, blank=True, help_text=_("Points or times as text, by code."))
    holds = models.BooleanField(_("holds"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, max_length=2000)
    does_not_apply = models.CharField(_("why it does not apply"), max_length=500, blank=True)
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("carried over from")
    )
    is_settled = models.BooleanField(
        _("settled"), default=False, help_text=_("Typed, or last year's confirmed as unchanged.")
    )
    verdict = models.CharField(_("verdict"), max_length=14, choices=Verdict, blank=True)
    measured = models.DecimalField(_("measured"), max_digits=60, decimal_places=20, null=True, blank=True)
    required = models.DecimalField(_("required"), max_digits=60, decimal_places=20, null=True, blank=True)
    missing = ArrayField(models.TextField(), verbose_name=_("missing facts"), default=list, blank=True)
    known = models.JSONField(_("known fields"), default=dict, blank=True, help_text=_("From the registers, by code."))
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("run"))
    taken_at = models.DateTimeField(_("taken from the registers at"), null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["filing", "item"], name="one_answer_to_an_item")]

    def __str__(self) -> str:
        return f"{self.filing} {self.item}"


class Outcome(models.TextChoices):
    """What a stage says of an item: so many points, that it does not apply, or that something is still missing."""

    SCORED = "scored", _("scored")
    NOT_APPLICABLE = "not_applicable", _("does not apply")
    OPEN = "open", _("open")


@pgtrigger.register(ADDED_ONLY)
class Mark(models.Model):
    """
    The points one stage gives one item. The latest of a stage counts; nothing is written over.

    A mark rests on that of the stage before: where that one is younger, this one has to be given again.
    """

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="marks", verbose_name=_("filing"))
    item = models.ForeignKey(SheetItem, models.PROTECT, related_name="+", verbose_name=_("item"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome)
    points = models.DecimalField(_("points"), null=True, blank=True, **POINTS)
    is_adjusted = models.BooleanField(_("differs from the stage before"), default=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        indexes = [models.Index(fields=["filing", "stage", "item", "-id"], name="marks_of_a_stage")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="scored", points__gte=0) | (~Q(outcome="scored") & Q(points__isnull=True)),
                name="a_mark_has_points_where_it_is_scored",
            ),
            models.CheckConstraint(
                condition=Q(is_adjusted=False) | ~Q(reason=""),
                name="a_changed_mark_says_why",
                violation_error_message=_("Say why the points differ from those of the stage before."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.item} {self.stage} {self.points}"


class ItemReturn(models.Model):
    """One item that a stage gave back with its words; answered when it is filed again."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="returns", verbose_name=_("filing"))
    item = models.ForeignKey(SheetItem, models.PROTECT, related_name="+", verbose_name=_("item"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    answer_version = models.PositiveIntegerField(
        _("version of the answer"), default=0, help_text=_("Which was returned: a higher one has been mended.")
    )
    reply = models.CharField(_("reply"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("returned item")
        verbose_name_plural = _("returned items")
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "item"],
                condition=Q(answered_at__isnull=True),
                name="an_item_is_returned_once_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_returned_item_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.item}"


@pgtrigger.register(ADDED_ONLY)
class Step(models.Model):
    """One thing that was done with a filing as a whole, and what it stood like then."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="steps", verbose_name=_("filing"))
    number = models.PositiveSmallIntegerField(_("number"))
    action = models.CharField(_("action"), max_length=10, choices=Action)
    before = models.CharField(_("state before"), max_length=10, choices=State)
    after = models.CharField(_("state after"), max_length=10, choices=State)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    frozen = models.JSONField(
        _("as it stood"), null=True, blank=True, help_text=_("Answers, marks and total, with the hash of the sheet.")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a filing")
        verbose_name_plural = _("steps of a filing")
        ordering = ["filing", "number"]
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="steps_of_a_filing_are_numbered")]

    def __str__(self) -> str:
        return f"{self.filing} {self.number} {self.action}"


class FilingVeto(models.Model):
    """That an event occurred which sets the grade whatever the points; only where the sheet opted for such vetoes."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="vetoes", verbose_name=_("filing"))
    veto = models.ForeignKey(SheetVeto, models.PROTECT, related_name="+", verbose_name=_("veto of a sheet"))
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("veto that applies")
        verbose_name_plural = _("vetoes that apply")
        constraints = [
            models.UniqueConstraint(fields=["filing", "veto"], name="a_veto_applies_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_veto_says_what_occurred"),
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.veto}"


class Reminder(models.Model):
    """That a filing lies with somebody whose stage ends in so many working days; shown where work begins, no mail."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="reminders", verbose_name=_("filing"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    due_on = models.DateField(_("due on"))
    days_left = models.PositiveSmallIntegerField(_("working days left"))
    made_on = models.DateField(_("made on"))

    objects = OfFilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["filing", "stage", "due_on", "days_left"], name="reminded_once_of_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.filing} {self.due_on}"
