"""Reported values from a CSV file: plan, indicator, subject, as_of, value, source."""

from datetime import date
from decimal import Decimal

import pytest

from assessments.plans import actions, imports
from assessments.plans.models import Indicator, Plan, ReportedValue
from communities.ground.ledgers.importing import WrongRowsError
from tests.factories.places import PlaceFactory

from .conftest import imported

pytestmark = pytest.mark.django_db
HEAD = ["plan", "indicator", "subject", "as_of", "value", "source"]


@pytest.fixture
def plan(db, settings):
    """The plan of Jinan, in force, with its city and one community."""
    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102001002", name="解放桥社区居民委员会")
    text = (settings.BASE_DIR / "assessments/plans/packs/jinan-2007.yaml").read_text()
    actions.load(actions.check(text))
    return Plan.objects.get()


def indicator(kind: str) -> str:
    """A community's indicator of that type."""
    found = Indicator.objects.filter(type=kind, subject="community").first()
    assert found is not None, kind
    return str(found.code)


def test_a_value_is_read_as_its_indicators_type(plan, table):
    row = [plan.code, indicator("boolean"), "370102001002", "2008-12-31", "√", "年报"]
    assert imported(table(HEAD, row)).created == 1
    value = ReportedValue.objects.get()
    assert (value.value, value.as_of, value.source) == (True, date(2008, 12, 31), "年报")
    assert imported(table(HEAD, row)).unchanged == 1
    assert imported(table(HEAD, [*row[:4], "否", "年报"])).changed == 1


def test_members_of_a_set_are_separated_by_semicolons(plan, table):
    code = indicator("set")
    one, other, *_rest = Indicator.objects.get(code=code).choices
    imported(table(HEAD, [plan.code, code, "370102001002", "2008-12-31", f"{one};{other}", ""]))
    assert set(ReportedValue.objects.get().value_set or []) == {one, other}


@pytest.mark.parametrize(
    ("wrong", "address"),
    [
        ({4: ""}, "E2"),
        ({4: "也许"}, "E2"),
        ({0: "no-plan"}, "A2"),
        ({1: "no_indicator"}, "B2"),
        ({2: "370102001009"}, "C2"),
        ({2: "370100000000"}, "C2"),
        ({3: "2199-01-01"}, "D2"),
    ],
)
def test_a_wrong_value_is_refused_at_its_cell(plan, table, wrong, address):
    row = [plan.code, indicator("boolean"), "370102001002", "2008-12-31", "是", ""]
    for column, cell in wrong.items():
        row[column] = cell
    with pytest.raises(WrongRowsError) as refused:
        imported(table(HEAD, row), "reported_values")
    assert [problem.address for problem in refused.value.outcome.problems] == [address]
    assert not ReportedValue.objects.exists()


def test_reported_values_come_back_unchanged(plan, table, tmp_path):
    PlaceFactory(code="370102001003", name="青龙街社区居民委员会")
    number = Indicator.objects.filter(type="number", subject="community").first()
    rows = [[plan.code, indicator("boolean"), f"37010200100{n}", "2008-12-31", "是", "年报"] for n in (2, 3)]
    if number is not None:
        rows.append([plan.code, number.code, "370102001002", "2008-12-31", "1,234.5", "年报"])
    imported(table(HEAD, *rows))
    written = imports.export_now("reported_values", tmp_path / "out.xlsx")
    assert imported(tmp_path / "out.xlsx").unchanged == written == len(rows)
    if number is not None:
        assert ReportedValue.objects.get(indicator=number.code).value_number == Decimal("1234.5")
