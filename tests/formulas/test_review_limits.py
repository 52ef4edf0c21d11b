"""Formulas at the edge of what the language allows: long ones, sets in any order, totals of many digits."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from assessments.formulas import UNDEFINED, Absent, Statement, Subject, evaluate, parse

from .world import DAY, VOCABULARY, World, WorldTables, load

pytestmark = pytest.mark.django_db
LONGEST_STATEMENT = 200_000


def in_sql(text: str, level: str, world: World) -> dict[int, Any]:
    load(world)
    statement = Statement(WorldTables(), level)
    compiled = statement.write(parse(text, VOCABULARY, level))
    asked = f"SELECT f.id, {compiled.value}, {compiled.is_undefined} FROM {statement.source} WHERE f.day = '{DAY}'"
    assert len(asked) < LONGEST_STATEMENT
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {id: (value, undefined) for id, value, undefined in cursor.fetchall()}


@pytest.fixture
def world(db: None) -> World:
    made = World()
    numbers = {"households": Decimal(900), "people": Decimal(7), "ratio": Decimal(1)}
    made.add("city", 1, DAY, {}, signs=frozenset({"urban", "rural"}), term_ends=date(2008, 12, 31), **numbers)
    for n in range(2, 5):
        made.add("community", n, DAY, {"city_id": 1}, households=Decimal("1234567890123"), people=Decimal(3))
    return made


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["households / people"] * 28),
        "1 / (" * 27 + "ratio" + ")" * 27,
        "if_(" * 14 + "ratio / people > 1" + ", 1 / people, 2 / people) > 1" * 14,
        "max(" * 25 + "1 / ratio" + ", 2 / people)" * 25,
        "coalesce(" * 25 + "1 / ratio" + ", 2 / people)" * 25,
        "not (" * 14 + "1 / ratio > 1" + ") and 2 / people > 1" * 14,
        "previous(" * 12 + "1 / ratio" + ")" * 12,
        "years_since(" + "add_years(" * 27 + "term_ends" + ", 1)" * 27 + ")",
        "ceil(" * 27 + "households / people" + ")" * 27,
    ],
)
def test_the_longest_formula_stays_a_statement_the_database_can_read(world: World, text: str) -> None:
    read = evaluate(parse(text, VOCABULARY, "city"), Subject("city", 1), DAY, world).value
    told = in_sql(text, "city", world)[1]
    assert told == ((None, read is UNDEFINED) if isinstance(read, Absent) else (read, False))


def test_a_total_of_long_numbers_is_exact_in_both_readings(world: World) -> None:
    text = "total(households / people / people, over=community)"
    read = evaluate(parse(text, VOCABULARY, "city"), Subject("city", 1), DAY, world).value
    assert in_sql(text, "city", world)[1] == (read, False)


def test_sets_are_equal_in_whatever_order_the_database_keeps_them(world: World) -> None:
    load(world)
    statement = Statement(WorldTables(), "city")
    compiled = statement.write(parse("signs == signs", VOCABULARY, "city"))
    either_way = compiled.value.replace("f.signs", "one.signs", 1).replace("f.signs", "other.signs", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {either_way.replace('f.signs', 'one.signs', 1).replace('f.signs', 'other.signs', 1)} "
            f"FROM (SELECT ARRAY['urban', 'rural'] AS signs) one, (SELECT ARRAY['rural', 'urban'] AS signs) other"
        )
        assert cursor.fetchone() == (True,)
