"""A clerk fills in a filing in a real browser: saved item by item, nothing lost without network or session."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from assessments.filings.models import Answer
from communities.ground import clock
from communities.ground.models import User
from tests.factories.evaluated import TODAY, Evaluation, an_evaluation

from .conftest import Site

CLOCK = re.compile(r"\d\d:\d\d$")
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def street() -> Evaluation:
    with clock.frozen(TODAY):
        made = an_evaluation(3)
    soon = clock.today() + timedelta(days=14)  # the server behind the browser goes by the real clock
    made.cycle.self_until = made.cycle.street_until = made.cycle.district_until = soon
    made.cycle.save()
    return made


def typed(street: Evaluation, code: str) -> dict[str, Any]:
    return dict(Answer.objects.get(filing=street.filing, item__code=code).typed)


def signed_in(site: Site, user: User) -> None:
    site.log_in(user.username)


def test_nothing_that_was_typed_is_lost_without_network_and_session(site: Site, street: Evaluation) -> None:
    signed_in(site, street.clerk)
    item = Answer.objects.get(filing=street.filing, item__code="meetings").item
    address = reverse("filing", args=[street.filing.pk]) + f"?section={item.section.code}"
    page = site.open(address)
    site.picture("filing")
    minutes = page.locator("#item-meetings input[name='fields.minutes']")
    minutes.fill("9")
    minutes.blur()
    expect(page.locator("[data-saved]")).to_have_text(CLOCK)
    assert typed(street, "meetings") == {"minutes": "9"}

    page.context.set_offline(True)
    minutes.fill("10")
    minutes.blur()
    expect(page.locator("#item-meetings [data-local]")).not_to_be_empty()
    site.picture("filing-offline")
    assert typed(street, "meetings") == {"minutes": "9"}
    assert minutes.input_value() == "10"
    site.watch.faults.clear()  # the browser says itself that it cannot reach the portal
    page.context.set_offline(False)
    expect(page.locator("#item-meetings [data-local]")).to_be_empty(timeout=15000)
    assert typed(street, "meetings") == {"minutes": "10"}

    page.context.clear_cookies(name="sessionid")
    site.expect(401, 403)
    minutes.fill("12")
    minutes.blur()
    expect(page.locator("#item-meetings [data-local]")).not_to_be_empty()
    site.picture("filing-session-over")
    assert typed(street, "meetings") == {"minutes": "10"}
    assert minutes.input_value() == "12"

    signed_in(site, street.clerk)
    page = site.open(address)
    expect(page.locator("[data-saved]")).to_have_text(CLOCK)
    expect(page.locator("#item-meetings [data-local]")).to_be_empty(timeout=15000)
    assert page.locator("#item-meetings input[name='fields.minutes']").input_value() == "12"
    assert typed(street, "meetings") == {"minutes": "12"}


def test_two_at_one_item_and_the_pages_around_it(site: Site, street: Evaluation) -> None:
    signed_in(site, street.clerk)
    page = site.open(reverse("evaluations"))
    site.picture("evaluations")
    assert not site.scrolls_sideways()
    item = Answer.objects.get(filing=street.filing, item__code="meetings").item
    page = site.open(reverse("filing", args=[street.filing.pk]) + f"?section={item.section.code}")
    assert not site.scrolls_sideways()
    answer = Answer.objects.get(filing=street.filing, item__code="meetings")
    answer.typed, answer.is_settled, answer.changed_by, answer.changed_at = (
        {"minutes": "11"},
        True,
        street.worker,
        clock.now(),
    )
    answer.save()
    site.expect(409)
    minutes = page.locator("#item-meetings input[name='fields.minutes']")
    minutes.fill("8")
    minutes.blur()
    page.locator("#item-meetings [data-keep-mine]").wait_for()
    site.picture("filing-conflict")
    page.locator("#item-meetings [data-keep-mine]").click()
    expect(page.locator("[data-saved]")).to_have_text(CLOCK)
    page.locator("#item-meetings [data-keep-mine]").wait_for(state="detached")
    for _tenth in range(50):  # the words of the other go at once, the own are sent then
        if typed(street, "meetings") == {"minutes": "8"}:
            break
        page.wait_for_timeout(100)
    assert typed(street, "meetings") == {"minutes": "8"}
    for name, route, arguments in (
        ("batch", "filing_batch", [street.cycle.pk, "meetings"]),
        ("evidence", "filing_evidence", [street.filing.pk, "meetings"]),
        ("facts", "filing_facts", [street.filing.pk, "boards"]),
        ("filled-form", "filing_form", [street.filing.pk]),
        ("progress", "evaluation_progress", [street.cycle.pk]),
    ):
        site.open(reverse(route, args=arguments))
        site.picture(name)
        assert not site.scrolls_sideways(), name
