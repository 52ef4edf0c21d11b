"""The way of a filing through a year: every step by whose it is, refused for everybody else, in every state."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments.filings import appeals, exempting, filling, grading, marks, permitting, publishing, reviewing
from assessments.filings.flow import TABLE, WORK, Action, State, Work, transition
from assessments.filings.guards import GUARDS
from assessments.filings.models import Appeal, Filing, Stage, Step
from communities.ground import clock, events
from communities.ground.models import Event, Role, User
from tests.factories.evaluated import AFTER_NOTICE, STREET, TODAY, Evaluation, an_evaluation
from tests.factories.judged import an_account

# The table once more, written down by hand: in which states, by whom (role@digits of the access), what then.
CITY, DISTRICT, TOWN, COMMUNITY = "3701", "370102", STREET, f"{STREET}001"
FILERS = {("worker", COMMUNITY), ("worker", TOWN), ("clerk", TOWN), ("clerk", COMMUNITY)}
CHECKERS = {("officer", DISTRICT), ("reviewer", DISTRICT)}
BUREAU = {("officer", CITY)}
ASIDE = {("officer", DISTRICT), ("officer", CITY)}
EXPECTED: dict[Action, tuple[set[State], set[tuple[str, str]], State]] = {
    Action.FILE: ({State.OPEN, State.RETURNED}, FILERS, State.FILED),
    Action.TAKE_BACK: ({State.FILED}, FILERS, State.OPEN),
    Action.RETURN: ({State.FILED}, {("clerk", TOWN)}, State.RETURNED),
    Action.REVIEW: ({State.FILED}, {("clerk", TOWN)}, State.REVIEWED),
    Action.SEND_BACK: ({State.REVIEWED}, CHECKERS, State.RETURNED),
    Action.CHECK: ({State.REVIEWED}, CHECKERS, State.CHECKED),
    Action.GRADE: ({State.CHECKED}, BUREAU, State.GRADED),
    Action.REGRADE: ({State.GRADED}, BUREAU, State.CHECKED),
    Action.PUBLISH: ({State.GRADED}, BUREAU, State.PUBLISHED),
    Action.APPEAL: ({State.PUBLISHED}, FILERS, State.APPEALED),
    Action.DECIDE: ({State.APPEALED}, {("officer", CITY), ("reviewer", CITY)}, State.PUBLISHED),
    Action.CONCLUDE: ({State.PUBLISHED}, BUREAU, State.FINAL),
    Action.SET_ASIDE: ({State.OPEN, State.RETURNED, State.FILED}, ASIDE, State.SET_ASIDE),
    Action.TAKE_UP: ({State.SET_ASIDE}, ASIDE, State.OPEN),
}
REASON = "按规定办理"


@pytest.fixture
def today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def evaluation(db: None, today: None) -> Evaluation:
    return an_evaluation(1)


# The table itself


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_each_state_and_action_leads_where_it_should_or_nowhere(state: State, action: Action) -> None:
    line = transition(state, action)
    before, _who, after = EXPECTED[action]
    assert (line.after if line else None) == (after if state in before else None)


def test_every_action_stands_once_in_the_table_with_guards_and_an_event() -> None:
    assert sorted(line.action for line in TABLE) == sorted(Action)
    assert {guard for line in TABLE for guard in line.guards} == set(GUARDS)
    assert {f"filing.{action.value}" for action in Action} <= set(events.ACTIONS)


@pytest.mark.parametrize("needed", [Action.FILE, Action.REVIEW, Action.CHECK, Action.GRADE, Action.PUBLISH])
def test_nothing_becomes_public_where_one_step_is_left_out(needed: Action) -> None:
    assert State.PUBLISHED in reached(set(Action))
    assert State.PUBLISHED not in reached(set(Action) - {needed})
    assert State.FINAL not in reached(set(Action) - {needed})


def reached(actions: set[Action]) -> set[State]:
    """Every state to which these actions lead from an open filing."""
    found, new = set[State](), {State.OPEN}
    while new:
        found |= new
        new = {line.after for line in TABLE if line.action in actions and line.before & found} - found
    return found


def test_nobody_is_in_the_table_who_only_looks_on() -> None:
    permits = [*TABLE, *WORK.values()]
    assert not {role for permit in permits for role in permit.roles} & {
        Role.LEADER, Role.SYSTEM, Role.SECURITY, Role.AUDITOR
    }  # fmt: skip


# Every action by every role at every level, for real

Do = Callable[[Filing, User], object]


def _open_return(filing: Filing, by: User) -> None:
    item = marks.items_of(filing.cycle)[0]
    if not filing.returns.filter(answered_at__isnull=True).exists():
        reviewing.return_item(filing, item, "请补充选举档案", by)


DO: dict[Action, Do] = {
    Action.FILE: filling.file,
    Action.TAKE_BACK: filling.take_back,
    Action.RETURN: lambda filing, by: reviewing.give_back(filing, REASON, by),
    Action.REVIEW: reviewing.review,
    Action.SEND_BACK: lambda filing, by: reviewing.give_back(filing, REASON, by),
    Action.CHECK: reviewing.check,
    Action.GRADE: lambda filing, by: grading.grade(filing.cycle, certified_by="王某", by=by),
    Action.REGRADE: lambda filing, by: grading.regrade(filing.cycle, REASON, by),
    Action.PUBLISH: lambda filing, by: publishing.publish(filing.cycle, by=by),
    Action.APPEAL: lambda filing, by: appeals.appeal(filing, text=REASON, by=by),
    Action.DECIDE: lambda filing, by: appeals.decide(
        Appeal.objects.get(filing=filing), is_granted=False, decision=REASON, by=by
    ),
    Action.CONCLUDE: lambda filing, by: publishing.conclude(filing.cycle, by),
    Action.SET_ASIDE: lambda filing, by: exempting.set_aside(filing, REASON, by),
    Action.TAKE_UP: lambda filing, by: exempting.take_up(filing, REASON, by),
}
READY = {
    Action.FILE: State.OPEN,
    Action.TAKE_BACK: State.FILED,
    Action.RETURN: State.FILED,
    Action.REVIEW: State.FILED,
    Action.SEND_BACK: State.REVIEWED,
    Action.CHECK: State.REVIEWED,
    Action.GRADE: State.CHECKED,
    Action.REGRADE: State.GRADED,
    Action.PUBLISH: State.GRADED,
    Action.APPEAL: State.PUBLISHED,
    Action.DECIDE: State.APPEALED,
    Action.CONCLUDE: State.PUBLISHED,
    Action.SET_ASIDE: State.OPEN,
    Action.TAKE_UP: State.OPEN,
}


def make_ready(evaluation: Evaluation, action: Action) -> Filing:
    """Bring the filing to where nothing but the right account is wanted for the action."""
    evaluation.to(READY[action])
    filing = evaluation.filing
    if action == Action.FILE:
        evaluation.fill_in(filing)
    if action == Action.REVIEW:
        for item in marks.waiting(filing, Stage.STREET):
            if not reviewing.accept_one(filing, item, evaluation.clerk):
                reviewing.adjust(filing, item, "1", REASON, evaluation.clerk)
    if action == Action.CHECK:
        for item in marks.waiting(filing, Stage.DISTRICT):
            reviewing.adjust(filing, item, "1", REASON, evaluation.district)
    if action == Action.RETURN:
        _open_return(filing, evaluation.clerk)
    if action == Action.SEND_BACK:
        _open_return(filing, evaluation.district)
    if action == Action.TAKE_UP:
        exempting.set_aside(filing, REASON, evaluation.bureau)
    return evaluation.filing


@pytest.mark.parametrize("action", Action)
def test_an_action_is_done_by_whose_it_is_and_refused_to_everybody_else(evaluation: Evaluation, action: Action) -> None:
    filing = make_ready(evaluation, action)
    _before, who, after = EXPECTED[action]
    day = AFTER_NOTICE if action == Action.CONCLUDE else TODAY
    with clock.frozen(day):
        for role, prefix in product(Role, (CITY, DISTRICT, TOWN, COMMUNITY, "370103", f"{STREET[:-1]}9")):
            account = an_account(f"{role.value}-{prefix}", role, prefix)
            left = Event.objects.count(), Step.objects.count()
            with transaction.atomic():
                try:
                    DO[action](filing, account)
                except PermissionDenied:
                    assert (role.value, prefix) not in who, (role, prefix)
                    assert (Event.objects.count(), Step.objects.count()) == left
                    continue
                assert (role.value, prefix) in who, (role, prefix)
                now = Filing.objects.get(pk=filing.pk)
                last = now.steps.order_by("-number").first()
                assert now.state == after
                assert last is not None
                assert (last.action, last.after, last.by) == (action, after, account)
                event = Event.objects.filter(action=f"filing.{action.value}").latest("pk")
                assert (event.actor, event.object_key, event.prefix) == (account, str(filing.pk), COMMUNITY)
                transaction.set_rollback(True)


@pytest.mark.parametrize("state", State)
def test_in_a_state_only_its_actions_are_offered_and_all_others_refused(evaluation: Evaluation, state: State) -> None:
    filing = evaluation.filing
    Filing.objects.filter(pk=filing.pk).update(state=state, total="10.00", grade="qualified")
    if state == State.APPEALED:
        row = {"text": REASON, "made_by": evaluation.clerk, "answer_by": AFTER_NOTICE}
        Appeal.objects.create(filing=filing, **row)
    filing.refresh_from_db()
    own = {action for action, (before, _who, _after) in EXPECTED.items() if state in before}
    everybody = (evaluation.bureau, evaluation.jury, evaluation.district, evaluation.clerk, evaluation.worker)
    officer = an_account("officer", Role.OFFICER, DISTRICT)
    assert {action for by in (*everybody, officer) for action in permitting.allowed(filing, by)} == own
    for action in set(Action) - own - {Action.DECIDE}:
        by = next(one for one in (*everybody, officer) if (one.reach.roles, one.reach.prefixes) in fits(action))
        with pytest.raises((ValidationError, PermissionDenied)), transaction.atomic():
            DO[action](filing, by)
    assert Filing.objects.get(pk=filing.pk).state == state


def fits(action: Action) -> list[tuple[frozenset[str], tuple[str, ...]]]:
    return [(frozenset({role}), (prefix,)) for role, prefix in EXPECTED[action][1]]


@pytest.mark.parametrize(
    ("work", "state", "who"),
    [
        (Work.ANSWER, State.OPEN, FILERS),
        (Work.MARK_STREET, State.FILED, {("clerk", TOWN)}),
        (Work.MARK_DISTRICT, State.REVIEWED, CHECKERS),
        (Work.MARK_FINAL, State.CHECKED, BUREAU),
    ],
)
def test_items_are_worked_on_in_one_state_by_those_who_do_so(
    evaluation: Evaluation, work: Work, state: State, who: set[tuple[str, str]]
) -> None:
    filing = evaluation.filing
    for role, prefix in product(Role, (CITY, DISTRICT, TOWN, COMMUNITY, "370103")):
        account = an_account(f"{role.value}-{prefix}", role, prefix)
        allowed = set()
        for one in State:
            filing.state = one
            if permitting.may_work(filing, work, account):
                allowed.add(one)
        more = {State.RETURNED} if work == Work.ANSWER else set()
        assert allowed == ({state} | more if (role.value, prefix) in who else set()), (role, prefix)


# The whole way


def test_an_evaluation_goes_from_opening_to_the_final_result(db: None, today: None) -> None:
    evaluation = an_evaluation(2).to(State.FINAL)
    for filing in evaluation.filings:
        assert filing.state == State.FINAL
        steps = list(filing.steps.values_list("action", flat=True))
        assert steps == [Action.FILE, Action.REVIEW, Action.CHECK, Action.GRADE, Action.PUBLISH, Action.CONCLUDE]
        told = Event.objects.filter(object_type="filings.Filing", object_key=str(filing.pk))
        assert set(told.values_list("action", flat=True)) >= {f"filing.{step}" for step in steps}


def test_what_stood_at_a_submission_is_frozen_with_the_hash_of_the_sheet(evaluation: Evaluation) -> None:
    evaluation.to(State.FILED)
    frozen = evaluation.filing.steps.get(action=Action.FILE).frozen
    assert frozen is not None
    assert frozen["sheet"] == evaluation.cycle.sheet_version.sha256
    assert frozen["answers"]["report"]["typed"]["present"] == "66"
    assert frozen["answers"]["members"]["verdict"] == "not_met"
    assert frozen["marks"]["election"]["self"] == {"outcome": "scored", "points": "3.00"}
