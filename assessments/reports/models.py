"""
A printed report: which run it tells of which place, and the file it became; and what was ordered in a batch.

The check code on every page is the beginning of the SHA-256 over what the report says; whoever holds a paper can
hold it against the code of its original. A report that says the same and is laid out the same is not printed twice.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assessments.compliance.models import Run
from communities.ground.models import Job, StoredFile
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place


class Report(models.Model):
    """One report of one run about one place, as it was printed. Never changed."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="reports", verbose_name=_("run"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    check_code = models.CharField(_("check code"), max_length=16, help_text=_("First 16 of 64 digits of the SHA-256."))
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    layout = models.CharField(_("layout"), max_length=16, help_text=_("Which templates and styles printed it."))
    pages = models.PositiveIntegerField(_("pages"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    created_at = models.DateTimeField(_("printed at"), db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["check_code"], name="report_by_check_code")]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "place", "content_sha256", "layout"], name="a_report_is_printed_once_in_a_layout"
            ),
        ]

    def __str__(self) -> str:
        return self.file.name


class OrderedReport(models.Model):
    """
    One place of a batch of reports: what came of it.

    The rows of a job are written when it begins and outlive a killed worker: the next attempt goes on with those that
    have no report yet.
    """

    job = models.ForeignKey(Job, models.PROTECT, related_name="ordered_reports", verbose_name=_("job"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    code = models.CharField(
        _("division code"), max_length=12, db_collation="C", help_text=_("As on the day of the run.")
    )
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("report")
    )
    began_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, help_text=_("Why it could not be printed."))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ordered report")
        verbose_name_plural = _("ordered reports")
        ordering = ["job", "code"]
        constraints = [
            models.UniqueConstraint(fields=["job", "place"], name="a_place_is_ordered_once_in_a_batch"),
            models.CheckConstraint(condition=Q(report=None) | Q(error=""), name="a_printed_report_has_no_error"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.place}"
