"""The rules of a password, and when another must be chosen."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from communities.ground import clock, passwords
from communities.ground.models import Event, PastPassword, Role, SignIn, User
from communities.ground.sessions import BY_SERVICE, WEAK
from tests.factories.judged import PASSWORD, an_account

pytestmark = pytest.mark.django_db

CHANGE = "/accounts/password/change/"
GOOD = "Wenming-2008"


@pytest.fixture(autouse=True)
def forget_earlier_attempts() -> None:
    cache.clear()


@pytest.fixture
def clerk() -> User:
    user = an_account("wang", Role.CLERK, "370102001")
    User.objects.filter(pk=user.pk).update(full_name="王建国")
    user.refresh_from_db()
    return user


def refused(password: str, user: User | None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {str(each.code) for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        (GOOD, set()),
        ("Wenming2008", set()),
        ("wenming-2008", set()),
        ("文明社区Aa-9", set()),
        ("Aa-9aaa", {"password_too_short"}),
        ("wenmingshequ2008", {"password_not_mixed"}),
        ("wenmingshequ", {"password_not_mixed"}),
        ("Wang-2008!", {"password_with_name"}),
        ("gnaW-2008!", {"password_with_name"}),
        ("王建国-Aa2008", {"password_with_name"}),
        ("ｗａｎｇ-Aa2008", {"password_with_name"}),
        ("P@ssw0rd", {"password_too_common"}),
    ],
)
def test_a_password_keeps_the_rules(clerk: User, password: str, codes: set[str]) -> None:
    assert refused(password, clerk) == codes


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_an_administrators_has_twelve_characters(role: Role) -> None:
    boss = an_account("boss", role, "3701")
    assert refused("Abcd-efg123", boss) == {"password_too_short"}
    assert refused("Abcd-efg1234", boss) == set()


def test_the_rules_are_told_before_they_are_broken(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    page = html.unescape(client.get(CHANGE).content.decode())
    with override("zh-hans"):
        for rule in password_validators_help_texts():
            assert str(rule) in page


# The last five


def choose(user: User, *words: str) -> None:
    for word in words:
        passwords.choose(user, word)


def test_none_of_the_last_five_is_taken_again(clerk: User) -> None:
    used = [f"Wenming-{number}00" for number in range(6)]
    choose(clerk, *used)
    assert [refused(each, clerk) for each in used] == [set(), *[{"password_used_before"}] * 5]
    assert PastPassword.objects.filter(user=clerk).count() == 5


def by_its_owner(user: User) -> None:
    passwords.choose(user, GOOD)


def on_the_account(user: User) -> None:
    user.set_password(GOOD)
    user.save()


def past_the_account(user: User) -> None:
    user.set_password(GOOD)
    User.objects.filter(pk=user.pk).update(password=user.password)


def with_many_others(user: User) -> None:
    user.set_password(GOOD)
    User.objects.bulk_update([user], ["password"])


WAYS = [by_its_owner, on_the_account, past_the_account, with_many_others]


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_a_password_is_set_it_is_remembered(clerk: User, way: Callable[[User], Any]) -> None:
    way(clerk)
    clerk.set_password("Something-else-1")
    clerk.save()
    assert refused(GOOD, clerk) == {"password_used_before"}


def test_the_first_password_of_an_account_is_remembered_too() -> None:
    user = User.objects.create_user("li", password=GOOD)
    choose(user, "Something-else-1")
    assert refused(GOOD, user) == {"password_used_before"}


def test_no_password_is_none_to_remember(clerk: User) -> None:
    before = PastPassword.objects.count()
    clerk.set_unusable_password()
    clerk.save()
    assert PastPassword.objects.count() == before


# When another must be chosen


def change(client: Client, old: str, new: str) -> Any:
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


def leads_to_the_choice(client: Client) -> bool:
    answer = client.get("/drafts/")
    return bool(answer.status_code == 302 and answer.headers["Location"] == CHANGE)


def test_a_one_time_password_opens_nothing_but_the_choice_of_another(client: Client, clerk: User) -> None:
    User.objects.update(one_time_until=clock.now() + timedelta(days=1))
    client.post("/accounts/login/", {"login": "wang", "password": PASSWORD})
    for address in ("/", "/drafts/", "/jobs/", "/admin/", reverse("mfa_index"), reverse("mfa_activate_totp")):
        assert client.get(address).headers["Location"] == CHANGE
    assert client.get("/api/v1/plans/").status_code == 403
    change(client, PASSWORD, GOOD)
    assert client.get("/drafts/").status_code == 200
    clerk.refresh_from_db()
    assert clerk.one_time_until is None
    assert clerk.password_set_at is not None


def test_it_dies_at_its_date(client: Client, clerk: User) -> None:
    User.objects.update(one_time_until=clock.now() - timedelta(seconds=1))
    client.post("/accounts/login/", {"login": "wang", "password": PASSWORD})
    assert not SignIn.objects.exists()


def test_after_ninety_days_another_is_chosen(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    User.objects.update(password_set_at=clock.now() - timedelta(days=89))
    assert not leads_to_the_choice(client)
    User.objects.update(password_set_at=clock.now() - timedelta(days=91))
    assert leads_to_the_choice(client)


def test_an_office_may_take_another_number_of_days(client: Client, clerk: User, settings: Any) -> None:
    settings.PASSWORD_DAYS = 30
    client.force_login(clerk)
    User.objects.update(password_set_at=clock.now() - timedelta(days=31))
    assert leads_to_the_choice(client)


def test_a_password_of_which_nobody_knows_the_day_is_as_old_as_its_account(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    User.objects.update(password_set_at=None, date_joined=clock.now() - timedelta(days=91))
    assert leads_to_the_choice(client)


def test_who_became_an_administrator_chooses_a_longer_one(client: Client) -> None:
    boss = an_account("boss", Role.AUDITOR, "3701")
    boss.set_password("Kurz-2008")
    boss.save()
    client.post("/accounts/login/", {"login": "boss", "password": "Kurz-2008"})
    assert client.session[WEAK]
    assert leads_to_the_choice(client)
    change(client, "Kurz-2008", "Viel-laenger-2008")
    assert not leads_to_the_choice(client)


def test_a_wrong_password_where_it_is_asked_again_does_not_free_from_the_choice(client: Client) -> None:
    boss = an_account("boss", Role.AUDITOR, "3701")
    boss.set_password("Kurz-2008")
    boss.save()
    client.post("/accounts/login/", {"login": "boss", "password": "Kurz-2008"})
    client.post(reverse("account_reauthenticate"), {"password": "a wrong one"})
    assert leads_to_the_choice(client)
    client.post(reverse("account_reauthenticate"), {"password": "Kurz-2008"})
    assert leads_to_the_choice(client)


def test_it_does_not_turn_a_sign_in_by_the_service_into_one_by_password(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    session = client.session
    session[BY_SERVICE] = True
    session.save()
    client.post(reverse("account_reauthenticate"), {"password": "a wrong one"})
    assert client.session[BY_SERVICE]


def test_a_change_ends_the_other_sessions_and_not_this_one(client: Client, clerk: User, settings: Any) -> None:
    settings.SESSIONS_PER_ACCOUNT = 2
    other = Client()
    for each in (client, other):
        each.post("/accounts/login/", {"login": "wang", "password": PASSWORD})
    change(client, PASSWORD, GOOD)
    assert client.get("/drafts/").status_code == 200
    assert other.get("/drafts/").status_code == 302
    ended = SignIn.objects.exclude(ended_at=None)
    assert [row.why_ended for row in ended] == [SignIn.WhyEnded.NEW_PASSWORD]
    assert Event.objects.filter(action="password.change", actor=clerk).exists()


def test_a_bad_choice_is_refused_on_the_page(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    answer = change(client, PASSWORD, "wang")
    assert answer.status_code == 200
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_who_must_choose_a_password_may_try_more_often_than_it_takes(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    sent = {"oldpassword": PASSWORD, "password1": "weak", "password2": "weak"}
    assert {client.post(CHANGE, sent).status_code for _each in range(20)} == {200}


def test_who_tried_too_often_is_told_when_to_try_again(client: Client, clerk: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "change_password": "1/m/user"}
    client.force_login(clerk)
    sent = {"oldpassword": PASSWORD, "password1": "weak", "password2": "weak"}
    client.post(CHANGE, sent)
    answer = client.post(CHANGE, sent)
    soon = [clock.shown(clock.now() + timedelta(minutes=minutes)) for minutes in (1, 2)]
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert any(moment in answer.content.decode() for moment in soon)
