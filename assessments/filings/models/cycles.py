"""
Cycles: the evaluation of one year over one area, opened once by the office that organises it.

A cycle says by which sheet, which plan version and as of which day its communities are evaluated, and until when each
stage may work. A community is evaluated once a year (B-2.5-d is a maximum, too): a second time needs a reason.
Deadlines are days on which work still counts; an extension opens a stage again for one place, with a reason and an end.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assessments.compliance.models import Run
from assessments.plans.models import PlanVersion
from communities.ground.models import Versioned
from communities.ground.models.accounts import PREFIX
from communities.ground.scope import PrefixedQuerySet, ScopedQuerySet
from communities.places.models import Place

from .sheets import SheetVersion


class Stage(models.TextChoices):
    """Who scores, in this order; each leaves a score of its own beside the others."""

    SELF = "self", _("self-evaluation")
    STREET = "street", _("review by the street")
    DISTRICT = "district", _("check by the district")
    FINAL = "final", _("final")


class CalendarDay(models.Model):
    """A day that somebody entered: a holiday, or a weekend day that is worked (调休). Goes before the shipped ones."""

    day = models.DateField(_("day"), primary_key=True)
    is_worked = models.BooleanField(_("is worked"))
    name = models.CharField(_("name"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("day of the working calendar")
        verbose_name_plural = _("days of the working calendar")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Cycle(Versioned):
    """The evaluation of the communities of one area for one year."""

    sheet_version = models.ForeignKey(
        SheetVersion, models.PROTECT, related_name="cycles", verbose_name=_("version of a scoring sheet")
    )
    plan_version = models.ForeignKey(
        PlanVersion,
        models.PROTECT,
        related_name="cycles",
        verbose_name=_("plan version"),
        help_text=_("By whose targets the derived items are judged."),
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="cycles", verbose_name=_("organiser"))
    prefix = models.CharField(
        _("division code prefix"), max_length=12, db_collation="C", validators=[RegexValidator(PREFIX)]
    )
    year = models.PositiveSmallIntegerField(_("year"))
    as_of = models.DateField(_("facts as of"))
    self_until = models.DateField(_("filing until"))
    street_until = models.DateField(_("review by the street until"))
    district_until = models.DateField(_("check by the district until"))
    notice_days = models.PositiveSmallIntegerField(
        _("days of public notice"), default=5, validators=[MinValueValidator(1)], help_text=_("Working days.")
    )
    answer_days = models.PositiveSmallIntegerField(
        _("days to answer an appeal"), default=10, validators=[MinValueValidator(1)], help_text=_("Working days.")
    )
    contact = models.CharField(
        _("where objections go"), max_length=200, help_text=_("Office, address, telephone of the office.")
    )
    second_reason = models.CharField(
        _("why a second time"),
        max_length=500,
        blank=True,
        help_text=_("Only where communities have been evaluated for the year already."),
    )
    run = models.ForeignKey(
        Run,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("run"),
        help_text=_("The last judging of the whole area for this cycle."),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)
    notice_from = models.DateField(_("on public notice from"), null=True, blank=True)
    notice_until = models.DateField(_("on public notice until"), null=True, blank=True)
    certified_by = models.CharField(
        _("certified by"), max_length=60, blank=True, help_text=_("The person who answers for the result.")
    )
    chosen = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("chosen where totals were equal"),
        default=list,
        blank=True,
        help_text=_("Keys of the filings that got the better grade at the edge of a quota."),
    )
    concluded_on = models.DateField(_("concluded on"), null=True, blank=True)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("yearly evaluation")
        verbose_name_plural = _("yearly evaluations")
        ordering = ["-year", "prefix"]
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex=r"^(\d{4}|\d{6})$"), name="a_city_or_district_organises"),
            models.CheckConstraint(condition=Q(year__range=(1990, 2199)), name="cycle_in_known_years"),
            models.CheckConstraint(
                condition=Q(self_until__lte=F("street_until"), street_until__lte=F("district_until")),
                name="stages_follow_each_other",
                violation_error_message=_("The days until which each stage works must follow each other."),
            ),
            models.CheckConstraint(
                condition=Q(notice_from__isnull=True, notice_until__isnull=True)
                | Q(notice_from__lte=F("notice_until")),
                name="a_public_notice_begins_and_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.year}"


class Draw(models.Model):
    """The filings of one district drawn for the check: with this seed and share anybody draws the same again."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="draws", verbose_name=_("yearly evaluation"))
    prefix = models.CharField(_("division code prefix"), max_length=12, db_collation="C")
    seed = models.PositiveBigIntegerField(_("seed"))
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4)
    among = ArrayField(models.BigIntegerField(), verbose_name=_("drawn from"), help_text=_("Keys of the filings."))
    drawn = ArrayField(models.BigIntegerField(), verbose_name=_("drawn"), help_text=_("Keys of the filings."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("draw for the check")
        verbose_name_plural = _("draws for the check")
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="a_share_drawn_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} {self.prefix} {self.share}"


class Extension(models.Model):
    """A stage open for one place (a street or a community) beyond its day: with a reason, until a day."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="extensions", verbose_name=_("yearly evaluation"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"), db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="an_extension_says_why")]

    def __str__(self) -> str:
        return f"{self.place} {self.stage} {self.until}"
