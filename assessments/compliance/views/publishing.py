"""
Publishing a run or a plan version: never at one click.

The page of confirmation says who will see what, what cannot be taken back, and which verdicts turn; the button on it
publishes. It carries along what was published at that moment: where that has changed meanwhile, the page comes again.
Answers about one plan are taken one after the other, so that nothing changes between the look and the deed.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.plans import actions as loading
from assessments.plans.comparing import looks_like_a_draft
from assessments.plans.models import Plan, PlanVersion
from assessments.plans.restoring import restore
from communities.ground.access import roles
from communities.ground.models import Role
from communities.ground.pages import PageRequest
from communities.ground.publishing import AlreadyPublishedError, already
from communities.places.models import Place

from .. import actions, viewpoint
from ..comparing import base_of, compared
from ..models import Run
from .versions import changes_of, latest_trial, version_of

AGAINST = "against"  # what was published when the question was shown: the number of a run or a version, 0 for none


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def publish_run(request: PageRequest, key: int) -> HttpResponse:
    """Ask before a run is published, then publish it: leaders, reports and the overview show it from now on."""
    rows = viewpoint.runs_seen(request).select_related("started_by", "published_by")
    found = get_object_or_404(rows, pk=key)
    if not request.scope.covers(found.prefix):
        raise PermissionDenied(_("The run judged more than the area of your account."))
    _wait_for_others(request, found.version.plan_id)
    base = base_of(found)
    against = base.pk if base else 0
    try:
        _refuse_published(found)
        if not found.version.is_published:
            raise ValidationError(_("The plan version this run judged by has not been published; publish it first."))
        if request.method == "POST" and _was_shown(request, against):
            actions.publish(found, by=request.user)
            messages.success(request, _("The run is published: overview and reports show it from now on."))
            return redirect("run", key=key)
    except ValidationError as error:
        _tell(request, error)
        return redirect("run", key=key)
    context = {
        "run": found,
        "area": Place.objects.filter(codes__code=found.prefix.ljust(12, "0")).first(),
        "compared": compared(base, found, request.scope) if base else None,
        AGAINST: against,
        "has_changed": request.method == "POST" and AGAINST in request.POST,
    }
    return render(request, "compliance/publish_run.html", context)


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def publish_version(request: PageRequest, code: str, number: int) -> HttpResponse:
    """Ask before a version is published, then publish it for good: from now on it is what the plan says."""
    found = version_of(request, code, number)
    if not request.scope.covers(found.plan.prefix):
        raise PermissionDenied(_("The area of this plan lies outside the area of your account."))
    _wait_for_others(request, found.plan_id)
    before = PlanVersion.objects.published().filter(plan=found.plan_id).order_by("-number").first()
    against = before.number if before else 0
    try:
        _refuse_published(found)
        loading.refuse_overtaken(found)
        if request.method == "POST" and _was_shown(request, against):
            loading.publish(found, by=request.user)
            messages.success(
                request, _("The version is published. It never changes from now on; a changed pack is a new version.")
            )
            return redirect("plan_version", code=code, number=number)
    except ValidationError as error:
        _tell(request, error)
        return redirect("plan_version", code=code, number=number)
    context = {
        "version": found,
        "before": before,
        "differences": changes_of(before, found),
        "looks_like_a_draft": looks_like_a_draft(restore(before.pack) if before else None, restore(found.pack)),
        "trial": latest_trial(request, found),
        AGAINST: against,
        "has_changed": request.method == "POST" and AGAINST in request.POST,
    }
    return render(request, "compliance/publish_version.html", context)


def _wait_for_others(request: PageRequest, plan: int) -> None:
    if request.method == "POST":
        Plan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan)


def _refuse_published(found: Run | PlanVersion) -> None:
    if found.published_at is not None:
        raise already(found.published_at, found.published_by)


def _was_shown(request: PageRequest, against: int) -> bool:
    """Say whether the form comes from a page of confirmation that compared with what is published now."""
    return request.POST.get(AGAINST, "") == str(against)


def _tell(request: PageRequest, error: ValidationError) -> None:
    tell = messages.warning if isinstance(error, AlreadyPublishedError) else messages.error
    tell(request, " ".join(error.messages))
