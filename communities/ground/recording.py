"""
What is recorded without anybody's asking: that a page was refused, or asked for what is not there.

One event an account, route and minute: whoever reloads a refused page a thousand times, or has a script try numbers,
is recorded, and does not fill the table.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
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
