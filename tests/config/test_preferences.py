"""Light or dark, ordinary or large type: kept in the browser, by a plain form that leads back and nowhere else."""

import pytest
from django.test import Client, RequestFactory

from config.preferences import reading


def test_the_choice_is_kept_and_the_page_stays(client: Client) -> None:
    response = client.post("/preferences/", {"theme": "dark", "next": "/admin/?q=1"})
    assert response["Location"] == "/admin/?q=1"
    assert response.cookies["theme"].value == "dark"
    assert "type" not in response.cookies


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_to_another_host(client: Client, elsewhere: str) -> None:
    assert client.post("/preferences/", {"type": "large", "next": elsewhere})["Location"] == "/"


def test_what_is_not_known_is_ignored(client: Client, rf: RequestFactory) -> None:
    assert not client.post("/preferences/", {"theme": "pink"}).cookies
    request = rf.get("/")
    request.COOKIES["theme"] = '"><script>'
    assert reading(request).theme == "light"


def test_only_a_form_changes_it(client: Client) -> None:
    assert client.get("/preferences/").status_code == 405
