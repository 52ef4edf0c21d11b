"""What comes of it: sample, grades, public notice, objections, appeals, the end, and what plans read of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from assessments.filings import (
    appeals,
    exempting,
    grading,
    marks,
    meter,
    publishing,
    reporting,
    reviewing,
    sampling,
)
from assessments.filings.flow import Action, State
from assessments.filings.models import Appeal, Stage
from assessments.plans import actions as plans
from assessments.plans.models import ReportedValue
from communities.ground import clock
from communities.ground.models import Role
from tests.factories.evaluated import AFTER_NOTICE, TODAY, Evaluation, an_evaluation
from tests.factories.judged import PACK, an_account

OF_COMMUNITIES = "subject: community, reported_by: city, over_places: average"
DECLARED = f"""
  unified_evaluations: {{label: {{zh: 统一评估次数}}, unit: event, over_time: sum, {OF_COMMUNITIES}}}
  evaluation_total: {{label: {{zh: 考核得分}}, over_time: latest, {OF_COMMUNITIES}}}
"""
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "today")]


@pytest.fixture
def today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def evaluation(today: None) -> Evaluation:
    return an_evaluation(1)


# The sample


def test_a_draw_can_be_drawn_again_by_anybody_and_its_filings_are_checked_whole() -> None:
    evaluation = an_evaluation(4).to(State.REVIEWED)
    made = sampling.draw(evaluation.cycle, prefix="370102", share=Decimal("0.5"), seed=7, by=evaluation.district)
    assert len(made.drawn) == 2
    assert sampling.drawn(made.among, made.share, made.seed) == made.drawn
    inside = next(filing for filing in evaluation.filings if filing.is_sampled)
    outside = next(filing for filing in evaluation.filings if not filing.is_sampled)
    assert [item.code for item in marks.waiting(outside, Stage.DISTRICT)] == ["service"]
    assert len(marks.waiting(inside, Stage.DISTRICT)) == 11
    for filing in (inside, outside):
        with pytest.raises(ValidationError, match="Not checked yet"):
            reviewing.check(filing, evaluation.district)
        evaluation.check(filing)
    with pytest.raises(ValidationError, match="No filing"):
        sampling.draw(evaluation.cycle, prefix="370102", share=Decimal("0.5"), by=evaluation.district)


@pytest.mark.parametrize(("share", "of", "drawn"), [("0.3", 10, 3), ("0.3", 11, 4), ("0.01", 5, 1), ("1", 3, 3)])
def test_a_share_is_rounded_up_to_whole_filings(share: str, of: int, drawn: int) -> None:
    assert len(sampling.drawn(range(of), Decimal(share), 1)) == drawn


def test_nobody_draws_in_a_district_that_is_not_his(evaluation: Evaluation) -> None:
    evaluation.to(State.REVIEWED)
    with pytest.raises(PermissionDenied):
        sampling.draw(evaluation.cycle, prefix="370103", share=Decimal("0.5"), by=evaluation.district)
    with pytest.raises(PermissionDenied):
        sampling.draw(evaluation.cycle, prefix="370102", share=Decimal("0.5"), by=evaluation.clerk)


def test_what_the_district_sends_back_comes_through_the_street_again(evaluation: Evaluation) -> None:
    evaluation.to(State.REVIEWED)
    filing, item = evaluation.filing, marks.items_of(evaluation.cycle)[0]
    reviewing.return_item(filing, item, "请补档案", evaluation.district)
    reviewing.give_back(filing, "一项需补正", evaluation.district)
    evaluation.fill_in_one(filing, item)
    evaluation.refile(filing)
    assert [one.code for one in marks.waiting(evaluation.filing, Stage.STREET)] == [item.code]
    evaluation.review(filing)
    assert evaluation.filing.state == State.REVIEWED
    assert list(filing.steps.values_list("action", flat=True))[-3:] == [Action.SEND_BACK, Action.FILE, Action.REVIEW]


# Grades


def test_all_are_graded_together_and_somebody_answers_for_it() -> None:
    evaluation = an_evaluation(2)
    first, second = evaluation.filings
    for step in (evaluation.file, evaluation.review, evaluation.check):
        step(first)
    with pytest.raises(ValidationError, match="Not checked by their district yet: 第2社区"):
        grading.grade(evaluation.cycle, certified_by="王某", by=evaluation.bureau)
    exempting.set_aside(second, "整体拆迁", evaluation.bureau)
    with pytest.raises(ValidationError, match="who certifies"):
        grading.grade(evaluation.cycle, certified_by=" ", by=evaluation.bureau)
    grading.grade(evaluation.cycle, certified_by="王某", by=evaluation.bureau)
    first, second = evaluation.filings
    # 3 + 1.43 + 1 + 1 + 1 of 9 (nobody is in the congress, so the attendance does not apply), 4 + 3 + 3 of 10: 17.43 of
    # 19, times 20. One community alone has no place within a quota of 30 %.
    assert (first.total, first.grade) == (Decimal("18.35"), "qualified")
    assert (second.state, second.total) == (State.SET_ASIDE, None)
    with pytest.raises(ValidationError, match="have been given already"):
        exempting.take_up(second, "恢复评估", evaluation.bureau)


def test_grades_are_taken_back_with_a_reason_and_settled_anew(evaluation: Evaluation) -> None:
    evaluation.to(State.GRADED)
    with pytest.raises(ValidationError, match="Say why"):
        grading.regrade(evaluation.cycle, "", evaluation.bureau)
    grading.regrade(evaluation.cycle, "统计口径有误", evaluation.bureau)
    filing = evaluation.filing
    assert (filing.state, filing.total, filing.grade) == (State.CHECKED, None, "")
    item = next(one for one in marks.items_of(evaluation.cycle) if one.code == "election")
    reviewing.adjust(filing, item, "1", "市级抽查扣分", evaluation.bureau)
    grading.grade(evaluation.cycle, certified_by="王某", by=evaluation.bureau)
    assert evaluation.filing.total == Decimal("16.24")
    points = [mark.points for mark in marks.history(filing, item)]
    assert points == [3, 3, 3, 3, 1]


# Public notice, objections, appeals


def test_a_result_is_on_notice_for_five_working_days_and_concluded_after_them(evaluation: Evaluation) -> None:
    evaluation.to(State.PUBLISHED)
    evaluation.cycle.refresh_from_db()
    assert (evaluation.cycle.notice_from, evaluation.cycle.notice_until) == (TODAY, date(2009, 1, 9))
    with pytest.raises(ValidationError, match="runs until the end of 2009-01-09"):
        publishing.conclude(evaluation.cycle, evaluation.bureau)
    objection = publishing.object_to(evaluation.filing, "未见居务公开", TODAY, evaluation.bureau)
    with clock.frozen(date(2009, 1, 12)):
        with pytest.raises(ValidationError, match="Objections still to be answered: 第1社区"):
            publishing.conclude(evaluation.cycle, evaluation.bureau)
        publishing.answer_objection(objection, "经核实已公开", evaluation.jury)
        publishing.conclude(evaluation.cycle, evaluation.bureau)
    assert evaluation.filing.state == State.FINAL


def test_objections_are_heard_by_the_organiser_and_in_time_alone(evaluation: Evaluation) -> None:
    evaluation.to(State.PUBLISHED)
    with pytest.raises(PermissionDenied):
        publishing.object_to(evaluation.filing, "未见公开", TODAY, evaluation.clerk)
    with pytest.raises(ValidationError, match="must have come in between"):
        publishing.object_to(evaluation.filing, "未见公开", date(2009, 1, 2), evaluation.bureau)


def test_an_appeal_is_decided_by_somebody_who_had_no_part_and_leaves_a_trace(evaluation: Evaluation) -> None:
    evaluation.to(State.PUBLISHED)
    item = next(one for one in marks.items_of(evaluation.cycle) if one.code == "members")
    made = appeals.appeal(evaluation.filing, text="成员人数统计有误", item=item, by=evaluation.worker)
    assert made.answer_by == date(2009, 1, 19)
    with pytest.raises(PermissionDenied, match="had a part"):
        appeals.decide(made, is_granted=True, decision="同意", points={"members": "2"}, by=evaluation.bureau)
    with pytest.raises(ValidationError, match="gives an item other points"):
        appeals.decide(made, is_granted=True, decision="同意", by=evaluation.jury)
    appeals.decide(made, is_granted=True, decision="核实后应为七人", points={"members": "2"}, by=evaluation.jury)
    filing = evaluation.filing
    assert (filing.state, filing.total) == (State.PUBLISHED, Decimal("18.95"))
    last = marks.history(filing, item)[-1]
    assert (last.stage, last.points, last.reason, last.by) == (
        Stage.FINAL.value,
        Decimal(2),
        "核实后应为七人",
        evaluation.jury,
    )
    assert [mark.points for mark in marks.history(filing, item)][:-1] == [Decimal("1.43")] * 4
    with pytest.raises(ValidationError, match="the decision is final"):
        appeals.appeal(filing, text="再次申诉", by=evaluation.worker)


def test_who_gave_one_item_its_points_does_not_decide_the_appeal(evaluation: Evaluation) -> None:
    evaluation.to(State.CHECKED)
    officer = an_account("second", Role.OFFICER, "3701")
    reviewing.adjust(evaluation.filing, marks.items_of(evaluation.cycle)[0], "2", "抽查", officer)
    grading.grade(evaluation.cycle, certified_by="王某", by=evaluation.bureau)
    publishing.publish(evaluation.cycle, by=evaluation.bureau)
    made = appeals.appeal(evaluation.filing, text="扣分有误", by=evaluation.clerk)
    with pytest.raises(PermissionDenied, match="had a part"):
        appeals.decide(made, is_granted=False, decision="维持", by=officer)
    assert Appeal.objects.get().decided_at is None


def test_no_appeal_after_the_notice_and_no_end_while_one_waits(evaluation: Evaluation) -> None:
    evaluation.to(State.PUBLISHED)
    with clock.frozen(AFTER_NOTICE), pytest.raises(ValidationError, match="ended on 2009-01-09"):
        appeals.appeal(evaluation.filing, text="扣分有误", by=evaluation.clerk)
    made = appeals.appeal(evaluation.filing, text="扣分有误", by=evaluation.clerk)
    with clock.frozen(AFTER_NOTICE):
        with pytest.raises(ValidationError):
            publishing.conclude(evaluation.cycle, evaluation.bureau)
        appeals.decide(made, is_granted=False, decision="维持原评分", by=evaluation.jury)
        publishing.conclude(evaluation.cycle, evaluation.bureau)
    assert evaluation.filing.total == Decimal("18.35")


# What plans read, and how much was asked


def test_a_plan_that_asks_for_it_reads_that_the_evaluation_was_held(evaluation: Evaluation) -> None:
    version = evaluation.cycle.plan_version
    text = PACK.read_text(encoding="utf-8").replace("indicators:\n", f"indicators:\n{DECLARED}")
    plans.load(plans.check(text, PACK.name))
    evaluation.to(State.FINAL)
    rows = ReportedValue.objects.filter(indicator=reporting.HELD, place=evaluation.communities[0])
    (value,) = rows
    assert (value.value_number, value.as_of, value.plan) == (Decimal(1), date(2008, 12, 31), version.plan)
    total = ReportedValue.objects.get(indicator=reporting.TOTAL)
    assert (total.value_number, total.source) == (Decimal("18.35"), str(evaluation.cycle))


def test_a_plan_that_does_not_ask_gets_nothing(evaluation: Evaluation) -> None:
    evaluation.to(State.FINAL)
    assert not ReportedValue.objects.filter(indicator__in=reporting.WANTED).exists()


def test_the_meter_counts_what_is_asked_and_what_was_known(django_assert_num_queries: object) -> None:
    evaluation = an_evaluation(2)
    street, all_of_them = meter.meter(evaluation.cycle)
    assert (street.code, street.filings, street.items) == ("370102001", 2, 20)
    # election 3, charter 2, report 2, boards 3, meetings 1, on_site_meeting 3, proven 1: 15 a community
    assert (street.fields, street.known, street.asked) == (30, 4, 26)
    assert street.prefilled == 6  # three items a community follow from targets
    assert (all_of_them.code, all_of_them.items) == ("", 20)
    with django_assert_num_queries(4):  # type: ignore[operator]
        meter.meter(evaluation.cycle)
