"""
Watches the suite for identity numbers and mobile numbers where none may stand, and fails the run that let one through.

While the tests run, every process of them writes down what it saw leave the portal: log lines as they are written,
the addresses that were asked for and led to, the pages of errors, what is written into rows of jobs, and the files
that are left in the folder for temporary files. After the suite the process that began it searches all that, and the
files under version control that tests and examples come from. Only what could be a number is written down, and only
into a folder that is removed at the end. The workers that tests start write into the same folder (`ground/worker`).

Log lines are seen as they are written, after the mask of `config.logs`: what is proved of them is that the mask lets
nothing through, not that nobody logs a number. Addresses, pages of errors, jobs and files have no mask.

A number typed into a form or kept, encrypted, in a register is nobody's fault; one that comes out again is.
"""

import logging
import os
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

BASE_DIR = Path(__file__).resolve().parents[1]
FOLDER = "LINLI_WATCHED"
# A line without as many digits near each other holds neither kind of number, full-width digits included.
MAY_HOLD = re.compile(r"(?:\d[ -]?){10}[\dXx]")
WRITES = re.compile(r'^\s*(INSERT INTO|UPDATE) "ground_job"', re.IGNORECASE)
PASSABLE = 0o711  # an embedded server that tests start below it runs as another user
SEARCHED = ("tests", "data", "docs", "templates", "locale", "README.md", "README.zh.md", "CHANGELOG.md")
# The one file that tests numbers which were published as examples, in these very digits: its VECTORS.
PUBLISHED_IN = "tests/ground/test_numbers.py"
# Tests that put a number into an address themselves; it may stand there, and nowhere else.
TYPED_INTO_ADDRESSES = (
    "test_people.py::test_a_number_in_the_search_of_the_list_leads_to_the_page_for_it",  # that it is led elsewhere
    "test_events.py::test_what_cannot_be_searched_is_said",  # that the server refuses it where no script did
    "test_description.py::",  # random parameters: among so many digits some are a number
)


# While the tests run


def folder() -> Path | None:
    """Return where this run writes down what it saw; None outside of one."""
    return Path(os.environ[FOLDER]) if FOLDER in os.environ else None


def saw(where: str, text: str) -> None:
    """Write down what left the portal, where it could hold a number, with the test that runs."""
    kept = folder()
    if kept is None or not MAY_HOLD.search(text):
        return
    test = re.split(r"[ \[]", os.environ.get("PYTEST_CURRENT_TEST", ""))[0]
    lines = "".join(f"{where} in {test}\t{line}\n" for line in text.splitlines() if MAY_HOLD.search(line))
    with (kept / f"{os.getpid()}.seen").open("a", encoding="utf-8") as file:
        file.write(lines)


class LogWatch(logging.Handler):
    """Sees log lines as the portal writes them, tracebacks included."""

    def emit(self, record: logging.LogRecord) -> None:
        """See one."""
        saw("log", self.format(record))


class RequestWatch:
    """Sees addresses, where they lead, and the pages of errors. Stands before every other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        saw("address", f"{request.get_full_path()} {response.headers.get('Location', '')}")
        if response.status_code >= 400 and not response.streaming:
            saw(f"page of {response.status_code}", response.content.decode("utf-8", "replace"))
        return response


def see_jobs(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """See what is written into rows of jobs."""
    if WRITES.match(sql):
        saw("job", repr(params))
    return execute(sql, params, many, context)


def _connected(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    if see_jobs not in connection.execute_wrappers:
        # First: whoever wraps for a while takes the last one off, and a connection may open in the midst of that.
        connection.execute_wrappers.insert(0, see_jobs)


def begin(config: pytest.Config) -> None:
    """Begin to watch in this process; the first one makes the folder, the others find it in their environment."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="linli-watched-")
        os.chmod(os.environ[FOLDER], PASSABLE)
        config.stash[IS_FIRST] = True
    settings.MIDDLEWARE = [f"{__name__}.RequestWatch", *settings.MIDDLEWARE]
    connection_created.connect(_connected)


IS_FIRST = pytest.StashKey[bool]()


@pytest.fixture(scope="session", autouse=True)
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """See log lines with the portal's own formatter, and what the portal leaves among temporary files."""
    tmp_path_factory.getbasetemp()  # what tests themselves put down lies elsewhere
    kept = folder()
    assert kept is not None
    root = logging.getLogger()
    watch = LogWatch()
    watch.setFormatter(next(handler.formatter for handler in root.handlers if handler.formatter is not None))
    root.addHandler(watch)
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    own = kept / f"t{os.getpid()}"
    own.mkdir(exist_ok=True)
    own.chmod(PASSABLE)
    tempfile.tempdir = os.environ["TMPDIR"] = str(own)
    yield
    root.removeHandler(watch)
    tempfile.tempdir = before[0]
    os.environ.pop("TMPDIR") if before[1] is None else os.environ.update(TMPDIR=before[1])
    look_through(own)


def look_through(place: Path) -> None:
    """See what the files in a folder hold, what is packed in them included."""
    for path in place.rglob("*"):
        if path.is_file():
            for name, content in _contents(path):
                saw(f"file {name}", content.decode("utf-8", "replace"))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield path.name, path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield f"{path.name}/{name}", packed.read(name)


# After the suite


def end(session: pytest.Session) -> None:
    """Search what was seen, in the process that began; a number found fails the run and is named, masked."""
    kept = folder()
    if kept is None or not session.config.stash.get(IS_FIRST, False):
        return
    found = [*found_in_what_was_seen(kept), *found_in_the_repository(BASE_DIR)]
    shutil.rmtree(kept, ignore_errors=True)
    del os.environ[FOLDER]
    session.config.stash[FOUND] = found
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


FOUND = pytest.StashKey[list[str]]()


def tell(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was found."""
    if found := config.stash.get(FOUND, []):
        reporter.section("identity or mobile numbers where none may stand", red=True, bold=True)
        for line in found:
            reporter.line(line)


def found_in_what_was_seen(place: Path) -> list[str]:
    """Return where numbers left the portal: what it was, in which test, and the line with the number masked."""
    from communities.ground.numbers import holds_personal_number, without_personal_numbers

    lines = {line for path in place.glob("*.seen") for line in path.read_text(encoding="utf-8").splitlines()}
    found = (line for line in lines if holds_personal_number(line) and not _is_declared(line))
    return sorted(without_personal_numbers(line)[:300] for line in found)


def _is_declared(line: str) -> bool:
    return line.startswith("address in ") and any(test in line.partition("\t")[0] for test in TYPED_INTO_ADDRESSES)


def found_in_the_repository(base: Path) -> list[str]:
    """Return file and line of every number that somebody wrote into tests, examples or the manual."""
    from tests.ground.test_numbers import VECTORS

    found = []
    for path in _files(base):
        name = str(path.relative_to(base))
        allowed = VECTORS if name == PUBLISHED_IN else []
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if _tells(line, allowed):
                found.append(f"{name}:{number}")
    return found


def _tells(line: str, allowed: list[str]) -> bool:
    from communities.ground.numbers import holds_personal_number

    if not MAY_HOLD.search(line):
        return False
    plain = unicodedata.normalize("NFKC", line).upper()
    for number in allowed:  # in groups, too, and with a last character that does not fit
        plain = re.sub(r"[\s-]?".join(number[:-1]) + "[0-9X]?", "", plain)
    return holds_personal_number(plain)


def _files(base: Path) -> Iterator[Path]:
    for top in SEARCHED:
        within = base / top
        for path in sorted(within.rglob("*")) if within.is_dir() else [within]:
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".mo", ".pyc"):
                yield path
