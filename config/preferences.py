"""
How somebody likes to read: light or dark, ordinary or large type.

Kept in two cookies of this browser, not in the account: the choice belongs to the screen in front of you. Changed
by a plain form, so it works without a script.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from communities.ground.access import public

A_YEAR = 365 * 24 * 3600
CHOICES = {"theme": ("light", "dark"), "type": ("normal", "large")}


@dataclass(frozen=True)
class Reading:
    """`theme`: light | dark, `type`: normal | large; what is not known counts as the first of each."""

    theme: str
    type: str

    @property
    def is_dark(self) -> bool:
        """Light text on dark paper."""
        return self.theme == "dark"

    @property
    def is_large(self) -> bool:
        """Type a fifth larger."""
        return self.type == "large"


def reading(request: HttpRequest) -> Reading:
    """Return how this browser likes to read."""
    return Reading(**{name: _known(name, request.COOKIES.get(name)) for name in CHOICES})


@public
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Keep what the form says and return to the page it was sent from; unknown values are ignored."""
    response = HttpResponseRedirect(_way_back(request))
    for name, known in CHOICES.items():
        if (value := request.POST.get(name, "")) in known:
            response.set_cookie(name, value, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def _known(name: str, value: str | None) -> str:
    return value if value in CHOICES[name] else CHOICES[name][0]


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"


urlpatterns = [path("preferences/", change, name="preferences")]
