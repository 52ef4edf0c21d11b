"""Judging in pages: asked for by officers within their area, shown to the others once it is published."""

from datetime import date

import pytest
from django.urls import reverse

from assessments.compliance import actions
from assessments.compliance.models import Run
from communities.ground import jobs
from communities.ground.models import Event, Job, Role
from tests.confirming import publish
from tests.factories.judged import DAY, JudgedCity, a_judged_city, a_stricter_version, an_account
from tests.factories.places import PlaceFactory
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> JudgedCity:
    return a_judged_city()


@pytest.fixture
def officer(client):
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    return client


@pytest.fixture
def district_officer(client):
    client.force_login(an_account("district", Role.OFFICER, "370102"))
    return client


@pytest.fixture
def leader(client):
    client.force_login(an_account("leader", Role.LEADER, "370102"))
    return client


@pytest.fixture
def trial(city) -> Run:
    return actions.evaluate(version=city.version, as_of=DAY)


def test_an_officer_asks_for_a_judging_and_comes_to_its_job(city, officer):
    form = {"plan": "trial", "area": "370102 历下区", "as_of": "2008-12-31"}
    answer = officer.post(reverse("runs"), form)
    job = Job.objects.get(kind="evaluate")
    assert answer.url == reverse("job", args=[job.pk])
    assert job.prefix == "370102"
    jobs.run_now(job)
    assert officer.get(reverse("job_result_evaluate", args=[job.pk])).url == reverse(
        "run", args=[Run.objects.first().pk]
    )


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"area": "3701", "as_of": "2006-12-31"}, "as_of"),
        ({"area": "3701", "as_of": "2999-12-31"}, "as_of"),
        ({"area": "3701", "as_of": "20202-01-01"}, "as_of"),
        ({"area": "370199", "as_of": "2008-12-31"}, "area"),
        ({"area": "3301", "as_of": "2008-12-31"}, "area"),
        ({"area": "37010", "as_of": "2008-12-31"}, "area"),
        ({"area": "没有这个区", "as_of": "2008-12-31"}, "area"),
    ],
)
def test_a_fault_is_told_beside_its_field_and_nothing_typed_is_lost(city, officer, form, field):
    answer = officer.post(reverse("runs"), {"plan": "trial", **form})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert form["area"] in answer.content.decode()
    assert not Job.objects.exists()


def test_a_district_judges_itself_and_not_the_city(city, district_officer):
    answer = district_officer.post(reverse("runs"), {"plan": "trial", "area": "3701", "as_of": "2008-12-31"})
    assert "area" in answer.context["form"].errors
    answer = district_officer.post(reverse("runs"), {"plan": "trial", "area": "历下区", "as_of": "2008-12-31"})
    assert answer.status_code == 302


def test_an_area_is_understood_as_people_call_it_and_candidates_are_named(city, district_officer):
    form = {"plan": "trial", "area": "历下", "as_of": "2008-12-31"}
    told = str(district_officer.post(reverse("runs"), form).context["form"].errors["area"])
    assert "历下区 370102" in told
    assert "历下街道 370102001" in told
    city.missing.name = city.missing.short_name = "泉城社区"
    city.missing.save()
    assert district_officer.post(reverse("runs"), {**form, "area": "泉城"}).status_code == 302


def test_a_leader_asks_for_no_judging_and_opens_no_trial(city, trial, leader):
    assert leader.get(reverse("runs")).status_code == 403
    assert leader.get(reverse("run", args=[trial.pk])).status_code == 404
    assert leader.post(reverse("run_publish", args=[trial.pk])).status_code == 403
    assert leader.get(reverse("run", args=[city.run.pk])).status_code == 200


def test_nobody_is_led_to_the_log_in_page(city, client):
    for name in ("runs", "overview", "plans", "jobs", "reports", "findings", "why"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert "/accounts/login/" in answer.url


def test_a_run_is_a_trial_until_an_officer_publishes_it(trial, officer):
    page = officer.get(reverse("run", args=[trial.pk]))
    assert "trial-mark" in page.content.decode()
    publish(officer, reverse("run_publish", args=[trial.pk]))
    trial.refresh_from_db()
    assert trial.published_by.username == "officer"
    assert Event.objects.filter(action="run.publish", actor=trial.published_by).exists()


def test_publishing_asks_first_and_shows_which_verdicts_turn(city, officer):
    stricter = actions.evaluate(version=a_stricter_version(), as_of=DAY)
    address = reverse("run_publish", args=[stricter.pk])
    for page in (officer.get(address), officer.post(address)):
        assert page.status_code == 200
        assert page.context["compared"].base == city.run
        assert [(flip.code, flip.before, flip.after) for flip in page.context["compared"].first] == [
            ("370103001001", "met", "not_met")
        ]
    assert not Run.objects.published().filter(pk=stricter.pk).exists()


def test_who_confirms_what_has_changed_meanwhile_is_asked_again(city, trial, officer):
    address = reverse("run_publish", args=[trial.pk])
    shown = officer.get(address).context["against"]
    actions.publish(actions.evaluate(version=city.version, as_of=DAY))
    page = officer.post(address, {"against": shown})
    assert page.context["has_changed"]
    assert not Run.objects.published().filter(pk=trial.pk).exists()


def test_the_second_tab_is_told_who_published_the_run(city, trial, officer):
    address = reverse("run_publish", args=[trial.pk])
    shown = officer.get(address).context["against"]
    publish(officer, address)
    for answer in (officer.post(address, {"against": shown}, follow=True), officer.get(address, follow=True)):
        *_first, told = answer.context["messages"]
        assert told.level_tag == "warning"
        assert "officer" in str(told)
    assert Event.objects.filter(action="run.publish", object_key=str(trial.pk)).count() == 1


def test_a_published_run_says_which_later_run_has_superseded_it(city, trial, officer):
    page = officer.get(reverse("run", args=[city.run.pk]))
    assert page.context["later"] is None
    actions.publish(trial)
    page = officer.get(reverse("run", args=[city.run.pk]))
    assert page.context["later"] == trial
    assert f'href="{reverse("run", args=[trial.pk])}"' in page.content.decode()
    assert "No other run of this plan and day" not in page.content.decode()
    newest = officer.get(reverse("run", args=[trial.pk])).context
    assert (newest["later"], newest["compared"].base) == (None, city.run)


def test_the_run_of_one_district_supersedes_no_run_of_the_city(city, officer):
    actions.publish(actions.evaluate(version=city.version, as_of=DAY, within="370102"))
    assert officer.get(reverse("run", args=[city.run.pk])).context["later"] is None


def test_the_share_of_one_target_has_a_name_and_a_formula_of_its_own(city, officer):
    text = officer.get(reverse("run", args=[city.run.pk]), headers={"accept-language": "en"}).content.decode()
    assert "Completion rate = met ÷ (met + not met + attention)" in text
    assert "Compliance rate = met ÷ (met + not met)" in text


def test_the_years_of_a_verdict_leave_out_runs_by_another_version(city, officer):
    earlier = date(2007, 12, 31)
    actions.publish(actions.evaluate(version=city.version, as_of=earlier))
    said = {"place": "370102001001", "target": "floor", "as_of": "2008-12-31"}
    assert [past.as_of for past in officer.get(reverse("why"), said).context["told"].history] == [earlier, DAY]
    actions.publish(actions.evaluate(version=a_stricter_version(), as_of=earlier))
    assert [past.as_of for past in officer.get(reverse("why"), said).context["told"].history] == [DAY]


def test_a_district_does_not_publish_the_run_of_the_city(trial, district_officer):
    assert publish(district_officer, reverse("run_publish", args=[trial.pk])).status_code == 404
    trial.refresh_from_db()
    assert trial.published_at is None


def test_a_district_sees_its_own_part_of_the_citys_run(city, district_officer):
    page = district_officer.get(reverse("run", args=[city.run.pk]))
    assert page.context["seen"].code == "370102000000"
    assert sum(page.context["results"].counts.values()) < city.run.findings_in_all
    assert (page.context["places"], page.context["is_part"]) == (3, True)


def test_who_reaches_the_whole_run_sees_the_number_of_all_its_places(city, officer):
    whole = officer.get(reverse("run", args=[city.run.pk])).context
    assert (whole["places"], whole["is_part"]) == (city.run.places, False)
    part = officer.get(reverse("run", args=[city.run.pk]), {"place": "370102"}).context
    assert part["places"] == 3


def test_the_findings_of_another_district_are_not_there(city, district_officer):
    assert district_officer.get(reverse("findings"), {"place": "370103"}).status_code == 404
    assert district_officer.get(reverse("why"), {"place": "370103001001", "target": "floor"}).status_code == 404
    page = district_officer.get(reverse("findings"), {"place": "370102", "target": "floor"})
    assert [row.code for row in page.context["found"]] == ["370102001001"]


def test_a_verdict_is_explained_from_its_clause_to_its_facts(city, officer):
    page = officer.get(
        reverse("why"), {"place": "370102001001", "plan": "trial", "as_of": "2008-12-31", "target": "floor"}
    )
    told = page.context["told"]
    assert told.verdict == "not_met"
    assert told.agrees
    assert "成员人数" in page.content.decode()
    assert {fact.value for fact in told.facts} >= {"5", "7"}


def test_one_place_is_judged_again_by_the_latest_data_without_changing_the_run(city, officer):
    city.missing.organizations.get().posts.first().delete()
    said = {"place": "370102001001", "target": "floor", "now": "1"}
    page = officer.get(reverse("why"), said)
    assert page.context["told"].measured.startswith("5")
    assert page.context["now"].measured.startswith("4")
    assert Run.objects.count() == 1


def test_a_target_of_another_level_leads_to_the_list_of_its_findings(city, officer):
    answer = officer.get(reverse("why"), {"place": "3701", "target": "floor"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("findings"))


def test_a_day_that_is_none_is_refused_and_a_target_that_is_none_is_not_there(city, officer):
    assert officer.get(reverse("findings"), {"as_of": "20202-01-01"}).status_code == 400
    assert officer.get(reverse("why"), {"target": "nothing"}).status_code == 404


@pytest.mark.parametrize("day", ["2008-13-40", "2008", "明天"])
@pytest.mark.parametrize("name", ["overview", "findings", "reports", "plans"])
def test_what_is_no_day_is_said_and_another_can_be_chosen_at_once(city, officer, name, day):
    answer = officer.get(reverse(name), {"as_of": day, "place": "370102"}, headers={"accept-language": "en"})
    page = answer.content.decode()
    if name == "plans":  # is about no day
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert f"“{day}” is not a day" in page
    assert '<input type="hidden" name="place" value="370102">' in page
    assert 'type="date"' in page


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"place": "370199"}, "No place bears this code on that day."),
        ({"place": "3301"}, "No place of this code lies within your area."),
        ({"place": "历下"}, "No place of this code lies within your area."),
        ({"plan": "nothing"}, "No plan of this code is within your reach."),
    ],
)
def test_a_place_or_plan_that_is_not_there_is_said_and_leads_on(city, officer, said, reason):
    answer = officer.get("/", said, headers={"accept-language": "en"})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert reason in page
    assert f'action="{reverse("places")}"' in page


def test_the_list_of_findings_goes_on_where_the_page_ended(city, officer, monkeypatch):
    monkeypatch.setattr("assessments.compliance.views.findings.ON_A_PAGE", 3)
    address, seen = f"{reverse('findings')}?place=3701", []
    while address:
        page = officer.get(address)
        seen += [(row.code, row.line.target.code, row.line.milestone) for row in page.context["found"]]
        address = reverse("findings") + page.context["after_url"] if page.context["after_url"] else ""
    assert len(seen) == len(set(seen)) == city.run.findings_in_all


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("runs", "/runs/"),
        ("findings", "/findings/?place=370102"),
        ("why", "/why/?place=370102001001&target=floor"),
        ("plan", "/plans/trial/?place=370102"),
        ("plan_version", "/plans/trial/versions/1/"),
    ],
)
def test_pages_of_judging_need_the_queries_that_are_written_down(city, officer, name, address):
    assert_query_count(name, officer, address)


def test_the_page_of_a_run_needs_the_queries_that_are_written_down(city, officer):
    assert_query_count("run", officer, reverse("run", args=[city.run.pk]))


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({"place": "3702"}, 404, "3701"),
        ({"place": "370102", "as_of": "9999-12-31"}, 400, "9999-12-31"),
        ({"place": "370102", "as_of": "2006-12-31"}, 400, "2007-07-09"),
    ],
)
def test_why_says_of_what_can_never_be_judged_that_it_cannot(city, client, asked, status, says):
    PlaceFactory(code="370200000000")
    client.force_login(an_account("province", Role.OFFICER, "37"))
    answer = client.get("/why/", {"plan": "trial", "target": "floor", "now": "1", **asked})
    assert answer.status_code == status
    assert says in answer.content.decode()
