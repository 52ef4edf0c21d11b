"""
The pages of the three administrators: what each has to do, one account, every deed that is done to it.

Doors only: each finds the account within reach (what lies outside is not there), asks with a form, calls the action
and shows what it refused. A page with one-time passwords is the answer to the form that made them: it is kept
nowhere, neither here nor by the browser, and cannot be opened again.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import accounts, clock, periods, rosters, signins
from .access import roles
from .account_forms import (
    ChangeForm,
    EndForm,
    GrantForm,
    HandOverForm,
    OpenForm,
    RosterForm,
    WantedForm,
    WhyForm,
    today_or_its_last_day,
)
from .accounts import Given, RefusedError
from .ledgers.files import LedgerError
from .ledgers.uploads import EXCEL
from .models import Access, Event, RequestedAccess, User
from .models.accounts import Asked
from .pages import PageRequest
from .recording import deed_refused
from .rights import table
from .roles import ADMINISTRATORS, Role

FORM = ["GET", "HEAD", "POST"]
PREVIEW_HOLDS = 3600  # seconds between the trial of a roster and opening its accounts
RECENT = 20


# What there is to do


@roles(*ADMINISTRATORS)
@require_safe
def duty(request: PageRequest) -> HttpResponse:
    """Show an administrator what waits for him, and where he does his duty: the first page after signing in."""
    within = User.objects.within(request.scope)
    today = clock.today()
    in_force = Access.objects.filter(during__contains=today).values("user")
    stale = clock.now() - timedelta(days=accounts.UNUSED_DAYS)
    listed = reverse("admin:ground_user_changelist")
    waiting = accounts.requests_waiting(request.scope).count()
    tallies = {
        Role.SYSTEM: [
            (_("Open accounts"), within.filter(is_active=True).count(), f"{listed}?is_active__exact=1"),
            (_("Never signed in"), within.filter(is_active=True, last_login=None).count(), f"{listed}?used=never"),
            (
                _("Unused for {days} days").format(days=accounts.UNUSED_DAYS),
                within.filter(is_active=True, last_login__lt=stale).count(),
                f"{listed}?used=stale",
            ),
            (_("Asked for, not yet granted"), waiting, f"{listed}?state=asked"),
        ],
        Role.SECURITY: [
            (_("Waiting to be granted"), waiting, reverse("staff_asked")),
            (
                _("Open accounts without an access"),
                within.filter(is_active=True).exclude(pk__in=in_force).count(),
                f"{listed}?state=none",
            ),
            (
                _("Accesses ending within 30 days"),
                Access.objects.within(request.scope)
                .filter(during__contains=today, during__endswith__lte=today + accounts.ENDING_WITHIN + periods.ONE_DAY)
                .count(),
                f"{reverse('admin:ground_access_changelist')}?state=ending",
            ),
            (
                _("Unused for {days} days").format(days=accounts.UNUSED_DAYS),
                within.filter(is_active=True, last_login__lt=stale).count(),
                f"{listed}?used=stale",
            ),
        ],
        Role.AUDITOR: [
            (_("Open accounts"), within.filter(is_active=True).count(), f"{listed}?is_active__exact=1"),
            (
                _("Accesses in force"),
                Access.objects.within(request.scope).filter(during__contains=today).count(),
                f"{reverse('admin:ground_access_changelist')}?state=now",
            ),
            (
                _("Events today"),
                Event.objects.within(request.scope)
                .filter(at__gte=clock.now().replace(hour=0, minute=0, second=0, microsecond=0))
                .count(),
                reverse("audit"),
            ),
        ],
    }
    role = next(role for role in Role if role in request.scope.roles & ADMINISTRATORS)
    return render(request, "ground/duty.html", {"role": role, "tallies": tallies[role]})


@roles(*ADMINISTRATORS)
@require_safe
def rights(request: PageRequest) -> HttpResponse:
    """Show what each role may do with each register: the one table of it, as the code asks it."""
    return render(request, "ground/rights.html", {"roles": list(Role), "groups": table()})


# One account


@roles(*ADMINISTRATORS)
@require_safe
def account(request: PageRequest, key: int) -> HttpResponse:
    """Show one account: whose, since when used, what it reaches, and to the security administrator who is signed in."""
    user = _account(request, key)
    own = request.scope.roles
    sessions = user.sign_ins.filter(ended_at=None).order_by("-pk") if Role.SYSTEM not in own else None
    today = clock.today()
    context = {
        "account": user,
        "has_second_factor": accounts.has_second_factor(user),
        "locked_until": signins.locked_until(user.username),
        "one_time_is_over": bool(user.one_time_until and user.one_time_until < clock.now()),
        "accesses": [
            {
                "row": access,
                "period": periods.shown(access.during),
                "is_over": bool(access.during.upper and access.during.upper <= today),
                "is_to_come": bool(access.during.lower and access.during.lower > today),
            }
            for access in user.accesses.select_related("granted_by", "took_over__user").order_by("-during")
        ],
        "requests": [
            {"row": one, "period": periods.shown(one.during)}
            for one in user.requests.select_related("asked_by", "decided_by").order_by("-pk")[:RECENT]
        ],
        "sessions": sessions,
        "is_own": user.pk == request.user.pk,
        "opens": Role.SYSTEM in own and user.pk != request.user.pk,
        "secures": Role.SECURITY in own and user.pk != request.user.pk,
        "has_request": user.requests.filter(status=Asked.WAITING).exists(),
    }
    return render(request, "ground/account.html", context)


# The system administrator


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def open_one(request: PageRequest) -> HttpResponse:
    """Open an account and show its one-time password, once."""
    form = OpenForm(request.POST or None)

    def do() -> HttpResponse:
        data = form.cleaned_data
        given = accounts.open_account(
            by=request.user,
            username=data["username"],
            full_name=data["full_name"],
            prefix=data["area"],
            wanted=form.wanted(),
        )
        return _strips(request, [given])

    lead = _("The one-time password is shown once, to be printed or written down.")
    return _form_page(request, form, do, heading=_("Open an account"), submit=_("Open the account"), lead=lead)


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def open_many(request: PageRequest) -> HttpResponse:
    """Try a roster, then open all its accounts and show the sheet of their one-time passwords, once."""
    if "people" in request.POST:
        return _opened(request)
    form = RosterForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "most": accounts.MOST_AT_ONCE}
    if request.method == "POST" and form.is_valid():
        try:
            roster = rosters.tried(form.cleaned_data["file"], by=request.user)
        except LedgerError as error:
            form.add_error("file", str(error))
        else:
            context |= {"roster": roster, "form": RosterForm()}
            if not roster.problems:
                people = [person.plain() for person in roster.people]
                context["people"] = signing.dumps(people, salt=_salt(request), compress=True)
    status = 422 if form.is_bound and (not form.is_valid() or context.get("roster") is None) else 200
    return render(request, "ground/open_many.html", context, status=status)


def _opened(request: PageRequest) -> HttpResponse:
    """Open what the trial showed; it travelled in the page, signed for this account, and was kept nowhere."""
    try:
        texts = signing.loads(request.POST["people"], salt=_salt(request), max_age=PREVIEW_HOLDS)
        people = [rosters.Person.of(row) for row in texts]
        given = accounts.open_many(by=request.user, rows=[person.opened() for person in people])
    except signing.BadSignature:
        messages.error(request, _("The preview is too old, or is not yours. Upload the file again."))
        return redirect("staff_open_many")
    except RefusedError as error:
        deed_refused(request, None, error.code)
        messages.error(request, _("No account was opened. {reason}").format(reason=error))
        return redirect("staff_open_many")
    return _strips(request, given)


def _salt(request: PageRequest) -> str:
    return f"roster of accounts {request.user.pk}"


@roles(Role.SYSTEM)
@require_safe
def roster_template(request: PageRequest) -> HttpResponse:
    """Send the empty roster."""
    response = HttpResponse(rosters.template(), content_type=EXCEL)
    response["Content-Disposition"] = "attachment; filename*=UTF-8''%E8%B4%A6%E5%8F%B7%E5%90%8D%E5%86%8C.xlsx"
    return response


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def change(request: PageRequest, key: int) -> HttpResponse:
    """Correct the name of an account, or move it to another area."""
    user = _account(request, key)
    form = ChangeForm(request.POST or None, initial={"full_name": user.full_name, "area": user.prefix})

    def do() -> HttpResponse:
        data = form.cleaned_data
        accounts.change_account(by=request.user, user=user, full_name=data["full_name"], prefix=data["area"])
        return _done(request, user, _("The account was changed."))

    return _form_page(request, form, do, user=user, heading=_("Change the account"), submit=_("Save"))


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def close(request: PageRequest, key: int) -> HttpResponse:
    """Close an account."""
    user = _account(request, key)
    form = WhyForm(request.POST or None)

    def do() -> HttpResponse:
        accounts.close_account(by=request.user, user=user, reason=form.cleaned_data["reason"])
        return _done(request, user, _("The account is closed. Its sessions end at their next click."))

    lead = _("Nobody gets in with it any more. Its accesses end; reopened, it has none until one is granted.")
    return _form_page(
        request, form, do, user=user, heading=_("Close the account"), submit=_("Close the account"), lead=lead
    )


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def reopen(request: PageRequest, key: int) -> HttpResponse:
    """Open a closed account again, with a one-time password."""
    user = _account(request, key)
    form = forms.Form(request.POST if request.method == "POST" else None)

    def do() -> HttpResponse:
        return _strips(request, [accounts.reopen_account(by=request.user, user=user)])

    lead = _("It gets a one-time password, shown once, and no access: the security administrator grants one.")
    return _form_page(
        request, form, do, user=user, heading=_("Reopen the account"), submit=_("Reopen the account"), lead=lead
    )


@roles(Role.SYSTEM)
@require_http_methods(FORM)
def ask(request: PageRequest, key: int) -> HttpResponse:
    """Ask the security administrator for an access."""
    user = _account(request, key)
    form = WantedForm(request.POST or None, initial={"reaches": user.prefix, "first": clock.today()})

    def do() -> HttpResponse:
        accounts.ask(by=request.user, user=user, wanted=form.wanted())
        return _done(request, user, _("The security administrator finds it among the accesses waiting."))

    return _form_page(request, form, do, user=user, heading=_("Ask for an access"), submit=_("Ask for it"))


# The security administrator


@roles(Role.SECURITY)
@require_http_methods(FORM)
def asked(request: PageRequest) -> HttpResponse:
    """Show the accesses that wait to be granted; grant those chosen, all or none, or refuse one with a reason."""
    if request.method == "POST":
        chosen = [key for key in request.POST.getlist("request") if key.isdecimal()]
        rows = list(accounts.requests_waiting(request.scope).filter(pk__in=chosen))
        if not rows:
            messages.warning(request, _("Nothing was chosen. Mark the accesses that you grant or refuse."))
        else:
            _decided(request, rows)
        return redirect("staff_asked")
    waiting = accounts.requests_waiting(request.scope).select_related("user", "asked_by")
    rows = list(waiting.order_by("pk")[: accounts.MOST_AT_ONCE])
    listed = [{"row": row, "period": periods.shown(row.during)} for row in rows]
    return render(request, "ground/asked.html", {"requests": listed})


def _decided(request: PageRequest, rows: list[RequestedAccess]) -> None:
    refusing = "refuse" in request.POST
    try:
        if refusing:
            accounts.refuse_requests(by=request.user, requests=rows, reason=request.POST.get("reason", ""))
            told = ngettext("{number} request was refused.", "{number} requests were refused.", len(rows))
        else:
            accounts.grant_requests(by=request.user, requests=rows)
            told = ngettext("{number} access was granted.", "{number} accesses were granted.", len(rows))
    except RefusedError as error:
        deed_refused(request, rows[0].user if len(rows) == 1 else None, error.code)
        nothing = _("Nothing was refused. {reason}") if refusing else _("Nothing was granted. {reason}")
        messages.error(request, nothing.format(reason=error))
    else:
        messages.success(request, told.format(number=len(rows)))


@roles(Role.SECURITY)
@require_http_methods(FORM)
def grant(request: PageRequest, key: int) -> HttpResponse:
    """Grant an access."""
    user = _account(request, key)
    form = GrantForm(request.POST or None, initial={"reaches": user.prefix, "first": clock.today()})

    def do() -> HttpResponse:
        may_reveal = form.cleaned_data["may_reveal"]
        accounts.grant(by=request.user, user=user, wanted=form.wanted(), may_reveal=may_reveal)
        return _done(request, user, _("The access is granted."))

    return _form_page(request, form, do, user=user, heading=_("Grant an access"), submit=_("Grant it"))


@roles(Role.SECURITY)
@require_http_methods(FORM)
def end(request: PageRequest, key: int) -> HttpResponse:
    """End an access on a day."""
    access = _access(request, key)
    form = EndForm(request.POST or None, initial={"last": today_or_its_last_day(access.during)})

    def do() -> HttpResponse:
        accounts.end_access(by=request.user, access=access, last=form.cleaned_data["last"])
        return _done(request, access.user, _("The access ends on that day."))

    return _form_page(request, form, do, access=access, heading=_("End the access"), submit=_("End it"))


@roles(Role.SECURITY)
@require_http_methods(FORM)
def transfer(request: PageRequest, key: int) -> HttpResponse:
    """Move an account to another office."""
    access = _access(request, key)
    form = WantedForm(request.POST or None, initial={"role": access.role, "first": clock.today()})

    def do() -> HttpResponse:
        accounts.transfer(by=request.user, access=access, wanted=form.wanted())
        first = form.cleaned_data["first"]
        told = _("The account is transferred; its open sessions end.")
        if first > clock.today():
            told = _("The account is transferred from {day} on; until then it works as before.").format(day=first)
        return _done(request, access.user, told)

    lead = _("This access ends the day before; the account gets another, and belongs to the new area.")
    return _form_page(
        request, form, do, access=access, heading=_("Transfer"), submit=_("Transfer the account"), lead=lead
    )


@roles(Role.SECURITY)
@require_http_methods(FORM)
def hand_over(request: PageRequest, key: int) -> HttpResponse:
    """Hand the work of an access over to a successor."""
    access = _access(request, key)
    form = HandOverForm(request.POST or None, request=request, initial={"first": clock.today()})

    def do() -> HttpResponse:
        successor, first = form.cleaned_data["to"], form.cleaned_data["first"]
        accounts.hand_over(by=request.user, access=access, to=successor, first=first)
        return _done(request, successor, _("The successor has role and area from that day, and the work done so far."))

    lead = _("The successor gets this role and area, and goes on with what was done under it.")
    return _form_page(request, form, do, access=access, heading=_("Hand over"), submit=_("Hand over"), lead=lead)


@roles(Role.SECURITY)
@require_http_methods(FORM)
def password(request: PageRequest, key: int) -> HttpResponse:
    """Give out a one-time password and show it, once."""
    user = _account(request, key)
    form = forms.Form(request.POST if request.method == "POST" else None)

    def do() -> HttpResponse:
        return _strips(request, [accounts.reset_password(by=request.user, user=user)])

    lead = _("Its password no longer works, its open sessions end. The one-time password is shown once.")
    return _form_page(
        request,
        form,
        do,
        user=user,
        heading=_("Reset the password"),
        submit=_("Give out a one-time password"),
        lead=lead,
    )


@roles(Role.SECURITY)
@require_http_methods(FORM)
def factor(request: PageRequest, key: int) -> HttpResponse:
    """Remove the second factor that somebody lost."""
    user = _account(request, key)
    form = WhyForm(request.POST or None)

    def do() -> HttpResponse:
        accounts.reset_second_factor(by=request.user, user=user, reason=form.cleaned_data["reason"])
        return _done(request, user, _("The second factor is removed; its owner sets up another when he signs in."))

    lead = _("See the person, or call him back: who asks for this may be somebody else.")
    return _form_page(
        request, form, do, user=user, heading=_("Remove the second factor"), submit=_("Remove it"), lead=lead
    )


@roles(Role.SECURITY)
@require_POST
def unlock(request: PageRequest, key: int) -> HttpResponse:
    """Let somebody who was locked out try again."""
    return _at_once(request, key, accounts.unlock, _("The account may try again at once."))


@roles(Role.SECURITY)
@require_POST
def sessions(request: PageRequest, key: int) -> HttpResponse:
    """End the open sessions of an account."""
    return _at_once(request, key, accounts.end_sessions, _("Its open sessions end at their next click."))


# What the pages have in common


def _account(request: PageRequest, key: int) -> User:
    return get_object_or_404(User.objects.within(request.scope), pk=key)


def _access(request: PageRequest, key: int) -> Access:
    within = Access.objects.within(request.scope).filter(user__in=User.objects.within(request.scope).values("pk"))
    return get_object_or_404(within.select_related("user"), pk=key)


def _form_page(
    request: PageRequest,
    form: forms.Form,
    do: Callable[[], HttpResponse],
    *,
    heading: str,
    submit: str,
    lead: str = "",
    user: User | None = None,
    access: Access | None = None,
) -> HttpResponse:
    """Ask with the form; do it where it is filled in, and show beside the field what was refused."""
    user = access.user if access else user
    if request.method == "POST" and form.is_valid():
        try:
            return do()
        except RefusedError as error:
            deed_refused(request, user, error.code, user.prefix if user else "")
            form.add_error(error.field if error.field in form.fields else None, str(error))
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "lead": lead,
        "account": user,
        "access": access,
        "period": periods.shown(access.during) if access else "",
        "back": reverse("staff_account", args=[user.pk]) if user else reverse("duty"),
    }
    return render(request, "ground/account_form.html", context, status=422 if form.is_bound else 200)


def _at_once(request: PageRequest, key: int, do: Callable[..., Any], told: str) -> HttpResponse:
    user = _account(request, key)
    try:
        do(by=request.user, user=user)
    except RefusedError as error:
        deed_refused(request, user, error.code, user.prefix)
        messages.error(request, str(error))
        return redirect("staff_account", key=key)
    return _done(request, user, told)


def _done(request: PageRequest, user: User, told: str) -> HttpResponse:
    """Say what was done, on the account's page; on the duty page where it is in reach no more."""
    messages.success(request, told)
    if User.objects.within(request.scope).filter(pk=user.pk).exists():
        return redirect("staff_account", key=user.pk)
    return redirect("duty")


def _strips(request: PageRequest, given: list[Given]) -> HttpResponse:
    """Show the one-time passwords on strips to be cut: this once, kept by nobody on the way."""
    context = {"given": given, "sign_in_at": request.build_absolute_uri(reverse("account_login"))}
    response = render(request, "ground/strips.html", context)
    add_never_cache_headers(response)
    return response
