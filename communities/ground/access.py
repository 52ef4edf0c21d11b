"""
Who may use which page: declared on every view, denied where nothing is declared.

`@roles(Role.OFFICER)` lets those roles in while their access is in force, `@signed_in` every open account, `@public`
everybody. An account without an access in force gets into pages for the signed in, and finds nothing there: the fence
(`scope.py`) is asked again for every row.
The middleware looks at the resolved view before it runs: no declaration, no page. Views of the API declare theirs
in the same way, on the class; they are refused in JSON instead of being sent to the log-in page.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .roles import Role
from .scope import Scope

V = TypeVar("V", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed_in"
DECLARATION = "declared_access"
API = "/api/"


def roles(*allowed: Role) -> Callable[[V], V]:
    """Let accounts with one of these roles use the view."""
    return lambda view: _declare(view, frozenset(allowed))


def signed_in(view: V) -> V:
    """Let every account that is signed in use the view."""
    return _declare(view, SIGNED_IN)


def public(view: V) -> V:
    """Let everybody use the view."""
    return _declare(view, PUBLIC)


def _declare(view: V, who: frozenset[Role] | str) -> V:
    setattr(view, DECLARATION, who)
    return view


def declared(view: Any) -> frozenset[Role] | str | None:
    """Return who may use `view`, None where nobody said so."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        found = getattr(candidate, DECLARATION, None)
        if found is not None:
            return found  # type: ignore[no-any-return]
    return None


def lets_in(view: Any, user: Any, otherwise: str | None = None) -> bool:
    """Say whether `view` lets the account in by its declaration, or by `otherwise` where it has none."""
    who = declared(view) or otherwise
    if who == PUBLIC:
        return True
    if not user.is_authenticated:
        return False
    return who == SIGNED_IN or (isinstance(who, frozenset) and bool(who & user.reach.roles))


def _holds_nul(request: HttpRequest) -> bool:
    if request.path.startswith(API):
        return False  # the API names the input that makes no sense, in JSON
    said = (text for key, values in request.GET.lists() for text in (key, *values))
    return "\0" in request.path or any("\0" in text for text in said)


class ScopeMiddleware:
    """Put `request.scope` on every request: what the account may reach today; refuse what no page can look up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _holds_nul(request):
            raise BadRequest("NUL in the address: PostgreSQL keeps no text with it, so nothing can be found by it.")

        def scope() -> Scope:
            return request.user.reach if request.user.is_authenticated else Scope()

        request.scope = SimpleLazyObject(scope)  # type: ignore[attr-defined]
        return self.get_response(request)

    # Views of Django, allauth and DRF's schema declare nothing themselves: what they are is listed here, once.
    foreign = {
        "django.contrib.admin": SIGNED_IN,
        "django.contrib.auth.admin": SIGNED_IN,
        "config.admin": SIGNED_IN,
        "allauth": PUBLIC,
        "django.views.i18n": PUBLIC,
        "django.views.static": PUBLIC,
        "drf_spectacular": SIGNED_IN,
        "import_export": SIGNED_IN,
    }

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse before the view runs, unless its declaration lets this account in."""
        if lets_in(view, request.user, self._foreign(view)):
            return None
        refusal = _("Your account has no right to this page.")
        if getattr(getattr(view, "cls", None), "answers_in_json", False):
            return JsonResponse({"detail": refusal}, status=403)
        if not request.user.is_authenticated:
            from django.contrib.auth.views import redirect_to_login

            return redirect_to_login(request.get_full_path())
        raise PermissionDenied(refusal)

    def _foreign(self, view: Any) -> str | None:
        inner = getattr(view, "view_class", getattr(view, "cls", view))
        module = getattr(getattr(inner, "__wrapped__", inner), "__module__", "")
        return next((who for name, who in self.foreign.items() if module.startswith(name)), None)
