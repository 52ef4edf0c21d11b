"""What the portal knows of places: households, population, classification. All as at a day."""

from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import PLACE_LEVELS, Metric, Source, column

from .models import Census, Classification, Estate, Kind, Zone

CENSUS = Source(
    code="census",
    label=_("census"),
    rows=lambda w: Census.objects.filter(counted_on__lte=w.day).order_by("place", "-counted_on").distinct("place"),
    one_row=True,
    dated="counted_on",
)

CLASSIFICATION = Source(
    code="classification",
    label=_("classification"),
    rows=lambda w: Classification.objects.filter(during__contains=w.day),
    one_row=True,
)

METRICS = [
    Metric(
        code="households",
        label=_("households"),
        unit="household",
        source=CENSUS,
        value=column("households", adds_up=True),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="registered_population",
        label=_("registered population"),
        unit="person",
        source=CENSUS,
        value=column("registered_population", adds_up=True),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="resident_population",
        label=_("resident population"),
        unit="person",
        source=CENSUS,
        value=column("resident_population", adds_up=True),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="kind",
        label=_("urban or rural"),
        type="choice",
        choices=Kind,
        source=CLASSIFICATION,
        value=column("kind"),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="zone",
        label=_("zone"),
        type="choice",
        choices=Zone,
        source=CLASSIFICATION,
        value=column("zone"),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="estate",
        label=_("kind of estate"),
        type="choice",
        choices=Estate,
        source=CLASSIFICATION,
        value=column("estate"),
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="county_seat",
        label=_("seat of the county government"),
        type="boolean",
        source=CLASSIFICATION,
        value=column("is_county_seat"),
        levels=("street",),
    ),
    Metric(
        code="dispersed",
        label=_("dispersed housing"),
        type="boolean",
        source=CLASSIFICATION,
        value=column("is_dispersed"),
        levels=("community",),
    ),
]
