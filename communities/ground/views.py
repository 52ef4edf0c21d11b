"""
The pages of registers, jobs and files: what is kept, what is being done, how far it is, what came of it.

A job is seen by who reaches its area, and so is a file. What lies outside is not there (404), be it one's own of
another time: what an account did where it was before stays there.
Where a job led to a page, the app that did it names an address `job_result_<kind>`; the job's page links to it.
"""

import logging
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import EmptyResultSet, PermissionDenied
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from . import events, personal, proposals
from . import jobs as work
from .access import asked_by_pages, lets_in, roles
from .models import Job, Role, StoredFile
from .models.files import FileAlteredError
from .models.jobs import Status
from .pages import PageRequest, is_officer
from .roles import BUSINESS, STAFF, is_business

logger = logging.getLogger(__name__)
ON_A_PAGE = 50
MADE_TO_BE_READ = frozenset({"application/pdf"})  # all else is only ever saved, and holds what offices work with


def _within_reach(request: PageRequest) -> QuerySet[Job]:
    return work.seen_by(request.user).select_related("requested_by", "artefact")


@roles(*BUSINESS)
@require_safe
def jobs(request: PageRequest) -> HttpResponse:
    """Show the jobs within reach, the newest first; `before` is the number where the page before ended."""
    rows = _within_reach(request)
    status = request.GET.get("status", "")
    if status in Status.values:
        rows = rows.filter(status=status)
    if (before := request.GET.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.order_by("-pk")[: ON_A_PAGE + 1])
    more = f"?status={status}&before={shown[ON_A_PAGE - 1].pk}" if len(shown) > ON_A_PAGE else ""
    context = {"jobs": shown[:ON_A_PAGE], "status": status, "statuses": Status.choices, "after_url": more}
    return render(request, "ground/jobs.html", context)


@roles(*BUSINESS)
@require_safe
def job(request: PageRequest, key: int) -> HttpResponse:
    """Show one job: how far it is, its log, what came of it."""
    return render(request, "ground/job.html", _of(request, key))


@asked_by_pages
@roles(*BUSINESS)
@require_safe
def progress(request: PageRequest, key: int) -> HttpResponse:
    """Show only how far the job is: what the job's page asks for every second; an ended job reloads the page."""
    context = _of(request, key)
    response = render(request, "components/job.html", context)
    if context["job"].has_ended:
        response["HX-Refresh"] = "true"
    return response


@roles(*BUSINESS)
@require_POST
def cancel(request: PageRequest, key: int) -> HttpResponse:
    """Cancel a job of one's own, or as an officer one within reach."""
    found = get_object_or_404(_within_reach(request), pk=key)
    if found.requested_by != request.user and not is_officer(request):
        raise PermissionDenied(_("Only who asked for a job, or an officer, may cancel it."))
    if work.cancel(found):
        events.record("job.cancel", by=request.user, obj=found, prefix=found.prefix)
        kept = work.keeps_what_is_done(found.kind)
        told = _("The job was cancelled. What was finished before stays.") if kept else ""
        messages.success(request, told or _("The job was cancelled. Nothing it had begun was kept."))
    else:
        messages.warning(request, _("The job had ended before it could be cancelled."))
    return redirect("job", key=key)


def _of(request: PageRequest, key: int) -> dict[str, Any]:
    found = get_object_or_404(_within_reach(request), pk=key)
    result, link = _result(request, found)
    return {
        "job": found,
        "poll_url": reverse("job_progress", args=[found.pk]),
        "result_url": result,
        "result_link": link,
        "may_cancel": not found.has_ended and (found.requested_by == request.user or is_officer(request)),
    }


def _result(request: PageRequest, found: Job) -> tuple[str, str]:
    """Return the address and the words of what the job made; empty where this account has nothing to open."""
    with suppress(NoReverseMatch):
        page = reverse(f"job_result_{found.kind}", args=[found.pk])
        if lets_in(resolve(page).func, request.user):
            return page, _("See the result")
    return (reverse("file", args=[found.artefact_id]), _("Download")) if found.artefact_id else ("", "")


@roles(*BUSINESS)
@require_safe
def file(request: PageRequest, key: int) -> HttpResponseBase:
    """
    Send a file within reach and record that it was sent; its type is never guessed by the browser.

    What offices work with, a ledger for instance, is for who imports and exports them, and for who made it; what may
    hold personal numbers is for who made it alone, no successor either, until it is removed; and an export with numbers
    in clear only as long as its maker may reveal them. The evidence of a proposal goes with the proposal.
    """
    own = request.user.own("created_by", "created_at")
    within = StoredFile.objects.within(request.scope).filter(Q(is_encrypted=False) | Q(created_by=request.user))
    if not proposals.may_open_evidence(key, request.user):
        raise Http404
    if not request.scope.roles & {Role.OFFICER, Role.CLERK}:
        within = within.filter(Q(content_type__in=MADE_TO_BE_READ) | own)
    found = get_object_or_404(within, pk=key)
    if found.is_encrypted and personal.is_export_in_clear(found) and not personal.may_reveal(request.user):
        raise PermissionDenied(
            _("This export holds numbers in clear, and your account has no right to them any more. Export it masked.")
        )
    if found.removed_at:
        return render(request, "ground/file_removed.html", {"file": found}, status=410)
    try:
        opened = found.opened()
    except FileAlteredError:
        logger.error("The bytes of file %s are not those that were kept.", found.pk)
        return render(request, "ground/file_removed.html", {"file": found, "altered": True}, status=410)
    events.record("file.download", by=request.user, obj=found, prefix=found.prefix, sha256=found.sha256)
    inline = found.content_type in MADE_TO_BE_READ and "view" in request.GET
    response = FileResponse(opened, as_attachment=not inline, filename=found.name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@roles(*STAFF)
@require_safe
def registers(request: PageRequest) -> HttpResponse:
    """Show the registers in the officials' order, each with how many rows of it lie within reach."""
    apps = [app for app in admin.site.get_app_list(request) if is_business(app["app_label"])]
    shown = [(app["name"], [entry for entry in app["models"] if entry["admin_url"]]) for app in apps]
    counted = _counted(request, [entry["model"] for _name, entries in shown for entry in entries])
    groups = [(name, [{**entry, "rows": counted[entry["model"]]} for entry in entries]) for name, entries in shown]
    may_import = lets_in(resolve(reverse("imports")).func, request.user)
    return render(request, "ground/registers.html", {"groups": groups, "may_import": may_import})


def _counted(request: PageRequest, models: list[type[Model]]) -> dict[type[Model], int]:
    """Return how many rows of each register its admin shows to this account, all counted in one statement."""
    counts: list[str] = []
    parameters: list[Any] = []
    asked: list[type[Model]] = []
    for model in models:
        rows = admin.site.get_model_admin(model).get_queryset(request).order_by().values("pk")
        with suppress(EmptyResultSet):  # an account that reaches nothing
            statement, values = rows.query.sql_with_params()
            counts.append(f"(SELECT count(*) FROM ({statement}) rows)")  # noqa: S608  Django's own statement
            parameters += values
            asked.append(model)
    if not asked:
        return dict.fromkeys(models, 0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", parameters)
        return dict.fromkeys(models, 0) | dict(zip(asked, cursor.fetchone(), strict=True))
