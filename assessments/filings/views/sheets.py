"""
The pages of the scoring sheets: the list, the reading page of a version, the form on paper, bringing one in.

A sound sheet becomes a draft: nobody is scored by it until an officer of its area has read what it changes and
published it. Drafts are seen by those officers alone.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.plans.comparing import Difference
from assessments.plans.problems import Problem, quoted
from communities.ground.access import roles
from communities.ground.models import Role, StoredFile
from communities.ground.pages import PageRequest, is_officer
from communities.ground.publishing import AlreadyPublishedError, already
from communities.ground.roles import BUSINESS

from .. import actions, checking, telling
from ..actions import Checked
from ..comparing import before_of, differences
from ..forms import SheetForm
from ..models import Sheet, SheetVersion
from ..pack import restore
from ..shown import read

AGAINST = "against"  # the version published when the question was shown, 0 for none


@roles(*BUSINESS)
@require_safe
def sheets(request: PageRequest) -> HttpResponse:
    """Show the sheets within reach: what holds, and for officers what waits as a draft."""
    rows = Sheet.objects.within(request.scope).select_related("owner", "plan").order_by("prefix", "code")
    told = rows.prefetch_related(Prefetch("versions", _seen(request)))
    listed = [_Listed.of(one) for one in told if one.versions.all()]
    return render(request, "filings/list.html", {"sheets": listed, "may_load": is_officer(request)})


@dataclass(frozen=True)
class _Listed:
    """A sheet as the list shows it: the version that holds, and the drafts."""

    sheet: Sheet
    holds: SheetVersion | None
    drafts: list[SheetVersion]

    @classmethod
    def of(cls, sheet: Sheet) -> "_Listed":
        versions = list(sheet.versions.all())
        drafts = [one for one in versions if not one.is_published]
        return cls(sheet, next((one for one in versions if one.is_published), None), drafts)


def _seen(request: PageRequest) -> QuerySet[SheetVersion]:
    """Return the versions this account sees, the newest first: drafts only of its own area, and only as an officer."""
    stands, ours = Q(published_at__isnull=False), request.scope.condition("sheet__prefix")
    seen = stands | ours if is_officer(request) else stands
    rows = SheetVersion.objects.filter(seen).defer("pack", "source_text")
    return rows.select_related("loaded_by", "published_by").order_by("-number")


@roles(*BUSINESS)
@require_safe
def sheet(request: PageRequest, code: str) -> HttpResponse:
    """Lead to the version that holds; where none does, to the newest this account may see."""
    found = get_object_or_404(Sheet.objects.within(request.scope), code=code)
    versions = _seen(request).filter(sheet=found)
    newest = versions.filter(published_at__isnull=False).first() or versions.first()
    if newest is None:
        raise Http404
    return redirect("sheet_version", code=code, number=newest.number)


def _version(request: PageRequest, code: str, number: int) -> SheetVersion:
    """Return the version; a draft is seen by the officers of the sheet's own area."""
    rows = SheetVersion.objects.within(request.scope)
    rows = rows.select_related("sheet__owner", "sheet__plan", "plan_version", "loaded_by", "published_by")
    found = get_object_or_404(
        rows.defer("plan_version__pack", "plan_version__source_text"), sheet__code=code, number=number
    )
    if not found.is_published and not _is_ours(request, found):
        raise Http404
    return found


def _is_ours(request: PageRequest, found: SheetVersion) -> bool:
    return is_officer(request) and request.scope.covers(found.sheet.prefix)


@roles(*BUSINESS)
@require_safe
def version(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Show one version: its head, its items in words, what it changes, and the other versions."""
    found = _version(request, code, number)
    pack = restore(found.pack)
    before = before_of(found.sheet, found)
    later = _seen(request).filter(sheet=found.sheet, published_at__isnull=False, number__gt=number).last()
    context = read(found, pack) | {
        "before": before is not None,
        "differences": differences(before, pack),
        "later": later if found.is_published else None,
        "versions": list(_seen(request).filter(sheet=found.sheet)),
        "is_ours": _is_ours(request, found),
    }
    return render(request, "filings/version.html", context)


@roles(*BUSINESS)
@require_safe
def form(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Show the sheet as the officials' form, blank, for printing on A4."""
    found = _version(request, code, number)
    return render(request, "filings/form.html", read(found, restore(found.pack)))


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PageRequest) -> HttpResponse:
    """Check a sheet; a sound one becomes a draft, or is only looked at; a broken one is told line by line."""
    pack_form = SheetForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not pack_form.is_valid():
        return render(
            request, "filings/upload.html", {"form": pack_form}, status=200 if request.method != "POST" else 422
        )
    text, name = pack_form.cleaned_data["text"], pack_form.cleaned_data["name"]
    checked = _fenced(request, actions.check(text, name))
    again = SheetForm(initial={"text": text})
    if not checked.is_sound:
        context = {"form": again, "problems": quoted(checked.problems, text), "name": name}
        return render(request, "filings/upload.html", context, status=422)
    if "dry_run" in request.POST:
        return render(request, "filings/upload.html", {"form": again, "tried": _tried(checked)})
    return _loaded(request, checked)


def _fenced(request: PageRequest, checked: Checked) -> Checked:
    """Add the problem that the sheet's area, or that of the sheet it would replace, lies outside the account's."""
    if checked.pack is None:
        return checked
    known = Sheet.objects.filter(code=checked.pack.code).values_list("prefix", flat=True).first()
    if all(request.scope.covers(prefix) for prefix in (checked.pack.owner, known) if prefix):
        return checked
    line = next((n for n, text in enumerate(checked.text.splitlines(), 1) if text.strip().startswith("owner:")), 0)
    what = _("The area of this sheet lies outside the area of your account.")
    problem = Problem(line, "sheet.owner", what, _("Let an officer of that area bring it in."))
    return Checked(checked.name, checked.text, None, problems=[problem])


@dataclass(frozen=True)
class Tried:
    """What a sheet would change, had it been loaded."""

    title: str
    items: int
    is_first: bool
    differences: list[Difference]
    warnings: list[str]


def _tried(checked: Checked) -> Tried:
    assert checked.pack is not None  # noqa: S101 - only sound sheets come here
    before = before_of(Sheet.objects.filter(code=checked.pack.code).first())
    return Tried(
        title=telling.named(checked.pack.title),
        items=len(list(checked.pack.items())),
        is_first=before is None,
        differences=differences(before, checked.pack),
        warnings=checked.warnings,
    )


def _loaded(request: PageRequest, checked: Checked) -> HttpResponse:
    found, is_new = actions.load(checked, by=request.user, publish=False)
    if is_new:
        StoredFile.keep(
            checked.text.encode(),
            name=checked.name if checked.name.endswith((".yaml", ".yml")) else f"{found.sheet.code}.yaml",
            content_type="text/yaml",
            prefix=found.sheet.prefix,
            by=request.user,
        )
        messages.success(request, _("The sheet is sound. It waits as a draft; nobody is scored by it yet."))
    else:
        told = _("Nothing to do: this sheet is already version {number}; the hash is the same.")
        messages.info(request, told.format(number=found.number))
    return redirect("sheet_version", code=found.sheet.code, number=found.number)


def _own(request: PageRequest, code: str, number: int) -> SheetVersion:
    found = _version(request, code, number)
    if not request.scope.covers(found.sheet.prefix):
        raise PermissionDenied(_("The area of this sheet lies outside the area of your account."))
    return found


@roles(Role.OFFICER)
@require_POST
def draft(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Begin a draft that says what this version says, and open it in the editor."""
    made = actions.draft_from(_own(request, code, number), by=request.user)
    return redirect("admin:filings_sheetversion_change", made.pk)


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Ask before a draft is published, then publish it for good."""
    found = _own(request, code, number)
    holding = SheetVersion.objects.published().filter(sheet=found.sheet).order_by("-number").first()
    against = holding.number if holding else 0
    try:
        if found.published_at is not None:
            raise already(found.published_at, found.published_by)
        actions.refuse_overtaken(found)
        if request.method == "POST" and request.POST.get(AGAINST, "") == str(against):
            actions.publish(found, by=request.user)
            told = _("The sheet is published. It never changes from now on; a changed sheet is a new version.")
            messages.success(request, told)
            return redirect("sheet_version", code=code, number=number)
    except ValidationError as error:
        tell = messages.warning if isinstance(error, AlreadyPublishedError) else messages.error
        tell(request, " ".join(error.messages))
        return redirect("sheet_version", code=code, number=number)
    pack = restore(found.pack)
    context = {
        "version": found,
        "sheet": found.sheet,
        "holding": holding,
        "differences": differences(restore(holding.pack) if holding else None, pack),
        "warnings": checking.warnings(pack),
        AGAINST: against,
        "has_changed": request.method == "POST" and AGAINST in request.POST,
    }
    return render(request, "filings/publish.html", context)
