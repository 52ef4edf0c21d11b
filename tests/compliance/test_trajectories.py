"""Ways through milestones as the published runs of one plan version tell them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from assessments.compliance import actions as compliance
from assessments.compliance.outlook import outlook
from assessments.compliance.pace import Status
from assessments.compliance.results import lines, replaced
from assessments.compliance.trajectories import Path, path_of, paths, paths_of_findings, ways
from assessments.plans.models import ReportedValue
from tests.factories.five_years import FiveYears, five_years

CITY, DISTRICT, COUNTY, COMMUNITY = "370100000000", "370102000000", "370126000000", "370102001001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> FiveYears:
    made = five_years()
    made.report("centres", "3701", {2001: "0.3", 2002: "0.55", 2003: "0.75"})
    made.report("jobs", "3701", {2001: 10000, 2002: 20000, 2003: 35000})
    for code in ("370102", "370126"):
        made.report("facilities_of_four_kinds", code, {2001: "0.4", 2002: "0.6", 2003: "0.8"})
        made.report("complaints", code, {2001: 90, 2002: 70, 2003: 60})
    return made


def seen_from(city: FiveYears, *years: int, code: str = "3701", level: str = "city") -> dict[str, Path]:
    run = city.judged(*years)
    return {one.way.target.code: one for one in paths(run, city.places[code].pk, level, code.ljust(12, "0"))}


def test_each_year_tells_what_was_measured_and_which_milestone_counted(city):
    way = seen_from(city, 2001, 2002, 2003)["centres"]
    assert [(one.run.as_of.year, one.verdict, one.measured.value) for one in way.seen] == [
        (2001, "not_due", Decimal("0.3")),
        (2002, "not_met", Decimal("0.55")),
        (2003, "not_met", Decimal("0.75")),
    ]


def test_a_figure_of_the_plan_and_one_that_was_replaced_are_known_from_the_plan(city):
    way = seen_from(city, 2003)["centres"]
    assert [figure for _day, _number, figure in way.dues] == [Decimal("0.6"), Decimal("0.9"), Decimal(1)]


def test_a_year_without_a_milestone_carries_the_latest_forward(city):
    way = seen_from(city, 2003)["centres"]
    told = {year: way.due_in(year) for year in (2001, 2002, 2004, 2005)}
    assert told[2001] == (None, False)
    assert [(due.required, carried) for due, carried in list(told.values())[1:] if due] == [
        (Decimal("0.6"), False),
        (Decimal("0.9"), True),
        (Decimal(1), False),
    ]


def test_the_urban_district_and_the_county_each_go_the_way_of_their_scope(city):
    urban = seen_from(city, 2001, 2002, code="370102", level="district")["four_kinds"]
    county = seen_from(city, 2003, code="370126", level="district")["four_kinds"]
    assert [figure for _day, _number, figure in urban.dues] == [Decimal("0.7"), Decimal(1)]
    assert [figure for _day, _number, figure in county.dues] == [Decimal("0.8")]
    assert (urban.way.scope != "", urban.way.scope != county.way.scope) == (True, True)


def test_what_must_fall_is_told_as_such(city):
    way = seen_from(city, 2001, 2002, code="370102", level="district")["fewer_complaints"]
    with translation.override("en"):
        told = outlook(way)
    assert told is not None
    assert (told.status, told.gap, told.required) == (Status.ON_TRACK, "20 cases", "≤ 50 cases")
    assert told.sentence.startswith("at most 50 cases is due by 2003-12-31, now 70 cases")


def test_where_nothing_is_known_now_the_sentence_says_of_which_day_the_number_is(city):
    ReportedValue.objects.filter(indicator="centres", as_of=date(2002, 12, 31)).delete()
    city.report("centres", "3701", {2002: "0.95"})
    city.judged(2001, 2002)
    ReportedValue.objects.filter(indicator="centres").delete()
    way = seen_from(city, 2003)["centres"]
    with translation.override("en"):
        due_that_day, later = outlook(way, 2), outlook(way, 3)
        assert due_that_day is not None
        assert later is not None
        sentence = later.sentence
    assert way.seen[-1].verdict == "undetermined"
    assert (due_that_day.status, due_that_day.look, due_that_day.gap) == ("undetermined", "undetermined", "")
    assert due_that_day.measured == "95% (2002-12-31)"
    assert (later.status, later.arrival) == ("undetermined", None)
    assert "on 2002-12-31 95%, not known now: undetermined" in sentence


def test_what_is_due_every_year_has_years_and_no_course(city):
    city.report("trainings", "3701", {2001: 1, 2002: 0})
    way = seen_from(city, 2001, 2002)["trained"]
    assert way.course is None
    assert [one.verdict for one in way.seen] == ["met", "not_met"]


def test_above_the_level_asked_about_the_share_of_those_that_reach_it_is_followed(city):
    for number, area in (("001", 45), ("002", 30)):
        city.report("rooms", f"370102001{number}", {2001: area})
    city.report("rooms", "370103001001", {2001: 40})
    way = seen_from(city, 2001)["rooms"]
    assert way.over == "community"
    last = way.last
    assert last is not None
    assert last.counted is not None
    assert (last.counted.met, last.counted.known, last.counted.asked) == (2, 3, 6)
    assert last.measured.partly


def test_the_share_is_told_alike_before_and_after_the_day_it_is_due(city):
    for code in ("370102", "370103", "370126"):
        for number in ("001", "002"):
            city.report("rooms", f"{code}001{number}", {2002: 40 if number == "001" else 39})
    way = seen_from(city, 2002, 2003)["rooms"]
    assert [one.measured.value for one in way.seen] == [Decimal("0.5"), Decimal("0.5")]
    assert [one.verdict for one in way.seen] == ["not_due", "not_met"]


def test_runs_by_another_version_are_left_out(city):
    from assessments.plans import actions as plans
    from tests.factories.five_years import PACK

    city.judged(2001)
    text = PACK.read_text(encoding="utf-8").replace('at_least: "0.60"', 'at_least: "0.65"')
    later = FiveYears(plans.load(plans.check(text, PACK.name))[0], city.places)
    run = later.judged(2002)
    (way,) = [one for one in paths(run, city.places["3701"].pk, "city", CITY) if one.way.target.code == "centres"]
    assert [one.run.as_of.year for one in way.seen] == [2002]


def test_of_every_day_the_latest_published_run_speaks_and_a_trial_only_for_itself(city):
    city.judged(2001)
    city.report("centres", "3701", {2000: "0.1"})
    again = city.judged(2001)
    compliance.evaluate(version=city.version, as_of=date(2002, 6, 30))
    trial = compliance.evaluate(version=city.version, as_of=date(2002, 12, 31))
    way = path_of(trial, "centres", 1, city.places["3701"].pk, CITY)
    assert way is not None
    assert [one.run.pk for one in way.seen] == [again.pk, trial.pk]


def test_what_nobody_measured_is_not_taken_for_nothing(city):
    way = seen_from(city, 2001, code="370103", level="district")["four_kinds"]
    told = outlook(way)
    assert told is not None
    assert (told.status, told.measured, told.pace, told.arrival) == (Status.UNMEASURED, "", "", None)


def test_the_sentence_says_what_is_due_what_there_is_and_when_the_pace_arrives(city):
    way = seen_from(city, 2001, 2002)["jobs"]
    with translation.override("en"):
        told = outlook(way)
        assert told is not None
        sentence = told.sentence
    assert (told.status, told.arrival) == (Status.BEHIND, date(2007, 7, 2))
    assert sentence == (
        "at least 65,000 persons is due by 2005-12-31, now 20,000 persons, "
        "reached in 2007/7 at the present pace: behind."
    )
    assert told.pace == "15,000 persons more a year needed, 10,000 persons more a year at present"


def test_a_listed_finding_knows_its_way_by_two_queries_for_all_of_them(city):
    run = city.judged(2001, 2002)
    asked = [
        (city.places[code].pk, code.ljust(12, "0"), "four_kinds", number)
        for code, number in (("370102", 1), ("370102", 2), ("370126", 3))
    ]
    paths_of_findings(run, asked)  # the rulebook is read once a process
    with CaptureQueriesContext(connection) as queries:
        found = paths_of_findings(run, asked)
    assert len(queries) == 2
    assert [key[2] for key in found] == [1, 2, 3]


def test_the_ways_of_a_place_need_four_queries_however_many_there_are(city):
    run = city.judged(2001, 2002, 2003)
    paths(run, city.places["3701"].pk, "city", CITY)
    with CaptureQueriesContext(connection) as queries:
        paths(run, city.places["3701"].pk, "city", CITY)
    assert len(queries) == 4


def test_every_reader_gets_the_words_of_their_own_language_whoever_came_first(city):
    run = city.judged(2001)

    def told(language: str) -> list[list[str]]:
        with translation.override(language):
            asked = [line.requirement for line in lines(run.version, run.as_of)]
            gone = [line.requirement for line in replaced(run.version, date(2005, 12, 31))]
            return [asked, gone, [way.scope for way in ways(run.version, run.as_of)]]

    english, chinese = told("en"), told("zh-hans")
    assert "≤ 50 cases" in english[0] + english[1]
    assert "≤ 50 件" in chinese[0] + chinese[1]
    assert english[2] != chinese[2]
    assert told("en") == english
