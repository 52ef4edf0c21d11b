"""The bounds of Dongcheng's areas and volumes, one just below and one at each; and what cannot be computed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from assessments.compliance import actions
from assessments.compliance.models import Finding

from .cases import Case
from .test_cases import owned_plan
from .world import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = date(2005, 12, 31)


def answers(facts: dict[str, Any]) -> dict[str, Finding]:
    """Record the facts below the district, judge once and return what came out about the district itself."""
    case = Case("dongcheng-2005", "", "", "", DAY, (), facts, {})
    with transaction.atomic():
        version = owned_plan("dongcheng-2005")
        World.under(version, DAY).record(case, 1)
        run = actions.evaluate(version=version, as_of=DAY)
        found = Finding.objects.filter(run=run, place=version.plan.owner).select_related("rule__target")
        told = {finding.rule.target.code: finding for finding in found}
        transaction.set_rollback(True)
    return told


def community(rooms: Any, demonstration: Any, standard: Any) -> dict[str, Any]:
    """Return what is recorded of a community with rooms and two culture rooms of these areas."""
    culture_rooms = [{"built": demonstration, "grade": "demonstration"}, {"built": standard, "grade": "standard"}]
    return {"facilities": {"office_and_service_rooms": {"built": rooms}, "culture_room": culture_rooms}}


def street(station: Any, volumes: int, *, linked: bool, communities: list[Any]) -> dict[str, Any]:
    """Return what is recorded of a street with a culture station and a library."""
    facilities = {"culture_station": {"built": station}, "library": {"volumes": volumes, "linked": linked}}
    return {"facilities": facilities, "communities": communities}


@pytest.fixture(scope="module")
def at_the_bounds(django_db_setup: None, django_db_blocker: Any) -> dict[str, Finding]:
    """What comes out where one place lies just below each bound and one at it."""
    with django_db_blocker.unblock():
        return answers(
            {
                "streets": [
                    street("499.99", 9999, linked=True, communities=[community("189.99", "79.99", "49.99")]),
                    street("500", 10000, linked=True, communities=[community("190", "80", "50")]),
                    street("500.01", 10000, linked=False, communities=[]),
                ]
            }
        )


@pytest.mark.parametrize(
    ("target", "measured"),
    [
        ("share_with_rooms", "1/2"),
        ("communities_with_rooms", "1"),
        ("communities_below", "1"),
        ("least_area_of_rooms", "190"),
        ("demonstration_culture_rooms", "1"),
        ("standard_culture_rooms", "1"),
        ("culture_stations", "2/3"),
        ("linked_libraries", "1/3"),
    ],
)
def test_a_bound_includes_its_figure(at_the_bounds: dict[str, Finding], target: str, measured: str) -> None:
    over, _slash, under = measured.partition("/")
    found = at_the_bounds[target]
    assert found.verdict == "reported"
    assert found.measured == round(Decimal(over) / Decimal(under or 1), 20)


def test_without_communities_a_share_is_neither_nothing_nor_all() -> None:
    found = answers({"streets": []})
    for target in ("share_with_rooms", "party_organizations", "average_households", "culture_stations"):
        assert (found[target].verdict, found[target].measured) == ("not_applicable", None), target
    assert found["communities_with_rooms"].measured == 0


def test_what_nobody_recorded_is_missing_not_small() -> None:
    measured, not_measured = (community(area, "80", "50") for area in ("190", "unknown"))
    found = answers({"communities": [measured, not_measured]})

    share = found["share_with_rooms"]
    assert (share.verdict, share.measured) == ("undetermined", None)
    assert share.detail is not None
    assert (share.detail["known"], share.detail["of"]) == (1, 2)
    assert share.missing
    assert found["registered_volunteers"].missing == ["volunteers"]
