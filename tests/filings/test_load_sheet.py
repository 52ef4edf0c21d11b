"""`manage.py load_sheet`: the door of the operator, as `load_plan` is for plans."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.filings.models import SheetVersion
from assessments.plans.models import PlanVersion

from .conftest import SOUND


@pytest.fixture
def file(tmp_path: Path, plan: PlanVersion) -> Path:
    path = tmp_path / "sheet.yaml"
    path.write_text(SOUND, encoding="utf-8")
    return path


def load(*files: Path, **options: object) -> str:
    out = StringIO()
    call_command("load_sheet", *map(str, files), stdout=out, **options)
    return out.getvalue()


def test_a_sound_sheet_is_loaded_once(file: Path) -> None:
    load(file)
    (told,) = json.loads(load(file, form="json"))
    assert (told["outcome"], told["version"], told["items"]) == ("unchanged", 1, 11)
    assert SheetVersion.objects.published().count() == 1


def test_a_dry_run_says_what_would_change_and_writes_nothing(file: Path) -> None:
    load(file)
    file.write_text(SOUND.replace("label: {zh: 培训次数}", "label: {zh: 培训场次}"), encoding="utf-8")

    (told,) = json.loads(load(file, dry_run=True, form="json"))

    assert told["outcome"] == "sound"
    (change,) = told["changes"]
    assert change["code"] == "trainings"
    assert SheetVersion.objects.count() == 1


def test_problems_are_told_by_line_and_end_with_a_status(file: Path) -> None:
    file.write_text(SOUND.replace('base: "20"', 'base: "21"'), encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match="1"):
        call_command("load_sheet", str(file), stdout=out)
    line = SOUND[: SOUND.index('base: "20"')].count("\n") + 1
    assert f"{file}:{line}: sheet.base:" in out.getvalue()
    assert not SheetVersion.objects.exists()


def test_one_broken_file_of_two_loads_neither(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        load(file, other)
    with pytest.raises(CommandError):
        load(tmp_path / "nowhere.yaml")
    assert not SheetVersion.objects.exists()
