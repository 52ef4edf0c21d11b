"""Error pages say what happened, that nothing was lost, what to do, and a number that is in the log."""

import re

import pytest
import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory

from communities.ground.models import User
from config import errors


@pytest.fixture
def request_nobody_knows(rf: RequestFactory) -> HttpRequest:
    return rf.get("/somewhere/")


def quoted(page: bytes) -> str:
    found = re.search(r'<b class="code">([0-9a-f]{8})</b>', page.decode())
    assert found
    return found[1]


def test_a_broken_page_asks_neither_database_nor_session(request_nobody_knows: HttpRequest) -> None:
    response = errors.broken(request_nobody_knows)  # the fixture gives no database: a query would fail the test
    assert response.status_code == 500
    assert quoted(response.content)


def test_the_number_is_the_beginning_of_the_requests_id(request_nobody_knows: HttpRequest) -> None:
    with structlog.contextvars.bound_contextvars(request_id="0a1b2c3d-ffff-4fff-8fff-ffffffffffff"):
        assert quoted(errors.broken(request_nobody_knows).content) == "0a1b2c3d"


@pytest.mark.parametrize("status", [400, 403])
def test_pages_before_it_is_known_who_asks_need_no_account(request_nobody_knows: HttpRequest, status: int) -> None:
    page = {
        400: lambda: errors.bad_request(request_nobody_knows, SuspiciousOperation()),
        403: lambda: errors.form_expired(request_nobody_knows, "no cookie"),
    }[status]()
    assert page.status_code == status
    assert quoted(page.content)


@pytest.mark.django_db
def test_a_refusal_repeats_the_reason_it_was_given(client: Client) -> None:
    client.force_login(User.objects.create_user("wang"))
    request = client.get("/nothing-is-here/").wsgi_request
    response = errors.denied(request, PermissionDenied("Only officers publish."))
    assert response.status_code == 403
    assert "Only officers publish." in response.content.decode()


@pytest.mark.django_db
def test_what_lies_outside_the_fence_looks_like_what_is_not_there(client: Client) -> None:
    client.force_login(User.objects.create_user("wang"))
    response = client.get("/nothing-is-here/")
    assert response.status_code == 404
    assert quoted(response.content)
    same = errors.not_found(response.wsgi_request, Http404("place 370102 is outside the scope"))
    assert "370102" not in same.content.decode()
