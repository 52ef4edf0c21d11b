"""The registers in the officials' order, with what of them lies within reach."""

from datetime import date

import pytest
from django.urls import reverse

from communities.ground import periods
from communities.ground.models import Access, Role
from communities.places.models import Place, PlaceCode
from tests.factories.judged import a_city, an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client):
    a_city()
    client.force_login(an_account("clerk", Role.CLERK, "370102001"))
    return client


def test_registers_tell_how_many_rows_lie_within_reach(clerk):
    groups = clerk.get(reverse("registers")).context["groups"]
    rows = {entry["object_name"]: entry["rows"] for _name, entries in groups for entry in entries}
    assert (rows["Place"], rows["Census"], rows["Post"]) == (2, 1, 5)


def test_every_number_is_that_of_the_registers_own_list(clerk):
    PlaceCode.objects.filter(code="370102001001").update(during=periods.of(date(2010, 1, 1)))
    PlaceCode.objects.create(
        place=Place.objects.get(codes__code="370102001001"),
        code="370102001009",
        during=periods.of(None, date(2009, 12, 31)),
    )
    groups = clerk.get(reverse("registers")).context["groups"]
    for entry in (entry for _name, entries in groups for entry in entries):
        assert entry["rows"] == clerk.get(entry["admin_url"]).context["cl"].result_count


def test_an_account_without_an_area_has_no_rows(client):
    user = an_account("clerk", Role.CLERK, "370102001")
    client.force_login(user)
    Access.objects.update(prefix="9999")
    groups = client.get(reverse("registers")).context["groups"]
    assert {entry["rows"] for _name, entries in groups for entry in entries} == {0}


def test_each_register_leads_to_its_own_pages(clerk):
    groups = clerk.get(reverse("registers")).context["groups"]
    for entry in (entry for _name, entries in groups for entry in entries):
        assert clerk.get(entry["admin_url"]).status_code == 200


def test_the_system_administrators_tables_are_no_registers(clerk):
    page = clerk.get(reverse("registers")).content.decode()
    assert "/admin/ground/" not in page


def test_a_leader_has_no_registers(client):
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    assert client.get(reverse("registers")).status_code == 403


def test_the_page_of_registers_needs_the_queries_that_are_written_down(clerk):
    assert_query_count("registers", clerk, reverse("registers"))
