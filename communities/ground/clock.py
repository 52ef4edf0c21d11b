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


def moment(text: str) -> datetime:
    """Read a moment in the portal's time zone: 2008-12-31T18:00, or a day alone for its end. ValueError for none."""
    if "T" not in text and " " not in text:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time.max))
    read = datetime.fromisoformat(text)
    return read if timezone.is_aware(read) else timezone.make_aware(read)


def shown(at: datetime) -> str:
    """Return a moment as people read it: 2008-12-31 18:00, in the portal's time zone."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M").rjust(16, "0")


@contextmanager
def frozen(day: date) -> Iterator[None]:
    """Hold the clock at `day` while the block runs."""
    token = _frozen.set(day)
    try:
        yield
    finally:
        _frozen.reset(token)
