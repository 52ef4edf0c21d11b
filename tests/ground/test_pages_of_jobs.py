"""Jobs and files in pages: seen by who asked and by who reaches the area."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from communities.ground import jobs, periods
from communities.ground.models import Access, Event, Job, Role, StoredFile
from tests.factories.judged import an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    owner = an_account("officer", Role.OFFICER, "370102")
    return jobs.submit("evaluate", by=owner, prefix="370102", version=1)


@pytest.fixture
def paper() -> StoredFile:
    return StoredFile.keep(b"%PDF-1.7", name="历下区报告.pdf", content_type="application/pdf", prefix="370102")


def test_a_job_is_shown_with_how_far_it_is(client, job):
    client.force_login(job.requested_by)
    Job.objects.filter(pk=job.pk).update(stage="汇集数据", done_items=2, total_items=4, status="queued")
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "汇集数据" in page
    assert "2 / 4" in page
    assert reverse("job_progress", args=[job.pk]) in page


def test_an_ended_job_reloads_the_page_that_watches_it(client, job):
    client.force_login(job.requested_by)
    assert "HX-Refresh" not in client.get(reverse("job_progress", args=[job.pk]))
    jobs.cancel(job)
    assert client.get(reverse("job_progress", args=[job.pk]))["HX-Refresh"] == "true"


def test_the_jobs_of_another_district_are_not_there(client, job):
    client.force_login(an_account("other", Role.OFFICER, "370103"))
    assert client.get(reverse("job", args=[job.pk])).status_code == 404
    assert client.post(reverse("job_cancel", args=[job.pk])).status_code == 404
    assert list(client.get(reverse("jobs")).context["jobs"]) == []


def test_an_account_that_reaches_another_area_by_now_no_longer_finds_its_own(client, job, paper):
    StoredFile.objects.filter(pk=paper.pk).update(created_by=job.requested_by)
    Access.objects.filter(user=job.requested_by).update(prefix="370103")
    client.force_login(job.requested_by)
    assert client.get(reverse("job", args=[job.pk])).status_code == 404
    assert client.get(reverse("file", args=[paper.pk])).status_code == 404


def test_an_account_whose_access_has_ended_is_refused_even_its_own(client, job, paper):
    StoredFile.objects.filter(pk=paper.pk).update(created_by=job.requested_by)
    Access.objects.filter(user=job.requested_by).update(during=periods.of(date(2000, 1, 1), date(2001, 1, 1)))
    client.force_login(job.requested_by)
    for address in (reverse("job", args=[job.pk]), reverse("file", args=[paper.pk])):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={address}")


def test_who_asked_cancels_a_leader_does_not(client, job):
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    assert client.post(reverse("job_cancel", args=[job.pk])).status_code == 403
    client.force_login(job.requested_by)
    client.post(reverse("job_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED


def test_a_file_is_sent_under_its_chinese_name_and_that_is_recorded(client, paper):
    reader = an_account("leader", Role.LEADER, "370102")
    client.force_login(reader)
    answer = client.get(reverse("file", args=[paper.pk]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert "filename*=utf-8''%E5%8E%86%E4%B8%8B%E5%8C%BA" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Event.objects.filter(action="file.download", actor=reader, object_key=str(paper.pk)).exists()


def test_a_file_of_another_district_is_not_there(client, paper):
    client.force_login(an_account("other", Role.OFFICER, "370103"))
    assert client.get(reverse("file", args=[paper.pk])).status_code == 404
    assert not Event.objects.filter(action="file.download").exists()


@pytest.mark.parametrize("role", [Role.LEADER, Role.REVIEWER, Role.WORKER])
def test_who_does_not_import_opens_papers_and_no_files_that_offices_work_with_but_his_own(client, paper, role):
    roster = StoredFile.keep(b"PK", name="花名册.xlsx", content_type="application/x", prefix="370102")
    reader = an_account("reader", role, "370102")
    own = StoredFile.keep(b"PK", name="自己的.xlsx", content_type="application/x", prefix="370102", by=reader)
    client.force_login(reader)
    assert client.get(reverse("file", args=[paper.pk])).status_code == 200
    assert client.get(reverse("file", args=[roster.pk])).status_code == 404
    assert client.get(reverse("file", args=[own.pk])).status_code == 200


def test_only_a_pdf_is_ever_shown_in_the_browser(client, paper):
    client.force_login(an_account("officer", Role.OFFICER, "370102"))
    assert client.get(reverse("file", args=[paper.pk]), {"view": 1})["Content-Disposition"].startswith("inline")
    page = StoredFile.keep(b"<script>", name="x.html", content_type="text/html", prefix="370102")
    assert client.get(reverse("file", args=[page.pk]), {"view": 1})["Content-Disposition"].startswith("attachment")


def test_the_list_of_jobs_needs_the_queries_that_are_written_down(client, job):
    client.force_login(job.requested_by)
    assert_query_count("jobs", client, reverse("jobs"))


@pytest.mark.parametrize("status", ["cancelled", "done"])
def test_a_job_that_has_ended_shows_no_stage_and_nothing_in_hand(client, job, status):
    client.force_login(job.requested_by)
    held = {"stage": "正在生成报告", "item": "历下区 · 排版", "total_items": 177, "ended_at": timezone.now()}
    Job.objects.filter(pk=job.pk).update(status=status, **held)
    text = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "正在生成报告" not in text
    assert "历下区 · 排版" not in text
