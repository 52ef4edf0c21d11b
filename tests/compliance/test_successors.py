"""`previous`, `baseline` and `every_month` of a place that came out of others: the sum of its predecessors' shares."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from assessments.compliance.models import Finding, Snapshot
from communities.ground import periods
from communities.places.models import Census, CommitteeKind, Place, PlaceCode, Succession
from tests.factories.funding import WageBaselineFactory
from tests.factories.places import CommunityFactory, PlaceFactory

from .asking import ask
from .test_terms import a_plan, a_target

pytestmark = pytest.mark.django_db
DAY, BEFORE, CHANGE = date(2008, 12, 31), date(2007, 12, 31), date(2008, 7, 1)
EVE = CHANGE - timedelta(days=1)
GROWTH = "households - previous(households)"


@pytest.fixture
def city(db: None) -> Place:
    """Jinan with two districts and a street in each."""
    for code in ("370102", "370102001", "370103", "370103001"):
        PlaceFactory(code=code.ljust(12, "0"))
    return PlaceFactory(code="370100000000")


def a_community(
    number: int, *counts: tuple[date, int], since: date | None = None, until: date | None = None, **known: str
) -> Place:
    """Record a community that stands, and bears its code, from `since` until `until`, with its households."""
    street = known.pop("street", "370102001")
    place: Place = CommunityFactory(code=f"{street}{number:03}", name=f"{number}社区", **known)
    Place.objects.filter(pk=place.pk).update(exists=periods.of(since, until))
    PlaceCode.objects.filter(place=place).update(during=periods.of(since, until))
    for day, households in counts:
        Census.objects.create(place=place, counted_on=day, households=households)
    return place


def passed(predecessor: Place, successor: Place, share: str = "1", on: date = CHANGE, kind: str = "merger") -> None:
    Succession.objects.create(predecessor=predecessor, successor=successor, on=on, kind=kind, share=Decimal(share))


def test_a_merger_of_two_takes_the_sum_of_both(city: Place) -> None:
    new = a_community(3, (DAY, 1000), since=CHANGE)
    for number, households in ((1, 300), (2, 500)):
        passed(a_community(number, (BEFORE, households), until=EVE), new)
    told = ask(a_plan(a_target("asked", GROWTH)), new, DAY)
    assert told.finding.measured == 200


def test_the_explanation_names_the_predecessors_their_shares_and_their_values(city: Place) -> None:
    new = a_community(3, (DAY, 1000), since=CHANGE)
    passed(a_community(1, (BEFORE, 300), until=EVE), new)
    passed(a_community(2, (BEFORE, 500)), new, "0.4", kind="split")
    told = ask(a_plan(a_target("asked", GROWTH)), new, DAY).explained
    (line,) = [fact for fact in told.facts if {"1社区", "100%"} <= _words(fact.source)]
    assert (line.value, line.as_of) == ("500", BEFORE)
    assert {"2社区", "40%"} <= _words(line.source)
    assert {fact.value for fact in told.facts if fact.label.startswith(("1社区", "2社区"))} == {"300", "500"}
    kept = Snapshot.objects.get(level="community", subject_id=new.pk, day=DAY).facts
    assert [part["share"] for part in kept["origins:2007-12-31"]] == ["1.000000", "0.400000"]


def test_a_split_gives_each_its_share(city: Place) -> None:
    old = a_community(1, (BEFORE, 1000), until=EVE)
    larger, smaller = (a_community(n, (DAY, 700), since=CHANGE) for n in (2, 3))
    passed(old, larger, "0.6", kind="split")
    passed(old, smaller, "0.4", kind="split")
    version = a_plan(a_target("asked", GROWTH))
    told = ask(version, larger, DAY)
    assert told.finding.measured == 100
    assert ask(version, smaller, DAY, run=told.run).finding.measured == 300


def test_a_village_that_became_a_community_is_followed_back_without_being_counted(city: Place) -> None:
    village = a_community(201, (BEFORE, 800), until=EVE, committee=CommitteeKind.VILLAGERS)
    new = a_community(2, (DAY, 900), since=CHANGE)
    a_community(1, (BEFORE, 100), (DAY, 100))
    passed(village, new, kind="conversion")
    version = a_plan(
        a_target("asked", GROWTH), a_target("before", "previous(total(households, over=community))", "city")
    )
    told = ask(version, new, DAY)
    assert told.finding.measured == 100
    assert ask(version, city, DAY, "before", told.run).finding.measured == 100


def test_a_chain_of_successions_is_followed(city: Place) -> None:
    first = a_community(1, (BEFORE, 1000), until=date(2008, 2, 29))
    second = a_community(2, since=date(2008, 3, 1), until=EVE)
    beside = a_community(4, (BEFORE, 50), until=EVE)
    third = a_community(3, (DAY, 700), since=CHANGE)
    passed(first, second, "0.6", on=date(2008, 3, 1), kind="split")
    passed(second, third)
    passed(beside, third)
    assert ask(a_plan(a_target("asked", GROWTH)), third, DAY).finding.measured == 50


def test_one_predecessor_that_is_not_known_makes_the_whole_unknown(city: Place) -> None:
    new = a_community(3, (DAY, 1000), since=CHANGE)
    passed(a_community(1, (BEFORE, 300), until=EVE), new)
    passed(a_community(2, until=EVE), new)
    told = ask(a_plan(a_target("asked", GROWTH)), new, DAY)
    assert (told.finding.verdict, told.finding.missing) == ("undetermined", ["previous(households)"])


def test_who_took_a_part_or_gave_one_away_keeps_the_rest(city: Place) -> None:
    giver, taker = a_community(1, (BEFORE, 1000), (DAY, 760)), a_community(2, (BEFORE, 200), (DAY, 460))
    passed(giver, taker, "0.25", kind="split")
    version = a_plan(
        a_target("asked", GROWTH), a_target("before", "previous(total(households, over=community))", "city")
    )
    told = ask(version, giver, DAY)
    assert told.finding.measured == 10
    assert ask(version, taker, DAY, run=told.run).finding.measured == 10
    assert ask(version, city, DAY, "before", told.run).finding.measured == 1200


def test_numbers_over_the_earlier_day_are_those_of_the_places_of_that_day(city: Place) -> None:
    new = a_community(3, (DAY, 1000), since=CHANGE)
    for number, households in ((1, 300), (2, 500)):
        passed(a_community(number, (BEFORE, households), until=EVE), new)
    version = a_plan(
        a_target("asked", GROWTH),
        a_target("sum", "previous(total(households, over=community))", "district"),
        a_target("number", "previous(count(households > 0, over=community))", "district"),
        a_target("least", "previous(lowest(households, over=community))", "district"),
    )
    run = ask(version, new, DAY).run
    district = Place.objects.by_code("370102000000", DAY)
    found = Finding.objects.filter(run=run, place=district).values_list("rule__target__code", "measured")
    assert dict(found) == {"sum": 800, "number": 2, "least": 300}


def test_a_code_that_changed_is_the_same_place(city: Place) -> None:
    place = a_community(1, (BEFORE, 300), (DAY, 310))
    PlaceCode.objects.filter(place=place).update(during=periods.of(None, EVE))
    PlaceCode.objects.create(place=place, code="370103001009", during=periods.of(CHANGE))
    assert ask(a_plan(a_target("asked", GROWTH)), place, DAY).finding.measured == 10


def test_a_predecessor_in_another_district_is_found_by_a_run_over_one(city: Place) -> None:
    new = a_community(3, (DAY, 1000), since=CHANGE)
    passed(a_community(1, (BEFORE, 700), until=EVE, street="370103001"), new)
    told = ask(a_plan(a_target("asked", GROWTH)), new, DAY)
    assert told.finding.measured == 300


@pytest.mark.parametrize(("share", "wage"), [("1", Decimal(20000)), ("0.5", None)])
def test_what_does_not_add_up_is_taken_only_from_one_that_passed_wholly(
    city: Place, share: str, wage: Decimal | None
) -> None:
    old = PlaceFactory(code="370104000000")
    new = PlaceFactory(code="370105000000")
    Place.objects.filter(pk=old.pk).update(exists=periods.of(None, EVE))
    Place.objects.filter(pk=new.pk).update(exists=periods.of(CHANGE))
    WageBaselineFactory(place=old, year=2007, amount_cny=Decimal(20000))
    passed(old, new, share)
    told = ask(a_plan(a_target("asked", "previous(average_wage)", "district")), new, DAY)
    assert told.finding.measured == wage


def test_two_that_passed_wholly_have_no_wage_together(city: Place) -> None:
    new = PlaceFactory(code="370105000000")
    Place.objects.filter(pk=new.pk).update(exists=periods.of(CHANGE))
    for code in ("370104000000", "370106000000"):
        old = PlaceFactory(code=code)
        Place.objects.filter(pk=old.pk).update(exists=periods.of(None, EVE))
        WageBaselineFactory(place=old, year=2007, amount_cny=Decimal(20000))
        passed(old, new)
    told = ask(a_plan(a_target("asked", "previous(average_wage)", "district")), new, DAY)
    assert told.finding.verdict == "undetermined"


def test_each_month_end_is_asked_of_whoever_stood_then(city: Place) -> None:
    new = a_community(3, (CHANGE, 1000), since=CHANGE)
    for number, households in ((1, 300), (2, 500)):
        passed(a_community(number, (BEFORE, households), until=EVE), new)
    told = ask(
        a_plan(a_target("asked", "every_month(households)"), a_target("base", "baseline(households, 2007)")), new, DAY
    )
    assert told.finding.measured == 800
    assert ask(told.run.version, new, DAY, "base", told.run).finding.measured == 800


def test_a_place_without_predecessors_stays_unknown_before_it_stood(city: Place) -> None:
    new = a_community(3, (BEFORE, 900), (DAY, 1000), since=CHANGE)
    assert ask(a_plan(a_target("asked", GROWTH)), new, DAY).finding.verdict == "undetermined"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\d社区|\d+%", text))
