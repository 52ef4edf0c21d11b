"""
Example data (示例数据) for service stations and centres, made up from a seed over the example facilities.

Nearly every urban community has a station, some only since the second year, and it works in the community's latest
office and service rooms. Where the generator of facilities built a centre, a centre works in it; now and then one
works where nobody has recorded rooms.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from communities.ground import periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.example import SOURCE, ExamplePlace, is_urban_community
from communities.places.models import Level
from communities.places.names import short_name
from facilities.models import Facility, FacilityKind

from .models import ServicePoint, ServicePointKind

BATCH = 2000
NO_STATION = 0.03
LATER_STATION = 0.10
CENTRE_WITHOUT_ROOMS = 0.3  # of the streets with communities that have no recorded centre rooms
NAMES = {ServicePointKind.STATION: "社区服务站", ServicePointKind.CENTRE: "社区服务中心"}


def make(places: list[ExamplePlace], rng: Random, years: range, by: User | None) -> None:
    """Write the service points of the urban communities, the streets, districts and the city."""
    stations = _rooms_by_place(FacilityKind.OFFICE_AND_SERVICE_ROOMS)
    centres = _rooms_by_place(FacilityKind.SERVICE_CENTRE)
    made = [*_stations(places, stations, rng, years), *_centres(places, centres, rng, years)]
    for point in made:
        point.source, point.is_example, point.recorded_by = SOURCE, True, by
    ServicePoint.objects.bulk_create(made, batch_size=BATCH)


def _rooms_by_place(kind: FacilityKind) -> dict[int, Facility]:
    """The example facilities of the kind by place; of several, the one that opened last."""
    return {room.place_id: room for room in Facility.objects.filter(is_example=True, kind=kind).order_by("during")}


def _stations(
    places: list[ExamplePlace], rooms: dict[int, Facility], rng: Random, years: range
) -> Iterator[ServicePoint]:
    for place in places:
        if not is_urban_community(place) or Register.STATIONS not in place.stated or rng.random() < NO_STATION:
            continue
        later = rng.random() < LATER_STATION
        opened = date(years.start, 1, 1) + timedelta(days=rng.randint(30, 900) if later else -rng.randint(1, 1500))
        yield _point(place, ServicePointKind.STATION, opened, rooms.get(place.pk), rng)


def _centres(
    places: list[ExamplePlace], rooms: dict[int, Facility], rng: Random, years: range
) -> Iterator[ServicePoint]:
    for place in places:
        if place.level == Level.COMMUNITY or Register.STATIONS not in place.stated:
            continue
        room = rooms.get(place.pk)
        if room is not None:
            yield _point(place, ServicePointKind.CENTRE, room.during.lower, room, rng)
        elif place.level == Level.STREET and place.kind and rng.random() < CENTRE_WITHOUT_ROOMS:
            yield _point(place, ServicePointKind.CENTRE, date(years.start, 5, 1), None, rng)


def _point(
    place: ExamplePlace, kind: ServicePointKind, opened: date, room: Facility | None, rng: Random
) -> ServicePoint:
    return ServicePoint(
        place_id=place.pk,
        kind=kind,
        name=f"{short_name(place.name).removesuffix('社区')}{NAMES[kind]}",
        facility=room,
        during=periods.of(opened),
        one_stop=rng.random() < 0.6,
        networked=rng.choices([True, False, None], [70, 25, 5])[0],
    )
