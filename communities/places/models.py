"""
Places and what changes about them.

The 12-digit statistical code is the tree: below means prefix. Codes have dated history (merges, splits, villages
that become communities), so an internal key identifies a place and the code in force on the day places it in the
tree. What changes is a dated row: code, classification, census. What a register holds for a place counts as
complete from the day a `RegisterStatement` says so.
"""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from communities.ground import clock, periods
from communities.ground.history import tracked
from communities.ground.models import Fact
from communities.ground.registers import Register
from communities.ground.scope import ScopedQuerySet

CODE = r"^\d{12}$"
code_of_12_digits = RegexValidator(CODE, _("A division code has 12 digits."))


class Level(models.TextChoices):
    """The five levels of the statistical division code, from the widest to the narrowest."""

    PROVINCE = "province", _("province")
    CITY = "city", _("city")
    DISTRICT = "district", _("district or county")
    STREET = "street", _("street or township")
    COMMUNITY = "community", _("community")


PREFIX_LENGTH = {Level.PROVINCE: 2, Level.CITY: 4, Level.DISTRICT: 6, Level.STREET: 9, Level.COMMUNITY: 12}


class PlaceQuerySet(ScopedQuerySet["Place"]):
    """Places, found by the code they bear on a day."""

    place_path = ""

    def with_code(self, on: date | None = None) -> Self:
        """Annotate `code`: the 12 digits in force on the day, NULL where there are none."""
        in_force = PlaceCode.objects.filter(place=OuterRef("pk"), during__contains=on or clock.today())
        return self.annotate(code=Subquery(in_force.values("code")[:1]))

    def by_code(self, code: str, on: date | None = None) -> "Place":
        """Return the place that bears `code` on the day; raise Place.DoesNotExist where none does."""
        return self.get(codes__code=code, codes__during__contains=on or clock.today())

    def of_level(self, level: str) -> Self:
        """Keep the places of one level."""
        return self.filter(level=level)

    def in_code_order(self, on: date | None = None) -> Self:
        """Annotate `code` and sort by it: the administrative order, which is the only order of places."""
        return self.with_code(on).order_by("code")


@tracked
class Place(models.Model):
    """A division or a community. Never deleted: it ceases to exist on a day and its successors are recorded."""

    level = models.CharField(_("level"), max_length=10, choices=Level)
    name = models.CharField(_("official name"), max_length=60)
    short_name = models.CharField(_("short name"), max_length=60)
    pinyin = models.CharField(_("pinyin"), max_length=200, blank=True, db_collation="C", editable=False)
    exists = periods.PeriodField(
        _("exists"),
        default=periods.ALWAYS,
        help_text=_("First and last day; empty ends are unknown or open."),
    )
    is_statistical = models.BooleanField(
        _("statistical unit"),
        default=False,
        help_text=_("A development zone or similar that has a statistical code without being a division."),
    )
    is_example = models.BooleanField(_("example place"), default=False, editable=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        indexes = [models.Index(fields=["level"], name="place_by_level")]

    def __str__(self) -> str:
        return self.name

    def code_on(self, day: date | None = None) -> str:
        """Return the 12 digits in force on the day, empty where there are none (one query)."""
        row = self.codes.filter(during__contains=day or clock.today()).first()
        return row.code if row else ""


@tracked
class PlaceCode(models.Model):
    """A place's 12-digit code, from a day until a day. Imported without dates it holds always."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="codes", verbose_name=_("place"))
    code = models.CharField(_("division code"), max_length=12, db_collation="C", validators=[code_of_12_digits])
    during = periods.PeriodField(_("in force"), default=periods.ALWAYS)
    edition = models.CharField(
        _("edition"),
        max_length=20,
        blank=True,
        help_text=_("The edition of the code list it was taken from."),
    )

    class Meta:
        verbose_name = _("division code")
        verbose_name_plural = _("division codes")
        indexes = [models.Index(fields=["code"], name="place_code_by_code")]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=CODE), name="place_code_has_12_digits"),
            periods.lasting("place_code_lasts"),
            ExclusionConstraint(
                name="a_code_is_borne_by_one_place_at_a_time",
                expressions=[
                    (periods.OnlyCode("code"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another place bears this code in that period."),
            ),
            ExclusionConstraint(
                name="a_place_bears_one_code_at_a_time",
                expressions=[
                    (periods.only("place"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This place already bears a code in that period."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CommitteeKind(models.TextChoices):
    """Whose committee governs the place: the third group of digits of the code says so."""

    RESIDENTS = "residents", _("residents' committee")
    VILLAGERS = "villagers", _("villagers' committee")
    SIMILAR = "similar", _("similar unit")


@tracked
class Community(models.Model):
    """What only a community has. One to one with its place."""

    place = models.OneToOneField(
        Place, models.PROTECT, primary_key=True, related_name="community", verbose_name=_("place")
    )
    committee = models.CharField(_("kind of committee"), max_length=10, choices=CommitteeKind)

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")

    def __str__(self) -> str:
        return str(self.place)


class Kind(models.TextChoices):
    """Urban or rural, as the plan speaks of communities."""

    URBAN = "urban", _("urban")
    RURAL = "rural", _("rural")


class Zone(models.TextChoices):
    """Where in the city: its urban districts, or the counties and outer districts."""

    URBAN = "urban", _("urban district")
    COUNTY = "county", _("county or outer district")


class Estate(models.TextChoices):
    """What housing a community is made of; decides which floor area a plan asks for."""

    OLD_CITY = "old_city", _("old city")
    NEW_ESTATE = "new_estate", _("new estate")
    REDEVELOPED = "redeveloped", _("redeveloped old area")
    CONVERTED_VILLAGE = "converted_village", _("converted village")
    COUNTY_SEAT = "county_seat", _("new community at a county seat")
    OTHER = "other", _("other")


@tracked
class Classification(Fact):
    """What a place counted as in a period: urban or rural, urban district or county, old city or new estate."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="classifications", verbose_name=_("place"))
    during = periods.PeriodField(_("in force"))
    kind = models.CharField(_("urban or rural"), max_length=10, choices=Kind, null=True, blank=True)
    zone = models.CharField(_("zone"), max_length=10, choices=Zone, null=True, blank=True)
    estate = models.CharField(_("kind of estate"), max_length=20, choices=Estate, null=True, blank=True)
    is_county_seat = models.BooleanField(
        _("seat of the county government"),
        null=True,
        blank=True,
        help_text=_("Whether the county's government sits in this street or town. Empty: unknown."),
    )
    is_dispersed = models.BooleanField(
        _("dispersed housing"),
        null=True,
        blank=True,
        help_text=_("Whether people live far apart, so that a plan allows fewer households. Empty: unknown."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("classification")
        verbose_name_plural = _("classifications")
        constraints = [
            periods.lasting("classification_lasts"),
            ExclusionConstraint(
                name="classifications_do_not_overlap",
                expressions=[
                    (periods.only("place"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This place already has a classification in that period; end it first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {periods.shown(self.during)}"


@tracked
class Census(Fact):
    """How many households and people a place counted on a day. Holds until the next count."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="censuses", verbose_name=_("place"))
    counted_on = models.DateField(_("counted on"))
    households = models.PositiveIntegerField(_("households"), null=True, blank=True, help_text=_("At the year's end."))
    registered_population = models.PositiveIntegerField(_("registered population"), null=True, blank=True)
    resident_population = models.PositiveIntegerField(
        _("resident population"), null=True, blank=True, help_text=_("Living there for over six months.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("census")
        verbose_name_plural = _("censuses")
        constraints = [
            periods.dated_sanely("counted_on", "census_counted_in_known_years"),
            models.UniqueConstraint(
                fields=["place", "counted_on"],
                name="one_census_a_place_and_day",
                violation_error_message=_("This place already has a count of that day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.counted_on}"


class SuccessionQuerySet(ScopedQuerySet["Succession"]):
    """Successions, fenced by the successor: whoever answers for it now."""

    place_path = "successor"


@tracked
class Succession(Fact):
    """On a day one place passed to another, whole or in part: merger, split, village become community."""

    class Kind(models.TextChoices):
        """How the one became the other."""

        MERGER = "merger", _("merger")
        SPLIT = "split", _("split")
        CONVERSION = "conversion", _("village become community")

    predecessor = models.ForeignKey(Place, models.PROTECT, related_name="successions", verbose_name=_("predecessor"))
    successor = models.ForeignKey(Place, models.PROTECT, related_name="origins", verbose_name=_("successor"))
    on = models.DateField(_("on"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    share = models.DecimalField(
        _("share"),
        max_digits=7,
        decimal_places=6,
        help_text=_("How much of the predecessor's households passed on: 1 for all."),
    )

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            periods.dated_sanely("on", "succession_in_known_years"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="succession_share_is_a_share"),
            models.CheckConstraint(condition=~Q(predecessor=models.F("successor")), name="nothing_succeeds_itself"),
            models.UniqueConstraint(fields=["predecessor", "successor", "on"], name="one_succession_a_pair_and_day"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} {self.on}"


@tracked
class RegisterStatement(Fact):
    """
    Somebody has said: from this day, this register is complete for this place (台账核实).

    From then on nothing recorded means none; before, it means nobody knows.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="statements", verbose_name=_("place"))
    register = models.CharField(_("register"), max_length=20, choices=Register)
    as_of = models.DateField(_("complete from"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("register statement")
        verbose_name_plural = _("register statements")
        constraints = [
            periods.dated_sanely("as_of", "statement_in_known_years"),
            models.UniqueConstraint(
                fields=["place", "register", "as_of"], name="one_statement_a_place_register_and_day"
            ),
        ]
        indexes = [models.Index(fields=["register", "place", "as_of"], name="statement_by_register")]

    def __str__(self) -> str:
        return f"{self.place} {self.get_register_display()} {self.as_of}"
