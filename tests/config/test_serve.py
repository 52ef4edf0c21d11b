"""`make serve`: a web process and a worker, kept alive; a signal ends all of it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from django.conf import settings

from communities.ground.models import Job
from config import serve
from config.variables import BadSetting

pytestmark = [pytest.mark.slow, pytest.mark.services]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def served(port: int, database_url: str, tmp_path: Path) -> Iterator[psutil.Process]:
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": "", "VAR_DIR": str(tmp_path)}
    environment |= {"PORT": str(port), "JOB_LEASE": "2", "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen([sys.executable, "-m", "config.serve"], env=environment, cwd=settings.BASE_DIR)
    yield psutil.Process(process.pid)
    process.terminate()
    process.wait(30)


def test_it_serves_restarts_its_worker_and_ends_with_all_of_it(served: psutil.Process, port: int) -> None:
    _wait(lambda: _answers(port))
    first = _worker_of(served)
    assert first is not None
    first.kill()
    _wait(lambda: _worker_of(served) not in (None, first))
    assert _answers(port)
    everything = served.children(recursive=True)
    served.send_signal(signal.SIGTERM)
    _gone, alive = psutil.wait_procs(everything, timeout=30)
    assert not alive
    assert Job.objects.count() == 0


def test_a_port_in_use_is_named(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)), pytest.raises(BadSetting, match=f"port {port} is in use"):
        serve.serve(port)


def test_with_redis_a_clock_runs_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    assert set(serve.commands(8000)) == {"web", "worker", "beat"}


def _worker_of(process: psutil.Process) -> psutil.Process | None:
    living = [child for child in process.children() if child.status() != psutil.STATUS_ZOMBIE]
    return next((child for child in living if "worker" in child.cmdline()), None)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")
