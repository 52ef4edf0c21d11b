"""Reports in a batch: a report for every place, what fails named, nothing doubled, nothing beyond the fence."""

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse

from assessments.compliance import actions as compliance
from assessments.compliance.models import Run
from assessments.reports import actions, batches, rendering
from assessments.reports.batches import Batch
from assessments.reports.models import OrderedReport, Report
from assessments.reports.rendering import MissingGlyphsError, Paper
from communities.ground import jobs
from communities.ground.models import Event, Job, Role, StoredFile
from communities.ground.models.jobs import Status
from tests.factories.judged import an_account
from tests.factories.reports import SmallCity, small_city
from tests.query_counting import assert_query_count

DISTRICTS = ["370102000000", "370103000000"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path) -> Iterator[Path]:
    """Files of a test lie in a folder of its own."""
    storages = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}}
    with override_settings(STORAGES=storages, VAR_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Papers come from the printer at once; the list says which were printed. `失灵` in the text breaks it."""
    printed: list[str] = []

    def printer(html: str) -> Paper:
        if "失灵" in html:
            raise MissingGlyphsError("No font has 失 (U+5931).")
        printed.append(html)
        return Paper(b"%PDF-1.7 " + str(len(printed)).encode(), 1)

    monkeypatch.setattr(rendering, "pdf_of", printer)
    return printed


@pytest.fixture
def city(db: None) -> SmallCity:
    return small_city()


@pytest.fixture
def run(city: SmallCity) -> Run:
    return city.judged()


@pytest.fixture
def officer(client):
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    return client


@pytest.fixture
def district_officer(client):
    client.force_login(an_account("district", Role.OFFICER, "370102"))
    return client


def order(client, run: Run, place: str, *levels: str):
    return client.post(reverse("reports_order"), {"run": run.pk, "place": place, "level": levels})


def break_the_paper_of(city: SmallCity, code: str) -> None:
    city.places[code].name = city.places[code].short_name = "失灵区"
    city.places[code].save()


def done(run: Run, prefix: str = "3701", *levels: str) -> Job:
    """Order by an account of its own, and do it here."""
    by = an_account("somebody", Role.OFFICER, "3701")
    return jobs.run_now(batches.order(Batch(run, prefix, levels or ("district",)), by=by))


def test_an_officer_orders_the_reports_of_all_districts_at_once(run, officer):
    answer = order(officer, run, "3701", "district")
    job = Job.objects.get(kind="reports")
    assert answer.url == reverse("job_result_reports", args=[job.pk])
    assert (job.prefix, job.arguments["levels"]) == ("3701", ["district"])


def test_every_place_has_a_row_with_its_own_report(run, papers):
    job = done(run)
    rows = OrderedReport.objects.filter(job=job)
    assert [row.code for row in rows] == DISTRICTS
    assert all(row.report is not None and row.report.place == row.place for row in rows)
    assert job.status == Status.DONE


def test_several_levels_go_into_one_order_in_the_order_of_codes(run, papers):
    job = done(run, "370102", "street", "community")
    assert OrderedReport.objects.filter(job=job).count() == len(papers) == 6
    assert OrderedReport.objects.filter(job=job).first().code == "370102001000"


def test_the_zip_holds_every_report_under_its_chinese_name(run, papers):
    job = done(run)
    assert job.artefact is not None
    assert job.artefact.name == f"济南市各区县报告（2008-12-31，判定批次{run.pk}）.zip"
    with zipfile.ZipFile(job.artefact.file.open("rb")) as packed:
        names = packed.namelist()
        assert packed.read(names[0]).startswith(b"%PDF")
    assert [name[:10] for name in names] == ["370102 关于历", "370103 关于市"]


def test_a_report_that_cannot_be_printed_is_named_and_stops_no_other(city, papers):
    break_the_paper_of(city, "370102000000")
    run = city.judged()
    job = done(run)
    broken, sound = OrderedReport.objects.filter(job=job)
    assert (broken.report, sound.error) == (None, "")
    assert "U+5931" in broken.error
    assert job.status == Status.DONE
    assert "失灵区" in job.stage
    assert "U+5931" in job.log
    assert job.artefact is not None


def test_where_nothing_can_be_printed_the_job_has_failed_and_says_why(city, papers):
    for code in DISTRICTS:
        break_the_paper_of(city, code)
    run = city.judged()
    with pytest.raises(ValidationError):
        done(run)
    job = Job.objects.get(kind="reports")
    assert job.status == Status.FAILED
    assert "U+5931" in job.error
    assert job.artefact is None


def test_what_has_been_printed_before_is_not_printed_again(run, papers):
    done(run)
    printed = len(papers)
    by = an_account("another", Role.OFFICER, "3701")
    again = jobs.run_now(batches.order(Batch(run, "3701", ("district",)), by=by))
    assert len(papers) == printed
    assert Report.objects.count() == printed
    assert again.artefact is not None


def test_the_same_order_under_way_is_not_handed_in_twice(run, officer):
    first, second = order(officer, run, "3701", "district"), order(officer, run, "3701", "district")
    assert first.url == second.url
    assert Job.objects.filter(kind="reports").count() == 1


def test_a_cancelled_batch_keeps_what_is_printed(run, papers, monkeypatch, officer):
    order(officer, run, "3701", "district")
    job = Job.objects.get(kind="reports")
    whole = actions.print_report

    def cancelled_after_the_first(*args, **kwargs):
        if papers:
            raise jobs.StoppedError("The job was cancelled.")
        return whole(*args, **kwargs)

    monkeypatch.setattr(batches, "print_report", cancelled_after_the_first)
    with pytest.raises(jobs.StoppedError):
        jobs.run_now(job)
    first, second = OrderedReport.objects.filter(job=job)
    assert first.report is not None
    assert (second.report, second.error) == (None, "")


def test_cancelling_says_that_what_is_finished_stays(run, officer):
    order(officer, run, "3701", "district")
    job = Job.objects.get(kind="reports")
    page = officer.post(reverse("job_cancel", args=[job.pk]), follow=True, headers={"accept-language": "en"})
    assert "What was finished before stays." in page.content.decode()


@pytest.mark.parametrize("levels", [[], ["street"], ["city"]])
def test_an_order_of_nothing_is_refused_in_words(run, officer, levels):
    place = "370102001001" if levels else "3701"
    answer = order(officer, run, place, *levels)
    assert answer.url.startswith(reverse("reports"))
    assert not Job.objects.exists()


def test_an_order_of_too_many_is_refused(run, officer, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 1)
    page = officer.post(
        reverse("reports_order"),
        {"run": run.pk, "place": "3701", "level": "district"},
        follow=True,
        headers={"accept-language": "en"},
    )
    assert "2 reports are more than one order may hold (1)" in page.content.decode()
    assert not Job.objects.exists()


def test_a_district_orders_nothing_beyond_its_own_places(run, district_officer):
    for place in ("3701", "370103", "370103001"):
        assert order(district_officer, run, place, "street").status_code == 404
    assert not Job.objects.exists()
    assert order(district_officer, run, "370102", "street").status_code == 302


def test_a_district_fetches_nothing_of_another(run, papers, district_officer):
    job = done(run)
    assert district_officer.get(reverse("job_result_reports", args=[job.pk])).status_code == 404
    assert district_officer.get(reverse("reports_rows", args=[job.pk])).status_code == 404
    assert district_officer.get(reverse("file", args=[job.artefact_id])).status_code == 404
    own, other = (row.report.file_id for row in OrderedReport.objects.filter(job=job))
    assert district_officer.get(reverse("file", args=[own])).status_code == 200
    assert district_officer.get(reverse("file", args=[other])).status_code == 404


def test_a_street_clerk_orders_the_sheets_of_the_streets_communities(run, client):
    client.force_login(an_account("clerk", Role.CLERK, "370102001"))
    assert order(client, run, "370102001", "community").status_code == 302
    assert Job.objects.get(kind="reports").prefix == "370102001"
    assert order(client, run, "370102", "community").status_code == 404


def test_a_leader_reads_the_reports_and_orders_no_batch(run, papers, client):
    job = done(run)
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    assert order(client, run, "3701", "district").status_code == 403
    page = client.get(reverse("job_result_reports", args=[job.pk]))
    assert len(page.context["rows"]) == 2
    assert page.context["zip"] is None
    assert client.get(reverse("file", args=[page.context["rows"][0].report.file_id])).status_code == 200


def test_no_batch_goes_by_a_trial(city, officer):
    trial = compliance.evaluate(version=city.version, as_of=city.judged().as_of)
    assert order(officer, trial, "3701", "district").status_code == 404


def test_who_saved_the_zip_is_recorded(run, papers, officer):
    job = done(run)
    assert officer.get(reverse("file", args=[job.artefact_id])).status_code == 200
    assert Event.objects.filter(action="file.download", actor__username="officer").count() == 1


def test_the_time_left_is_told_once_it_is_known(run, papers):
    job = batches.order(Batch(run, "370102", ("community",)), by=an_account("somebody", Role.OFFICER, "3701"))
    Job.objects.filter(pk=job.pk).update(status=Status.RUNNING, lease_until=job.created_at, started_at=job.created_at)
    job.refresh_from_db()
    rows = batches._rows(job, Batch.of(job))
    assert batches.time_left(job) is None
    for number, row in enumerate(rows[:3]):
        report = Report.objects.create(
            run=run, place=row.place, check_code="0", content_sha256=str(number), layout="", pages=1, file=a_file()
        )
        began = report.created_at - timedelta(seconds=1)
        ended = began + timedelta(seconds=4)
        OrderedReport.objects.filter(pk=row.pk).update(report=report, began_at=began, ended_at=ended)
    assert batches.time_left(job) == timedelta(seconds=8)
    assert batches.minutes(timedelta(seconds=61)) == 2


def a_file() -> StoredFile:
    return StoredFile.keep(b"%PDF", name="报告.pdf", content_type="application/pdf", prefix="370102")


def test_the_page_of_reports_offers_the_levels_below_with_their_numbers(run, officer):
    levels = officer.get(reverse("reports"), {"place": "3701"}).context["levels"]
    assert [(level["code"], level["number"]) for level in levels] == [("district", 2), ("street", 2), ("community", 8)]


def test_the_page_of_a_batch_needs_the_queries_that_are_written_down(run, papers, officer):
    job = done(run)
    page = assert_query_count("batch of reports", officer, reverse("job_result_reports", args=[job.pk]))
    assert [row.report.file.name[:5] for row in page.context["rows"]] == ["关于历下区", "关于市中区"]


def test_the_command_prints_all_of_a_level_into_a_folder(run, papers, tmp_path):
    folder = tmp_path / "papers"
    call_command(
        "render_report",
        plan=run.version.plan.code,
        within="3701",
        as_of="2008-12-31",
        below=["district"],
        output=folder,
    )
    assert [path.name[:10] for path in sorted(folder.iterdir())] == ["370102 关于历", "370103 关于市"]


def test_the_command_goes_on_after_a_report_that_fails_and_ends_by_naming_it(city, papers, tmp_path):
    break_the_paper_of(city, "370102000000")
    run = city.judged()
    said = {"plan": run.version.plan.code, "within": "3701", "as_of": "2008-12-31", "below": ["district"]}
    with pytest.raises(CommandError, match="失灵区"):
        call_command("render_report", **said, output=tmp_path / "papers")
    assert len(list((tmp_path / "papers").iterdir())) == 1


def test_the_page_of_reports_needs_the_queries_that_are_written_down(run, papers, officer):
    done(run)
    assert_query_count("reports of an officer", officer, f"{reverse('reports')}?place=3701")
