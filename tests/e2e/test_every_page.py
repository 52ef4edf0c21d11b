"""
Every page in a real browser: under the content policy without `unsafe-*`, and without a request to another host.

The addresses are those of the walk (`tests/samples.py`), opened by those whom their declarations let in. What the
window asks for, what the policy stops and what the console says is watched by the fixture behind `open_site`; here
the headers of every page are read besides.
"""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from communities.ground import access, doors
from communities.ground.access import PUBLIC
from communities.ground.doors import Route
from communities.ground.models import Role, User
from communities.ground.roles import ADMINISTRATORS, PROPOSES
from tests import samples
from tests.samples import OWN, World

from .conftest import Site

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# Signing out would end the walk; the others send a file or data, which no browser shows.
NOT_SHOWN = {"account_logout", "admin:logout", "admin:jsi18n", "api_schema"}
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
Headers = dict[str, str]
POLICY = {"default-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"}


@pytest.fixture
def world(transactional_db: None) -> World:
    """The district of the walk, committed, so that the live server sees it."""
    return samples.make_world()


def pages(client: Client, user: User | None, world: World) -> Iterator[tuple[Route, str, Headers]]:
    """Return the addresses at which the visitor is shown a page, with its headers."""
    for route in doors.routes():
        if (
            route.name in NOT_SHOWN
            or not access.is_one_of(route.who(), user or AnonymousUser())
            or "GET" not in (route.methods or ["GET"])
        ):
            continue
        address = samples.address_of(route, samples.sample_of(route), world, user)
        answer = client.get(address)
        # A part of a page, which its page asks for, has no head and is seen within that page.
        if answer.status_code == 200 and not answer.streaming and b"<html" in answer.content:
            yield route, address, {name.lower(): value for name, value in answer.headers.items()}


def complaints(headers: Headers, who: access.Who | None) -> list[str]:
    """Return what the headers of a page lack."""
    wrong = [f"{name}: {headers.get(name)}" for name, wanted in EVERYWHERE.items() if headers.get(name) != wanted]
    policy = headers.get("content-security-policy", "")
    if "unsafe" in policy or not {part.strip() for part in policy.split(";")} >= POLICY:
        wrong.append(f"content-security-policy: {policy}")
    if who != PUBLIC and "no-store" not in headers.get("cache-control", ""):
        wrong.append(f"cache-control: {headers.get('cache-control')}")
    return wrong


# Whoever walks first opens a page in the window; the headers of every page are read for everybody. Forms by which a
# role proposes are opened again.
WALKERS = [Role.OFFICER, Role.LEADER, Role.CLERK, Role.WORKER, Role.REVIEWER, *sorted(ADMINISTRATORS)]
OWN_FORMS = ("add_view", "change_view")


def test_every_page_of_every_role_stands_under_the_policy_and_asks_nobody_else(
    world: World, open_site: Callable[..., Site]
) -> None:
    """One world for all: to make it and to take it back takes longer than most roles walk."""
    wrong: list[str] = []
    opened: set[str] = set()
    for role in WALKERS:
        user = samples.an_account(role, OWN)
        client = samples.signed_in(user)
        site = open_site()
        session = client.cookies["sessionid"].value
        site.page.context.add_cookies([{"name": "sessionid", "value": session, "url": site.address}])
        walked = list(pages(client, user, world))
        for route, address, headers in walked:
            wrong += [f"{role} {address}: {told}" for told in complaints(headers, route.who())]
            if route.address in opened and not proposes(role, route):
                continue
            opened.add(route.address)
            answer = site.page.goto(site.address + address, wait_until="load")
            assert answer is not None
            if answer.status != 200:
                wrong.append(f"{role} {address}: {answer.status}")
            wrong += [f"{role} {address}: {told} in the window" for told in complaints(answer.headers, route.who())]
        assert len(walked) > (40 if role == Role.OFFICER else 10), role
        site.page.context.close()
    assert not wrong, "\n".join(wrong)


def proposes(role: Role, route: Route) -> bool:
    """Whether the page is a form of a register by which the role proposes what an officer writes."""
    if route.register is None or route.view.__name__ not in OWN_FORMS:
        return False
    return route.register.opts.app_label in PROPOSES.get(role, ())


def test_every_public_page_stands_under_the_policy_and_asks_nobody_else(
    world: World, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    for route, address, _headers in pages(Client(), None, world):
        answer = site.page.goto(site.address + address, wait_until="load")
        assert answer is not None
        assert complaints(answer.headers, route.who()) == []


def test_the_watch_sees_a_request_to_another_host(world: World, open_site: Callable[..., Site]) -> None:
    """The fixture would notice: a picture of another host is asked for by a script, and the policy stops it."""
    site = open_site()
    site.open("/accounts/login/")
    site.page.evaluate("() => { const one = new Image(); one.src = 'http://other.example/x.png'; }")
    site.page.wait_for_timeout(200)
    told = list(site.watch.faults)
    site.watch.faults.clear()
    assert any("other.example" in fault for fault in told)
