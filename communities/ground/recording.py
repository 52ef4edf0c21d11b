"""
What is recorded without anybody's asking: that a page or a deed was refused, or asked for what is not there.

A page is refused as a whole (403, 404); a deed by the action behind a page that is open to the account, which says so
in words and has written nothing: the door calls `deed_refused`.
One event an account, route and minute, of a deed also one a reason and what it was to be done to: whoever reloads a
refused page a thousand times, or has a script try numbers, is recorded, and does not fill the table.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from . import events
from .numbers import without_personal_numbers

RECORDED = {403: "page.refuse", 404: "page.miss"}
AT_MOST_EVERY = 60  # seconds
LONGEST = 60


class RefusalMiddleware:
    """Record refusals of accounts that are signed in; those of nobody are in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in RECORDED and request.resolver_match and request.user.is_authenticated:
            self._record(request, RECORDED[response.status_code])
        return response

    def _record(self, request: HttpRequest, action: str) -> None:
        match: Any = request.resolver_match
        if cache.add(f"{action}:{request.user.pk}:{match.route}", 1, AT_MOST_EVERY):
            asked = [without_personal_numbers(str(value))[:LONGEST] for value in match.kwargs.values()]
            events.record(
                action,
                by=request.user,  # type: ignore[arg-type]
                route=match.route,
                method=request.method,
                asked=asked,
            )


def deed_refused(request: HttpRequest, obj: Model | None, why: str, prefix: str = "") -> None:
    """Record that what was asked by this page was not done to `obj`, and why in one word (a code, never a message)."""
    match: Any = request.resolver_match
    whom = f"{obj._meta.label}:{obj.pk}" if obj is not None else ""
    if cache.add(f"deed.refuse:{request.user.pk}:{match.route}:{whom}:{why}", 1, AT_MOST_EVERY):
        by: Any = request.user
        events.record("deed.refuse", by=by, obj=obj, prefix=prefix, route=match.route, why=why)
