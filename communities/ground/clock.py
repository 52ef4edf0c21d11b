"""The one clock. Whoever needs to know what day it is asks here, so that a test (or an auditor) can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time

from django.utils import timezone

_frozen: ContextVar[date | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """Return this moment, aware, in the portal's time zone; noon of the frozen day in a frozen context."""
    day = _frozen.get()
    if day is None:
        return timezone.localtime()
    return timezone.make_aware(datetime.combine(day, time(12)))


def today() -> date:
    """Return today's date in the portal's time zone."""
    return _frozen.get() or timezone.localdate()


@contextmanager
def frozen(day: date) -> Iterator[None]:
    """Hold the clock at `day` while the block runs."""
    token = _frozen.set(day)
    try:
        yield
    finally:
        _frozen.reset(token)
