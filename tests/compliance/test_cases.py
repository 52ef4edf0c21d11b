"""
What each plan asks, by the field's own examples: every boundary, and what is not known.

Each case is answered three times: by the run in SQL, by the explanation out of the run's snapshot, and by the reading
with a trace over what is recorded now. All three must say what the case says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.db import transaction

from assessments.compliance import actions, judging, recorded, running, telling
from assessments.compliance.explanation import Explanation
from assessments.compliance.facts import WIDTHS
from assessments.compliance.models import Finding, Run, Verdict
from assessments.compliance.recorded import Answered
from assessments.compliance.rulebook import Rulebook, rulebook
from assessments.formulas import Subject
from assessments.plans.models import PlanVersion
from assessments.plans.pack import RuleSpec
from communities.places.models import Place
from tests.factories.places import PlaceFactory

from .cases import LEVELS, PACK, PLANS, Case, load_plan, owner_code, read_cases
from .world import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CASES = read_cases()
FIRST_PLACE, MOST_CASES = 10, 60


@dataclass(frozen=True)
class Told:
    """What was said about one case: by the run, by the explanation, by what is recorded now."""

    finding: Finding
    explained: Explanation
    now: Answered


def groups() -> dict[tuple[Any, ...], list[Case]]:
    """Return the cases that are judged by one version of a plan, so many at a time."""
    found: dict[tuple[Any, ...], list[Case]] = {}
    for number, case in enumerate(CASES):
        found.setdefault((case.pack, case.plan, number // MOST_CASES), []).append(case)
    return found


GROUPS = groups()
GROUP_OF = {id(case): key for key, group in GROUPS.items() for case in group}


@cache
def told(key: tuple[Any, ...]) -> dict[int, Told]:
    """Judge a group of cases and return what was said about each; nothing stays in the database."""
    pack, figures, _number = key
    with transaction.atomic():
        version = owned_plan(pack, dict(figures))
        answers = {id(case): answer for batch in batches(GROUPS[key]) for case, answer in judged(version, batch)}
        transaction.set_rollback(True)
    return answers


def batches(group: list[Case]) -> list[list[Case]]:
    """Return what is judged by one run: the cases of a day, each in a place of its own, or one that must be alone."""
    found: dict[Any, list[Case]] = {}
    for case in group:
        found.setdefault(id(case) if case.is_alone else case.as_of, []).append(case)
    return list(found.values())


def judged(version: PlanVersion, batch: list[Case]) -> list[tuple[Case, Told]]:
    """Record the cases, run the plan once over them and return what was said about each."""
    with transaction.atomic():
        world = World.under(version, batch[0].as_of)
        places = [world.record(case, number) for number, case in enumerate(batch, start=FIRST_PLACE)]
        run = actions.evaluate(version=version, as_of=batch[0].as_of)
        answers = list(_answers(run, version, batch, places))
        transaction.set_rollback(True)
    return list(zip(batch, answers, strict=True))


def owned_plan(code: str, figures: dict[str, str] | None = None) -> PlanVersion:
    """Load a shipped plan for the place that owns it."""
    PlaceFactory(code=f"{owner_code(code):0<12}", name="本地")
    return load_plan(code, figures)


def _answers(run: Run, version: PlanVersion, group: list[Case], places: list[dict[str, Place]]) -> Iterator[Told]:
    book = rulebook(version)
    asked = tuple(book.questions(run.as_of))
    facts = recorded.of_today(running.Judging(book, run.as_of, run.prefix, asked))
    for case, found in zip(group, places, strict=True):
        of_target = [question for question in asked if question.target.code == case.target]
        place = found[of_target[0].target.subject]
        finding = the_one_that_counts(Finding.objects.filter(run=run, place=place, rule__target__code=case.target))
        question = next(question for question in of_target if question.milestone == finding.milestone)
        subject = Subject(question.target.subject, place.pk, place.code_on(run.as_of))
        yield Told(
            finding=finding,
            explained=telling.explain(run, case.target, place),
            now=recorded.answer(question, subject, facts),
        )


def the_one_that_counts(findings: Iterable[Finding]) -> Finding:
    """Return, of the findings on one target by milestone, the one whose verdict counts."""
    told = list(findings)
    verdict = judging.that_counts((finding.milestone, finding.verdict) for finding in told)
    those = sorted((finding for finding in told if finding.verdict == verdict), key=lambda finding: finding.milestone)
    return those[0] if verdict == Verdict.NOT_DUE else those[-1]


def number_of(said: Any) -> Decimal | None:
    return None if said is None else Decimal(str(said))


def number_told(value: Any) -> Decimal | None:
    """Return what the reading with a trace says as findings keep it: numbers, and 1 or 0 for a condition."""
    if isinstance(value, bool):
        return Decimal(int(value))
    return value if isinstance(value, Decimal) else None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.pack} {case.target}: {case.name}" for case in CASES])
def test_a_case_of_the_field(case: Case) -> None:
    answer = told(GROUP_OF[id(case)])[id(case)]
    finding, expected = answer.finding, case.expected
    assert finding.verdict == expected["verdict"]
    for name in ("measured", "required", "shortfall"):
        assert getattr(finding, name) == number_of(expected.get(name)), name
    assert finding.missing == (expected.get("missing", []) if finding.verdict == "undetermined" else None)
    if "of" in expected:
        assert finding.detail is not None
        assert (finding.detail["known"], finding.detail["of"]) == (expected["known"], expected["of"])

    assert answer.explained.agrees
    assert answer.explained.verdict == expected["verdict"]
    assert answer.explained.sentence
    if "of" in expected:
        assert (answer.explained.members_known, answer.explained.members_of) == (expected["known"], expected["of"])

    now = answer.now
    assert now.verdict == expected["verdict"]
    assert number_told(now.measured.value) == finding.measured
    if finding.measured is not None and finding.required is not None:
        assert number_told(now.required) == finding.required
    assert number_told(now.shortfall) == finding.shortfall


def book(plan: str) -> Rulebook:
    with transaction.atomic():
        found = rulebook(owned_plan(plan))
        transaction.set_rollback(True)
    return found


def targets_shown(plan: str, *verdicts: str) -> set[str]:
    return {case.target for case in CASES if case.pack == plan and case.expected["verdict"] in verdicts}


@pytest.mark.parametrize("plan", PLANS)
def test_every_target_has_a_case_that_is_met_and_one_that_is_missed(plan: str) -> None:
    asked = {target.code for target in book(plan).pack.targets if any(requires(rule) for rule in target.rules)}
    only_counted = {target.code for target in book(plan).pack.targets} - asked
    assert targets_shown(plan, "met") == asked
    assert targets_shown(plan, "not_met", "attention", "reported") == asked | only_counted


def requires(rule: RuleSpec) -> bool:
    """Whether the rule can be met: it has a bound, a condition or a ratio."""
    bounded = rule.bounds or any(milestone.bounds for milestone in rule.milestones)
    return bool(bounded or rule.holds or rule.ratio)


def test_the_cases_show_every_verdict_the_packs_can_give() -> None:
    shown = {case.expected["verdict"] for case in CASES}
    assert shown >= set(Verdict.values) - {"no_rule", "reported"}  # these two also need other packs: test_judging.py


@pytest.mark.parametrize("plan", PLANS)
def test_every_case_names_its_row_of_the_catalogue_as_the_pack_does(plan: str) -> None:
    rows = {target.code: target.catalogue for target in book(plan).pack.targets}
    for case in CASES:
        if case.pack == plan:
            assert case.row in rows[case.target], case.name


def test_the_packs_the_cases_speak_of_are_those_that_are_shipped() -> None:
    assert PACK.stem in PLANS
    assert {case.pack for case in CASES} == set(PLANS)
    assert set(WIDTHS) == set(LEVELS)
