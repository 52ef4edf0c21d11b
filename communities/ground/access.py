"""
Who may use which page: declared for every address, denied where nothing is declared.

`@roles(Role.OFFICER)` lets those roles in while their access is in force, `@signed_in` every open account, `@public`
everybody. Who may use the admin's views of a register follows from the one table (`roles`), and the
views of Django and allauth, which declare nothing themselves, are named in `FOREIGN` one by one. An account without
an access in force gets into pages for the signed in, and finds nothing there: the fence (`scope.py`) is asked again
for every row.
The middleware looks at the resolved view before it runs: no declaration, no page. Views of the API declare theirs
in the same way, on the class; they are refused in JSON instead of being sent to the log-in page.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import ResolverMatch
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .roles import FULL, Role, lets, proposes
from .scope import Scope

V = TypeVar("V", bound=Callable[..., Any])
Who = frozenset[Role] | str
PUBLIC = "public"
SIGNED_IN = "signed_in"
NOBODY: frozenset[Role] = frozenset()
DECLARATION = "declared_access"
BY_PAGES = "asked_by_pages"
API = "/api/"

# Views of Django's admin site and of allauth, by the name of their address. What the portal does without is closed:
# accounts are given out, so nobody signs up and nothing goes by e-mail.
FOREIGN: Mapping[str, Who] = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,  # who is signed out already is led on, not asked to sign in first
    "account_inactive": PUBLIC,
    "account_signup": PUBLIC,  # says that it is closed, and where accounts come from
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_email": NOBODY,
    "account_email_verification_sent": NOBODY,
    "account_confirm_email": NOBODY,
    "account_confirm_login_code": NOBODY,
    "account_reset_password": NOBODY,
    "account_reset_password_done": NOBODY,
    "account_reset_password_from_key": NOBODY,
    "account_reset_password_from_key_done": NOBODY,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": PUBLIC,  # the second step of signing in: the password was right, nobody is signed in yet
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "openid_connect_login": PUBLIC,  # not there (404) where no sign-in service is set up
    "openid_connect_callback": PUBLIC,
    "admin:index": frozenset(Role),
    "admin:app_list": frozenset(Role),  # an app in which the account sees nothing is not there
    "admin:login": PUBLIC,  # leads to the portal's own
    "admin:logout": frozenset(Role),
    "admin:jsi18n": frozenset(Role),
    "admin:view_on_site": NOBODY,
    "admin:password_change": NOBODY,  # the portal's own page knows all the rules
    "admin:password_change_done": NOBODY,
}

# Of Django's admin views of a model: what one must be allowed to do to see the page, and to send its form.
ADMIN_VIEWS: Mapping[str, tuple[str, str]] = {
    "changelist_view": ("view", "view"),
    "history_view": ("view", "view"),
    "add_view": ("add", "add"),
    "change_view": ("view", "change"),
    "delete_view": ("delete", "delete"),
}
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


def roles(*allowed: Role) -> Callable[[V], V]:
    """Let accounts with one of these roles use the view."""
    return lambda view: _declare(view, frozenset(allowed))


def signed_in(view: V) -> V:
    """Let every account that is signed in use the view."""
    return _declare(view, SIGNED_IN)


def public(view: V) -> V:
    """Let everybody use the view."""
    return _declare(view, PUBLIC)


def asked_by_pages(view: V) -> V:
    """Say that open pages ask for this by themselves, again and again: nobody need sit in front of them."""
    setattr(view, BY_PAGES, True)
    return view


def is_asked_by_pages(view: Any) -> bool:
    """Say whether open pages ask for `view` by themselves."""
    return bool(getattr(view, BY_PAGES, False))


def _declare(view: V, who: Who) -> V:
    setattr(view, DECLARATION, who)
    return view


def declared(view: Any, method: str = "GET") -> Who | None:
    """Return who may use `view`, None where nobody said so; for an admin's view of a model, what the table says."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        found = getattr(candidate, DECLARATION, None)
        if found is not None:
            return found  # type: ignore[no-any-return]
    admin = getattr(view, "model_admin", None)
    return None if admin is None else _by_the_table(admin, view, method)


def of_address(match: ResolverMatch, method: str = "GET") -> Who | None:
    """Return who may use what the address leads to, None where nobody said so."""
    found = declared(match.func, method)
    return FOREIGN.get(match.view_name) if found is None else found


def who_may(perm: str) -> frozenset[Role]:
    """Return the roles that may do `perm`, for instance `facilities.change_facility`, directly."""
    return frozenset(role for role in Role if lets([role], perm))


def who_proposes(perm: str) -> frozenset[Role]:
    """Return the roles that may propose what `perm` would do, and not do it."""
    return frozenset(role for role in Role if proposes([role], perm)) - who_may(perm)


def of_register(admin: Any, verb: str) -> frozenset[Role] | None:
    """
    Return who may do `verb` (view, add, change, delete) in a model's admin, proposing included.

    Nobody where the admin keeps it `closed`; None where the table says nothing at all about the model.
    """
    app, model = admin.opts.app_label, admin.opts.model_name
    if not any(who_may(f"{app}.{each}_{model}") for each in FULL):
        return None
    perm = f"{app}.{verb}_{model}"
    return NOBODY if verb in getattr(admin, "closed", ()) else who_may(perm) | who_proposes(perm)


def of_action(admin: Any, action: Any) -> frozenset[Role] | None:
    """Return who may use a bulk action of a model's admin: as declared, or as the table says of what it needs."""
    found = declared(action)
    if isinstance(found, frozenset):
        return found
    needed = [of_register(admin, verb) for verb in getattr(action, "allowed_permissions", ())]
    known = [who for who in needed if who is not None]
    return frozenset.intersection(*known) if known and len(known) == len(needed) else None


def _by_the_table(admin: Any, view: Any, method: str) -> Who | None:
    # What is left without a name is Django's redirect from an address of old to the form.
    looking, sending = ADMIN_VIEWS.get(view.__name__, ("", ""))
    if view.__name__ == "view" and hasattr(view, "view_class"):
        looking = sending = "view"
    return of_register(admin, looking if method in LOOKING else sending) if looking else None


def lets_in(view: Any, user: Any) -> bool:
    """Say whether `view` lets the account in by its declaration."""
    return is_one_of(declared(view), user)


def is_one_of(who: Who | None, user: Any) -> bool:
    """Say whether the account is among those declared; nobody is where nothing was."""
    if who == PUBLIC:
        return True
    if who is None or not user.is_authenticated:
        return False
    return who == SIGNED_IN or (isinstance(who, frozenset) and bool(who & user.reach.roles))


def _holds_nul(request: HttpRequest) -> bool:
    if request.path.startswith(API):
        return False  # the API names the input that makes no sense, in JSON
    sent = [*request.GET.lists(), *(request.POST.lists() if request.method == "POST" else ())]
    return "\0" in request.path or any("\0" in text for key, values in sent for text in (key, *values))


class ScopeMiddleware:
    """Put `request.scope` on every request: what the account may reach today; refuse what no page can look up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _holds_nul(request):
            raise BadRequest("NUL in the address or the form: PostgreSQL keeps no text with it.")

        def scope() -> Scope:
            return request.user.reach if request.user.is_authenticated else Scope()

        request.scope = SimpleLazyObject(scope)  # type: ignore[attr-defined]
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or of_address(match) != PUBLIC:
            # Nothing that stands behind the sign-in is kept by a browser or a proxy for whoever comes next.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse before the view runs, unless its declaration lets this account in."""
        who = of_address(request.resolver_match, request.method or "GET") if request.resolver_match else None
        if is_one_of(who, request.user):
            return None
        refusal = _("Your account has no right to this page.")
        if getattr(getattr(view, "cls", None), "answers_in_json", False):
            return JsonResponse({"detail": refusal}, status=403)
        if not request.user.is_authenticated:
            from django.contrib.auth.views import redirect_to_login

            return redirect_to_login(request.get_full_path())
        raise PermissionDenied(refusal)
