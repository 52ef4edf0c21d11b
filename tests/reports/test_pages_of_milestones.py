"""The pages of milestones: targets by years, the chart of a row, the outlook for the year to come."""

from datetime import date

import pytest
from django.urls import reverse

from assessments.compliance import trajectories
from assessments.compliance.pace import Status
from assessments.plans import actions as plans
from assessments.reports import milestones
from communities.ground.models import Role
from tests.compliance.packs import a_plan, a_target
from tests.factories.five_years import PACK, FiveYears, five_years
from tests.factories.judged import an_account
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db
DUE = {"past": "2007-12-31", "ahead": "2010-12-31"}


@pytest.fixture
def city() -> FiveYears:
    made = five_years()
    made.report("centres", "3701", {2001: "0.3", 2002: "0.65", 2003: "0.75"})
    made.report("jobs", "3701", {2001: 10000, 2002: 20000})
    for code in ("370102", "370103", "370126"):
        made.report("facilities_of_four_kinds", code, {2001: "0.4", 2002: "0.6"})
        made.report("complaints", code, {2001: 90, 2002: 70})
        for number in ("001", "002"):
            made.report("rooms", f"{code}001{number}", {2001: 30, 2002: 45})
    return made


@pytest.fixture
def leader(client):
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    return client


def page(client, place="3701", code="fiveyears", **more):
    return client.get(reverse("milestones", args=[code]), {"place": place, **more})


def test_each_target_stands_by_years_with_what_is_required_and_measured(city, leader):
    city.judged(2001, 2002)
    context = page(leader).context
    centres = next(row for row in context["rows"] if row.key == "centres-1")
    assert context["years"] == [2001, 2002, 2003, 2004, 2005]
    assert [(cell.required, cell.is_carried, cell.measured, cell.verdict) for cell in centres.cells] == [
        ("", False, "30%", "not_due"),
        ("≥ 60%", False, "65%", "met"),
        ("≥ 90%", False, "", "not_due"),
        ("≥ 90%", True, "", "not_due"),
        ("≥ 100%", False, "", "not_due"),
    ]


def test_the_most_urgent_way_is_drawn_and_any_other_when_asked_for(city, leader):
    city.judged(2001, 2002)
    assert page(leader).context["chosen"].outlook.status == Status.BEHIND
    asked = page(leader, row="rooms-1").context
    assert asked["chosen"].label == "社区用房"
    assert [row.reached for row in asked["chart"].table] == ["0", "100", ""]


def test_a_number_leads_to_why_and_a_share_to_the_places_behind_it(city, leader):
    city.judged(2001, 2002)
    rows = {row.key: row for row in page(leader).context["rows"]}
    own, below = rows["centres-1"].cells[1].url, rows["rooms-1"].cells[1].url
    assert own.startswith("/why/?")
    assert below.startswith("/findings/?")
    assert {leader.get(own).status_code, leader.get(below).status_code} == {200}


def test_what_is_due_every_year_stands_apart(city, leader):
    city.report("trainings", "3701", {2001: 1, 2002: 0})
    city.judged(2001, 2002)
    (row,) = page(leader).context["yearly"]
    assert [cell.verdict for cell in row.cells[:2]] == ["met", "not_met"]
    assert row.outlook is None


def test_all_years_of_a_plan_are_shown_up_to_a_dozen_and_beyond_it_those_left_out_are_named(city, leader, monkeypatch):
    city.judged(2001, 2002)
    assert page(leader).context["left_out"] == ""
    monkeypatch.setattr(milestones, "MOST_YEARS", 3)
    answer = page(leader)
    assert (answer.context["years"], answer.context["left_out"]) == ([2003, 2004, 2005], "2001–2002")
    assert "2001–2002" in answer.content.decode()
    assert {len(row.cells) for row in answer.context["rows"]} == {3}


def test_nine_years_are_all_shown(city):
    last = city.judged(2001)
    (path, *_others) = trajectories.paths(last, city.places["3701"].pk, "city", "370100000000")
    assert milestones.years_of([path], date(2009, 12, 31)) == list(range(2001, 2010))


@pytest.mark.parametrize(("ratio", "told"), [("null", []), ('{a: "1.5", b: "8.5"}', ["1.5∶8.5"])])
def test_a_yearly_split_shows_its_ratio_and_one_that_is_only_reported_asks_nothing(leader, ratio, told):
    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    split = 'split:\n  a: \'funds(stream="work", source="city")\'\n  b: \'funds(stream="work", source="district")\'\n'
    version = a_plan(a_target("shared", f"{split}ratio: {ratio}\ndue: yearly", subject="district"))
    FiveYears(version, {}).judged(2008)
    context = page(leader, "370102", code="trial").context
    assert [cell.required for row in context["yearly"] for cell in row.cells] == told


def test_runs_by_another_version_are_named_and_not_compared(city, leader):
    before = city.judged(2001)
    text = PACK.read_text(encoding="utf-8").replace('value: "0.9"', 'value: "0.91"')
    second = plans.load(plans.check(text, "second.yaml"))[0]
    assert second.number == 2
    FiveYears(second, city.places).judged(2002)
    answer = page(leader)
    (other,) = answer.context["not_compared"]
    assert (other.version, [run.pk for run, _url in other.runs]) == (1, [before.pk])
    assert leader.get(other.runs[0][1]).status_code == 200
    assert other.runs[0][1].replace("&", "&amp;") in answer.content.decode()


def test_a_place_beyond_the_fence_has_no_milestones(city, client):
    city.judged(2001)
    client.force_login(an_account("district", Role.LEADER, "370102"))
    assert page(client, "370102").status_code == 200
    assert {page(client, code).status_code for code in ("3701", "370103")} == {404}


def test_where_nothing_has_been_judged_the_page_says_so(city, leader):
    assert page(leader).templates[0].name == "compliance/not_judged.html"


def test_a_place_of_which_nothing_is_asked_by_a_day_says_so(city, client):
    city.judged(2001)
    client.force_login(an_account("clerk", Role.CLERK, "370126001001"))
    answer = page(client, "370126001001")
    assert [row.key for row in answer.context["rows"]] == ["rooms-1"]


def test_the_overview_shows_what_the_next_year_asks_for_and_the_gap_as_of_today(city, leader):
    city.judged(2001, 2002)
    context = leader.get("/", {"place": "3701", "plan": "fiveyears"}).context
    assert context["next_year"] == 2003
    told = {row.key: row.next_year for row in context["ways"]}
    assert (told["four_kinds-1"].required, told["four_kinds-1"].due) == ("≥ 100%", date(2003, 12, 31))
    assert told["four_kinds-1"].gap.startswith("100")
    assert told["four_kinds-3"] is None


def test_the_table_of_the_overview_shows_a_target_once_and_not_all_that_is_awaited(city, leader):
    city.judged(2002)
    shown = [row.row.line for row in leader.get("/", {"place": "3701", "plan": "fiveyears"}).context["rows"]]
    assert [(line.target.code, line.milestone) for line in shown] == [
        ("centres", 1),
        ("four_kinds", 1),
        ("four_kinds", 3),
        ("fewer_complaints", 1),
        ("rooms", 1),
        ("jobs", 1),
        ("trained", 1),
    ]


def test_a_number_that_is_only_reported_stands_in_the_cell_of_its_place_and_what_is_unknown_as_unknown(leader):

    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="370102001000", name="一街道")
    CommunityFactory(code="370102001001", counted=900)
    CommunityFactory(code="370102001002")
    FiveYears(a_plan(a_target("counted", "measure: households\nforce: descriptive")), {}).judged(2008)
    context = leader.get("/", {"place": "370102001", "plan": "trial"}).context
    cells = {row.row.line.target.code: [(cell.verdict, cell.text) for cell in row.cells] for row in context["rows"]}
    assert cells["counted"] == [("reported", "900 户"), ("undetermined", "")]
    own = leader.get("/", {"place": "370102", "plan": "trial"}).context["rows"][0]
    assert (own.total.text, own.printed) == ("", None)


def test_a_finding_that_is_not_due_says_how_it_moves(city, leader):
    city.judged(2001, 2002)
    listed = leader.get("/findings/", {"place": "3701", "plan": "fiveyears", "target": "fewer_complaints"})
    assert {found.outlook.status for found in listed.context["found"]} == {Status.ON_TRACK}
    why = leader.get("/why/", {"place": "3701", "plan": "fiveyears", "target": "jobs", "milestone": "1"})
    told = why.context["told"]
    assert told.outlook.status == Status.BEHIND
    assert [past.as_of.year for past in told.history] == [2001, 2002]
    assert {line.verdict for line in told.lines} == {"not_due"}


def test_what_a_share_lacks_is_told_in_percentage_points_with_one_kind_of_minus_sign(city, leader):
    city.judged(2002, 2003)
    told = leader.get("/why/", {"place": "3701", "plan": "fiveyears", "target": "centres", "milestone": "2"})
    told = told.context["told"]
    assert (told.verdict, told.shortfall) == ("not_met", "15个百分点")
    assert "15个百分点" in told.sentence
    assert [line.margin for line in told.lines] == ["75 − 90 = −15个百分点"]


def test_the_list_of_findings_tells_what_a_share_lacks_as_why_does(city, leader):
    city.judged(2002, 2003)
    listed = leader.get("/findings/", {"place": "3701", "plan": "fiveyears", "target": "centres", "verdict": "not_met"})
    assert [found.shortfall for found in listed.context["found"]] == ["15个百分点"]
    assert "15个百分点" in listed.content.decode()


def test_a_split_stands_with_its_ratio_and_no_pace_leads_to_it(client):
    for code in ("370100000000", "370102000000", "370102001000"):
        PlaceFactory(code=code)
    CommunityFactory(code="370102001001", counted=900)
    shared = "split: {city: households, district: households * 5}\nratio: {city: 3, district: 17}\ntolerance: 0.02"
    FiveYears(a_plan(a_target("shared", f"{shared}\ndue: 2008-12-31")), {}).judged(2007, 2008)
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    (row,) = page(client, place="370102001001", code="trial").context["rows"]
    told = {cell.year: (cell.required, cell.measured, cell.verdict) for cell in row.cells}
    assert told[2008] == ("3∶17", "16.67%", "met")
    assert row.outlook is None


def test_members_of_a_target_that_is_not_due_do_not_look_missed(client):
    PlaceFactory(code="370100000000")
    for code in ("370102000000", "370102001000"):
        PlaceFactory(code=code)
    CommunityFactory(code="370102001001", counted=900)
    most = 'measure: share(households >= 1000, over=community)\nmilestones:\n  - {due: DAY, at_least: "0.9"}'
    targets = [a_target(name, most.replace("DAY", day), subject="city") for name, day in DUE.items()]
    FiveYears(a_plan(*targets), {}).judged(2008)
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    told = {name: client.get("/why/", {"place": "3701", "plan": "trial", "target": name}) for name in DUE}
    looks = {name: answer.context["told"].look_of_members_lacking for name, answer in told.items()}
    assert looks == {"past": "not_met", "ahead": "not_due"}
    assert [one.holds for one in told["ahead"].context["told"].members] == [False]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("milestones of a city", "/plans/fiveyears/milestones/?place=3701"),
        ("milestones of a district", "/plans/fiveyears/milestones/?place=370102"),
        ("overview with milestones", "/?place=3701&plan=fiveyears"),
        ("findings that are not due", "/findings/?place=3701&plan=fiveyears&verdict=not_due"),
    ],
)
def test_pages_of_milestones_need_the_queries_that_are_written_down(city, leader, name, address):
    city.judged(2001, 2002)
    assert_query_count(name, leader, address)
