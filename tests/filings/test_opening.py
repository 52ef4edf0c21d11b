"""Opening an evaluation: who gets a filing, what is filled in, what is refused, and at what cost."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.filings import filling, meter, opening
from assessments.filings.flow import State
from assessments.filings.models import Answer, Cycle, Filing
from communities.ground import clock, jobs, periods
from communities.ground.models import Event, Role
from communities.places.models import Classification, Community, Level, Place, PlaceCode, RegisterStatement
from tests.factories.evaluated import AFTER_NOTICE, TODAY, a_sheet, an_evaluation, the_places, wanted
from tests.factories.judged import an_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_every_community_gets_a_filing_and_every_item_an_answer_with_what_is_known() -> None:
    evaluation = an_evaluation(2)
    assert [filing.state for filing in evaluation.filings] == [State.OPEN] * 2
    rows = {row.item.code: row for row in Answer.objects.filter(filing=evaluation.filing).select_related("item")}
    assert len(rows) == 11
    members = rows["members"]
    assert (members.verdict, members.measured, members.required) == ("not_met", 5, 7)
    assert members.run == evaluation.cycle.run
    assert (rows["trainings"].verdict, rows["trainings"].measured) == ("met", 4)
    assert rows["boards"].known == {"committees": "0"}
    assert rows["meetings"].known == {}
    assert Event.objects.filter(action="cycle.open", detail__filings=2).count() == 1


def test_a_register_that_nobody_stated_leaves_a_field_to_be_typed() -> None:
    city, (place,) = the_places(1)
    sheet, plan = a_sheet()
    RegisterStatement.objects.filter(place=place).delete()
    with clock.frozen(TODAY):
        cycle = opening.open_cycle(wanted=wanted(city, sheet, plan), by=an_account("b", Role.OFFICER, "3701"))
    rows = {row.item.code: row for row in Answer.objects.filter(filing__cycle=cycle).select_related("item")}
    assert rows["boards"].known == {}
    assert rows["members"].verdict == "undetermined"
    assert rows["members"].missing


def test_a_second_evaluation_of_the_year_is_refused_and_with_a_reason_marked() -> None:
    evaluation = an_evaluation(2)
    again = wanted(evaluation.cycle.place, evaluation.cycle.sheet_version, evaluation.cycle.plan_version)
    with clock.frozen(TODAY):
        with pytest.raises(ValidationError, match="2 communities are evaluated for 2008 already"):
            opening.open_cycle(wanted=again, by=evaluation.bureau)
        foreseen = opening.would_open(again)
        second = opening.open_cycle(wanted=replace(again, second_reason="上级部署复评"), by=evaluation.bureau)
    assert (len(foreseen.communities), len(foreseen.evaluated)) == (2, 2)
    assert set(second.filings.values_list("is_second", flat=True)) == {True}
    assert Cycle.objects.count() == 2


@pytest.mark.parametrize(("role", "prefix"), [("clerk", "370102001"), ("officer", "370102"), ("leader", "3701")])
def test_nobody_but_an_officer_of_the_organiser_opens(role: str, prefix: str) -> None:
    city, _places = the_places(1)
    sheet, plan = a_sheet()
    with clock.frozen(TODAY), pytest.raises(PermissionDenied):
        opening.open_cycle(wanted=wanted(city, sheet, plan), by=an_account("x", Role(role), prefix))
    assert not Cycle.objects.exists()


def test_what_cannot_be_opened_is_refused_in_words() -> None:
    city, _places = the_places(1)
    sheet, plan = a_sheet()
    by = an_account("b", Role.OFFICER, "3701")
    good = wanted(city, sheet, plan)
    wrong = {
        "lies ahead": replace(good, as_of=date(2009, 6, 1)),
        "has passed": replace(good, self_until=date(2009, 1, 2)),
        "must follow each other": replace(good, street_until=date(2009, 1, 10)),
    }
    with clock.frozen(TODAY):
        for words, one in wrong.items():
            with pytest.raises(ValidationError, match=words):
                opening.open_cycle(wanted=one, by=by)
    assert not Filing.objects.exists()


def test_an_evaluation_is_opened_by_a_worker_with_its_progress() -> None:
    city, _places = the_places(1)
    sheet, plan = a_sheet()
    by = an_account("b", Role.OFFICER, "3701")
    with clock.frozen(TODAY):
        job = jobs.run_now(opening.order_opening(wanted(city, sheet, plan), by))
    cycle = Cycle.objects.get()
    assert cycle.opened_by == by
    assert str(cycle) in job.log


def many(count: int) -> None:
    """Make communities in bulk, without anything recorded of them."""
    names = [Place(level=Level.COMMUNITY, name=f"众{n}社区", short_name=f"众{n}") for n in range(count)]
    made = Place.objects.bulk_create(names)
    Community.objects.bulk_create([Community(place=place, committee="residents") for place in made])
    codes = [PlaceCode(place=place, code=f"370102{n // 900 + 2:03}{n % 900 + 1:03}") for n, place in enumerate(made)]
    PlaceCode.objects.bulk_create(codes)
    since = periods.of(date(2000, 1, 1))
    Classification.objects.bulk_create([Classification(place=one, kind="urban", during=since) for one in made])


@pytest.mark.slow
def test_opening_for_300_communities_takes_as_many_statements_as_for_three() -> None:
    city, _places = the_places(3)
    sheet, plan = a_sheet()
    by = an_account("b", Role.OFFICER, "3701")
    asked = replace(wanted(city, sheet, plan), second_reason="比较语句数")
    with clock.frozen(TODAY):
        opening.open_cycle(wanted=replace(asked, year=2000), by=by)  # what is kept in memory is kept by now
        with CaptureQueriesContext(connection) as few:
            opening.open_cycle(wanted=replace(asked, year=2001), by=by)
        many(300)
        with CaptureQueriesContext(connection) as lots:
            cycle = opening.open_cycle(wanted=replace(asked, year=2002), by=by)
    assert cycle.filings.count() == 303
    assert len(lots) == len(few)


def test_last_years_answers_are_offered_item_by_item() -> None:
    evaluation = an_evaluation(1)
    with clock.frozen(TODAY):
        evaluation.to(State.FINAL)
    again = wanted(evaluation.cycle.place, evaluation.cycle.sheet_version, evaluation.cycle.plan_version)
    with clock.frozen(AFTER_NOTICE):
        days = {"self_until": date(2009, 3, 1), "street_until": date(2009, 3, 2), "district_until": date(2009, 3, 3)}
        next_year = opening.open_cycle(wanted=replace(again, year=2009, **days), by=evaluation.bureau)  # type: ignore[arg-type]
    rows = {row.item.code: row for row in Answer.objects.filter(filing__cycle=next_year).select_related("item")}
    assert rows["charter"].carried_from is not None
    assert rows["charter"].carried_from.filing == evaluation.filing
    assert rows["report"].carried_from is None  # a number of the year
    assert not rows["charter"].is_settled
    with clock.frozen(AFTER_NOTICE):
        assert filling.confirm_all_unchanged(next_year.filings.get(), evaluation.worker) == 1
        with pytest.raises(ValidationError, match="nothing of an earlier year"):
            filling.confirm_unchanged(rows["report"], seen_version=1, by=evaluation.worker)
    rows["charter"].refresh_from_db()
    assert (rows["charter"].is_settled, rows["charter"].typed) == (True, {"adopted": "true"})
    assert meter.meter(next_year)[-1].carried == 2  # whether it was adopted, and when
