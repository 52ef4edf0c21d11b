"""
Verifications of the chain as they are asked for: by an auditor on the page, or by the clock every night.

Each is a job that keeps what it found. The next is held against the head of the last that lost none (`heads`), so that
an end cut off since then is seen, and seen again until an auditor acknowledges it; unless the jobs were cut as well:
what is kept outside is better.
"""

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from . import clock, events, heads, jobs, sealing
from .heads import ACKNOWLEDGED, FOUND, KIND
from .models import Job, Seal, User
from .models.jobs import Status
from .numbers import holds_personal_number

SHORTEST_REASON = 4

log = structlog.get_logger(__name__)


class RefusedError(ValueError):
    """The loss cannot be acknowledged; the message says why."""


def order(*, by: User | None = None) -> Job:
    """Hand in a verification of the whole chain; return the one that is under way where there is one."""
    under_way = Job.objects.filter(kind=KIND, status__in=[Status.QUEUED, Status.RUNNING]).first()
    return under_way or jobs.submit(KIND, by=by, prefix=by.reach.prefixes[0] if by else "")


def verify_for(job: Job, progress: jobs.Progress) -> None:
    """Do the verification that the job stands for and keep what it found."""
    progress.process(_("Verification of the events"))
    progress.stage(_("Seals"), total=Seal.objects.count())
    before = heads.held_against()
    result = sealing.verify(known=[before] if before else [], told=progress.step)
    found = result.as_json() | {"held_against": str(before or "")}
    Job.objects.filter(pk=job.pk).update(arguments=job.arguments | {FOUND: found})
    progress.log(result.sentence())
    if not result.is_whole:
        log.error("events_are_not_whole", found=result.found, first=result.faults[0].words)
    by = job.requested_by
    events.record(heads.VERIFIED, by=by, obj=job, rows=result.checked, faults=result.found, head=str(result.head or ""))


def last() -> Job | None:
    """Return the last verification that ended with a result."""
    return heads.finished().first()


def latest() -> Job | None:
    """Return the last verification that was asked for, whatever became of it."""
    return Job.objects.filter(kind=KIND).select_related("requested_by").order_by("-pk").first()


@transaction.atomic
def acknowledge(key: int | None, *, reason: str, by: User) -> None:
    """
    Acknowledge, with a reason, that the last verification, numbered `key`, lost a head.

    Later ones are held against what it found. Raises RefusedError where it is not the last one, lost none, or is
    acknowledged already.
    """
    newest = last()
    if newest is None or newest.pk != key:
        raise RefusedError(_("Another verification has ended since; look at what it found first."))
    job = Job.objects.select_for_update().get(pk=newest.pk)
    if not job.arguments[FOUND].get("lost") or ACKNOWLEDGED in job.arguments:
        raise RefusedError(_("There is nothing to acknowledge in the last verification."))
    if len(reason.strip()) < SHORTEST_REASON or holds_personal_number(reason):
        raise RefusedError(_("Say in a few words what happened, without identity or mobile numbers."))
    said = {"reason": reason.strip(), "by": by.pk, "at": clock.now().isoformat()}
    Job.objects.filter(pk=job.pk).update(arguments=job.arguments | {ACKNOWLEDGED: said})
    lost = job.arguments[FOUND].get("held_against", "")
    events.record(heads.ACCEPTED, by=by, obj=job, lost=lost, reason=reason.strip())


def acknowledged(job: Job) -> dict[str, str] | None:
    """Return who acknowledged the loss that this verification found, and why; None where nobody has."""
    said = job.arguments.get(ACKNOWLEDGED)
    if said is None:
        return None
    return {"by": str(User.objects.get(pk=said["by"])), "reason": said["reason"]}
