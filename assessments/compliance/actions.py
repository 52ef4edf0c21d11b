"""What can be done with judging: judge, publish a run, compare two runs."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from assessments.plans.models import PlanVersion
from communities.ground import clock, events, history, periods
from communities.ground.models import Job, User
from communities.ground.publishing import already
from communities.ground.scope import prefix_of
from communities.places.models import Place

from . import running
from .facts import FactTables
from .models import Run
from .rulebook import rulebook


class Steps(Protocol):
    """Whoever wants to know how far a run is."""

    def stage(self, text: str, total: int | None = None) -> None:
        """A new stage has begun."""


def default_day(version: PlanVersion) -> date:
    """Return the earlier of today and the end of the plan's period."""
    last = periods.last(version.period)
    return min(clock.today(), last) if last else clock.today()


def area_judged(version: PlanVersion, within: str | None, day: date) -> str:
    """
    Return the code prefix of the places to be judged: the plan's area, or the part of it below `within`.

    Raises ValidationError where no place bears the code on that day, or it lies outside the plan's area.
    """
    owner = version.plan.prefix
    if within is None:
        return owner
    prefix = prefix_of(within)
    if prefix.startswith(owner):
        code = prefix.ljust(12, "0")
        # Cut short, 3701021 would stand for the town 370102100 and judge its neighbours, 370102101 and on, with it.
        cut_short = prefix_of(code) != prefix
        if cut_short or not Place.objects.filter(codes__code=code, codes__during__contains=day).exists():
            raise ValidationError(_("No place bears the code {code} on {day}.").format(code=within, day=day))
        return prefix
    raise ValidationError(
        _("The place {code} does not lie within the area of the plan, {owner}.").format(code=within, owner=owner)
    )


def checked_day(version: PlanVersion, as_of: date | None) -> date:
    """Return the day to be judged; raise ValidationError for one before the plan's period or ahead of today."""
    day = as_of or default_day(version)
    first = periods.first(version.period)
    if first is not None and day < first:
        raise ValidationError(
            _("The plan begins on {first}; it cannot be judged as of {day}.").format(first=first, day=day)
        )
    if day > clock.today():
        raise ValidationError(_("{day} lies ahead: nothing is recorded for it yet.").format(day=day))
    return day


def checked_moment(known_at: datetime) -> datetime:
    """Return the moment of knowledge; raise ValidationError for one outside the years known here, or to come."""
    day = known_at.date()
    if not periods.DATES_FROM <= day <= periods.DATES_TO:
        raise ValidationError(_("%(day)s is outside the years 1900 to 2199.") % {"day": day})
    if known_at > clock.now():
        raise ValidationError(_("What will be known at {at} is not known yet.").format(at=clock.shown(known_at)))
    return known_at


def check_publishable(version: PlanVersion, known_at: datetime | None) -> None:
    """Raise ValidationError where a run by this version, or by what was known at a moment, is never published."""
    if not version.is_published:
        raise ValidationError(_("The plan version this run judged by has not been published; publish it first."))
    if known_at is not None:
        raise ValidationError(_("The run says what was known at a moment gone by; such a run is never published."))


@transaction.atomic
def evaluate(
    *,
    version: PlanVersion,
    as_of: date | None = None,
    within: str | None = None,
    known_at: datetime | None = None,
    by: User | None = None,
    job: Job | None = None,
    steps: Steps | None = None,
) -> Run:
    """
    Judge every place of the plan's area, or below `within`, against every target as at a day.

    One grouped statement per register, one INSERT … SELECT per question, whatever the number of places. Nothing is
    visible until all of it is. With `known_at`, by what was recorded in the registers at that moment, the plan being
    that of today. Raises ValidationError for a day before the plan, a place outside it or a moment unknown here.
    """
    day = checked_day(version, as_of)
    if known_at is not None:
        checked_moment(known_at)
    book = rulebook(version)
    with history.as_known_at(known_at) if known_at else nullcontext():
        judging = running.Judging(book, day, area_judged(version, within, day), tuple(book.questions(day)))
        run = Run.objects.create(
            version=version, as_of=day, prefix=judging.prefix, known_at=known_at, started_by=by, job=job
        )
        _judge(run, judging, steps)
    events.record("run.evaluate", by=by, obj=run, prefix=run.prefix, plan=version.plan.code, as_of=day.isoformat())
    return run


def _judge(run: Run, judging: running.Judging, steps: Steps | None) -> None:
    """Write what the run finds: findings, the facts they rest on, roll-ups."""
    tables = judging.tables(f"run{run.pk}")
    _tell(steps, _("Gathering the facts"))
    tables.build()
    _tell(steps, _("Judging"))
    running.write_findings(judging, tables, run.pk)
    _tell(steps, _("Keeping the facts"))
    running.write_snapshot(judging, tables, run.pk)
    _tell(steps, _("Adding up"))
    running.write_roll_ups(judging, tables, run.pk)
    _close(run, judging, tables)
    tables.drop()


def _tell(steps: Steps | None, text: str) -> None:
    if steps is not None:
        steps.stage(text)


def _close(run: Run, judging: running.Judging, tables: FactTables) -> None:
    """Count what was written and hold it against what must be there."""
    run.counts = running.count_verdicts(run.pk)
    run.places = running.places_judged(tables, judging)
    run.has_example_data = running.has_example_data(judging, tables)
    expected = running.expected_findings(judging.asked, tables, judging)
    if run.findings_in_all != expected:
        raise RuntimeError(f"Run {run.pk} has {run.findings_in_all} findings; {expected} were due.")
    run.save(update_fields=["counts", "places", "has_example_data"])


@transaction.atomic
def publish(run: Run, *, by: User | None = None) -> Run:
    """
    Publish the run for leaders and reports. Trials of a draft too.

    Raises AlreadyPublishedError, which names who did it and when, for one that is published; ValidationError where
    its plan version is not.
    """
    rows = Run.objects.select_for_update(of=("self",)).select_related("version__plan", "published_by")
    locked = rows.get(pk=run.pk)
    if locked.published_at is not None:
        raise already(locked.published_at, locked.published_by)
    check_publishable(locked.version, locked.known_at)
    locked.published_at, locked.published_by = clock.now(), by
    locked.save(update_fields=["published_at", "published_by"])
    events.record("run.publish", by=by, obj=locked, prefix=locked.prefix, plan=locked.version.plan.code)
    return locked


@dataclass(frozen=True)
class Flip:
    """A verdict that differs between two runs."""

    target: str
    code: str
    place: str
    milestone: int
    before: str
    after: str


def flips(before: Run, after: Run, *, most: int | None = 500) -> tuple[int, list[Flip]]:
    """Return how many verdicts differ between two runs of a plan as at one day, and the first `most` (None: all)."""
    with connection.cursor() as cursor:
        cursor.execute(FLIPS, [before.pk, after.pk, after.as_of])
        rows = cursor.fetchall()
    return len(rows), [Flip(*row) for row in rows[:most]]


FLIPS = """
WITH told AS NOT MATERIALIZED (
    SELECT f.run_id, t.code AS target, f.place_id, f.milestone, f.verdict
    FROM compliance_finding f
    JOIN plans_rule r ON r.id = f.rule_id
    JOIN plans_target t ON t.id = r.target_id
)
SELECT COALESCE(b.target, a.target), c.code, p.name, COALESCE(b.milestone, a.milestone),
       COALESCE(b.verdict, ''), COALESCE(a.verdict, '')
FROM (SELECT * FROM told WHERE run_id = %s) b
FULL JOIN (SELECT * FROM told WHERE run_id = %s) a
    ON a.target = b.target AND a.place_id = b.place_id AND a.milestone = b.milestone
JOIN places_place p ON p.id = COALESCE(a.place_id, b.place_id)
JOIN places_placecode c ON c.place_id = p.id AND c.during @> %s::date
WHERE a.verdict IS DISTINCT FROM b.verdict
ORDER BY 1, 2, 4
"""
