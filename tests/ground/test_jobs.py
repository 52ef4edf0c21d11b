"""A job is done once, whatever happens to who does it; the row says how far it is and what came of it."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import override_settings

from communities.ground import jobs, periods
from communities.ground.jobs import StoppedError, UnknownKindError
from communities.ground.models import Access, Event, Job, Role
from communities.ground.models.jobs import MAX_ATTEMPTS, Status
from tests.factories.judged import an_account
from tests.factories.people import identity_number, mobile_number
from tests.ground import worker  # noqa: F401 - registers the jobs made for the tests

LEASE = 60


def claim(job: Job, holder: str = "a worker") -> Job | None:
    return Job.objects.claim(job.pk, holder=holder, lease=LEASE)


def abandon(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


@pytest.fixture
def job(db: None) -> Job:
    return jobs.submit("test_write", prefix="37", rows=3)


def test_a_job_waits_in_the_queue_until_somebody_does_it(job: Job) -> None:
    assert (job.status, job.attempts, job.has_ended) == (Status.QUEUED, 0, False)


def test_a_job_that_nobody_can_do_is_refused_at_once(db: None) -> None:
    with pytest.raises(UnknownKindError, match=r"Known: .*test_write"):
        jobs.submit("test_wriet")


def test_a_command_does_the_job_in_its_own_process(job: Job) -> None:
    done = jobs.run_now(job)
    assert (done.status, done.stage, done.done_items, done.total_items) == (Status.DONE, "writing", 3, 3)
    assert done.share_done == 1
    assert "all written" in done.log
    assert done.ended_at is not None
    assert Event.objects.filter(detail__job=job.pk).count() == 3


def test_a_job_has_one_holder(job: Job) -> None:
    assert claim(job, "first") is not None
    assert claim(job, "second") is None


def test_a_job_whose_worker_is_silent_is_taken_over(job: Job) -> None:
    claim(job, "first")
    abandon(job)
    taken = claim(job, "second")
    assert taken is not None
    assert (taken.holder, taken.attempts) == ("second", 2)


def test_who_lost_a_job_cannot_end_it(job: Job) -> None:
    lost = claim(job, "first")
    abandon(job)
    claim(job, "second")
    assert lost is not None
    assert Job.objects.held_by(lost).end(Status.DONE) == 0


def test_a_job_that_kills_its_workers_fails_with_a_sentence(job: Job) -> None:
    for _ in range(MAX_ATTEMPTS):
        claim(job)
        abandon(job)
    assert claim(job) is None
    assert jobs.give_up() == 1
    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert str(MAX_ATTEMPTS) in job.error


def test_a_job_that_fails_leaves_nothing_but_its_reason(db: None) -> None:
    failed = jobs.work(jobs.submit("test_fail").pk)
    assert failed is not None
    assert failed.status == Status.FAILED
    assert failed.error == "No plan has the code jinan-2008. Known: jinan-2007."
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_refuses_fails_the_job_at_once() -> None:
    statements = ["SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(5)"]
    refused = jobs.work(jobs.submit("test_sql", statements=statements).pk)
    assert refused is not None
    assert refused.status == Status.FAILED
    assert "statement timeout" in refused.error


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_lets_the_job_start_again() -> None:
    cut_off = jobs.work(jobs.submit("test_sql", statements=["SELECT pg_terminate_backend(pg_backend_pid())"]).pk)
    assert cut_off is not None
    assert (cut_off.status, cut_off.error) == (Status.RUNNING, "")
    abandon(cut_off)
    assert Job.objects.free().filter(pk=cut_off.pk).exists()


def test_a_command_is_told_of_the_failure(db: None) -> None:
    job = jobs.submit("test_fail")
    with pytest.raises(ValueError, match="jinan-2008"):
        jobs.run_now(job)


def test_an_ended_job_is_not_done_again(job: Job) -> None:
    jobs.run_now(job)
    assert jobs.work(job.pk) is None
    with pytest.raises(StoppedError):
        jobs.run_now(job)
    assert Event.objects.filter(detail__job=job.pk).count() == 3


def test_a_cancelled_job_is_never_begun(job: Job) -> None:
    assert jobs.cancel(job)
    assert jobs.work(job.pk) is None
    assert not jobs.cancel(job)


def test_a_full_disk_is_explained() -> None:
    sentence = jobs.explained(OSError(28, "No space left on device", "var/reports/3701.pdf"))
    assert "No space left on device" in sentence
    assert "3701.pdf" in sentence


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_stops_and_leaves_nothing() -> None:
    job = jobs.submit("test_write", rows=200, pause=0.05)
    worker_thread = threading.Thread(target=_in_thread, args=[job.pk])
    worker_thread.start()
    _wait_for_progress(job)
    jobs.cancel(job)
    worker_thread.join(timeout=20)
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert not Event.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_transaction_is_still_open() -> None:
    job = jobs.submit("test_write", rows=20, pause=0.1)
    worker_thread = threading.Thread(target=_in_thread, args=[job.pk])
    worker_thread.start()
    seen = _wait_for_progress(job)
    assert not Event.objects.exists()
    worker_thread.join(timeout=20)
    assert 0 < seen < 20
    assert Event.objects.count() == 20


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@override_settings(JOB_TIME_LIMIT=0)
def test_a_job_that_takes_too_long_is_stopped_and_says_so() -> None:
    failed = jobs.work(jobs.submit("test_write", rows=100, pause=0.1).pk)
    assert failed is not None
    assert failed.status == Status.FAILED
    assert "0" in failed.error
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_called_once_the_transaction_is_committed() -> None:
    with transaction.atomic():
        job = jobs.submit("test_write", rows=1)
        assert Job.objects.get(pk=job.pk).rung_at is None
    assert Job.objects.get(pk=job.pk).rung_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    with monkeypatch.context() as away:
        away.setattr(current_app, "send_task", refuse)
        job = jobs.submit("test_write", rows=1)
    assert Job.objects.get(pk=job.pk).rung_at is None
    assert jobs.ring_again() == 1
    assert jobs.ring_again() == 0  # it was rung a moment ago
    assert jobs.ring_again(all_queued=True) == 1  # a worker that starts trusts no old message


def _in_thread(key: int) -> None:
    try:
        jobs.work(key)
    finally:
        connection.close()


def _wait_for_progress(job: Job) -> int:
    for _ in range(200):
        job.refresh_from_db()
        if job.done_items:
            return job.done_items
        threading.Event().wait(0.05)
    raise AssertionError("no progress was seen")


@pytest.mark.django_db(transaction=True)
def test_a_command_takes_its_job_before_any_worker_can(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(jobs, "ring", rung.append)
    done = jobs.do_here("test_write", prefix="37", rows=2)
    assert (done.status, done.done_items, rung) == (Status.DONE, 2, [])


# Who may ask for what


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "prefix"), [(Role.CLERK, "370102"), (Role.SYSTEM, "370102"), (Role.OFFICER, "370103")]
)
def test_a_job_outside_ones_role_or_area_is_not_handed_in(role: Role, prefix: str) -> None:
    user = an_account("somebody", role, prefix)
    for hand_in in (jobs.submit, jobs.do_here):
        with pytest.raises(jobs.RefusedError):
            hand_in("test_write", by=user, prefix="370102", rows=1)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_job_that_reaches_beyond_ones_area_is_not_handed_in() -> None:
    officer = an_account("officer", Role.OFFICER, "370102")
    with pytest.raises(jobs.RefusedError):
        jobs.submit("test_write", by=officer, prefix="3701", rows=1)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"during": periods.of(date(2000, 1, 1), date(2001, 1, 1))}, {"prefix": "370103"}])
def test_a_job_whose_asker_has_no_such_access_any_more_fails_with_the_reason(change: dict[str, Any]) -> None:
    officer = an_account("officer", Role.OFFICER, "370102")
    job = jobs.submit("test_write", by=officer, prefix="370102", rows=2)
    Access.objects.filter(user=officer).update(**change)
    failed = jobs.work(job.pk)
    assert failed is not None
    assert failed.status == Status.FAILED
    assert "授权" in failed.error or "access" in failed.error
    assert not Event.objects.filter(action="test.written").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("told", [lambda: identity_number(), lambda: [{"call": f"打{mobile_number()}"}]])
def test_a_job_is_never_told_the_number_of_a_person(told: Any) -> None:
    with pytest.raises(jobs.PersonalArgumentError):
        jobs.submit("test_write", rows=1, about=told())
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_what_administrators_ask_for_is_no_business_of_the_area() -> None:
    officer = an_account("officer", Role.OFFICER, "370102")
    Job.objects.create(kind="verify_events", prefix="370102")
    own = Job.objects.create(kind="evaluate", prefix="370102")
    assert list(jobs.seen_by(officer)) == [own]
