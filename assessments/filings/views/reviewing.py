"""
The pages of those who review and check: one evaluation with the filings in reach, one filing item by item.

Street, district and the organiser work on the same page of a filing; which column they fill follows from where the
filing lies. What is refused comes back with the typed text in its place.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from communities.ground import clock
from communities.ground.access import roles
from communities.ground.models import Role, User
from communities.ground.pages import PageRequest

from .. import permitting, reviewed, reviewing, sampling
from ..answered import pack_of
from ..flow import TABLE, WORK, Action, State, Work
from ..models import Cycle, Filing, ItemReturn, SheetItem
from ..reviewed import Sent
from ..telling import named

REVIEWERS = (Role.CLERK, Role.OFFICER, Role.REVIEWER)
UNPROCESSABLE = 422


def filing_of(request: PageRequest, key: int) -> Filing:
    """Return the filing where the account may read it now; else it is not there."""
    return get_object_or_404(permitting.filings_of(request.user), pk=key)


def cycle_of(request: PageRequest, key: int) -> Cycle:
    """Return the evaluation where the account may read one of its filings now; else it is not there."""
    own = permitting.filings_of(request.user).filter(cycle=OuterRef("pk"))
    rows = Cycle.objects.select_related("sheet_version__sheet", "plan_version__plan", "place")
    return get_object_or_404(rows.filter(Exists(own)), pk=key)


def filings_in(cycle: Cycle, by: User) -> QuerySet[Filing]:
    """Return the filings of the evaluation that the account may read, by their division code."""
    rows = permitting.filings_of(by).filter(cycle=cycle, place__codes__during__contains=clock.today())
    return rows.order_by("place__codes__code")


# One filing, item by item


@roles(*REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PageRequest, key: int) -> HttpResponse:
    """Show a filing item by item with the four columns; accept, adjust, return items, give back, conclude."""
    filing = filing_of(request, key)
    if request.method != "POST":
        return _page(request, filing)
    deed, code = request.POST.get("do", ""), request.POST.get("item", "")
    try:
        if deed not in DEEDS:
            raise ValidationError(_("This page does not know what was asked of it. Nothing was changed."))
        told = DEEDS[deed](filing, code, request.POST, request.user)
    except ValidationError as error:
        return _refused(request, filing, code, error)
    messages.success(request, told)
    anchor = f"#{code}" if code else ""
    return redirect(f"{request.path}{anchor}")


def _page(request: PageRequest, filing: Filing, **more: Any) -> HttpResponse:
    sent, wrong = more.pop("sent", {}), more.pop("wrong", [])
    context = {
        "seen": reviewed.read(filing, request.user, sent),
        "filing": filing,
        "cycle": filing.cycle,
        "wrong": wrong,
    }
    return render(request, "filings/review.html", context | more, status=UNPROCESSABLE if sent or wrong else 200)


def _refused(request: PageRequest, filing: Filing, code: str, error: ValidationError) -> HttpResponse:
    """Show the page again with what is wrong: at its item, else above; what was typed stays."""
    posted = request.POST
    if code and SheetItem.objects.filter(version=filing.cycle.sheet_version_id, code=code).exists():
        kept = Sent(
            points=posted.get("points", ""),
            reason=posted.get("reason", ""),
            does_not_apply="does_not_apply" in posted,
            wrong=tuple(error.messages),
        )
        return _page(request, filing, sent={code: kept}, opened=code)
    return _page(request, filing, wrong=error.messages, reason=posted.get("reason", ""))


def _item(filing: Filing, code: str) -> SheetItem:
    found: SheetItem | None = SheetItem.objects.filter(version=filing.cycle.sheet_version_id, code=code).first()
    if found is None:
        raise ValidationError(_("The sheet has no item “{code}”.").format(code=code))
    return found


def _accept(filing: Filing, code: str, _posted: QueryDict, by: User) -> str:
    item = _item(filing, code)
    reviewing.accept(filing, [item], by)
    return _("{item}: accepted.").format(item=item.label)


def _accept_all(filing: Filing, _code: str, _posted: QueryDict, by: User) -> str:
    done = reviewing.accept(filing, None, by)
    return ngettext("{n} item accepted.", "{n} items accepted.", done).format(n=done)


def _adjust(filing: Filing, code: str, posted: QueryDict, by: User) -> str:
    item = _item(filing, code)
    points = None if "does_not_apply" in posted else posted.get("points", "")
    reviewing.adjust(filing, item, points, posted.get("reason", ""), by)
    return _("{item}: points given.").format(item=item.label)


def _return(filing: Filing, code: str, posted: QueryDict, by: User) -> str:
    item = _item(filing, code)
    reviewing.return_item(filing, item, posted.get("reason", ""), by)
    return _("{item}: marked to be returned. It goes back when the filing is returned.").format(item=item.label)


def _keep(filing: Filing, code: str, _posted: QueryDict, by: User) -> str:
    item = _item(filing, code)
    found = ItemReturn.objects.filter(filing=filing, item=item, answered_at__isnull=True).first()
    if found is None:
        raise ValidationError(_("{item} is not marked to be returned.").format(item=item.label))
    reviewing.keep_item(found, by)
    return _("{item}: not returned after all.").format(item=item.label)


def _give_back(filing: Filing, _code: str, posted: QueryDict, by: User) -> str:
    reviewing.give_back(filing, posted.get("reason", ""), by)
    return _("Returned. Only the items that you marked are open again.")


def _conclude(filing: Filing, _code: str, _posted: QueryDict, by: User) -> str:
    if filing.state == State.REVIEWED:
        reviewing.check(filing, by)
        return _("The check is concluded; the filing waits for its grade.")
    reviewing.review(filing, by)
    return _("The review is concluded; the filing lies with the district now.")


DEEDS: dict[str, Callable[[Filing, str, QueryDict, User], str]] = {
    "accept": _accept,
    "accept_all": _accept_all,
    "adjust": _adjust,
    "return": _return,
    "keep": _keep,
    "give_back": _give_back,
    "conclude": _conclude,
}


# One evaluation, and the sample drawn in it


@roles(*REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def evaluation(request: PageRequest, key: int) -> HttpResponse:
    """Show how far the filings in reach are; the district draws its sample here."""
    cycle = cycle_of(request, key)
    wrong: list[str] = []
    if request.method == "POST":
        try:
            made = sampling.draw(cycle, by=request.user, **_drawing(cycle, request))
        except ValidationError as error:
            wrong = error.messages
        else:
            told = _("Drawn: {drawn} of {among} filings, with the seed {seed}.")
            messages.success(request, told.format(drawn=len(made.drawn), among=len(made.among), seed=made.seed))
            return redirect(request.path)
    return render(
        request, "filings/review_evaluation.html", _evaluation(request, cycle, wrong), status=422 if wrong else 200
    )


def _drawing(cycle: Cycle, request: PageRequest) -> dict[str, Any]:
    """Read what was typed: the share in per cent, and a seed where somebody brings one."""
    own = _districts(cycle, request.user)
    seed = request.POST.get("seed", "").strip()
    try:
        share = Decimal(request.POST.get("share", "").strip()) / 100
    except InvalidOperation:
        raise ValidationError(_("Say which share is drawn, in per cent: 30 for three in ten.")) from None
    if not share.is_finite():
        raise ValidationError(_("Say which share is drawn, in per cent: 30 for three in ten."))
    if seed and not (seed.isascii() and seed.isdigit() and int(seed) <= sampling.LARGEST_SEED):
        raise ValidationError(
            _("The seed is a whole number without sign, {most} at most.").format(most=sampling.LARGEST_SEED)
        )
    if not own:
        permitting.deny(_("The sample is drawn by the district that checks."))
    return {"prefix": own[0], "share": share, "seed": int(seed) if seed else None}


def _districts(cycle: Cycle, by: User) -> list[str]:
    """Return the districts for which the account draws."""
    permit = WORK[Work.MARK_DISTRICT]
    return [prefix for prefix in by.reach.prefixes if not permitting.who(permit, cycle, prefix, by.reach)]


def _evaluation(request: PageRequest, cycle: Cycle, wrong: list[str]) -> dict[str, Any]:
    filings = list(filings_in(cycle, request.user))
    states = [(state, sum(1 for one in filings if one.state == state)) for state in State]
    is_organiser = not _organising(cycle, request.user)
    draws = cycle.draws.within(request.scope).select_related("by").order_by("-at")
    return {
        "cycle": cycle,
        "filings": filings,
        "states": [(state.label, count) for state, count in states if count],
        "is_organiser": is_organiser,
        "is_out": any(one.state in permitting.OUT for one in filings),
        "may_draw": bool(_districts(cycle, request.user)),
        "drawable": sum(1 for one in filings if one.state == State.REVIEWED),
        "draws": draws,
        "grades": grade_names(cycle),
        "wrong": wrong,
        "sent": request.POST,
        "reads_grade": permitting.RESULTS,
    }


def _organising(cycle: Cycle, by: User) -> str:
    """Return why the account does not organise this evaluation; nothing where it does."""
    line = next(one for one in TABLE if one.action == Action.GRADE)
    return permitting.who(line, cycle, cycle.prefix, by.reach)


def grade_names(cycle: Cycle) -> dict[str, str]:
    """Return the grades of the sheet by their codes, in the reader's language."""
    return {one.code: named(one.label) for one in pack_of(cycle).grades}
