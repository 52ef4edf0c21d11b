"""
What a case says is recorded, written into a real database: a small world below the owner of the plan.

`tests/cases/README.md` says what the words mean: each word has the `_record_…` of its name here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assessments.plans.models import Indicator, Plan, PlanVersion
from communities.ground import periods
from communities.ground.registers import Register
from communities.places.models import Census, Classification, Level, Place, RegisterStatement
from facilities.models import Facility, FacilityKind
from organizations.choices import OrganizationKind, Title
from services.models import ServicePointKind
from tests.factories.facilities import FacilityFactory
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.organizations import EstablishmentFactory, OrganizationFactory, PostFactory, TermFactory
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory
from tests.factories.services import ServicePointFactory

from .cases import LEVELS, PLURALS, Case, Words

WIDTHS = {"city": 4, "district": 6, "street": 9, "community": 12}
NAMES = {"district": "第{}区", "street": "第{}街道办事处"}
SHAPE = {*LEVELS, *PLURALS.values(), "times"}
CLASSIFICATION = {
    "kind": "kind",
    "estate": "estate",
    "zone": "zone",
    "county_seat": "is_county_seat",
    "dispersed": "is_dispersed",
}
# What a place is unless a case says otherwise.
ORDINARY: dict[str, dict[str, Any]] = {
    "city": {},
    "district": {"zone": "urban"},
    "street": {"county_seat": False},
    "community": {"kind": "urban", "estate": "other", "dispersed": False},
}
IN_PASSING = {"unstated", "counted_on", *CLASSIFICATION}
SINCE_2000 = date(2000, 1, 1)


@dataclass
class World:
    """Places and what is recorded of them, under one plan. Registers are complete from the plan's first January."""

    plan: Plan
    year: int
    owner: Place
    stated_from: date

    @classmethod
    def under(cls, version: PlanVersion, day: date) -> "World":
        """Return a world with nothing but the owner of the plan."""
        plan = version.plan
        return cls(plan, day.year, plan.owner, date(version.period.lower.year, 1, 1))

    def record(self, case: Case, number: int) -> dict[str, Place]:
        """Record the case below the owner, from the `number`th place on; return the first place of each level."""
        places: dict[str, Place] = {self.owner.level: self.owner}
        own = case.facts.get(self.owner.level)
        if own is not None:
            self._classify(self.owner, own)
            self._record(self.owner, own)
        self._record_below(self.plan.prefix, self.owner.level, case.facts, number, places)
        return places

    def _record_below(self, prefix: str, level: str, words: Words, first: int, places: dict[str, Place]) -> None:
        if level == LEVELS[-1]:
            return
        below = LEVELS[LEVELS.index(level) + 1]
        for number, said in enumerate(_each_below(words, below), start=first):
            code = f"{prefix}{number:0{WIDTHS[below] - len(prefix)}d}"
            place = self._place(code, below, number)
            places.setdefault(below, place)
            self._classify(place, said)
            self._record(place, said)
            self._record_below(code, below, said, 1, places)

    def _place(self, code: str, level: str, number: int) -> Place:
        if level == Level.COMMUNITY:
            return CommunityFactory(code=code)
        return PlaceFactory(code=f"{code:0<12}", name=NAMES[level].format(number))

    def _classify(self, place: Place, words: Words) -> None:
        said = {**ORDINARY[place.level], **{word: words[word] for word in CLASSIFICATION if word in words}}
        if said:
            columns = {CLASSIFICATION[word]: _known(value) for word, value in said.items()}
            Classification.objects.create(place=place, during=periods.of(self.stated_from), **columns)

    def _record(self, place: Place, words: Words) -> None:
        stated = [register for register in Register.values if register not in words.get("unstated", ())]
        RegisterStatement.objects.bulk_create(
            RegisterStatement(place=place, register=register, as_of=self.stated_from) for register in stated
        )
        for word, value in words.items():
            if word not in SHAPE | IN_PASSING:
                getattr(self, f"_record_{word}")(place, value, words)

    def _record_households(self, place: Place, households: int, words: Words) -> None:
        counted_on = words.get("counted_on", self.stated_from - timedelta(days=1))
        Census.objects.create(place=place, counted_on=counted_on, households=households)

    def _record_censuses(self, place: Place, censuses: Mapping[date, Any], _words: Words) -> None:
        for day, counted in censuses.items():
            columns = counted if isinstance(counted, Mapping) else {"households": counted}
            Census.objects.create(place=place, counted_on=day, **columns)

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

    def _record_organizations(self, place: Place, organizations: Words, _words: Words) -> None:
        for kind, said in organizations.items():
            for one in _one_by_one(said):
                body = OrganizationFactory(place=place, kind=kind, during=_during(one))
                PostFactory.create_batch(one.get("members", 0), organization=body)
                if "seats" in one:
                    EstablishmentFactory(organization=body, seats=one["seats"])
                for number, term in enumerate(one.get("terms", ()), start=1):
                    TermFactory(organization=body, number=number, during=_during(term), method=term.get("method"))

    def _record_facilities(self, place: Place, facilities: Words, _words: Words) -> None:
        for kind, said in facilities.items():
            for one in _one_by_one(said):
                _facility(place, kind, one)

    def _record_points(self, place: Place, points: Words, _words: Words) -> None:
        for kind, said in points.items():
            for one in _one_by_one(said):
                rooms = _facility(place, kind, one) if {"built", "usable"} & one.keys() else None
                more = {name: one[name] for name in ("one_stop", "networked") if name in one}
                ServicePointFactory(place=place, kind=kind, facility=rooms, during=_during(one), **more)

    def _record_rooms(self, place: Place, rooms: Any, _words: Words) -> None:
        for room in rooms if isinstance(rooms, list) else [{"area": rooms}]:
            kind = room.get("kind", FacilityKind.OFFICE_AND_SERVICE_ROOMS)
            FacilityFactory(place=place, kind=kind, built_area_m2=_number(room["area"]), during=_during(room))

    def _record_centre(self, place: Place, centre: Any, _words: Words) -> None:
        for area in centre if isinstance(centre, list) else [centre]:
            self._record_points(place, {ServicePointKind.CENTRE: {"built": area}}, {})

    def _record_stations(self, place: Place, stations: int, _words: Words) -> None:
        ServicePointFactory.create_batch(stations, place=place)

    def _record_station_staff(self, place: Place, staff: list[bool], _words: Words) -> None:
        station = OrganizationFactory(place=place, kind=OrganizationKind.SERVICE_STATION)
        for in_series in staff:
            PostFactory(organization=station, title=Title.WORKER, elected=False, in_social_worker_series=in_series)

    def _record_work_funds(self, place: Place, funds: Words, _words: Words) -> None:
        self._record_funds(place, {"work": funds}, {})

    def _record_allowance_funds(self, place: Place, funds: Words, _words: Words) -> None:
        self._record_funds(place, {"allowance": funds}, {})

    def _record_funds(self, place: Place, funds: Words, _words: Words) -> None:
        for stream, payers in funds.items():
            for payer, given in payers.items():
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


def _each_below(words: Words, level: str) -> Iterator[Words]:
    """Yield what is said of each place of `level`: those named one by one, or one in which everything deeper lies."""
    if PLURALS[level] in words:
        for said in words[PLURALS[level]]:
            yield from [said] * said.get("times", 1)
        return
    deeper = LEVELS[LEVELS.index(level) + 1 :]
    shape = [name for one in deeper for name in (one, PLURALS[one])]
    yield {**{name: words[name] for name in shape if name in words}, **words.get(level, {})}


def _facility(place: Place, kind: str, said: Words) -> Facility:
    areas = {name: said[name] for name in ("built", "usable") if name in said}
    return FacilityFactory(
        place=place,
        kind=kind,
        during=_during(said),
        **{f"{name}_area_m2": _number(areas.get(name, "unknown")) for name in ("built", "usable")},
        **{name: said[name] for name in ("grade", "volumes") if name in said},
        is_linked=said.get("linked"),
    )


def _one_by_one(said: Any) -> Iterable[Words]:
    """Return one set of words for each thing that is said: a number stands for so many without any."""
    if isinstance(said, int):
        return [{}] * said
    return said if isinstance(said, list) else [said]


def _dated(said: Any, day: date) -> Iterator[tuple[date, Any]]:
    yield from said.items() if isinstance(said, dict) else [(day, said)]


def _known(word: Any) -> Any:
    return None if word == "unknown" else word


def _number(said: Any) -> Decimal | None:
    return None if said == "unknown" else Decimal(str(said))


def _during(said: Words) -> Any:
    return periods.of(said.get("from", SINCE_2000), said.get("until"))
