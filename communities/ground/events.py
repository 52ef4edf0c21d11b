"""The way to record that somebody did something; in the same transaction as the deed."""

from typing import Any

import structlog
from django.db.models import Model

from .models import Event, User


def record(action: str, *, by: User | None = None, obj: Model | None = None, prefix: str = "", **detail: Any) -> Event:
    """Append the event that `by` did `action` to `obj`; `detail` must be plain JSON and name no person."""
    return Event.objects.create(
        action=action,
        actor=by if by is not None and by.pk else None,
        object_type=obj._meta.label if obj is not None else "",
        object_key=str(obj.pk) if obj is not None else "",
        prefix=prefix,
        detail=detail,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
