"""
What judging leaves behind: a run, its findings, the facts they were judged by, and what they add up to.

None of it changes once written. A finding has no key of its own and its references carry no constraints in the
database: a run writes them by the million, all from rows read in the same transaction, and counts them before it
ends. What people work on (rectification, exemptions) points to a community and a target, never to a finding.
"""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from assessments.plans.models import PlanVersion, Rule, SubjectLevel
from communities.ground import periods
from communities.ground.scope import PrefixedQuerySet, Scope, ScopedQuerySet
from communities.places.models import Place


class Verdict(models.TextChoices):
    """How one target stands at one place. The compliance rate is met / (met + not met); the rest stands beside it."""

    MET = "met", _("met")
    NOT_MET = "not_met", _("not met")
    ATTENTION = "attention", _("attention")
    UNDETERMINED = "undetermined", _("undetermined")
    NOT_DUE = "not_due", _("not due")
    NOT_APPLICABLE = "not_applicable", _("not applicable")
    NO_RULE = "no_rule", _("no rule in force")
    REPORTED = "reported", _("reported only")


class RunQuerySet(PrefixedQuerySet["Run"]):
    """Runs, fenced by the division code of what was judged."""

    def published(self) -> Self:
        """Keep what an officer has published: leaders and reports see nothing else."""
        return self.filter(published_at__isnull=False)

    def seen_by(self, scope: Scope, on: Any = None) -> Self:
        """Keep the runs over an area that touches the scope: its own, those above it and those below it."""
        if scope.prefixes == ("",):
            return self
        above = [prefix[:width] for prefix in scope.prefixes for width in (2, 4, 6, 9, 12) if width <= len(prefix)]
        return self.filter(scope.condition("prefix") | Q(prefix__in=above))


class Run(models.Model):
    """One judging of a plan version as at a day. A trial until an officer publishes it; immutable either way."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="runs", verbose_name=_("plan version"))
    as_of = models.DateField(_("as of"))
    prefix = models.CharField(
        _("area judged"), max_length=12, db_collation="C", help_text=_("Division code prefix of the places judged.")
    )
    known_at = models.DateTimeField(
        _("as known at"),
        null=True,
        blank=True,
        help_text=_("Judged by what was recorded at that moment; empty for what was recorded when it was judged."),
    )
    places = models.PositiveIntegerField(_("places"), default=0)
    counts = models.JSONField(_("findings by verdict"), default=dict)
    has_example_data = models.BooleanField(_("example data"), default=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )
    job = models.ForeignKey("ground.Job", models.PROTECT, null=True, related_name="+", verbose_name=_("job"))
    created_at = models.DateTimeField(_("judged at"), db_default=Now(), editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]
        constraints = [
            periods.dated_sanely("as_of", "run_in_known_years"),
            models.CheckConstraint(
                condition=Q(known_at__isnull=True) | Q(published_at__isnull=True),
                name="what_was_known_then_is_never_published",
            ),
        ]
        indexes = [models.Index(fields=["version", "as_of", "published_at"], name="run_by_version_and_day")]

    def __str__(self) -> str:
        return f"{self.version} · {self.as_of} · {self.pk}"

    @property
    def findings_in_all(self) -> int:
        """How many findings there are."""
        return sum(self.counts.values())

    @property
    def is_binding(self) -> bool:
        """Whether the plan was in force; results against a draft are marked wherever they are shown."""
        return self.version.status != "draft"


class FindingQuerySet(ScopedQuerySet["Finding"]):
    """Findings, fenced by their place."""


class Finding(models.Model):
    """One target at one place for one milestone (0 where there is none) in one run."""

    pk = models.CompositePrimaryKey("run", "rule", "place", "milestone")
    run = models.ForeignKey(Run, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="findings")
    rule = models.ForeignKey(Rule, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    place = models.ForeignKey(Place, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    milestone = models.PositiveSmallIntegerField(_("milestone"))
    verdict = models.CharField(_("verdict"), max_length=14, choices=Verdict)
    measured = models.DecimalField(_("measured"), max_digits=60, decimal_places=20, null=True)
    required = models.DecimalField(_("required"), max_digits=60, decimal_places=20, null=True)
    shortfall = models.DecimalField(_("shortfall"), max_digits=60, decimal_places=20, null=True)
    missing = ArrayField(models.TextField(), verbose_name=_("missing facts"), null=True)
    detail = models.JSONField(_("detail"), null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.rule_id}/{self.place_id}/{self.milestone} {self.verdict}"


class Snapshot(models.Model):
    """The facts of one subject on one day as a run saw them: what its verdicts can be proved from later."""

    pk = models.CompositePrimaryKey("run", "level", "subject_id", "day")
    run = models.ForeignKey(Run, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="snapshots")
    level = models.CharField(max_length=12)
    subject_id = models.BigIntegerField()
    day = models.DateField()
    code = models.CharField(max_length=12, db_collation="C")
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.level}/{self.subject_id}/{self.day}"


class RollUp(models.Model):
    """How many places below one place have which verdict on one target, and what they are short of in all."""

    pk = models.CompositePrimaryKey("run", "rule", "milestone", "place")
    run = models.ForeignKey(Run, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="roll_ups")
    rule = models.ForeignKey(Rule, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    place = models.ForeignKey(Place, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    milestone = models.PositiveSmallIntegerField(_("milestone"))
    subject = models.CharField(_("subject"), max_length=10, choices=SubjectLevel)
    met = models.PositiveIntegerField(_("met"))
    not_met = models.PositiveIntegerField(_("not met"))
    attention = models.PositiveIntegerField(_("attention"))
    undetermined = models.PositiveIntegerField(_("undetermined"))
    not_due = models.PositiveIntegerField(_("not due"))
    not_applicable = models.PositiveIntegerField(_("not applicable"))
    no_rule = models.PositiveIntegerField(_("no rule in force"))
    reported = models.PositiveIntegerField(_("reported only"))
    shortfall = models.DecimalField(_("shortfall in all"), max_digits=60, decimal_places=20, null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.rule_id}/{self.milestone}/{self.place_id}"
