"""What every page of the portal is asked with: the account, and what it may reach."""

from django.http import HttpRequest

from .models import Role, User
from .scope import Scope


class PageRequest(HttpRequest):
    """A request of somebody who is signed in; `scope` comes from the middleware in `access`."""

    user: User
    scope: Scope


def is_officer(request: PageRequest) -> bool:
    """Say whether the account may judge, publish and load plans."""
    return Role.OFFICER in request.scope.roles
