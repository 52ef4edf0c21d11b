"""
Settings of Celery. With REDIS_URL: Redis. Without: files under var/queue, for one machine and one worker.

A lost message costs nothing but a minute: the Job row is the queue, and whoever finds an unsent or abandoned
row rings again.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.conf import settings

broker_url = settings.REDIS_URL or ("memory://" if settings.TESTING else "filesystem://localhost/")
task_default_queue = "linli"
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_time_limit = settings.JOB_TIME_LIMIT + 60
task_soft_time_limit = settings.JOB_TIME_LIMIT
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 100  # rendering PDF grows
worker_hijack_root_logger = False
worker_send_task_events = False
worker_cancel_long_running_tasks_on_connection_loss = True
broker_connection_retry_on_startup = True
timezone = settings.TIME_ZONE
beat_schedule_filename = str(settings.VAR_DIR / "celerybeat-schedule")
beat_schedule = {
    "ring again for unsent and abandoned jobs": {
        "task": "jobs.ring_again",
        "schedule": timedelta(seconds=min(60, settings.JOB_LEASE)),
    },
    "end the sessions that nobody came back to": {"task": "signins.tidy", "schedule": timedelta(minutes=10)},
    "empty the forms of proposals that came back": {"task": "proposals.forget", "schedule": crontab(hour=3, minute=20)},
    "remove files with personal numbers": {"task": "personal.remove_files", "schedule": timedelta(hours=1)},
    "destroy the keys of people whose day is over": {
        "task": "people.destroy_expired_keys",
        "schedule": crontab(hour=3, minute=17),
    },
    "seal the events of the last minute": {"task": "events.seal", "schedule": timedelta(minutes=1)},
    "remind of what is due in the yearly evaluation": {
        "task": "filings.remind",
        "schedule": crontab(hour="6", minute="10"),
    },
    "write the head of the chain to the log": {"task": "events.note_head", "schedule": timedelta(hours=1)},
    "verify the chain of events every night": {"task": "events.verify", "schedule": crontab(hour="3", minute="30")},
}

FOLDER = settings.VAR_DIR / "queue"


def _transport_options() -> dict[str, Any]:
    """Redis gives a message to another worker after a time longer than any job; the files need their folders."""
    if settings.REDIS_URL or settings.TESTING:
        return {"visibility_timeout": task_time_limit + 600}
    for name in ("messages", "control"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(FOLDER / "messages"),
        "data_folder_out": str(FOLDER / "messages"),
        "control_folder": str(FOLDER / "control"),
    }


broker_transport_options = _transport_options()
