"""The fence on Why: of a place elsewhere that this one came out of, its value is told and none of its rows."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from assessments.compliance import actions, telling
from assessments.compliance.models import Run
from communities.ground import periods
from communities.ground.models import Role
from communities.ground.registers import Register
from communities.ground.scope import Scope
from communities.places.models import Place, PlaceCode, RegisterStatement, Succession
from tests.factories.judged import an_account
from tests.factories.organizations import OrganizationFactory, PersonFactory, PostFactory
from tests.factories.places import CommunityFactory, PlaceFactory

from .test_known_then import at
from .test_terms import a_plan, a_target

pytestmark = pytest.mark.django_db
DAY, CHANGE, EVE = date(2008, 12, 31), date(2008, 7, 1), date(2008, 6, 30)
POSTS = 'posts(organization="residents_committee")'


def a_staffed_community(code: str, name: str, during: Any) -> Place:
    place: Place = CommunityFactory(code=code)
    Place.objects.filter(pk=place.pk).update(exists=during)
    PlaceCode.objects.filter(place=place).update(during=during)
    RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=date(2005, 1, 1))
    body = OrganizationFactory(place=place, name=f"{name}的居委会")
    PostFactory(
        organization=body, person=PersonFactory(place=place, name=name), during=periods.of(date(2005, 1, 1), None)
    )
    return place


@pytest.fixture
def place(db: None) -> Place:
    """A community of the first district that came out of one of the second."""
    for code in ("3701", "370102", "370102001", "370103", "370103001"):
        PlaceFactory(code=code.ljust(12, "0"))
    old = a_staffed_community("370103001001", "欧阳修", periods.of(None, EVE))
    new = a_staffed_community("370102001002", "司马光", periods.of(CHANGE, None))
    Succession.objects.create(predecessor=old, successor=new, on=CHANGE, kind="conversion", share=1)
    return new


@pytest.fixture
def run(place: Place) -> Run:
    version = a_plan(a_target("asked", f"{POSTS} - previous({POSTS})"))
    return actions.publish(actions.evaluate(version=version, as_of=DAY))


def test_who_reaches_both_districts_sees_the_rows_of_both(run: Run, place: Place) -> None:
    told = telling.explain(run, "asked", place, scope=Scope(("3701",)))
    assert any("欧阳" in record.text for one in told.facts for record in one.records)
    assert not any(one.are_rows_outside for one in told.facts)


def test_beyond_the_area_the_value_and_the_share_stay_and_the_rows_do_not(run: Run, place: Place) -> None:
    everything = telling.explain(run, "asked", place)
    told = telling.explain(run, "asked", place, scope=Scope(("370102001",)))
    assert [(one.label, one.value, one.as_of) for one in told.facts] == [
        (one.label, one.value, one.as_of) for one in everything.facts
    ]
    assert (told.measured, told.sentence) == (everything.measured, everything.sentence)
    assert [len(one.records) for one in told.facts if one.are_rows_outside] == [0]
    assert not any("欧阳" in record.text for one in told.facts for record in one.records)
    assert any("司马" in record.text for one in told.facts for record in one.records)
    assert any("欧阳" in record.text for one in everything.facts for record in one.records)


def test_beyond_the_area_no_change_is_told(run: Run, place: Place) -> None:
    Run.objects.filter(pk=run.pk).update(created_at=at(2))
    run.refresh_from_db()
    fenced = telling.explain(run, "asked", place, scope=Scope(("370102001",)))
    assert len(telling.explain(run, "asked", place).changes) == 2
    assert ["司马" in one.text for one in fenced.changes] == [True]
    now = telling.explain_now(run.version, "asked", place, DAY, scope=Scope(("370102001",)))
    assert not any("欧阳" in record.text for one in now.facts for record in one.records)


def test_the_page_of_a_clerk_says_that_the_rows_lie_elsewhere(run: Run, place: Place, client: Any) -> None:
    where = {"place": "370102001002", "plan": run.version.plan.code, "as_of": "2008-12-31", "target": "asked"}
    client.force_login(an_account("clerk", Role.CLERK, "370102001"))
    page = client.get(reverse("why"), where)
    assert page.status_code == 200
    assert "欧阳" not in page.content.decode()
    assert any(one.are_rows_outside for one in page.context["told"].facts)
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    assert "欧阳" in client.get(reverse("why"), where).content.decode()
