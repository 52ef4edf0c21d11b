"""
The compiled SQL and the Decimal reading of a formula give the same answer: value, missing or undefined.

Hypothesis makes up formulas; the subjects are a small city with every kind of gap, zero and boundary. `make prove`
runs ten thousand of them (HYPOTHESIS_EXAMPLES).
"""

import os
import random
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from assessments.formulas import MISSING, UNDEFINED, Absent, FormulaError, Node, Statement, Subject, evaluate, parse

from .world import DAY, LEVELS, VOCABULARY, World, WorldTables, days_of, load, load_origins

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "300"))
NUMBERS = [None, None, "0", "0", "1", "5", "299", "300", "1500", "1501", "-3", "0.3333333333333", "0.1", "12.5", "1000"]


def _a_city(seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311  a made-up city, not a secret
    world = World()

    def facts() -> dict[str, Any]:
        def number() -> Decimal | None:
            text = chance.choice(NUMBERS)
            return None if text is None else Decimal(text)

        return {
            "households": number(),
            "people": number(),
            "ratio": number(),
            "filed": number(),
            "kind": chance.choice([None, "urban", "rural"]),
            "flag": chance.choice([None, True, False]),
            "term_ends": chance.choice([None, DAY, *days_of(DAY)]),
            "signs": chance.choice([None, frozenset(), frozenset({"urban"}), frozenset({"urban", "rural"})]),
            "stated": chance.choice([None, False, True, True, True]),
        }

    for day in days_of(DAY):
        world.add("city", 1, day, {}, **facts())
        for district in (10, 11):
            world.add("district", district, day, {"city_id": 1}, **facts())
            for street in (district * 10, district * 10 + 1):
                above = {"city_id": 1, "district_id": district}
                world.add("street", street, day, above, **facts())
                for n in range(chance.choice([0, 1, 4])):
                    place = street * 10 + n
                    if day != DAY and chance.random() < 0.2:
                        continue
                    here = {**above, "street_id": street}
                    world.add("community", place, day, here, **facts())
                    for k in range(chance.choice([0, 0, 2])):
                        area = chance.choice([None, Decimal("199.99"), Decimal(200)])
                        usable = chance.choice([None, True, False])
                        world.add(
                            "facility", place * 10 + k, day, {**here, "community_id": place}, area=area, usable=usable
                        )
    return world


@cache
def _numbers(level: str, deep: int) -> st.SearchStrategy[str]:
    names = ["households", "people", "ratio", "per_member", "least", "plain", "off"]
    if level == "community":
        names.append("filed")
    simple = ["area", "plain"] if level == "facility" else names
    leaf = st.sampled_from([*simple, "0", "1", "0.5", "300", "2.675", "1000000"])
    if deep <= 0:
        return leaf
    number = _numbers(level, deep - 1)
    condition = _conditions(level, deep - 1)
    forms = [
        leaf,
        st.builds(lambda a, s, b: f"({a} {s} {b})", number, st.sampled_from("+-*/"), number),
        st.builds(lambda f, a, b: f"{f}({a}, {b})", st.sampled_from(["min", "max", "coalesce"]), number, number),
        st.builds(lambda f, a: f"{f}({a})", st.sampled_from(["ceil", "floor", "abs", "-"]), number),
        st.builds(lambda a, n: f"round({a}, {n})", number, st.integers(0, 4)),
        st.builds(lambda c, a, b: f"if_({c}, {a}, {b})", condition, number, number),
        st.builds(lambda f, a: f"{f}({a})", st.sampled_from(["previous", "every_month"]), number),
        st.builds(lambda a: f"baseline({a}, 2006)", number),
    ]
    if level != "facility":
        forms.append(
            st.sampled_from(
                [
                    "size(signs)",
                    "lacking(signs, ['urban', 'rural'])",
                    "inside(signs, ['urban'])",
                    "outside(signs, ['urban'])",
                    "days_until(term_ends)",
                    "years_since(term_ends)",
                    "days_until(add_years(term_ends, 3))",
                ]
            )
        )
        forms.append(_aggregates(level, deep))
    if level != "city":
        higher = LEVELS[: LEVELS.index(level)] if level in LEVELS else LEVELS
        for place in higher:
            forms.append(st.builds("above({}, '{}')".format, _numbers(place, min(deep - 1, 1)), st.just(place)))
    return st.one_of(forms)


@cache
def _aggregates(level: str, deep: int) -> st.SearchStrategy[str]:
    lower = [*LEVELS[LEVELS.index(level) + 1 :], "facility"]

    def over(member: str) -> st.SearchStrategy[str]:
        number, condition = _numbers(member, min(deep - 1, 1)), _conditions(member, min(deep - 1, 1))
        where = st.one_of(st.just(""), condition.map(lambda c: f", where={c}"))
        totals = st.sampled_from(["total", "mean", "lowest", "highest"])
        return st.one_of(
            st.builds(lambda f, a, w: f"{f}({a}, over={member}{w})", totals, number, where),
            st.builds(
                lambda f, c, w: f"{f}({c}, over={member}{w})", st.sampled_from(["count", "share"]), condition, where
            ),
        )

    return st.one_of([over(member) for member in lower])


@cache
def _conditions(level: str, deep: int) -> st.SearchStrategy[str]:
    simple = (
        ["usable", "area >= 200"]
        if level == "facility"
        else [
            *["flag", "kind == 'urban'", "kind in ['urban', 'rural']", "kind not in ['rural']", "term_ends >= day"],
            *["term_ends < '2007-12-31'", "verdict('other') == 'met'", "kind != 'urban'", "true"],
        ]
    )
    leaf = st.sampled_from(simple)
    if deep <= 0:
        return leaf
    number, condition = _numbers(level, deep - 1), _conditions(level, deep - 1)
    signs = st.sampled_from([">=", "<=", ">", "<", "==", "!="])
    return st.one_of(
        leaf,
        st.builds(lambda a, s, b: f"({a} {s} {b})", number, signs, number),
        st.builds(lambda a, s, b: f"({a} {s} {b})", condition, st.sampled_from(["and", "or"]), condition),
        condition.map(lambda c: f"(not {c})"),
    )


def _about(level: str) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.just(level), st.one_of(_numbers(level, 3), _conditions(level, 3)))


FORMULAS = st.one_of([_about(level) for level in LEVELS])


def _read_sql(tree: Node, level: str, tables: WorldTables) -> dict[int, tuple[Any, bool]]:
    statement = Statement(tables, level)
    compiled = statement.write(tree)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.id, {compiled.value}, {compiled.is_undefined} FROM {statement.source} WHERE f.day = '{DAY}'"
        )
        return {id: (value, undefined) for id, value, undefined in cursor.fetchall()}


def _same(by_python: Any, by_sql: tuple[Any, bool]) -> bool:
    value, undefined = by_sql
    if isinstance(by_python, Absent):
        return value is None and undefined == (by_python is UNDEFINED)
    if isinstance(by_python, Decimal):
        return value is not None and not undefined and Decimal(value) == by_python
    return value == by_python and not undefined


def check(world: World, text: str, level: str, tables: WorldTables | None = None) -> None:
    """Hold both readings of `text` against each other for every subject of `level`."""
    tree = parse(text, VOCABULARY, level)
    for subject_id, told in _read_sql(tree, level, tables or WorldTables()).items():
        read = evaluate(tree, Subject(level, subject_id), DAY, world).value
        assert _same(read, told), f"{text} about {level} {subject_id}: Python {read!r}, SQL {told!r}"


@pytest.fixture
def world(db: None) -> World:
    made = _a_city(seed=7)
    load(made)
    return made


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(question=FORMULAS)
def test_the_two_readings_agree_on_any_formula(world: World, question: tuple[str, str]) -> None:
    level, text = question
    try:
        check(world, text, level)
    except FormulaError as error:
        event(f"refused: {error.message[:40]}")


@pytest.fixture
def changed_world(db: None) -> tuple[World, WorldTables]:
    """The city after some of its communities and streets merged and split; what came out of others is not seldom."""
    made = _a_city(seed=7)
    chance = random.Random(11)  # noqa: S311  a made-up city, not a secret
    days = sorted({day for _level, _id, day in made.rows})
    for level in ("community", "street"):
        places = sorted({id for of, id, _day in made.rows if of == level})
        for place in places:
            for seen in days:
                for day in days:
                    if day < seen and chance.random() < 0.4:
                        came = chance.sample(places, chance.choice([0, 1, 1, 2, 3]))
                        shares = [Decimal(chance.choice(["1", "0.6", "0.333333"])) for _one in came]
                        sole = len(came) == 1 and shares[0] == 1
                        made.made_of[level, place, seen, day] = [
                            (one, share, sole) for one, share in zip(came, shares, strict=True)
                        ]
    load(made)
    return made, WorldTables(load_origins(made))


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES // 2,
    deadline=None,
    derandomize="HYPOTHESIS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(question=st.one_of([_about(level) for level in LEVELS]))
def test_the_two_readings_agree_where_places_came_out_of_others(
    changed_world: tuple[World, WorldTables], question: tuple[str, str]
) -> None:
    world, tables = changed_world
    level, text = question
    try:
        check(world, text, level, tables)
    except FormulaError as error:
        event(f"refused: {error.message[:40]}")


@pytest.mark.parametrize(
    "text",
    [
        *[
            "previous(households)",
            "previous(ratio)",
            "previous(kind) == 'urban'",
            "previous(flag)",
            "baseline(people, 2006)",
        ],
        *[
            "every_month(households)",
            "every_month(ratio)",
            "previous(previous(households))",
            "previous(signs) == signs",
        ],
        *[
            "previous(households * 2 - households)",
            "previous(households / people)",
            "previous(above(ratio, 'district'))",
        ],
        "previous(total(area, over=facility))",
    ],
)
def test_both_readings_follow_a_place_back(changed_world: tuple[World, WorldTables], text: str) -> None:
    world, tables = changed_world
    check(world, text, "community", tables)


@pytest.mark.parametrize(
    ("text", "about", "expected"),
    [
        ("1 / 3 * 3 >= 1", "city", True),
        ("ceil(1501 / 300)", "city", Decimal(6)),
        ("round(2.675, 2)", "city", Decimal("2.68")),
        ("round(-2.5)", "city", Decimal(-3)),
        ("1 / 0", "city", UNDEFINED),
        ("off + 1 / 0", "city", MISSING),
        ("false and off > 1", "city", False),
        ("off > 1 or true", "city", True),
        ("max(5, off)", "city", MISSING),
        ("coalesce(off, 4)", "city", Decimal(4)),
        ("coalesce(1 / 0, 4)", "city", UNDEFINED),
        ("mean(households, over=community, where=false)", "city", UNDEFINED),
        ("total(people, over=community, where=false)", "city", Decimal(0)),
        ("share(true, over=community, where=false)", "city", UNDEFINED),
        ("day == '2008-03-31'", "city", True),
        ("years_since(add_years(day, -4))", "city", Decimal(4)),
        ("days_until(add_years(day, 1))", "city", Decimal(365)),
    ],
)
def test_a_formula_gives(world: World, text: str, about: str, expected: Any) -> None:
    read = evaluate(parse(text, VOCABULARY, about), Subject(about, 1), DAY, world).value
    assert read == expected
    check(world, text, about)
