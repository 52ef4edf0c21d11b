"""The suite watches for the numbers of people, and would find one: fed with some, each of its eyes sees them."""

import logging
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.ground.models import Job
from tests import watching
from tests.factories.people import identity_number, mobile_number
from tests.ground.test_numbers import VECTORS

NUMBER, MOBILE = identity_number(), mobile_number()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of this test's own, so that what it feeds in does not fail the run."""
    kept = tmp_path / "watched"
    kept.mkdir()
    monkeypatch.setenv(watching.FOLDER, str(kept))
    return kept


def found(seen: Path) -> list[str]:
    return watching.found_in_what_was_seen(seen)


@pytest.mark.django_db
def test_a_number_in_an_address_is_seen(seen: Path) -> None:
    Client().get("/places/", {"q": NUMBER})
    assert any(line.startswith("address in tests/config/test_watching.py") for line in found(seen))
    assert NUMBER not in "".join(found(seen))


@pytest.mark.django_db
def test_a_number_on_an_error_page_is_seen(seen: Path, rf: Any) -> None:
    def fails(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(f"<p>没有{MOBILE}</p>", status=404)

    watching.RequestWatch(fails)(rf.get("/"))
    assert [line.partition(" in ")[0] for line in found(seen)] == ["page of 404"]


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["log", "error", "stage"])
def test_a_number_in_the_row_of_a_job_is_seen(seen: Path, column: str) -> None:
    job = Job.objects.create(kind="x", prefix="37")
    assert found(seen) == []
    Job.objects.filter(pk=job.pk).update(**{column: f"第3行 {NUMBER}"})
    assert [line.partition(" in ")[0] for line in found(seen)] == ["job"]


def test_a_number_in_a_log_line_is_masked_before_anybody_sees_it(seen: Path) -> None:
    try:
        raise ValueError(f"no {NUMBER}")
    except ValueError:
        logging.getLogger("test_watching").exception("failed for %s", MOBILE)
    assert found(seen) == []
    bare = logging.LogRecord("x", logging.INFO, "x", 1, f"call {MOBILE}", (), None)
    watching.LogWatch().handle(bare)
    assert [line.partition(" in ")[0] for line in found(seen)] == ["log"]


def test_a_number_in_a_file_that_is_left_is_seen_packed_or_not(seen: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    (left / "a.csv").write_text(f"姓名,电话\n某人,{MOBILE}\n", encoding="utf-8")
    with zipfile.ZipFile(left / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet1.xml", f"<v>{NUMBER}</v>")
    watching.look_through(left)
    assert [line.partition(" in ")[0] for line in found(seen)] == ["file a.csv", "file b.xlsx/sheet1.xml"]


def test_a_number_written_into_the_repository_is_found_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(f"OK = 370102001001\nCALL = '{MOBILE}'\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    full_width = NUMBER.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"})
    (tmp_path / "data" / "y.csv").write_text(f"{full_width}\n", encoding="utf-8")
    assert watching.found_in_the_repository(tmp_path) == ["tests/test_x.py:2", "data/y.csv:1"]


def test_a_published_number_is_allowed_in_the_file_that_tests_it_alone(tmp_path: Path) -> None:
    for name in (watching.PUBLISHED_IN, "tests/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n".join(VECTORS), encoding="utf-8")
    assert {line.partition(":")[0] for line in watching.found_in_the_repository(tmp_path)} == {"tests/other.py"}


def test_the_repository_holds_no_number() -> None:
    assert watching.found_in_the_repository(watching.BASE_DIR) == []


def test_a_number_that_was_seen_fails_the_run(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching.saw("log", f"call {MOBILE}")
    stash: Any = pytest.Stash()
    stash[watching.IS_FIRST] = True
    session: Any = SimpleNamespace(config=SimpleNamespace(stash=stash), exitstatus=pytest.ExitCode.OK)
    watching.end(session)
    assert session.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert any("log in tests/config/test_watching.py" in line for line in stash[watching.FOUND])
    assert MOBILE not in "".join(stash[watching.FOUND])
    assert not seen.exists()


def test_what_is_no_number_is_not_taken_for_one(seen: Path) -> None:
    watching.saw("log", f"370102001001 00000000000 {'ab12' * 8} 2026-11-22T13:41:18.513705 {sys.maxsize}")
    assert found(seen) == []
