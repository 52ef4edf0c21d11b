"""
The pages of the audit administrator: search events, look at one, take them along, verify the chain.

Nobody else reads events. What lies outside the auditor's reach is not there (404).
"""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from . import audit, audit_exports, events, heads, sealing, verifying
from .access import asked_by_pages, roles
from .forms import unecho
from .models import Event, Job, Role, Seal, StoredFile, User
from .numbers import holds_personal_number, without_personal_numbers
from .pages import PageRequest

ON_A_PAGE = 50
SHORTEST_PURPOSE = 4
EXPORTS_SHOWN = 10


class ExportForm(forms.Form):
    """What for the events are taken along, and as what."""

    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        min_length=SHORTEST_PURPOSE,
        max_length=200,
        help_text=gettext_lazy("What the file is for; it is recorded and stands in the file."),
    )
    form = forms.ChoiceField(label=gettext_lazy("File"), choices=[("xlsx", "Excel"), ("csv", "CSV")], initial="xlsx")

    def clean_purpose(self) -> str:
        """Refuse what an event may not keep."""
        purpose: str = self.cleaned_data["purpose"]
        if holds_personal_number(purpose):
            raise forms.ValidationError(_("Write the purpose without identity or mobile numbers."))
        return purpose


class AcknowledgeForm(forms.Form):
    """Why a head of the chain is lost; of which verification, so that nobody answers for one that was not seen."""

    verification = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why the head is lost"),
        min_length=verifying.SHORTEST_REASON,
        max_length=500,
        help_text=gettext_lazy("And what was done about it; it is recorded and stays."),
    )


@roles(Role.AUDITOR)
@require_safe
def search(request: PageRequest) -> HttpResponse:
    """Show the events within reach that were asked for, the newest first; `before` is the last one of another page."""
    form = audit.Search(request.GET)
    if not form.is_valid():
        unecho(form)
        request.META["QUERY_STRING"] = urlencode(form.asked())  # the frame of the page repeats its own address
    context: dict[str, Any] = {"form": form, "asked": urlencode(form.asked()), "found": [], "account": None}
    if not form.is_valid():
        return render(request, "ground/audit/search.html", context, status=422)
    page = audit.page(request.scope, form, size=ON_A_PAGE, before=_event_before(request))
    context |= {
        "found": audit.told(page.found),
        "looked_until": page.last if page.is_searched_on else None,
        "after_url": f"?{urlencode(form.asked() | {'before': str(page.last.pk)})}" if page.last else "",
        "account": _account(request, form.cleaned_data["account"]),
    }
    return render(request, "ground/audit/search.html", context)


def _event_before(request: PageRequest) -> Event | None:
    key = request.GET.get("before", "")
    if not key:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Http404(_("This page of the list is not there."))
    return get_object_or_404(audit.seen_by(request.scope).only("pk", "at"), pk=int(key))


def _account(request: PageRequest, key: int | None) -> User | None:
    """Return the account whose trail is shown; one outside the reach is not there."""
    if not key:
        return None
    return get_object_or_404(User.objects.filter(request.scope.condition("prefix") | Q(prefix="")), pk=key)


@roles(Role.AUDITOR)
@require_safe
def event(request: PageRequest, key: int) -> HttpResponse:
    """Show one event: all that is kept of it, its seal, what stands beside it, what belongs to the same request."""
    seen = audit.seen_by(request.scope)
    found = get_object_or_404(seen.select_related("actor"), pk=key)
    seal = Seal.objects.filter(event=found).first()
    beside = list(Seal.objects.filter(position__in=[seal.position - 1, seal.position + 1])) if seal else []
    near = seen.filter(pk__in=[one.event_id for one in beside]).select_related("actor")
    near_told = {told.event.pk: told for told in audit.told(near)}
    same = seen.filter(request_id=found.request_id).exclude(pk=key) if found.request_id else seen.none()
    context = {
        "told": audit.told([found])[0],
        "seal": seal,
        "beside": [(one, near_told.get(one.event_id)) for one in beside],
        "same": audit.told(same.select_related("actor").order_by("pk")[:ON_A_PAGE]),
        "kind": audit.kind_of(found.object_type) if found.object_type else "",
        "trail_url": f"{reverse('audit')}?{urlencode({'kind': found.object_type, 'key': found.object_key})}",
    }
    return render(request, "ground/audit/event.html", context)


@roles(Role.AUDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: PageRequest) -> HttpResponse:
    """Ask what the events are taken along for, hand in the export, and list the exports of this account."""
    asked = audit.Search(request.GET)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and asked.is_valid() and form.is_valid():
        said = form.cleaned_data
        audit_exports.order(asked, form=said["form"], purpose=said["purpose"], by=request.user)
        return redirect(f"{reverse('audit_export')}?{urlencode(asked.asked())}")
    unecho(asked)
    if form.errors:
        unecho(form)
    own = Job.objects.filter(kind=audit_exports.KIND, requested_by=request.user).select_related("artefact")
    context = {
        "form": form,
        "filter": asked.told(),
        "asked": urlencode(asked.asked()),
        "exports": list(own.order_by("-pk")[:EXPORTS_SHOWN]),
    }
    return render(request, "ground/audit/export.html", context, status=422 if form.errors else 200)


@roles(Role.AUDITOR)
@require_GET
def export_file(request: PageRequest, key: int) -> FileResponse:
    """Send the file of an export of one's own, and record that it was sent."""
    made = Job.objects.filter(kind=audit_exports.KIND, requested_by=request.user, artefact=key)
    found = get_object_or_404(StoredFile, pk__in=made.values("artefact"))
    events.record("file.download", by=request.user, obj=found, sha256=found.sha256)
    response = FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@roles(Role.AUDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: PageRequest) -> HttpResponse:
    """Show the newest head and the last verification; hand in another."""
    if request.method == "POST":
        verifying.order(by=request.user)
        return redirect("audit_verification")
    return render(request, "ground/audit/verification.html", _verification())


@roles(Role.AUDITOR)
@require_POST
def acknowledge(request: PageRequest) -> HttpResponse:
    """Acknowledge that a head was lost, with a reason; until then every verification tells of it."""
    form = AcknowledgeForm(request.POST)
    refused = ""
    if form.is_valid():
        said = form.cleaned_data
        try:
            verifying.acknowledge(said["verification"], reason=said["reason"], by=request.user)
        except verifying.RefusedError as error:
            refused = str(error)
    if refused or form.errors:
        form.data = {
            **request.POST.dict(),
            "reason": without_personal_numbers(request.POST.get("reason", "")),
        }  # not shown back
        context = _verification() | {"form": form, "refused": refused}
        return render(request, "ground/audit/verification.html", context, status=422)
    return redirect("audit_verification")


@asked_by_pages
@roles(Role.AUDITOR)
@require_safe
def verification_progress(request: PageRequest) -> HttpResponse:
    """Show only how far the verification is; an ended one reloads the page."""
    context = _verification()
    response = render(request, "components/job.html", context)
    if context["job"] is None or context["job"].has_ended:
        response["HX-Refresh"] = "true"
    return response


def _verification() -> dict[str, Any]:
    last, latest = verifying.last(), verifying.latest()
    return {
        "head": sealing.head(),
        "last": last,
        "result": last.arguments[heads.FOUND] if last else None,
        "acknowledged": verifying.acknowledged(last) if last else None,
        "form": AcknowledgeForm(initial={"verification": last.pk if last else None}),
        "job": latest,
        "poll_url": reverse("audit_verification_progress"),
        "faults_kept": sealing.FAULTS_KEPT,
    }
