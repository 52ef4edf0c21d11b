"""The door for the web server: `gunicorn config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

import config.celery  # noqa: F401 - the app through which tasks are sent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
