"""A condition may be named as officials speak of it: 城区; the formula stays, the hash of packs without names too."""

import json
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from assessments.compliance.results import lines
from assessments.compliance.rulebook import rulebook
from assessments.compliance.trajectories import ways
from assessments.plans import actions
from assessments.plans.comparing import differences
from assessments.plans.pack import Label, PackPlan
from assessments.plans.restoring import restore
from assessments.reports.asked import asked_of
from communities.places.models import Place
from tests.factories.five_years import PACK

URBAN_2003 = 'due: 2003-12-31, at_least: "0.70", applies_when: zone == "urban"'
URBAN_2004 = 'due: 2004-12-31, at_least: "1", applies_when: zone == "urban"'
COUNTY = 'applies_when: zone == "county"'
DAY = date(2003, 12, 31)


@pytest.fixture
def plain(jinan: Place) -> str:
    return PACK.read_text(encoding="utf-8")


@pytest.fixture
def named(plain: str) -> str:
    text = plain.replace(URBAN_2003, f"{URBAN_2003}, scope: {{zh: 城区, en: Urban area}}")
    return text.replace(COUNTY, f"{COUNTY}, scope: {{zh: 其他区市县}}")


def pack_of(text: str) -> PackPlan:
    checked = actions.check(text)
    assert [str(problem) for problem in checked.problems] == []
    assert checked.pack is not None
    return checked.pack


def problem_of(text: str) -> Any:
    with translation.override("en"):
        (problem,) = actions.check(text).problems
    return problem


def test_a_pack_without_names_keeps_the_hash_it_had(plain: str) -> None:
    assert '"scope"' not in json.dumps(pack_of(plain).canonical())


def test_names_are_part_of_the_pack_and_come_back_from_what_is_stored(named: str, plain: str) -> None:
    pack = pack_of(named)
    target = next(one for one in pack.targets if one.code == "four_kinds")
    assert target.scope_of('zone == "urban"') == Label("城区", "Urban area")
    assert pack.sha256() != pack_of(plain).sha256()
    assert restore(json.loads(json.dumps(pack.canonical()))) == pack
    version, _done = actions.load(actions.check(named))
    assert rulebook(version).pack == pack


def test_a_name_given_once_is_the_name_of_all_milestones_with_that_condition(named: str) -> None:
    version, _done = actions.load(actions.check(named))
    told = [(line.due, line.scope) for line in lines(version, DAY) if line.target.code == "four_kinds"]
    assert told == [
        (date(2003, 12, 31), "城区"),
        (date(2004, 12, 31), "城区"),
        (date(2004, 12, 31), "其他区市县"),
    ]
    assert [way.scope for way in ways(version, DAY) if way.target.code == "four_kinds"] == ["城区", "其他区市县"]


def test_a_report_tells_one_scope_from_the_other(named: str) -> None:
    version, _done = actions.load(actions.check(named))
    labels = [asked.label for asked in asked_of(rulebook(version), DAY, ["district"]) if asked.code == "four_kinds"]
    assert labels == ["四类设施（城区）", "四类设施（其他区市县，2004年）"]


def test_without_a_name_the_condition_is_told_in_words(plain: str) -> None:
    version, _done = actions.load(actions.check(plain))
    own = [way.scope for way in ways(version, DAY) if way.target.code == "four_kinds"]
    assert len(set(own)) == 2
    assert "" not in own
    assert {line.scope for line in lines(version, DAY)} == {""}


def test_two_names_for_one_condition_are_refused_where_the_second_stands(named: str) -> None:
    text = named.replace(URBAN_2004, f"{URBAN_2004}, scope: {{zh: 市区}}")
    problem = problem_of(text)
    assert problem.path == "targets.four_kinds.milestones[2].scope"
    assert "市区" in text.splitlines()[problem.line - 1]
    assert "城区" in problem.what


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (f", {COUNTY}", ", scope: {zh: 郊县}", "targets.four_kinds.milestones[3].scope"),
        ("  four_kinds:\n", "  four_kinds:\n    scope: {zh: 全市}\n", "targets.four_kinds.scope"),
    ],
)
def test_a_name_without_a_condition_is_refused_with_its_line(plain: str, before: str, after: str, path: str) -> None:
    text = plain.replace(before, after)
    problem = problem_of(text)
    assert problem.path == path
    assert "scope" in text.splitlines()[problem.line - 1]


def test_a_name_in_english_alone_is_refused(plain: str) -> None:
    problem = problem_of(plain.replace(COUNTY, f"{COUNTY}, scope: {{en: Counties}}"))
    assert problem.path.startswith("targets.four_kinds.milestones[3].scope")


def test_the_name_of_a_rule_stands_where_its_milestones_have_no_condition(jinan: Place, sound: str) -> None:
    urban = 'applies_when: kind == "urban"'
    text = sound.replace(urban, f"{urban}\n    scope: {{zh: 城市社区}}")
    version, _done = actions.load(actions.check(text))
    assert {line.scope for line in lines(version, date(2008, 12, 31)) if line.target.code == "floor"} == {"城市社区"}


def test_a_version_with_a_condition_of_its_own_does_not_take_over_the_name(jinan: Place, sound: str) -> None:
    text = sound.replace(
        "    force: in_principle\n    versions:\n",
        '    applies_when: kind == "urban"\n    scope: {zh: 城市社区}\n    force: in_principle\n    versions:\n',
    ).replace("{in_force: {from: 2010-01-01}, force", '{in_force: {from: 2010-01-01}, applies_when: "true", force')
    target = next(one for one in pack_of(text).targets if one.code == "by_households")
    assert [rule.scope.zh if rule.scope else "" for rule in target.rules] == ["城市社区", ""]


def test_a_changed_name_is_told_as_a_change_in_words(named: str, plain: str) -> None:
    (told,) = differences(pack_of(plain), pack_of(named))
    assert told.code == "four_kinds"
    assert ("城区" in told.before, "城区、其他区市县" in told.after) == (False, True)
    (told,) = differences(pack_of(named), pack_of(named.replace("城区", "市区")))
    assert "城区" in told.before
    assert "市区" in told.after
