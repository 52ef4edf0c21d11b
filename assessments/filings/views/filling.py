"""
The page on which a community's filing is filled in, and what is done on it: item by item, each saved by itself.

A browser with a script saves an item when its input is left and is answered in JSON; without a script each item has a
button of its own and the page comes back whole. Either way an item is saved only over what its writer has seen: where
somebody was faster, both texts are shown and he chooses.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from communities.ground import clock
from communities.ground.access import roles
from communities.ground.models import Role
from communities.ground.pages import PageRequest
from communities.ground.roles import STAFF

from .. import deadlines, filling, items_shown, permitting, taking
from ..answered import pack_of, specs
from ..filling import ConflictError
from ..flow import Action, Work
from ..items_shown import Difference, Shown, ShownFiling
from ..models import Answer, Filing
from ..typed import Given

FILERS = (Role.CLERK, Role.WORKER)
MOST_TOLD = 10
REFUSED = (ValidationError, PermissionDenied)


@roles(*STAFF)
@require_safe
def filing(request: PageRequest, key: int) -> HttpResponse:
    """Show the filing: the sections, and of one of them what waits, what was answered, what the registers know."""
    own = _own(request, key)
    if permitting.may_work(own, Work.ANSWER, request.user) and taking.is_stale(own):
        changed = taking.refresh_filing(own, request.user)
        own = _own(request, key)
        if changed:
            told = ngettext(
                "The registers were changed: {n} item was filled in anew.",
                "The registers were changed: {n} items were filled in anew.",
                len(changed),
            )
            messages.info(request, told.format(n=len(changed)))
    return render(request, "filings/filing.html", _context(request, own, request.GET.get("section", "")))


@roles(*STAFF)
@require_safe
def form(request: PageRequest, key: int) -> HttpResponse:
    """Show the filing as the officials' form, for printing on A4."""
    own = _own(request, key)
    context = {"filing": own, "page": items_shown.shown(own, may_answer=False)}
    return render(request, "filings/filled_form.html", context)


def why(error: Exception) -> str:
    """Return in one line why something was refused."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _own(request: PageRequest, key: int) -> Filing:
    """Return the filing where this account may read it as it stands; 404 otherwise."""
    return get_object_or_404(permitting.filings_of(request.user), pk=key)


def _context(
    request: PageRequest,
    own: Filing,
    section: str = "",
    *,
    typed: dict[str, Given] | None = None,
) -> dict[str, Any]:
    """Return what the page and its parts are made of."""
    may_answer = permitting.may_work(own, Work.ANSWER, request.user)
    page = items_shown.shown(own, may_answer=may_answer, typed=typed)
    allowed = permitting.allowed(own, request.user)
    left = deadlines.days_left(own)
    return {
        "filing": own,
        "page": page,
        "current": page.section(section),
        "may_answer": may_answer,
        "next": _next(page, section),
        "may_file": Action.FILE in allowed,
        "why_not_filed": _why_not(page, allowed.get(Action.FILE, [])),
        "may_take_back": Action.TAKE_BACK in allowed and not allowed[Action.TAKE_BACK],
        "others": filling.others_at_work(own, request.user) if may_answer else [],
        "due_on": deadlines.deadline(own),
        "days_left": left,
        "is_late": left is not None and left < 0,
        "saved_at": _saved_at(page),
    }


def _next(page: ShownFiling, section: str) -> Shown | None:
    """Return the item to go to next: the first that waits in this section, else the first at all."""
    here = [one for one in page.waiting if one.section.code == section]
    return next(iter([*here, *page.waiting]), None)


def _why_not(page: ShownFiling, why: list[str]) -> str:
    if page.left:
        told = ngettext("{n} item is still open.", "{n} items are still open.", page.left)
        return told.format(n=page.left)
    return why[0] if why else ""


def _saved_at(page: ShownFiling) -> str:
    moments = [one.answer.changed_at for one in page.items if one.answer.changed_at is not None]
    if not moments:
        return ""
    last = timezone.localtime(max(moments))
    return last.strftime("%H:%M") if last.date() == clock.today() else clock.shown(last)


# Saving an item


@dataclass(frozen=True)
class _Saved:
    """How saving an item ended: what was wrong by input, or what somebody else wrote meanwhile."""

    status: int = 200
    errors: dict[str, str] | None = None
    conflict: ConflictError | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def error(self) -> str:
        """Return what is wrong with the item as a whole."""
        return (self.errors or {}).get("", "")


@roles(*FILERS)
@require_POST
def item(request: PageRequest, key: int, code: str) -> HttpResponse:
    """Save what was typed into one item; told in JSON to a script, else the page comes back whole."""
    own = _own(request, key)
    answer = get_object_or_404(Answer.objects.filter(filing=own).select_related("item__section"), item__code=code)
    given = items_shown.sent(request.POST)
    ended = _save(request, answer, given)
    if request.accepts("text/html") and "application/json" not in request.headers.get("Accept", ""):
        return _whole(request, own, answer, given, ended)
    return _told(request, own, code, given, ended)


def _save(request: PageRequest, answer: Answer, given: Given) -> _Saved:
    seen = request.POST.get("seen", "")
    try:
        filling.save_answer(answer, given=given, seen_version=int(seen) if seen.isdecimal() else 0, by=request.user)
    except ConflictError as error:
        spec = specs(pack_of(answer.filing))[answer.item.code][1]
        found = items_shown.differences(spec, error.mine, error.theirs, answer.known)
        return _Saved(409, {"": error.messages[0]}, error, tuple(found))
    except ValidationError as error:
        return _Saved(422, _by_input(error))
    except PermissionDenied as error:
        return _Saved(422, {"": why(error)})
    return _Saved()


def _by_input(error: ValidationError) -> dict[str, str]:
    """Return what is wrong by the name of the input, under nothing what concerns the item as a whole."""
    if hasattr(error, "error_dict"):
        return {name: " ".join(told) for name, told in error.message_dict.items()}
    return {"": " ".join(error.messages)}


def _told(request: PageRequest, own: Filing, code: str, given: Given, ended: _Saved) -> HttpResponse:
    """Answer a script: the version that stands now, what is wrong, and the parts of the page that changed with it."""
    context = _context(request, own, request.POST.get("section", ""))
    one = context["page"].item(code)
    parts = {**context, "one": one, "ended": ended}
    told = {
        "version": one.answer.version,
        "saved": clock.now().strftime("%H:%M") if ended.status == 200 else "",
        "errors": ended.errors or {},
        "state": render_to_string("filings/item_state.html", parts, request),
        "sections": render_to_string("filings/sections.html", parts, request),
        "foot": render_to_string("filings/foot.html", parts, request),
    }
    if ended.conflict is not None:
        told["conflict"] = render_to_string("filings/conflict.html", parts, request)
        told["theirs"] = items_shown.as_sent(ended.conflict.theirs)
        told["version"] = ended.conflict.version
    return JsonResponse(told, status=ended.status)


def _whole(request: PageRequest, own: Filing, answer: Answer, given: Given, ended: _Saved) -> HttpResponse:
    """Answer a browser without a script: on to the item where it was saved, else the page with what was typed."""
    section, code = answer.item.section.code, answer.item.code
    if ended.status == 200:
        messages.success(request, _("Saved {at}.").format(at=clock.now().strftime("%H:%M")))
        return redirect(_back(request) or _address(own, section, code))
    context = _context(request, own, section, typed={code: given})
    one = context["page"].item(code)
    errors = ended.errors or {}
    inputs = [replace(each, error=errors.get(each.name, "")) for each in one.inputs]
    shown = replace(one, inputs=inputs, error=errors.get("", ""))
    current = context["current"]
    items = [shown if each.item.code == code else each for each in current.items]
    context |= {"current": replace(current, items=items), "ended": ended, "failed": shown}
    if ended.conflict is not None:
        context["mine"] = list(items_shown.as_sent(given).items())
    return render(request, "filings/filing.html", context, status=ended.status)


def _back(request: PageRequest) -> str:
    """Return the page of the portal from which the form was sent, where it says so."""
    asked = request.POST.get("back", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""


def _address(own: Filing, section: str, code: str) -> str:
    return f"{reverse('filing', args=[own.pk])}?section={section}#item-{code}"


# What is done with one click


@roles(*FILERS)
@require_POST
def unchanged(request: PageRequest, key: int, code: str) -> HttpResponse:
    """Say that what was answered in an earlier year still holds."""
    own = _own(request, key)
    answer = get_object_or_404(Answer.objects.filter(filing=own).select_related("item__section"), item__code=code)
    seen = request.POST.get("seen", "")
    try:
        filling.confirm_unchanged(answer, seen_version=int(seen) if seen.isdecimal() else 0, by=request.user)
        messages.success(request, _("Kept as in the earlier year."))
    except REFUSED as error:
        messages.error(request, why(error))
    return redirect(_back(request) or _address(own, answer.item.section.code, code))


@roles(*FILERS)
@require_POST
def all_unchanged(request: PageRequest, key: int) -> HttpResponse:
    """Confirm everything of an earlier year that nobody has touched."""
    own = _own(request, key)
    try:
        n = filling.confirm_all_unchanged(own, request.user)
        told = ngettext("{n} item is kept as in the earlier year.", "{n} items are kept as in the earlier year.", n)
        messages.success(request, told.format(n=n))
    except REFUSED as error:
        messages.error(request, why(error))
    return redirect("filing", key=own.pk)


@roles(*FILERS)
@require_POST
def reply(request: PageRequest, key: int, code: str) -> HttpResponse:
    """Say what was mended in an item that was returned."""
    own = _own(request, key)
    open_ones = own.returns.filter(answered_at__isnull=True).select_related("item__section")
    returned = get_object_or_404(open_ones, item__code=code)
    try:
        filling.reply(returned, request.POST.get("reply", ""), request.user)
        messages.success(request, _("The reply goes along when the filing is filed again."))
    except REFUSED as error:
        messages.error(request, why(error))
    return redirect(_address(own, returned.item.section.code, code))


@roles(*FILERS)
@require_POST
def file(request: PageRequest, key: int) -> HttpResponse:
    """File; what stops it is told item by item."""
    own = _own(request, key)
    try:
        filling.file(own, request.user)
        told = _("{community} is filed. It lies with the street office now.")
        messages.success(request, told.format(community=own.place))
    except ValidationError as error:
        for sentence in error.messages[:MOST_TOLD]:
            messages.error(request, sentence)
    except PermissionDenied as error:
        messages.error(request, why(error))
    return redirect("filing", key=own.pk)


@roles(*FILERS)
@require_POST
def take_back(request: PageRequest, key: int) -> HttpResponse:
    """Take a filing back that nobody has begun to review."""
    own = _own(request, key)
    try:
        filling.take_back(own, request.user)
        messages.success(request, _("The filing was taken back; it is being filled in again."))
    except REFUSED as error:
        messages.error(request, why(error))
    return redirect("filing", key=own.pk)
