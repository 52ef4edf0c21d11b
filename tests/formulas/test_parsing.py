"""What the formula language refuses, and that the refusal says what, where and the nearest known name."""

import pytest

from assessments.formulas import FormulaError, check_comparable, needed, parse
from communities.ground import units

from .world import DAY, VOCABULARY


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "households.real",
        "households ** 2",
        "[1][0]",
        "lambda: 1",
        "(lambda x: x)(1)",
        "f'{households}'",
        "[x for x in y]",
        "max(*[1, 2])",
        "1 if flag else 2",
        "households if flag else people",
        "people := 3",
        "1e999",
        "1_000",
        "0x10",
        "1j",
        "9999999999999999999",
        "0.1234567890123",
        "1 < households < 3",
        "households & 1",
        "households % 2",
        "'a' 'b' + 1",
        "None",
        "...",
        "round(households, ratio)",
        "ceil(households, 2)",
        "add_years(day, ratio)",
        "count(flag)",
        "total(households, over=district, unknown=1)",
        "previous(verdict('other')) == 'met'",
        "above(households, 'community')",
        "households\nor 1",
        "(" * 60 + "1" + ")" * 60 + " + ",
        "households" + " + households" * 40,
        "",
    ],
)
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text, VOCABULARY, "district")


def test_a_formula_of_ten_megabytes_is_refused_unread() -> None:
    with pytest.raises(FormulaError, match=r"2000"):
        parse("1+" * 5_000_000 + "1", VOCABULARY, "city")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("housholds", "households"),
        ("per_membr", "per_member"),
        ("kind == 'urbane'", "urban"),
        ("verdict('othr') == 'met'", "other"),
        ("total(areas, over=facility)", "area"),
        ("share(flag, over=comunity)", "community"),
        ("maxx(1, 2)", "max"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_one(text: str, hint: str) -> None:
    with pytest.raises(FormulaError, match=f"“{hint}”"):
        parse(text, VOCABULARY, "district")


@pytest.mark.parametrize(
    "text",
    [
        "households + people",
        "households >= people",
        "max(households, people)",
        "if_(flag, households, people)",
        "households / per_member >= households",
        "flag + 1",
        "kind >= 'urban'",
        "households == flag",
        "term_ends >= 3",
        "signs == 3",
        "not households",
        "households and flag",
    ],
)
def test_types_and_units_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text, VOCABULARY, "district")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("households / per_member", "person"),
        ("max(least, ceil(households / per_member))", "person"),
        ("households * 2 + 1", "household"),
        ("share(flag, over=community)", "share"),
        ("total(area, over=facility) / households", "m2/household"),
        ("days_until(term_ends)", "day"),
    ],
)
def test_the_unit_of_a_formula_is_worked_out(text: str, unit: str) -> None:
    assert parse(text, VOCABULARY, "district").unit == units.parse(unit)


def test_a_bare_number_takes_the_other_sides_unit() -> None:
    check_comparable(parse("households", VOCABULARY, "city"), parse("3000", VOCABULARY, "city"))


def test_a_number_of_another_level_says_how_to_reach_it() -> None:
    with pytest.raises(FormulaError, match=r"total\(area, over=…\)"):
        parse("area", VOCABULARY, "district")


def test_an_error_names_its_column() -> None:
    with pytest.raises(FormulaError) as refused:
        parse("households + housholds", VOCABULARY, "city")
    assert refused.value.column == 14


def test_what_a_formula_will_ask_is_known_beforehand() -> None:
    tree = parse("households - previous(households)", VOCABULARY, "city")
    assert {need.day.year for need in needed(tree, DAY)} == {2007, 2008}


def test_an_error_names_the_nearest_few_and_where_the_whole_list_is() -> None:
    with pytest.raises(FormulaError) as refused:
        parse("househols", VOCABULARY, "community")
    assert "households" in refused.value.message
    assert "formula_names" in refused.value.message
    assert "term_ends" not in refused.value.message


def test_where_few_names_are_known_all_are_listed() -> None:
    with pytest.raises(FormulaError, match="rural, urban"):
        parse("kind == 'xyz'", VOCABULARY, "district")
