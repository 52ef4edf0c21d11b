"""The description of the API in a real browser: it stands under the content policy, and a call can be tried on it."""

from datetime import date

import pytest

from communities.ground import periods
from communities.ground.models import Access, Role, User

from .conftest import PASSWORD, Site

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_call_is_tried_on_the_page_of_the_description(site: Site) -> None:
    user = User.objects.create_user("li", password=PASSWORD)
    Access.objects.create(user=user, role=Role.LEADER, prefix="3701", during=periods.of(date(2000, 1, 1)))
    page = site.open("/accounts/login/?next=/api/v1/")
    page.locator("input[name=login]").fill("li")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    call = page.locator("#operations-places-places_list")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    call.get_by_role("button", name="Execute", exact=True).click()
    answer = call.locator(".live-responses-table tbody .response")
    answer.wait_for()
    assert '"results": []' in answer.inner_text()
    site.picture("api")
