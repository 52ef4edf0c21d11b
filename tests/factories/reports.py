"""
A small city for reports: two districts, two streets, eight communities, every figure chosen.

    city = small_city(members={"370102001001": 3}, rooms={"370102001001": "149.96"})
    run = city.judged(date(2008, 12, 31))

Communities not named have 5 members and 150 m²; None leaves a figure out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from assessments.compliance import actions as compliance
from assessments.compliance.models import Run
from assessments.plans import actions as plans
from assessments.plans.models import Plan, PlanVersion, ReportedValue
from communities.places.models import Place

from .places import CommunityFactory, PlaceFactory

PACK = Path(__file__).parents[1] / "cases" / "reports" / "small.yaml"
DISTRICTS = {"370102000000": "历下区", "370103000000": "市中区"}
STREETS = {"370102001000": "解放路街道", "370103001000": "大观园街道"}
COMMUNITIES = {
    "370102001001": "青龙街社区居民委员会",
    "370102001002": "县东巷社区居民委员会",
    "370102001003": "意福苑社区居民委员会",
    "370102001004": "泉景园社区居民委员会",
    "370102001005": "欣苑社区居民委员会",
    "370103001001": "七一小区社区居民委员会",
    "370103001002": "友谊苑社区居民委员会",
    "370103001003": "名士豪庭社区居民委员会",
}
Figures = Mapping[str, int | str | None]


@dataclass(frozen=True)
class SmallCity:
    """The plan and the places of the city, which `judged` judges."""

    version: PlanVersion
    places: dict[str, Place]

    def judged(self, day: date = date(2008, 12, 31), *, within: str | None = None) -> Run:
        """Judge and publish as at a day."""
        return compliance.publish(compliance.evaluate(version=self.version, as_of=day, within=within))

    def in_the_next_version(self) -> "SmallCity":
        """Load and publish the next version of the plan, which asks the same, and judge by that."""
        text = PACK.read_text(encoding="utf-8").replace("text: {zh: 培训}", "text: {zh: 培训工作}")
        return replace(self, version=plans.load(plans.check(text, PACK.name))[0])

    def report(self, indicator: str, code: str, value: int | str | Decimal, day: date = date(2007, 1, 1)) -> None:
        """Record a value that an office reports."""
        _reported(self.version.plan, indicator, self.places[code], value, day)


def small_city(
    *,
    members: Figures | None = None,
    rooms: Figures | None = None,
    trainings: Figures | None = None,
    draft: bool = False,
) -> SmallCity:
    """Make the city with the figures given."""
    places: dict[str, Place] = {"370100000000": PlaceFactory(code="370100000000", name="济南市")}
    for code, name in {**DISTRICTS, **STREETS}.items():
        places[code] = PlaceFactory(code=code, name=name)
    for code, name in COMMUNITIES.items():
        places[code] = CommunityFactory(code=code, name=name)
    text = PACK.read_text(encoding="utf-8")
    if draft:
        text = text.replace("status: in_force", "status: draft")
        text = text.replace("consultation: null", "consultation: {from: 2007-01-01, until: 2007-02-01}")
    version, _done = plans.load(plans.check(text, PACK.name))
    city = SmallCity(version, places)
    _fill(city, "members", COMMUNITIES, members or {}, 5)
    _fill(city, "rooms", COMMUNITIES, rooms or {}, 150)
    _fill(city, "trainings", DISTRICTS, trainings or {}, 1)
    return city


def _fill(city: SmallCity, indicator: str, codes: Mapping[str, str], figures: Figures, usual: int) -> None:
    for code in codes:
        value = figures.get(code, usual)
        if value is not None:
            city.report(indicator, code, value)


def _reported(plan: Plan, indicator: str, place: Place, value: int | str | Decimal, day: date) -> None:
    ReportedValue.objects.create(
        plan=plan, indicator=indicator, place=place, as_of=day, value_number=Decimal(value), source="试验"
    )
