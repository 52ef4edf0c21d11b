"""
Stories: shares come out exactly, who has something keeps it, and a story that says too much is refused.

What is under review for a time is unknown then and only then; no year's end is touched.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from communities.ground import periods
from communities.places import story
from communities.places.example import make
from communities.places.models import Classification, RegisterStatement
from communities.places.story import (
    ExamplePlace,
    Review,
    Story,
    UnknownStoryError,
    held,
    pieces,
    ramp,
    share_of,
)
from tests.factories.places import CommunityFactory


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


SPRING, AUTUMN = date(2003, 4, 1), date(2003, 9, 30)


def test_a_review_cuts_a_period_in_three_and_the_one_in_the_middle_does_not_know():
    cut = list(pieces(periods.of(date(2001, 1, 1)), [Review("kind", SPRING, AUTUMN)]))
    assert [(periods.shown(during), set(unknown)) for during, unknown in cut] == [
        ("2001-01-01 – 2003-03-31", set()),
        ("2003-04-01 – 2003-09-30", {"kind"}),
        ("2003-10-01 –", set()),
    ]


def test_two_reviews_at_a_time_are_told_apart_and_one_outside_cuts_nothing():
    kind, zone = Review("kind", SPRING, AUTUMN), Review("zone", date(2003, 7, 1), AUTUMN)
    outside = Review("kind", date(2009, 1, 1), date(2009, 2, 1))
    cut = list(pieces(periods.of(date(2001, 1, 1), date(2005, 12, 31)), [kind, zone, outside]))
    assert [set(unknown) for _during, unknown in cut] == [set(), {"kind"}, {"kind", "zone"}, set()]
    assert [periods.last(during) for during, _unknown in cut][-1] == date(2005, 12, 31)


def test_nothing_under_review_cuts_nothing():
    whole = periods.of(None, date(2005, 12, 31))
    assert list(pieces(whole, [])) == [(whole, frozenset())]


def told_with(**said: object) -> Story:
    return Story("here", "3701", range(2001, 2006), 7, "plan", frozenset(), date(2005, 12, 31), {}, [2005], said)


def recorded(number: int) -> list[ExamplePlace]:
    """Communities of the city that stand in the database; of which kind the first one's estate is, nobody knows."""
    return [
        ExamplePlace(
            pk=CommunityFactory(code=f"370102001{n:03}").pk,
            code=f"370102001{n:03}",
            name=f"{n}",
            level="community",
            kind="urban",
            zone="urban",
            estate=None if n == 1 else "other",
        )
        for n in range(1, number + 1)
    ]


@pytest.mark.django_db
def test_what_is_under_review_is_unknown_then_and_as_ever_at_every_year_s_end():
    review = {"what": "kind", "at": "community", "share": "0.2", "from": SPRING, "until": AUTUMN}
    make(told_with(under_review=[review]), recorded(10), Random(1), None)  # noqa: S311
    unknown = {
        day: Classification.objects.filter(during__contains=day, kind=None, zone="urban").count()
        for day in (date(2003, 3, 31), SPRING, date(2003, 6, 30), AUTUMN, date(2003, 10, 1))
    }
    assert list(unknown.values()) == [0, 2, 2, 2, 0]
    for year in range(2001, 2006):
        known = Classification.objects.filter(during__contains=date(year, 12, 31), kind="urban", is_example=True)
        assert known.values("place").distinct().count() == known.count() == 10


@pytest.mark.django_db
def test_a_kind_of_estate_that_nobody_knew_is_settled_and_a_register_never_stated_is_stated_after_all():
    on = date(2004, 12, 1)
    places = recorded(3)
    behind = ExamplePlace(**{**vars(places[1]), "stated": frozenset({"posts"}), "caught_up": {"facilities": on}})
    lapses = {"settled": {"on": on, "as": "old_city"}}
    make(told_with(lapses=lapses), [places[0], behind, places[2]], Random(1), None)  # noqa: S311
    kinds = Classification.objects.filter(place=places[0].pk).order_by("during").values_list("estate", "during")
    assert [(estate, periods.shown(during)) for estate, during in kinds] == [
        (None, "2001-01-01 – 2004-11-30"),
        ("old_city", "2004-12-01 –"),
    ]
    stated = RegisterStatement.objects.filter(place=behind.pk).values_list("register", "as_of")
    assert set(stated) == {("posts", date(2001, 1, 1)), ("facilities", on)}


@pytest.mark.django_db
def test_a_register_that_is_stated_late_may_be_named():
    until = date(2002, 3, 31)
    late = {"share": "0.3", "register": "stations", "until": until}
    make(told_with(statements={"late": late}), recorded(10), Random(1), None)  # noqa: S311
    behind = RegisterStatement.objects.filter(as_of=until).values_list("register", flat=True)
    assert list(behind) == ["stations"] * 3


@pytest.mark.parametrize(
    ("what", "first", "last", "told"),
    [
        ("weather", SPRING, AUTUMN, "weather"),
        ("kind", SPRING, date(2003, 12, 31), "2003-12-31"),
        ("kind", SPRING, date(2004, 2, 1), "2004-02-01"),
        ("kind", AUTUMN, SPRING, "2003-09-30"),
    ],
)
def test_a_review_of_nothing_known_or_beyond_a_year_s_end_is_refused(tmp_path, monkeypatch, what, first, last, told):
    said = f"under_review: [{{what: {what}, at: community, share: 1, from: {first}, until: {last}}}]"
    (tmp_path / "odd.yaml").write_text(f"code: odd\n{said}\n", encoding="utf-8")
    monkeypatch.setattr(story, "FOLDER", tmp_path)
    with pytest.raises(UnknownStoryError, match=told):
        story.read("odd")
