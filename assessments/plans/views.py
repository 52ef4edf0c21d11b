"""
The pages by which plans come in: the list of plans, and the upload of a pack.

A sound pack becomes a version that waits: nobody is judged by it until an officer has tried it and published it. A
pack with problems changes nothing; every problem is told with its line, and the text stands in the form again.
"""

from django.contrib import messages
from django.db.models import Max, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communities.ground.access import roles
from communities.ground.models import Role, StoredFile
from communities.ground.pages import PageRequest, is_officer
from communities.ground.roles import BUSINESS

from . import actions
from .actions import Checked
from .forms import PackForm
from .models import Plan, PlanVersion
from .problems import Problem, quoted


@roles(*BUSINESS)
@require_safe
def plans(request: PageRequest) -> HttpResponse:
    """Show the plans within reach: what is in force, what waits to be published."""
    stands, ours = Q(published_at__isnull=False), request.scope.condition("plan__prefix")
    seen = stands | ours if is_officer(request) else stands
    versions = PlanVersion.objects.filter(seen).defer("pack", "source_text").order_by("-number")
    rows = Plan.objects.within(request.scope).select_related("owner").order_by("prefix", "code")
    told = rows.annotate(
        published=Max("versions__number", filter=Q(versions__published_at__isnull=False)),
    ).prefetch_related(Prefetch("versions", versions))
    shown = [plan for plan in told if plan.versions.all()]
    return render(request, "plans/list.html", {"plans": shown, "may_load": is_officer(request)})


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PageRequest) -> HttpResponse:
    """Check a pack; a sound one becomes a version that waits for its trial, a broken one is told line by line."""
    form = PackForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "plans/upload.html", {"form": form}, status=200 if request.method != "POST" else 422)
    text, name = form.cleaned_data["text"], form.cleaned_data["name"]
    checked = _fenced(request, actions.check(text, name))
    if checked.is_sound:
        return _loaded(request, checked)
    told = quoted(checked.problems, text)
    again = PackForm(initial={"text": text})
    return render(request, "plans/upload.html", {"form": again, "problems": told, "name": name}, status=422)


def _fenced(request: PageRequest, checked: Checked) -> Checked:
    """Add the problem that the pack's area, or that of the plan it would replace, lies outside the account's."""
    if checked.pack is None:
        return checked
    known = Plan.objects.filter(code=checked.pack.code).values_list("prefix", flat=True).first()
    if all(request.scope.covers(prefix) for prefix in (checked.pack.owner, known) if prefix):
        return checked
    line = next((n for n, text in enumerate(checked.text.splitlines(), 1) if text.strip().startswith("owner:")), 0)
    problem = Problem(
        line,
        "plan.owner",
        _("The area of this plan lies outside the area of your account."),
        _("Let an officer of that area bring it in."),
    )
    return Checked(checked.name, checked.text, None, [problem])


def _loaded(request: PageRequest, checked: Checked) -> HttpResponse:
    version, is_new = actions.load(checked, by=request.user, publish=False)
    if is_new:
        StoredFile.keep(
            checked.text.encode(),
            name=checked.name if checked.name.endswith((".yaml", ".yml")) else f"{version.plan.code}.yaml",
            content_type="text/yaml",
            prefix=version.plan.prefix,
            by=request.user,
        )
        messages.success(request, _("The pack is sound. It waits as a version; nobody is judged by it yet."))
    else:
        told = _("Nothing to do: this pack is already version {number}; the hash is the same.")
        messages.info(request, told.format(number=version.number))
    return redirect("plan_version", code=version.plan.code, number=version.number)
