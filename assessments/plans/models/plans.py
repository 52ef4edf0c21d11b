"""
A plan and its versions.

A version is the canonical form of one pack, known by its SHA-256. It is loaded as a draft, published once, and from
then on it never changes: a trigger refuses, whoever asks. A changed pack is a new version beside it.
"""

from datetime import date
from typing import Any, Self, TypeVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.ground import periods
from communities.ground.models import Versioned
from communities.ground.models.accounts import PREFIX
from communities.ground.scope import Scope, ScopedQuerySet
from communities.places.models import Place

from .unchanging import NEVER_CHANGES, stands_with

WIDTHS = (2, 4, 6, 9, 12)
M = TypeVar("M", bound=models.Model)


def in_language(chinese: str, english: str) -> str:
    """Return the text in the reader's language; Chinese where there is no English."""
    return english if english and (get_language() or "").startswith("en") else chinese


class OwnedQuerySet(ScopedQuerySet[M]):
    """What a place owns and those below it go by: plans, scoring sheets."""

    place_path = "owner"

    def within(self, scope: Scope | str, on: Any = None) -> Self:
        """Keep what is owned within `scope`, and what the places above it own."""
        asked = Scope((scope,)) if isinstance(scope, str) else scope
        if asked.prefixes == ("",):
            return self
        above = [prefix[:width] for prefix in asked.prefixes for width in WIDTHS if width <= len(prefix)]
        return self.filter(asked.condition("prefix") | Q(prefix__in=above))


class PlanQuerySet(OwnedQuerySet["Plan"]):
    """Plans, for those below the owner as well: whoever is judged by a plan may read it."""


class Plan(Versioned):
    """What a city, district or street has resolved for its communities. Never deleted: it is repealed."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    issuers = ArrayField(models.CharField(max_length=100), verbose_name=_("issuers"), default=list, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True, help_text=_("Empty where it is not known."))
    prefix = models.CharField(
        _("division code prefix"),
        max_length=12,
        db_collation="C",
        validators=[RegexValidator(PREFIX)],
        help_text=_("Of the owner: 3701 a city, 370102 a district; 12 digits a community."),
    )
    owner = models.ForeignKey(Place, models.PROTECT, related_name="plans", verbose_name=_("owner"))

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex=PREFIX) & ~Q(prefix=""), name="plan_prefix_is_a_code"),
            periods.dated_sanely("issued_on", "plan_issued_in_known_years"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return in_language(self.title_zh, self.title_en)

    def latest(self) -> "PlanVersion | None":
        """Return the latest published version, None where there is none yet (one query)."""
        return self.versions.filter(published_at__isnull=False).order_by("-number").first()


class Status(models.TextChoices):
    """Whether a plan binds. Results against a draft are marked as such wherever they are shown."""

    DRAFT = "draft", _("draft for consultation")
    IN_FORCE = "in_force", pgettext_lazy("status of a plan", "in force")
    REPEALED = "repealed", _("repealed")


class Consultation(models.TextChoices):
    """How the consultation on a draft stands on a day; its last day is still open."""

    NOT_BEGUN = "not_begun", _("not open for comments yet")
    OPEN = "open", _("open for comments")
    CLOSED = "closed", _("closed for comments")


class VersionQuerySet(models.QuerySet["PlanVersion"]):
    """Versions of plans."""

    def within(self, scope: Scope | str, on: Any = None) -> Self:
        """Keep the versions of the plans within reach."""
        return self.filter(plan__in=Plan.objects.within(scope, on))

    def published(self) -> Self:
        """Keep what has been published."""
        return self.filter(published_at__isnull=False)


@pgtrigger.register(
    pgtrigger.Protect(name="a_version_is_never_deleted", operation=pgtrigger.Delete),
    pgtrigger.Protect(
        name="a_version_is_only_published",
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__published_at__isnull=False)
        | pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
        | pgtrigger.Q(old__pack__df=pgtrigger.F("new__pack")),
    ),
)
class PlanVersion(models.Model):
    """One canonical pack of a plan. Once published it never changes, and what was judged by it stays explained."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveIntegerField(_("version"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("Of the canonical pack."))
    pack = models.JSONField(_("canonical pack"))
    source_text = models.TextField(_("pack as loaded"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    period = periods.PeriodField(_("period of the plan"))
    consultation = periods.PeriodField(_("consultation"), null=True, blank=True)
    authored_by = models.CharField(_("pack written by"), max_length=100, blank=True)
    checked_by = models.CharField(_("pack checked by"), max_length=100, blank=True)
    next_review = models.DateField(_("to be looked at again on"), null=True, blank=True)
    loaded_at = models.DateTimeField(_("loaded at"), db_default=Now(), editable=False)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("loaded by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_versions_are_numbered"),
            models.UniqueConstraint(fields=["plan", "sha256"], name="a_pack_is_one_version"),
            models.CheckConstraint(condition=Q(number__gte=1), name="plan_versions_begin_with_one"),
            periods.lasting("plan_period_lasts", "period"),
            periods.dated_sanely("next_review", "version_reviewed_in_known_years"),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False),
                name="who_published_says_when",
            ),
        ]

    def __str__(self) -> str:
        return _("{plan}, version {number}").format(plan=self.plan, number=self.number)

    @property
    def is_published(self) -> bool:
        """Whether it stands for good."""
        return self.published_at is not None

    def consultation_on(self, day: date) -> Consultation | None:
        """Return how the consultation stands on the day, None where nobody was consulted."""
        if self.consultation is None:
            return None
        first, last = periods.first(self.consultation), periods.last(self.consultation)
        if first is not None and day < first:
            return Consultation.NOT_BEGUN
        return Consultation.CLOSED if last is not None and day > last else Consultation.OPEN


class OfVersionQuerySet(models.QuerySet[Any]):
    """Rows of a version, reached through it; `version_path` leads there."""

    version_path = "version"

    def within(self, scope: Scope | str, on: Any = None) -> Self:
        """Keep the rows of the plans within reach."""
        plans = Plan.objects.within(scope, on)
        return self.filter(**{f"{self.version_path}__plan__in": plans})


@pgtrigger.register(*NEVER_CHANGES, stands_with("NEW.version_id"))
class Clause(models.Model):
    """A clause of the document, in our own words; what it leaves open is said too, so that no gap looks like a pass."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="clauses", verbose_name=_("version"))
    anchor = models.CharField(_("clause"), max_length=40, help_text=_("As the document numbers it: 二(三)."))
    order = models.PositiveIntegerField(_("order"))
    text_zh = models.CharField(_("what it asks (Chinese)"), max_length=500)
    text_en = models.CharField(_("what it asks (English)"), max_length=500, blank=True)
    gap_zh = models.CharField(_("what it leaves open (Chinese)"), max_length=500, blank=True)
    gap_en = models.CharField(_("what it leaves open (English)"), max_length=500, blank=True)
    catalogue = ArrayField(models.CharField(max_length=20), verbose_name=_("catalogue rows"), default=list, blank=True)

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering = ["version", "order"]
        constraints = [models.UniqueConstraint(fields=["version", "anchor"], name="a_clause_stands_once_in_a_version")]

    def __str__(self) -> str:
        return self.anchor

    @property
    def text(self) -> str:
        """What the clause asks, in the reader's language."""
        return in_language(self.text_zh, self.text_en)

    @property
    def gap(self) -> str:
        """What the clause leaves open, in the reader's language."""
        return in_language(self.gap_zh, self.gap_en)
