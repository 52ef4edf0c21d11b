"""
Signing in, in a real browser: second factor, lockout, revocation, a second session, and the text nobody loses.

The authenticator app is RFC 6238 as any telephone computes it, from the secret that the page shows.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from communities.ground import periods, signins
from communities.ground.models import Access, Draft, Role, SignIn, User
from communities.places.models import Place
from facilities.models import Facility
from tests.factories.facilities import FacilityFactory
from tests.factories.judged import a_city
from tests.factories.people import mobile_number
from tests.ground.authenticator import code_now

from .conftest import PASSWORD, Site

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DRAFTS = "/drafts/"


@pytest.fixture(autouse=True)
def _as_on_a_server(settings: Any) -> Iterator[None]:
    settings.SECOND_FACTOR = "required"
    cache.clear()
    yield
    cache.clear()


def an_account(name: str, role: Role, prefix: str, full_name: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, full_name=full_name, is_staff=True, prefix=prefix)
    Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2000, 1, 1)))
    return user


@pytest.fixture
def guard() -> User:
    return an_account("guard", Role.SECURITY, "3701", "市民政局 安某")


@pytest.fixture
def clerk() -> User:
    return an_account("wang", Role.CLERK, "370102001", "文东街道 王某")


@pytest.fixture
def facility() -> Facility:
    a_city()
    return FacilityFactory(place=Place.objects.get(codes__code="370102001001"))


def enrol(site: Site, name: str) -> tuple[str, list[str]]:
    """Sign in for the first time, set up the app, keep the codes; return the app's secret and the codes."""
    page = site.log_in(name)
    assert page.url.endswith(reverse("mfa_activate_totp"))
    site.picture("second-factor-enrol")
    assert page.locator("main img").evaluate("image => image.complete && image.naturalWidth > 100")
    secret = page.locator("main code").inner_text().strip()
    page.locator("main input[name=code]").fill(code_now(secret))
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**" + reverse("mfa_view_recovery_codes"))
    site.picture("second-factor-codes")
    codes = page.locator("main ul.code li").all_inner_texts()
    site.open("/")
    assert page.url.endswith(reverse("mfa_view_recovery_codes"))  # nothing else before they are kept
    page.locator("main input[name=kept]").check()
    page.locator("main form.form button[type=submit]").click()
    page.wait_for_load_state("load")
    return secret, codes


def sign_out(site: Site) -> None:
    site.page.locator("details.frame-menu:has(form[data-sign-out]) > summary").click()
    site.page.locator("form[data-sign-out] button").click()
    site.page.wait_for_load_state("load")


def answer_with(site: Site, code: str) -> None:
    site.page.wait_for_url("**" + reverse("mfa_authenticate"))
    site.page.locator("main input[name=code]").fill(code)
    site.page.locator("main form[novalidate] button.primary").click()
    site.page.wait_for_load_state("load")


def is_in(site: Site) -> bool:
    return "/accounts/" not in site.open(DRAFTS).url


def test_an_administrator_enrols_and_signs_in_with_the_app_and_with_a_recovery_code(site: Site, guard: User) -> None:
    secret, codes = enrol(site, "guard")
    assert len(codes) == 10
    assert is_in(site)
    sign_out(site)
    site.log_in("guard")
    site.picture("second-factor-asked")
    assert not is_in(site)
    site.open(reverse("mfa_authenticate"))
    answer_with(site, code_now(secret, steps=1))  # that of enrolment is not taken twice
    assert is_in(site)
    assert SignIn.objects.filter(user=guard, second_factor=True).count() == 2
    sign_out(site)
    site.log_in("guard")
    answer_with(site, codes[0])
    assert is_in(site)
    sign_out(site)
    site.log_in("guard")
    answer_with(site, codes[0])
    assert not is_in(site)  # each opens the account once


@pytest.mark.usefixtures("facility")
def test_a_clerk_is_locked_out_and_let_in_again(
    site: Site, open_site: Callable[..., Site], clerk: User, guard: User
) -> None:
    for _each in range(5):
        site.log_in("wang", "not this one")
    site.picture("locked-out")
    site.log_in("wang")
    assert not is_in(site)
    page = site.open("/accounts/login/")
    site.log_in("wang")
    until = re.search(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", page.locator("main").inner_text())
    assert until is not None

    office = open_site()
    enrol(office, "guard")
    unlock_in_the_browser(office, clerk)

    site.log_in("wang")
    assert is_in(site)


def unlock_in_the_browser(office: Site, clerk: User) -> None:
    """The security administrator unlocks the account on its page."""
    office.open(reverse("staff_account", args=[clerk.pk]))
    office.picture("locked-account")
    office.page.locator(f"form[action='{reverse('staff_unlock', args=[clerk.pk])}'] button").click()
    office.page.wait_for_load_state("load")


def test_a_revoked_accounts_open_session_ends_at_the_next_click(site: Site, clerk: User, facility: Facility) -> None:
    page = site.log_in("wang")
    site.open(DRAFTS)
    Access.objects.filter(user=clerk).update(during=periods.of(date(2000, 1, 1), date(2001, 1, 1)))
    page.locator("nav a[href='/registers/']").first.click()
    page.wait_for_url("**/accounts/login/**")
    site.picture("session-ended")
    assert page.locator("main .notice.warning").count() == 1
    assert not is_in(site)
    site.log_in("wang")
    assert not is_in(site)
    assert SignIn.objects.get(user=clerk).why_ended == SignIn.WhyEnded.NO_ACCESS


def change_form(facility: Facility) -> str:
    return reverse("admin:facilities_facility_change", args=[facility.pk])


def test_a_second_sign_in_does_not_lose_the_first_ones_text(
    site: Site, open_site: Callable[..., Site], clerk: User, facility: Facility
) -> None:
    site.expect(401)
    page = site.log_in("wang")
    site.open(change_form(facility))
    page.locator("input[name=name]").fill("没有发出的名称")
    page.locator("[data-draft-state]:not(:empty)").wait_for()
    site.picture("draft-saved")

    other = open_site()
    other.log_in("wang")
    other.picture("second-sign-in")
    assert other.page.locator("main .notice.warning").count() == 1

    # What is typed after that cannot be kept by the portal any more: this browser keeps it.
    page.locator("input[name=name]").fill("后来又改的名称")
    wait_for_a_local_draft(site)
    site.picture("draft-kept-here")
    page.locator("nav a[href='/registers/']").first.click()
    page.wait_for_url("**/accounts/login/**")
    site.picture("signed-in-elsewhere")
    assert page.locator("main .notice.warning").count() == 1

    site.log_in("wang")
    site.open(change_form(facility))
    page.locator("[data-draft-offer]").wait_for(state="visible")
    site.picture("draft-offered")
    page.locator("[data-draft-take]").click()
    assert page.locator("input[name=name]").input_value() == "后来又改的名称"
    page.locator("input[name=_continue], input[name=_save]").first.click()
    page.wait_for_load_state("load")
    facility.refresh_from_db()
    assert facility.name == "后来又改的名称"
    assert not Draft.objects.exists()
    assert local_drafts(site) == 0


def test_a_form_sent_after_its_session_ended_is_kept_and_the_sign_in_page_leads_back(
    site: Site, clerk: User, facility: Facility
) -> None:
    site.expect(401)
    page = site.log_in("wang")
    site.open(change_form(facility))
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    page.locator("input[name=name]").fill("会话已经结束")
    page.locator("input[name=_save]").first.click()
    page.wait_for_url("**/accounts/login/**")
    page.locator("input[name=login]").fill("wang")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**" + change_form(facility))
    page.locator("[data-draft-take]").click()
    assert page.locator("input[name=name]").input_value() == "会话已经结束"


def test_this_browser_keeps_no_personal_number(site: Site, clerk: User, facility: Facility) -> None:
    site.expect(401)
    page = site.log_in("wang")
    site.open(change_form(facility))
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    number = mobile_number()
    grouped = f"{number[:3]} {number[3:7]} {number[7:]}"
    page.locator("input[name=name]").fill(f"电话 {grouped}")
    page.locator("textarea:visible, input[type=number]:visible").first.fill("2008")
    wait_for_a_local_draft(site)
    kept = page.evaluate("Object.keys(localStorage).map(key => localStorage.getItem(key)).join()")
    assert "2008" in kept
    assert grouped not in kept
    assert number[3:7] not in kept


def test_sign_out_removes_what_this_browser_kept(site: Site, clerk: User, facility: Facility) -> None:
    site.expect(401)
    page = site.log_in("wang")
    site.open(change_form(facility))
    leave_a_local_draft(site, clerk)
    sign_out(site)
    assert local_drafts(site) == 0
    assert "/accounts/login/" in page.url or page.url.rstrip("/") == site.address


def test_another_account_on_the_same_computer_finds_nothing(
    site: Site, clerk: User, guard: User, facility: Facility
) -> None:
    site.expect(401)
    page = site.log_in("wang")
    site.open(change_form(facility))
    leave_a_local_draft(site, clerk)
    page.locator("nav a[href='/registers/']").first.click()
    page.wait_for_url("**/accounts/login/**")
    assert local_drafts(site) == 1
    an_account("li", Role.CLERK, "370102001", "文东街道 李某")
    site.log_in("li")
    assert local_drafts(site) == 0
    site.open(change_form(facility))
    assert page.locator("[data-draft-offer]").is_hidden()


def leave_a_local_draft(site: Site, clerk: User) -> None:
    signins.end(clerk, SignIn.WhyEnded.IDLE)
    site.page.locator("input[name=name]").fill("只在这台电脑上")
    wait_for_a_local_draft(site)


def wait_for_a_local_draft(site: Site) -> None:
    for _each in range(100):  # not wait_for_function: it would evaluate a string, which the page's policy forbids
        if local_drafts(site):
            return
        site.page.wait_for_timeout(100)
    raise AssertionError("this browser kept nothing")


def local_drafts(site: Site) -> int:
    return int(site.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('linli-draft:')).length"))
