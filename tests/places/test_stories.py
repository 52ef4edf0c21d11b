"""Stories: shares come out exactly, who has something keeps it, and a story that says too much is refused."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from communities.places import story
from communities.places.story import ExamplePlace, Story, UnknownStoryError, held, ramp, share_of


@pytest.fixture
def told() -> Story:
    return Story(
        "here", "3701", range(2001, 2006), 7, "plan", frozenset({"370102"}), date(2005, 12, 31), {"city": 1}, [2005]
    )


@pytest.fixture
def places() -> list[ExamplePlace]:
    """Nine communities in each of ten districts, the first two districts urban."""
    return [
        ExamplePlace(
            pk=d * 100 + n,
            code=f"3701{d:02}001{n:03}",
            name=f"{d}-{n}",
            level="community",
            kind="urban",
            zone="urban" if d <= 2 else "county",
        )
        for d in range(1, 11)
        for n in range(1, 10)
    ]


RAMP = ramp({2000: "0.31", 2002: "0.66", 2003: 1})


@pytest.mark.parametrize(("year", "number"), [(2000, 28), (2001, 28), (2002, 59), (2003, 90)])
def test_by_the_end_of_each_year_just_the_share_has_it(told, places, year, number):
    since = told.reached(RAMP, places, "rooms")
    assert sum(first <= year for first in since.values()) == number


def test_places_at_a_bound_count_and_those_below_it_never_have_it(told, places):
    ahead, never = [101, 102], [103]
    since = told.reached(ramp({2000: "0.1", 2005: "0.5"}), places, "rooms", ahead, never)
    assert len(since) == 45
    assert {since[key] for key in ahead} == {2000}
    assert not since.keys() & set(never)


def test_the_same_story_has_the_same_order_and_another_matter_another_one(told, places):
    assert told.by_promptness(places, "rooms") == told.by_promptness(reversed(places), "rooms")
    assert told.by_promptness(places, "rooms") != told.by_promptness(places, "police")


def test_some_districts_lag_behind(told, places):
    """A third of the places lacks it; were they drawn evenly, hardly a district would have them all or nearly none."""
    since = told.reached(ramp({2000: "0.66"}), places, "rooms")
    have = sorted(sum(place.pk in since for place in places if place.district == one) for one in districts(places))
    assert have[0] <= 3
    assert have[-1] == 9


def districts(places: list[ExamplePlace]) -> set[str]:
    return {place.district for place in places}


@pytest.mark.parametrize(
    ("where", "number"), [({}, 90), ({"zone": "urban"}, 18), ({"zone": "county"}, 72), ({"kind": "rural"}, 0)]
)
def test_an_entry_asks_the_places_it_names(told, places, where, number):
    assert len(told.asked({"at": "community", "where": where}, places)) == number


def test_a_share_holds_until_the_next_one_and_nothing_before_the_first():
    assert [held(RAMP, year) for year in (1999, 2000, 2001, 2002, 2009)] == [
        Decimal(0), Decimal("0.31"), Decimal("0.31"), Decimal("0.66"), Decimal(1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("share", "whole", "number"), [("0.5", 5, 3), ("0.5", 137, 69), ("0.81", 137, 111), ("0", 9, 0)]
)
def test_a_share_of_places_is_rounded_half_up(share, whole, number):
    assert share_of(Decimal(share), whole) == number


@pytest.mark.parametrize("code", story.names())
def test_every_story_can_be_read_and_names_a_pack_that_is_there(code):
    one = story.read(code)
    packs = Path(story.__file__).parents[2] / "assessments" / "plans" / "packs"
    assert one.code == code
    assert (packs / f"{one.plan}.yaml").exists()
    assert one.years.start <= one.printed_as_of.year < one.years.stop


def test_a_story_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UnknownStoryError, match="jinan-2007"):
        story.read("jinan-2006")


def test_a_story_that_says_what_nobody_reads_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odd.yaml").write_text("{code: odd, weather: fine}", encoding="utf-8")
    monkeypatch.setattr(story, "FOLDER", tmp_path)
    with pytest.raises(UnknownStoryError, match="weather"):
        story.read("odd")
