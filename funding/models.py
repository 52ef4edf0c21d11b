"""
Money: what was allocated to whom, what each member was paid, and what people earn on average.

An allocation (拨款) is a year's money of one stream from one payer for one place; an allowance (生活补贴) a year's
money for one post; a wage baseline the average yearly wage of a district, by which allowances are measured.
Amounts are yuan and fen, never floats. The paper a row comes from stands in `source`; who paid stands in `payer`.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.ground import periods
from communities.ground.history import tracked
from communities.ground.models import Fact
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place
from organizations.models import Post

FIRST_YEAR, LAST_YEAR = 1950, 2199
in_known_years = [MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]


def _known_year(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
        name=name,
        violation_error_message=_("The year lies outside 1950 to 2199."),
    )


def _not_negative(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(amount_cny__gte=0),
        name=name,
        violation_error_message=_("An amount of money is not negative; correct the row it should lower instead."),
    )


class Stream(models.TextChoices):
    """What the money is for."""

    WORK = "work", _("work funds")
    ALLOWANCE = "allowance", _("funds for living allowances")
    SERVICE_SPECIAL = "service_special", _("service special fund")
    FACILITIES = "facilities", _("funds for premises and facilities")
    RURAL = "rural", _("rural community support fund")
    SAFETY = "safety", _("funds for public safety")
    HEALTH = "health", _("funds for community health")
    OTHER = "other", pgettext_lazy("funds", "other funds")


class Payer(models.TextChoices):
    """Who pays: a level of government, or somebody else."""

    PROVINCE = "province", pgettext_lazy("payer", "province")
    CITY = "city", pgettext_lazy("payer", "city")
    DISTRICT = "district", pgettext_lazy("payer", "district")
    STREET = "street", pgettext_lazy("payer", "street")
    RESIDENT_UNITS = "resident_units", _("resident units")
    LOTTERY = "lottery", _("lottery funds")
    SOCIETY = "society", _("donations from society")
    COLLECTIVE = "collective", _("collective economy")
    OTHER = "other", pgettext_lazy("payer", "other payer")


@tracked
class Allocation(Fact):
    """Money of one stream that one payer allocated for one place in one year."""

    place = models.ForeignKey(
        Place, models.PROTECT, related_name="allocations", verbose_name=_("place"), help_text=_("Whom it is for.")
    )
    year = models.PositiveSmallIntegerField(_("year"), validators=in_known_years, help_text=_("The year it is for."))
    stream = models.CharField(_("stream"), max_length=20, choices=Stream)
    payer = models.CharField(_("payer"), max_length=20, choices=Payer)
    amount_cny = models.DecimalField(
        _("amount (yuan)"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)]
    )
    allocated_on = models.DateField(
        _("allocated on"), null=True, blank=True, help_text=_("From this day it counts; empty where not known.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            _known_year("allocation_in_known_years"),
            _not_negative("allocation_is_not_negative"),
            periods.dated_sanely("allocated_on", "allocation_dated_in_known_years"),
            models.UniqueConstraint(
                fields=["place", "year", "stream", "payer", "source"],
                name="an_allocation_is_recorded_once",
                violation_error_message=_("This document already allocates such money to this place for that year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.year} {self.get_stream_display()} {self.get_payer_display()}"


class AllowanceQuerySet(ScopedQuerySet["Allowance"]):
    """Allowances, fenced by the place of the organization the post is in."""

    place_path = "post__organization__place"


@tracked
class Allowance(Fact):
    """The living allowance a post was paid in a whole year. No row: nobody knows, not none."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="allowances", verbose_name=_("post held"))
    year = models.PositiveSmallIntegerField(_("year"), validators=in_known_years)
    amount_cny = models.DecimalField(
        _("living allowance (yuan)"),
        max_digits=16,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text=_("For the whole year; where paid for part of it, reckoned up to a year."),
    )

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("living allowance")
        verbose_name_plural = _("living allowances")
        constraints = [
            _known_year("allowance_in_known_years"),
            _not_negative("allowance_is_not_negative"),
            models.UniqueConstraint(
                fields=["post", "year"],
                name="one_allowance_a_post_and_year",
                violation_error_message=_("This post already has a living allowance for that year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.year}"


@tracked
class WageBaseline(Fact):
    """The average yearly wage of a place's employed staff (在岗职工年平均工资), as its statistics publish it."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="wage_baselines", verbose_name=_("place"))
    year = models.PositiveSmallIntegerField(_("year"), validators=in_known_years)
    amount_cny = models.DecimalField(
        _("average yearly wage (yuan)"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)]
    )
    published_on = models.DateField(_("published on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("wage baseline")
        verbose_name_plural = _("wage baselines")
        constraints = [
            _known_year("wage_in_known_years"),
            _not_negative("wage_is_not_negative"),
            periods.dated_sanely("published_on", "wage_published_in_known_years"),
            models.UniqueConstraint(
                fields=["place", "year"],
                name="one_wage_a_place_and_year",
                violation_error_message=_("This place already has an average wage for that year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.year}"
