"""A plan clause by clause: nothing hidden, numbers of statistics, milestones in their time."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from communities.ground.models import Role
from tests.factories.five_years import FiveYears, five_years
from tests.factories.judged import an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> FiveYears:
    made = five_years()
    made.report("centres", "3701", {2002: "0.55", 2003: "0.75"})
    made.report("jobs", "3701", {2002: 20000})
    return made


@pytest.fixture
def leader(client):
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    return client


def under(client, anchor, place="3701"):
    page = client.get(reverse("plan", args=["fiveyears"]), {"place": place})
    return next(told for told in page.context["clauses"] if told.clause.anchor == anchor)


def test_a_milestone_that_was_replaced_keeps_the_verdict_of_its_time(city, leader):
    city.judged(2002, 2003)
    first, second, third = under(leader, "一").lines
    assert (first.then.verdict, first.then.measured, first.then.replaced_on.year) == ("not_met", "55%", 2003)
    assert (second.then, second.verdict, second.measured) == (None, "not_met", "75%")
    assert (third.verdict, third.outlook.status, third.is_repeated) == ("not_due", "on_track", True)


def test_milestones_stand_by_the_day_they_are_due_with_what_they_require(city, leader):
    city.judged(2003)
    told = [(one.line.due.year, one.line.requirement) for one in under(leader, "一").lines]
    assert told == [(2002, "≥ 60%"), (2003, "≥ 90%"), (2005, "≥ 100%")]


def test_a_clause_without_a_target_is_shown_with_what_it_leaves_open(city, leader):
    city.judged(2003)
    clause = under(leader, "四")
    assert (clause.lines, clause.verdict, clause.clause.gap) == ([], "reported", "没有数字，不作判定")


def test_what_is_asked_of_the_city_says_so_in_a_district(city, leader):
    city.judged(2003)
    assert {bool(one.above) for one in under(leader, "一", "370102").lines} == {True}
    assert {bool(one.above) for one in under(leader, "一").lines} == {False}


def test_a_statistic_shows_the_number_itself_and_over_many_places_their_sum(leader):
    from tests.compliance.packs import a_plan, a_target
    from tests.factories.places import CommunityFactory, PlaceFactory

    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="370102001000", name="一街道")
    for number, households in ((1, 900), (2, 1100)):
        CommunityFactory(code=f"37010200100{number}", counted=households)
    version = a_plan(a_target("counted", "measure: households\nforce: descriptive"))
    FiveYears(version, {}).judged(2008)
    address = reverse("plan", args=["trial"])

    def line(place):
        clause = leader.get(address, {"place": place}).context["clauses"][0]
        return clause.lines[0]

    assert line("370102001001").measured.startswith("900")
    assert line("3701").measured.startswith(f"{Decimal(2000):,}")
    assert line("3701").counted == "合计"
    assert line("3701").has_bar


def test_a_bar_over_one_place_that_is_reported_is_left_out(leader):
    from tests.compliance.packs import a_plan, a_target
    from tests.factories.places import CommunityFactory, PlaceFactory

    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="370102001000", name="一街道")
    CommunityFactory(code="370102001001", counted=900)
    version = a_plan(a_target("counted", "measure: households\nforce: descriptive"))
    FiveYears(version, {}).judged(2008)
    page = leader.get(reverse("plan", args=["trial"]), {"place": "3701"})
    (line,) = page.context["clauses"][0].lines
    assert line.measured.startswith("900")
    assert not line.has_bar
    assert 'class="counts' not in page.content.decode().split('class="bar"')[1].split("</td>")[0]


def test_a_sum_over_places_of_which_some_are_unknown_says_of_how_many_it_is(leader):
    from tests.compliance.packs import a_plan, a_target
    from tests.factories.places import CommunityFactory, PlaceFactory

    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="370102001000", name="一街道")
    for number, households in ((1, 900), (2, 1100)):
        CommunityFactory(code=f"37010200100{number}", counted=households)
    CommunityFactory(code="370102001003")
    version = a_plan(a_target("counted", "measure: households\nforce: descriptive"))
    FiveYears(version, {}).judged(2008)
    with translation.override("en"):
        leader.cookies["django_language"] = "en"
        page = leader.get(reverse("plan", args=["trial"]), {"place": "3701"})
    (line,) = page.context["clauses"][0].lines
    assert line.measured.startswith("2,000")
    assert line.counted == "in all of those known, 2 of 3"
