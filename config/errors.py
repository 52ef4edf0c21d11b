"""
What a page says when it cannot do what was asked: what happened, that nothing was lost, what to do, a number.

The number is the beginning of the request's id, which stands in every log line of that request.
"""

from typing import Any
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from assessments.compliance.viewpoint import NotADayError, NotThereError
from assessments.reports.frame import AS_OF

LENGTH = 8

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request makes no sense, or is too large; where only its day is none, another can be chosen at once."""
    if isinstance(exception, NotADayError):
        kept = [(name, value) for name, value in request.GET.items() if name != AS_OF]
        return _framed(request, "errors/400_day.html", 400, reason=_words(exception), kept=kept)
    return _bare("errors/400.html", 400)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: this account has no right to the page; the exception's words say which."""
    return _framed(request, "errors/403.html", 403, reason=_words(exception))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came without its token: the session ended, or cookies are off."""
    return _bare("errors/403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing is kept under this address, or not for this account; both look the same."""
    reason = _words(exception) if isinstance(exception, NotThereError) else ""
    return _framed(request, "errors/404.html", 404, reason=reason)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. Touches neither database nor session, as they may be what is broken."""
    return _bare("errors/500.html", 500)


def number() -> str:
    """Return the number to quote; where the request has no id yet, a new one that is written to the log."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if not request_id:
        request_id = uuid4().hex
        log.error("error_page_without_request", request_id=request_id)
    return str(request_id)[:LENGTH]


def _words(exception: Exception) -> str:
    return str(exception.args[0]) if exception.args else ""


def _framed(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    page = render_to_string(template, {"error_number": number(), **context}, request)
    return HttpResponse(page, status=status)


def _bare(template: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template, {"error_number": number()}), status=status)
