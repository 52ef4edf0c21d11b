"""Drafts: kept for their owner alone, never personal, gone when sent."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from communities.ground import clock, drafts, periods, signins
from communities.ground.models import Access, Draft, Role, SignIn, User
from tests.factories.judged import an_account
from tests.factories.people import identity_number, mobile_number

pytestmark = pytest.mark.django_db

DRAFTS = "/drafts/"
FORM = "/admin/facilities/facility/add/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def clerk() -> User:
    return an_account("wang", Role.CLERK, "370102001")


@pytest.fixture
def signed_in(client: Client, clerk: User) -> Client:
    client.force_login(clerk)
    return client


def keep(client: Client, fields: Any, address: str = FORM) -> Any:
    return client.post(DRAFTS, {"address": address, "fields": json.dumps(fields)}, headers=JSON)


def kept(client: Client, address: str = FORM) -> Any:
    return client.get(DRAFTS, {"address": address}, headers=JSON).json().get("fields")


def test_what_is_typed_is_kept_and_given_back(signed_in: Client) -> None:
    told = keep(signed_in, [["name", "用房"], ["kind", "office", "办公"]]).json()
    assert set(told) == {"at", "milliseconds", "fields"}
    assert kept(signed_in) == [["name", "用房"], ["kind", "office", "办公"]]
    keep(signed_in, [["name", "另一处用房"]])
    assert kept(signed_in) == [["name", "另一处用房"]]
    assert Draft.objects.count() == 1


def test_of_a_page_without_a_draft_nothing_is_told(signed_in: Client) -> None:
    assert signed_in.get(DRAFTS, {"address": FORM}, headers=JSON).json() == {}


def test_nobody_else_reads_or_removes_it(signed_in: Client) -> None:
    keep(signed_in, [["name", "用房"]])
    other = Client()
    other.force_login(an_account("li", Role.CLERK, "370102001"))
    assert kept(other) is None
    assert "用房" not in other.get(DRAFTS).content.decode()
    other.post(DRAFTS, {"address": FORM, "discard": "yes"}, headers=JSON)
    assert kept(signed_in) == [["name", "用房"]]


def test_who_is_not_signed_in_keeps_nothing(client: Client) -> None:
    assert keep(client, [["name", "用房"]]).status_code in (302, 401, 403)
    assert not Draft.objects.exists()


def test_it_is_thrown_away_on_demand(signed_in: Client) -> None:
    keep(signed_in, [["name", "用房"]])
    assert signed_in.post(DRAFTS, {"address": FORM, "discard": "yes"}).headers["Location"] == DRAFTS
    assert kept(signed_in) is None


def test_the_page_of_drafts_works_without_a_script(signed_in: Client) -> None:
    keep(signed_in, [["kind", "office", "办公用房"]])
    page = signed_in.get(DRAFTS).content.decode()
    assert "办公用房" in page
    assert f'href="{FORM}"' in page


@pytest.mark.parametrize(
    "field",
    [
        ["csrfmiddlewaretoken", "x"],
        ["password1", "Wenming-2008"],
        ["_save", "x"],
        ["note", identity_number()],
        ["note", f"电话 {mobile_number()}"],
        ["person", "7", f"李某 {mobile_number()}"],
    ],
)
def test_what_is_personal_or_only_mechanics_never_gets_in(signed_in: Client, field: list[str]) -> None:
    keep(signed_in, [field, ["name", "用房"]])
    assert kept(signed_in) == [["name", "用房"]]


@pytest.mark.parametrize(
    "fields",
    ["text", {"name": "x"}, [["name"]], [["name", 7]], [["a", "b", "c", "d"]], [["n", "x" * 200_001]]],
)
def test_what_no_form_of_ours_sends_is_kept_out(signed_in: Client, fields: Any) -> None:
    answer = keep(signed_in, fields)
    assert answer.status_code == 400 or answer.json()["fields"] == []
    assert not Draft.objects.exclude(fields=[]).exists()


@pytest.mark.parametrize("address", ["", "https://elsewhere.example/", "/" + "x" * 500])
def test_only_pages_have_drafts(signed_in: Client, address: str) -> None:
    assert keep(signed_in, [["name", "x"]], address).status_code == 400


def test_an_account_has_at_most_fifty(signed_in: Client) -> None:
    for number in range(52):
        keep(signed_in, [["name", "x"]], f"/page/{number}/")
    assert Draft.objects.count() == 50
    assert kept(signed_in, "/page/0/") is None
    assert kept(signed_in, "/page/51/") is not None


# A form that came after its session had ended


def late(client: Client, **more: str) -> Any:
    return client.post(
        FORM, {"draft": FORM, "draft_without": "phone inline-0-phone", "name": "用房", "_save": "x", **more}
    )


def test_a_form_that_comes_too_late_is_kept_without_what_is_private(signed_in: Client, clerk: User) -> None:
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    answer = late(signed_in, phone="secret", **{"inline-0-phone": "secret"})
    assert answer.headers["Location"] == "/accounts/login/?next=/"
    assert Draft.objects.get(user=clerk).fields == [["name", "用房"]]


def test_the_sign_in_page_leads_back_to_the_form(signed_in: Client, clerk: User) -> None:
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    answer = signed_in.post(
        FORM, {"draft": FORM, "name": "用房"}, HTTP_REFERER=f"http://testserver{FORM}?_changelist_filters=x"
    )
    assert answer.headers["Location"] == f"/accounts/login/?next={FORM}%3F_changelist_filters%3Dx"


@pytest.mark.parametrize("why", [SignIn.WhyEnded.REVOKED, SignIn.WhyEnded.ONE_TIME_OVER, SignIn.WhyEnded.SIGNED_OUT])
def test_what_was_typed_is_kept_however_the_session_of_who_comes_back_ended(
    signed_in: Client, clerk: User, why: str
) -> None:
    signins.end(clerk, why)
    late(signed_in)
    assert Draft.objects.filter(user=clerk).exists()


@pytest.mark.parametrize("why", [SignIn.WhyEnded.NO_ACCESS, SignIn.WhyEnded.CLOSED])
def test_nothing_is_kept_for_who_was_put_out(signed_in: Client, clerk: User, why: str) -> None:
    signins.end(clerk, why)
    late(signed_in)
    assert not Draft.objects.exists()


def test_a_form_from_elsewhere_is_not_kept(clerk: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    assert late(client).status_code == 403
    assert not Draft.objects.exists()


# Sent


def test_a_form_that_was_taken_takes_its_draft_along(signed_in: Client) -> None:
    keep(signed_in, [["theme", "dark"]], "/drafts/")
    answer = signed_in.post("/preferences/", {"draft": "/drafts/", "theme": "dark", "next": "/drafts/"})
    assert answer.status_code == 302
    assert kept(signed_in, "/drafts/") is None
    assert answer.cookies["draft_sent"].value == "%2Fdrafts%2F"


def test_one_that_came_back_with_errors_does_not(signed_in: Client) -> None:
    keep(signed_in, [["name", "用房"]])
    assert signed_in.post(FORM, {"draft": FORM, "name": "用房"}).status_code in (200, 403)
    assert kept(signed_in) == [["name", "用房"]]


def test_one_that_was_answered_with_a_failure_and_another_page_does_not(signed_in: Client) -> None:
    """The page of recovery codes leads back to itself with an error where the box is not ticked."""
    keep(signed_in, [["kept", "not yet"]], "/drafts/")
    answer = signed_in.post(reverse("codes_kept"), {"draft": "/drafts/"})
    assert answer.status_code == 302
    assert kept(signed_in, "/drafts/") == [["kept", "not yet"]]
    assert "draft_sent" not in answer.cookies


def test_one_that_was_led_away_does_not(signed_in: Client, clerk: User) -> None:
    keep(signed_in, [["name", "用房"]])
    User.objects.update(one_time_until=clock.now() + timedelta(days=1))
    assert late(signed_in).headers["Location"] == reverse("account_change_password")
    assert Draft.objects.filter(user=clerk, address=FORM).exists()


# What a form says of itself


class Person(forms.Form):
    name = forms.CharField()
    phone = forms.CharField(widget=forms.TextInput(attrs={"data-private": True}))
    born = forms.CharField(
        widget=forms.MultiWidget(widgets=[forms.TextInput(attrs={"data-private": True}), forms.TextInput()])
    )


def test_a_form_names_its_private_inputs() -> None:
    assert drafts.private_names([Person(), Person(prefix="i-0")]) == ["phone", "born", "i-0-phone", "i-0-born"]


def test_the_forms_of_registers_keep_drafts_and_those_of_accounts_do_not(client: Client) -> None:
    officer = an_account("zhao", Role.OFFICER, "3701")
    client.force_login(officer)
    assert f'data-draft="{FORM}"' in client.get(FORM).content.decode()
    Access.objects.filter(user=officer).update(role=Role.SYSTEM, during=periods.of(date(2000, 1, 1)))
    for page in (reverse("account_change_password"), reverse("mfa_index")):
        assert "data-draft=" not in client.get(page).content.decode()
