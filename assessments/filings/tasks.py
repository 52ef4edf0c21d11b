"""What workers do for the yearly evaluation: open one, take the facts anew, remind."""

from celery import shared_task
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from communities.ground import jobs
from communities.ground.jobs import Progress
from communities.ground.models import Job, Role, User

from . import deadlines, filling, opening, permitting, taking
from .models import Cycle


@jobs.handler(opening.KIND, roles={Role.OFFICER})
def open_cycle(job: Job, progress: Progress) -> None:
    """Open the evaluation that the job row describes."""
    progress.process(_("Opening a yearly evaluation"))
    cycle = opening.open_cycle(wanted=opening.told_to(job.arguments), by=_asked_by(job), steps=progress, job=job)
    progress.log(_("{cycle}: {n} filings").format(cycle=cycle, n=cycle.filings.count()))


@jobs.handler(taking.KIND, roles={Role.OFFICER})
def refresh(job: Job, progress: Progress) -> None:
    """Take the facts of the evaluation anew, and say in the job's log what changed."""
    progress.process(_("Taking the facts anew"))
    cycle = Cycle.objects.select_related("plan_version__plan", "sheet_version").get(pk=job.arguments["cycle"])
    changed = taking.refresh_cycle(cycle, _asked_by(job), steps=progress, job=job)
    for one in changed[:200]:
        progress.log(f"{one.place} {one.item}: {one.verdict_before or '—'} → {one.verdict or '—'}")
    progress.log(_("{n} answers changed.").format(n=len(changed)))


@jobs.handler("filings.file", roles={Role.CLERK, Role.WORKER}, atomic=False)  # each filing is filed by itself
def file_many(job: Job, progress: Progress) -> None:
    """File the filings whose keys the job names; what keeps one from being filed stands in the job's log."""
    keys = job.arguments["filings"]
    progress.process(_("Filing"))
    progress.stage(_("Filing"), total=len(keys))
    account = _asked_by(job)
    # One that a worker before this one filed, and then died, is filed.
    rows = permitting.filings_of(account).filter(pk__in=keys, state__in=taking.OPEN)
    for filing in rows.order_by("pk"):
        for sentence in filling.file_many([filing], account)[0][1]:
            progress.log(f"{filing.place}: {sentence}")
        progress.step(item=str(filing.place))


def _asked_by(job: Job) -> User:
    if job.requested_by is None:
        raise PermissionDenied(_("An evaluation is opened by an account, not by a command."))
    return job.requested_by


@shared_task(name="filings.remind", expires=3600)
def remind() -> int:
    """Make the reminders of the day; every morning."""
    return deadlines.remind()
