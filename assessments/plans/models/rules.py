"""
Targets, and the rules that say what each requires in which period.

A target is what officials speak of ("at least five members"); its rules are its versions in force. Formulas are kept
as text: the pack that is published has been parsed, and findings name a rule by its key.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.ground import periods

from .plans import OfVersionQuerySet, PlanVersion, in_language
from .terms import SubjectLevel
from .unchanging import NEVER_CHANGES, stands_with


class Force(models.TextChoices):
    """How binding the document's wording is."""

    BINDING = "binding", _("binding")
    IN_PRINCIPLE = "in_principle", _("in principle")
    BASICALLY = "basically", _("basically")
    STRIVE = "strive", _("to strive for")
    STEP_BY_STEP = "step_by_step", _("step by step")
    ENCOURAGED = "encouraged", _("encouraged")
    WHERE_POSSIBLE = "where_possible", _("where conditions allow")
    DESCRIPTIVE = "descriptive", _("descriptive")

    @property
    def missed(self) -> str:
        """The verdict a missed target gets: `not_met`, `attention` or `reported`."""
        if self is Force.BINDING:
            return "not_met"
        advisory = {Force.IN_PRINCIPLE, Force.BASICALLY, Force.STRIVE, Force.STEP_BY_STEP}
        return "attention" if self in advisory else "reported"


class Nature(models.TextChoices):
    """Whether an indicator must or should be reached; decides the tone of a report."""

    BINDING = "binding", _("binding indicator")
    EXPECTED = "expected", _("expected indicator")


@pgtrigger.register(*NEVER_CHANGES, stands_with("NEW.version_id"))
class Target(models.Model):
    """One requirement of a plan that can be judged, about one level of subjects."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="targets", verbose_name=_("version"))
    code = models.CharField(_("code"), max_length=60)
    order = models.PositiveIntegerField(_("order"))
    label_zh = models.CharField(_("label (Chinese)"), max_length=120)
    label_en = models.CharField(_("label (English)"), max_length=160, blank=True)
    clause = models.CharField(_("clause"), max_length=40)
    catalogue = ArrayField(models.CharField(max_length=20), verbose_name=_("catalogue rows"), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=10, choices=SubjectLevel)
    printed = models.JSONField(
        _("printed figure"), null=True, blank=True, help_text=_("What the document itself prints, to compare with.")
    )

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="a_target_stands_once_in_a_version"),
            models.CheckConstraint(condition=~Q(clause=""), name="a_target_names_its_clause"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_zh, self.label_en)


class OfTargetQuerySet(OfVersionQuerySet):
    """Rows of a target, fenced through the plan."""

    version_path = "target__version"


class Bounds(models.Model):
    """What a measure is compared with: formulas, each empty where not asked."""

    at_least = models.TextField(_("at least"), blank=True)
    at_most = models.TextField(_("at most"), blank=True)
    more_than = models.TextField(_("more than"), blank=True)
    less_than = models.TextField(_("less than"), blank=True)
    equals = models.TextField(_("equals"), blank=True)
    applies_when = models.TextField(_("applies when"), blank=True)

    class Meta:
        abstract = True


@pgtrigger.register(
    *NEVER_CHANGES,
    stands_with("SELECT t.version_id FROM plans_target t WHERE t.id = NEW.target_id"),
)
class Rule(Bounds):
    """What a target requires while a text is in force. The text changes: another rule follows on its day."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="rules", verbose_name=_("target"))
    number = models.PositiveIntegerField(_("number"))
    in_force = periods.PeriodField(_("in force"))
    clause = models.CharField(_("clause"), max_length=40)
    measure = models.TextField(_("measure"), blank=True)
    holds = models.TextField(_("condition that must hold"), blank=True)
    split = models.JSONField(_("shares of"), default=dict, blank=True, help_text=_("Name of the share: formula."))
    ratio = models.JSONField(_("ratio"), null=True, blank=True, help_text=_("Empty: the shares are only reported."))
    tolerance = models.TextField(_("tolerance"), blank=True, help_text=_("Largest difference of a share."))
    attention_when = models.TextField(_("attention when"), blank=True)
    unit = models.CharField(_("unit"), max_length=60, null=True, blank=True, help_text=_("Empty: not checked."))
    force = models.CharField(_("force"), max_length=20, choices=Force)
    nature = models.CharField(_("nature"), max_length=10, choices=Nature)

    objects = OfTargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["target", "number"]
        constraints = [
            models.UniqueConstraint(fields=["target", "number"], name="the_rules_of_a_target_are_numbered"),
            periods.lasting("rule_lasts", "in_force"),
            models.CheckConstraint(
                condition=~Q(measure="") | ~Q(holds="") | ~Q(split={}), name="a_rule_states_what_it_tests"
            ),
            ExclusionConstraint(
                name="the_rules_of_a_target_do_not_overlap",
                expressions=[
                    (periods.only("target"), RangeOperators.OVERLAPS),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This target already has a rule in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} {periods.shown(self.in_force)}"


@pgtrigger.register(
    *NEVER_CHANGES,
    stands_with(
        "SELECT t.version_id FROM plans_rule r JOIN plans_target t ON t.id = r.target_id WHERE r.id = NEW.rule_id"
    ),
)
class Milestone(Bounds):
    """What a rule requires by a day, or each 31 December: its own bounds, or the rule's where it states none."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="milestones", verbose_name=_("rule"))
    number = models.PositiveIntegerField(_("number"))
    due = models.DateField(_("due"), null=True, blank=True)
    yearly = models.BooleanField(_("every year"), default=False)
    clause = models.CharField(_("clause"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["rule", "number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="the_milestones_of_a_rule_are_numbered"),
            models.CheckConstraint(condition=Q(number__gte=1), name="milestones_begin_with_one"),
            models.CheckConstraint(
                condition=Q(due__isnull=False, yearly=False) | Q(due__isnull=True, yearly=True),
                name="a_milestone_is_due_on_a_day_or_yearly",
            ),
            periods.dated_sanely("due", "milestone_due_in_known_years"),
        ]

    def __str__(self) -> str:
        return f"{self.rule.target} {self.due or _('every year')}"
