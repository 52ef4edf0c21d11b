"""A changed pack is loaded by command as a new version, and every verdict that turns is listed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from assessments.compliance import actions
from assessments.compliance.models import Run
from assessments.plans.models import PlanVersion

from .cases import PACK
from .test_runs import DAY, rows

pytestmark = pytest.mark.django_db
SEVEN = ('{from: 2007-07-09, value: "5", clause: 二(三)}', '{from: 2007-07-09, value: "7", clause: 二(三)}')


@pytest.fixture
def changed(tmp_path: Path) -> str:
    """The pack with one figure otherwise: seven members at least instead of five."""
    text = PACK.read_text(encoding="utf-8")
    assert SEVEN[0] in text
    file = tmp_path / "seven.yaml"
    file.write_text(text.replace(*SEVEN), encoding="utf-8")
    return str(file)


@pytest.fixture
def judged(jinan: PlanVersion) -> Run:
    return actions.publish(actions.evaluate(version=jinan, as_of=DAY))


def load(*arguments: str) -> Any:
    out = StringIO()
    call_command("load_plan", *arguments, "--format", "json", stdout=out)
    (result,) = json.loads(out.getvalue())
    return result


def test_just_the_verdicts_that_turn_are_listed(judged: Run, changed: str) -> None:
    told = load(changed)

    after = Run.objects.get(version__number=told["version"])
    old, new = rows(judged), rows(after)
    turned = {
        key: (old[key]["verdict"], new[key]["verdict"]) for key in old if old[key]["verdict"] != new[key]["verdict"]
    }
    listed = {(one["target"], one["code"], one["milestone"]): (one["before"], one["after"]) for one in told["turned"]}
    assert listed == turned
    assert told["turn"] == len(turned) > 0
    assert (told["run"], told["as_of"]) == (judged.pk, DAY.isoformat())
    assert after.published_at is None


def test_a_dry_run_lists_the_same_and_writes_nothing(judged: Run, changed: str) -> None:
    runs, versions = Run.objects.count(), PlanVersion.objects.count()

    told = load(changed, "--dry-run")

    assert told["turn"] > 0
    assert (Run.objects.count(), PlanVersion.objects.count()) == (runs, versions)


def test_the_same_pack_again_turns_nothing(judged: Run) -> None:
    assert "turn" not in load(str(PACK))


def test_a_version_that_begins_later_says_why_it_is_not_compared(judged: Run, tmp_path: Path) -> None:
    later = tmp_path / "later.yaml"
    text = PACK.read_text(encoding="utf-8")
    later.write_text(text.replace("period: {from: 2007-07-09}", "period: {from: 2010-01-01}"), encoding="utf-8")

    told = load(str(later))

    assert "2010-01-01" in told["not_compared"]
