"""What a report says agrees with the findings: counts, names, shortfalls, rates, missing data."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.compliance.models import Finding, Run
from assessments.reports import actions, gathering, headings, problems
from assessments.reports import area as reports_area
from assessments.reports.contents import AreaReport, CommunitySheet, check_code, sha256_of, strings
from assessments.reports.figures import Tally, change, difference, quantity, rate
from assessments.reports.gathering import Spot
from communities.ground import clock
from communities.ground.units import parse
from tests.factories.reports import small_city

CITY, DISTRICT, STREET, COMMUNITY = "370100000000", "370102000000", "370102001000", "370102001001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    """A city in which one community lacks members, two lack rooms, one says nothing, one district trained nobody."""
    city = small_city(
        members={COMMUNITY: 3, "370103001003": None},
        rooms={"370102001003": "72.9", "370102001004": "149.999"},
        trainings={"370103000000": None},
    )
    city.report("trainings", "370103000000", 0, date(2008, 1, 1))
    return city.judged()


def area(run: Run, code: str = CITY) -> AreaReport:
    content = actions.content_of(run, code)
    assert isinstance(content, AreaReport)
    return content


def sheet(run: Run, code: str = COMMUNITY) -> CommunitySheet:
    content = actions.content_of(run, code)
    assert isinstance(content, CommunitySheet)
    return content


def test_a_run_by_what_was_known_at_a_moment_says_so_beside_its_day(run: Run) -> None:
    run.known_at = clock.moment("2009-03-01T12:00")
    assert area(run).heading.as_of.endswith("（按2009-03-01 12:00时所知）")


def test_the_eight_verdicts_are_counted_as_found(run: Run) -> None:
    found = Counter(Finding.objects.filter(run=run).values_list("verdict", flat=True))
    assert {one.verdict: one.now for one in area(run).counts if one.now} == dict(found)


def test_the_parts_add_up_to_the_whole(run: Run) -> None:
    report = area(run)
    lines = [line for group in report.groups for line in group.lines]
    missed = sum(int(line.missed) for line in lines)
    counted = {one.verdict: one.now for one in report.counts}
    assert missed == counted["not_met"] + counted["attention"]
    assert sum(line.met for line in lines) == counted["met"]


def test_problems_are_named_with_what_is_short_gravest_first(run: Run) -> None:
    report = area(run)
    assert [one.label for one in report.top] == ["社区用房", "成员不少于5人", "区县培训"]
    rooms = next(one for one in (*report.problems, *report.others) if one.label == "社区用房")
    assert "8个社区中2个不足150平方米" in rooms.text
    assert "意福苑社区（差77.1平方米）" in rooms.text
    assert "2008年底期限已过" in rooms.text


def test_shortfalls_that_add_up_are_totalled(run: Run) -> None:
    report = area(run)
    rooms = next(one for one in (*report.problems, *report.others) if one.label == "社区用房")
    assert "共差77.1平方米" in rooms.text  # 77.1 and 0.001 to two decimals


def test_a_single_community_is_named_on_page_one(run: Run) -> None:
    members = next(one for one in area(run).top if one.label == "成员不少于5人")
    assert "历下区青龙街社区差2人" in members.summary


def test_the_district_above_is_left_out_where_readers_know_it(run: Run) -> None:
    members = next(one for one in area(run, DISTRICT).top if one.label == "成员不少于5人")
    assert "解放路街道青龙街社区差2人" in members.summary


def test_missing_data_say_which_fact_where_and_who_supplies_it(run: Run) -> None:
    (gap,) = area(run).gaps
    assert (gap.fact, gap.places, gap.where, gap.supplier) == ("成员数", 1, "名士豪庭社区", "街道办事处")


def test_a_place_without_a_figure_neither_passes_nor_fails(run: Run) -> None:
    line = area(run).groups[0].lines[0]
    assert (line.label, line.met, line.missed) == ("成员不少于5人", 6, "1")
    assert line.rate == "85.7"


def test_fewer_than_five_are_a_fraction(run: Run) -> None:
    district = next(group for group in area(run).groups if group.subject == "区县")
    assert district.lines[0].rate == "1/2"
    assert area(run, "370103000000").groups[0].lines[0].rate == "2/2"


def test_of_the_place_itself_the_table_gives_what_was_found(run: Run) -> None:
    own = next(group for group in area(run, "370103000000").groups if group.is_own)
    assert own.subject == "区县"
    assert [line.measured for line in own.lines] != [""] * len(own.lines)
    assert not any(line.measured for group in area(run).groups if not group.is_own for line in group.lines)


def test_the_sheet_shows_more_digits_rather_than_contradict_its_verdict(run: Run) -> None:
    line = next(line for line in sheet(run, "370102001004").lines if line.label == "社区用房")
    assert (line.required, line.actual, line.unit, line.verdict) == ("≥150", "149.999", "㎡", "attention")


def test_the_sheet_lists_every_indicator_of_the_community(run: Run) -> None:
    lines = sheet(run).lines
    assert [(line.label, line.required, line.actual, line.shortfall) for line in lines] == [
        ("成员不少于5人", "≥5", "3", "差2人"),
        ("社区用房", "≥150", "150", "—"),
    ]


def test_the_sheet_of_a_community_without_data_says_what_hangs_on_it(run: Run) -> None:
    (gap,) = sheet(run, "370103001003").gaps
    assert (gap.fact, gap.affects, gap.supplier) == ("成员数", "第1项", "街道办事处")


def test_a_run_of_the_year_before_is_compared_with() -> None:
    city = small_city(members={COMMUNITY: 3})
    city.judged(date(2007, 12, 31))
    city.report("members", COMMUNITY, 5, date(2008, 6, 1))
    report = area(city.judged())
    assert report.before_day == "2007年12月31日"
    assert report.groups[0].lines[0].change == "+12.5"
    assert "比上年提高" in report.overview


def test_a_year_before_that_another_version_judged_is_named_and_not_compared_with() -> None:
    city = small_city(members={COMMUNITY: 3})
    city.judged(date(2007, 12, 31))
    city.report("members", COMMUNITY, 5, date(2008, 6, 1))
    run = city.in_the_next_version().judged()
    report = area(run)
    assert report.before_day == ""
    assert report.before_note == "2007年12月31日的评估依据第1版，不作比较。"
    assert report.groups[0].lines[0].change == "—"
    assert "比上年" not in report.overview
    assert {one.before for one in (*report.counts, *sheet(run).counts)} == {None}
    assert sheet(run).before_note == report.before_note


def test_the_way_to_a_milestone_leaves_out_days_that_another_version_judged() -> None:
    city = small_city(rooms={COMMUNITY: 100})
    city.judged(date(2007, 12, 31))
    later = city.in_the_next_version()
    later.judged(date(2008, 6, 30))
    report = area(later.judged())
    assert report.trajectory is not None
    assert len(report.trajectory.table) == 2
    assert report.trajectory_text.endswith("2007年12月31日的评估依据第1版，不作比较。")


def test_the_way_to_a_milestone_needs_runs_of_several_days() -> None:
    city = small_city(rooms={COMMUNITY: 100})
    assert area(city.judged(date(2007, 12, 31))).trajectory is None
    city.report("rooms", COMMUNITY, 150, date(2008, 6, 1))
    report = area(city.judged())
    assert report.trajectory is not None
    assert [row.reached for row in report.trajectory.table] == ["87.5", "100.0"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (Tally(met=90, not_met=10), ""),
        (Tally(met=85, not_met=6), ""),
        (Tally(met=20, not_met=5, not_due=75), "（上年计入判定25条，本年100条，新到期指标计入后不完全可比）"),
        (Tally(met=20, not_met=5, undetermined=75), "（上年计入判定25条，本年100条，计入范围不同，不完全可比）"),
        (Tally(met=1200, not_met=34), "（上年计入判定1,234条，本年100条，计入范围不同，不完全可比）"),
    ],
)
def test_a_change_says_over_how_many_findings_where_the_bases_differ_much(run: Run, before: Tally, said: str) -> None:
    gathered = gathering.gather(run, CITY)
    there = replace(gathered, before={("members", ""): before}, before_day=date(2007, 12, 31))
    there.__dict__["whole"] = Tally(met=80, not_met=20)

    overview = reports_area.area_report(there).overview

    assert "比上年下降" in overview or "与上年持平" in overview or "比上年提高" in overview
    assert ("计入判定" in overview) == bool(said)
    assert said in overview


@pytest.mark.parametrize(
    ("level", "name", "all_of_it", "leaders"),
    [
        ("city", "杭州市", "全市", "市委、市政府："),
        ("district", "东城区（示例）", "全区", "区委、区政府："),
        ("district", "东城区", "全区", "区委、区政府："),
        ("district", "桐庐县", "全县", "县委、县政府："),
        ("district", "建德市（示例）", "全市", "市委、市政府："),
        ("street", "东华门街道（示例）", "全街道", "街道党工委、街道办事处："),
        ("street", "柳埠镇（示例）", "全镇", "镇党委、镇政府："),
    ],
)
def test_a_place_is_spoken_of_by_its_level_and_its_name_without_brackets(
    level: str, name: str, all_of_it: str, leaders: str
) -> None:
    place = Spot(1, level, "980101000000", name, name, is_statistical=False)
    assert (problems.whole(place), headings.addressee(place)) == (all_of_it, leaders)


def test_a_plan_under_consultation_says_that_it_does_not_bind() -> None:
    run = small_city(draft=True).judged()
    heading = area(run).heading
    assert heading.is_draft
    assert "征求意见稿，不具约束力" in heading.marks


def test_the_report_on_a_draft_speaks_of_what_the_draft_asks_and_of_nothing_binding() -> None:
    run = small_city(draft=True, members={COMMUNITY: 3}).judged()
    report, of_one = area(run), sheet(run)
    assert report.judgement.startswith("按征求意见稿测算，草案要求")
    assert "按征求意见稿测算的达标率" in report.overview
    assert report.chart is not None
    assert report.chart.title == "各区县草案要求测算达标率"
    assert "尚不具约束力" in report.introduction
    forces = {line.force for group in report.groups for line in group.lines}
    assert "拟约束" in forces
    assert all(force.startswith("拟") for force in forces)
    assert of_one.judgement.startswith("按征求意见稿测算，已判定的要求")


def test_the_report_on_a_plan_in_force_speaks_of_what_binds(run: Run) -> None:
    report = area(run)
    assert report.judgement.startswith("约束性要求")
    assert report.chart is not None
    assert report.chart.title == "各区县约束性指标达标率"
    assert "约束性" in {line.force for group in report.groups for line in group.lines}
    assert "测算" not in report.overview + report.introduction + sheet(run).judgement


def test_days_before_the_edition_of_the_codes_say_so(run: Run) -> None:
    assert area(run).heading.old_codes


def test_nothing_is_said_of_orders_that_the_portal_does_not_know(run: Run) -> None:
    assert not [text for text in strings(area(run)) if "整改通知" in text or "下达" in text]


def test_the_same_content_has_the_same_check_code(run: Run) -> None:
    first, second = sha256_of(area(run)), sha256_of(area(run))
    assert first == second
    assert check_code(first) == first[:16]
    assert sha256_of(area(run, DISTRICT)) != first


@pytest.mark.parametrize("code", [CITY, DISTRICT, STREET, COMMUNITY])
def test_queries_do_not_grow_with_the_places(run: Run, code: str) -> None:
    actions.content_of(run, code)  # the rulebook is read once a process
    with CaptureQueriesContext(connection) as asked:
        actions.content_of(run, code)
    assert len(asked) <= 7


def test_a_place_beyond_the_run_is_refused_in_a_sentence(run: Run) -> None:
    with pytest.raises(ObjectDoesNotExist, match="370199000000"):
        actions.print_report(run, "370199000000")


def test_rates_never_look_whole_where_one_is_missing() -> None:
    assert rate(1999, 2000) == "99.95"
    assert rate(2000, 2000) == "100"
    assert rate(1, 3) == "1/3"
    assert rate(0, 0) == "—"
    assert rate(1, 20000) == "0.01"


def test_figures_are_written_as_papers_write_them() -> None:
    assert quantity(_decimal("86.40"), parse("m2")).startswith("86.4")
    assert quantity(_decimal("412914"), parse("cny")).startswith("41.29万")
    assert change(_decimal("0.9"), _decimal("0.922")) == "−2.2"
    assert change(None, _decimal("1")) == "—"
    assert difference(_decimal("0.25"), parse("share")) == "25个百分点"


def test_tallies_add_up() -> None:
    both = Tally.of(["met", "not_met"]) + Tally.of(["attention", "undetermined"])
    assert (both.judged, both.missed, both.in_all) == (3, 2, 4)


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def test_a_trial_says_that_it_is_not_published() -> None:
    run = small_city().judged()
    run.published_at = None
    assert "试算结果，尚未发布" in area(run).heading.marks
