"""
Services: where residents are served. A community has a service station; a street, district or city has a centre.

A service point is the institution, not its walls: the rooms are a facility of the register of premises, and the area
is read from there, so that it is written once.
"""

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.ground import periods
from communities.ground.history import tracked
from communities.ground.models import Fact
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Level, Place
from facilities.models import Facility


class ServicePointKind(models.TextChoices):
    """A station serves one community; a centre serves a street, a district or the city."""

    STATION = "service_station", _("community service station")
    CENTRE = "service_centre", _("community service centre")


LEVELS = {
    ServicePointKind.STATION: (Level.COMMUNITY,),
    ServicePointKind.CENTRE: (Level.STREET, Level.DISTRICT, Level.CITY),
}


@tracked
class ServicePoint(Fact):
    """A service station or centre. Never deleted when it closes: its last day is recorded."""

    place = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="service_points",
        verbose_name=_("place"),
        help_text=_("Whom it serves: a station a community, a centre a street, district or city."),
    )
    kind = models.CharField(_("kind of service point"), max_length=20, choices=ServicePointKind)
    name = models.CharField(_("name"), max_length=100)
    facility = models.ForeignKey(
        Facility,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="service_points",
        verbose_name=_("rooms"),
        help_text=_("The facility it works in; its area is read from there. Empty: not recorded."),
    )
    during = periods.PeriodField(_("in service"), help_text=_("First and last day; the last is empty while it serves."))
    one_stop = models.BooleanField(
        _("one-stop service"), default=False, help_text=_("All matters at one counter (一站式).")
    )
    networked = models.BooleanField(
        _("networked"), null=True, blank=True, help_text=_("Linked with city, district and street. Empty: unknown.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("service station or centre")
        verbose_name_plural = _("service stations and centres")
        indexes = [models.Index(fields=["place", "kind"], name="service_point_by_place_kind")]
        constraints = [
            periods.lasting("service_point_lasts"),
            models.CheckConstraint(condition=~Q(name=""), name="service_point_has_a_name"),
            models.UniqueConstraint(
                "place",
                "kind",
                "name",
                RangeStartsWith("during"),
                name="service_point_recorded_once",
                nulls_distinct=False,
                violation_error_message=_("This service point is already recorded from that day; change that row."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a station that does not belong to a community, and a centre that does."""
        if self.place_id and self.kind and self.place.level not in LEVELS[ServicePointKind(self.kind)]:
            raise ValidationError({"place": WRONG_LEVEL[ServicePointKind(self.kind)]})


WRONG_LEVEL = {
    ServicePointKind.STATION: _("A service station belongs to a community. Choose one, or record a centre."),
    ServicePointKind.CENTRE: _(
        "A service centre belongs to a street, a district or the city. Choose one, or record a station."
    ),
}
