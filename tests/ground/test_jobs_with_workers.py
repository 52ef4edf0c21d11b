"""
Jobs with real workers in processes of their own, over both brokers: Redis, and files where there is none.

Workers are killed with SIGKILL in the middle of a job, as the kernel does when memory runs out.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings

from communities.ground import jobs
from communities.ground.models import Event, Job
from communities.ground.models.jobs import MAX_ATTEMPTS, Status
from tests.ground import worker  # noqa: F401 - registers the jobs made for the tests

pytestmark = [pytest.mark.services, pytest.mark.slow]

LEASE = 2
REDIS = "redis-server"


@dataclass
class Engine:
    """What runs jobs beside the test: its processes share the test's database and a broker."""

    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a Celery worker; it rings for what was left behind as soon as it is ready."""
        return self._start("-m", "celery", "-A", "tests.ground.worker", "worker", "-l", "WARNING", *options)

    def start_beat(self) -> subprocess.Popen[bytes]:
        """Start the clock of the periodic tasks."""
        return self._start("-m", "celery", "-A", "tests.ground.worker", "beat", "-l", "WARNING")

    def hand_in(self, kind: str, rows: int) -> Job:
        """Let another process hand in a job, as a page does; returns its row."""
        command = [sys.executable, "-m", "tests.ground.worker", kind, str(rows)]
        said = subprocess.check_output(command, env=self.environment, cwd=settings.BASE_DIR)
        return Job.objects.get(pk=int(said))

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            [sys.executable, *command], env=self.environment, cwd=settings.BASE_DIR, start_new_session=True
        )
        self.processes.append(started)
        return started

    def stop(self) -> None:
        """Kill what is left, children included."""
        for process in self.processes:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and its children, whether or not it still lives."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `holds`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def status_of(job: Job) -> str:
    job.refresh_from_db()
    return job.status


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of one's own on a free port, gone with the test; yields its address."""
    if not shutil.which(REDIS):
        pytest.skip(f"{REDIS} is not installed (apt-get install redis-server)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([REDIS, *options], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), 10)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["redis", "files"])
def broker(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(broker: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with ExitStack() as stack:
        address = stack.enter_context(redis(tmp_path)) if broker == "redis" else ""
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": address,
            "VAR_DIR": str(tmp_path),
            "JOB_LEASE": str(LEASE),
            "LOG_LEVEL": "WARNING",
        }
        environment.pop("PYTEST_CURRENT_TEST", None)
        built = Engine(environment)
        stack.callback(built.stop)
        yield built


@pytest.fixture
def options(broker: str) -> list[str]:
    """Over files there is one solo worker; with Redis, processes."""
    return ["-P", "solo"] if broker == "files" else ["-c", "2"]


def test_a_job_handed_in_by_a_page_is_done_by_the_worker(engine: Engine, options: list[str]) -> None:
    engine.start_worker(*options)
    job = engine.hand_in("test_write", rows=5)
    assert job.rung_at is not None
    wait_until(lambda: status_of(job) == Status.DONE)
    assert Event.objects.filter(detail__job=job.pk).count() == 5
    assert job.attempts == 1


def test_a_job_whose_message_was_lost_is_done_when_a_worker_starts(engine: Engine, options: list[str]) -> None:
    job = jobs.submit("test_write", rows=2)  # rung in this process only, which has no worker
    engine.start_worker(*options)
    wait_until(lambda: status_of(job) == Status.DONE)


def test_a_job_killed_in_the_middle_starts_again_and_doubles_nothing(
    engine: Engine, options: list[str], broker: str
) -> None:
    job = jobs.submit("test_write", rows=30, pause=0.1)
    first = engine.start_worker(*options)
    wait_until(lambda: status_of(job) == Status.RUNNING and job.done_items > 3)
    kill(first)
    assert not Event.objects.filter(detail__job=job.pk).exists()
    engine.start_worker(*options)
    if broker == "redis":
        engine.start_beat()
    wait_until(lambda: status_of(job) == Status.DONE)
    assert Event.objects.filter(detail__job=job.pk).count() == 30
    assert job.attempts == 2


def test_a_job_that_kills_every_worker_is_given_up(engine: Engine, options: list[str], broker: str) -> None:
    job = jobs.submit("test_die")
    if broker == "redis":
        engine.start_beat()

    def given_up() -> bool:
        if all(process.poll() is not None for process in engine.processes[broker == "redis" :]):
            engine.start_worker(*options)  # as a supervisor does
        return status_of(job) == Status.FAILED

    wait_until(given_up, 90)
    assert job.attempts == MAX_ATTEMPTS
    assert str(MAX_ATTEMPTS) in job.error


def test_two_workers_share_the_jobs_and_do_each_once(engine: Engine, options: list[str], broker: str) -> None:
    handed_in = [jobs.submit("test_write", rows=2, pause=0.2) for _ in range(6)]
    for name in ("one", "two"):
        engine.start_worker(*options, "-n", f"{name}@%h")
    wait_until(lambda: not Job.objects.exclude(status=Status.DONE).exists())
    assert Event.objects.count() == 2 * len(handed_in)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
