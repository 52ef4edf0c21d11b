"""
The field's own cases, read from `tests/cases/jinan-2007/*.yaml` and recorded in a real database.

Cases that share a day and the plan's figures are recorded side by side, each in a district of its own, and judged by
one run; a case that speaks of the city has the database to itself. `tests/cases/jinan-2007/README.md` says what the
words mean.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from assessments.plans import actions as plans
from assessments.plans.models import Indicator, Plan, PlanVersion
from communities.ground import periods
from communities.ground.registers import Register
from communities.places.models import Census, Classification, Place, RegisterStatement
from facilities.models import FacilityKind
from organizations.choices import OrganizationKind, Title
from services.models import ServicePointKind
from tests.factories.facilities import FacilityFactory
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.organizations import EstablishmentFactory, OrganizationFactory, PostFactory
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory
from tests.factories.services import ServicePointFactory

FOLDER = Path(__file__).parents[1] / "cases" / "jinan-2007"
PACK = Path(plans.__file__).parent / "packs" / "jinan-2007.yaml"
STATED_FROM = date(2007, 1, 1)
LEVELS = ("city", "district", "street", "community")
FACTS = (*LEVELS, "communities")

Words = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One example: what is recorded, what is asked, what must come out."""

    name: str
    target: str
    row: str
    as_of: date
    plan: tuple[tuple[str, str], ...]
    facts: Words = field(hash=False)
    expected: Words = field(hash=False)

    @property
    def communities(self) -> list[Words]:
        """What is recorded of each community."""
        several: list[Words] | None = self.facts.get("communities")
        return [self.facts.get("community", {})] if several is None else several


def read_cases() -> list[Case]:
    """Return every case of every file."""
    blocks = [block for file in sorted(FOLDER.glob("*.yaml")) for block in YAML(typ="safe").load(file)]
    return [_case(block, one) for block in blocks for one in block["cases"]]


def _case(block: Words, said: Words) -> Case:
    expected = {name: said[name] for name in said if name not in (*FACTS, "case", "plan", "as_of")}
    return Case(
        name=said["case"],
        target=block["target"],
        row=block["row"],
        as_of=said.get("as_of", block["as_of"]),
        plan=tuple(sorted((name, str(value)) for name, value in said.get("plan", {}).items())),
        facts={name: said[name] for name in FACTS if name in said},
        expected=expected,
    )


def load_plan(changes: Words | None = None) -> PlanVersion:
    """Load Jinan 2007, and a second version of it where figures of it are to be otherwise."""
    version, _done = plans.load(plans.check(PACK.read_text(encoding="utf-8"), PACK.name))
    return changed_plan(lambda pack: _put(pack, changes)) if changes else version


def changed_plan(change: Any) -> PlanVersion:
    """Load what `change` makes of the pack as a version; it gets the pack as a tree."""
    yaml = YAML()
    pack = yaml.load(PACK)
    change(pack)
    text = StringIO()
    yaml.dump(pack, text)
    checked = plans.check(text.getvalue(), PACK.name)
    assert [str(problem) for problem in checked.problems] == []
    return plans.load(checked)[0]


def _put(pack: Any, changes: Words) -> None:
    for name, value in changes.items():
        pack["parameters"][name]["values"][-1]["value"] = str(value)


@dataclass
class World:
    """Places and what is recorded of them, under one plan."""

    plan: Plan
    year: int
    city: Place

    @classmethod
    def under(cls, version: PlanVersion, day: date) -> "World":
        """Return a world with nothing but the city."""
        return cls(version.plan, day.year, version.plan.owner)

    def record(self, case: Case, number: int) -> dict[str, Place]:
        """Record the case in a district of its own; return the place of each level it may be about."""
        code = f"3701{number:02d}"
        district = PlaceFactory(code=f"{code}000000", name=f"第{number}区")
        street = PlaceFactory(code=f"{code}001000", name="一街道办事处")
        places: dict[str, Place] = {"city": self.city, "district": district, "street": street}
        said = case.facts.get("district", {})
        zone = _known(said.get("zone", "urban"))
        Classification.objects.create(place=district, during=periods.of(STATED_FROM), zone=zone)
        for level in ("city", "district", "street"):
            if level != "city" or level in case.facts:
                self._record(places[level], case.facts.get(level, {}))
        for n, words in enumerate(case.communities, start=1):
            community = CommunityFactory(code=f"{code}001{n:03d}")
            places.setdefault("community", community)
            kind, estate = _known(words.get("kind", "urban")), _known(words.get("estate", "other"))
            Classification.objects.create(place=community, during=periods.of(STATED_FROM), kind=kind, estate=estate)
            self._record(community, words)
        return places

    def _record(self, place: Place, words: Words) -> None:
        stated = [register for register in Register.values if register not in words.get("unstated", ())]
        RegisterStatement.objects.bulk_create(
            RegisterStatement(place=place, register=register, as_of=STATED_FROM) for register in stated
        )
        for word, value in words.items():
            if word not in ("unstated", "kind", "estate", "zone", "counted_on"):
                getattr(self, f"_record_{word}")(place, value, words)

    def _record_households(self, place: Place, households: int, words: Words) -> None:
        counted_on = words.get("counted_on", date(2006, 12, 31))
        Census.objects.create(place=place, counted_on=counted_on, households=households)

    def _record_members(self, place: Place, members: Any, _words: Words) -> None:
        committee = OrganizationFactory(place=place)
        for member in [{}] * members if isinstance(members, int) else members:
            post = PostFactory(organization=committee, elected=member.get("elected", True), during=_during(member))
            if "allowance" in member:
                AllowanceFactory(post=post, year=self.year, amount_cny=_number(member["allowance"]))

    def _record_party(self, place: Place, party: Words, _words: Words) -> None:
        body = OrganizationFactory(place=place, kind=OrganizationKind.PARTY_ORGANIZATION)
        PostFactory.create_batch(party["members"], organization=body)
        if "seats" in party:
            EstablishmentFactory(organization=body, seats=party["seats"])

    def _record_rooms(self, place: Place, rooms: Any, _words: Words) -> None:
        for room in rooms if isinstance(rooms, list) else [{"area": rooms}]:
            area = _number(room["area"])
            kind = room.get("kind", FacilityKind.OFFICE_AND_SERVICE_ROOMS)
            FacilityFactory(place=place, kind=kind, built_area_m2=area, during=_during(room))

    def _record_centre(self, place: Place, centre: Any, _words: Words) -> None:
        for area in centre if isinstance(centre, list) else [centre]:
            walls = FacilityFactory(place=place, kind=FacilityKind.SERVICE_CENTRE, built_area_m2=_number(area))
            ServicePointFactory(place=place, kind=ServicePointKind.CENTRE, facility=walls)

    def _record_stations(self, place: Place, stations: int, _words: Words) -> None:
        ServicePointFactory.create_batch(stations, place=place)

    def _record_station_staff(self, place: Place, staff: list[bool], _words: Words) -> None:
        station = OrganizationFactory(place=place, kind=OrganizationKind.SERVICE_STATION)
        for in_series in staff:
            PostFactory(organization=station, title=Title.WORKER, elected=False, in_social_worker_series=in_series)

    def _record_work_funds(self, place: Place, funds: Words, _words: Words) -> None:
        self._allocate(place, "work", funds)

    def _record_allowance_funds(self, place: Place, funds: Words, _words: Words) -> None:
        self._allocate(place, "allowance", funds)

    def _allocate(self, place: Place, stream: str, funds: Words) -> None:
        for payer, given in funds.items():
            said = given if isinstance(given, dict) else {"amount": given}
            AllocationFactory(
                place=place,
                stream=stream,
                payer=payer,
                amount_cny=_number(said["amount"]),
                year=said.get("year", self.year),
                allocated_on=said.get("on"),
            )

    def _record_wages(self, place: Place, wages: Mapping[int, int], _words: Words) -> None:
        for year, wage in wages.items():
            WageBaselineFactory(place=place, year=year, amount_cny=_number(wage))

    def _record_reported(self, place: Place, reported: Words, _words: Words) -> None:
        kinds = dict(Indicator.objects.filter(version__plan=self.plan).values_list("code", "type"))
        for indicator, said in reported.items():
            for day, value in _dated(said, date(self.year, 12, 31)):
                column = f"value_{kinds[indicator]}"
                kept = _number(value) if kinds[indicator] == "number" else value
                told = {"other": True, column: kept} if column != "value_number" else {column: kept}
                ReportedValueFactory(plan=self.plan, indicator=indicator, place=place, as_of=day, **told)


def _dated(said: Any, day: date) -> Iterator[tuple[date, Any]]:
    yield from said.items() if isinstance(said, dict) else [(day, said)]


def _known(word: str) -> str | None:
    return None if word == "unknown" else word


def _number(said: Any) -> Decimal | None:
    return None if said == "unknown" else Decimal(str(said))


def _during(said: Words) -> Any:
    return periods.of(said.get("from", date(2000, 1, 1)), said.get("until"))
