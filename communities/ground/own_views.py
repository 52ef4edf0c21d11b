"""The pages of one's own account besides allauth's: what was typed and not sent, and the recovery codes kept."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from . import clock, drafts, events
from .access import signed_in
from .models import Draft
from .pages import PageRequest


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_drafts(request: PageRequest) -> HttpResponse:
    """
    Show one's own drafts; keep one, or throw one away.

    A page asks with `?address=` and is answered in JSON: `{"at": "14:32", "fields": […]}`, nothing kept is `{}`.
    POST keeps `fields` (JSON) of the page `address`, or with `discard` removes them.
    """
    if request.method == "POST":
        return _change(request)
    if "address" in request.GET:
        draft = drafts.of(request.user, request.GET["address"])
        return JsonResponse(_told(draft) if draft else {})
    kept = Draft.objects.filter(user=request.user).order_by("-saved_at", "-pk")
    return render(request, "ground/drafts.html", {"drafts": kept})


def _change(request: PageRequest) -> HttpResponse:
    address = request.POST.get("address", "")
    if "discard" in request.POST:
        drafts.discard(request.user, address)
        if _from_a_script(request):
            return JsonResponse({})
        messages.success(request, _("The draft was thrown away."))
        return redirect("drafts")
    try:
        draft = drafts.save(request.user, address, json.loads(request.POST.get("fields", "")))
    except (drafts.TooMuchError, ValueError) as error:
        return JsonResponse({"detail": str(error)}, status=400)
    return JsonResponse(_told(draft))


def _told(draft: Draft) -> dict[str, Any]:
    return {
        "at": clock.shown(draft.saved_at),
        "milliseconds": draft.saved_at.timestamp() * 1000,
        "fields": draft.fields,
    }


def _from_a_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@signed_in
@require_POST
def codes_kept(request: PageRequest) -> HttpResponse:
    """Take the word of the account's owner that the recovery codes are kept; then the portal is open."""
    if "kept" not in request.POST:
        messages.error(request, _("Tick that the codes are kept; without them a lost telephone closes the account."))
        return redirect("mfa_view_recovery_codes")
    request.user.codes_kept_at = clock.now()
    request.user.save(update_fields=["codes_kept_at"])
    events.record("factor.add", by=request.user, obj=request.user, prefix=request.user.prefix, codes_kept=True)
    messages.success(request, _("The second factor is set up. From now on you sign in with password and app."))
    return redirect("/")
