"""A city of two districts with 360 communities, judged once and published; and accounts that read of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from assessments.compliance import actions as judging
from assessments.compliance.models import Run
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.ground.models import Access, Role, User
from communities.places.models import Census, Classification, CommitteeKind, Community, Level, Place, PlaceCode
from tests.factories.places import PlaceFactory

SOUND = Path(__file__).parents[1] / "cases" / "packs" / "sound.yaml"
DAY = date(2008, 12, 31)
LIXIA, SHIZHONG = "370102", "370103"
IN_A_DISTRICT = 180


@dataclass
class World:
    """What the tests read of."""

    version: PlanVersion
    run: Run


def add_communities(prefix: str, number: int) -> None:
    """Add `number` communities below a street's code: urban, 2,000 households, their staff unknown."""
    added = Place.objects.bulk_create(
        Place(level=Level.COMMUNITY, name=f"第{n}社区居委会", short_name=f"第{n}社区", pinyin=f"di {n} she qu")
        for n in range(1, number + 1)
    )
    codes = [f"{prefix}{n:03}" for n in range(1, number + 1)]
    PlaceCode.objects.bulk_create(PlaceCode(place=place, code=code) for place, code in zip(added, codes, strict=True))
    Community.objects.bulk_create(Community(place=place, committee=CommitteeKind.RESIDENTS) for place in added)
    Census.objects.bulk_create(
        Census(place=place, counted_on=date(2006 + more, 12, 31), households=2000 + more)
        for place in added
        for more in (0, 2)
    )
    since = periods.of(date(2007, 1, 1))
    Classification.objects.bulk_create(Classification(place=place, during=since, kind="urban") for place in added)


@pytest.fixture
def world(db: None) -> World:
    """The city, its plan and its published run."""
    PlaceFactory(code="370100000000", name="济南市")
    for district in (LIXIA, SHIZHONG):
        PlaceFactory(code=f"{district}000000", name=f"{district}区")
        PlaceFactory(code=f"{district}001000", name=f"{district}街道")
        add_communities(f"{district}001", IN_A_DISTRICT)
    version, _is_new = plans.load(plans.check(SOUND.read_text(encoding="utf-8"), "sound.yaml"))
    return World(version, judging.publish(judging.evaluate(version=version, as_of=DAY)))


@dataclass
class Reader:
    """Somebody who is signed in and reads the API."""

    client: Client
    user: User

    def get(self, path: str, status: int = 200, **inputs: Any) -> Any:
        """Return what the API answers, which has this status."""
        address = path if path.startswith("http") else f"/api/v1/{path}"
        response = self.client.get(address, inputs or None, headers={"accept-language": "en"})
        assert response.status_code == status, response.content.decode()
        return response.json()

    def all(self, path: str, **inputs: Any) -> list[dict[str, Any]]:
        """Return the rows of every page."""
        page = self.get(path, **inputs)
        rows = list(page["results"])
        while page["next"]:
            page = self.get(page["next"])
            rows += page["results"]
        return rows


@pytest.fixture
def reader(db: None) -> Callable[..., Reader]:
    """Sign somebody in: `reader(Role.LEADER, "370102")`; without a role the account has no access."""

    def sign_in(role: Role | None = None, prefix: str = "3701", until: date | None = None) -> Reader:
        user = User.objects.create_user(f"u{User.objects.count()}")
        if role:
            Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2000, 1, 1), until))
        client = Client()
        client.force_login(user)
        return Reader(client, user)

    return sign_in


@pytest.fixture
def officer(reader: Callable[..., Reader]) -> Reader:
    """An officer of the city."""
    return reader(Role.OFFICER)
