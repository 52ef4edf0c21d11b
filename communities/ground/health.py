"""
Two questions a supervisor asks: is the process alive (`/healthz`), and can it do its work (`/readyz`).

The answers name the parts and nothing else; why a part is not well stands in the log.
"""

from collections.abc import Callable
from uuid import uuid4

import celery
import structlog
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from .access import public
from .checks import chinese_fonts

log = structlog.get_logger(__name__)

ASKED_ANEW_AFTER = 5  # seconds: anybody may ask, and asking costs a file and some queries


class NotReadyError(Exception):
    """A part cannot do its work."""


@public
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """Answer at all: asks neither the database nor anything else."""
    return JsonResponse({"alive": True})


@public
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 where every part can do its work, else 503, with the state of each; asked anew after some seconds."""
    parts = cache.get_or_set("ready", _all_parts, ASKED_ANEW_AFTER) or {}
    well = all(parts.values())
    return JsonResponse({"ready": well, "parts": parts}, status=200 if well else 503)


def _all_parts() -> dict[str, bool]:
    return {name: _is_well(name, ask) for name, ask in PARTS.items()}


def _is_well(name: str, ask: Callable[[], None]) -> bool:
    try:
        ask()
    except Exception as error:  # whatever it is, the answer is "not ready"
        log.warning("part_not_ready", part=name, error=str(error))
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReadyError(f"{len(waiting)} migrations are not applied: run `python manage.py migrate`")


def _broker() -> None:
    with celery.current_app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)


def _storage() -> None:
    name = default_storage.save(f"ready/{uuid4()}", ContentFile(b"ready"))
    default_storage.delete(name)


def _fonts() -> None:
    if not chinese_fonts():
        raise NotReadyError("no Chinese font is installed")


PARTS = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "storage": _storage,
    "fonts": _fonts,
}
