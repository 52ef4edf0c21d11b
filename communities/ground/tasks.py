"""The door for Celery. A message carries the number of a job and nothing else: the row is the truth."""

from celery import shared_task

from . import jobs


@shared_task(name="jobs.work")
def work(key: int) -> None:
    """Do the job with this number, if it is still to be done."""
    jobs.work(key)


@shared_task(name="jobs.ring_again", expires=55)
def ring_again() -> int:
    """Call for the jobs that nobody works on; every minute."""
    return jobs.ring_again()
