"""Reported values: exactly one value of the indicator's kind, behind the fence, put together over time."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from assessments.plans import actions, example, example_jinan
from assessments.plans.catalogue import METRICS, POPULATIONS, indicator_metrics
from assessments.plans.models import Indicator, PlanVersion, ReportedValue
from assessments.plans.models.reported import typed
from communities.ground.metrics import Window
from communities.places import story
from communities.places.example import describe
from communities.places.models import Place
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory

from .conftest import PACKS


def seeded() -> Random:
    """Return the same numbers each time."""
    return Random(7)  # noqa: S311 - example data, not secrets


@pytest.fixture
def version(checked: actions.Checked) -> PlanVersion:
    """The trial plan, in force."""
    return actions.load(checked)[0]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"value_number": Decimal(1), "value_choice": "a"},
        {"value_boolean": False, "value_set": []},
    ],
)
def test_the_database_takes_exactly_one_finite_value(version: PlanVersion, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportedValueFactory(plan=version.plan, other=True, **values)


def test_what_is_not_a_number_is_kept_out(version: PlanVersion) -> None:
    ReportedValueFactory(plan=version.plan)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE plans_reportedvalue SET value_number = 'NaN'")


@pytest.mark.parametrize(
    "values", [{"value_boolean": False}, {"value_set": []}, {"value_choice": "a"}, {"value_date": date(2008, 1, 1)}]
)
def test_no_is_a_value_and_so_is_the_empty_set(version: PlanVersion, values: dict[str, Any]) -> None:
    value = ReportedValueFactory(plan=version.plan, other=True, **values)
    assert value.value == next(iter(values.values()))


def test_one_indicator_of_one_place_has_one_value_a_day(version: PlanVersion) -> None:
    first = ReportedValueFactory(plan=version.plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportedValueFactory(plan=version.plan, place=first.place)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"indicator": "trainigs"}, "indicator"),
        ({"value_number": None, "value_boolean": True}, "__all__"),
        ({"as_of": date(2150, 1, 1)}, "as_of"),
    ],
)
def test_a_form_refuses_what_does_not_fit_the_indicator(
    version: PlanVersion, change: dict[str, Any], says: str
) -> None:
    value = ReportedValueFactory.build(plan=version.plan, place=CommunityFactory(), **change)
    with pytest.raises(ValidationError) as refused:
        value.clean()
    assert says in refused.value.message_dict if says != "__all__" else refused.value.messages


def test_a_form_refuses_a_place_of_another_level(version: PlanVersion, jinan: Place) -> None:
    with pytest.raises(ValidationError):
        ReportedValueFactory.build(plan=version.plan, place=jinan).clean()


def test_the_fence_holds(version: PlanVersion) -> None:
    ReportedValueFactory(plan=version.plan, place=CommunityFactory(code="370102001001"))
    assert ReportedValue.objects.within("370102").count() == 1
    assert ReportedValue.objects.within("370103").count() == 0


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "12.50", Decimal("12.50")),
        ("boolean", "是", True),
        ("boolean", "False", False),
        ("date", "2008-12-31", date(2008, 12, 31)),
        ("choice", "a", "a"),
        ("set", "b; a;b", ["a", "b"]),
        ("set", "", []),
    ],
)
def test_a_text_is_read_as_the_indicator_says(kind: str, text: str, value: object) -> None:
    assert typed(Indicator(type=kind, choices=["a", "b"]), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", ""),
        ("number", "1e999"),
        ("number", "NaN"),
        ("number", "一"),
        ("number", "1,000"),
        ("boolean", "perhaps"),
        ("date", "20202-01-01"),
        ("date", "2008-02-30"),
        ("choice", "c"),
        ("set", "a;c"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValidationError):
        typed(Indicator(type=kind, choices=["a", "b"]), text)


def asked(version: PlanVersion, over_time: str, day: date) -> dict[int, object]:
    """Return by place what the indicator comes to, as the engine asks: one grouped statement."""
    indicator = version.indicators.get(code="trainings")
    indicator.over_time = over_time
    from assessments.plans.catalogue import _metric

    metric = _metric(version.plan_id, indicator)
    rows = metric.source.rows(Window(day, date(day.year, 1, 1)))
    if metric.source.one_row:
        return dict(rows.values_list("place", metric.value.of))
    return dict(rows.order_by().values("place").annotate(value=metric.expression({})).values_list("place", "value"))


@pytest.mark.parametrize(
    ("over_time", "value"), [("latest", 2), ("sum", 7), ("average", Decimal("3.5")), ("maximum", 5), ("minimum", 2)]
)
def test_values_are_put_together_over_the_year(version: PlanVersion, over_time: str, value: object) -> None:
    place = CommunityFactory()
    for day, number in ((date(2007, 12, 31), 9), (date(2008, 6, 30), 5), (date(2008, 12, 31), 2)):
        ReportedValueFactory(plan=version.plan, place=place, as_of=day, value_number=number)

    assert asked(version, over_time, date(2008, 12, 31)) == {place.pk: value}


def test_the_latest_value_holds_until_the_next(version: PlanVersion) -> None:
    value = ReportedValueFactory(plan=version.plan)

    assert asked(version, "latest", date(2008, 12, 30)) == {}
    assert asked(version, "latest", date(2012, 1, 1)) == {value.place_id: 1}
    assert asked(version, "sum", date(2009, 12, 31)) == {}


def test_every_metric_has_a_unit_or_is_no_number() -> None:
    for metric in METRICS:
        assert metric.unit or metric.type != "number", metric.code


def test_names_are_told_apart_at_every_level() -> None:
    seen = [(metric.code, level) for metric in METRICS for level in metric.levels]
    assert len(seen) == len(set(seen))
    assert len({population.level for population in POPULATIONS}) == len(POPULATIONS)


@pytest.fixture
def example_places(jinan: Place) -> list[Place]:
    """Two districts with a street each and thirty communities in all."""
    for district in ("370103", "370104"):
        PlaceFactory(code=f"{district}000000")
        PlaceFactory(code=f"{district}001000")
        for number in range(1, 41):
            CommunityFactory(code=f"{district}001{number:03}")
    return list(Place.objects.with_code(date(2008, 1, 1)))


def test_the_example_reports_every_indicator_and_leaves_some_out(example_places: list[Place]) -> None:
    checked = actions.check((PACKS / "jinan-2007.yaml").read_text(encoding="utf-8"))
    version, _done = actions.load(checked)

    jinan = story.read("jinan-2007")
    example.make(jinan, describe(jinan, example_places, seeded()), seeded(), None)

    kept = ReportedValue.objects.filter(is_example=True)
    reported = set(kept.values_list("indicator", flat=True))
    missing = {metric.code for metric in indicator_metrics(version)} - reported
    assert missing <= {"insured_pension", "insured_medical"}  # no posts were made here
    assert set(kept.values_list("as_of", flat=True)) == {date(year, 12, 31) for year in jinan.years}
    communities = kept.filter(indicator="police_officers", as_of=date(2008, 12, 31))
    assert communities.filter(value_number=0).exists()
    assert communities.count() < 80
    for value in kept.order_by("indicator").distinct("indicator"):
        value.clean()


def test_the_same_seed_gives_the_same_values(example_places: list[Place]) -> None:
    actions.load(actions.check((PACKS / "jinan-2007.yaml").read_text(encoding="utf-8")))
    places = describe(story.read("jinan-2007"), example_places, seeded())

    def made() -> list[Any]:
        return list(example_jinan.values(places, seeded(), range(2007, 2009)))

    assert made() == made()
