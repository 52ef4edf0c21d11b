"""Filling in: what is typed, what is carried over, what is open, filing, and two people at one filing."""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from assessments.filings import deadlines, exempting, filling, marks, proving, reviewing, taking
from assessments.filings.filling import ConflictError
from assessments.filings.flow import State
from assessments.filings.models import Answer, Filing, Mark, Proof, Reminder, Stage
from assessments.filings.typed import Given, given_in
from communities.ground import clock, periods
from communities.ground.evidence import Evidence as Received
from communities.ground.models import Role
from tests.factories.evaluated import STREET, TODAY, Evaluation, an_evaluation, save
from tests.factories.judged import an_account
from tests.factories.organizations import PostFactory
from tests.factories.people import mobile_number

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "today")]


@pytest.fixture
def today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def evaluation(today: None) -> Evaluation:
    return an_evaluation(1)


def answer(evaluation: Evaluation, code: str, number: int = 0) -> Answer:
    rows = Answer.objects.select_related("item", "filing")
    found: Answer = rows.get(filing=evaluation.filings[number], item__code=code)
    return found


def open_codes(filing: Filing) -> dict[str, str]:
    return {one.item.code: one.kind for one in filling.open_items(filing)}


# Typing


def test_what_is_typed_is_kept_in_one_way_and_the_version_rises(evaluation: Evaluation) -> None:
    saved = save(answer(evaluation, "meetings"), Given(fields={"minutes": " 12.0 "}), evaluation.clerk)
    assert saved.typed == {"minutes": "12"}
    assert (saved.version, saved.is_settled, saved.changed_by) == (2, True, evaluation.clerk)


@pytest.mark.parametrize(
    ("code", "given", "says"),
    [
        ("meetings", Given(fields={"minutes": "twelve"}), {"fields.minutes": "is not a number"}),
        ("meetings", Given(fields={"minutes": "-1"}), {"fields.minutes": "not below 0"}),
        ("meetings", Given(fields={"other": "1"}), {"fields.other": "no such field"}),
        ("charter", Given(fields={"adopted": "maybe"}), {"fields.adopted": "neither yes nor no"}),
        ("charter", Given(fields={"adopted_on": "2008-02-30"}), {"fields.adopted_on": "is not a date"}),
        ("charter", Given(points="1"), {"points": "asks for no points"}),
        ("boards", Given(parts={"board": "0.125"}), {"parts.board": "two decimals"}),
        ("boards", Given(parts={"committee": "1"}), {"parts.committee": "asks for no points"}),
        ("election", Given(reason=mobile_number()), {"reason": "mobile number"}),
    ],
)
def test_what_the_sheet_does_not_ask_is_refused_by_field(
    evaluation: Evaluation, code: str, given: Given, says: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        save(answer(evaluation, code), given, evaluation.clerk)
    told = refused.value.message_dict
    assert set(told) == set(says)
    for name, words in says.items():
        assert words in told[name][0]
    assert answer(evaluation, code).version == 1


@pytest.mark.parametrize(
    ("code", "given", "says"),
    [
        ("boards", Given(parts={"board": "0.75"}), "0 to 0.5 points"),
        ("charter", Given(does_not_apply="无此项"), "applies to every community"),
    ],
)
def test_what_the_arithmetic_refuses_is_refused_in_words(
    evaluation: Evaluation, code: str, given: Given, says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        save(answer(evaluation, code), given, evaluation.clerk)


def test_nobody_types_over_what_the_registers_know(evaluation: Evaluation) -> None:
    saved = save(answer(evaluation, "boards"), Given(fields={"committees": "5"}), evaluation.clerk)
    assert saved.typed == {}
    assert saved.known == {"committees": "0"}


def test_the_item_of_the_district_is_not_answered_by_the_community(evaluation: Evaluation) -> None:
    with pytest.raises(PermissionDenied):
        save(answer(evaluation, "service"), Given(points="3", reason="好"), evaluation.clerk)


# Two people


def test_who_saves_over_a_version_not_seen_gets_both_texts_and_nothing_is_lost(evaluation: Evaluation) -> None:
    seen = answer(evaluation, "election")
    theirs = Given(parts={"late": "1"}, reason="换届推迟")
    save(seen, theirs, evaluation.clerk)
    mine = Given(parts={"late": "0"}, reason="按期换届")
    with pytest.raises(ConflictError) as conflict:
        filling.save_answer(seen, given=mine, seen_version=1, by=evaluation.worker)
    assert conflict.value.mine == mine
    assert (conflict.value.theirs, conflict.value.by, conflict.value.version) == (theirs, evaluation.clerk, 2)
    assert conflict.value.differing == ["parts", "reason"]
    assert given_in(answer(evaluation, "election")) == theirs


def test_two_who_typed_the_same_are_in_no_conflict(evaluation: Evaluation) -> None:
    given = Given(parts={"late": "1"})
    save(answer(evaluation, "election"), given, evaluation.clerk)
    again = filling.save_answer(answer(evaluation, "election"), given=given, seen_version=1, by=evaluation.worker)
    assert again.version == 2
    assert [one for one, _at in filling.others_at_work(evaluation.filing, evaluation.worker)] == [evaluation.clerk]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_clerks_saving_at_once_a_hundred_times_lose_nothing_and_are_told_of_each_conflict() -> None:
    evaluation = an_evaluation(1)
    own = answer(evaluation, "election")
    people = [evaluation.clerk, an_account("second", Role.CLERK, STREET)]
    kept: list[tuple[int, str]] = []
    shown: list[tuple[str, str, str, str]] = []
    begin = threading.Barrier(2)

    def work(number: int) -> None:
        try:
            with clock.frozen(TODAY):
                for turn in range(100):
                    begin.wait(60)
                    _save(number, turn)
        finally:
            connection.close()

    def _save(number: int, turn: int) -> None:
        seen = Answer.objects.select_related("filing", "item").get(pk=own.pk)
        begin.wait(60)  # both have seen the same version
        text = f"{number}-{turn}"
        try:
            saved = filling.save_answer(seen, given=Given(reason=text), seen_version=seen.version, by=people[number])
        except ConflictError as conflict:
            shown.append((conflict.mine.reason, text, conflict.theirs.reason, f"{1 - number}-{turn}"))
        else:
            kept.append((saved.version, text))

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert [version for version, _text in sorted(kept)] == list(range(2, 102))
    assert len(shown) == 100
    assert [(mine, theirs) for mine, _text, theirs, _other in shown] == [(text, other) for _m, text, _t, other in shown]
    assert answer(evaluation, "election").reason == max(kept)[1]


# What is open, filing, returning


def test_what_is_open_is_named_with_what_is_missing(evaluation: Evaluation) -> None:
    assert open_codes(evaluation.filing) == {
        "election": "typed",
        "charter": "typed",
        "report": "typed",
        "boards": "typed",
        "meetings": "typed",
        "service": "outside",
        "on_site_meeting": "typed",
        "proven": "typed",
    }
    with pytest.raises(ValidationError) as refused:
        filling.file(evaluation.filing, evaluation.clerk)
    assert len(refused.value.messages) == 7
    assert "按期选举: 未按期, 档案不全, 分工不明 still missing." in refused.value.messages
    evaluation.fill_in(evaluation.filing)
    assert open_codes(evaluation.filing) == {"service": "outside"}


def test_a_fact_the_registers_lack_keeps_nobody_from_filing_and_waits_for_the_street() -> None:
    evaluation = an_evaluation(1)
    Answer.objects.filter(item__code="trainings").update(verdict="undetermined", measured=None, missing=["trainings"])
    evaluation.fill_in(evaluation.filing)
    assert open_codes(evaluation.filing) == {"trainings": "facts", "service": "outside"}
    filling.file(evaluation.filing, evaluation.clerk)
    item = answer(evaluation, "trainings").item
    assert reviewing.accept(evaluation.filing, None, evaluation.clerk) == 9
    assert [one.code for one in marks.waiting(evaluation.filing, Stage.STREET)] == ["trainings"]
    with pytest.raises(ValidationError, match="has no points yet"):
        reviewing.accept(evaluation.filing, [item], evaluation.clerk)
    with pytest.raises(ValidationError, match="Say why"):
        reviewing.adjust(evaluation.filing, item, "2", " ", evaluation.clerk)
    reviewing.adjust(evaluation.filing, item, "2", "现场核实", evaluation.clerk)
    reviewing.review(evaluation.filing, evaluation.clerk)


def test_only_what_was_returned_is_opened_again_and_only_that_waits_for_review(evaluation: Evaluation) -> None:
    evaluation.to(State.FILED)
    reviewing.accept(evaluation.filing, None, evaluation.clerk)
    election = answer(evaluation, "election").item
    reviewing.return_item(evaluation.filing, election, "请补充换届档案", evaluation.clerk)
    with pytest.raises(ValidationError, match="Items to be returned"):
        reviewing.review(evaluation.filing, evaluation.clerk)
    reviewing.give_back(evaluation.filing, "一项需补正", evaluation.clerk)
    with pytest.raises(ValidationError, match="Only the items that were returned"):
        save(answer(evaluation, "charter"), Given(fields={"adopted": "false"}), evaluation.worker)
    with pytest.raises(ValidationError, match="what was mended"):
        filling.file(evaluation.filing, evaluation.worker)
    mended = Given(parts={"late": "0", "incomplete": "1", "undivided": "0"})
    save(answer(evaluation, "election"), mended, evaluation.worker)
    filling.file(evaluation.filing, evaluation.worker)
    assert [one.code for one in marks.waiting(evaluation.filing, Stage.STREET)] == ["election"]
    own = [mark.points for mark in marks.history(evaluation.filing, election) if mark.stage == Stage.SELF]
    assert own == [Decimal("3.00"), Decimal("2.50")]
    with pytest.raises(ValidationError, match="had been returned"):
        filling.take_back(evaluation.filing, evaluation.worker)


def test_a_reply_is_enough_where_nothing_was_to_be_mended(evaluation: Evaluation) -> None:
    evaluation.to(State.FILED)
    made = reviewing.return_item(evaluation.filing, answer(evaluation, "election").item, "请说明", evaluation.clerk)
    reviewing.give_back(evaluation.filing, "请说明", evaluation.clerk)
    filling.reply(made, "档案齐全，已放入档案室", evaluation.worker)
    filling.file(evaluation.filing, evaluation.worker)
    made.refresh_from_db()
    assert (made.answered_by, made.reply) == (evaluation.worker, "档案齐全，已放入档案室")


def test_what_was_filed_is_taken_back_until_somebody_reviews(evaluation: Evaluation) -> None:
    evaluation.to(State.FILED)
    filling.take_back(evaluation.filing, evaluation.worker)
    assert evaluation.filing.state == State.OPEN
    filling.file(evaluation.filing, evaluation.worker)
    reviewing.accept(evaluation.filing, [answer(evaluation, "charter").item], evaluation.clerk)
    with pytest.raises(ValidationError, match="has begun to review"):
        filling.take_back(evaluation.filing, evaluation.worker)


def test_marks_are_added_and_never_written_over(evaluation: Evaluation) -> None:
    evaluation.to(State.REVIEWED)
    item = answer(evaluation, "election").item
    reviewing.adjust(evaluation.filing, item, "2.5", "档案缺一项", evaluation.district)
    found = marks.columns(evaluation.filing)[item.pk]
    assert (found[Stage.SELF].points, found[Stage.STREET].points, found[Stage.DISTRICT].points) == (
        Decimal(3),
        Decimal(3),
        Decimal("2.5"),
    )
    assert (found[Stage.DISTRICT].reason, found[Stage.DISTRICT].by) == ("档案缺一项", evaluation.district)
    with pytest.raises(Exception, match="Cannot update or delete rows"):
        Mark.objects.filter(pk=found[Stage.SELF].pk).update(points=1)


# Time


def test_a_stage_that_is_over_is_closed_and_an_extension_opens_it_for_one_place() -> None:
    evaluation = an_evaluation(2)
    first, second = evaluation.filings
    for filing in (first, second):
        evaluation.fill_in(filing)
    with clock.frozen(date(2009, 1, 19)):
        with pytest.raises(ValidationError, match="ended on 2009-01-16"):
            filling.file(first, evaluation.clerk)
        exempting.extend(evaluation.cycle, first.place, Stage.SELF, date(2009, 1, 20), "停电三天", evaluation.bureau)
        assert filling.file_many([first, second], evaluation.clerk)[0][1] == []
        assert second.cycle.filings.get(pk=second.pk).state == State.OPEN
    with clock.frozen(date(2009, 1, 19)), pytest.raises(PermissionDenied):
        exempting.extend(evaluation.cycle, first.place, Stage.SELF, date(2009, 1, 20), "停电", evaluation.clerk)


@pytest.mark.parametrize(("day", "left"), [(9, 5), (14, 2), (15, 1)])
def test_reminders_come_five_two_and_one_working_day_before(evaluation: Evaluation, day: int, left: int) -> None:
    with clock.frozen(date(2009, 1, day)):
        assert (deadlines.remind(), deadlines.remind()) == (1, 0)
        (mine,) = deadlines.reminders_for(evaluation.worker)
        assert (mine.days_left, mine.due_on) == (left, date(2009, 1, 16))
        assert deadlines.reminders_for(evaluation.district) == []
        (due,) = deadlines.due(evaluation.clerk)
        assert (due.stage, due.days_left, due.is_late) == (Stage.SELF, left, False)
        evaluation.to(State.FILED)
        assert deadlines.reminders_for(evaluation.worker) == []


@pytest.mark.parametrize("day", [6, 12, 13, 16])
def test_on_other_days_nobody_is_reminded(evaluation: Evaluation, day: int) -> None:
    with clock.frozen(date(2009, 1, day)):
        deadlines.remind()
    assert not Reminder.objects.exists()


# Facts and evidence


def test_facts_are_taken_anew_for_one_community_and_what_changed_is_told(evaluation: Evaluation) -> None:
    own = answer(evaluation, "members")
    PostFactory.create_batch(2, organization=own.filing.place.organizations.get(), during=periods.of(date(2007, 1, 1)))
    changed = {one.item: one for one in taking.refresh_filing(evaluation.filing, evaluation.worker)}
    assert (changed["members"].verdict_before, changed["members"].verdict) == ("not_met", "met")
    assert set(changed) == {"members", "members_by_households"} & set(changed)
    own.refresh_from_db()
    assert (own.verdict, own.measured) == ("met", Decimal(7))


def test_what_is_filed_stays_as_it_was_filed_when_facts_change(evaluation: Evaluation) -> None:
    evaluation.to(State.FILED)
    own = answer(evaluation, "members")
    PostFactory.create_batch(2, organization=own.filing.place.organizations.get(), during=periods.of(date(2007, 1, 1)))
    assert taking.refresh_cycle(evaluation.cycle, evaluation.bureau) == []
    own.refresh_from_db()
    assert own.verdict == "not_met"
    with pytest.raises(ValidationError):
        taking.refresh_filing(evaluation.filing, evaluation.worker)


def test_a_file_serves_many_items_and_is_kept_once(evaluation: Evaluation) -> None:
    received = Received(b"%PDF-1.4 x", "minutes.pdf", "application/pdf")
    filing, told = evaluation.filing, {"title": "述职会议记录", "kind": Proof.MINUTES, "dated_on": date(2008, 12, 1)}
    first, is_known = proving.add_evidence(
        filing,
        answer(evaluation, "election").item,
        received=received,
        by=evaluation.worker,
        **told,  # type: ignore[arg-type]
    )
    again, is_known_now = proving.add_evidence(
        filing,
        answer(evaluation, "report").item,
        received=received,
        by=evaluation.clerk,
        **told,  # type: ignore[arg-type]
    )
    assert (is_known, is_known_now) == (False, True)
    assert first.evidence == again.evidence
    assert list(proving.offered(filing, answer(evaluation, "boards").item)) == [first.evidence]
    assert not proving.offered(filing, answer(evaluation, "report").item).exists()
    proving.withdraw_use(again, evaluation.worker)
    assert list(first.evidence.uses.all()) == [first]
