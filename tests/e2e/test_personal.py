"""A person's number in a real browser: masked, seen for a moment with a reason, gone by itself, in no address."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Error

from communities.ground import periods
from communities.ground.models import Access, Event, Role, User
from communities.ground.personal import IDENTITY_NUMBER, PHONE
from communities.places.models import Place
from organizations import actions, views
from organizations.choices import Sex
from organizations.models import Organization, Person
from tests.factories.judged import a_city
from tests.factories.organizations import PersonFactory, PostFactory
from tests.factories.people import identity_number, mobile_number

from .conftest import PASSWORD, Site
from .test_signing_in import enrol

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def officer() -> User:
    a_city()
    user = User.objects.create_user("bureau", password=PASSWORD, full_name="历下区民政局 周某", is_staff=True)
    during = periods.of(date(2000, 1, 1))
    Access.objects.create(user=user, role=Role.OFFICER, prefix="370102", during=during)
    return user


@pytest.fixture
def number() -> str:
    return identity_number(born=date(1980, 5, 17))


@pytest.fixture
def person(officer: User, number: str) -> Person:
    place = Place.objects.get(codes__code="370102001001")
    one = PersonFactory(place=place, name="李小明", sex=Sex.FEMALE, born_on=date(1980, 5, 1))
    actions.record_numbers(one, {IDENTITY_NUMBER: number, PHONE: mobile_number()}, by=officer)
    PostFactory(person=one, organization=Organization.objects.get(place=place, kind="residents_committee"))
    return one


def test_a_number_is_seen_for_a_moment_and_hidden_by_itself(
    site: Site, officer: User, person: Person, number: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(views, "SHOWN_SECONDS", 4)
    settings.SECOND_FACTOR = "required"
    Access.objects.filter(user=officer).update(may_reveal=True)
    enrol(site, "bureau")
    page = site.open(reverse("admin:organizations_person_change", args=[person.pk]))
    site.picture("person-form")
    assert number not in page.content()
    page.locator(".field-numbers a").click()
    page.wait_for_load_state("load")
    site.picture("person-numbers")
    assert IDENTITY_NUMBER.mask(number) in page.locator("main").inner_text()
    page.locator("input[name=reason]").first.fill("换届候选人资格联审")
    page.locator("form[action$='/reveal/'] button[type=submit]").click()
    page.wait_for_load_state("load")
    site.picture("person-number-revealed")
    assert page.locator(".revealed output").inner_text() == number
    assert "周某" in page.locator(".marks").inner_text()
    assert number not in page.url
    page.wait_for_url("**" + reverse("person_numbers", args=[person.pk]), timeout=15_000)
    assert number not in page.content()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser has kept nothing to go back to
        page.go_back()
    assert Event.objects.get(action="personal.reveal").detail["reason"] == "换届候选人资格联审"


def test_somebody_is_found_by_a_whole_number_that_stands_in_no_address(site: Site, person: Person, number: str) -> None:
    site.log_in("bureau")
    page = site.open(reverse("admin:organizations_person_changelist"))
    site.picture("people-list")
    page.locator(f"a[href='{reverse('people_by_number')}']").click()
    page.wait_for_load_state("load")
    page.locator("input[name=number]").fill(number)
    page.locator("main form.form button[type=submit]").click()
    page.wait_for_load_state("load")
    site.picture("people-by-number")
    assert page.locator("main a", has_text="李小明").count() == 1
    assert "?" not in page.url
    assert number not in page.url


def test_an_export_that_names_people_asks_what_for(site: Site, person: Person) -> None:
    site.log_in("bureau")
    site.expect(422)
    page = site.open(reverse("imports"))
    site.picture("imports")
    page.locator(f"a[href^='{reverse('import_export', args=['posts'])}']").click()
    page.wait_for_load_state("load")
    page.locator("main form.form button[type=submit]").click()
    page.wait_for_load_state("load")
    site.picture("export-purpose")
    assert page.locator(".error-summary").count() == 1
    page.locator("input[name=purpose]").fill("换届候选人资格联审")
    with page.expect_download() as taken:
        page.locator("main form.form button[type=submit]").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
