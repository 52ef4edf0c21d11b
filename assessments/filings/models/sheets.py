"""
The sheets of the yearly evaluation: a sheet, its versions, and what a version holds.

A version is the canonical form of one sheet, known by its SHA-256. While it is a draft it may be worked on, and its
rows and its canonical form always say the same; published once, it never changes: triggers refuse, whoever asks. What
is filed, reviewed and published later refers to a published version, its sections and its items.
"""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assessments.plans.models import Plan, PlanVersion
from assessments.plans.models.plans import OwnedQuerySet, in_language
from communities.ground import periods
from communities.ground.models import Versioned
from communities.ground.models.accounts import PREFIX
from communities.ground.scope import Scope
from communities.places.models import Place

POINTS: dict[str, Any] = {"max_digits": 6, "decimal_places": 2}


class SectionKind(models.TextChoices):
    """What the marks of a section do to the total."""

    BASE = "base", _("base part")
    BONUS = "bonus", _("bonus")
    DEDUCTION = "deduction", _("deduction")


class RuleKind(models.TextChoices):
    """How the points of an item come about."""

    DERIVED = "derived", _("derived from a target")
    ALL_OR_NOTHING = "all_or_nothing", _("all or nothing")
    PER_UNIT_DEDUCTION = "per_unit_deduction", _("deduction for each time")
    SUM_OF_SUBPOINTS = "sum_of_subpoints", _("sum of sub-points")
    RATIO_BAND = "ratio_band", _("by bands of a number")
    JUDGED = "judged", _("judged with a reason")


class Method(models.TextChoices):
    """How the one who scores finds out."""

    DOCUMENTS = "documents", _("documents read")
    ON_SITE = "on_site", _("on site")
    MEETING = "meeting", _("meeting with those concerned")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")
    SYSTEM = "system", _("taken from the system")


class Need(models.TextChoices):
    """Whether proof is asked for."""

    NONE = "none", _("no evidence")
    OPTIONAL = "optional", _("evidence optional")
    REQUIRED = "required", _("evidence required")


class Proof(models.TextChoices):
    """What counts as evidence. A photo or a plaque alone never does."""

    DOCUMENT = "document", _("document")
    MINUTES = "minutes", _("minutes of a meeting")
    LEDGER = "ledger", _("entries of a ledger")
    PUBLICATION = "publication", _("what was made public")
    SURVEY = "survey", _("survey")
    INTERVIEW = "interview", _("interview")
    INSPECTION = "inspection", _("record of an inspection")
    PHOTO = "photo", _("photo")
    PLAQUE = "plaque", _("plaque")


class Rounding(models.TextChoices):
    """How the total is rounded, once, at the end."""

    HALF_UP = "half_up", _("half up")
    DOWN = "down", _("cut off")


class ObjectKind(models.TextChoices):
    """Which kinds of communities a sheet is for."""

    URBAN = "urban", _("urban communities")
    CONVERTED = "converted", _("communities converted from villages")
    RURAL = "rural", _("rural communities")


class SheetQuerySet(OwnedQuerySet["Sheet"]):
    """Sheets, for those below the owner as well: whoever is scored by a sheet may read it."""


class Sheet(Versioned):
    """By what a city, district or street scores its communities in a year (考核表). Never deleted."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        related_name="sheets",
        verbose_name=_("plan"),
        help_text=_("Whose targets the derived items cite."),
    )
    prefix = models.CharField(
        _("division code prefix"), max_length=12, db_collation="C", validators=[RegexValidator(PREFIX)]
    )
    owner = models.ForeignKey(Place, models.PROTECT, related_name="sheets", verbose_name=_("owner"))

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoring sheet")
        verbose_name_plural = _("scoring sheets")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex=PREFIX) & ~Q(prefix=""), name="sheet_prefix_is_a_code"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return in_language(self.title_zh, self.title_en)


class SheetVersionQuerySet(models.QuerySet["SheetVersion"]):
    """Versions of sheets, reached through their sheet."""

    def published(self) -> Self:
        """Keep those that stand for good."""
        return self.filter(published_at__isnull=False)

    def within(self, scope: Scope | str, on: Any = None) -> Self:
        """Keep the versions of the sheets within reach."""
        return self.filter(sheet__in=Sheet.objects.within(scope, on))


@pgtrigger.register(
    pgtrigger.Protect(name="a_version_of_a_sheet_stays", operation=pgtrigger.Delete),
    pgtrigger.Protect(
        name="a_published_sheet_never_changes",
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__published_at__isnull=False),
    ),
)
class SheetVersion(Versioned):
    """One canonical form of a sheet: a draft that may be worked on, then published and never changed again."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="versions", verbose_name=_("scoring sheet"))
    number = models.PositiveIntegerField(_("version"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("Of the canonical form."))
    pack = models.JSONField(_("canonical form"))
    source_text = models.TextField(_("text as loaded"), blank=True)
    plan_version = models.ForeignKey(
        PlanVersion,
        models.PROTECT,
        related_name="sheet_versions",
        verbose_name=_("plan version"),
        help_text=_("The version of the plan whose targets were checked against."),
    )
    kinds = ArrayField(models.CharField(max_length=10, choices=ObjectKind), verbose_name=_("kinds of communities"))
    applies_when = models.TextField(_("applies when"), blank=True)
    base = models.DecimalField(_("full marks of the base part"), **POINTS)
    bonus_cap = models.DecimalField(_("bonus at most"), **POINTS)
    deduction_cap = models.DecimalField(_("deduction at most"), **POINTS)
    decimals = models.PositiveSmallIntegerField(_("decimals of the total"))
    rounding = models.CharField(_("rounding of the total"), max_length=10, choices=Rounding)
    ties = models.JSONField(_("where totals are equal"), help_text=_("What is compared in turn, and what then."))
    authored_by = models.CharField(_("written by"), max_length=100, blank=True)
    checked_by = models.CharField(_("checked by"), max_length=100, blank=True)
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

    objects = SheetVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a scoring sheet")
        verbose_name_plural = _("versions of scoring sheets")
        ordering = ["sheet", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="sheet_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["sheet", "sha256"],
                condition=Q(published_at__isnull=False),
                name="a_sheet_is_published_once",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="sheet_versions_begin_with_one"),
            models.CheckConstraint(condition=Q(base__gt=0), name="a_sheet_has_marks"),
            models.CheckConstraint(
                condition=Q(bonus_cap__gte=0, deduction_cap__gte=0), name="caps_of_a_sheet_are_not_negative"
            ),
            models.CheckConstraint(condition=Q(decimals__lte=2), name="a_total_has_two_decimals_at_most"),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False),
                name="who_published_a_sheet_says_when",
            ),
            periods.dated_sanely("next_review", "sheet_reviewed_in_known_years"),
        ]

    def __str__(self) -> str:
        return _("{plan}, version {number}").format(plan=self.sheet, number=self.number)

    @property
    def is_published(self) -> bool:
        """Whether it stands for good."""
        return self.published_at is not None


class OfVersionQuerySet(models.QuerySet[Any]):
    """Rows of a version, reached through it."""

    def within(self, scope: Scope | str, on: Any = None) -> Self:
        """Keep the rows of the sheets within reach."""
        return self.filter(version__sheet__in=Sheet.objects.within(scope, on))


STAYS = pgtrigger.Trigger(
    name="rows_of_a_published_sheet_stay",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF EXISTS (
            SELECT 1 FROM filings_sheetversion
            WHERE published_at IS NOT NULL
              AND id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END,
                         CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END)
        ) THEN
            RAISE EXCEPTION 'pgtrigger: A published version of a sheet never changes.';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)
SAME_VERSION = pgtrigger.Trigger(
    name="an_item_stands_in_its_own_version",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM filings_sheetsection WHERE id = NEW.section_id AND version_id = NEW.version_id
        ) THEN
            RAISE EXCEPTION 'pgtrigger: The section of the item belongs to another version.';
        END IF;
        RETURN NEW;
    """,
)


class OfSheet(models.Model):
    """What stands in a version under a code, in an order, with a label in both languages."""

    version = models.ForeignKey(
        SheetVersion, models.PROTECT, related_name="%(class)ss", verbose_name=_("version of a scoring sheet")
    )
    code = models.CharField(_("code"), max_length=60)
    order = models.PositiveIntegerField(_("order"))
    label_zh = models.CharField(_("label (Chinese)"), max_length=60)
    label_en = models.CharField(_("label (English)"), max_length=160, blank=True)

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["version", "order"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_zh, self.label_en)


@pgtrigger.register(STAYS)
class SheetSection(OfSheet):
    """A part of a sheet with full marks of its own: 居民自治, 20."""

    kind = models.CharField(_("kind"), max_length=10, choices=SectionKind)
    full = models.DecimalField(_("full marks"), **POINTS)

    class Meta(OfSheet.Meta):
        verbose_name = _("section of a sheet")
        verbose_name_plural = _("sections of a sheet")
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="a_section_stands_once_in_a_sheet"),
            models.CheckConstraint(condition=Q(full__gt=0), name="a_section_has_marks"),
        ]


@pgtrigger.register(STAYS, SAME_VERSION)
class SheetItem(OfSheet):
    """One line of a sheet: full marks, how they are reached, who scores it and by what."""

    section = models.ForeignKey(
        SheetSection, models.PROTECT, related_name="items", verbose_name=_("section of a sheet")
    )
    full = models.DecimalField(_("full marks"), **POINTS)
    kind = models.CharField(_("how points come about"), max_length=20, choices=RuleKind)
    rule = models.JSONField(_("rule"), help_text=_("The rule as in the canonical form."))
    target = models.CharField(_("target"), max_length=60, blank=True, help_text=_("Of the plan, where one is cited."))
    asks = models.JSONField(_("asked fields"), default=list, blank=True)
    methods = ArrayField(models.CharField(max_length=20, choices=Method), verbose_name=_("methods"))
    evidence_need = models.CharField(_("evidence"), max_length=10, choices=Need)
    evidence_counts = ArrayField(
        models.CharField(max_length=20, choices=Proof), verbose_name=_("what counts as evidence"), default=list
    )
    evidence_zh = models.CharField(_("about the evidence (Chinese)"), max_length=200, blank=True)
    evidence_en = models.CharField(_("about the evidence (English)"), max_length=200, blank=True)
    scorer = models.CharField(
        _("scored by"), max_length=60, help_text=_("community, street, district, city, or the name of a department.")
    )
    may_not_apply = models.BooleanField(_("may not apply"), help_text=_("Then the full marks shrink."))
    carry_over = models.BooleanField(_("carried over"), help_text=_("Last year's text is offered."))
    clause = models.CharField(_("clause"), max_length=40, blank=True)
    catalogue = ArrayField(models.CharField(max_length=20), verbose_name=_("catalogue rows"), default=list, blank=True)
    department = models.CharField(_("attached by"), max_length=60, blank=True)
    note_zh = models.CharField(_("note (Chinese)"), max_length=300, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=300, blank=True)

    class Meta(OfSheet.Meta):
        verbose_name = _("item of a sheet")
        verbose_name_plural = _("items of a sheet")
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="an_item_stands_once_in_a_sheet"),
            models.CheckConstraint(condition=Q(full__gt=0), name="an_item_has_marks"),
            models.CheckConstraint(
                condition=~Q(kind=RuleKind.DERIVED) | ~Q(target=""), name="a_derived_item_names_its_target"
            ),
            models.CheckConstraint(
                condition=~Q(evidence_need=Need.REQUIRED) | ~Q(evidence_counts=[]),
                name="required_evidence_is_named",
            ),
        ]

    @property
    def note(self) -> str:
        """The note in the reader's language."""
        return in_language(self.note_zh, self.note_en)


@pgtrigger.register(STAYS)
class SheetGrade(OfSheet):
    """A grade of a sheet: 优秀 from 90 on, for at most 30 % of the communities."""

    at_least = models.DecimalField(_("from"), **POINTS)
    quota = models.DecimalField(
        _("quota"), max_digits=5, decimal_places=4, null=True, blank=True, help_text=_("Share of the communities.")
    )

    class Meta(OfSheet.Meta):
        verbose_name = _("grade of a sheet")
        verbose_name_plural = _("grades of a sheet")
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="a_grade_stands_once_in_a_sheet"),
            models.CheckConstraint(
                condition=Q(quota__isnull=True) | Q(quota__gt=0, quota__lte=1), name="a_quota_is_a_share"
            ),
        ]


@pgtrigger.register(STAYS)
class SheetVeto(OfSheet):
    """An event that sets the grade whatever the points; only with its legal basis, and always with a warning."""

    basis = models.CharField(_("legal basis"), max_length=200)
    grade = models.CharField(_("grade of a sheet"), max_length=60)

    class Meta(OfSheet.Meta):
        verbose_name = _("veto of a sheet")
        verbose_name_plural = _("vetoes of a sheet")
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="a_veto_stands_once_in_a_sheet"),
            models.CheckConstraint(condition=~Q(basis=""), name="a_veto_names_its_legal_basis"),
        ]
