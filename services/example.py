"""
Example data (示例数据) for service stations and centres, made up from a story over its facilities.

An entry of a story either lets a station or centre work in every facility of a kind, or says by when which share of
the places has one. In the shape of Jinan nearly every urban community has a station, some only since the second year,
and it works in the community's latest office and service rooms. Where the generator of facilities built a centre, a
centre works in it; now and then one works where nobody has recorded rooms.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from communities.ground import periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.models import Level
from communities.places.names import short_name
from communities.places.story import JINAN, Entry, ExamplePlace, Story, day_before, day_in, is_urban_community, ramp
from facilities.models import Facility, FacilityKind

from .models import ServicePoint, ServicePointKind

BATCH = 2000
NO_STATION = 0.03
LATER_STATION = 0.10
CENTRE_WITHOUT_ROOMS = 0.3  # of the streets with communities that have no recorded centre rooms
NAMES = {ServicePointKind.STATION: "社区服务站", ServicePointKind.CENTRE: "社区服务中心"}


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write the service points of the urban communities, the streets, districts and the city."""
    if story.section("service_points") == JINAN:
        stations = _rooms_by_place(story, FacilityKind.OFFICE_AND_SERVICE_ROOMS)
        centres = _rooms_by_place(story, FacilityKind.SERVICE_CENTRE)
        made = [*_stations(places, stations, rng, story.years), *_centres(places, centres, rng, story.years)]
    else:
        made = [point for entry in story.entries("service_points") for point in _told(story, entry, places)]
    for point in made:
        point.source, point.is_example, point.recorded_by = story.source, True, by
    ServicePoint.objects.bulk_create(made, batch_size=BATCH)


def _told(story: Story, entry: Entry, places: Sequence[ExamplePlace]) -> Iterator[ServicePoint]:
    """Yield the service points of one entry: in every facility of a kind, or by the share of places that has one."""
    about = f"service_points {entry['kind']}"
    rng = story.rng(about)
    asked = [place for place in story.asked(entry, places) if Register.STATIONS in place.stated]
    if "in" in entry:
        rooms = Facility.objects.filter(source=story.source, kind=entry["in"]).order_by("during", "pk")
        by_place: dict[int, list[Facility]] = {}
        for room in rooms:
            by_place.setdefault(room.place_id, []).append(room)
        for place in asked:
            for room in by_place.get(place.pk, ()):
                last = periods.last(room.during)
                yield _point(place, entry["kind"], room.during.lower, room, rng, last)
        return
    years = story.reached(ramp(entry["reach"]), asked, about)
    for place in asked:
        if place.pk in years:
            is_new = years[place.pk] >= story.years.start
            opened = day_in(rng, years[place.pk]) if is_new else day_before(rng, story.years)
            yield _point(place, entry["kind"], opened, None, rng)


def _rooms_by_place(story: Story, kind: FacilityKind) -> dict[int, Facility]:
    """The facilities of the story of the kind by place; of several, the one that opened last."""
    return {room.place_id: room for room in Facility.objects.filter(source=story.source, kind=kind).order_by("during")}


def _stations(
    places: Sequence[ExamplePlace], rooms: dict[int, Facility], rng: Random, years: range
) -> Iterator[ServicePoint]:
    for place in places:
        if not is_urban_community(place) or Register.STATIONS not in place.stated or rng.random() < NO_STATION:
            continue
        later = rng.random() < LATER_STATION
        opened = date(years.start, 1, 1) + timedelta(days=rng.randint(30, 900) if later else -rng.randint(1, 1500))
        yield _point(place, ServicePointKind.STATION, opened, rooms.get(place.pk), rng)


def _centres(
    places: Sequence[ExamplePlace], rooms: dict[int, Facility], rng: Random, years: range
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
    place: ExamplePlace,
    kind: ServicePointKind,
    opened: date,
    room: Facility | None,
    rng: Random,
    last: date | None = None,
) -> ServicePoint:
    return ServicePoint(
        place_id=place.pk,
        kind=kind,
        name=f"{short_name(place.name).removesuffix('社区')}{NAMES[ServicePointKind(kind)]}",
        facility=room,
        during=periods.of(opened, last),
        one_stop=rng.random() < 0.6,
        networked=rng.choices([True, False, None], [70, 25, 5])[0],
    )
