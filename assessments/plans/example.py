"""
Example data (示例数据) for what offices report under a plan: values as a story lists them, as at each year's end.

An entry is about one indicator at one level: yes where a share of the places has reached it, a number the story
names, steady numbers, the part of another number, sets that are complete or lack one member, choices by weight, days.
What still holds is not reported again the year after. Of some places nobody has reported the number, so that the
verdict there is undetermined. The shape of Jinan is code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from communities.ground import clock
from communities.ground.models import User
from communities.places.story import JINAN, Entry, ExamplePlace, Story, held, ramp, share_of

from . import example_jinan
from .models import Indicator, OverTime, Plan, ReportedValue
from .models.reported import COLUMNS

BATCH = 4000
Invented = Callable[[ExamplePlace, int], Any]


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write the reported values of every year's end. The plan must be loaded, the posts made."""
    plan = Plan.objects.get(code=story.plan)
    known = {"plan": plan, "source": story.source, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    if story.section("reported") == JINAN:
        rows = example_jinan.values(places, rng, story.years)
    else:
        known_as = {one.code: one for one in plan.versions.latest("number").indicators.all()}
        rows = (
            row
            for entry in story.entries("reported")
            for row in _told(story, entry, places, known_as[entry["indicator"]])
        )
    ReportedValue.objects.bulk_create((ReportedValue(**row, **known) for row in rows), batch_size=BATCH)


def _told(story: Story, entry: Entry, places: Sequence[ExamplePlace], indicator: Indicator) -> Iterator[dict[str, Any]]:
    """Yield the values of one entry by place and year: none where nobody reported, or the last one still holds."""
    asked = story.asked(entry, places)
    code, kind, holds = indicator.code, indicator.type, indicator.over_time == OverTime.LATEST
    value = _Inventor(story, entry, asked, places).way()
    exact = dict(zip((place.pk for place in asked), entry.get("exactly", ()), strict=False))
    silent = list(reversed(story.by_promptness((place for place in asked if place.pk not in exact), f"report {code}")))
    last: dict[int, Any] = {}
    for year in entry.get("years", story.years):
        gone = {place.pk for place in silent[: share_of(held(ramp(entry.get("unknown", 0)), year), len(asked))]}
        for place in asked:
            found = exact[place.pk] if place.pk in exact else None if place.pk in gone else value(place, year)
            if found is None or (holds and last.get(place.pk) == found):
                continue
            last[place.pk] = found
            kept = Decimal(str(int(found) if isinstance(found, bool) else found)) if kind == "number" else found
            yield {"indicator": code, "place_id": place.pk, "as_of": date(year, 12, 31), COLUMNS[kind]: kept}


@dataclass
class _Inventor:
    """Invents the values of one entry; each of its methods is one way in which an entry may speak."""

    story: Story
    entry: Entry
    asked: Sequence[ExamplePlace]
    places: Sequence[ExamplePlace]

    def way(self) -> Invented:
        """Return how the entry speaks: by the one of its keys that is a way of speaking."""
        ways = {
            "yes": self.yes,
            "value": self.value,
            "between": self.between,
            "of": self.part_of,
            "part_of": self.part_of,
            "members": self.members,
            "choose": self.choose,
            "days": self.days,
            "counts": self.counts,
        }
        return next(way for key, way in ways.items() if key in self.entry)()

    def _since(self, key: str) -> dict[int, int]:
        return self.story.reached(ramp(self.entry[key]), self.asked, str(self.entry["indicator"]))

    def _chance(self, place: ExamplePlace) -> Random:
        return self.story.rng(f"{self.entry['indicator']} {place.code}")

    def yes(self) -> Invented:
        """True, for a number one, from the year in which the place has reached it."""
        since = self._since("yes")
        return lambda place, year: since.get(place.pk, year + 1) <= year

    def value(self) -> Invented:
        """The value that the story names, the same for every place; by year, the last one named holds."""
        said = self.entry["value"]
        if not isinstance(said, Mapping):
            return lambda _place, _year: said
        return lambda _place, year: max(((one, v) for one, v in said.items() if one <= year), default=(0, None))[1]

    def between(self) -> Invented:
        """A whole number of the place's own that grows a little every year; 0 from the year in which it is cleared."""
        cleared = self._since("cleared") if "cleared" in self.entry else {}

        def value(place: ExamplePlace, year: int) -> int:
            return 0 if cleared.get(place.pk, year + 1) <= year else steady(self.story, self.entry, place, year)

        return value

    def part_of(self) -> Invented:
        """All of a number where that is reached, else a part of it, rounded down: of one named, or of another entry."""
        since = self._since("fully")
        part = Decimal(str(self.entry.get("otherwise", "0.85")))
        whole = self._whole()

        def value(place: ExamplePlace, year: int) -> int:
            total = int(whole(place, year))
            return total if since.get(place.pk, year + 1) <= year else int(total * part)

        return value

    def _whole(self) -> Invented:
        """Return the number that the entry is a part of."""
        if "of" in self.entry:
            said = self.entry["of"]
            between = {**self.entry, "between": said if isinstance(said, list) else [said, said]}
            return lambda place, year: steady(self.story, between, place, year)
        whole = next(one for one in self.story.entries("reported") if one["indicator"] == self.entry["part_of"])
        return _Inventor(self.story, whole, self.asked, self.places).way()

    def counts(self) -> Invented:
        """How many places of a level there are below: urban ones of communities, as everywhere."""
        below = [one.code for one in self.story.asked({"at": self.entry["counts"]}, self.places)]
        return lambda place, _year: sum(code.startswith(place.prefix) for code in below)

    def members(self) -> Invented:
        """The whole set where that is reached, else all but one of it."""
        since = self._since("all")
        listed = sorted(self.entry["members"])

        def value(place: ExamplePlace, year: int) -> list[str]:
            lacking = self._chance(place).choice(listed)
            return listed if since.get(place.pk, year + 1) <= year else [one for one in listed if one != lacking]

        return value

    def choose(self) -> Invented:
        """One of the choices by weight, kept through the years."""
        weights: Mapping[str, int] = self.entry["choose"]
        return lambda place, _year: self._chance(place).choices(list(weights), list(weights.values()))[0]

    def days(self) -> Invented:
        """A day within the days the entry names, reported once the year has come in which the place has it."""
        since = self._since("by")
        first, last = self.entry["days"]["from"], self.entry["days"]["until"]

        def value(place: ExamplePlace, year: int) -> date | None:
            own = since.get(place.pk, year + 1)
            if own > year:
                return None
            low = max(first, date(max(own, first.year), 1, 1))
            high = max(low, min(last, date(low.year, 12, 31)))
            return date.fromordinal(self._chance(place).randint(low.toordinal(), high.toordinal()))

        return value


def steady(story: Story, entry: Entry, place: ExamplePlace, year: int) -> int:
    """Return the number of the place for an entry that says `between`: the same for all that are part of it."""
    low, high = entry["between"]
    start = story.rng(f"{entry['indicator']} {place.code}").randint(low, high)
    return int(start * Decimal(str(entry.get("growth", 1))) ** (year - story.years.start))
