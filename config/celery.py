"""Celery: the doorbell of the jobs (`communities.ground.jobs`). The queue itself is the Job table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("linli")
app.config_from_object("config.queue")
app.autodiscover_tasks()
