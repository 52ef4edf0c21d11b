"""Plans in the admin: read by everyone below the owner, changed by nobody; reported values behind the fence."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assessments.plans import actions
from assessments.plans.models import ReportedValue
from communities.ground import periods
from communities.ground.models import Access, Role
from tests.factories.places import CommunityFactory
from tests.factories.plans import ReportedValueFactory

PAGES = ["plan", "planversion", "parameter", "target", "rule", "reportedvalue"]


def signed_in(prefix: str) -> Client:
    """Return the browser of an officer of that area."""
    user = get_user_model().objects.create_user(username=f"officer-{prefix}", password="x", is_staff=True)
    Access.objects.create(user=user, role=Role.OFFICER, prefix=prefix, during=periods.of(date(2000, 1, 1)))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_below_the_owner_reads_the_plan(checked: actions.Checked, page: str) -> None:
    version, _done = actions.load(checked)
    ReportedValueFactory(plan=version.plan, place=CommunityFactory(code="370102001001"))
    client = signed_in("370102")

    listed = client.get(reverse(f"admin:plans_{page}_changelist"))

    assert listed.status_code == 200
    assert listed.context["cl"].result_count > 0
    first = listed.context["cl"].result_list[0]
    assert client.get(reverse(f"admin:plans_{page}_change", args=[first.pk])).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_elsewhere_sees_nothing_of_it(checked: actions.Checked, page: str) -> None:
    version, _done = actions.load(checked)
    ReportedValueFactory(plan=version.plan, place=CommunityFactory(code="370102001001"))

    listed = signed_in("3301").get(reverse(f"admin:plans_{page}_changelist"))

    assert listed.context["cl"].result_count == 0


@pytest.mark.parametrize("page", [page for page in PAGES if page != "reportedvalue"])
def test_nobody_adds_to_a_plan_by_hand(checked: actions.Checked, page: str) -> None:
    actions.load(checked)

    assert signed_in("3701").get(reverse(f"admin:plans_{page}_add")).status_code == 403


def test_an_officer_enters_a_value_within_his_area_only(checked: actions.Checked) -> None:
    version, _done = actions.load(checked)
    inside, outside = CommunityFactory(code="370102001001"), CommunityFactory(code="370103001001")
    client = signed_in("370102")
    form = {"plan": version.plan_id, "indicator": "trainings", "as_of": "2008-12-31", "value": "2"}

    client.post(reverse("admin:plans_reportedvalue_add"), {**form, "place": outside.pk, "source": "台账"})
    assert not ReportedValue.objects.exists()
    wrong = client.post(reverse("admin:plans_reportedvalue_add"), {**form, "place": inside.pk, "value": "1e999"})
    assert "1e999" in wrong.context["errors"][0][0]
    client.post(reverse("admin:plans_reportedvalue_add"), {**form, "place": inside.pk, "source": "台账"})

    value = ReportedValue.objects.get()
    assert (value.place, value.value) == (inside, 2)
    assert value.recorded_by is not None
