"""Who gets in: accounts that were given out, by user name, and nobody who keeps guessing."""

import pytest
from django.core.cache import cache
from django.test import Client

from communities.ground.models import User

PASSWORD = "yi-ge-hen-chang-de-mima"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget_earlier_attempts() -> None:
    cache.clear()


@pytest.fixture
def clerk() -> User:
    return User.objects.create_user("wang", password=PASSWORD)


def log_in(client: Client, password: str) -> bool:
    client.post("/accounts/login/", {"login": "wang", "password": password})
    return "_auth_user_id" in client.session


def test_an_account_logs_in_by_its_name(client: Client, clerk: User) -> None:
    assert log_in(client, PASSWORD)


def test_after_five_wrong_passwords_the_right_one_does_not_help(client: Client, clerk: User) -> None:
    for _ in range(5):
        assert not log_in(client, "wrong")
    assert not log_in(client, PASSWORD)


def test_the_lock_holds_from_another_address_too(client: Client, clerk: User) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    assert not log_in(Client(REMOTE_ADDR="10.0.0.9"), PASSWORD)


def test_nobody_signs_up(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"username": "li", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code in {200, 302, 403}
    assert not User.objects.exists()


def test_the_admin_has_no_log_in_of_its_own(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "page",
    ["password/reset/", "password/reset/done/", "password/reset/key/1-abc/", "email/", "confirm-email/abc/"],
)
def test_nothing_goes_by_e_mail_and_its_pages_lead_to_the_log_in(client: Client, clerk: User, page: str) -> None:
    for answer in (client.get(f"/accounts/{page}"), client.post(f"/accounts/{page}", {"email": "wang@example.org"})):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/")


@pytest.mark.parametrize("page", ["password/change/", "2fa/", "logout/", "reauthenticate/"])
def test_the_other_pages_of_the_own_account_open(client: Client, clerk: User, page: str) -> None:
    client.force_login(clerk)
    assert client.get(f"/accounts/{page}").status_code == 200
