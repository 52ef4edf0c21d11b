"""What `evaluate` and `explain` are asked in error: one clear sentence, exit code 1, and nothing is judged."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from assessments.compliance.models import Finding, Run
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.places.models import Place
from tests.factories.places import CommunityFactory, PlaceFactory

from .packs import a_plan, a_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(db: None) -> PlanVersion:
    """A plan of Jinan, which begins in 2007, and a city beside it."""
    for code in ("370100000000", "370102000000", "370102001000", "370200000000", "370202000000", "370202001000"):
        PlaceFactory(code=code)
    CommunityFactory(code="370102001001", counted=1100)
    CommunityFactory(code="370202001001", counted=1100)
    return a_plan(a_target("floor", "measure: households\nat_least: least"))


def asked(command: str, **options: Any) -> str:
    """Return what the command says; in English."""
    out = StringIO()
    with translation.override("en"):
        call_command(command, stdout=out, **options)
    return out.getvalue()


REFUSED = {
    "a day before the plan": ({"as_of": "2006-12-31"}, ["2007-01-01", "2006-12-31"]),
    "a day to come": ({"as_of": "2199-01-01"}, ["2199-01-01"]),
    "no day at all": ({"as_of": "2008-02-30"}, ["2008-02-30"]),
    "words instead of a day": ({"as_of": "yesterday"}, ["yesterday"]),
    "a place nobody knows": ({"within": "370199000000"}, ["370199000000"]),
    "a place of another city": ({"within": "370200000000"}, ["370200000000", "3701"]),
    "a code that is none": ({"within": "Jinan"}, ["Jinan"]),
    "a plan nobody loaded": ({"plan": "jinan-1907"}, ["jinan-1907", "trial"]),
    "a moment before all records": ({"known_at": "0001-01-01", "as_of": "2008-12-31"}, ["0001-01-01", "1900"]),
    "a moment beyond all records": ({"known_at": "9999-12-31", "as_of": "2008-12-31"}, ["9999-12-31", "2199"]),
    "a moment to come": ({"known_at": "2199-01-01T08:00", "as_of": "2008-12-31"}, ["2199-01-01 08:00"]),
    "a moment gone by, to be published": (
        {"known_at": "2009-03-01", "as_of": "2008-12-31", "publish": True},
        ["never published"],
    ),
}


@pytest.mark.parametrize(("options", "says"), REFUSED.values(), ids=REFUSED)
def test_evaluate_refuses_and_writes_nothing(plan: PlanVersion, options: dict[str, Any], says: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        asked("evaluate", **{"plan": "trial", **options})
    sentence = str(refused.value)
    assert refused.value.returncode == 1
    assert all(part in sentence for part in says), sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert not Run.objects.exists()
    assert not Finding.objects.exists()


def test_a_plan_that_is_not_published_is_not_judged(plan: PlanVersion) -> None:
    a_plan(a_target("floor", "measure: households\nat_least: 1"), publish=False)
    asked("evaluate", plan="trial", as_of="2008-12-31")
    assert Run.objects.get().version == plan


EXPLAINED = {
    "a target the plan does not have": ({"target": "roof"}, ["roof"]),
    "a place nobody knows": ({"subject": "370199000000"}, ["370199000000"]),
    "a target of another level": ({"subject": "370102000000"}, ["floor"]),
    "no day at all": ({"as_of": "2008-13-01"}, ["2008-13-01"]),
    "a community of another city": ({"subject": "370202001001"}, ["370202001001", "3701"]),
    "a day before the plan": ({"as_of": "2006-12-31"}, ["2007-01-01", "2006-12-31"]),
    "a day to come": ({"as_of": "2199-01-01"}, ["2199-01-01", "ahead"]),
    "a day beyond all records": ({"as_of": "9999-12-31"}, ["9999-12-31", "ahead"]),
    "a moment before all records": ({"known_at": "0001-01-01"}, ["0001-01-01", "1900"]),
}


@pytest.mark.parametrize(("options", "says"), EXPLAINED.values(), ids=EXPLAINED)
@pytest.mark.parametrize("is_judged", [True, False])
def test_explain_refuses_in_one_sentence(
    plan: PlanVersion, options: dict[str, str], says: list[str], is_judged: bool
) -> None:
    if is_judged:
        asked("evaluate", plan="trial", as_of="2008-12-31")
    said = {"plan": "trial", "target": "floor", "subject": "370102001001", "as_of": "2008-12-31"}
    with pytest.raises(CommandError) as refused:
        asked("explain", **{**said, **options})
    assert all(part in str(refused.value) for part in says), str(refused.value)
    assert "\n" not in str(refused.value)


def test_where_nothing_was_judged_explain_says_how_it_would_stand(plan: PlanVersion) -> None:
    said = asked("explain", plan="trial", target="floor", subject="370102001001", as_of="2008-12-31")
    assert "1,100" in said or "1100" in said
    assert not Run.objects.exists()


def test_a_place_that_is_no_more_is_not_judged(plan: PlanVersion) -> None:
    Place.objects.filter(codes__code="370102001001").update(exists=periods.of(None, date(2008, 6, 30)))
    asked("evaluate", plan="trial", as_of="2008-06-30")
    asked("evaluate", plan="trial", as_of="2008-07-01")
    assert [run.findings.count() for run in Run.objects.order_by("pk")] == [1, 0]
