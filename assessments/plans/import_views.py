"""
The pages of data import: the registers with their templates and exports, the upload, the preview, what was done.

A file is uploaded once and kept. A trial reads it and writes nothing; its page says what would be created, changed
and left, and which cells are wrong; then the same file is imported, all of it or what is right. Nobody imports what
the fence or the role does not allow: that is decided row by row, where the rows are written.
"""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.ground import clock, events, personal
from communities.ground.access import roles
from communities.ground.forms import unecho
from communities.ground.ledgers import exporting
from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.files import LedgerError
from communities.ground.ledgers.storing import Stamp
from communities.ground.ledgers.uploads import EXCEL, Upload
from communities.ground.models import Job, Role, StoredFile
from communities.ground.pages import PageRequest
from communities.ground.scope import Scope, prefix_of

from . import exports, previews
from . import imports as importing
from .import_forms import ExportForm, KindForm, UploadForm
from .ledgers import LEDGERS, of_kind

MAY_IMPORT = (Role.OFFICER, Role.CLERK)


@dataclass(frozen=True)
class RegisterRow:
    """A register as the page lists it."""

    ledger: Ledger
    rows: int
    may_import: bool
    url: str


@roles(*MAY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: PageRequest) -> HttpResponse:
    """Show the registers with how many rows lie within reach; take a file and hand in its trial."""
    if request.method != "POST":
        return _registers(request, UploadForm(ledgers=_writable(request)))
    form = UploadForm(request.POST, request.FILES, ledgers=_writable(request))
    if not form.is_valid():
        return _registers(request, form, status=422)
    upload: Upload = form.cleaned_data["file"]
    file = StoredFile.keep(
        upload.content,
        name=upload.name,
        content_type=upload.content_type,
        prefix=_shared(request),
        by=request.user,
        remove_after=clock.now() + timedelta(hours=settings.PERSONAL_FILE_HOURS),
    )
    events.record("ledger.upload", by=request.user, obj=file, prefix=file.prefix, sha256=file.sha256)
    return _tried(request, file, form.cleaned_data["kind"])


def _registers(request: PageRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    scope = _reach(request)
    listed = [
        RegisterRow(ledger, ledger.exported(scope).order_by().count(), _may_write(request, ledger), _register(ledger))
        for ledger in LEDGERS
    ]
    context = {"registers": listed, "form": form, "asked": request.GET.urlencode()}
    return render(request, "plans/imports.html", context, status=status)


def _reach(request: PageRequest) -> Scope:
    """What the account reaches, below the place chosen at the top of the page."""
    return exports.narrowed(request.scope, _area(request))


def _area(request: PageRequest) -> str:
    """The place chosen at the top of the page; where there is none, what all of the account's areas begin with."""
    chosen = prefix_of(request.GET.get("place", ""))
    return chosen if chosen and request.scope.covers(chosen) else _shared(request)


def _shared(request: PageRequest) -> str:
    """What all areas of the account begin with: who reaches that reaches all that it uploads."""
    shared, *others = request.scope.prefixes
    while not all(one.startswith(shared) for one in others):
        shared = shared[:-1]
    return shared


def _may_write(request: PageRequest, ledger: Ledger) -> bool:
    return Stamp(by=request.user).may("add", ledger.model)


def _writable(request: PageRequest) -> list[Ledger]:
    return [ledger for ledger in LEDGERS if _may_write(request, ledger)]


def _register(ledger: Ledger) -> str:
    """Return the address of the register in the admin: of the last part of the ledger that has one."""
    for part in reversed(ledger.parts):
        meta = part.model._meta
        with suppress(NoReverseMatch):
            return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return ""


def _ledger(kind: str) -> Ledger:
    try:
        return of_kind(kind)
    except LedgerError as error:
        raise Http404(str(error)) from error


def _tried(request: PageRequest, file: StoredFile, kind: str) -> HttpResponse:
    job = importing.order(file, importing.Order(kind, dry_run=True), by=request.user)
    return redirect("import_preview", key=job.pk)


@roles(*MAY_IMPORT)
@require_safe
def template(request: PageRequest, kind: str) -> FileResponse:
    """Send the empty form of a ledger."""
    ledger = _ledger(kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        exporting.template(path, ledger)
        opened = path.open("rb")  # outlives its name; closed with the response
    name = _("template of {label}.xlsx").format(label=ledger.label)
    return FileResponse(opened, as_attachment=True, filename=name, content_type=EXCEL)


@roles(*MAY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: PageRequest, kind: str) -> HttpResponse:
    """
    Make the file of what the account may see of a ledger: at once, or as a job where it is large.

    Where the ledger names people, the page asks for the purpose first.
    """
    ledger = _ledger(kind)
    form = ExportForm(
        request.POST if request.method == "POST" else None, ledger=ledger, may_reveal=personal.may_reveal(request.user)
    )
    if not form.is_valid():
        unecho(form)
        context = {"form": form, "ledger": ledger, "asked": request.GET.urlencode()}
        return render(request, "plans/export.html", context, status=422 if form.is_bound else 200)
    scope, area, wish = _reach(request), _area(request), form.wish
    if exports.is_large(ledger, scope):
        return redirect("job", key=exports.order(kind, wish, by=request.user, area=area).pk)
    file, _written = exports.export(ledger, wish, scope, by=request.user, area=area)
    return redirect("file", key=file.pk)


@roles(*MAY_IMPORT)
@require_safe
def preview(request: PageRequest, key: int) -> HttpResponse:
    """Show how far a trial or an import is, then what it found or did, and what can be done next."""
    job = _job(request, key)
    found = previews.of(job)
    context: dict[str, Any] = {
        "job": job,
        "poll_url": reverse("job_progress", args=[job.pk]),
        "file": previews.file_of(job),
        "is_trial": bool(job.arguments.get("dry_run")),
        "is_own": job.requested_by_id == request.user.pk,
        "found": found,
        "followed_by": previews.followed_by(job),
        "register_url": _register(found.ledger) if found else "",
        "form": KindForm(ledgers=_writable(request), initial={"kind": job.arguments.get("ledger", "")}),
    }
    return render(request, "plans/import_preview.html", context)


@roles(*MAY_IMPORT)
@require_POST
def apply(request: PageRequest, key: int) -> HttpResponse:
    """Import what the trial found right, from the file that is kept."""
    trial = _own(request, key)
    try:
        job = importing.follow(trial, by=request.user)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("import_preview", key=key)
    return redirect("import_preview", key=job.pk)


@roles(*MAY_IMPORT)
@require_POST
def again(request: PageRequest, key: int) -> HttpResponse:
    """Try the same file once more, as another ledger or against what is recorded by now."""
    file = previews.file_of(_own(request, key))
    form = KindForm(request.POST, ledgers=_writable(request))
    if file is None or file.removed_at or not form.is_valid():
        messages.error(request, _("This cannot be tried again. Upload the file anew."))
        return redirect("imports")
    return _tried(request, file, form.cleaned_data["kind"])


def _job(request: PageRequest, key: int) -> Job:
    seen = Job.objects.seen_by(request.user).filter(kind=importing.KIND)
    return get_object_or_404(seen.select_related("requested_by", "artefact"), pk=key)


def _own(request: PageRequest, key: int) -> Job:
    """Return the job if the account itself asked for it: a colleague's file is a colleague's import."""
    job = _job(request, key)
    if job.requested_by_id != request.user.pk:
        raise PermissionDenied(_("Only who uploaded the file may import it. Upload it yourself."))
    return job
