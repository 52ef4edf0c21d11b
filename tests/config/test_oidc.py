"""The city's own sign-in service: off by default, lets in who has an account here, signs nobody up, keeps nothing."""

import http.client
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from communities.ground import clock, periods
from communities.ground.models import Access, Event, Role, SignIn, User
from config.variables import VARIABLES
from tests.config import provider as service
from tests.factories.judged import an_account

pytestmark = pytest.mark.django_db

BEGIN = "/accounts/oidc/city/login/"
OWN_PAGE = "/drafts/"


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[service.Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with service.running() as provider:
        app = {
            "provider_id": "city",
            "name": "统一身份认证",
            "client_id": service.CLIENT,
            "secret": service.SECRET,
            "settings": {"server_url": provider.address, "oauth_pkce_enabled": True},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield provider


@pytest.fixture
def clerk() -> User:
    return an_account("wang", Role.CLERK, "370102001")


def go_through(client: Client, begin: str = BEGIN) -> Any:
    """Follow the link of the sign-in page to the service and back, as a browser does."""
    there = urlsplit(client.get(begin).headers["Location"])
    connection = http.client.HTTPConnection(there.netloc)
    connection.request("GET", f"{there.path}?{there.query}")
    back = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return client.get(f"{back.path}?{back.query}")


def is_in(client: Client) -> bool:
    return bool(client.get(OWN_PAGE).status_code == 200)


def test_it_is_off_unless_it_is_set_up(client: Client) -> None:
    assert client.get(BEGIN).status_code == 404
    assert BEGIN not in client.get("/accounts/login/").content.decode()


@pytest.mark.usefixtures("provider")
def test_the_sign_in_page_leads_there_and_back_to_where_one_wanted_to_go(client: Client, clerk: User) -> None:
    assert f'href="{BEGIN}?next=/drafts/"' in client.get("/accounts/login/?next=/drafts/").content.decode()
    assert go_through(client, f"{BEGIN}?next=/drafts/").headers["Location"] == "/drafts/"
    assert is_in(client)
    assert SignIn.objects.get().user == clerk


def test_what_the_service_tells_is_kept_nowhere(client: Client, clerk: User, provider: service.Provider) -> None:
    provider.person["email"] = "wang@example.gov.cn"
    go_through(client)
    assert is_in(client)
    assert not SocialAccount.objects.exists()
    clerk.refresh_from_db()
    assert clerk.email == ""


def test_the_portal_proves_itself_and_the_code_is_bound_to_it(
    client: Client, clerk: User, provider: service.Provider
) -> None:
    go_through(client)
    assert provider.asked[0]["client_secret"] == service.SECRET
    assert len(provider.asked[0]["code_verifier"]) >= 43


def test_a_user_name_without_an_account_is_not_let_in(client: Client, provider: service.Provider) -> None:
    assert go_through(client).headers["Location"] == "/accounts/login/"
    assert not is_in(client)
    assert not User.objects.exists()
    assert Event.objects.get().action == "signin.fail"


def test_names_are_the_same_only_when_they_are_the_same(
    client: Client, clerk: User, provider: service.Provider
) -> None:
    provider.person["preferred_username"] = "WANG"
    go_through(client)
    assert not is_in(client)


def test_another_claim_may_hold_the_user_name(
    client: Client, clerk: User, provider: service.Provider, settings: Any
) -> None:
    settings.OIDC_USERNAME_CLAIM = "account"
    go_through(client)
    assert not is_in(client)
    provider.person["account"] = "wang"
    go_through(client)
    assert is_in(client)


@pytest.mark.usefixtures("provider")
def test_a_closed_account_stays_closed(client: Client, clerk: User) -> None:
    User.objects.update(is_active=False)
    assert go_through(client).headers["Location"] == reverse("account_inactive")
    assert not is_in(client)


@pytest.mark.usefixtures("provider")
def test_an_access_that_ended_stays_ended(client: Client, clerk: User) -> None:
    Access.objects.update(during=periods.of(date(2000, 1, 1), date(2001, 1, 1)))
    assert go_through(client).headers["Location"] == "/accounts/login/"
    assert not is_in(client)


@pytest.mark.usefixtures("provider")
def test_the_second_factor_is_asked_here_all_the_same(client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR = "required"
    an_account("wang", Role.SECURITY, "3701")
    go_through(client)
    assert client.get(OWN_PAGE).headers["Location"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("provider")
def test_an_old_password_does_not_matter_to_who_does_not_use_it(client: Client, clerk: User) -> None:
    long_ago = clock.now() - timedelta(days=400)
    User.objects.update(password_set_at=long_ago, date_joined=long_ago)
    go_through(client)
    assert is_in(client)


def test_a_service_that_does_not_answer_as_it_should_leads_back_to_the_password(
    client: Client, clerk: User, provider: service.Provider
) -> None:
    provider.codes = _Forgetful()
    assert go_through(client).headers["Location"] == "/accounts/login/"
    assert not is_in(client)


@pytest.mark.usefixtures("provider")
def test_an_answer_that_nobody_asked_for_is_refused(client: Client, clerk: User) -> None:
    assert client.get(f"{BEGIN}callback/?code=made-up&state=made-up").headers["Location"] == "/accounts/login/"
    assert not is_in(client)


class _Forgetful(dict[str, dict[str, str]]):
    def pop(self, *_: Any) -> Any:
        return None


def test_the_service_is_believed_only_over_https() -> None:
    check = VARIABLES["OIDC_SERVER"].check
    assert check("http://id.example.gov.cn")
    assert check("https://id.example.gov.cn") is None
