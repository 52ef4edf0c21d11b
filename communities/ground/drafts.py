"""
Drafts: what was typed into a form and not sent, kept for its owner alone.

A page saves while somebody types; a form that arrives after its session ended is kept here too, so that signing in
again loses nothing. What is personal never gets in: inputs that say so, passwords, and every value that holds an
identity or mobile number.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict

from .models import Draft, User
from .numbers import holds_personal_number

ADDRESS = "draft"  # the hidden input of a form whose text is kept: the path of its page
WITHOUT = "draft_without"  # and the one that names its private inputs
PRIVATE = "data-private"  # what a private input says in HTML
LONGEST_ADDRESS = 500
MOST_FIELDS = 1000
MOST_CHARACTERS = 200_000
MOST_OF_AN_ACCOUNT = 50

Field = list[str]  # name, value, and for a choice the words it was shown with


class TooMuchError(ValueError):
    """More than a form holds: it is not kept."""


@transaction.atomic
def save(user: User, address: str, fields: Any) -> Draft:
    """
    Keep the fields of the form on the page `address`, in the place of what was kept before; the newest 50 pages.

    Raises TooMuchError for what no form of ours sends.
    """
    kept = list(_fit_to_keep(fields))
    if not address.startswith("/") or len(address) > LONGEST_ADDRESS:
        raise TooMuchError("This is not the address of a page.")
    if len(kept) > MOST_FIELDS or len(json.dumps(kept)) > MOST_CHARACTERS:
        raise TooMuchError("There is more text than a draft can hold.")
    draft, _made = Draft.objects.update_or_create(user=user, address=address, defaults={"fields": kept})
    Draft.objects.filter(pk=draft.pk).update(saved_at=Now())
    of_account = Draft.objects.filter(user=user).order_by("-saved_at", "-pk").values("pk")
    Draft.objects.filter(user=user).exclude(pk__in=of_account[:MOST_OF_AN_ACCOUNT]).delete()
    draft.refresh_from_db()
    return draft


def of(user: User, address: str) -> Draft | None:
    """Return what is kept of the account's form on that page."""
    return Draft.objects.filter(user=user, address=address).first()


def discard(user: User, address: str) -> None:
    """Remove it: it was sent or thrown away."""
    Draft.objects.filter(user=user, address=address).delete()


def keep_what_was_sent(request: HttpRequest, user: User) -> bool:
    """Keep the form that came after its session had ended; say whether there was anything to keep."""
    sent = request.POST
    if not sent.get(ADDRESS):
        return False
    private = set(sent.get(WITHOUT, "").split())
    fields = [[name, value] for name, value in _pairs(sent) if name not in private]
    try:
        return bool(save(user, sent[ADDRESS], fields).fields)
    except TooMuchError:
        return False


def private_names(forms: Iterable[BaseForm]) -> list[str]:
    """Return the names of the inputs that say they are private, as the forms would send them."""
    return [
        form.add_prefix(name)
        for form in forms
        for name, field in form.fields.items()
        if PRIVATE in field.widget.attrs or any(PRIVATE in part.attrs for part in getattr(field.widget, "widgets", ()))
    ]


def _pairs(sent: QueryDict) -> Iterator[tuple[str, str]]:
    for name, values in sent.lists():
        for value in values:
            if isinstance(value, str):
                yield name, value


def _fit_to_keep(fields: Any) -> Iterator[Field]:
    for field in fields if isinstance(fields, list) else ():
        if not isinstance(field, list) or not 2 <= len(field) <= 3 or not all(isinstance(part, str) for part in field):
            raise TooMuchError("A field of a draft is its name, its value and perhaps its words.")
        if _may_be_kept(field[0]) and not any(holds_personal_number(part) for part in field[1:]):
            yield [part.replace("\0", "") for part in field]


def _may_be_kept(name: str) -> bool:
    mechanics = name.startswith(("_", "csrf")) or name in (ADDRESS, WITHOUT, "next", "action")
    return not mechanics and "password" not in name.lower()
