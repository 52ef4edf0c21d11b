"""
Run as `celery -A tests.ground.worker worker`: a worker that knows some jobs made for the tests.

Run as `python -m tests.ground.worker KIND N`: a process that hands such a job in and ends.
"""

import logging
import os
import sys
import time

import django
from django.db import connection
from django.db.backends.signals import connection_created

from config.celery import app

WITHIN_THE_SUITE = "pytest" in sys.modules
django.setup()

from communities.ground import events, jobs  # noqa: E402
from communities.ground.jobs import Progress  # noqa: E402
from communities.ground.models import Job, Role  # noqa: E402
from tests import watching  # noqa: E402

__all__ = ["app"]


def watch() -> None:
    """Write what leaves this process, log lines and rows of jobs, where the suite that started it looks."""
    root, seen = logging.getLogger(), watching.LogWatch()
    seen.setFormatter(next(handler.formatter for handler in root.handlers if handler.formatter is not None))
    root.addHandler(seen)
    connection_created.connect(watching._connected)


if watching.folder() is not None and not WITHIN_THE_SUITE:  # which watches itself
    watch()
events.ACTIONS["test.written"] = "wrote"


@jobs.handler("test_write", roles={Role.OFFICER})
def write(job: Job, progress: Progress) -> None:
    """Write `rows` events, one every `pause` seconds, in one transaction."""
    rows = job.arguments["rows"]
    progress.stage("writing", total=rows)
    for number in range(rows):
        events.record("test.written", prefix="37", job=job.pk, number=number)
        progress.step(item=f"row {number}")
        time.sleep(job.arguments.get("pause", 0))
    progress.log("all written")


@jobs.handler("test_die", roles=())
def die(job: Job, progress: Progress) -> None:
    """Take the worker down, as a want of memory does."""
    os._exit(9)


@jobs.handler("test_fail", roles=())
def fail(job: Job, progress: Progress) -> None:
    """Write something, then fail: nothing of it may stay."""
    events.record("test.written", job=job.pk)
    raise ValueError("No plan has the code jinan-2008. Known: jinan-2007.")


@jobs.handler("test_sql", roles=())
def sql(job: Job, progress: Progress) -> None:
    """Run the statements, as a handler that asks too much of the database."""
    with connection.cursor() as cursor:
        for statement in job.arguments["statements"]:
            cursor.execute(statement)


if __name__ == "__main__":
    print(jobs.submit(sys.argv[1], prefix="37", rows=int(sys.argv[2])).pk)
