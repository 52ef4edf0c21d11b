"""The door for Celery. A message carries the number of a job and nothing else: the row is the truth."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from . import audit_exports, heads, jobs, personal, proposals, sealing, signins, verifying
from .jobs import Progress
from .models import Job
from .roles import Role


@shared_task(name="jobs.work")
def work(key: int) -> None:
    """Do the job with this number, if it is still to be done."""
    jobs.work(key)


@shared_task(name="jobs.ring_again", expires=55)
def ring_again() -> int:
    """Call for the jobs that nobody works on; every minute."""
    return jobs.ring_again()


@shared_task(name="events.seal", expires=55)
def seal_events() -> int:
    """Seal the events that came since the last round; every minute."""
    return sealing.seal()


@shared_task(name="events.note_head")
def note_head() -> None:
    """Seal whatever was left behind by the rounds, and write the head of the chain to the log; every hour."""
    sealing.seal(everything=True)
    sealing.note_head()


@shared_task(name="events.verify")
def ask_for_verification() -> None:
    """Have the whole chain verified; every night."""
    verifying.order()


@jobs.handler(heads.KIND, roles={Role.AUDITOR}, atomic=False)  # it writes what it found into the job's own row
def verify_events(job: Job, progress: Progress) -> None:
    """Verify the chain of seals."""
    verifying.verify_for(job, progress)


@jobs.handler(audit_exports.KIND, roles={Role.AUDITOR})
def export_events(job: Job, progress: Progress) -> None:
    """Write the events that an auditor searched to a file."""
    audit_exports.export_for(job, progress)


@shared_task(name="personal.remove_files", expires=3000)
def remove_files() -> int:
    """Remove the files that may hold personal numbers and whose moment has passed; every hour."""
    return personal.remove_files()


@shared_task(name="proposals.forget")
def forget_proposed_forms() -> int:
    """Empty the forms of proposals that came back long ago; every night."""
    return proposals.forget_sent()


@shared_task(name="signins.tidy", expires=500)
def tidy_sessions() -> int:
    """End the sessions that nobody came back to, and remove what is left of those long over; every ten minutes."""
    SessionStore.clear_expired()
    return signins.end_the_idle()
