"""The places and packs the tests of plans stand on."""

from pathlib import Path

import pytest

from assessments.plans import actions
from assessments.plans.actions import Checked
from communities.places.models import Place
from tests.factories.places import PlaceFactory

CASES = Path(__file__).parents[1] / "cases" / "packs"
PACKS = Path(actions.__file__).parent / "packs"


@pytest.fixture
def jinan(db: None) -> Place:
    """The city and one of its districts."""
    PlaceFactory(code="370102000000", name="历下区")
    return PlaceFactory(code="370100000000", name="济南市")


@pytest.fixture
def sound() -> str:
    """The text of a pack in which nothing is wrong."""
    return (CASES / "sound.yaml").read_text(encoding="utf-8")


@pytest.fixture
def checked(jinan: Place, sound: str) -> Checked:
    """The same, checked."""
    return actions.check(sound, "sound.yaml")
