"""
Accounts are opened by one administrator, granted by another and read by the third; none of them does two of these.

Jinan's three administrators, those of one of its districts, and a clerk of a street.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.utils import translation

from communities.ground import accounts, clock, periods
from communities.ground.accounts import RefusedError, Wanted
from communities.ground.models import Access, Event, Job, RequestedAccess, Role, SignIn, StoredFile, User
from tests.factories.people import identity_number, mobile_number

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
CITY, LIXIA, SHIZHONG, STREET = "3701", "370102", "370103", "370102001"


@pytest.fixture(autouse=True)
def today() -> Any:
    with clock.frozen(TODAY), translation.override("en"):
        yield


@pytest.fixture
def somebody(db: None) -> Callable[..., User]:
    """Make an account with an access in force since last year."""

    def make(username: str, role: str = "", prefix: str = LIXIA, *, area: str = "", **more: Any) -> User:
        user = User.objects.create_user(username, full_name=username, prefix=area or prefix, is_staff=True, **more)
        if role:
            Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2025, 1, 1)))
        return user

    return make


@pytest.fixture
def system(somebody: Callable[..., User]) -> User:
    return somebody("city-system", Role.SYSTEM, CITY)


@pytest.fixture
def security(somebody: Callable[..., User]) -> User:
    return somebody("city-security", Role.SECURITY, CITY)


@pytest.fixture
def clerk(somebody: Callable[..., User]) -> User:
    return somebody("wang", Role.CLERK, STREET)


def access_of(user: User) -> Access:
    return user.accesses.get()


def open_session(user: User) -> SignIn:
    return SignIn.objects.create(user=user, address="127.0.0.1")


def has_ended(row: SignIn) -> bool:
    row.refresh_from_db()
    return row.ended_at is not None


# Opening and closing


def test_an_account_is_opened_with_a_one_time_password_and_nothing_else(system: User) -> None:
    given = accounts.open_account(by=system, username="li", full_name="李某", prefix=STREET)
    assert given.user.check_password(given.password)
    assert given.until == TODAY + accounts.ONE_TIME_DAYS * DAY
    assert given.user.scope().prefixes == ()
    opened = Event.objects.get(action="account.open")
    assert (opened.actor, opened.detail["account"]) == (system, "li")


def test_a_one_time_password_opens_the_door_and_stands_nowhere(system: User) -> None:
    given = accounts.open_account(by=system, username="li", full_name="李某", prefix=STREET)
    assert authenticate(username="li", password=given.password) == given.user
    assert given.password not in repr(given)
    assert given.password not in given.user.password
    assert not any(given.password in str(event.detail) for event in Event.objects.all())


def test_one_time_passwords_have_three_kinds_of_characters_and_differ() -> None:
    drawn = [accounts.one_time_password() for _ in range(200)]
    assert len(set(drawn)) == 200
    for password in drawn:
        assert len(password) == 14
        assert any(one.isdigit() for one in password)
        assert any(one.islower() for one in password)
        assert any(one.isupper() for one in password)
        assert not set(password) & set("0O1lIio")


@pytest.mark.parametrize(
    ("username", "why"),
    [("WANG", "is taken"), (mobile_number(), "mobile number"), ("li mou", "valid username"), ("", "cannot be blank")],
)
def test_a_user_name_that_cannot_be_used_is_refused(username: str, why: str, system: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match=why):
        accounts.open_account(by=system, username=username, full_name="", prefix=STREET)
    assert User.objects.count() == 2


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_only_the_system_administrator_opens_changes_closes_and_asks(
    role: str, somebody: Callable[..., User], clerk: User
) -> None:
    other = somebody("other", role, CITY)
    wanted = Wanted(Role.CLERK, STREET, TODAY)
    for attempt in (
        lambda: accounts.open_account(by=other, username="li", full_name="", prefix=STREET),
        lambda: accounts.change_account(by=other, user=clerk, full_name="x", prefix=STREET),
        lambda: accounts.close_account(by=other, user=clerk, reason="x"),
        lambda: accounts.reopen_account(by=other, user=clerk),
        lambda: accounts.ask(by=other, user=clerk, wanted=wanted),
    ):
        with pytest.raises(RefusedError, match="duty of the system administrator"):
            attempt()


def test_no_account_is_opened_or_closed_beyond_ones_own_area(somebody: Callable[..., User]) -> None:
    district = somebody("district-system", Role.SYSTEM, LIXIA)
    theirs = somebody("theirs", Role.CLERK, SHIZHONG)
    for attempt in (
        lambda: accounts.open_account(by=district, username="li", full_name="", prefix=SHIZHONG),
        lambda: accounts.open_account(by=district, username="li", full_name="", prefix=CITY),
        lambda: accounts.open_account(by=district, username="li", full_name="", prefix=""),
        lambda: accounts.close_account(by=district, user=theirs, reason="x"),
        lambda: accounts.change_account(by=district, user=theirs, full_name="x", prefix=LIXIA),
    ):
        with pytest.raises(RefusedError, match="outside the area of your account"):
            attempt()


def test_a_closed_account_loses_its_sessions_and_accesses_and_a_reopened_one_has_none(
    system: User, clerk: User
) -> None:
    session = open_session(clerk)
    accounts.close_account(by=system, user=clerk, reason="retired")
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert has_ended(session)
    assert periods.last(access_of(clerk).during) == TODAY - DAY
    given = accounts.reopen_account(by=system, user=clerk)
    assert given.user.is_active
    assert given.user.scope().prefixes == ()


def test_closing_withdraws_what_has_not_begun_and_ends_today_what_began_today(
    system: User, somebody: Callable[..., User]
) -> None:
    user = somebody("li", area=LIXIA)
    now = Access.objects.create(user=user, role=Role.CLERK, prefix=STREET, during=periods.of(TODAY, TODAY + 5 * DAY))
    later = Access.objects.create(user=user, role=Role.CLERK, prefix=STREET, during=periods.of(TODAY + 9 * DAY))
    accounts.close_account(by=system, user=user, reason="left")
    now.refresh_from_db()
    assert (periods.first(now.during), periods.last(now.during)) == (TODAY, TODAY)
    assert not Access.objects.filter(pk=later.pk).exists()


def test_nobody_closes_moves_or_asks_for_his_own_account(system: User) -> None:
    with pytest.raises(RefusedError, match="his own account"):
        accounts.close_account(by=system, user=system, reason="x")
    with pytest.raises(RefusedError, match="his own account"):
        accounts.change_account(by=system, user=system, full_name="x", prefix=LIXIA)
    with pytest.raises(RefusedError, match="his own account"):
        accounts.ask(by=system, user=system, wanted=Wanted(Role.OFFICER, CITY, TODAY))


def test_the_last_security_administrator_is_not_closed_away(
    system: User, security: User, somebody: Callable[..., User]
) -> None:
    with pytest.raises(RefusedError, match="last security administrator"):
        accounts.close_account(by=system, user=security, reason="x")
    assert User.objects.get(pk=security.pk).is_active
    somebody("district-security", Role.SECURITY, LIXIA)
    accounts.close_account(by=system, user=security, reason="x")
    assert not User.objects.get(pk=security.pk).is_active


def test_a_closed_colleague_does_not_count_as_one_who_remains(
    system: User, security: User, somebody: Callable[..., User]
) -> None:
    somebody("gone", Role.SECURITY, CITY, is_active=False)
    with pytest.raises(RefusedError, match="last security administrator"):
        accounts.close_account(by=system, user=security, reason="x")


def test_an_area_is_not_moved_away_from_under_an_access(system: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="The security administrator"):
        accounts.change_account(by=system, user=clerk, full_name="王某", prefix="370102002")
    accounts.change_account(by=system, user=clerk, full_name="王某某", prefix=LIXIA)
    clerk.refresh_from_db()
    assert (clerk.full_name, clerk.prefix) == ("王某某", LIXIA)
    changed = Event.objects.get(action="account.change")
    assert changed.detail == {"account": clerk.username, "area_before": STREET, "area": LIXIA}


# Granting and ending


def test_an_access_is_granted_from_a_day_on(security: User, somebody: Callable[..., User]) -> None:
    user = somebody("li", area=LIXIA)
    second_factor(user)
    wanted = Wanted(Role.WORKER, STREET, TODAY + DAY, TODAY + 30 * DAY)
    access = accounts.grant(by=security, user=user, wanted=wanted, may_reveal=True)
    assert access.granted_by == security
    assert user.scope().roles == frozenset()
    assert user.scope(TODAY + DAY).roles == {Role.WORKER}
    assert user.scope(TODAY + 31 * DAY).roles == frozenset()
    told = Event.objects.get(action="access.grant")
    assert (told.actor, told.object_key, told.detail["reaches"]) == (security, str(user.pk), STREET)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY])
def test_only_the_security_administrator_grants_ends_moves_and_resets(
    role: str, somebody: Callable[..., User], clerk: User
) -> None:
    other, wanted = somebody("other", role, CITY), Wanted(Role.CLERK, STREET, TODAY)
    to = somebody("to", area=STREET)
    for attempt in (
        lambda: accounts.grant(by=other, user=clerk, wanted=wanted),
        lambda: accounts.end_access(by=other, access=access_of(clerk), last=TODAY),
        lambda: accounts.transfer(by=other, access=access_of(clerk), wanted=wanted),
        lambda: accounts.hand_over(by=other, access=access_of(clerk), to=to, first=TODAY),
        lambda: accounts.reset_password(by=other, user=clerk),
        lambda: accounts.reset_second_factor(by=other, user=clerk, reason="lost"),
        lambda: accounts.unlock(by=other, user=clerk),
        lambda: accounts.end_sessions(by=other, user=clerk),
    ):
        with pytest.raises(RefusedError, match="duty of the security administrator"):
            attempt()


def test_nobody_grants_to_himself_or_ends_his_own(security: User) -> None:
    wanted = Wanted(Role.OFFICER, CITY, TODAY)
    for attempt in (
        lambda: accounts.grant(by=security, user=security, wanted=wanted),
        lambda: accounts.end_access(by=security, access=access_of(security), last=TODAY),
        lambda: accounts.transfer(by=security, access=access_of(security), wanted=wanted),
        lambda: accounts.reset_password(by=security, user=security),
        lambda: accounts.reset_second_factor(by=security, user=security, reason="lost"),
    ):
        with pytest.raises(RefusedError, match="his own account"):
            attempt()


def test_a_district_grants_and_resets_within_itself_only(somebody: Callable[..., User]) -> None:
    district = somebody("district-security", Role.SECURITY, LIXIA)
    theirs, above = somebody("theirs", Role.CLERK, SHIZHONG), somebody("above", Role.OFFICER, CITY)
    ours = somebody("ours", area=LIXIA)
    for attempt in (
        lambda: accounts.grant(by=district, user=ours, wanted=Wanted(Role.OFFICER, CITY, TODAY)),
        lambda: accounts.grant(by=district, user=theirs, wanted=Wanted(Role.CLERK, LIXIA, TODAY)),
        lambda: accounts.end_access(by=district, access=access_of(theirs), last=TODAY),
        lambda: accounts.transfer(by=district, access=access_of(theirs), wanted=Wanted(Role.CLERK, LIXIA, TODAY)),
        lambda: accounts.reset_password(by=district, user=theirs),
        lambda: accounts.reset_password(by=district, user=above),
        lambda: accounts.end_sessions(by=district, user=above),
    ):
        with pytest.raises(RefusedError, match="outside the area of your account"):
            attempt()
    assert accounts.reset_password(by=district, user=ours).password


def test_an_access_reaches_no_further_than_the_account_belongs(security: User, clerk: User) -> None:
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY - DAY)
    with pytest.raises(RefusedError, match="belongs to 370102001"):
        accounts.grant(by=security, user=clerk, wanted=Wanted(Role.OFFICER, LIXIA, TODAY))


def test_nobody_is_administrator_and_works_with_registers_at_once(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="Nobody is an administrator and works"):
        accounts.grant(by=security, user=clerk, wanted=Wanted(Role.AUDITOR, STREET, TODAY + 9 * DAY))
    during = periods.of(TODAY + 9 * DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Access.objects.create(user=clerk, role=Role.AUDITOR, prefix=STREET, during=during)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(Role.CLERK, STREET, TODAY - DAY), "today at the earliest"),
        (Wanted(Role.CLERK, STREET, TODAY, TODAY - DAY), "before the first"),
        (Wanted(Role.CLERK, STREET, TODAY, date(2999, 1, 1)), "1900 to 2199"),
        (Wanted(Role.CLERK, "3701020", TODAY), "2, 4, 6, 9 or 12 digits"),
        (Wanted("emperor", STREET, TODAY), "emperor"),
    ],
)
def test_an_access_that_makes_no_sense_is_refused(
    wanted: Wanted, why: str, security: User, somebody: Callable[..., User]
) -> None:
    user = somebody("li", area=LIXIA)
    with pytest.raises(RefusedError, match=why):
        accounts.grant(by=security, user=user, wanted=wanted)
    assert not user.accesses.exists()


def test_an_administrator_reveals_nobody(security: User, somebody: Callable[..., User]) -> None:
    user = somebody("li", area=LIXIA)
    with pytest.raises(RefusedError, match="personal data"):
        accounts.grant(by=security, user=user, wanted=Wanted(Role.AUDITOR, LIXIA, TODAY), may_reveal=True)


def test_an_access_ended_yesterday_ends_the_sessions_one_ended_later_does_not(security: User, clerk: User) -> None:
    session = open_session(clerk)
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY + DAY)
    assert not has_ended(session)
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY - DAY)
    assert has_ended(session)
    assert clerk.scope().prefixes == ()


@pytest.mark.parametrize(
    ("last", "why"),
    [(TODAY - 2 * DAY, "yesterday"), (TODAY + 400 * DAY, "ends on 2026-12-31 already")],
)
def test_the_past_stays_and_an_access_is_not_lengthened(last: date, why: str, security: User, clerk: User) -> None:
    clerk.accesses.update(during=periods.of(date(2025, 1, 1), date(2026, 12, 31)))
    with pytest.raises(RefusedError, match=why):
        accounts.end_access(by=security, access=access_of(clerk), last=last)


def test_an_access_that_began_today_ends_today_at_the_earliest(security: User, clerk: User) -> None:
    clerk.accesses.update(during=periods.of(TODAY))
    with pytest.raises(RefusedError, match="began today"):
        accounts.end_access(by=security, access=access_of(clerk), last=TODAY - DAY)
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY)
    assert clerk.scope().prefixes == (STREET,)


def test_an_access_that_has_not_begun_is_withdrawn_and_kept_in_the_history(security: User, clerk: User) -> None:
    clerk.accesses.update(during=periods.of(TODAY + 5 * DAY))
    key = access_of(clerk).pk
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY)
    assert not clerk.accesses.exists()
    removed = Access.pgh_event_models["removed"].objects  # type: ignore[attr-defined]
    assert removed.filter(pgh_obj_id=key).exists()


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_the_last_of_each_duty_stays(role: str, security: User, somebody: Callable[..., User]) -> None:
    last = somebody("last", role, LIXIA)
    if role == Role.SECURITY:
        last, security = security, last
        security.accesses.update(prefix=CITY)
        security.accesses.update(during=periods.of(date(2025, 1, 1), TODAY))  # he will be gone tomorrow himself
    with pytest.raises(RefusedError, match="This is the last"):
        accounts.end_access(by=security, access=access_of(last), last=TODAY)


# Requested accesses


def test_what_the_system_administrator_asks_the_security_administrator_grants(system: User, security: User) -> None:
    wanted = Wanted(Role.CLERK, STREET, TODAY - 3 * DAY)
    user = accounts.open_account(by=system, username="li", full_name="", prefix=LIXIA, wanted=wanted).user
    assert user.scope().prefixes == ()
    accounts.grant_requests(by=security, requests=RequestedAccess.objects.all())
    request = RequestedAccess.objects.get()
    assert (request.status, request.decided_by) == ("granted", security)
    assert periods.first(access_of(user).during) == TODAY


def test_a_request_is_refused_with_a_reason_only(system: User, security: User, somebody: Callable[..., User]) -> None:
    request = accounts.ask(by=system, user=somebody("li", area=LIXIA), wanted=Wanted(Role.CLERK, STREET, TODAY))
    with pytest.raises(RefusedError, match="Say why"):
        accounts.refuse_request(by=security, request=request, reason=" ")
    accounts.refuse_request(by=security, request=request, reason="wrong street")
    with pytest.raises(RefusedError, match="decided on already"):
        accounts.grant_requests(by=security, requests=[request])
    assert not Access.objects.filter(user=request.user).exists()


def test_who_asked_does_not_grant_even_with_the_other_duty_by_then(system: User, somebody: Callable[..., User]) -> None:
    request = accounts.ask(by=system, user=somebody("li", area=LIXIA), wanted=Wanted(Role.CLERK, STREET, TODAY))
    system.accesses.update(role=Role.SECURITY)
    with pytest.raises(RefusedError, match="Who asked for an access"):
        accounts.grant_requests(by=system, requests=[request])
    with pytest.raises(RefusedError, match="Who asked for an access"):
        accounts.refuse_request(by=system, request=request, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestedAccess.objects.update(status="granted", decided_by=system, decided_at=clock.now())


def test_of_several_requests_all_are_granted_or_none(
    system: User, security: User, somebody: Callable[..., User]
) -> None:
    first, second = somebody("first", area=LIXIA), somebody("second", area=LIXIA)
    for user in (first, second):
        accounts.ask(by=system, user=user, wanted=Wanted(Role.CLERK, STREET, TODAY))
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(RefusedError, match="second: This account is closed"):
        accounts.grant_requests(by=security, requests=RequestedAccess.objects.all())
    assert not first.accesses.exists()
    assert RequestedAccess.objects.filter(status="waiting").count() == 2


def test_one_request_waits_for_an_account(system: User, somebody: Callable[..., User]) -> None:
    user, wanted = somebody("li", area=LIXIA), Wanted(Role.CLERK, STREET, TODAY)
    accounts.ask(by=system, user=user, wanted=wanted)
    with pytest.raises(RefusedError, match="already asked"):
        accounts.ask(by=system, user=user, wanted=wanted)
    row = RequestedAccess.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# Transfer and handover


def test_on_transfer_the_access_ends_another_begins_and_the_account_belongs_elsewhere(
    security: User, clerk: User
) -> None:
    session = open_session(clerk)
    before = access_of(clerk)
    moved = accounts.transfer(by=security, access=before, wanted=Wanted(Role.CLERK, SHIZHONG, TODAY))
    before.refresh_from_db()
    clerk.refresh_from_db()
    assert periods.last(before.during) == TODAY - DAY
    assert (clerk.prefix, clerk.scope().prefixes) == (SHIZHONG, (SHIZHONG,))
    assert (moved.may_reveal, moved.granted_by) == (False, security)
    assert has_ended(session)


def test_a_transfer_to_another_area_is_made_on_its_day(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="come back then"):
        accounts.transfer(by=security, access=access_of(clerk), wanted=Wanted(Role.CLERK, SHIZHONG, TODAY + DAY))
    User.objects.filter(pk=clerk.pk).update(prefix=LIXIA)
    accounts.transfer(by=security, access=access_of(clerk), wanted=Wanted(Role.CLERK, "370102002", TODAY + 9 * DAY))
    assert clerk.scope().prefixes == (STREET,)
    assert clerk.scope(TODAY + 9 * DAY).prefixes == ("370102002",)


def test_no_access_and_no_request_stays_behind_where_an_account_moves_away(
    security: User, system: User, clerk: User
) -> None:
    """What begins later in the old area would be looked after by nobody there."""
    access = access_of(clerk)
    access.during = periods.of(date(2025, 1, 1), TODAY + 9 * DAY)
    access.save()
    later = accounts.grant(by=security, user=clerk, wanted=Wanted(Role.CLERK, STREET, TODAY + 20 * DAY))
    away = Wanted(Role.CLERK, SHIZHONG, TODAY, TODAY + 9 * DAY)
    with pytest.raises(RefusedError, match="ends or transfers that one first"):
        accounts.transfer(by=security, access=access, wanted=away)
    accounts.end_access(by=security, access=later, last=TODAY)
    asked = accounts.ask(by=system, user=clerk, wanted=Wanted(Role.CLERK, STREET, TODAY + 20 * DAY))
    with pytest.raises(RefusedError, match="is asked for this account"):
        accounts.transfer(by=security, access=access, wanted=away)
    accounts.refuse_request(by=security, request=asked, reason="he moves")
    accounts.transfer(by=security, access=access, wanted=away)
    clerk.refresh_from_db()
    assert clerk.prefix == SHIZHONG


def test_a_transfer_to_come_leaves_the_sessions_open_today(security: User, clerk: User) -> None:
    User.objects.filter(pk=clerk.pk).update(prefix=LIXIA)
    session = open_session(clerk)
    accounts.transfer(by=security, access=access_of(clerk), wanted=Wanted(Role.CLERK, "370102002", TODAY + 9 * DAY))
    assert not has_ended(session)


def test_a_refused_transfer_leaves_everything_as_it_was(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError):
        accounts.transfer(by=security, access=access_of(clerk), wanted=Wanted(Role.CLERK, SHIZHONG, TODAY, TODAY - DAY))
    clerk.refresh_from_db()
    assert (clerk.prefix, periods.last(access_of(clerk).during)) == (STREET, None)
    assert not Event.objects.exists()


def test_a_successor_gets_role_and_area_and_the_predecessor_ends_the_day_before(
    security: User, clerk: User, somebody: Callable[..., User]
) -> None:
    successor = somebody("li", area=LIXIA)
    access = accounts.hand_over(by=security, access=access_of(clerk), to=successor, first=TODAY + DAY)
    assert (access.role, access.prefix, access.took_over) == (Role.CLERK, STREET, access_of(clerk))
    assert periods.last(access_of(clerk).during) == TODAY


@pytest.mark.parametrize(("area", "why"), [(SHIZHONG, "belongs to"), ("370102002", "belongs to")])
def test_a_successor_of_another_place_is_refused(
    area: str, why: str, security: User, clerk: User, somebody: Callable[..., User]
) -> None:
    with pytest.raises(RefusedError, match=why):
        accounts.hand_over(by=security, access=access_of(clerk), to=somebody("li", area=area), first=TODAY)
    assert periods.last(access_of(clerk).during) is None


def test_nobody_succeeds_himself_and_nobody_hands_over_to_himself(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="same account"):
        accounts.hand_over(by=security, access=access_of(clerk), to=clerk, first=TODAY)
    with pytest.raises(RefusedError, match="his own account"):
        accounts.hand_over(by=security, access=access_of(clerk), to=security, first=TODAY)


def made_on(user: User, day: date, prefix: str = "") -> Job:
    job = Job.objects.create(kind="import_ledger", requested_by=user, prefix=prefix)
    Job.objects.filter(pk=job.pk).update(created_at=clock.moment(f"{day}T09:00"))
    return job


def own_jobs(user: User) -> set[Job]:
    fresh = User.objects.get(pk=user.pk)  # reach is asked once for each time an account is read
    return set(Job.objects.filter(fresh.own("requested_by", "created_at")))


def test_what_was_done_under_what_was_taken_over_is_the_successors_own_and_nothing_else(
    security: User, clerk: User, somebody: Callable[..., User]
) -> None:
    made_on(clerk, date(2024, 6, 1))  # elsewhere, before this access
    under = made_on(clerk, TODAY - 9 * DAY)
    second, third = somebody("second", area=LIXIA), somebody("third", area=LIXIA)
    accounts.hand_over(by=security, access=access_of(clerk), to=second, first=TODAY)
    made_on(clerk, TODAY + DAY)  # elsewhere, since
    seconds = made_on(second, TODAY)
    assert own_jobs(second) == {under, seconds}
    with clock.frozen(TODAY + 2 * DAY):
        accounts.hand_over(by=security, access=access_of(second), to=third, first=TODAY + 2 * DAY)
        assert own_jobs(third) == {under, seconds}
        assert own_jobs(second) == {seconds}  # his access has ended


def test_own_work_costs_no_query_where_nothing_was_taken_over(
    clerk: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(1):
        assert clerk.reach.took_over == frozenset()
        assert clerk.predecessors == []


def test_a_predecessors_file_is_the_successors_own(security: User, clerk: User, somebody: Callable[..., User]) -> None:
    file = StoredFile.keep(b"x", name="a.csv", content_type="text/csv", prefix="", by=clerk)
    StoredFile.objects.update(created_at=clock.moment(f"{TODAY - DAY}T09:00"))
    successor = somebody("li", area=LIXIA)
    accounts.hand_over(by=security, access=access_of(clerk), to=successor, first=TODAY)
    rows = StoredFile.objects.filter(User.objects.get(pk=successor.pk).own("created_by", "created_at"))
    assert list(rows) == [file]


# Passwords, second factors, sessions


def test_a_reset_gives_out_a_one_time_password_and_ends_the_sessions(security: User, clerk: User) -> None:
    session = open_session(clerk)
    given = accounts.reset_password(by=security, user=clerk)
    clerk.refresh_from_db()
    assert clerk.check_password(given.password)
    assert clerk.one_time_until is not None
    assert has_ended(session)


def second_factor(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


def test_who_gives_out_the_password_does_not_remove_the_second_factor(
    security: User, clerk: User, somebody: Callable[..., User]
) -> None:
    second_factor(clerk)
    accounts.reset_password(by=security, user=clerk)
    with pytest.raises(RefusedError, match="another security administrator"):
        accounts.reset_second_factor(by=security, user=clerk, reason="lost")
    accounts.reset_second_factor(by=somebody("other", Role.SECURITY, LIXIA), user=clerk, reason="lost")
    assert not Authenticator.objects.exists()


def test_who_removes_the_second_factor_does_not_give_out_the_password(security: User, clerk: User) -> None:
    second_factor(clerk)
    accounts.reset_second_factor(by=security, user=clerk, reason="lost")
    with pytest.raises(RefusedError, match="another security administrator"):
        accounts.reset_password(by=security, user=clerk)


def test_who_grants_an_access_does_not_give_out_the_password_before_its_owner_has_signed_in(
    security: User, somebody: Callable[..., User]
) -> None:
    user, other = somebody("li", area=LIXIA), somebody("other", Role.SECURITY, LIXIA)
    accounts.grant(by=security, user=user, wanted=Wanted(Role.WORKER, STREET, TODAY))
    with pytest.raises(RefusedError, match="You have granted this account an access"):
        accounts.reset_password(by=security, user=user)
    accounts.reset_password(by=other, user=user)
    open_session(user)
    accounts.reset_password(by=security, user=user)


def test_who_gives_out_the_password_grants_nothing_before_its_owner_has_signed_in(
    security: User, clerk: User, somebody: Callable[..., User]
) -> None:
    accounts.reset_password(by=security, user=clerk)
    accounts.end_access(by=security, access=access_of(clerk), last=TODAY)
    wanted = Wanted(Role.CLERK, STREET, TODAY + DAY)
    with pytest.raises(RefusedError, match="You have given out a password of this account"):
        accounts.grant(by=security, user=clerk, wanted=wanted)
    open_session(clerk)
    assert accounts.grant(by=security, user=clerk, wanted=wanted).granted_by == security


def test_a_sign_in_without_the_second_factor_an_account_needs_does_not_prove_its_owner(
    security: User, clerk: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "required"
    Access.objects.filter(user=clerk).update(may_reveal=True)
    second_factor(clerk)
    accounts.reset_second_factor(by=security, user=clerk, reason="lost")
    session = open_session(clerk)
    with pytest.raises(RefusedError, match="another security administrator"):
        accounts.reset_password(by=security, user=clerk)
    SignIn.objects.filter(pk=session.pk).update(second_factor=True)
    accounts.reset_password(by=security, user=clerk)


def test_an_account_is_let_reveal_only_once_its_owner_has_a_second_factor(
    security: User, somebody: Callable[..., User]
) -> None:
    user = somebody("li", area=LIXIA)
    wanted = Wanted(Role.WORKER, STREET, TODAY)
    with pytest.raises(RefusedError, match="no second factor"):
        accounts.grant(by=security, user=user, wanted=wanted, may_reveal=True)
    assert not user.accesses.exists()
    second_factor(user)
    assert accounts.grant(by=security, user=user, wanted=wanted, may_reveal=True).may_reveal


def test_who_ever_gave_out_the_password_never_lets_the_account_reveal(
    security: User, somebody: Callable[..., User]
) -> None:
    """He could have signed in with it and have set up the second factor himself."""
    user = somebody("li", area=LIXIA)
    wanted = Wanted(Role.WORKER, STREET, TODAY)
    accounts.reset_password(by=security, user=user)
    open_session(user)
    second_factor(user)
    with pytest.raises(RefusedError, match="another security administrator"):
        accounts.grant(by=security, user=user, wanted=wanted, may_reveal=True)
    other = somebody("other", Role.SECURITY, LIXIA)
    assert accounts.grant(by=other, user=user, wanted=wanted, may_reveal=True).may_reveal


def test_a_second_factor_that_is_not_there_is_not_removed(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="no second factor"):
        accounts.reset_second_factor(by=security, user=clerk, reason="lost")


def test_sessions_are_ended_by_the_security_administrator(security: User, clerk: User) -> None:
    session = open_session(clerk)
    assert accounts.end_sessions(by=security, user=clerk) == 1
    assert has_ended(session)


def test_only_who_is_locked_out_is_unlocked(security: User, clerk: User) -> None:
    with pytest.raises(RefusedError, match="not locked out"):
        accounts.unlock(by=security, user=clerk)


# Many at once


def test_of_many_accounts_all_are_opened_or_none(system: User, clerk: User) -> None:
    rows = [("li", "", STREET, None), ("wang", "", STREET, None)]
    with pytest.raises(RefusedError, match=r"wang: .* is taken"):
        accounts.open_many(by=system, rows=rows)
    assert not User.objects.filter(username="li").exists()
    with pytest.raises(RefusedError, match="at a time"):
        accounts.open_many(by=system, rows=[("li", "", STREET, None)] * (accounts.MOST_AT_ONCE + 1))


# Constraints


def test_the_database_refuses_who_grants_to_himself(security: User, somebody: Callable[..., User]) -> None:
    user = somebody("li", area=LIXIA)
    with pytest.raises(IntegrityError, match="nobody_grants_to_himself"):
        Access.objects.create(user=user, role=Role.OFFICER, prefix=LIXIA, during=periods.of(TODAY), granted_by=user)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "refused"}, "a_decided_request_says_by_whom_and_when"),
        ({"prefix": "37010"}, "requested_prefix_is_a_code"),
        ({"during": periods.of(date(1800, 1, 1))}, "requested_access_lasts"),
    ],
)
def test_the_database_refuses_a_request_that_cannot_be(
    columns: dict[str, Any], constraint: str, system: User, somebody: Callable[..., User]
) -> None:
    accounts.ask(by=system, user=somebody("li", area=LIXIA), wanted=Wanted(Role.CLERK, STREET, TODAY))
    with pytest.raises(IntegrityError, match=constraint):
        RequestedAccess.objects.update(**columns)


def test_the_database_refuses_a_refusal_without_a_reason(
    system: User, security: User, somebody: Callable[..., User]
) -> None:
    accounts.ask(by=system, user=somebody("li", area=LIXIA), wanted=Wanted(Role.CLERK, STREET, TODAY))
    with pytest.raises(IntegrityError, match="a_refused_request_says_why"):
        RequestedAccess.objects.update(status="refused", decided_by=security, decided_at=clock.now())


def test_the_name_of_an_account_holds_no_number_of_a_person(system: User, clerk: User) -> None:
    for number in (identity_number(), mobile_number()):
        with pytest.raises(RefusedError) as refused:
            accounts.open_account(by=system, username="new", full_name=f"李{number}", prefix=LIXIA)
        assert (refused.value.field, number in str(refused.value)) == ("full_name", False)
        with pytest.raises(RefusedError):
            accounts.change_account(by=system, user=clerk, full_name=f"李{number}", prefix=clerk.prefix)
