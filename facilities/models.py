"""
Facilities: the rooms and grounds a place has, how large they are, since when, and what became of their use.

A facility stands in a place of any level: a community's office and service rooms, a street's service centre, a
district's library. Plans ask how much of a kind there is and how large the largest one is; they forbid letting,
selling or pledging it. What it is used for is therefore a dated row of its own (`FacilityUse`).
"""

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.ground import periods
from communities.ground.history import tracked
from communities.ground.models import Fact
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place


class FacilityKind(models.TextChoices):
    """What a facility is for. The plans set areas for the first ten; the others are counted."""

    OFFICE_AND_SERVICE_ROOMS = "office_and_service_rooms", _("office and service rooms")
    OFFICE_ROOMS = "office_rooms", _("office rooms")
    SERVICE_STATION = "service_station", _("rooms of the community service station")
    SERVICE_CENTRE = "service_centre", _("rooms of the community service centre")
    CULTURE_ROOM = "culture_room", _("culture room")
    CULTURE_STATION = "culture_station", _("culture station")
    LIBRARY = "library", _("library")
    READING_ROOM = "reading_room", _("reading room")
    ACTIVITY_AREA = "activity_area", _("activity area for residents")
    GREEN_SPACE = "green_space", _("public green space")
    POLICE_ROOM = "police_room", _("police room")
    HEALTH_CENTRE = "health_centre", _("community health centre")
    HEALTH_STATION = "health_station", _("community health station")
    HEALTH_EDUCATION_BASE = "health_education_base", _("health education base")
    YOUTH_ROOM = "youth_room", _("activity room for young people")
    ELDERLY_ROOM = "elderly_room", _("activity room for the elderly")
    DAY_CARE_POINT = "day_care_point", _("care point for the elderly")
    ELDERLY_APARTMENTS = "elderly_apartments", _("apartments for the elderly")
    ELDERLY_HOME = "elderly_home", _("home for the aged")
    ELDERLY_WELFARE = "elderly_welfare", _("welfare facility for the elderly")
    FITNESS_PARK = "fitness_park", _("fitness park")
    FITNESS_POINT = "fitness_point", _("fitness point")
    COMMUNITY_SCHOOL = "community_school", _("community school")
    LABOUR_STATION = "labour_station", _("labour and social security service point")
    GOVERNMENT_HALL = "government_hall", _("government affairs hall")
    AFFAIRS_HALL = "affairs_hall", _("street social affairs hall")
    DONATION_POINT = "donation_point", _("donation receiving point")
    CHARITY_SUPERMARKET = "charity_supermarket", _("charity supermarket")
    SQUARE = "square", _("community square or park")
    NEIGHBOURHOOD_CENTRE = "neighbourhood_centre", _("neighbourhood centre")
    CEREMONY_ROOMS = "ceremony_rooms", _("rooms for weddings and funerals")
    TOOL_STORE = "tool_store", _("storage place for farm tools")
    CHARGING_POINT = "charging_point", _("charging point for electric bicycles")
    HISTORY_ROOM = "history_room", _("village history room")
    OTHER = "other", _("other facility")


class Grade(models.TextChoices):
    """What the culture departments have rated a culture room as."""

    DEMONSTRATION = "demonstration", _("demonstration")
    STANDARD = "standard", _("up to standard")


class Ownership(models.TextChoices):
    """By what right the rooms are used."""

    OWNED = "owned", _("owned")
    RENTED = "rented", _("rented")
    LENT = "lent", _("lent")
    SHARED = "shared", _("shared")


class Purpose(models.TextChoices):
    """What a facility is used for in a period."""

    OWN = "own", _("its own purpose")
    RENTED_OUT = "rented_out", _("rented out")
    SOLD = "sold", _("sold")
    GIVEN_FOR_DEBT = "given_for_debt", _("given in payment of a debt")
    MORTGAGED = "mortgaged", _("mortgaged")
    TRANSFERRED = "transferred", _("transferred")
    FOR_PROFIT = "for_profit", _("run for profit")
    OTHER_PURPOSE = "other_purpose", _("changed to another purpose")
    IDLE = "idle", _("idle")


@tracked
class Facility(Fact):
    """
    Rooms or grounds that serve a place, with the area attributable to them alone.

    Never deleted when it closes: its last day in use is recorded. An empty area is unknown, not zero.
    """

    place = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="facilities",
        verbose_name=_("place"),
        help_text=_("The community, street, district or city it serves."),
    )
    kind = models.CharField(_("kind of facility"), max_length=30, choices=FacilityKind)
    name = models.CharField(_("name"), max_length=100)
    built_area_m2 = models.DecimalField(
        _("built area (m²)"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("As on the title deed. In shared rooms, the part that belongs to this facility."),
    )
    usable_area_m2 = models.DecimalField(
        _("usable area (m²)"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Inside the walls; never more than the built area."),
    )
    ownership = models.CharField(_("ownership"), max_length=10, choices=Ownership, null=True, blank=True)
    grade = models.CharField(
        _("grade"), max_length=15, choices=Grade, null=True, blank=True, help_text=_("Of a rated culture room.")
    )
    volumes = models.PositiveIntegerField(_("volumes"), null=True, blank=True, help_text=_("Of a library."))
    is_linked = models.BooleanField(
        _("linked"),
        null=True,
        blank=True,
        help_text=_("Whether a library lends with the district's library on one card. Empty: unknown."),
    )
    built_on = models.DateField(_("built on"), null=True, blank=True)
    during = periods.PeriodField(_("in use"), help_text=_("First and last day; the last is empty while it serves."))
    merged_with = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("shares rooms with"),
        help_text=_("The facility in whose rooms it was set up."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        indexes = [models.Index(fields=["place", "kind"], name="facility_by_place_and_kind")]
        constraints = [
            periods.lasting("facility_in_use_lasts"),
            periods.dated_sanely("built_on", "facility_built_in_known_years"),
            models.CheckConstraint(
                condition=Q(built_area_m2__gte=0) & Q(usable_area_m2__gte=0),
                name="facility_areas_are_not_negative",
                violation_error_message=_("An area cannot be negative; leave it empty where it is unknown."),
            ),
            models.CheckConstraint(
                condition=Q(usable_area_m2__lte=F("built_area_m2")),
                name="facility_usable_area_lies_within_built_area",
                violation_error_message=_("The usable area is larger than the built area; one of them is wrong."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="facility_has_a_name"),
            models.CheckConstraint(
                condition=~Q(merged_with=F("pk")),
                name="facility_is_not_merged_with_itself",
                violation_error_message=_("A facility cannot share rooms with itself."),
            ),
            models.UniqueConstraint(
                "place",
                "kind",
                "name",
                RangeStartsWith("during"),
                name="facility_recorded_once",
                nulls_distinct=False,
                violation_error_message=_("This facility is already recorded from that day; change that row."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FacilityUseQuerySet(ScopedQuerySet["FacilityUse"]):
    """Uses, fenced by the place of the facility."""

    place_path = "facility__place"


@tracked
class FacilityUse(Fact):
    """What a facility was used for in a period. No row means its own purpose, once the register is complete."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="uses", verbose_name=_("facility"))
    during = periods.PeriodField(
        _("period of use"), help_text=_("First and last day; the last is empty while it lasts.")
    )
    purpose = models.CharField(_("use"), max_length=20, choices=Purpose)
    approval = models.CharField(
        _("approved by"),
        max_length=200,
        blank=True,
        help_text=_("Who allowed another purpose, and by which paper. Empty: nobody did."),
    )

    objects = FacilityUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a facility")
        verbose_name_plural = _("uses of facilities")
        indexes = [models.Index(fields=["purpose", "facility"], name="facility_use_by_purpose")]
        constraints = [
            periods.lasting("facility_use_lasts"),
            models.UniqueConstraint(
                "facility",
                "purpose",
                RangeStartsWith("during"),
                name="facility_use_recorded_once",
                nulls_distinct=False,
                violation_error_message=_("This use is already recorded from that day; change that row."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.get_purpose_display()}"

    def clean(self) -> None:
        """Refuse an approval for what no approval can allow."""
        if self.approval and self.purpose in NEVER_ALLOWED:
            raise ValidationError(
                {"approval": _("No approval makes this use lawful. Leave the approval empty, or correct the use.")}
            )


NEVER_ALLOWED = (
    Purpose.RENTED_OUT,
    Purpose.SOLD,
    Purpose.GIVEN_FOR_DEBT,
    Purpose.MORTGAGED,
    Purpose.TRANSFERRED,
    Purpose.FOR_PROFIT,
)
