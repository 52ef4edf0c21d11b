"""
A small city that has been judged, for tests of pages: two districts, a street in each, a community in each street.

`a_judged_city()` loads the pack `tests/cases/packs/sound.yaml` and publishes a run as of the end of 2008. In the
community of 370102 five members are in post where seven are asked for; in that of 370103 five are enough.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assessments.compliance import actions as judging
from assessments.compliance.models import Run
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.ground.models import Access, Role, User
from communities.ground.registers import Register
from communities.places.models import Classification, Place

from .organizations import OrganizationFactory, PostFactory
from .places import CommunityFactory, PlaceFactory
from .plans import ReportedValueFactory

PACK = Path(__file__).parents[1] / "cases" / "packs" / "sound.yaml"
DAY = date(2008, 12, 31)
PASSWORD = "yi-ge-hen-chang-de-mima"


@dataclass(frozen=True)
class JudgedCity:
    """What was made."""

    version: PlanVersion
    run: Run
    missing: Place
    enough: Place


def a_city() -> tuple[Place, Place]:
    """Make the places and their members; return the two communities."""
    PlaceFactory(code="370100000000", name="济南市")
    made = []
    for code, name in (("370102", "历下区"), ("370103", "市中区")):
        PlaceFactory(code=f"{code}000000", name=name)
        PlaceFactory(code=f"{code}001000", name=f"{name[:2]}街道")
        made.append(_a_community(f"{code}001001", f"{name[:2]}社区居民委员会"))
    return made[0], made[1]


def _a_community(code: str, name: str) -> Place:
    place: Place = CommunityFactory(code=code, name=name, counted=1400, stated=list(Register))
    Classification.objects.create(place=place, kind="urban", during=periods.of(date(2000, 1, 1)))
    committee = OrganizationFactory(place=place)
    PostFactory.create_batch(5, organization=committee, during=periods.of(date(2007, 1, 1)))
    return place


def a_judged_city() -> JudgedCity:
    """Make the places, load and publish the pack, judge as of the end of 2008 and publish the run."""
    missing, enough = a_city()
    version, _is_new = plans.load(plans.check(PACK.read_text(encoding="utf-8"), PACK.name))
    ReportedValueFactory(plan=version.plan, place=missing)
    run = judging.publish(judging.evaluate(version=version, as_of=DAY))
    return JudgedCity(version, run, missing, enough)


def a_stricter_version() -> PlanVersion:
    """Load and publish the next version of the pack: six members where five were enough."""
    text = PACK.read_text(encoding="utf-8").replace('{value: "5", clause: 一}', '{value: "6", clause: 一}')
    return plans.load(plans.check(text, PACK.name))[0]


def an_account(name: str, role: Role, prefix: str) -> User:
    """Make an account with an access that has been in force for long."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=role != Role.LEADER)
    Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2000, 1, 1)))
    return user
