"""
Verifications of the chain as they are asked for: by an auditor on the page, or by the clock every night.

Each is a job that keeps what it found. The head that the last one found is held against the chain by the next, so
that an end cut off since then is seen, unless the jobs were cut as well: what is kept outside is better.
"""

import structlog
from django.utils.translation import gettext as _

from . import events, jobs, sealing
from .models import Job, Seal, User
from .models.jobs import Status
from .sealing import Head

KIND = "verify_events"
FOUND = "found"

log = structlog.get_logger(__name__)


def order(*, by: User | None = None) -> Job:
    """Hand in a verification of the whole chain; return the one that is under way where there is one."""
    under_way = Job.objects.filter(kind=KIND, status__in=[Status.QUEUED, Status.RUNNING]).first()
    return under_way or jobs.submit(KIND, by=by, prefix=by.reach.prefixes[0] if by else "")


def verify_for(job: Job, progress: jobs.Progress) -> None:
    """Do the verification that the job stands for and keep what it found."""
    progress.process(_("Verification of the events"))
    progress.stage(_("Seals"), total=Seal.objects.count())
    before = last()
    known = [Head.read(before.arguments[FOUND]["head"])] if before and before.arguments[FOUND]["head"] else []
    result = sealing.verify(known=known, told=progress.step)
    Job.objects.filter(pk=job.pk).update(arguments=job.arguments | {FOUND: result.as_json()})
    progress.log(result.sentence())
    if not result.is_whole:
        log.error("events_are_not_whole", found=result.found, first=result.faults[0].words)
    by = job.requested_by
    events.record("event.verify", by=by, obj=job, rows=result.checked, faults=result.found, head=str(result.head or ""))


def last() -> Job | None:
    """Return the last verification that ended with a result."""
    done = Job.objects.filter(kind=KIND, status=Status.DONE, arguments__has_key=FOUND)
    return done.select_related("requested_by").order_by("-pk").first()


def latest() -> Job | None:
    """Return the last verification that was asked for, whatever became of it."""
    return Job.objects.filter(kind=KIND).select_related("requested_by").order_by("-pk").first()
