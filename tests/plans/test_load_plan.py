"""`manage.py load_plan`: one line a file, errors by line, ends with 1 where anything is wrong."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from jsonschema import Draft202012Validator

from assessments.plans.models import Plan, PlanVersion
from communities.places.models import Place

from .conftest import CASES, PACKS

SOUND = str(CASES / "sound.yaml")


def load(*arguments: str) -> str:
    """Return what the command prints, in English."""
    out = StringIO()
    with translation.override("en"):
        call_command("load_plan", *arguments, stdout=out)
    return out.getvalue()


def test_it_loads_and_says_so_in_one_line(jinan: Place) -> None:
    assert load(SOUND) == f"{SOUND}: plan trial, version 1 loaded and published.\n"
    assert load(SOUND) == f"{SOUND}: plan trial, version 1 is already loaded; nothing to do.\n"
    assert PlanVersion.objects.count() == 1


def test_a_dry_run_writes_nothing(jinan: Place) -> None:
    assert "nothing was written" in load(SOUND, "--dry-run")
    assert not Plan.objects.exists()


def test_one_bad_file_keeps_all_out(jinan: Place, sound: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(sound.replace("measure: trainings", "measure: trainigs"), encoding="utf-8")
    line = sound[: sound.index("measure: trainings")].count("\n") + 1
    out = StringIO()

    with translation.override("en"), pytest.raises(CommandError, match="problems: 1") as refused:
        call_command("load_plan", SOUND, str(bad), stdout=out)

    assert refused.value.returncode == 1
    assert f"{bad}:{line}: targets.trained.measure: " in out.getvalue()
    assert not Plan.objects.exists()


def test_as_json_it_gives_line_path_and_nearest_name(jinan: Place, sound: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(sound.replace("force: in_principle", "force: in_principal"), encoding="utf-8")
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("load_plan", str(bad), "--format", "json", stdout=out)

    (result,) = json.loads(out.getvalue())
    (problem,) = result["problems"]
    assert (problem["path"], problem["nearest"]) == ("targets.by_households.force", "in_principle")


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be opened"), (b"\xff\xfe\x00", "UTF-8")])
def test_a_file_that_is_no_text_is_one_error(db: None, tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "pack.yaml"
    if content is not None:
        file.write_bytes(content)
    out = StringIO()

    with translation.override("en"), pytest.raises(CommandError):
        call_command("load_plan", str(file), stdout=out)

    assert says in out.getvalue()


def test_the_published_schema_is_one_and_accepts_our_packs() -> None:
    from assessments.plans.problems import Problems
    from assessments.plans.reading import read
    from assessments.plans.schema import check

    out = StringIO()
    call_command("plan_schema", stdout=out)
    Draft202012Validator.check_schema(json.loads(out.getvalue()))
    for pack in PACKS.glob("*.yaml"):
        tree, problems = read(pack.read_text(encoding="utf-8"))
        check(tree, problems)
        assert isinstance(problems, Problems)
        assert not list(problems)
