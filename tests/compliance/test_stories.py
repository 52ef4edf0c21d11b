"""
The example data tells what each plan speaks of: over its years every target shows every verdict it can give.

Each story is told in a piece of its area (an invented area whole) and judged at the end of each year, some on a day
within a year too. A target that is about the owner of the plan alone has one finding a year and shows what it comes to;
of the others every verdict is asked for, but for two, and of these the reason is put to the test. Dongcheng's plan only
reports: it judges nothing, and what it reports has its own tests (`test_dongcheng.py`).
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from assessments.compliance import actions, example
from assessments.compliance.models import Finding
from assessments.compliance.rulebook import rulebook
from assessments.plans.models import Force, PlanVersion
from assessments.plans.pack import PackPlan, TargetSpec
from communities.ground.registers import Register
from communities.places import story
from communities.places.models import Level, RegisterStatement

from .cases import OWNERS, load_plan

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The districts in which a story is told; none where it invents its places.
AREAS: dict[str, tuple[str, ...]] = {
    "chengdu-2001": ("510104", "510105", "510107", "510108", "510113", "510115", "510117", "510131", "510183"),
    "hangzhou-2001": ("330102", "330108", "330112", "330122", "330127", "330182"),
    "hangzhou-2017": ("330102", "330108", "330112", "330122", "330127", "330182"),
    "jinan-2007": ("370102", "370112", "370124", "370126"),
}
# Days within a year on which a story is judged as well: some things are under review then, of which nobody can tell.
WITHIN: dict[str, tuple[date, ...]] = {
    "chengdu-2001": (date(2004, 6, 30), date(2005, 6, 30), date(2006, 6, 30)),
    "jinan-2007": (date(2009, 6, 30),),
}
# The story in which the targets about the plan's owner show every verdict too.
OWNER_TOO = "jinan-2007"
# Only urban communities are judged, so this condition is never false.
ALWAYS = 'kind == "urban"'
# What is asked on one day only, the last one of the plan, from facts that another target asks of the whole city: were
# they unknown of a single community, that other one would have no answer in the plan's last report.
NEVER: dict[str, dict[str, dict[str, str]]] = {
    "hangzhou-2001": {
        "health_stations": {"undetermined": "police_rooms"},
        "labour_point": {"undetermined": "police_rooms"},
    },
}


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(settings.BASE_DIR) / "data" / name).open(encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def _import(kind: str, rows: list[dict[str, str]], folder: Path) -> None:
    file = folder / f"{kind}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    call_command("import_ledger", str(file), kind=kind, verbosity=0)


def _bring_places(told: story.Story, districts: tuple[str, ...], folder: Path) -> None:
    above = {f"{told.area[:2]:0<12}", f"{told.area:0<12}"}
    divisions = [row for row in _rows("divisions.csv") if row["code"] in above or row["code"][:6] in districts]
    urban = [row for row in _rows("communities.csv") if row["code"][:6] in districts and row["code"][9:] < "200"]
    _import("divisions", divisions, folder)
    _import("communities", urban, folder)


Shown = dict[str, set[str]]


@pytest.fixture(scope="module", params=sorted(AREAS))
def shown(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[tuple[str, PackPlan, Shown]]:
    """Yield the story's name, its plan, and by target the verdicts that were given over its years."""
    told = story.read(request.param)
    with django_db_blocker.unblock(), transaction.atomic():
        if AREAS[told.code]:
            _bring_places(told, AREAS[told.code], tmp_path_factory.mktemp("places"))
            load_plan(told.plan)
        assert example.make(told)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        version = PlanVersion.objects.get(plan__code=told.plan)
        verdicts: Shown = {}
        for day in (*(date(year, 12, 31) for year in told.years), *WITHIN.get(told.code, ())):
            run = actions.evaluate(version=version, as_of=day)
            given = Finding.objects.filter(run=run).values_list("rule__target__code", "verdict").distinct()
            for target, verdict in given:
                verdicts.setdefault(target, set()).add(verdict)
        yield told.code, rulebook(version).pack, verdicts
        transaction.set_rollback(True)


def can_give(target: TargetSpec, years: range) -> set[str]:
    """Return the verdicts that a target can give over the years."""
    (rule,) = target.rules
    bounds = [*rule.bounds, *(name for one in rule.milestones for name in one.bounds)]
    is_tested = bool(bounds or rule.holds or rule.ratio)
    given = {"undetermined", "met", Force(rule.force).missed} if is_tested else {"undetermined", "reported"}
    first_day = date(years.start, 12, 31)
    if any(one.due is not None and one.due > first_day for one in rule.milestones):
        given.add("not_due")
    if rule.applies_when and rule.applies_when != ALWAYS:
        given.add("not_applicable")
    return given


def owner_of(pack: PackPlan) -> str:
    return OWNERS[len(pack.owner)]


def is_due(target: TargetSpec, day: date) -> bool:
    """Whether anything is asked by the day; what a plan asks for beyond the story's years is not due in any of them."""
    milestones = target.rules[0].milestones
    return not milestones or any(one.due is None or one.due <= day for one in milestones)


def test_every_target_shows_every_verdict(shown: tuple[str, PackPlan, Shown]) -> None:
    code, pack, verdicts = shown
    never = NEVER.get(code, {})
    lacking = {
        target.code: lack
        for target in pack.targets
        if (code == OWNER_TOO or target.subject != owner_of(pack))
        and (lack := can_give(target, story.read(code).years) - verdicts[target.code] - set(never.get(target.code, {})))
    }
    assert lacking == {}


def test_what_is_said_never_to_show_does_not(shown: tuple[str, PackPlan, Shown]) -> None:
    code, _pack, verdicts = shown
    said = {target: set(reasons) & verdicts[target] for target, reasons in NEVER.get(code, {}).items()}
    assert {target: wrong for target, wrong in said.items() if wrong} == {}


def test_what_never_shows_would_leave_the_city_s_last_report_without_an_answer(
    shown: tuple[str, PackPlan, Shown],
) -> None:
    code, pack, _verdicts = shown
    plan_ends = date(story.read(code).years[-1], 12, 31)
    for named, others in NEVER.get(code, {}).items():
        (target,) = (one for one in pack.targets if one.code == named)
        (rule,) = target.rules
        assert [one.due for one in rule.milestones] == [plan_ends] == [rule.in_force.last]
        given = _verdicts_without_one_register(plan_ends, named, *others.values())
        assert given[named] >= {"undetermined", "met"}
        assert given[others["undetermined"]] == {"undetermined"}


def _verdicts_without_one_register(day: date, *targets: str) -> Shown:
    """Judge as if nobody had stated of one community that its premises are recorded; leave no trace."""
    with transaction.atomic():
        stated = RegisterStatement.objects.filter(register=Register.FACILITIES, place__level=Level.COMMUNITY)
        stated.filter(place=stated.order_by("pk").values("place")[:1]).delete()
        run = actions.evaluate(version=PlanVersion.objects.latest("pk"), as_of=day)
        given: Shown = {target: set() for target in targets}
        for target, verdict in Finding.objects.filter(run=run, rule__target__code__in=targets).values_list(
            "rule__target__code", "verdict"
        ):
            given[target].add(verdict)
        transaction.set_rollback(True)
    return given


def test_the_owner_s_own_targets_are_all_answered_and_some_missed(shown: tuple[str, PackPlan, Shown]) -> None:
    code, pack, verdicts = shown
    last_day = date(story.read(code).years[-1], 12, 31)
    own = {target.code for target in pack.targets if is_due(target, last_day) and target.subject == owner_of(pack)}
    answered = {target for target in own if verdicts[target] & {"met", "not_met", "attention", "reported"}}
    assert answered == own
    assert {target for target in own if "met" in verdicts[target]}
    assert {target for target in own if verdicts[target] & {"not_met", "attention"}}


def test_a_story_speaks_of_levels_that_are() -> None:
    for code in AREAS:
        told = story.read(code)
        for section in ("facilities", "service_points", "reported"):
            assert {entry["at"] for entry in told.entries(section)} <= set(Level.values)
