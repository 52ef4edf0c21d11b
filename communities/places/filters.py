"""By what places can be searched, as they stood on a day."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from communities.ground import clock
from communities.ground.filters import AreaFilter, DayFilter, OneOf, SomeOf, WholeNumber, YesOrNo

from .models import Census, Classification, CommitteeKind, Estate, Kind, Level, Place, PlaceQuerySet, Zone


def latest_census(day: date) -> QuerySet[Census]:
    """Return, for the place of the outer query, the counts made by the day, the latest first."""
    return Census.objects.filter(place=OuterRef("pk"), counted_on__lte=day).order_by("-counted_on")


class PlaceFilter(django_filters.FilterSet):
    """Level, area, name; classification and number of households as of the day."""

    as_of = DayFilter(
        method="on_day",
        help_text=_("The day on which codes, classification and census are read; today where left out."),
    )
    level = SomeOf(choices=Level, help_text=_("Level of the place; may be repeated."))
    within = AreaFilter(
        method="in_area", help_text=_("Places below this division code, itself included: 3701, 370102, 370102001000.")
    )
    name = django_filters.CharFilter(
        method="named", max_length=60, help_text=_("Part of the name, or the beginning of its pinyin.")
    )
    committee = OneOf(
        field_name="community__committee", choices=CommitteeKind, help_text=_("Whose committee governs the place.")
    )
    kind = OneOf(method="classified", choices=Kind, help_text=_("Urban or rural on the day."))
    zone = OneOf(method="classified", choices=Zone, help_text=_("Urban district or county on the day."))
    estate = OneOf(method="classified", choices=Estate, help_text=_("Kind of estate on the day."))
    households_from = WholeNumber(method="counted_from", help_text=_("At least so many households on the day."))
    households_to = WholeNumber(method="counted_to", help_text=_("At most so many households on the day."))
    is_example = YesOrNo(help_text=_("true: only example places (示例数据)."))

    class Meta:
        model = Place
        fields: list[str] = []

    @property
    def day(self) -> date:
        """The day asked for."""
        asked: date | None = self.form.cleaned_data.get("as_of")
        return asked or clock.today()

    def on_day(self, places: PlaceQuerySet, _name: str, value: date) -> PlaceQuerySet:
        """Leave the rows as they are: the day decides how the other filters read them."""
        return places

    def in_area(self, places: PlaceQuerySet, _name: str, value: str) -> PlaceQuerySet:
        """Keep the places below a code of the day."""
        return places.within(value, self.day)

    def named(self, places: PlaceQuerySet, _name: str, value: str) -> PlaceQuerySet:
        """Keep the places of such a name."""
        found = Q(name__contains=value) | Q(short_name__contains=value)
        return places.filter(found | Q(pinyin__startswith=value.lower()) if value.isascii() else found)

    def classified(self, places: PlaceQuerySet, name: str, value: str) -> PlaceQuerySet:
        """Keep the places that counted as such on the day."""
        held: dict[str, Any] = {"during__contains": self.day, name: value}
        return places.filter(Exists(Classification.objects.filter(place=OuterRef("pk"), **held)))

    def counted_from(self, places: PlaceQuerySet, _name: str, value: int) -> PlaceQuerySet:
        """Keep the places with at least so many households; those that never counted are left out."""
        return self._counted(places, households__gte=value)

    def counted_to(self, places: PlaceQuerySet, _name: str, value: int) -> PlaceQuerySet:
        """Keep the places with at most so many households; those that never counted are left out."""
        return self._counted(places, households__lte=value)

    def _counted(self, places: PlaceQuerySet, **bound: int) -> PlaceQuerySet:
        latest = Subquery(latest_census(self.day).values("households")[:1])
        return places.alias(households=latest).filter(**bound)
