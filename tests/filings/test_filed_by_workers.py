"""Filings handed in at once, filed by two real workers in processes of their own."""

from dataclasses import replace
from datetime import date

import pytest

from assessments.filings import filling, opening
from assessments.filings.flow import Action, State
from assessments.filings.models import Answer, Filing, Mark, Stage, Step
from communities.ground import clock
from communities.ground.models import Event, Job, Role
from communities.ground.models.jobs import Status
from tests.factories.evaluated import ANSWERS, TODAY, a_sheet, the_places, wanted
from tests.factories.judged import an_account
from tests.filings.test_opening import many
from tests.ground.test_jobs_with_workers import Engine, broker, engine, options, wait_until

__all__ = ["broker", "engine", "options"]
pytestmark = [pytest.mark.services, pytest.mark.slow]

COUNT = 200


def filings_to_file() -> list[Filing]:
    """Open an evaluation of today with so many communities and answer everything, in bulk."""
    city, _places = the_places(1)
    many(COUNT - 1)
    sheet, plan = a_sheet()
    last = date(2199, 1, 1)
    new = replace(wanted(city, sheet, plan), self_until=last, street_until=last, district_until=last)
    with clock.frozen(TODAY):
        cycle = opening.open_cycle(wanted=new, by=an_account("bureau", Role.OFFICER, "3701"))
    for code, given in ANSWERS.items():
        rows = Answer.objects.filter(filing__cycle=cycle, item__code=code)
        rows.update(typed=dict(given.fields), parts=dict(given.parts), is_settled=True)
    return list(cycle.filings.order_by("pk"))


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_200_filings_handed_in_at_once_are_each_filed_once(engine: Engine, options: list[str]) -> None:
    filings = filings_to_file()
    assert len(filings) == COUNT
    clerks = {code: an_account(code, Role.CLERK, code) for code in {code_of(filing)[:9] for filing in filings}}
    for filing in filings:
        filling.order_filing([filing], clerks[code_of(filing)[:9]])
    for name in ("one", "two"):
        engine.start_worker(*options, "-n", f"{name}@%h")
    wait_until(lambda: not Job.objects.exclude(status=Status.DONE).exists(), 240)
    assert set(Filing.objects.values_list("state", flat=True)) == {State.FILED}
    assert Step.objects.filter(action=Action.FILE).count() == COUNT
    assert Event.objects.filter(action="filing.file").count() == COUNT
    assert Mark.objects.filter(stage=Stage.SELF).count() == COUNT * 10


def code_of(filing: Filing) -> str:
    return filing.place.codes.get().code
