"""The overview and the reports: each place by its latest published run, nothing beyond the fence."""

import re
from datetime import date

import pytest
from django.db.models import F
from django.urls import reverse

from assessments.compliance import actions
from assessments.compliance.models import RollUp
from communities.ground.models import Job, Role
from tests.factories.judged import DAY, JudgedCity, a_judged_city, a_stricter_version, an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> JudgedCity:
    return a_judged_city()


@pytest.fixture
def leader(client):
    client.force_login(an_account("leader", Role.LEADER, "370102"))
    return client


def test_a_leader_begins_with_his_own_area_by_the_latest_published_run(city, leader):
    actions.evaluate(version=city.version, as_of=DAY)
    page = leader.get("/")
    assert page.context["seen"].code == "370102000000"
    assert page.context["run"] == city.run


def test_the_first_thing_to_know_names_the_target_and_how_many_miss_it(city, leader):
    first = leader.get("/").context["matters"][0]
    assert first.verdict == "not_met"
    assert "最低人数" in first.title


def test_a_cell_leads_to_the_places_behind_it(city, leader):
    rows = {row.row.line.target.code: row for row in leader.get("/").context["rows"]}
    page = leader.get(rows["floor"].cells[0].url)
    assert [found.code for found in page.context["found"]] == ["370102001001"]


def test_a_community_shows_its_findings_clause_by_clause(city, leader):
    page = leader.get("/", {"place": "370102001001"})
    assert [anchor for anchor, _words, _found in page.context["groups"]] == ["一", "二"]


def test_the_way_down_leads_over_the_heads_of_the_columns_and_back_over_the_trail(city, leader):
    page = leader.get("/")
    assert page.context["above"] == []
    for code in ("370102001", "370102001001"):
        (_name, url) = page.context["heads"][0]
        page = leader.get(url)
        assert page.context["seen"].prefix == code
    back = [leader.get(url).context["seen"].prefix for _name, url in page.context["above"]]
    assert back == ["370102", "370102001"]


def test_places_beyond_the_fence_are_not_there(city, leader):
    for place in ("3701", "370103", "370103001001", "37"):
        assert leader.get("/", {"place": place}).status_code == 404


def test_a_day_without_a_published_run_says_so(city, leader):
    page = leader.get("/", {"as_of": "2009-12-31"})
    assert page.status_code == 200
    assert page.templates[0].name == "compliance/not_judged.html"


def test_an_account_without_an_area_is_told_whom_to_ask(city, client):
    from communities.ground.models import User

    client.force_login(User.objects.create_user("new"))
    page = client.get("/")
    assert page.status_code == 200
    assert page.templates[0].name == "reports_pages/no_access.html"


def test_the_search_finds_places_within_reach_only(city, leader):
    found = leader.get(reverse("places"), {"q": "社区"}).context["found"]
    assert [place.code for place, _url in found] == ["370102001001"]
    by_code = leader.get(reverse("places"), {"q": "3701020"}).context["found"]
    assert [place.code for place, _url in by_code] == ["370102000000", "370102001000", "370102001001"]


@pytest.mark.parametrize("place", ["370103", "3701"])
def test_no_report_is_ordered_beyond_the_fence(city, leader, place):
    answer = leader.post(reverse("reports"), {"run": city.run.pk, "place": place})
    assert answer.status_code == 404
    assert not Job.objects.filter(kind="report").exists()


def test_a_report_is_ordered_for_a_place_and_becomes_a_job(city, leader):
    answer = leader.post(reverse("reports"), {"run": city.run.pk, "place": "370102001000"})
    job = Job.objects.get(kind="report")
    assert answer.url == reverse("job", args=[job.pk])
    assert (job.prefix, job.arguments) == ("370102001", {"run": city.run.pk, "place": "370102001000"})


def test_a_leader_orders_no_report_by_a_trial(city, leader):
    trial = actions.evaluate(version=city.version, as_of=DAY)
    assert leader.post(reverse("reports"), {"run": trial.pk}).status_code == 404


def test_an_earlier_day_is_compared_with_where_the_same_version_judged_it(city, leader):
    actions.publish(actions.evaluate(version=city.version, as_of=date(2007, 12, 31)))
    context = leader.get("/").context
    assert context["change"][1] == "2007-12-31"
    assert context["chart"] is not None
    assert context["other"] is None


def test_a_change_tells_over_how_many_findings_where_far_fewer_counted_before(city, leader):
    sooner = actions.publish(actions.evaluate(version=city.version, as_of=date(2007, 12, 31)))
    RollUp.objects.filter(run=sooner).update(met=F("met") * 3, not_due=0)
    page = leader.get("/")
    over = page.context["change"].over
    assert over.before > over.now > 0
    assert not over.fell_due
    assert re.search(rf"<small>[^<]*{over.before}[^<]*{over.now}[^<]*</small>", page.content.decode())


@pytest.mark.parametrize("place", ["370102", "370102001001"])
def test_an_earlier_day_that_another_version_judged_is_named_and_not_compared_with(city, leader, place):
    actions.publish(actions.evaluate(version=city.version, as_of=date(2007, 12, 31)))
    actions.publish(actions.evaluate(version=a_stricter_version(), as_of=DAY))
    page = leader.get("/", {"place": place})
    assert page.context["change"] is None
    assert page.context["chart"] is None
    assert page.context["other"].version == city.version
    assert '<p class="change"><small>2007-12-31' in page.content.decode()


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("overview of a district", "/?place=370102"),
        ("overview of a street", "/?place=370102001"),
        ("overview of a community", "/?place=370102001001"),
        ("reports", "/reports/?place=370102"),
        ("places", "/places/?place=370102&q=社区"),
    ],
)
def test_pages_for_leaders_need_the_queries_that_are_written_down(city, leader, name, address):
    assert_query_count(name, leader, address)
