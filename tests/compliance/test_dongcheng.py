"""
The figures of Dongcheng 2005, computed on the example district and held against what the document prints.

The table reads as the catalogue of statistics does: its number, what is computed, the exact value, how it is shown,
what is printed, and how the two stand.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from assessments.compliance import actions, example, telling
from assessments.compliance.models import Finding, Run
from assessments.compliance.printed import PrintedFigure
from assessments.plans.models import Plan
from assessments.reports.actions import content_of
from assessments.reports.contents import AreaReport
from communities.ground.models import Role
from communities.places import story
from communities.places.models import Place
from tests.factories.facilities import FacilityFactory
from tests.factories.judged import an_account

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = date(2005, 12, 31)
DISTRICT = "980101000000"

# fmt: off
STATISTICS = [
    # number, target, exact value, as it is shown (without its unit), as it is printed, how the two stand
    ("S1",  "communities_with_rooms",      "111",                 "111",      "111个",        "agrees"),
    ("S1",  "share_with_rooms",            "111/137",             "81.0%",    "81%",          "agrees"),
    ("S2",  "communities_below",           "26",                  "26",       "",             "derived"),
    ("S2",  "share_below",                 "26/137",              "19.0%",    "",             "derived"),
    ("S3",  "committees_per_community",    "413/137",             "3.01",     "",             "derived"),
    ("S3",  "fewer_committees",            "276/413",             "66.8%",    "",             "derived"),
    ("S4",  "party_organizations",         "137/137",             "100%",     "全部",         "agrees"),
    ("S5",  "secretary_is_director",       "69/137",              "50.4%",    "50%",          "agrees"),
    ("S6",  "communities_with_police",     "128",                 "128",      "128个",        "agrees"),
    ("S6",  "share_with_police",           "128/137",             "93.4%",    "",             "derived"),
    ("S6",  "communities_without_police",  "9",                   "9",        "",             "derived"),
    ("S7",  "households_in_all",           "205600",              "205,600",  "",             "derived"),
    ("S7",  "average_households",          "205600/137",          "1,500.73", "1500余户",     "agrees"),
    ("S8",  "persons_per_household",       "521000/205600",       "2.53",     "",             "derived"),
    ("S9",  "persons_per_community",       "521000/137",          "3,802.92", "",             "derived"),
    ("S10", "members_per_organization",    "96055/3190",          "30.11",    "",             "derived"),
    ("S11", "organizations_per_community", "3190/137",            "23.28",    "",             "derived"),
    ("S12", "members_of_population",       "96055/521000",        "18.4%",    "",             "derived"),
    ("S13", "share_of_volunteers",         "119295/521000",       "22.9%",    "22%",          "truncated"),
    ("S14", "volunteers_per_team",         "119295/4740",         "25.17",    "",             "derived"),
    ("S15", "teams_per_community",         "4740/137",            "34.6",     "",             "derived"),
    ("S16", "investment_split",            "15/100",              "15%",      "1.5∶1.5∶7",    "agrees"),
    ("S16", "share_of_resident_units",     "70/100",              "70%",      "1.5∶1.5∶7",    "agrees"),
    ("S17", "safety_of_investment",        "210000000/299990000", "70.0%",    "",             "derived"),
    ("S18", "green_per_person",            "6402500/521000",      "12.29",    "9.9平方米",    "differs"),
    ("S19", "service_centres",             "11",                  "11",       "11个",         "agrees"),
    ("S20", "share_with_culture_room",     "89/137",              "65.0%",    "",             "derived"),
    ("S20", "share_if_included",           "69/137",              "50.4%",    "",             "derived"),
    ("S21", "culture_stations",            "10/10",               "100%",     "各街道均有",   "agrees"),
    ("S21", "linked_libraries",            "10/10",               "100%",     "各街道均有",   "agrees"),
    ("S22", "sports_honours",              "10/10",               "100%",     "10个街道全部", "agrees"),
    ("S23", "health_points_per_community", "40/137",              "0.292",    "",             "derived"),
    ("S24", "least_area_of_rooms",         "21090",               "21,090",   "",             "derived"),
    ("S25", "removed_per_person",          "331000/521000",       "0.635",    "",             "derived"),
]
PRINTED = [
    # target,                        exact,      printed
    ("communities_formed",           137,        "137个"),
    ("committees_before",            413,        "413个"),
    ("investment",                   299990000,  "近3亿元"),
    ("civil_organizations",          3190,       "3190个"),
    ("members_of_civil_organizations", 96055,    "96055人"),
    ("aspects_of_work",              9,          "9个方面"),
    ("items_of_work",                63,         "63项"),
    ("safety_funds",                 210000000,  "2.1亿元"),
    ("green_land",                   6402500,    "640.25公顷"),
    ("building_removed",             331000,     "33.1万平方米"),
    ("health_points",                40,         "40个"),
    ("homes_for_the_aged",           9,          "9个"),
    ("demonstration_culture_rooms",  20,         "20家"),
    ("standard_culture_rooms",       69,         "69家"),
    ("teams_of_volunteers",          4740,       "4740支"),
    ("registered_volunteers",        119295,     "119295人"),
    ("residents",                    521000,     "52.1万人"),
]
# fmt: on


@pytest.fixture(scope="module")
def run(django_db_setup: None, django_db_blocker: Any) -> Iterator[Run]:
    """The example district, made from nothing and judged; gone with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        example.make(story.read("dongcheng-2005"))
        version = Plan.objects.get(code="dongcheng-2005").latest()
        assert version is not None
        yield actions.publish(actions.evaluate(version=version, as_of=DAY), by=None)
        transaction.set_rollback(True)


def district() -> Place:
    return Place.objects.by_code(DISTRICT, DAY)


def told(run: Run, target: str) -> PrintedFigure:
    with translation.override("en"):
        figure = telling.explain(run, target, district()).printed
    assert figure is not None
    return figure


def measured(run: Run, target: str) -> Decimal:
    number = Finding.objects.get(run=run, place=district(), rule__target__code=target).measured
    assert number is not None
    return number


@pytest.mark.parametrize(("row", "target", "exact", "shown", "text", "stands"), STATISTICS)
def test_a_statistic_of_the_catalogue(
    run: Run, row: str, target: str, exact: str, shown: str, text: str, stands: str
) -> None:
    figure = told(run, target)

    assert abs(Fraction(measured(run, target)) - Fraction(exact)) <= Fraction(1, 10**20)
    assert (figure.computed.partition(" ")[0], figure.text, figure.agreement) == (shown, text, stands)
    assert Finding.objects.get(run=run, place=district(), rule__target__code=target).rule.target.catalogue[-1] == row


@pytest.mark.parametrize(("target", "exact", "text"), PRINTED)
def test_a_figure_the_document_prints(run: Run, target: str, exact: int, text: str) -> None:
    assert measured(run, target) == exact
    assert (told(run, target).text, told(run, target).agreement) == (text, "agrees")


def test_all_statistics_of_the_catalogue_are_there() -> None:
    assert {row for row, *_rest in STATISTICS} == {f"S{n}" for n in range(1, 26)}


def test_households_and_persons_lie_within_what_the_document_allows(run: Run) -> None:
    assert measured(run, "households_in_all") > 1500 * 137
    assert measured(run, "persons_per_household") < Decimal("2.5353")
    assert measured(run, "investment") < 300_000_000


def test_the_words_explain_every_mismatch(run: Run) -> None:
    assert told(run, "share_of_volunteers").sentence == (
        "22.9%, printed as 22%: agrees if truncated; rounded it would be 23%."
    )
    assert told(run, "green_per_person").sentence == (
        "12.29 m²/persons, printed as 9.9平方米: does not agree; rounded it would be 12.3 m²/persons."
    )
    for target in ("secretary_is_director", "share_of_volunteers", "safety_of_investment", "green_per_person"):
        assert told(run, target).note, target
    for target in ("service_centres", "share_with_culture_room", "share_if_included", "communities_without_police"):
        assert told(run, target).note, target


def test_nothing_is_judged_by_it_but_what_is_covered(run: Run) -> None:
    assert run.counts["reported"] + run.counts["met"] == sum(run.counts.values())
    met = Finding.objects.filter(run=run, verdict="met").values_list("rule__target__code", flat=True)
    assert set(met) == {
        *("party_organizations", "investment_split", "culture_stations", "linked_libraries", "sports_honours"),
    }


def test_of_another_day_than_the_last_of_2005_nothing_is_said(run: Run, client: Any) -> None:
    client.force_login(an_account("leader", Role.LEADER, "980101"))
    where = {"place": "980101", "plan": "dongcheng-2005", "as_of": "2004-12-31"}
    earlier = actions.publish(actions.evaluate(version=run.version, as_of=date(2004, 12, 31)), by=None)

    plan = client.get(reverse("plan", args=["dongcheng-2005"]), where)
    why = client.get(reverse("why"), {**where, "target": "green_per_person"})
    overview = client.get(reverse("overview"), where)
    found = client.get("/api/v1/findings", {"target": "green_per_person", "run": earlier.pk}).json()["results"]
    content = content_of(earlier, DISTRICT)

    assert set(earlier.counts) == {"no_rule"}
    assert plan.context["seen"].run == earlier
    assert "9.9平方米" not in plan.content.decode()
    assert why.context["run"] == earlier
    assert why.context["told"].printed is None
    assert "9.9平方米" not in why.content.decode()
    assert not any(row.printed for row in overview.context["rows"])
    assert [(one["verdict"], one["printed"]) for one in found] == [("no_rule", None)]
    assert isinstance(content, AreaReport)
    assert (content.printed, content.printed_text) == ((), "")


def test_the_benchmark_of_rooms_is_reported_and_never_missed(run: Run) -> None:
    found = Finding.objects.filter(run=run, rule__target__code="rooms_of_the_community")
    assert set(found.values_list("verdict", flat=True)) == {"reported"}
    assert (found.filter(measured=1).count(), found.filter(measured=0).count()) == (111, 26)


def test_the_district_is_an_example_apart_from_the_real_one(run: Run) -> None:
    places = Place.objects.within("98")
    assert set(places.values_list("is_example", flat=True)) == {True}
    assert [places.filter(level=level).count() for level in ("district", "street", "community")] == [1, 10, 137]
    assert run.has_example_data
    (one,) = Place.objects.filter(name__startswith="九道湾")
    assert one.code_on(DAY)[:9] == "980101005"
    assert not Place.objects.within("1101").exists()


def test_one_committee_was_elected_directly_and_it_is_the_one_the_document_names(run: Run) -> None:
    assert measured(run, "direct_elections") == 1
    (one,) = Place.objects.filter(organizations__terms__method="direct")
    assert one.name.startswith("九道湾")


def test_told_twice_the_story_makes_nothing(run: Run) -> None:
    assert example.make(story.read("dongcheng-2005")) == 0


def test_example_data_never_stands_beside_real_rows(run: Run) -> None:
    FacilityFactory(place=district(), is_example=False)

    with pytest.raises(ValidationError, match="98"):
        example.make(story.read("dongcheng-2005"))


def test_the_command_tells_both_figures(run: Run) -> None:
    out = StringIO()
    with translation.override("en"):
        call_command("explain", plan="dongcheng-2005", target="share_of_volunteers", subject=DISTRICT, stdout=out)
    assert "printed figure: agrees if truncated · 22.9%, printed as 22%" in out.getvalue()


def test_the_report_lists_the_figures_and_names_what_does_not_agree(run: Run) -> None:
    content = content_of(run, DISTRICT)
    assert isinstance(content, AreaReport)
    lines = {line.label: line for line in content.printed}
    assert len(content.printed) == len(STATISTICS) + len(PRINTED)
    assert (lines["注册志愿者占常驻人口"].computed, lines["注册志愿者占常驻人口"].text) == ("22.9%", "22%")
    assert [line.label for line in content.printed if line.agreement == "differs"] == ["人均绿化面积"]
    assert "人均绿化面积12.29" in content.printed_text
    assert "文件所载数字核对" in content.annexes
    assert content.heats == ()
    assert "没有约束性要求" in content.overview
    assert content.judgement.startswith("本期没有可以判定的约束性要求")


def test_the_pages_show_both_figures(run: Run, client: Any) -> None:
    client.force_login(an_account("leader", Role.LEADER, "980101"))
    where = {"place": "980101", "plan": "dongcheng-2005", "as_of": "2005-12-31"}

    plan = client.get(reverse("plan", args=["dongcheng-2005"]), where).content.decode()
    why = client.get(reverse("why"), {**where, "target": "green_per_person"}).content.decode()

    overview = client.get(reverse("overview"), where).content.decode()

    assert "22.9%" in plan
    assert "<small>%</small>" not in overview  # where nothing is required there is no compliance rate
    assert "22.9%" in overview
    assert "640.25公顷" in plan
    for text in ("9.9平方米", "12.29", "643,467"):
        assert text in why


def test_the_overview_tells_the_numbers_themselves_and_how_they_agree_with_the_document(run: Run, client: Any) -> None:
    client.force_login(an_account("leader", Role.LEADER, "980101"))
    where = {"place": "980101", "plan": "dongcheng-2005", "as_of": "2005-12-31"}

    rows = {row.row.line.target.code: row for row in client.get(reverse("overview"), where).context["rows"]}

    own = [row for row in rows.values() if row.row.total.own and row.row.line.is_statistic]
    assert len(own) > 50
    assert all(row.total.text for row in own)
    assert rows["green_per_person"].total.text.startswith("12.29 ")
    assert rows["green_per_person"].printed.agreement == "differs"
    assert rows["share_of_volunteers"].printed.agreement == "truncated"
    assert {row.total.text for row in own if row.row.line.question.measured.type == "boolean"} == {"是"}


def test_the_api_gives_both_figures(run: Run, client: Any) -> None:
    client.force_login(an_account("leader", Role.LEADER, "980101"))

    found = client.get("/api/v1/findings", {"target": "share_of_volunteers", "run": run.pk}).json()["results"]
    targets = client.get("/api/v1/targets", {"plan": "dongcheng-2005"}).json()["results"]

    assert [(one["printed"]["computed"], one["printed"]["agreement"]) for one in found] == [("22.9%", "truncated")]
    told = {one["code"]: one["printed"] for one in targets}
    assert told["communities_formed"]["value"] == "137"
    assert told["national_demonstration_district"] is None


def test_the_page_of_the_run_gives_no_compliance_rate_where_the_overview_gives_none(run: Run, client: Any) -> None:
    client.force_login(an_account("officer-of-rates", Role.OFFICER, DISTRICT[:6]))

    told = client.get(reverse("run", args=[run.pk])).context
    overview = client.get(f"/?place={DISTRICT[:6]}&plan={run.version.plan.code}&as_of={DAY}").context

    assert told["results"].counts["met"] > 0
    assert (told["rate"], overview["rate"]) == ("—", "—")
