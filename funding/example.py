"""
Example data (示例数据) for money: allocations as a story lists them, or the shape of Jinan.

An entry names a stream, a level, the year and what each payer gives each place: a sum, or a sum a household. It may
say by when which share of the places is paid in full; the others are paid a part.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from communities.ground import clock
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.story import JINAN, Entry, ExamplePlace, Story, ramp

from . import example_jinan
from .models import Allocation

BATCH = 4000
CENT = Decimal("0.01")


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write what the story tells about money."""
    if story.section("funding") == JINAN:
        example_jinan.make(story, places, rng, by)
        return
    known = {"source": story.source, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    rows = [row for entry in story.entries("funding") for row in _told(story, entry, places)]
    Allocation.objects.bulk_create((Allocation(**row, **known) for row in rows), batch_size=BATCH)


def _told(story: Story, entry: Entry, places: Sequence[ExamplePlace]) -> Iterator[dict[str, Any]]:
    """Yield one allocation a place, year and payer."""
    years = [entry["year"]] if "year" in entry else entry.get("years", story.years)
    asked = story.asked(entry, places)
    in_full = story.reached(ramp(entry.get("fully", 1)), asked, f"funds {entry['stream']}")
    part = Decimal(str(entry.get("otherwise", "0.85")))
    for place in asked:
        if Register.ALLOCATIONS not in place.stated:
            continue
        for year in years:
            for payer, said in entry["payers"].items():
                times = place.counted(year) if entry.get("per_household") else 1
                if times is None:
                    continue  # nobody counted the households
                paid = 1 if in_full.get(place.pk, year + 1) <= year else part
                amount = (Decimal(str(said)) * times * paid).quantize(CENT)
                yield {
                    "place_id": place.pk,
                    "year": year,
                    "stream": entry["stream"],
                    "payer": payer,
                    "amount_cny": amount,
                }
