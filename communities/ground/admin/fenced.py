"""
What every page of the admin stands on: who may use it follows from the table of rights, and what is not there is 404.

A model's views need no declaration of their own: the middleware reads them off the table (`access.of_register`). What
the table would allow and this admin never does is `closed`. A bulk action says who may use it: by `@roles`, or by
Django's `permissions=[…]`, which the table answers; one that says neither is offered to nobody. A list answers only
what its filters offer.
"""

from typing import Any, NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest

from .. import access


class FencedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model's pages behind the fence. `closed` are the verbs that nobody may use here, whatever the table says."""

    closed: frozenset[str] = frozenset()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the bulk actions that the account may use."""
        offered: dict[str, Any] = super().get_actions(request)
        lets_in = {
            name: access.is_one_of(access.of_action(self, told[0]), request.user) for name, told in offered.items()
        }
        return {name: told for name, told in offered.items() if lets_in[name]}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """
        Say whether the address of a list may ask for `lookup`: for what its filters offer, and nothing else.

        Django lets an address ask anything of a model's own columns, whether shown or not: who sees a list could read
        a hash of a password or a sealed number out of it, character by character.
        """
        filters = [one[0] if isinstance(one, (tuple, list)) else one for one in self.get_list_filter(request)]
        own = [getattr(one, "parameter_name", None) for one in filters]  # of filters with choices of their own
        offered = [one for one in (*filters, *own, self.date_hierarchy) if isinstance(one, str)]
        return any(lookup == one or lookup.startswith(f"{one}__") for one in offered)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        # Django leads to the first page with a message that repeats the key; here, what lies outside is not there.
        raise Http404
