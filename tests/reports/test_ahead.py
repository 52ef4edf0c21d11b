"""The outlook of a report: what the next year requires, the gap as of today, and the way that is drawn."""

from datetime import date

import pytest

from assessments.plans.models import ReportedValue
from assessments.reports import actions
from assessments.reports.contents import AreaReport
from assessments.reports.gathering import gather
from tests.factories.five_years import FiveYears, five_years

CITY, DISTRICT, COUNTY = "370100000000", "370102000000", "370126000000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> FiveYears:
    made = five_years()
    made.report("centres", "3701", {2001: "0.3", 2002: "0.65", 2003: "0.75"})
    made.report("jobs", "3701", {2001: 10000, 2002: 20000, 2003: 30000})
    for code in ("370102", "370103", "370126"):
        made.report("facilities_of_four_kinds", code, {2001: "0.4", 2002: "0.6", 2003: "0.7"})
        made.report("complaints", code, {2001: 90, 2002: 70, 2003: 45})
    return made


def report(city: FiveYears, *years: int, code: str = CITY) -> AreaReport:
    content = actions.content_of(city.judged(*years), code)
    assert isinstance(content, AreaReport)
    return content


def test_the_outlook_tells_what_next_year_requires_and_the_gap_as_of_today(city):
    told = report(city, 2001, 2002)
    assert told.ahead_year == 2003
    line = next(line for line in told.ahead if line.label == "街道服务中心")
    assert (line.required, line.now, line.gap, line.pace, line.word) == ("≥90%", "65%", "25个百分点", "+35", "按期")


def test_what_fell_due_before_and_is_not_reached_still_holds(city):
    line = next(line for line in report(city, 2002, 2003).ahead if line.label == "街道服务中心")
    assert (line.is_carried, line.word, line.gap) == (True, "逾期未达", "15个百分点")


def test_a_number_known_only_before_neither_reaches_nor_misses_what_was_due(city):
    city.judged(2001, 2002)
    ReportedValue.objects.filter(indicator="centres").delete()
    told = report(city, 2003)
    line = next(line for line in told.ahead if line.label == "街道服务中心")
    assert (line.word, line.now, line.gap, line.pace) == ("无法判定", "65%（2002年12月31日）", "—", "—")
    assert "仍未达到或无法判定的" in told.ahead_text


def test_the_way_drawn_says_from_which_day_its_number_is_and_tells_no_arrival_that_is_past(city):
    ReportedValue.objects.exclude(indicator="centres", as_of=date(2001, 12, 31)).delete()
    city.report("centres", "3701", {2002: "0.95"})
    city.judged(2001, 2002)
    ReportedValue.objects.all().delete()
    text = report(city, 2003).trajectory_text
    assert "2002年12月31日为95%，2003年12月31日的数据缺失，无法判定。" in text
    assert "按现有速度" not in text


def test_what_falls_due_later_than_next_year_waits_for_its_report(city):
    assert "累计就业65000人" not in [line.label for line in report(city, 2002).ahead]
    assert "累计就业65000人" in [line.label for line in report(city, 2004).ahead]


def test_what_is_reached_and_not_raised_is_not_told_again(city):
    labels = [line.label for line in report(city, 2002, 2003, code=DISTRICT).ahead]
    assert "投诉减少" not in labels
    assert any(label.startswith("四类设施") for label in labels)


def test_the_way_drawn_leads_to_what_the_plan_requires_and_not_to_a_hundred(city):
    told = report(city, 2001, 2002, 2003)
    assert told.trajectory is not None
    assert told.trajectory.title == "街道服务中心"
    assert [row.due for row in told.trajectory.table if row.due] == ["60", "90", "100"]
    assert "2003年12月31日前达到90%" in told.trajectory_text
    assert told.trajectory_text.endswith("按现有速度2005年7月达到，逾期未达。")


def test_the_main_table_asks_of_each_target_what_counts_this_year(city):
    told = report(city, 2001, 2002)
    labels = [line.label for group in told.groups for line in group.lines]
    assert labels.count("街道服务中心") == 1
    assert len([label for label in labels if label.startswith("四类设施")]) == 2  # the city's districts, the counties


def test_a_year_that_asks_for_nothing_more_has_no_outlook(city):
    city.report("jobs", "3701", {2005: 70000})
    city.report("centres", "3701", {2005: 1})
    for code in ("370102", "370103", "370126"):
        city.report("facilities_of_four_kinds", code, {2005: 1})
        city.report("complaints", code, {2005: 10})
        for number in ("001", "002"):
            city.report("rooms", f"{code}001{number}", {2005: 50})
    told = report(city, 2005)
    assert (told.ahead, told.ahead_text) == ((), "")


def test_a_milestone_is_compared_with_that_of_its_own_scope_a_year_before(city):
    """The city's districts were judged in 2003, the counties for the first time in 2004."""
    before = gather(city.judged(2003, 2004), CITY).before
    assert before is not None
    urban, county = (before["four_kinds", f'zone == "{zone}"'] for zone in ("urban", "county"))
    assert (urban.judged, county.judged) == (2, 0)
    assert county.not_due == 1
