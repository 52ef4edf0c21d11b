"""What the API answers: places as of a day, plans, findings with their numbers; filters, pages, query counts."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.compliance import actions as judging
from assessments.compliance.models import Finding
from communities.ground import periods
from communities.ground.models import Job, Role
from communities.places.models import PlaceCode
from config.api import router

from .conftest import IN_A_DISTRICT, LIXIA, Reader, World, add_communities

SEARCHES: list[tuple[dict[str, Any], int]] = [
    ({"level": "district"}, 2),
    ({"level": ["district", "city"]}, 3),
    ({"within": LIXIA}, IN_A_DISTRICT + 2),
    ({"within": f"{LIXIA}001000"}, IN_A_DISTRICT + 1),
    ({"name": "第17社区"}, 2),
    ({"name": "di 17 s"}, 2),
    ({"kind": "urban", "within": LIXIA}, IN_A_DISTRICT),
    ({"kind": "urban", "as_of": "2006-12-31"}, 0),
    ({"households_from": 2001, "as_of": "2008-12-30"}, 0),
    ({"households_from": 2001, "households_to": 2002, "as_of": "2008-12-31"}, 2 * IN_A_DISTRICT),
    ({"committee": "villagers"}, 0),
    ({"is_example": "true"}, 0),
]

# Six are asked with every page: session, account, its access, and the session saved in a transaction. Then:
QUERIES = {
    "places": 9,  # the places, what they count as, what they counted
    "plans": 8,  # the plans, their versions
    "plan-versions": 7,
    "targets": 9,  # the targets, their rules, their milestones
    "parameters": 8,  # the parameters, their values
    "runs": 7,
    "findings": 8,  # the run, its findings
    "roll-ups": 8,
    "jobs": 7,
}


def test_a_place_is_read_as_of_a_day(world: World, officer: Reader) -> None:
    then = officer.get(f"places/{LIXIA}001001", as_of="2007-06-30")
    assert (then["parent"], then["committee"]) == (f"{LIXIA}001000", "residents")
    assert (then["census"]["counted_on"], then["census"]["households"]) == ("2006-12-31", 2000)
    assert then["classification"]["during"] == {"first": "2007-01-01", "last": None}
    earlier = officer.get(f"places/{LIXIA}001001", as_of="2006-06-30")
    assert (earlier["census"], earlier["classification"]) == (None, None)


def test_a_place_answers_to_the_code_of_the_day(world: World, officer: Reader) -> None:
    code = PlaceCode.objects.get(code=f"{LIXIA}001001")
    code.during = periods.of(None, date(2009, 12, 31))
    code.save()
    PlaceCode.objects.create(place=code.place, code=f"{LIXIA}002001", during=periods.of(date(2010, 1, 1)))
    assert officer.get(f"places/{LIXIA}001001", as_of="2009-12-31")["name"] == code.place.name
    officer.get(f"places/{LIXIA}001001", 404, as_of="2010-01-01")
    assert officer.get(f"places/{LIXIA}002001", as_of="2010-01-01")["name"] == code.place.name
    assert officer.get("findings", within=f"{LIXIA}001001")["results"][0]["place"] == f"{LIXIA}001001"


def test_places_are_searched(world: World, officer: Reader) -> None:
    for inputs, expected in SEARCHES:
        assert len(officer.all("places", limit=1000, **inputs)) == expected, inputs


def test_places_stand_in_administrative_order(world: World, officer: Reader) -> None:
    codes = [row["code"] for row in officer.all("places", limit=7)]
    assert codes == sorted(codes)
    assert len(codes) == len(set(codes)) == 2 * IN_A_DISTRICT + 5


def test_a_finding_tells_target_place_and_exact_numbers(world: World, officer: Reader) -> None:
    row = Finding.objects.filter(run=world.run, place__codes__code=f"{LIXIA}001001").first()
    assert row is not None
    Finding.objects.filter(run=row.run_id, rule=row.rule_id, place=row.place_id).update(
        verdict="not_met", measured=Decimal("0.30"), required=Decimal("12345678901234567890.5"), shortfall=Decimal(7)
    )
    told = officer.get(f"findings/{'-'.join(map(str, row.pk))}")
    assert (told["place"], told["target"], told["run"]) == (f"{LIXIA}001001", row.rule.target.code, world.run.pk)
    assert (told["measured"], told["required"], told["shortfall"]) == ("0.3", "12345678901234567890.5", "7")
    assert (told["verdict"], told["verdict_label"], told["level"]) == ("not_met", "not met", "community")


def test_findings_are_searched(world: World, officer: Reader) -> None:
    everything = officer.all("findings", limit=1000)
    assert len(everything) == world.run.findings_in_all > 1000
    target, verdict = everything[0]["target"], everything[0]["verdict"]
    for inputs, field, value in (({"target": target}, "target", target), ({"verdict": verdict}, "verdict", verdict)):
        expected = [row for row in everything if row[field] == value]
        assert officer.all("findings", limit=1000, **inputs) == expected
    assert {row["level"] for row in officer.get("findings", level="city")["results"]} == {"city"}
    assert {row["place"] for row in officer.all("findings", within=f"{LIXIA}001003")} == {f"{LIXIA}001003"}


def test_without_a_run_the_findings_are_those_published_last(world: World, officer: Reader) -> None:
    later = judging.publish(judging.evaluate(version=world.version, as_of=date(2009, 6, 30)))
    judging.evaluate(version=world.version, as_of=date(2009, 12, 31))
    assert {row["run"] for row in officer.get("findings")["results"]} == {later.pk}
    assert {row["run"] for row in officer.get("findings", as_of="2008-12-31")["results"]} == {world.run.pk}
    assert officer.get("findings", plan="other")["results"] == []


def test_pages_hold_every_row_once_whatever_is_published_meanwhile(world: World, officer: Reader) -> None:
    everything = [row["id"] for row in officer.all("findings", limit=1000)]
    page = officer.get("findings", limit=97)
    read = [row["id"] for row in page["results"]]
    judging.publish(judging.evaluate(version=world.version, as_of=date(2009, 6, 30)))
    while page["next"]:
        page = officer.get(page["next"])
        read += [row["id"] for row in page["results"]]
    assert read == everything
    assert len(read) == len(set(read)) == world.run.findings_in_all


def test_roll_ups_add_up_what_lies_below(world: World, officer: Reader) -> None:
    rows = officer.all("roll-ups", level="district", subject="community", within=LIXIA)
    assert rows
    for row in rows:
        assert sum(row[verdict] for verdict in world.run.counts if verdict in row) == IN_A_DISTRICT
        assert officer.get(f"roll-ups/{row['id']}") == row


def test_a_plan_shows_its_targets_rules_and_parameters(world: World, officer: Reader) -> None:
    plan = officer.get("plans/trial")
    assert (plan["owner"], plan["versions"][0]["number"]) == ("济南市", 1)
    target = officer.get("targets", plan="trial", code="by_households")["results"][0]
    assert [rule["force"] for rule in target["rules"]] == ["in_principle", "binding"]
    in_force = officer.get("targets", in_force_on="2001-01-01")["results"]
    assert "by_households" not in {row["code"] for row in in_force}
    (households,) = officer.get("parameters", code="households_per_member")["results"]
    assert [(value["value"], value["during"]["last"]) for value in households["values"]] == [
        ("300", "2009-12-31"),
        ("350", None),
    ]


@pytest.mark.parametrize(
    ("path", "inputs", "named"),
    [
        ("places", {"levle": "city"}, "levle"),
        ("places", {"level": "galaxy"}, "level"),
        ("places", {"as_of": "20202-01-01"}, "as_of"),
        ("places", {"as_of": "1066-10-14"}, "as_of"),
        ("places/370102001001", {"as_of": "yesterday"}, "as_of"),
        ("places/370102001001", {"level": "city"}, "level"),
        ("places", {"within": "37010"}, "within"),
        ("places", {"within": "３７０１"}, "within"),
        ("places", {"is_example": "perhaps"}, "is_example"),
        ("places", {"households_from": "1e999"}, "households_from"),
        ("places", {"name": "\0"}, "name"),
        ("places", {"cursor": "made-up"}, "cursor"),
        ("places", {"limit": "1001"}, "limit"),
        ("places", {"limit": "0"}, "limit"),
        ("findings", {"run": "0"}, "run"),
        ("findings", {"run": "9" * 30}, "run"),
        ("findings", {"as_of": "2008-13-01"}, "as_of"),
        ("findings", {"verdict": "fine"}, "verdict"),
        ("runs", {"published": "maybe"}, "published"),
    ],
)
def test_an_input_that_makes_no_sense_is_one_clear_error(
    officer: Reader, path: str, inputs: dict[str, str], named: str
) -> None:
    told = officer.get(path, 400, **inputs)
    assert list(told) == [named]
    assert len(told[named]) == 1


def test_a_cursor_of_one_list_is_refused_by_another(world: World, officer: Reader) -> None:
    link = officer.get("places", limit=1)["next"]
    cursor = link.partition("cursor=")[2].partition("&")[0]
    officer.get("findings", 400, cursor=cursor)


def test_a_key_that_is_none_is_not_found(officer: Reader) -> None:
    for key in ("0", "1-2-3", "a-b-c-d", "9" * 30, "1-2-3-4-5", "9999999999-1-1-99999", "%00", "１-1-1-1"):
        for path in ("findings", "roll-ups", "runs", "places", "plans", "jobs", "targets"):
            officer.get(f"{path}/{key}", 404)


def test_the_number_of_queries_does_not_grow_with_the_page(world: World, officer: Reader) -> None:
    Job.objects.bulk_create(Job(kind="import", prefix="3701") for _ in range(30))
    found = {}
    for path, _view, _name in router.registry:
        for limit in (2, 200):
            with CaptureQueriesContext(connection) as queries:
                officer.get(path, limit=limit)
            found[path, limit] = len(queries)
    assert found == {(path, limit): QUERIES[path] for path, limit in found}


def test_a_street_reads_its_own_and_a_new_community_appears(world: World, reader: Callable[..., Reader]) -> None:
    street = reader(Role.CLERK, f"{LIXIA}001")
    before = len(street.all("places", limit=1000))
    PlaceCode.objects.filter(code__startswith="370103001").update(during=periods.of(None, date(2009, 12, 31)))
    add_communities("370102002", 3)
    assert len(street.all("places", limit=1000)) == before == IN_A_DISTRICT + 1
