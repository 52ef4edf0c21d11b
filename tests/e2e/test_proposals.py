"""
A change of a register from the worker who knows it to the clerk who keeps it, in a real browser.

The worker measures a room and sends what she found; the clerk sends it back once, she proposes it again, the clerk
accepts it, and the register and its history say so.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from communities.ground.models import Proposal, Role
from communities.places.models import Place
from facilities.models import Facility
from tests.factories.facilities import FacilityFactory, FacilityUseFactory
from tests.factories.judged import a_city, an_account

from .conftest import Site

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room(transactional_db: None) -> Facility:
    """The rooms of a community, somewhat too small, and the two who look after them."""
    a_city()
    for name, role, prefix, said in (
        ("li", Role.WORKER, "370102001001", "历下社区 李某"),
        ("wang", Role.CLERK, "370102001", "历下街道 王某"),
    ):
        account = an_account(name, role, prefix)
        account.full_name = said
        account.save()
    made: Facility = FacilityFactory(
        place=Place.objects.by_code("370102001001"), name="历下社区办公服务用房", built_area_m2=Decimal("320.00")
    )
    FacilityUseFactory(facility=made)
    return made


def form_of(room: Facility) -> str:
    """Return the address of the room's form."""
    return reverse("admin:facilities_facility_change", args=[room.pk])


def sends(page: Page, area: str, reason: str) -> None:
    """Fill in the area and the reason, and send the form."""
    page.locator("input[name=built_area_m2]").fill(area)
    page.locator("textarea[name=proposal_reason]").fill(reason)
    page.locator("input[name=_save]").click()
    page.wait_for_url("**/proposals/*/")


def test_a_worker_proposes_a_clerk_sends_back_and_then_accepts(
    room: Facility, open_site: Callable[..., Site], settings: Any
) -> None:
    worker, clerk = open_site(), open_site()
    worker.log_in("li")
    page = worker.open(form_of(room))
    worker.picture("proposals-1-form")
    assert not worker.scrolls_sideways()
    sends(page, "350", "2009年3月现场丈量,附图纸")
    worker.picture("proposals-2-proposed")
    room.refresh_from_db()
    assert room.built_area_m2 == Decimal("320.00")

    clerk.log_in("wang")
    page = clerk.open(reverse("proposals"))
    expect(page.locator(".sidenav a[aria-current] .count")).to_contain_text("1")
    clerk.picture("proposals-3-waiting")
    page.locator("tbody tr:not(.group) td a").first.click()
    page.wait_for_url("**/proposals/*/")
    expect(page.locator("mark.new")).to_have_text("350.00")
    clerk.picture("proposals-4-one")
    page.locator("textarea[name=reason]").fill("请附房产证或测绘报告")
    page.locator("form.refuse button").click()
    page.wait_for_load_state("load")

    page = worker.open(reverse("proposals"))
    expect(page.locator("main")).to_contain_text("请附房产证或测绘报告")
    worker.picture("proposals-5-sent-back")
    page.locator("tbody tr td a").first.click()
    page.locator(".page-actions a.primary").click()
    expect(page.locator("input[name=built_area_m2]")).to_have_value("350")
    expect(page.locator("main")).to_contain_text("请附房产证或测绘报告")
    worker.picture("proposals-6-again")
    sends(page, "348.5", "按测绘报告更正")

    page = clerk.open(reverse("proposals"))
    page.locator("input[type=checkbox][name=proposal]").check()
    page.locator("tr.group button").click()
    page.wait_for_url("**/proposals/accept/")
    clerk.picture("proposals-7-confirm")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/proposals/")
    clerk.picture("proposals-8-accepted")
    assert Proposal.objects.filter(status="accepted").count() == 1

    page = clerk.open(form_of(room))
    expect(page.locator("input[name=built_area_m2]")).to_have_value("348.50")
    expect(page.locator("input[name=source]")).to_have_value(room_source := Facility.objects.get().source)
    assert "历下社区 李某" in room_source
    page = clerk.open(reverse("admin:facilities_facility_history", args=[room.pk]))
    expect(page.locator("main")).to_contain_text("历下街道 王某")
    expect(page.locator("main")).to_contain_text("历下社区 李某")
    clerk.picture("proposals-9-history")
    worker.open(reverse("proposals"))
    worker.picture("proposals-10-mine")
    worker.open(reverse("admin:facilities_facility_changelist"))
    worker.picture("proposals-11-list")
