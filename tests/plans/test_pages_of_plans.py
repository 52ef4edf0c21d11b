"""Bringing in a plan by pages: read line by line, tried, published; and by whom not."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.compliance.models import Run
from assessments.plans import actions
from assessments.plans.models import PlanVersion
from communities.ground import jobs
from communities.ground.models import Job, Role, StoredFile
from tests.confirming import publish
from tests.factories.judged import PACK, JudgedCity, a_judged_city, an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db
SOUND = PACK.read_text(encoding="utf-8")
STRICTER = SOUND.replace('{value: "5", clause: 一}', '{value: "6", clause: 一}')


@pytest.fixture
def city() -> JudgedCity:
    return a_judged_city()


@pytest.fixture
def officer(client):
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    return client


def upload(client, text):
    file = SimpleUploadedFile("trial.yaml", text.encode(), content_type="text/yaml")
    return client.post(reverse("plan_upload"), {"file": file})


def test_a_broken_pack_is_told_line_by_line_and_its_text_stays(city, officer):
    broken = SOUND.replace("posts(organization", "postz(organization", 1)
    page = upload(officer, broken)
    assert page.status_code == 422
    (told,) = page.context["problems"]
    assert broken.splitlines()[told.problem.line - 1] == told.quoted
    assert "postz(" in told.quoted
    assert page.context["form"].initial["text"] == broken
    assert PlanVersion.objects.count() == 1


def test_neither_file_nor_text_is_told_beside_the_field(city, officer):
    page = officer.post(reverse("plan_upload"), {"text": "  "})
    assert page.status_code == 422
    assert "file" in page.context["form"].errors


def test_a_file_that_is_no_text_is_told_beside_the_field(city, officer):
    file = SimpleUploadedFile("trial.yaml", b"\xff\xfe\x00", content_type="text/yaml")
    page = officer.post(reverse("plan_upload"), {"file": file})
    assert "file" in page.context["form"].errors


def test_the_same_pack_is_nothing_to_do(city, officer):
    answer = upload(officer, "# another comment\n" + SOUND)
    assert answer.url == reverse("plan_version", args=["trial", 1])
    assert PlanVersion.objects.count() == 1


def test_a_changed_pack_is_tried_and_tells_which_verdicts_turn_before_it_is_published(city, officer):
    version_page = upload(officer, STRICTER).url
    assert version_page == reverse("plan_version", args=["trial", 2])
    page = officer.get(version_page)
    assert [(one.code, one.before, one.after) for one in page.context["differences"]] == [
        ("minimum_members", "5、7 (370102)", "6、7 (370102)")
    ]
    officer.post(reverse("plan_try", args=["trial", 2]), {"area": "3701", "as_of": "2008-12-31"})
    jobs.run_now(Job.objects.get(kind="evaluate"))
    (trial,) = officer.get(version_page).context["trials"]
    assert trial.run.published_at is None
    assert [(flip.code, flip.target, flip.before, flip.after) for flip in trial.compared.first] == [
        ("370103001001", "floor", "met", "not_met")
    ]
    assert StoredFile.objects.filter(name="trial.yaml").exists()
    publish(officer, reverse("plan_publish", args=["trial", 2]))
    version = PlanVersion.objects.get(number=2)
    assert version.published_by.username == "officer"


def test_a_version_says_which_later_one_has_superseded_it(city, officer):
    first, second = (reverse("plan_version", args=["trial", number]) for number in (1, 2))
    upload(officer, STRICTER)
    assert officer.get(first).context["later"] is None  # the second still waits
    publish(officer, reverse("plan_publish", args=["trial", 2]))
    page = officer.get(first)
    assert page.context["later"].number == 2
    assert f'href="{second}"' in page.content.decode()
    assert officer.get(second).context["later"] is None


def test_publishing_a_version_asks_first_and_says_that_it_was_not_tried(city, officer):
    upload(officer, STRICTER)
    address = reverse("plan_publish", args=["trial", 2])
    page = officer.post(address, headers={"accept-language": "en"})
    assert "This version has not been tried." in page.content.decode()
    assert [one.code for one in page.context["differences"]] == ["minimum_members"]
    assert not PlanVersion.objects.get(number=2).is_published


def test_the_second_tab_is_told_who_published_the_version(city, officer):
    upload(officer, STRICTER)
    address = reverse("plan_publish", args=["trial", 2])
    publish(officer, address)
    *_first, told = officer.post(address, {"against": 1}, follow=True).context["messages"]
    assert told.level_tag == "warning"
    assert "officer" in str(told)


def test_a_version_that_a_later_one_has_overtaken_is_not_published(city, officer):
    upload(officer, STRICTER)
    upload(officer, SOUND.replace('{value: "5", clause: 一}', '{value: "8", clause: 一}'))
    publish(officer, reverse("plan_publish", args=["trial", 3]))

    *_before, told = officer.get(reverse("plan_publish", args=["trial", 2]), follow=True).context["messages"]

    assert told.level_tag == "error"
    assert "3" in str(told)
    assert not PlanVersion.objects.get(number=2).is_published
    with pytest.raises(ValidationError, match="3"):
        actions.publish(PlanVersion.objects.get(number=2))


def test_a_run_by_a_version_that_waits_is_not_published(city, officer):
    upload(officer, STRICTER)
    officer.post(reverse("plan_try", args=["trial", 2]), {"area": "3701", "as_of": "2008-12-31"})
    jobs.run_now(Job.objects.get(kind="evaluate"))
    run = Run.objects.first()
    publish(officer, reverse("run_publish", args=[run.pk]))
    run.refresh_from_db()
    assert run.published_at is None


def test_a_day_before_the_plan_is_told_beside_the_field_of_the_trial(city, officer):
    upload(officer, STRICTER)
    page = officer.post(reverse("plan_try", args=["trial", 2]), {"area": "3701", "as_of": "2006-12-31"})
    assert page.status_code == 422
    assert "as_of" in page.context["form"].errors


def test_a_district_brings_in_no_plan_of_the_city(city, client):
    client.force_login(an_account("district", Role.OFFICER, "370102"))
    page = upload(client, STRICTER)
    assert page.status_code == 422
    assert page.context["problems"][0].problem.path == "plan.owner"
    assert client.post(reverse("plan_publish", args=["trial", 1])).status_code == 403


def test_a_leader_reads_the_plan_and_brings_in_none(city, client):
    client.force_login(an_account("leader", Role.LEADER, "370102"))
    assert client.get(reverse("plan_upload")).status_code == 403
    assert client.post(reverse("plan_publish", args=["trial", 1])).status_code == 403
    page = client.get(reverse("plan", args=["trial"]))
    assert page.status_code == 200
    assert [told.clause.anchor for told in page.context["clauses"]] == ["一", "二"]


@pytest.mark.parametrize(("role", "prefix"), [(Role.OFFICER, "370102"), (Role.CLERK, "3701"), (Role.LEADER, "3701")])
def test_a_version_that_waits_is_seen_by_officers_of_its_area_only(city, officer, client, role, prefix):
    upload(officer, STRICTER)
    client.force_login(an_account("other", role, prefix))
    assert client.get(reverse("plan_version", args=["trial", 2])).status_code == 404
    assert reverse("plan_version", args=["trial", 2]) not in client.get(reverse("plans")).content.decode()


def test_a_waiting_version_is_in_the_list_of_those_who_may_publish_it(city, officer):
    upload(officer, STRICTER)
    assert reverse("plan_version", args=["trial", 2]) in officer.get(reverse("plans")).content.decode()


def test_a_version_that_waits_is_not_seen_by_leaders(city, officer, client):
    upload(officer, STRICTER)
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    assert client.get(reverse("plan_version", args=["trial", 2])).status_code == 404


def test_another_city_has_no_such_plan(city, client):
    client.force_login(an_account("elsewhere", Role.OFFICER, "3301"))
    assert client.get(reverse("plan_version", args=["trial", 1])).status_code == 404
    assert "试行方案" not in client.get(reverse("plans")).content.decode()


def test_the_list_of_plans_needs_the_queries_that_are_written_down(city, officer):
    assert_query_count("plans", officer, reverse("plans"))
