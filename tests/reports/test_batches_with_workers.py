"""A batch of reports with a real worker: killed in the middle it goes on where it stood and doubles nothing."""

import pytest

from assessments.reports import batches
from assessments.reports.batches import Batch
from assessments.reports.models import OrderedReport, Report
from communities.ground import jobs
from communities.ground.models import Event, Job, Role, StoredFile
from communities.ground.models.jobs import Status
from tests.factories.judged import an_account
from tests.factories.reports import COMMUNITIES, small_city
from tests.ground.test_jobs_with_workers import Engine, engine, kill, status_of, wait_until  # noqa: F401

pytestmark = [pytest.mark.services, pytest.mark.slow]
WANTED = [code for code in COMMUNITIES if code.startswith("370102")]


@pytest.fixture
def broker() -> str:
    """Files: the brokers differ in nothing that matters to a batch."""
    return "files"


@pytest.fixture
def job(database_url: str) -> Job:
    run = small_city().judged()
    return batches.order(Batch(run, "370102", ("community",)), by=an_account("officer", Role.OFFICER, "370102"))


def printed(job: Job) -> int:
    return OrderedReport.objects.filter(job=job, report__isnull=False).count()


def test_a_batch_whose_worker_is_killed_goes_on_where_it_stood(job: Job, engine: Engine) -> None:  # noqa: F811
    first = engine.start_worker("-P", "solo")
    wait_until(lambda: printed(job) >= 2)
    kill(first)
    before = set(Report.objects.values_list("pk", flat=True))
    assert len(before) < len(WANTED)
    engine.start_worker("-P", "solo")
    wait_until(lambda: status_of(job) == Status.DONE, 120)
    assert job.attempts == 2
    assert printed(job) == Report.objects.count() == len(WANTED)
    assert before < set(Report.objects.values_list("pk", flat=True))
    assert Event.objects.filter(action="report.print").count() == len(WANTED)
    assert StoredFile.objects.count() == len(WANTED) + 1
    assert job.artefact is not None


def test_a_batch_that_is_cancelled_stops_and_keeps_its_papers(job: Job, engine: Engine) -> None:  # noqa: F811
    engine.start_worker("-P", "solo")
    wait_until(lambda: printed(job) >= 1)
    assert jobs.cancel(job)
    after = engine.hand_in("test_write", rows=1)  # the worker takes it when it has let go of the batch
    wait_until(lambda: status_of(after) == Status.DONE)
    assert status_of(job) == Status.CANCELLED
    assert 1 <= printed(job) < len(WANTED)
    assert job.artefact is None
