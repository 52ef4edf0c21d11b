"""A worker killed in the middle of a run leaves nothing that anybody sees, and the run is made once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from django.db import connection

from assessments.compliance.models import Finding, RollUp, Run, Snapshot
from assessments.plans.models import PlanVersion
from communities.ground import jobs
from communities.ground.models import Job
from communities.ground.models.jobs import Status
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.ground.test_jobs_with_workers import Engine, engine, kill, options, status_of, wait_until

from .packs import a_plan, a_target

__all__ = ["engine", "options"]

pytestmark = [pytest.mark.services, pytest.mark.slow]

DAY = date(2008, 12, 31)
COMMUNITIES = 5


@pytest.fixture
def broker() -> str:
    """Files carry the messages; `tests/ground` kills workers over Redis as well."""
    return "files"


@pytest.fixture
def plan(transactional_db: None) -> PlanVersion:
    """A plan over a street of five communities, there for other processes too."""
    for code in ("370100000000", "370102000000", "370102001000"):
        PlaceFactory(code=code)
    for number in range(1, COMMUNITIES + 1):
        CommunityFactory(code=f"370102001{number:03d}", counted=900 + 100 * number)
    return a_plan(a_target("floor", "measure: households\nat_least: least"))


@contextmanager
def held_up(table: str) -> Iterator[None]:
    """Let nobody write to `table`, so that a run stops there with its findings written and not committed."""
    told = connection.get_connection_params()
    with psycopg.connect(
        host=told.get("host"),
        port=told.get("port"),
        user=told.get("user"),
        password=told.get("password"),
        dbname=told["dbname"],
    ) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        yield
        other.rollback()


def waits_for_the_table() -> bool:
    """Say whether a run has come to its roll-ups and waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE 'INSERT INTO compliance_rollup%'"
        )
        (waiting,) = cursor.fetchone()
        return bool(waiting == 1)


def test_a_run_killed_in_the_middle_is_made_once(engine: Engine, options: list[str], plan: PlanVersion) -> None:
    job = jobs.submit("evaluate", prefix="3701", version=plan.pk, as_of=DAY.isoformat(), within=None)
    with held_up("compliance_rollup"):
        first = engine.start_worker(*options)
        wait_until(waits_for_the_table)
        kill(first)
        assert first.returncode == -signal.SIGKILL
        for model in (Run, Finding, Snapshot, RollUp):
            assert not model._default_manager.exists(), model
    wait_until(lambda: Job.objects.free().filter(pk=job.pk).exists())
    engine.start_worker(*options)
    wait_until(lambda: status_of(job) == Status.DONE)

    run = Run.objects.get()
    assert run.job == job
    assert run.counts == {"met": COMMUNITIES}
    assert Finding.objects.count() == COMMUNITIES
    assert RollUp.objects.count() == 3
    assert Job.objects.count() == 1
    assert job.attempts == 2
