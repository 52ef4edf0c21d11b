"""Opening an evaluation: what it would do is told first, then a worker does it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communities.ground.access import roles
from communities.ground.models import Role
from communities.ground.pages import PageRequest

from .. import opening
from ..opening import Foreseen
from ..opening_forms import OpeningForm
from .filling import REFUSED, why

UNPROCESSABLE = 422


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def open_evaluation(request: PageRequest) -> HttpResponse:
    """Ask by what, as of when and until when; tell what that would do; then hand it to a worker."""
    form = OpeningForm(request.POST or None, scope=request.scope)
    foreseen: Foreseen | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "open" in request.POST:
                return redirect("job", key=opening.order_opening(form.wanted(), request.user).pk)
            foreseen = opening.would_open(form.wanted())
            if not foreseen.communities:
                form.add_error(None, _("No community of the kinds of this sheet stands there on this day."))
                foreseen = None
        except REFUSED as error:
            form.add_error(None, why(error))
    context = {"form": form, "foreseen": foreseen, "may_organise": form.fields["organiser"].queryset.exists()}  # type: ignore[attr-defined]
    return render(request, "filings/open.html", context, status=UNPROCESSABLE if form.errors else 200)
