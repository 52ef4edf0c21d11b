"""
The portal's face in a real browser: log-in, frame, admin, components, without any other host.

The fixture behind `site` fails each of these tests on a request to another host, a breach of the content policy
or an error in the console.
"""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib import admin
from django.urls import reverse

from communities.ground import periods
from communities.ground.models import Access, Role, User

from .conftest import LAPTOP_AT_125_PERCENT, PASSWORD, Site

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

STYLED = pytest.mark.urls("tests.e2e.urls_with_style")


@pytest.fixture
def officer() -> User:
    """Somebody who keeps every register."""
    user = User.objects.create_user("zhao", password=PASSWORD, full_name="市民政局 赵某", prefix="3701")
    Access.objects.create(user=user, role=Role.OFFICER, prefix="3701", during=periods.of(date(2000, 1, 1)))
    return user


@pytest.fixture
def clerk() -> User:
    """A street's clerk: registers, no accounts."""
    user = User.objects.create_user("wang", password=PASSWORD, full_name="文东街道 王某", is_staff=True)
    Access.objects.create(user=user, role=Role.CLERK, prefix="370102007", during=periods.of(date(2000, 1, 1)))
    return user


def log_in_to_the_admin(site: Site, user: User) -> None:
    page = site.open("/accounts/login/?next=/admin/")
    page.locator("input[name=login]").fill(user.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/admin/")


def test_who_is_not_signed_in_comes_to_the_log_in_page(site: Site) -> None:
    page = site.open("/admin/")
    assert "/accounts/login/" in page.url
    assert page.locator("main form input").count() >= 2
    assert not site.scrolls_sideways()


def test_a_wrong_password_is_said_in_a_summary_and_nothing_else(site: Site, clerk: User) -> None:
    page = site.open("/accounts/login/")
    page.locator("input[name=login]").fill(clerk.username)
    page.locator("input[name=password]").fill("not this one")
    page.locator("main button[type=submit]").click()
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_log_in_and_log_out_work_without_a_script(open_site: Callable[..., Site], clerk: User) -> None:
    site = open_site(java_script_enabled=False)
    log_in_to_the_admin(site, clerk)
    site.expect(404)  # "/" is another test's business
    menu = site.page.locator(".topbar-end details")
    menu.locator("summary").click()
    menu.locator("form[action$='/logout/'] button").click()
    assert "/accounts/login/" in site.open("/admin/").url


def test_every_list_and_form_of_a_register_opens_in_the_portals_dress(site: Site, officer: User) -> None:
    log_in_to_the_admin(site, officer)
    for model, registered in admin.site._registry.items():
        request = type("Asking", (), {"user": officer, "scope": officer.scope(), "GET": {}})()
        if not registered.has_view_permission(request):
            continue
        names = ["changelist", "add"] if registered.has_add_permission(request) else ["changelist"]
        for name in names:
            page = site.open(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}"))
            assert page.locator("header.topbar .brand").count() == 1, page.url
            assert page.locator("nav.sidenav a[aria-current=page]").count() >= 1, page.url
            assert not site.scrolls_sideways(), page.url


def test_the_menu_offers_only_what_the_account_may_do(site: Site, clerk: User) -> None:
    log_in_to_the_admin(site, clerk)
    addresses = [link.get_attribute("href") for link in site.page.locator(".sidenav a").all()]
    assert "/registers/" in addresses
    assert "/admin/ground/" not in addresses
    assert not any(str(address).startswith("/admin/ground/") for address in addresses)


def test_second_factors_and_groups_are_nobodys_register() -> None:
    assert {model._meta.app_label for model in admin.site._registry}.isdisjoint({"mfa", "auth", "account"})


def test_dark_and_large_type_are_kept_in_this_browser(open_site: Callable[..., Site], clerk: User) -> None:
    site = open_site(java_script_enabled=False)
    log_in_to_the_admin(site, clerk)
    for name in ("theme", "type"):
        menu = site.page.locator(".topbar-end details")
        menu.locator("summary").click()
        menu.locator(f"button[name={name}]").click()
        site.page.wait_for_url("**/admin/")
    page = site.open("/accounts/password/change/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("data-type") == "large"
    assert not site.scrolls_sideways()


def test_a_page_that_is_not_there_says_what_to_do_and_a_number(site: Site, clerk: User) -> None:
    log_in_to_the_admin(site, clerk)
    site.expect(404)
    page = site.open("/nothing-is-here/")
    assert len(page.locator("main .code").inner_text()) == 8
    assert page.locator("nav.sidenav a").count() >= 1


def test_the_keyboard_reaches_the_text_first(site: Site, clerk: User) -> None:
    log_in_to_the_admin(site, clerk)
    page = site.open("/admin/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_escape_closes_the_menu_and_gives_the_focus_back(site: Site, clerk: User) -> None:
    log_in_to_the_admin(site, clerk)
    menu = site.page.locator(".topbar-end details")
    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    site.page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert site.page.evaluate("document.activeElement.tagName") == "SUMMARY"


@STYLED
def test_every_component_stands_at_125_percent_without_scrolling_sideways(open_site: Callable[..., Site]) -> None:
    site = open_site(viewport=LAPTOP_AT_125_PERCENT)
    page = site.open("/style/")
    assert not site.scrolls_sideways()
    assert page.locator(".verdict").count() > 16
    assert page.locator("svg.chart").count() == 2


@STYLED
def test_choosing_another_day_keeps_the_page_and_the_place(open_site: Callable[..., Site]) -> None:
    site = open_site(java_script_enabled=False)
    page = site.open("/style/?place=370102&after=9")
    menu = page.locator(".frame-menus details").nth(2)
    menu.locator("summary").click()
    menu.locator("input[name=as_of]").fill("2008-12-31")
    menu.locator("button").click()
    page.wait_for_url("**as_of=2008-12-31**")
    assert "place=370102" in page.url
    assert "after=" not in page.url


@STYLED
def test_a_running_job_is_asked_again_every_second(site: Site) -> None:
    page = site.open("/style/")
    with page.expect_response("**/style/job/", timeout=5000) as answer:
        pass
    assert answer.value.status == 200
    assert page.locator(".job progress").count() == 2


@STYLED
def test_on_paper_the_menu_is_gone_and_the_frame_stays(site: Site) -> None:
    page = site.open("/style/")
    page.emulate_media(media="print")
    assert not page.locator(".sidenav").is_visible()
    assert not page.locator(".page-actions").is_visible()
    assert page.locator(".frame-menus summary").first.is_visible()
