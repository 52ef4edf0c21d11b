"""
What Jinan 2007 asks, by the field's own examples: every boundary, and what is not known.

Each case is answered three times: by the run in SQL, by the explanation out of the run's snapshot, and by the reading
with a trace over what is recorded now. All three must say what the case says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.db import transaction

from assessments.compliance import actions, recorded, running, telling
from assessments.compliance.explanation import Explanation
from assessments.compliance.facts import WIDTHS
from assessments.compliance.models import Finding, Run, Verdict
from assessments.compliance.recorded import Answered
from assessments.compliance.rulebook import Rulebook, rulebook
from assessments.formulas import Subject
from assessments.plans.models import PlanVersion
from communities.places.models import Place
from tests.factories.places import PlaceFactory

from .cases import PACK, Case, World, load_plan, read_cases

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CASES = read_cases()
FIRST_DISTRICT, MOST_DISTRICTS = 10, 60


@dataclass(frozen=True)
class Told:
    """What was said about one case: by the run, by the explanation, by what is recorded now."""

    finding: Finding
    explained: Explanation
    now: Answered


def groups() -> dict[tuple[Any, ...], list[Case]]:
    """Return the cases that can be judged by one run, a district each; who speaks of the city is alone."""
    found: dict[tuple[Any, ...], list[Case]] = {}
    for number, case in enumerate(CASES):
        alone = "city" in case.facts or case.target in ("old_city_solved", "city_training")
        together = f"alone {number}" if alone else f"districts {number // MOST_DISTRICTS}"
        found.setdefault((case.as_of, case.plan, together), []).append(case)
    return found


GROUPS = groups()
GROUP_OF = {id(case): key for key, group in GROUPS.items() for case in group}


@cache
def told(key: tuple[Any, ...]) -> dict[int, Told]:
    """Judge a group of cases and return what was said about each; nothing stays in the database."""
    group = GROUPS[key]
    day, plan, _together = key
    with transaction.atomic():
        city = PlaceFactory(code="370100000000", name="济南市")
        version = load_plan(dict(plan))
        world = World.under(version, day)
        assert world.city == city
        places = [world.record(case, FIRST_DISTRICT + number) for number, case in enumerate(group)]
        run = actions.evaluate(version=version, as_of=day)
        answers = list(_answers(run, version, group, places))
        transaction.set_rollback(True)
    return dict(zip(map(id, group), answers, strict=True))


def _answers(run: Run, version: PlanVersion, group: list[Case], places: list[dict[str, Place]]) -> Iterator[Told]:
    book = rulebook(version)
    asked = tuple(book.questions(run.as_of))
    facts = recorded.of_today(running.Judging(book, run.as_of, run.prefix, asked))
    for case, found in zip(group, places, strict=True):
        question = next(question for question in asked if question.target.code == case.target)
        place = found[question.target.subject]
        subject = Subject(question.target.subject, place.pk, place.code_on(run.as_of))
        yield Told(
            finding=Finding.objects.get(run=run, place=place, rule__target__code=case.target),
            explained=telling.explain(run, case.target, place),
            now=recorded.answer(question, subject, facts),
        )


def number_of(said: Any) -> Decimal | None:
    return None if said is None else Decimal(str(said))


def number_told(value: Any) -> Decimal | None:
    """Return what the reading with a trace says as findings keep it: numbers, and 1 or 0 for a condition."""
    if isinstance(value, bool):
        return Decimal(int(value))
    return value if isinstance(value, Decimal) else None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.target}: {case.name}" for case in CASES])
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


def book() -> Rulebook:
    with transaction.atomic():
        PlaceFactory(code="370100000000")
        found = rulebook(load_plan())
        transaction.set_rollback(True)
    return found


def test_every_target_has_a_case_that_is_met_and_one_that_is_missed() -> None:
    targets = {target.code for target in book().pack.targets}
    met = {case.target for case in CASES if case.expected["verdict"] == "met"}
    missed = {case.target for case in CASES if case.expected["verdict"] in ("not_met", "attention")}
    assert met == targets
    assert missed == targets


def test_the_cases_show_every_verdict_the_pack_can_give() -> None:
    shown = {case.expected["verdict"] for case in CASES}
    assert shown == set(Verdict.values) - {"no_rule", "reported"}  # these two need another pack: test_judging.py


def test_every_case_names_its_row_of_the_catalogue_as_the_pack_does() -> None:
    rows = {target.code: target.catalogue for target in book().pack.targets}
    for case in CASES:
        assert case.row in rows[case.target], case.name


def test_the_pack_the_cases_speak_of_is_the_one_that_is_shipped() -> None:
    assert PACK.is_file()
    assert set(WIDTHS) == {"city", "district", "street", "community"}
