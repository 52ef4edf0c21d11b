"""
What the portal knows of service stations and centres: how many, and how large the centre of a place is.

This register answers Jinan 2007, clause 五(一), alone, so that its four targets cannot contradict each other:

- every district and street has a centre:    `service_points(kind="service_centre") >= 1`
- every community has a station:             `service_points(kind="service_station") >= 1`
- a district's centre has 3000 m², a street's 1000 m² of built area: `centre_area`

The area itself is written once, in the register of premises, and read through the rooms the centre works in.
"""

from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import PLACE_LEVELS, Metric, Option, Source, counted, largest
from communities.ground.registers import Register

from .models import ServicePoint, ServicePointKind

SERVICE_POINTS = Source(
    code="service_points",
    label=_("service stations and centres"),
    register=Register.STATIONS,
    rows=lambda w: ServicePoint.objects.filter(during__contains=w.day).annotate(
        built_area_m2=Case(When(facility__during__contains=w.day, then=F("facility__built_area_m2")))
    ),
)

_KIND = {"kind": Option("kind", ServicePointKind)}

METRICS = [
    Metric(
        code="service_points",
        label=_("service stations and centres in service"),
        unit="piece",
        source=SERVICE_POINTS,
        value=counted(),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="one_stop_points",
        label=_("service stations and centres with one-stop service"),
        unit="piece",
        source=SERVICE_POINTS,
        value=counted(),
        options=_KIND,
        levels=PLACE_LEVELS,
        where=Q(one_stop=True),
    ),
    # 0 where there is no centre; unknown where one of them has no recorded rooms, or rooms without an area.
    Metric(
        code="centre_area",
        label=_("built area of the largest service centre"),
        unit="m2",
        source=SERVICE_POINTS,
        value=largest("built_area_m2"),
        levels=("city", "district", "street"),
        where=Q(kind=ServicePointKind.CENTRE),
    ),
]
