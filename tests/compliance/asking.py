"""One question asked of one place in every way there is: the run, its own facts, those of today, the explanation."""

from dataclasses import dataclass
from datetime import date

from assessments.compliance import actions, recorded, running, telling
from assessments.compliance.explanation import Explanation
from assessments.compliance.models import Finding, Run
from assessments.compliance.recorded import Answered
from assessments.compliance.rulebook import rulebook
from assessments.formulas import MISSING, Subject
from assessments.plans.models import PlanVersion
from communities.places.models import Place


@dataclass(frozen=True)
class Told:
    """What was said about one place, four times."""

    run: Run
    finding: Finding
    by_run: Answered
    by_now: Answered
    explained: Explanation


def ask(version: PlanVersion, place: Place, day: date, target: str = "asked", run: Run | None = None) -> Told:
    """Judge (unless there is a `run`) and read the answer in every way; all must say the same."""
    run = run or actions.evaluate(version=version, as_of=day)
    book = rulebook(version)
    asked = tuple(book.questions(day))
    question = next(one for one in asked if one.target.code == target)
    code = place.code_on(day)
    subject = Subject(question.target.subject, place.pk, code)
    told = Told(
        run=run,
        finding=Finding.objects.get(run=run, place=place, rule__target__code=target),
        by_run=recorded.answer(question, subject, recorded.of_run(book, run, question, code)),
        by_now=recorded.answer(question, subject, recorded.of_today(running.Judging(book, day, run.prefix, asked))),
        explained=telling.explain(run, target, place),
    )
    for answered in (told.by_run, told.by_now):
        assert answered.verdict == told.finding.verdict
        value = answered.measured.value
        if question.measured.type == "number":
            assert (None if isinstance(value, type(MISSING)) else value) == told.finding.measured
    assert told.explained.agrees
    return told
