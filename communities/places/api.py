"""Places over the API: the division or community that bears a code on a day, with what it counted as then."""

from datetime import date
from typing import Any

from django.db.models import F, FilteredRelation, Prefetch, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from communities.ground.access import roles
from communities.ground.api import FencedViewSet, PeriodDays
from communities.ground.filters import day_asked
from communities.ground.roles import BUSINESS
from communities.ground.scope import prefix_of

from .filters import PlaceFilter
from .models import PREFIX_LENGTH, Census, Classification, CommitteeKind, Place, PlaceQuerySet


def with_code_in_force(places: PlaceQuerySet, day: date) -> PlaceQuerySet:
    """Keep the places that bear a code on the day and annotate it; joined, so that the code's index can sort them."""
    in_force = FilteredRelation("codes", condition=Q(codes__during__contains=day))
    return places.alias(in_force=in_force).annotate(code=F("in_force__code")).filter(code__isnull=False)


def code_above(code: str) -> str | None:
    """Return the 12 digits of the division above `code`; None above a province."""
    own = len(prefix_of(code))
    widths = [width for width in PREFIX_LENGTH.values() if width < own]
    return code[: widths[-1]].ljust(12, "0") if widths else None


class ClassificationSerializer(serializers.ModelSerializer[Classification]):
    """What a place counted as."""

    during = PeriodDays(read_only=True, help_text=_("First and last day, both inclusive; null is open."))

    class Meta:
        model = Classification
        fields = ["during", "kind", "zone", "estate", "is_county_seat", "is_dispersed", "source", "is_example"]


class CensusSerializer(serializers.ModelSerializer[Census]):
    """How many households and people a place counted."""

    class Meta:
        model = Census
        fields = [
            "counted_on",
            "households",
            "registered_population",
            "resident_population",
            "source",
            "is_example",
        ]


class PlaceSerializer(serializers.ModelSerializer[Place]):
    """A place as it stood on the day asked for."""

    code = serializers.CharField(help_text=_("The 12 digits in force on the day."))
    parent = serializers.SerializerMethodField(  # type: ignore[assignment] # the serializer takes it out of its class
        help_text=_("The code of the division above; null above a province.")
    )
    exists = PeriodDays(help_text=_("First and last day; empty ends are unknown or open."))
    committee = serializers.ChoiceField(
        source="community.committee",
        choices=CommitteeKind.choices,
        allow_null=True,
        default=None,
        help_text=_("Whose committee governs the place; null above the communities."),
    )
    classification = serializers.SerializerMethodField(help_text=_("In force on the day; null where none is known."))
    census = serializers.SerializerMethodField(help_text=_("The latest by the day; null where none is known."))

    class Meta:
        model = Place
        fields = [
            "code",
            "level",
            "name",
            "short_name",
            "parent",
            "exists",
            "committee",
            "is_statistical",
            "is_example",
            "classification",
            "census",
        ]

    @cached_property
    def _classification(self) -> ClassificationSerializer:
        return ClassificationSerializer()

    @cached_property
    def _census(self) -> CensusSerializer:
        return CensusSerializer()

    def get_parent(self, place: Any) -> str | None:
        """Return the code of the division above."""
        return code_above(place.code)

    @extend_schema_field(ClassificationSerializer(allow_null=True))
    def get_classification(self, place: Any) -> Any:
        """Return what it counted as, read beforehand for the whole page."""
        return next((self._classification.to_representation(row) for row in place.then_classified), None)

    @extend_schema_field(CensusSerializer(allow_null=True))
    def get_census(self, place: Any) -> Any:
        """Return what it counted, read beforehand for the whole page."""
        return next((self._census.to_representation(row) for row in place.then_counted), None)


CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description=_("The 12 digits in force on the day."))
AS_OF = OpenApiParameter("as_of", date, description=_("The day on which the place is looked at; today if left out."))


@extend_schema_view(retrieve=extend_schema(parameters=[CODE, AS_OF]))
@roles(*BUSINESS)
class PlaceViewSet(FencedViewSet[Place]):
    """Divisions and communities within the account's reach, by the code they bear on a day, in administrative order."""

    queryset = Place.objects.none()
    serializer_class = PlaceSerializer
    filterset_class = PlaceFilter
    lookup_field = key = "code"
    detail_inputs = frozenset({"as_of"})

    def reached(self) -> PlaceQuerySet:
        """Return the places that bore a code within reach on the day."""
        day = day_asked(self.request.query_params)
        counted = Census.objects.filter(counted_on__lte=day).order_by("place", "-counted_on").distinct("place")
        classified = Classification.objects.filter(during__contains=day)
        places = with_code_in_force(Place.objects.within(self.reach, day), day).select_related("community")
        return places.prefetch_related(  # type: ignore[type-var] # its stubs take two to_attr for one object
            Prefetch("classifications", classified, to_attr="then_classified"),
            Prefetch("censuses", counted, to_attr="then_counted"),
        )
