"""What a supervisor is told, and what a machine lacks, is said before it hurts."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.checks import run_checks
from django.test import Client, override_settings

from communities.ground import checks, health


@pytest.fixture(autouse=True)
def ask_anew() -> None:
    cache.clear()


def test_the_process_answers_without_asking_anything(client: Client) -> None:
    assert client.get("/healthz").json() == {"alive": True}


def test_a_machine_with_everything_is_ready(client: Client, db: None, tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path):
        answer = client.get("/readyz")
    assert answer.json() == {"ready": True, "parts": dict.fromkeys(health.PARTS, True)}
    assert answer.status_code == 200


@pytest.mark.parametrize("part", sorted(health.PARTS))
def test_a_part_that_is_not_well_is_named_and_its_reason_is_not(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def broken() -> None:
        raise health.NotReadyError("a secret reason")

    monkeypatch.setitem(health.PARTS, part, broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"][part] is False
    assert "secret" not in answer.content.decode()


def test_a_machine_without_a_chinese_font_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "chinese_fonts", lambda: 0)
    assert "linli.W001" in [message.id for message in run_checks()]


def test_a_machine_without_the_font_cutter_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SUBSET_LIBRARIES", ("libnothing.so.0",))
    assert "linli.W002" in [message.id for message in run_checks()]


def test_this_machine_has_chinese_fonts() -> None:
    assert checks.chinese_fonts() > 0


@override_settings(ON_THIS_MACHINE_ONLY=False, TESTING=False, DEBUG=True, HTTPS=False)
def test_a_server_for_others_is_neither_in_debug_mode_nor_unencrypted() -> None:
    assert {"linli.E001", "linli.W003"} <= {message.id for message in run_checks()}


def test_an_old_postgresql_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "OLDEST_POSTGRESQL", 99)
    assert [message.id for message in checks.the_database_is_recent(["default"])] == ["linli.E002"]
