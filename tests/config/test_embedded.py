"""The embedded PostgreSQL: started by whoever needs it first, stopped by the last, and nobody is left waiting."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings

from config import embedded
from config.embedded import Cluster
from config.variables import BadSetting

pytestmark = pytest.mark.slow

ASK = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).execute('{}').fetchone()[0])"


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A folder for servers of these tests only; short, and passable where the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="linli-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        if os.geteuid() == 0 and not all(above.stat().st_mode & 1 for above in embedded.BINARIES.parents):
            _borrow_the_programs(folder / "wheel", patch)
        yield folder
        embedded._stop(Cluster.at(folder, tests=True))
    shutil.rmtree(folder)


def _borrow_the_programs(copy: Path, patch: pytest.MonkeyPatch) -> None:
    """Where root's checkout is closed to others: let the server run from a copy of the wheel that they may pass."""
    wheel = embedded.BINARIES.parent.parent
    for part in (f"{wheel.name}.libs", f"{wheel.name}/pginstall{embedded.VERSION}"):
        shutil.copytree(wheel.parent / part, copy / part)
    (copy / wheel.name / "__init__.py").touch()
    patch.setenv("PYTHONPATH", str(copy))
    patch.setattr(embedded, "BINARIES", copy / embedded.BINARIES.relative_to(wheel.parent))


def owner(var: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "config.embedded", "run", "--tests", *command]


def environment(var: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": "", "VAR_DIR": str(var)}


def run(var: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        owner(var, *command), env=environment(var), cwd=settings.BASE_DIR, capture_output=True, text=True
    )


def start(var: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        owner(var, *command), env=environment(var), cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )


def ask(sql: str) -> tuple[str, ...]:
    return sys.executable, "-c", ASK.format(sql)


def is_running(var: Path) -> bool:
    return embedded._is_running(Cluster.at(var, tests=True))


def test_a_command_finds_a_server_and_leaves_none_behind(var: Path) -> None:
    ended = run(var, *ask("SHOW server_version"))
    assert ended.stdout.startswith("18.")
    assert not is_running(var)


def test_the_commands_exit_status_is_handed_on(var: Path) -> None:
    assert run(var, sys.executable, "-c", "raise SystemExit(7)").returncode == 7


def test_two_commands_at_the_same_time_share_the_server(var: Path) -> None:
    started = "SELECT extract(epoch FROM pg_postmaster_start_time())"
    long = start(
        var, sys.executable, "-c", ASK.format(started) + "; import sys, time; sys.stdout.flush(); time.sleep(60)"
    )
    assert long.stdout is not None
    first = long.stdout.readline().strip()
    second = run(var, *ask(started)).stdout.strip()
    assert first == second
    assert is_running(var)  # the second has ended, the first still lives
    long.send_signal(signal.SIGTERM)
    long.wait(30)
    assert not is_running(var)


def test_what_was_written_is_there_the_next_time(var: Path) -> None:
    write = "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); c.execute('{}')"
    run(var, sys.executable, "-c", write.format("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer"))
    assert run(var, *ask("SELECT answer FROM kept")).stdout.strip() == "42"


def test_after_an_owner_was_killed_the_next_one_takes_over(var: Path) -> None:
    killed = start(var, *ask("SELECT pg_sleep(60)"))
    _wait(lambda: is_running(var))
    killed.kill()
    killed.wait()
    assert run(var, *ask("SELECT 1")).stdout.strip() == "1"
    _stop_what_was_left(var)


def test_after_everything_was_killed_the_number_of_the_old_server_misleads_nobody(var: Path) -> None:
    cluster = Cluster.at(var, tests=True)
    with embedded.owned(cluster):
        number = embedded._postmaster(cluster)
        assert number is not None
        os.kill(number, signal.SIGKILL)
        _wait(lambda: not is_running(var))
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")  # the number now belongs to somebody else
    assert not is_running(var)
    ended = run(var, *ask("SELECT 1"))
    assert ended.stdout.strip() == "1", ended.stderr


def test_a_given_server_is_used_and_none_is_started(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**environment(var), "DATABASE_URL": "postgres://somebody@elsewhere/linli"}
    ended = subprocess.run(
        owner(var, sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])"),
        env=given,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.strip() == "postgres://somebody@elsewhere/linli"
    assert not is_running(var)


def test_a_path_too_long_for_a_socket_gets_a_short_one(var: Path) -> None:
    cluster = Cluster.at(var / ("x" * 60) / ("y" * 60), tests=True)
    assert len(os.fsencode(cluster.sockets / ".s.PGSQL.5432")) <= embedded.LONGEST_SOCKET
    assert cluster.sockets == Cluster.at(var / ("x" * 60) / ("y" * 60), tests=True).sockets


def test_a_full_disk_is_refused_before_anything_is_written(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=0))
    with pytest.raises(BadSetting, match="Make room"), embedded.owned(Cluster.at(var / "full", tests=True)):
        pass
    assert not (var / "full" / "postgres-test").exists()


def test_a_cluster_of_another_version_is_left_alone(var: Path) -> None:
    cluster = Cluster.at(var / "old", tests=True)
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(BadSetting, match="PostgreSQL 16"), embedded.owned(cluster):
        pass


def test_as_root_a_closed_folder_is_named_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(BadSetting, match="other users may not pass"):
        embedded._refuse_unpassable(Cluster.at(closed / "var", tests=True))
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_socket_folder_of_somebody_else_is_refused(var: Path) -> None:
    stranger = var / "stranger"
    stranger.mkdir(mode=0o777)
    stranger.chmod(0o777)
    with pytest.raises(BadSetting, match="somebody else"):
        embedded._private_folder(stranger)


def _wait(holds: object) -> None:
    for _ in range(300):
        if holds():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def _stop_what_was_left(var: Path) -> None:
    """The killed owner's command still sleeps and holds the server; end its connection, then the server."""
    cluster = Cluster.at(var, tests=True)
    if is_running(var):
        with psycopg.connect(f"host={cluster.sockets} user=linli dbname=linli", autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
            )
    embedded._stop(cluster)
