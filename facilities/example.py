"""
Example data (示例数据) for facilities: what the entries of a story say, turned into rows from its seed.

An entry is about one kind of facility at one level. It says by when which share of the places has one that is large
enough, how many of the others have a smaller one until then, and how large they are; some places stand exactly at a
bound. Or it says how many there are in the whole area, year by year. Where rooms are measured anew, the row is cut in
three, and the one in the middle bears no area. What a facility is used for is made up for the shape of Jinan only.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from communities.ground import periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.names import short_name
from communities.places.story import (
    AREA,
    JINAN,
    Entry,
    ExamplePlace,
    Story,
    day_before,
    day_in,
    pieces,
    ramp,
    share_of,
)

from . import example_jinan
from .models import Facility, FacilityKind, FacilityUse, Ownership

BATCH = 2000
CENT = Decimal("0.01")
USABLE_OF_BUILT = (75, 95)  # per cent
USUAL_AREA: Entry = {"of": "built", "between": [20, 300], "usual": 80}


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write the facilities of the story, and for the shape of Jinan what they are used for."""
    if story.section("facilities") == JINAN:
        made = example_jinan.facilities(places, rng, story.years)
        uses = list(example_jinan.uses(made, rng, story.years))
        made += example_jinan.solved_at_last(places, made, uses, story.years)
    else:
        made, uses = [], []
        for n, entry in enumerate(story.entries("facilities")):
            taken = {row.place_id for row in made if row.kind == entry.get("without")}
            made += _told(story, entry, n, [place for place in places if place.pk not in taken])
    made += _measured_anew(story, places, made)
    for row in [*made, *uses]:
        row.source, row.is_example, row.recorded_by = story.source, True, by
    Facility.objects.bulk_create(made, batch_size=BATCH)
    FacilityUse.objects.bulk_create(uses, batch_size=BATCH)


def _told(story: Story, entry: Entry, number: int, places: Sequence[ExamplePlace]) -> Iterator[Facility]:
    about = f"facilities {number} {entry['kind']}"
    asked = [place for place in story.asked(entry, places) if Register.FACILITIES in place.stated]
    maker = _Maker(story, entry, story.rng(about), _unmeasured(story, entry, asked, about))
    yield from maker.by_number(asked) if "numbers" in entry else maker.by_place(asked, about)


def _measured_anew(story: Story, places: Sequence[ExamplePlace], made: Sequence[Facility]) -> Iterator[Facility]:
    """Cut facilities whose area is under review for a time; yield all pieces but the last one, which keeps its row."""
    for n, (entry, review) in enumerate(story.reviews({AREA})):
        measured = {
            row.place_id: row
            for row in made
            if row.kind == entry["kind"] and row.built_area_m2 is not None and review.is_within(row.during)
        }
        able = [place for place in places if place.pk in measured]
        for row in (measured[place.pk] for place in story.drawn(entry, able, f"measured anew {n}")):
            *earlier, (last, _nothing) = pieces(row.during, [review])
            for during, unknown in earlier:
                piece = copy(row)
                piece.during = during
                if unknown:
                    piece.built_area_m2 = piece.usable_area_m2 = None
                yield piece
            row.during = last


def _unmeasured(story: Story, entry: Entry, asked: Sequence[ExamplePlace], about: str) -> frozenset[int]:
    """Return the places of whose facilities nobody knows the area: an exact share, none of those at a bound."""
    free = [place.pk for place in asked[len(entry.get("exactly", ())) :]]
    number = share_of(Decimal(str(entry.get("unknown", 0))), len(asked))
    return frozenset(story.rng(f"{about} unmeasured").sample(free, min(number, len(free))))


@dataclass
class _Maker:
    """Makes the facilities of one entry."""

    story: Story
    entry: Entry
    rng: Random
    unmeasured: frozenset[int]

    @property
    def area(self) -> Entry:
        """Which area the entry speaks of, and between which bounds it is drawn."""
        area: Entry = self.entry.get("area", USUAL_AREA)
        return area

    @property
    def least(self) -> Decimal | None:
        """The area from which a facility is large enough; None where any will do."""
        return Decimal(str(self.area["least"])) if "least" in self.area else None

    def by_number(self, asked: Sequence[ExamplePlace]) -> Iterator[Facility]:
        """Yield as many as there are in the area by the end of each year, place after place in a drawn order."""
        order = self.rng.sample(list(asked), len(asked))
        made = 0
        for year, number in sorted(self.entry["numbers"].items()):
            while made < number and order:
                again = made // len(order)
                yield self._facility(order[made % len(order)], self._large(), self._opened(year), suffix=again)
                made += 1

    def by_place(self, asked: Sequence[ExamplePlace], about: str) -> Iterator[Facility]:
        """Yield for each place what it has by when: exactly at a bound, large enough, or small until then."""
        exact = {
            place.pk: Decimal(str(area)) for place, area in zip(asked, self.entry.get("exactly", ()), strict=False)
        }
        ahead = [key for key, area in exact.items() if self.least is None or area >= self.least]
        never = [key for key in exact if key not in ahead]
        years = self.story.reached(ramp(self.entry["reach"]), asked, about, ahead, never)
        for place in asked:
            if place.pk in exact:
                yield self._facility(place, exact[place.pk], day_before(self.rng, self.story.years))
                continue
            opened = self._opened(years[place.pk]) if place.pk in years else None
            if opened is None or opened >= date(self.story.years.start, 1, 1):
                yield from self._small(place, opened)
            if opened is not None:
                yield self._facility(place, self._large(), opened)

    def _opened(self, year: int) -> date:
        return day_in(self.rng, year) if year >= self.story.years.start else day_before(self.rng, self.story.years)

    def _small(self, place: ExamplePlace, until: date | None) -> Iterator[Facility]:
        """A room below the bound, which closes when the large one opens."""
        if self.least is None or self.rng.random() >= float(self.entry.get("short", 0)):
            return
        low = self.area["between"][0]
        area = min(self._drawn(low, float(self.least), (low + float(self.least)) / 2), self.least - CENT)
        first = day_before(self.rng, self.story.years)
        yield self._facility(place, area, first, until - periods.ONE_DAY if until else None)

    def _large(self) -> Decimal:
        low, high = self.area["between"]
        low = max(low, float(self.least or 0))
        area = self._drawn(low, high, min(max(self.area.get("usual", low), low), high))
        return max(area, self.least or area)

    def _drawn(self, low: float, high: float, usual: float) -> Decimal:
        return Decimal(str(round(self.rng.triangular(low, high, usual), 2))).quantize(CENT)

    def _facility(
        self, place: ExamplePlace, area: Decimal, first: date, last: date | None = None, suffix: int = 0
    ) -> Facility:
        kind = FacilityKind(self.entry["kind"])
        built, usable = (None, None) if place.pk in self.unmeasured else self._areas(area)
        return Facility(
            place_id=place.pk,
            kind=kind,
            name=f"{short_name(place.name)}{self.entry.get('name', kind.label)}{suffix + 1 if suffix else ''}",
            built_area_m2=built,
            usable_area_m2=usable,
            ownership=self.rng.choices(list(Ownership), [60, 15, 15, 10])[0],
            during=periods.of(first, last),
            grade=self.entry.get("grade"),
            volumes=self.rng.randint(*self.entry["volumes"]) if "volumes" in self.entry else None,
            is_linked=self.rng.random() < float(self.entry["linked"]) if "linked" in self.entry else None,
        )

    def _areas(self, area: Decimal) -> tuple[Decimal, Decimal]:
        """Return built and usable area of which the entry speaks of one."""
        share = Decimal(self.rng.randint(*USABLE_OF_BUILT)) / 100
        if self.area["of"] == "usable":
            return (area / share).quantize(CENT), area
        return area, (area * share).quantize(CENT)
