"""
The fence of the admin: what an account may see, choose and change, and that nobody overwrites what he has not seen.

Two districts of one city; the account under test is of the first.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.forms import BaseModelForm
from django.test import Client
from django.urls import reverse

from communities.ground import clock, periods
from communities.ground.admin import ScopedModelAdmin
from communities.ground.models import Access, Role, User, Versioned
from communities.places.models import Census, Place, PlaceCode
from organizations.models import Organization
from tests.factories.facilities import FacilityUseFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db
SINCE_2000 = periods.of(date(2000, 1, 1))
VERSIONED = [
    one
    for one in admin.site._registry.values()
    if isinstance(one, ScopedModelAdmin) and issubclass(one.model, Versioned)
]


@pytest.fixture
def places(db: None) -> dict[str, Place]:
    """The city, its districts, a street and a community in each."""
    codes = ("3701", "370102", "370103", "370102001", "370103001", "370102001001", "370103001001")
    return {code: PlaceFactory(code=code.ljust(12, "0"), name=code) for code in codes}


@pytest.fixture
def sign_in(places: dict[str, Place]) -> Callable[..., Client]:
    """Sign in somebody with a role in the first district."""

    def somebody(role: Role | None = Role.OFFICER, during: Any = SINCE_2000, **more: Any) -> Client:
        user = User.objects.create_user("zhao", is_staff=True, **more)
        if role:
            Access.objects.create(user=user, role=role, prefix="370102", during=during)
        client = Client()
        client.force_login(user)
        return client

    return somebody


def as_sent(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send of the form at `address`: only what the page holds."""
    page = client.get(address)
    said: dict[str, Any] = {}
    context = page.context["adminform"], *[inline.formset for inline in page.context["inline_admin_formsets"]]
    html = page.content.decode()
    forms: list[BaseModelForm[Any]] = [context[0].form]
    for formset in context[1:]:
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for bound in form:
            for widget in _names(bound):
                if f'name="{widget[0]}"' in html:
                    said[widget[0]] = widget[1]
    return said


def _names(bound: Any) -> list[tuple[str, str]]:
    value = bound.value()
    if isinstance(value, list | tuple):
        return [(f"{bound.html_name}_{n}", "" if one is None else str(one)) for n, one in enumerate(value)]
    if isinstance(value, bool):
        return [(bound.html_name, "on")] if value else []
    return [(bound.html_name, "" if value is None else str(value))]


@pytest.mark.parametrize("one", VERSIONED, ids=lambda one: one.opts.label_lower)
def test_every_form_of_a_register_carries_the_version_it_was_opened_with(
    one: Any, sign_in: Callable[..., Client]
) -> None:
    page = sign_in().get(reverse(f"admin:{one.opts.app_label}_{one.opts.model_name}_add")).content.decode()
    assert page.count('name="opened_version"') == 1


def test_who_may_only_read_sees_nothing_of_versions(sign_in: Callable[..., Client], places: dict[str, Place]) -> None:
    row = Census.objects.create(place=places["370102001001"], counted_on=date(2008, 12, 31), households=5)
    page = sign_in(Role.LEADER).get(reverse("admin:places_census_change", args=[row.pk]))
    assert page.status_code == 200
    assert "opened_version" not in page.content.decode()


def test_who_saves_second_is_told_and_overwrites_nothing(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    row = OrganizationFactory(place=places["370102001001"], name="居委会")
    client = sign_in()
    address = reverse("admin:organizations_organization_change", args=[row.pk])
    opened = as_sent(client, address)
    assert client.post(address, opened | {"name": "第一"}).status_code == 302
    answer = client.post(address, opened | {"name": "第二"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert Organization.objects.get().name == "第一"


def test_who_saves_a_row_below_another_second_is_told_and_overwrites_nothing(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    use = FacilityUseFactory(facility__place=places["370102001001"], source="台账")
    client = sign_in()
    address = reverse("admin:facilities_facility_change", args=[use.facility_id])
    opened = as_sent(client, address)
    assert opened["uses-0-opened_version"] == "1"
    assert client.post(address, opened | {"uses-0-source": "第一"}).status_code == 302
    for second in ({"uses-0-source": "第二"}, {"uses-0-DELETE": "on"}):
        answer = client.post(address, opened | second)
        assert answer.status_code == 200
        assert answer.context["errors"]
    use.refresh_from_db()
    assert use.source == "第一"


def test_a_place_cannot_be_given_a_code_outside_the_own_area(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    place = places["370102001001"]
    address = reverse("admin:places_place_change", args=[place.pk])
    client = sign_in()
    answer = client.post(address, as_sent(client, address) | {"codes-0-code": "370103001009"})
    assert answer.status_code == 403
    assert PlaceCode.objects.get(place=place).code == "370102001001"


def test_an_officer_adds_a_place_with_its_code_in_the_own_area_alone(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    client = sign_in()
    address = reverse("admin:places_place_add")
    said = {
        "level": "community",
        "name": "新社区居委会",
        "short_name": "新社区",
        "codes-TOTAL_FORMS": "1",
        "codes-INITIAL_FORMS": "0",
        "codes-0-edition": "",
    }
    assert client.post(address, said | {"codes-0-code": "370103001002"}).status_code == 403
    assert not Place.objects.filter(name="新社区居委会").exists()
    assert client.post(address, said | {"codes-0-code": "370102001002"}).status_code == 302
    assert Place.objects.get(name="新社区居委会").code_on() == "370102001002"


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_row_of_another_district_is_not_there(
    page: str, sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    row = OrganizationFactory(place=places["370103001001"], name="别区居委会")
    answer = sign_in().get(reverse(f"admin:organizations_organization_{page}", args=[row.pk]), follow=True)
    assert "别区居委会" not in answer.content.decode()
    assert Organization.objects.filter(pk=row.pk).exists()


def test_a_bulk_deletion_leaves_rows_of_another_district(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    row = OrganizationFactory(place=places["370103001001"])
    said = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    sign_in().post(reverse("admin:organizations_organization_changelist"), said)
    assert Organization.objects.filter(pk=row.pk).exists()


def test_the_choices_of_a_place_lie_in_the_own_area(sign_in: Callable[..., Client], places: dict[str, Place]) -> None:
    asked = {"app_label": "places", "model_name": "census", "field_name": "place", "term": "3701"}
    found = sign_in().get(reverse("admin:autocomplete"), asked).json()["results"]
    assert {one["text"] for one in found} == {"370102", "370102001", "370102001001"}


def test_a_row_cannot_be_given_to_a_place_of_another_district(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    said = {"place": places["370103001001"].pk, "counted_on": "2008-12-31", "households": "5"}
    assert sign_in().post(reverse("admin:places_census_add"), said).status_code in (200, 403)
    assert not Census.objects.exists()


def test_a_place_with_a_past_code_stands_in_the_list_once(
    sign_in: Callable[..., Client], places: dict[str, Place]
) -> None:
    place = places["370102001001"]
    PlaceCode.objects.filter(place=place).update(during=periods.of(date(2010, 1, 1)))
    PlaceCode.objects.create(place=place, code="370102001009", during=periods.of(None, date(2009, 12, 31)))
    page = sign_in().get(reverse("admin:places_place_changelist"))
    assert [one.code for one in page.context["cl"].result_list] == ["370102000000", "370102001000", "370102001001"]


@pytest.mark.parametrize("field", ["plan", "version"])
def test_a_filter_offers_only_plans_within_reach(field: str, sign_in: Callable[..., Client], places: Any) -> None:
    from assessments.plans.models import Plan, PlanVersion

    for code, owner in (("mine", "370102"), ("theirs", "370103")):
        plan = Plan.objects.create(code=code, title_zh=code, prefix=owner, owner=places[owner])
        PlanVersion.objects.create(plan=plan, number=1, sha256=code, pack={}, status="in_force", period=SINCE_2000)
    list_name = {"plan": "plans_reportedvalue", "version": "plans_target"}[field]
    page = sign_in().get(reverse(f"admin:{list_name}_changelist"))
    assert "theirs" not in page.content.decode()


@pytest.mark.parametrize(
    ("during", "status"),
    [
        (periods.of(date(2000, 1, 1), clock.today()), 200),
        (periods.of(date(2000, 1, 1), clock.today() - timedelta(days=1)), 302),  # its session ends with it
        (periods.of(clock.today(), None), 200),
        (periods.of(clock.today() + timedelta(days=1), None), 403),
    ],
)
def test_an_access_holds_from_its_first_to_its_last_day(
    during: Any, status: int, sign_in: Callable[..., Client]
) -> None:
    assert sign_in(during=during).get(reverse("admin:places_place_changelist")).status_code == status


def test_an_account_that_is_closed_is_signed_out_at_once(sign_in: Callable[..., Client]) -> None:
    client = sign_in()
    User.objects.update(is_active=False)
    assert client.get(reverse("admin:places_place_changelist")).status_code == 302


def test_being_djangos_superuser_opens_neither_registers_nor_accounts(sign_in: Callable[..., Client]) -> None:
    client = sign_in(None, is_superuser=True)
    assert client.get(reverse("admin:places_place_changelist")).status_code == 403
    assert client.get(reverse("admin:ground_user_changelist")).status_code == 403


@pytest.mark.parametrize(
    ("role", "perm", "may"),
    [
        (Role.CLERK, "organizations.change_post", True),
        (Role.CLERK, "organizations.delete_post", False),
        (Role.CLERK, "places.change_place", False),
        (Role.CLERK, "plans.add_reportedvalue", False),
        (Role.LEADER, "places.view_place", True),
        (Role.LEADER, "compliance.view_run", True),
        (Role.LEADER, "places.change_place", False),
        (Role.LEADER, "organizations.view_person", False),
        (Role.LEADER, "funding.view_allowance", False),
        (Role.OFFICER, "ground.change_user", False),
        (Role.OFFICER, "ground.view_event", False),
    ],
)
def test_a_role_may_do_what_it_is_for(role: Role, perm: str, may: bool, sign_in: Callable[..., Client]) -> None:
    sign_in(role)
    assert User.objects.get().has_perm(perm) is may


@pytest.mark.parametrize("register", ["organizations_person", "organizations_post", "funding_allowance"])
def test_a_leader_opens_no_register_of_people_by_its_address(register: str, sign_in: Callable[..., Client]) -> None:
    assert sign_in(Role.LEADER).get(reverse(f"admin:{register}_changelist")).status_code == 403


@pytest.mark.parametrize("address", ["/places/?q=%00", "/?place=a%00b", "/nothing-is-here/?%00=1", "/plans/%00/"])
def test_an_address_with_a_nul_is_refused_before_it_reaches_the_database(
    address: str, sign_in: Callable[..., Client]
) -> None:
    answer = sign_in().get(address)
    assert answer.status_code == 400
    assert 'class="code"' in answer.content.decode()


def test_a_form_with_a_nul_is_refused_before_it_reaches_the_database(sign_in: Callable[..., Client]) -> None:
    answer = sign_in().post("/drafts/", {"address": "/admin/\0x", "fields": "[]"})
    assert answer.status_code == 400


def test_an_account_is_never_deleted(sign_in: Callable[..., Client]) -> None:
    other = User.objects.create_user("qian")
    client = sign_in(None, is_superuser=True)
    assert client.post(reverse("admin:ground_user_delete", args=[other.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("one", admin.site._registry.values(), ids=lambda one: one.opts.label_lower)
def test_a_list_answers_nothing_that_its_filters_do_not_offer(
    one: Any, rf: Any, sign_in: Callable[..., Client]
) -> None:
    sign_in()
    request = rf.get("/")
    request.user, request.scope = User.objects.get(), User.objects.get().scope()
    offered = {name[0] if isinstance(name, (tuple, list)) else name for name in one.get_list_filter(request)}
    hidden = {field.name for field in one.opts.concrete_fields} - {*offered, one.date_hierarchy}
    assert "password" in hidden or one.model is not User
    assert [name for name in hidden if one.lookup_allowed(f"{name}__startswith", "x", request)] == []


@pytest.mark.parametrize("asked", ["password__startswith=x", "username__contains=z", "accesses__prefix=3701"])
def test_the_list_of_accounts_tells_nothing_of_a_password(asked: str, sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.AUDITOR)
    assert client.get(f"{reverse('admin:ground_user_changelist')}?{asked}").status_code == 400


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_an_administrator_s_page_speaks_of_no_place_plan_or_run(role: Role, sign_in: Callable[..., Client]) -> None:
    page = sign_in(role).get("/", follow=True)
    assert page.status_code == 200
    assert "frame" not in page.context
