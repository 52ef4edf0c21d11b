"""
A city with milestones over five years: two urban districts and a county, a street and two communities in each.

`five_years()` loads `tests/cases/packs/milestones.yaml`; every number is reported by an office. `judged(2001, 2002)`
publishes a run as of the end of each year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from assessments.compliance import actions as compliance
from assessments.compliance.models import Run
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion, ReportedValue
from communities.ground import periods
from communities.places.models import Classification, Place

from .places import CommunityFactory, PlaceFactory

PACK = Path(__file__).parents[1] / "cases" / "packs" / "milestones.yaml"
DISTRICTS = {"370102": ("历下区", "urban"), "370103": ("市中区", "urban"), "370126": ("商河县", "county")}


@dataclass(frozen=True)
class FiveYears:
    """The plan and its places."""

    version: PlanVersion
    places: dict[str, Place]

    def report(self, indicator: str, code: str, values: Mapping[int, int | str]) -> None:
        """Record what an office reports as of the end of each year."""
        ReportedValue.objects.bulk_create(
            ReportedValue(
                plan=self.version.plan,
                indicator=indicator,
                place=self.places[code],
                as_of=date(year, 12, 31),
                value_number=Decimal(value),
                source="试验",
            )
            for year, value in values.items()
        )

    def judged(self, *years: int) -> Run:
        """Judge and publish as of the end of each year; return the last run."""
        for year in years:
            run = compliance.publish(compliance.evaluate(version=self.version, as_of=date(year, 12, 31)))
        return run


def five_years() -> FiveYears:
    """Make the places and load the plan; nothing is reported yet."""
    places: dict[str, Place] = {"3701": PlaceFactory(code="370100000000", name="济南市")}
    for code, (name, zone) in DISTRICTS.items():
        places[code] = PlaceFactory(code=f"{code}000000", name=name)
        Classification.objects.create(place=places[code], zone=zone, during=periods.of(date(2000, 1, 1)))
        places[f"{code}001"] = PlaceFactory(code=f"{code}001000", name=f"{name[:2]}街道")
        for number in ("001", "002"):
            name_of_it = f"{name[:2]}{'东' if number == '001' else '西'}社区居民委员会"
            places[f"{code}001{number}"] = CommunityFactory(code=f"{code}001{number}", name=name_of_it)
    version, _done = plans.load(plans.check(PACK.read_text(encoding="utf-8"), PACK.name))
    return FiveYears(version, places)
