"""The places, the plan and the sheets the tests of filings stand on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from assessments.filings import actions
from assessments.filings.actions import Checked
from assessments.filings.models import SheetVersion
from assessments.filings.pack import SheetPack, restore
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.places.models import Place
from tests.factories.judged import PACK
from tests.factories.places import PlaceFactory

CASES = Path(__file__).parents[1] / "cases" / "sheets"
SHEETS = Path(actions.__file__).parent / "sheets"
SOUND = (CASES / "sound.yaml").read_text(encoding="utf-8")


@pytest.fixture
def in_english() -> Iterator[None]:
    """Sentences as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def jinan(db: Any) -> Place:
    """The city and one of its districts; another city beside it."""
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="330100000000", name="杭州市")
    place: Place = PlaceFactory(code="370100000000", name="济南市")
    return place


@pytest.fixture
def plan(jinan: Place) -> PlanVersion:
    """The plan whose targets the trial sheet cites."""
    return plans.load(plans.check(PACK.read_text(encoding="utf-8"), PACK.name))[0]


@pytest.fixture
def checked(plan: PlanVersion) -> Checked:
    """The trial sheet, checked."""
    return actions.check(SOUND, "sound.yaml")


@pytest.fixture
def version(checked: Checked) -> SheetVersion:
    """The trial sheet, published."""
    return actions.load(checked)[0]


@pytest.fixture
def pack(version: SheetVersion) -> SheetPack:
    """The trial sheet as Python sees it."""
    return restore(version.pack)
