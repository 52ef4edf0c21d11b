"""The demonstration sets everything up from nothing, and a second call doubles nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from assessments.compliance.models import Finding, Run
from assessments.reports.models import Report
from communities.ground.models import Access, StoredFile, User
from communities.places.models import PlaceCode

COUNTED = [Finding, Run, Report, StoredFile, User, Access, PlaceCode]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_second_demonstration_doubles_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", within="370102008", reports=tmp_path / "reports")
    counts = {model: model.objects.count() for model in COUNTED}  # type: ignore[attr-defined]
    told = capsys.readouterr().out
    papers = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert len(papers) == 6
    assert "关于济南市2008年度社区建设规划实施情况的报告.pdf" in papers
    assert "linli-demo-2008" in told
    assert "explain" in told
    call_command("demo", within="370102008", reports=tmp_path / "reports")
    assert {model: model.objects.count() for model in COUNTED} == counts  # type: ignore[attr-defined]
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == papers


@pytest.mark.django_db
def test_an_installation_that_others_reach_is_refused() -> None:
    with (
        override_settings(ON_THIS_MACHINE_ONLY=False, TESTING=False),
        pytest.raises(CommandError, match="ALLOWED_HOSTS"),
    ):
        call_command("demo")
    assert not User.objects.exists()
