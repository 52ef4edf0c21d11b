"""What a chart may not do: begin above zero, draw the unknown as nought, change with the machine."""

from datetime import date
from decimal import Decimal

import pytest

from assessments.reports.charts import Bar, Due, Reached, bars, figure, stack, trajectory


def test_bars_begin_at_zero_and_are_in_proportion() -> None:
    chart = bars(title="", unit="", rows=[Bar("a", Decimal(100)), Bar("b", Decimal(50)), Bar("c", Decimal(0))])
    full, half, none = (bar.width for bar in chart.bars)
    assert none == 0
    assert abs(full - 2 * half) <= Decimal("0.1")


def test_a_missing_number_is_not_drawn_as_nought() -> None:
    chart = bars(title="", unit="", rows=[Bar("a", None), Bar("b", Decimal(0))])
    assert [bar.is_missing for bar in chart.bars] == [True, False]
    assert [bar.text for bar in chart.bars] == ["", "0.0"]


def test_the_requirement_stands_at_its_number() -> None:
    chart = bars(title="", unit="m²", rows=[Bar("a", Decimal(150))], required=Decimal(150))
    assert chart.required_x == chart.left + chart.bars[0].width
    assert chart.required == "150"


def test_a_bar_from_zero_cannot_show_a_negative_number() -> None:
    with pytest.raises(ValueError, match="negative"):
        bars(title="", unit="", rows=[Bar("a", Decimal(-1))])


def test_the_line_is_cut_where_a_number_is_missing() -> None:
    known = [Reached(date(year, 12, 31), Decimal(year - 2000)) for year in (2001, 2002, 2004, 2005)]
    chart = trajectory(title="", unit="", reached=[*known[:2], Reached(date(2003, 12, 31), None), *known[2:]])
    assert len(chart.actual) == 2
    assert len(chart.dots) == 4
    assert [row.reached for row in chart.table] == ["1.0", "2.0", "", "4.0", "5.0"]


def test_shares_are_measured_against_the_whole() -> None:
    chart = trajectory(title="", unit="%", reached=[Reached(date(2007, 12, 31), Decimal(40))])
    assert [level.text for level in chart.levels] == ["0", "50", "100"]


def test_the_pace_leads_from_the_first_number_through_the_milestones() -> None:
    chart = trajectory(
        title="",
        unit="%",
        reached=[Reached(date(2007, 12, 31), Decimal(40)), Reached(date(2008, 12, 31), Decimal(60))],
        due=[Due(date(2008, 12, 31), Decimal(80)), Due(date(2009, 12, 31), Decimal(100))],
        expected=Reached(date(2010, 12, 31), Decimal(100)),
    )
    assert len(chart.pace.split()) == 3
    assert chart.ahead.split()[0] == chart.actual[0].split()[-1]
    assert [spot.text for spot in chart.milestones] == ["80 %", "100 %"]


def test_nothing_known_and_nothing_due_is_no_picture() -> None:
    with pytest.raises(ValueError, match="known number"):
        trajectory(title="", unit="%", reached=[Reached(date(2007, 12, 31), None)])


def test_one_case_in_ten_thousand_is_still_seen() -> None:
    parts = stack({"met": 9999, "not_met": 1, "not_due": 0})
    assert [part.verdict for part in parts] == ["met", "not_met"]
    assert parts[1].width >= 9
    assert parts[-1].x + parts[-1].width <= 1000


def test_no_counts_make_no_bar() -> None:
    assert stack({}) == ()


@pytest.mark.parametrize(("number", "written"), [("0.05", "0.1"), ("-0.05", "-0.1"), ("1234.56", "1,234.6")])
def test_numbers_are_rounded_half_away_from_zero(number: str, written: str) -> None:
    assert figure(Decimal(number), 1) == written
