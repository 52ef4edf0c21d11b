"""
The pages of people's numbers: masked, one of them seen for a minute, somebody found by a whole number, destruction.

Numbers are sent by POST and stand in no address; a page that shows one is kept nowhere and leaves by itself.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.ground import clock, personal
from communities.ground.access import roles
from communities.ground.keys import UnreadableError
from communities.ground.models import Role
from communities.ground.pages import PageRequest, is_officer
from communities.ground.personal import FIELDS, Field

from . import actions, people
from .forms import ReasonForm, RevealForm, SearchForm
from .models import Person

SHOWN_SECONDS = 60
MARKS = 48


@roles(*people.READERS)
@never_cache
@require_safe
def numbers(request: PageRequest, key: int) -> HttpResponse:
    """Show what is recorded of a person's numbers, masked, until when, and what can be asked."""
    return _page(request, _person(request, key))


@roles(*people.READERS)
@never_cache
@require_POST
def reveal(request: PageRequest, key: int) -> HttpResponse:
    """Show one number for a minute, to who may see it and says what for."""
    person = _person(request, key)
    form = RevealForm(request.POST, recorded=_recorded(person))
    if not form.is_valid():
        return _page(request, person, reveal_form=form, status=422)
    field = FIELDS[form.cleaned_data["field"]]
    try:
        value = actions.reveal(person, field, reason=form.cleaned_data["reason"], by=request.user)
    except UnreadableError:
        messages.error(request, _("This number cannot be read: a key is missing or it was altered. Tell the operator."))
        return redirect("person_numbers", key=key)
    context = {
        "person": person,
        "field": field,
        "value": value,
        "seconds": SHOWN_SECONDS,
        "mark": f"{request.user} {clock.shown(clock.now())}",
        "marks": range(MARKS),
        "back_url": reverse("person_numbers", args=[key]),
    }
    response = render(request, "organizations/number.html", context)
    # Works without a script, too: the page with the number is replaced by the one with the mask.
    response["Refresh"] = f"{SHOWN_SECONDS}; url={context['back_url']}"
    return response


@roles(Role.OFFICER)
@require_POST
def ask_destruction(request: PageRequest, key: int) -> HttpResponse:
    """Ask for the numbers to be destroyed before their day."""
    person = _person(request, key)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, person, reason_form=form, status=422)
    actions.ask_destruction(person, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("Asked for. Another officer carries it out on this page."))
    return redirect("person_numbers", key=key)


@roles(Role.OFFICER)
@require_POST
def call_off_destruction(request: PageRequest, key: int) -> HttpResponse:
    """Withdraw the destruction that the account asked for, or refuse what another officer did."""
    person = _person(request, key)
    form = ReasonForm(request.POST, auto_id="keep_%s")
    if not form.is_valid():
        return _page(request, person, keep_form=form, status=422)
    if actions.call_off_destruction(person, reason=form.cleaned_data["reason"], by=request.user):
        messages.success(
            request, _("The numbers are kept. The reason stands in the events; it may be asked for again.")
        )
    return redirect("person_numbers", key=key)


@roles(Role.OFFICER)
@require_POST
def destroy(request: PageRequest, key: int) -> HttpResponse:
    """Carry out the destruction that another officer asked for."""
    if actions.destroy(_person(request, key), by=request.user):
        messages.success(request, _("The numbers were destroyed. Nobody can read them again."))
    return redirect("person_numbers", key=key)


@roles(*people.KEEPERS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: PageRequest) -> HttpResponse:
    """Find who within reach has exactly this number."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    found = None
    if form.is_bound and form.is_valid():
        field = FIELDS[form.cleaned_data["field"]]
        found = actions.search(field, form.cleaned_data["number"], request.scope, by=request.user)
        form = SearchForm(initial={"field": field.name})  # the number is not shown back
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "organizations/search.html", {"form": form, "found": found}, status=status)


def _person(request: PageRequest, key: int) -> Person:
    within = Person.objects.within(request.scope).select_related(
        "place", "key__destruction_asked_by", "key__destroyed_by"
    )
    return get_object_or_404(within, pk=key)


def _recorded(person: Person) -> list[Field]:
    return [field for field in FIELDS.values() if person.masked(field)]


def _page(
    request: PageRequest,
    person: Person,
    *,
    reveal_form: RevealForm | None = None,
    reason_form: ReasonForm | None = None,
    keep_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    recorded = _recorded(person)
    asked = person.key is not None and person.key.destruction_asked_by_id is not None and not person.has_expired
    context: dict[str, Any] = {
        "person": person,
        "shown": [(field.label, person.masked(field)) for field in FIELDS.values()],
        "recorded": recorded,
        "kept_until": actions.kept_until(person),
        "disagreements": people.disagreements_of(person),
        "may_reveal": personal.may_reveal(request.user),
        "reveal_form": reveal_form or RevealForm(recorded=recorded),
        "reason_form": reason_form or ReasonForm(auto_id="destroy_%s"),
        "keep_form": keep_form or ReasonForm(auto_id="keep_%s"),
        "may_ask": is_officer(request) and bool(recorded) and not asked,
        "asked": asked,
        "is_own": asked and person.key is not None and person.key.destruction_asked_by_id == request.user.pk,
        "may_destroy": is_officer(request) and asked,
    }
    return render(request, "organizations/numbers.html", context, status=status)
