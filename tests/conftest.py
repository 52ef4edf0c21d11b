"""
What every test stands on: a real PostgreSQL, no silent skip where nobody looks, and no number of a person let out.

Without DATABASE_URL the tests restart themselves beside an embedded server of their own, which forgets to sync.
"""

import os
import sys
from collections.abc import Generator

import pytest
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations
from pytest_django import DjangoDbBlocker

import config.celery  # noqa: F401 - the app through which jobs are rung
from tests import watching
from tests.watching import watched

__all__ = ["watched"]

NO_SKIPS = bool(os.environ.get("CI") or os.environ.get("LINLI_NO_SKIPS"))


def pytest_configure(config: pytest.Config) -> None:
    """Become the child of an owner of the test server, unless a database was given."""
    if os.environ.get("DATABASE_URL"):
        watching.begin(config)
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.stop_global_capturing()
    arguments = [*map(str, config.invocation_params.args)]
    owner = [sys.executable, "-m", "config.embedded", "run", "--tests", sys.executable, "-m", "pytest", *arguments]
    os.chdir(settings.BASE_DIR)
    os.execv(sys.executable, owner)  # noqa: S606 - ourselves again


@pytest.fixture(scope="session", autouse=True)
def emptied() -> Generator[None, None, None]:
    """Let Django empty the tables after a test that commits: those that are never emptied forget it meanwhile."""
    kept = ("ground_event", "ground_seal")
    flush = DatabaseOperations.execute_sql_flush

    def all_of_it(self: DatabaseOperations, sql_list: list[str]) -> None:
        switched = {on: [f"ALTER TABLE {table} {on} TRIGGER USER" for table in kept] for on in ("DISABLE", "ENABLE")}
        flush(self, [*switched["DISABLE"], *sql_list, *switched["ENABLE"]] if sql_list else [])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", all_of_it)
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search what left the portal for the numbers of people; see `watching`."""
    watching.end(session)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the numbers that were found."""
    watching.tell(terminalreporter, config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: something that should be there is not."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is not allowed here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Generator[None, None, None]:
    """Before the test database is dropped, end what a killed worker or a server's thread still holds open in it."""
    yield
    with django_db_blocker.unblock():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of this test's own database, for the processes it starts; what it wrote is committed."""
    from django.db import connection

    given, _, query = os.environ["DATABASE_URL"].partition("?")
    server = given.rpartition("/")[0]
    return f"{server}/{connection.settings_dict['NAME']}" + (f"?{query}" if query else "")
