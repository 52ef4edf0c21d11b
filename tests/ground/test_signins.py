"""Who gets in and for how long: rows of sign-ins, one session an account, what ends one, who is locked out."""

import html
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache, caches
from django.test import Client, TestCase
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from communities.ground import clock, doors, periods, sessions, signins
from communities.ground.access import is_asked_by_pages
from communities.ground.models import Access, Event, Job, Role, SignIn, User
from communities.ground.tasks import tidy_sessions
from tests.factories.judged import PASSWORD, an_account
from tests.ground.authenticator import code_now

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
A_PAGE = "/drafts/"
Why = SignIn.WhyEnded


@pytest.fixture(autouse=True)
def forget_earlier_attempts() -> None:
    cache.clear()


@pytest.fixture
def clerk() -> User:
    return an_account("wang", Role.CLERK, "370102001")


@pytest.fixture
def guard() -> User:
    return an_account("guard", Role.SECURITY, "3701")


def sign_in(client: Client, name: str = "wang", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": name, "password": password}, **more)


def is_in(client: Client) -> bool:
    return bool(client.get(A_PAGE).status_code == 200)


def told(client: Client, address: str = LOGIN) -> str:
    return text_of(client.get(address))


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def words(text: str, **values: Any) -> str:
    """Return a text of ours as pages say it, with its values."""
    with override("zh-hans"):
        return gettext(text).format(**values)


def why(row: SignIn) -> str:
    with override("zh-hans"):
        return sessions.in_words(row)


# Rows


def test_a_sign_in_has_a_row_from_its_beginning_to_its_end(client: Client, clerk: User) -> None:
    sign_in(client, REMOTE_ADDR="10.1.2.3", HTTP_USER_AGENT="Kylin")
    row = SignIn.objects.get()
    assert (row.user, row.address, row.browser, row.second_factor) == (clerk, "10.1.2.3", "Kylin", False)
    assert row.ended_at is None
    client.post("/accounts/logout/")
    row.refresh_from_db()
    assert row.why_ended == Why.SIGNED_OUT
    assert [event.action for event in Event.objects.order_by("pk")] == ["signin.begin", "signin.end"]


def test_who_signs_in_for_the_first_time_is_told_so(client: Client, clerk: User) -> None:
    sign_in(client)
    assert words("This is the first time that this account signs in.") in told(client, A_PAGE)


def test_who_signs_in_is_told_when_from_where_and_what_failed_since(client: Client, clerk: User) -> None:
    sign_in(client, REMOTE_ADDR="10.1.2.3")
    before = SignIn.objects.get()
    client.post("/accounts/logout/")
    for _twice in range(2):
        sign_in(Client(), password="wrong")
    sign_in(client)
    text = told(client, A_PAGE)
    last = clock.shown(before.began_at)
    with override("zh-hans"):
        sentence = ngettext(
            "Last signed in at {at}, from {where}. {count} wrong password since.",
            "Last signed in at {at}, from {where}. {count} wrong passwords since.",
            2,
        )
    assert sentence.format(at=last, where="10.1.2.3", count=2) in text


# One session


def test_a_second_sign_in_ends_the_first_and_says_so(client: Client, clerk: User) -> None:
    sign_in(client, REMOTE_ADDR="10.1.2.3")
    elsewhere = Client()
    sign_in(elsewhere, REMOTE_ADDR="10.9.9.9")
    first = SignIn.objects.order_by("pk")[0]
    assert first.why_ended == Why.ELSEWHERE
    ended = "Your other session was ended: it was open since {since}, from {where}."
    assert words(ended, since=clock.shown(first.began_at), where="10.1.2.3") in told(elsewhere, A_PAGE)
    answer = client.get(A_PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next={A_PAGE}")
    assert "10.9.9.9" in why(first)
    assert why(first) in told(client)
    assert not is_in(client)
    assert is_in(elsewhere)


def test_an_office_may_allow_two_sessions(clerk: User, settings: Any) -> None:
    settings.SESSIONS_PER_ACCOUNT = 2
    one, two, three = Client(), Client(), Client()
    for each in (one, two, three):
        sign_in(each)
    assert [is_in(each) for each in (one, two, three)] == [False, True, True]


def test_accounts_do_not_end_each_others_sessions(client: Client, clerk: User, guard: User) -> None:
    sign_in(client)
    sign_in(Client(), name="guard")
    assert is_in(client)


def test_a_session_without_its_row_opens_nothing(client: Client, clerk: User) -> None:
    sign_in(client)
    session = client.session
    del session[signins.KEY]
    session.save()
    assert not is_in(client)


def test_a_session_cannot_hold_by_the_row_of_somebody_else(client: Client, clerk: User, guard: User) -> None:
    sign_in(client)
    sign_in(Client(), name="guard")
    session = client.session
    session[signins.KEY] = SignIn.objects.get(user=guard).pk
    session.save()
    assert not is_in(client)


# What ends a session at the next click


def close(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end_its_access(user: User) -> None:
    Access.objects.filter(user=user).update(during=periods.of(date(2000, 1, 1), date(2001, 1, 1)))


def revoke(user: User) -> None:
    assert signins.end(user, Why.REVOKED) == 1


def change_its_password(user: User) -> None:
    user.set_password("Another-1")
    user.save()


def leave_it_idle(user: User) -> None:
    SignIn.objects.update(seen_at=clock.now() - timedelta(seconds=1801), began_at=clock.now() - timedelta(hours=1))


def let_its_one_time_password_pass(user: User) -> None:
    User.objects.filter(pk=user.pk).update(one_time_until=clock.now() - timedelta(minutes=1))


ENDS = [
    (close, Why.CLOSED),
    (end_its_access, Why.NO_ACCESS),
    (revoke, Why.REVOKED),
    (change_its_password, Why.NEW_PASSWORD),
    (leave_it_idle, Why.IDLE),
    (let_its_one_time_password_pass, Why.ONE_TIME_OVER),
]


@pytest.mark.parametrize(("deed", "ending"), ENDS)
def test_the_next_click_leads_to_the_sign_in_page_that_says_why(
    client: Client, clerk: User, deed: Callable[[User], None], ending: str
) -> None:
    sign_in(client)
    deed(clerk)
    answer = client.get(f"{A_PAGE}?status=done")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next=/drafts/%3Fstatus%3Ddone")
    row = SignIn.objects.get()
    assert row.why_ended == ending
    assert why(row) in told(client)
    assert not is_in(client)


@pytest.mark.parametrize(("deed", "ending"), ENDS)
def test_a_part_of_a_page_is_led_there_as_a_whole(
    client: Client, clerk: User, deed: Callable[[User], None], ending: str
) -> None:
    sign_in(client)
    deed(clerk)
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/plans/"}
    answer = client.get(A_PAGE, headers=here)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, f"{LOGIN}?next=/plans/")
    assert not answer.content
    assert why(SignIn.objects.get()) in told(client)


@pytest.mark.parametrize(("deed", "ending"), ENDS)
def test_a_program_is_told_in_json_and_the_next_page_tells_it_again(
    client: Client, clerk: User, deed: Callable[[User], None], ending: str
) -> None:
    sign_in(client)
    deed(clerk)
    answer = client.get("/api/v1/plans/")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_over")
    assert answer.json()["detail"] == why(SignIn.objects.get())
    client.get(A_PAGE)
    assert why(SignIn.objects.get()) in told(client)


def test_every_ending_has_its_own_words(clerk: User) -> None:
    now = clock.now()
    said = {why(SignIn(pk=0, user=clerk, why_ended=each, ended_at=now)) for each in Why}
    assert len(said) == len(Why)


def test_an_idle_session_is_over_as_of_when_it_was(client: Client, clerk: User) -> None:
    sign_in(client)
    leave_it_idle(clerk)
    client.get(A_PAGE)
    row = SignIn.objects.get()
    assert row.ended_at == row.seen_at + timedelta(minutes=30)


def test_a_session_nobody_came_back_to_ends_by_the_clock(client: Client, clerk: User) -> None:
    sign_in(client)
    assert tidy_sessions() == 0
    leave_it_idle(clerk)
    assert tidy_sessions() == 1
    assert SignIn.objects.get().why_ended == Why.IDLE


def test_a_session_that_is_used_does_not_become_idle(client: Client, clerk: User) -> None:
    sign_in(client)
    SignIn.objects.update(seen_at=clock.now() - timedelta(minutes=29))
    assert is_in(client)
    assert SignIn.objects.get().seen_at > clock.now() - timedelta(minutes=1)


def test_a_page_that_asks_by_itself_how_far_a_job_is_does_not_keep_a_session(client: Client, clerk: User) -> None:
    sign_in(client)
    job = Job.objects.create(kind="evaluate", prefix="370102001", arguments={})
    progress = reverse("job_progress", args=[job.pk])
    at = clock.now() - timedelta(minutes=29)
    SignIn.objects.update(seen_at=at)
    assert client.get(progress, headers={"hx-request": "true"}).status_code == 200
    assert SignIn.objects.get().seen_at == at
    SignIn.objects.update(seen_at=clock.now() - timedelta(minutes=31), began_at=clock.now() - timedelta(hours=1))
    assert client.get(progress, headers={"hx-request": "true"})["HX-Redirect"].startswith(LOGIN)
    assert SignIn.objects.get().why_ended == Why.IDLE


def test_every_page_that_polls_is_known_to_do_so() -> None:
    for name in ("job_progress", "audit_verification_progress", "reports_rows"):
        (view,) = {route.view for route in doors.routes() if route.name == name}
        assert is_asked_by_pages(view), name


def test_an_account_that_was_never_granted_anything_may_sign_in_and_wait(client: Client) -> None:
    User.objects.create_user("new", password=PASSWORD)
    sign_in(client, name="new")
    assert client.get(reverse("account_change_password")).status_code == 200


def test_an_account_whose_access_has_ended_does_not_get_in(client: Client, clerk: User) -> None:
    end_its_access(clerk)
    answer = sign_in(client)
    assert answer.headers["Location"] == LOGIN
    ended = "The access of your account has ended. Ask the security administrator of your office for another."
    assert words(ended) in told(client)
    assert not SignIn.objects.exists()


def test_the_sign_in_page_is_open_after_a_session_ended(client: Client, clerk: User) -> None:
    sign_in(client)
    revoke(clerk)
    assert client.get(LOGIN).status_code == 200
    sign_in(client)
    assert is_in(client)


# Locked out


def guess(times: int, name: str = "wang") -> Any:
    return [sign_in(Client(), name=name, password="wrong") for _each in range(times)][-1]


def test_after_five_wrong_passwords_the_right_one_does_not_help_and_the_page_says_until_when(clerk: User) -> None:
    text = text_of(guess(5))
    until = signins.locked_until("wang")
    assert until is not None
    assert abs(until - clock.now() - timedelta(minutes=15)) < timedelta(seconds=30)
    locked = (
        "Too many wrong passwords: nobody gets in under this name until {until}, not with the right one "
        "either. If it cannot wait, ask the security administrator of your office to unlock the account."
    )
    assert words(locked, until=clock.shown(until)) in text
    client = Client()
    assert words(locked, until=clock.shown(until)) in text_of(sign_in(client))
    assert not is_in(client)
    assert signins.is_locked(clerk)


def test_four_wrong_passwords_do_not_lock(client: Client, clerk: User) -> None:
    guess(4)
    sign_in(client)
    assert is_in(client)


def test_names_are_counted_however_they_are_written(clerk: User) -> None:
    for name in ("wang", "WANG", " wang ", "Wang", "ｗａｎｇ"):
        guess(1, name)
    assert signins.is_locked(clerk)


def test_a_name_that_no_account_has_is_answered_in_the_same_words(clerk: User) -> None:
    def answers(name: str) -> list[str]:
        said = [sign_in(Client(), name=name, password="wrong").context["form"].non_field_errors() for _ in range(6)]
        return ["".join(part for part in each[0] if not part.isdigit()) for each in said]  # a minute may have passed

    assert answers("wang") == answers("nobody")
    locked = {event.object_key for event in Event.objects.filter(action="signin.lock")}
    assert locked == {str(clerk.pk)}


def test_what_was_typed_is_kept_nowhere(clerk: User) -> None:
    sign_in(Client(), name="My-Secret-Password-1", password="wrong")
    event = Event.objects.get(action="signin.fail")
    assert "Secret" not in f"{event.detail}{event.object_key}"


def test_the_security_administrator_unlocks(client: Client, clerk: User, guard: User) -> None:
    guess(5)
    signins.unlock(clerk, by=guard)
    assert not signins.is_locked(clerk)
    sign_in(client)
    assert is_in(client)
    assert Event.objects.get(action="signin.unlock").actor == guard


def test_after_an_unlock_five_more_failures_lock_again(clerk: User, guard: User) -> None:
    guess(5)
    signins.unlock(clerk, by=guard)
    guess(4)
    assert not signins.is_locked(clerk)
    guess(1)
    assert signins.is_locked(clerk)


def test_the_admin_is_entered_by_the_same_door(clerk: User) -> None:
    guess(5)
    client = Client()
    answer = client.post("/admin/login/", {"username": "wang", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[0][0].startswith(LOGIN)
    assert not is_in(client)


# The second factor


@pytest.fixture
def demanded(settings: Any) -> None:
    settings.SECOND_FACTOR = "required"


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
@pytest.mark.usefixtures("demanded")
def test_an_administrator_gets_nothing_before_a_second_factor(client: Client, role: Role) -> None:
    client.force_login(an_account("boss", role, "3701"))
    for address in ("/", A_PAGE, "/admin/", reverse("admin:ground_user_changelist"), "/drafts/"):
        assert client.get(address).headers["Location"] == reverse("mfa_activate_totp")
    assert client.get("/api/v1/plans/").json()["code"] == "something_first"
    assert client.get(A_PAGE, headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse("mfa_activate_totp")
    assert client.post("/accounts/logout/").headers["Location"] == "/"


@pytest.mark.usefixtures("demanded")
def test_so_does_who_may_reveal_personal_data(client: Client, clerk: User) -> None:
    Access.objects.update(may_reveal=True)
    client.force_login(clerk)
    assert client.get(A_PAGE).headers["Location"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("demanded")
def test_others_need_none(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    assert is_in(client)


def test_an_office_may_ask_it_of_everyone(client: Client, clerk: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "everyone"
    client.force_login(clerk)
    assert client.get(A_PAGE).headers["Location"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("demanded")
def test_the_secret_of_an_app_is_stored_encrypted(client: Client, guard: User) -> None:
    sign_in(client, name="guard")
    page = client.get(reverse("mfa_activate_totp"))
    enrol(client, page.context["form"].secret)
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert page.context["form"].secret not in stored


@pytest.mark.usefixtures("demanded")
def test_after_enrolment_the_codes_come_before_everything(client: Client, guard: User) -> None:
    sign_in(client, name="guard")
    enrol(client, client.get(reverse("mfa_activate_totp")).context["form"].secret)
    codes = reverse("mfa_view_recovery_codes")
    assert client.get(A_PAGE).headers["Location"] == codes
    assert len(client.get(codes).context["unused_codes"]) == 10
    client.post(reverse("codes_kept"))
    assert client.get(A_PAGE).headers["Location"] == codes
    client.post(reverse("codes_kept"), {"kept": "yes"})
    assert is_in(client)
    told = [event.detail for event in Event.objects.filter(action="factor.add").order_by("pk")]
    assert [detail.get("kind", "kept") for detail in told] == ["totp", "recovery_codes", "kept"]


@pytest.mark.usefixtures("demanded")
def test_who_takes_the_app_out_of_use_must_set_up_another_at_once(client: Client, guard: User) -> None:
    sign_in(client, name="guard")
    enrol(client, client.get(reverse("mfa_activate_totp")).context["form"].secret)
    client.post(reverse("codes_kept"), {"kept": "yes"})
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(reverse("mfa_deactivate_totp"))
    assert client.get(A_PAGE).headers["Location"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("demanded")
def test_a_step_that_matters_asks_again_who_it_is_some_minutes_after_signing_in(client: Client, guard: User) -> None:
    sign_in(client, name="guard")
    session = client.session
    session["account_authentication_methods"] = [
        {**step, "at": step["at"] - 301} for step in session["account_authentication_methods"]
    ]
    session.save()
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))


def enrol(client: Client, secret: str) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})


def test_the_code_of_enrolment_opens_nothing_a_second_time(client: Client, guard: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "required"
    sign_in(client, name="guard")
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    used = code_now(secret)
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": used})
    client.post("/accounts/logout/")
    sign_in(client, name="guard")
    assert client.post(reverse("mfa_authenticate"), {"code": used}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret, steps=1)}).status_code == 302


def test_a_code_is_remembered_as_used_for_as_long_as_it_would_be_right(
    client: Client, guard: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "required"
    sign_in(client, name="guard")
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    enrol(client, secret)
    client.post("/accounts/logout/")
    sign_in(client, name="guard")
    used = code_now(secret, steps=1)
    assert client.post(reverse("mfa_authenticate"), {"code": used}).status_code == 302
    remembered: Any = caches["default"]
    ends = [at for key, at in remembered._expire_info.items() if key.endswith(f"code={used}")]
    assert ends[0] - time.time() > 60


def test_a_second_factor_whose_key_is_missing_is_said_in_words(client: Client, guard: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "required"
    sign_in(client, name="guard")
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    enrol(client, secret)
    client.post("/accounts/logout/")
    settings.DATA_KEY = bytes(32)
    sign_in(client, name="guard")
    answer = client.post(reverse("mfa_authenticate"), {"code": code_now(secret, steps=1)})
    assert answer.status_code == 200
    assert "DATA_KEYS_BEFORE" in answer.content.decode()


def test_wrong_codes_lock_the_second_step(client: Client, guard: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "required"
    sign_in(client, name="guard")
    enrol(client, client.get(reverse("mfa_activate_totp")).context["form"].secret)
    client.post("/accounts/logout/")
    sign_in(client, name="guard")
    for _each in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000x"})
    text = text_of(client.post(reverse("mfa_authenticate"), {"code": "000000x"}))
    locked = "Too many wrong codes. Wait a quarter of an hour, or ask the security administrator of your office."
    assert words(locked) in text
    assert Event.objects.filter(action="factor.fail").count() == 5
