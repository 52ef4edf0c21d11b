"""A setting that is missing or wrong stops the start with one sentence that says how to mend it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config import secret, variables
from config.variables import VARIABLES, BadSetting, read


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Start Linli as an operator would, far enough to read its settings."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DATABASE_URL", "mysql://linli@db/linli", "PostgreSQL only"),
        ("DATABASE_URL", "postgres://linli@db", "the name of a database"),
        ("REDIS_URL", "http://redis", "redis://"),
        ("SECRET_KEY", "short", "32 characters"),
        ("DEBUG", "maybe", "not a switch"),
        ("JOB_LEASE", "an hour", "not a whole number"),
        ("JOB_LEASE", "0", "2 or more"),
        ("LOG_FORMAT", "xml", "console, json"),
        ("FILES_OPTIONS", "{", "not a JSON"),
        ("CSRF_TRUSTED_ORIGINS", "linli.example", "https://"),
    ],
)
def test_a_wrong_value_is_refused_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=f"{name}.*{why}"):
        read(name)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, " ")
    assert read(name) == VARIABLES[name].default


def test_a_secret_is_not_repeated_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://linli:hunter2@db/linli")
    with pytest.raises(BadSetting) as refusal:
        read("DATABASE_URL")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.slow
def test_the_operator_sees_one_sentence_and_no_traceback() -> None:
    ended = start(DATABASE_URL="mysql://linli@db/linli")
    assert ended.returncode == 1
    assert ended.stderr.startswith("linli: the setting DATABASE_URL cannot be used")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_server_for_others_must_be_given_a_key() -> None:
    ended = start(ALLOWED_HOSTS="linli.example.gov.cn", SECRET_KEY="")
    assert ended.returncode == 1
    assert "SECRET_KEY is not set" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_machine_of_its_own_makes_its_key_once(tmp_path: Path) -> None:
    place = tmp_path / "var" / "secret_key"
    first = secret.key("", kept_in=place, may_be_made=True)
    assert len(first) >= 50
    assert secret.key("", kept_in=place, may_be_made=True) == first
    assert place.stat().st_mode & 0o077 == 0


def test_a_key_that_cannot_be_kept_is_explained(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(BadSetting, match="cannot be kept"):
        secret.key("", kept_in=tmp_path / "var" / "secret_key", may_be_made=True)


def test_every_variable_stands_in_the_manual() -> None:
    page = settings.BASE_DIR / "docs" / "reference" / "settings.md"
    assert page.read_text() == variables.reference()
