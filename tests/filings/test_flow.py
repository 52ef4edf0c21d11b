"""The way of a filing through a year: every step by whose it is, refused for everybody else, in every state."""

from collections.abc import Iterator

import pytest

from assessments.filings.flow import Action, State
from communities.ground import clock
from communities.ground.models import Event
from tests.factories.evaluated import TODAY, Evaluation, an_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def evaluation(today: None) -> Evaluation:
    return an_evaluation(2)


def test_an_evaluation_goes_from_opening_to_the_final_result(evaluation: Evaluation) -> None:
    evaluation.to(State.FINAL)
    for filing in evaluation.filings:
        assert filing.state == State.FINAL
        assert (filing.total, filing.grade) != (None, "")
        steps = list(filing.steps.values_list("action", flat=True))
        assert steps == [Action.FILE, Action.REVIEW, Action.CHECK, Action.GRADE, Action.PUBLISH, Action.CONCLUDE]
        told = Event.objects.filter(
            object_type="filings.Filing", object_key=str(filing.pk), action__startswith="filing."
        )
        assert set(told.values_list("action", flat=True)) >= {f"filing.{step}" for step in steps}
