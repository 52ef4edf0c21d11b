"""
The pages of what comes of an evaluation: grades, public notice, objections, appeals, results; and the scores that come
from outside.

Grades are for the organiser alone until they are on public notice; then everybody in whose reach a community lies reads
its result, and the notice names every community with its grade and nothing else.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communities.ground import clock
from communities.ground.access import roles
from communities.ground.models import Role, User
from communities.ground.pages import PageRequest
from communities.ground.roles import BUSINESS

from .. import appeals, exempting, grading, guards, outside, permitting, publishing, results, reviewed
from ..flow import Action, State
from ..models import Cycle, Filing, FilingVeto, OutsideScore, SheetItem, SheetVeto
from ..outcome_forms import OutsideForm
from .reviewing import UNPROCESSABLE, cycle_of, filing_of, filings_in


def _unknown() -> ValidationError:
    return ValidationError(_("This page does not know what was asked of it. Nothing was changed."))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValidationError(_("“{text}” is not a date. Write it as 2008-12-31.").format(text=text[:40])) from None


# Grades


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def grades(request: PageRequest, key: int) -> HttpResponse:
    """Show the order with its quotas; grade, take back, publish, conclude, record a veto."""
    cycle = cycle_of(request, key)
    permitting.refuse_organising(cycle, request.user)
    wrong: list[str] = []
    if request.method == "POST":
        try:
            messages.success(request, _graded(cycle, request.POST, request.user))
            return redirect(request.path)
        except ValidationError as error:
            wrong = error.messages
            cycle.refresh_from_db()
    context = _order(cycle, request.user) | {"wrong": wrong, "sent": request.POST}
    return render(request, "filings/outcome_grades.html", context, status=UNPROCESSABLE if wrong else 200)


def _graded(cycle: Cycle, posted: QueryDict, by: User) -> str:
    deed = posted.get("do", "")
    if deed == "grade":
        chosen = [int(key) for key in posted.getlist("chosen") if key.isascii() and key.isdigit()]
        done = grading.grade(cycle, certified_by=posted.get("certified_by", ""), chosen=chosen, by=by)
        return _(
            "{n} communities have their grades. Nobody outside your office reads them before they are published."
        ).format(n=len(done))
    if deed == "regrade":
        grading.regrade(cycle, posted.get("reason", ""), by)
        return _("The grades are taken back; points may be settled again.")
    if deed == "publish":
        first = posted.get("on", "")
        made = publishing.publish(cycle, on=_day(first) if first else None, by=by)
        return _("On public notice from {first} to {last}.").format(first=made.notice_from, last=made.notice_until)
    if deed == "conclude":
        publishing.conclude(cycle, by)
        return _("The evaluation is concluded; the results are final.")
    if deed == "veto":
        return _vetoed(cycle, posted, by)
    raise _unknown()


def _vetoed(cycle: Cycle, posted: QueryDict, by: User) -> str:
    filing = cycle.filings.filter(pk=_key(posted, "filing")).first()
    veto = SheetVeto.objects.filter(version=cycle.sheet_version_id, pk=_key(posted, "veto")).first()
    if filing is None or veto is None:
        raise ValidationError(_("Choose a community and the veto of the sheet that applies."))
    exempting.record_veto(filing, veto, posted.get("reason", ""), by)
    return _("{community}: the veto is recorded; it sets the grade whatever the points.").format(community=filing.place)


def _key(posted: QueryDict, name: str) -> int:
    text = posted.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _order(cycle: Cycle, by: User) -> dict[str, Any]:
    """Return the order of the evaluation, and what its organiser may do with it now."""
    found = grading.ranking(cycle, cycle.chosen)
    rows = list(filings_in(cycle, by))
    concerned = [one for one in rows if one.state != State.SET_ASIDE]
    asked = next((one for one in concerned if one.state == State.CHECKED), concerned[0] if concerned else None)
    allowed = permitting.allowed(asked, by) if asked else {}
    is_before = any(one.state in exempting.BEFORE_GRADES for one in concerned)
    undecided = [[one.pk for one in group] for group in found.undecided]
    return {
        "cycle": cycle,
        "placed": results.placed(cycle, found),
        "rooms": results.rooms(cycle, found),
        "undecided": found.undecided,
        "to_choose": [key for group in undecided for key in group],
        "unscored": found.unscored,
        "set_aside": [one for one in rows if one.state == State.SET_ASIDE],
        "states": sorted({one.get_state_display() for one in concerned}),
        "is_before": is_before,
        "why_not_grade": guards.not_all_checked(cycle) if is_before else [],
        "may_grade": is_before,
        "regrade": allowed.get(Action.REGRADE),
        "publish": allowed.get(Action.PUBLISH),
        "conclude": allowed.get(Action.CONCLUDE),
        "may_conclude": Action.CONCLUDE in allowed,
        "today": clock.today(),
        "vetoes": list(SheetVeto.objects.filter(version=cycle.sheet_version_id)),
        "vetoed": list(FilingVeto.objects.filter(filing__cycle=cycle).select_related("filing__place", "veto", "by")),
        "filings": concerned,
        "grade_names": results.grades_of(cycle),
        "is_out": any(one.state in permitting.OUT for one in concerned),
    }


# Results


def _results_read(cycle: Cycle, by: User) -> QuerySet[Filing]:
    """Return the filings whose result the account reads: published ones; graded ones as officer, reviewer or leader."""
    early = by.reach.roles & {Role.OFFICER, Role.REVIEWER, Role.LEADER}
    return filings_in(cycle, by).filter(state__in=permitting.RESULTS if early else permitting.OUT)


@roles(*BUSINESS)
@require_safe
def cycle_results(request: PageRequest, key: int) -> HttpResponse:
    """Show the results of an evaluation in reach: grade, four scores, what was deducted."""
    cycle = cycle_of(request, key)
    filings = list(_results_read(cycle, request.user))
    if not filings:
        raise Http404
    found = results.results_of(cycle, filings)
    names = results.grades_of(cycle)
    counts = [(name, sum(1 for one in filings if one.grade == code)) for code, name in names.items()]
    context = {
        "cycle": cycle,
        "found": found,
        "counts": counts,
        "is_out": any(one.state in permitting.OUT for one in filings),
        "is_official": cycle.concluded_on is not None,
    }
    return render(request, "filings/outcome_results.html", context)


@roles(*BUSINESS)
@require_safe
def notice(request: PageRequest, key: int) -> HttpResponse:
    """Show the public notice as it is put up: every community with its grade, where to object, until when."""
    cycle = cycle_of(request, key)
    # Public by its nature: whoever reaches one of its communities reads the whole notice.
    rows = cycle.filings.filter(state__in=permitting.OUT, place__codes__during__contains=clock.today())
    filings = list(rows.select_related("place").order_by("place__codes__code"))
    if not filings or cycle.notice_from is None:
        raise Http404
    names = results.grades_of(cycle)
    told = [(one.place, names.get(one.grade, one.grade)) for one in filings]
    return render(request, "filings/outcome_notice.html", {"cycle": cycle, "told": told})


@roles(*BUSINESS)
@require_http_methods(["GET", "HEAD", "POST"])
def result(request: PageRequest, key: int) -> HttpResponse:
    """Show the result of one community; appeal, hear objections, decide."""
    filing = filing_of(request, key)
    if not _results_read(filing.cycle, request.user).filter(pk=filing.pk).exists():
        raise Http404
    wrong: list[str] = []
    if request.method == "POST":
        deed = DEEDS.get(request.POST.get("do", ""))
        try:
            if deed is None:
                raise _unknown()
            messages.success(request, deed(filing, request.POST, request.user))
            return redirect(request.path)
        except ValidationError as error:
            wrong = error.messages
    context = _result(filing, request.user) | {"wrong": wrong, "sent": request.POST}
    return render(request, "filings/outcome_result.html", context, status=UNPROCESSABLE if wrong else 200)


def _result(filing: Filing, by: User) -> dict[str, Any]:
    seen = reviewed.read(filing, by)
    allowed = permitting.allowed(filing, by)
    lines = [line for part in seen.parts for line in part.lines]
    objections = list(filing.objections.select_related("recorded_by", "answered_by").order_by("pk"))
    made = list(filing.appeals.select_related("item", "made_by", "decided_by").order_by("pk"))
    return {
        "filing": filing,
        "cycle": filing.cycle,
        "found": results.results_of(filing.cycle, [filing])[0],
        "seen": seen,
        "lost": seen.lost,
        "lines": lines,
        "changed": [line for line in lines if line.changes],
        "vetoes": list(filing.vetoes.select_related("veto", "by")),
        "steps": list(filing.steps.select_related("by")),
        "appeals": made,
        "open_appeal": next((one for one in made if one.decided_at is None), None),
        "may_appeal": allowed.get(Action.APPEAL),
        "can_appeal": Action.APPEAL in allowed,
        "may_decide": allowed.get(Action.DECIDE),
        "can_decide": Action.DECIDE in allowed,
        "objections": objections,
        "may_hear": _may_hear(filing, by),
        "today": clock.today(),
        "is_out": filing.state in permitting.OUT,
    }


def _may_hear(filing: Filing, by: User) -> bool:
    """Say whether the account records and answers objections against this result now."""
    return (
        filing.state in publishing.HEARD_IN
        and filing.cycle.prefix in by.reach.prefixes
        and bool(by.reach.roles & {Role.OFFICER, Role.REVIEWER})
    )


def _appeal(filing: Filing, posted: QueryDict, by: User) -> str:
    item = None
    if code := posted.get("item", ""):
        item = SheetItem.objects.filter(version=filing.cycle.sheet_version_id, code=code).first()
        if item is None:
            raise ValidationError(_("The sheet has no item “{code}”.").format(code=code))
    made = appeals.appeal(filing, text=posted.get("text", ""), item=item, by=by)
    return _("The appeal is made. It is to be answered by {day}.").format(day=made.answer_by)


def _object(filing: Filing, posted: QueryDict, by: User) -> str:
    publishing.object_to(filing, posted.get("text", ""), _day(posted.get("received_on", "")), by)
    return _("The objection is recorded; the evaluation is not concluded before it is answered.")


def _answer(filing: Filing, posted: QueryDict, by: User) -> str:
    found = filing.objections.filter(pk=_key(posted, "objection")).first()
    if found is None:
        raise _unknown()
    publishing.answer_objection(found, posted.get("text", ""), by)
    return _("The objection is answered.")


def _decide(filing: Filing, posted: QueryDict, by: User) -> str:
    found = filing.appeals.filter(decided_at__isnull=True).first()
    if found is None:
        raise ValidationError(_("No appeal waits for a decision here."))
    is_granted = posted["do"] == "grant"
    given: dict[str, str | None] = {}
    if is_granted:
        given = {
            name.removeprefix("points-"): text.strip()
            for name, text in posted.items()
            if name.startswith("points-") and isinstance(text, str) and text.strip()
        }
    appeals.decide(found, is_granted=is_granted, decision=posted.get("decision", ""), points=given, by=by)
    return _("The appeal is decided; the decision is final.")


DEEDS: dict[str, Callable[[Filing, QueryDict, User], str]] = {
    "appeal": _appeal,
    "object": _object,
    "answer": _answer,
    "grant": _decide,
    "refuse": _decide,
}


# Scores from outside


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def outside_scores(request: PageRequest, key: int) -> HttpResponse:
    """Show the scores from outside, and record one for a community."""
    cycle = cycle_of(request, key)
    if permitting.who(exempting.OFFICE, cycle, _reached(cycle, request.user), request.user.reach):
        raise PermissionDenied(_("Scores from outside are recorded by officers of the district or of the organiser."))
    filings = list(filings_in(cycle, request.user).exclude(state=State.SET_ASIDE))
    form = OutsideForm(request.POST or None, filings=filings)
    if request.method == "POST" and form.is_valid():
        try:
            made = outside.record_score(form.filing, form.found, request.user)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(
                request, _("{community}: {kind} recorded.").format(community=made.place, kind=made.get_kind_display())
            )
            return redirect(request.path)
    scores = OutsideScore.objects.within(request.scope).filter(cycle=cycle).select_related("place", "recorded_by")
    context = {"cycle": cycle, "form": form, "scores": scores.order_by("place__codes__code", "kind").distinct()}
    return render(
        request, "filings/outcome_outside.html", context, status=UNPROCESSABLE if request.method == "POST" else 200
    )


def _reached(cycle: Cycle, by: User) -> str:
    """Return the code of the evaluation's area that the account reaches: its own area within, or the whole."""
    return next((one for one in by.reach.prefixes if one.startswith(cycle.prefix)), cycle.prefix)
