"""
Celery: the doorbell of the jobs (`communities.ground.jobs`). The queue itself is the Job table.

Every worker, when it starts, rings for what the last one left behind. The clock of the periodic tasks is `celery
beat`; where there is no Redis, and so exactly one worker, it runs as a thread of that worker.
"""

import os
from typing import Any

from celery import Celery
from celery.beat import EmbeddedService
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("linli")
app.config_from_object("config.queue")
app.autodiscover_tasks()


@setup_logging.connect
def leave_the_logs_alone(**_: Any) -> None:
    """Django has set them up; Celery would do it again its own way."""


@worker_ready.connect
def ring_for_what_was_left(**_: Any) -> None:
    """Messages may have died with the last worker; the rows have not."""
    from communities.ground import jobs

    jobs.ring_again(all_queued=True)


@worker_ready.connect
def keep_the_clock(sender: Any, **_: Any) -> None:
    """Without Redis there is one worker and no beat beside it."""
    from django.conf import settings

    if not settings.REDIS_URL:
        EmbeddedService(app, thread=True).start()  # type: ignore[union-attr]
