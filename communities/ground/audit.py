"""
What an auditor reads: which events are in his reach, by what they are searched, and each as a sentence.

An auditor sees the events about his area and those of the accounts that belong to it. Events of no area and of nobody
with an area (the operator's commands, a failed sign-in under a name that does not exist) concern the machine as a
whole; every auditor sees them, since an event that nobody may read would be no record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.core.validators import RegexValidator
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import events
from .filters import DayField
from .models import Event, User
from .models.accounts import PREFIX
from .numbers import holds_personal_number
from .roles import BUSINESS_APPS
from .scope import Scope, prefix_of

SEARCHED = 50_000  # events in whose detail words are looked for at a time
ACCOUNT = User._meta.label

# What the parts of a detail are called.
DETAILS = {
    "address": gettext_lazy("from the address"),
    "area": gettext_lazy("area"),
    "as_of": gettext_lazy("as of"),
    "changed": gettext_lazy("changed"),
    "check_code": gettext_lazy("check code"),
    "created": gettext_lazy("created"),
    "factor": gettext_lazy("second factor"),
    "faults": gettext_lazy("faults"),
    "fields": gettext_lazy("fields"),
    "file": gettext_lazy("file"),
    "filter": gettext_lazy("filter"),
    "form": gettext_lazy("form"),
    "head": gettext_lazy("head"),
    "kind": gettext_lazy("kind"),
    "known": gettext_lazy("the account exists"),
    "method": gettext_lazy("method"),
    "number": gettext_lazy("number"),
    "plan": gettext_lazy("plan"),
    "purpose": gettext_lazy("purpose"),
    "reason": gettext_lazy("reason"),
    "role": gettext_lazy("role"),
    "route": gettext_lazy("page"),
    "rows": gettext_lazy("rows"),
    "run": gettext_lazy("run"),
    "sha256": gettext_lazy("SHA-256"),
    "sign_in": gettext_lazy("sign-in"),
    "sign_ins": gettext_lazy("sign-ins"),
    "unchanged": gettext_lazy("unchanged"),
    "until": gettext_lazy("until"),
    "why": gettext_lazy("why"),
    "wrong": gettext_lazy("wrong"),
}


def seen_by(scope: Scope) -> "QuerySet[Event]":
    """Return the events an auditor with this reach may read."""
    of_nobody = Q(prefix="") & (Q(actor=None) | Q(actor__prefix=""))
    return Event.objects.filter(scope.condition("prefix") | scope.condition("actor__prefix") | of_nobody)


# Searching


def _actions() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("all")), *events.ACTIONS.items()]


def _kinds() -> list[tuple[str, Any]]:
    models = [model for model in apps.get_models() if model._meta.app_label in BUSINESS_APPS | {"ground"}]
    ours = [model for model in models if not hasattr(model, "pgh_tracked_model")]
    return [("", gettext_lazy("all")), *((model._meta.label, capfirst(model._meta.verbose_name)) for model in ours)]


class Search(forms.Form):
    """By what events are searched; every part may be left empty."""

    since = DayField(label=gettext_lazy("from"), required=False)
    until = DayField(label=gettext_lazy("until"), required=False)
    actor = forms.CharField(label=gettext_lazy("account or name"), required=False, max_length=150, strip=True)
    action = forms.ChoiceField(label=gettext_lazy("what was done"), choices=_actions, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("kind of object"), choices=_kinds, required=False)
    key = forms.CharField(label=gettext_lazy("number of the object"), required=False, max_length=120)
    within = forms.CharField(
        label=gettext_lazy("area"),
        required=False,
        max_length=12,
        validators=[RegexValidator(PREFIX, gettext_lazy("A code prefix has 2, 4, 6, 9 or 12 digits."))],
    )
    request = forms.CharField(label=gettext_lazy("request number"), required=False, max_length=64)
    words = forms.CharField(label=gettext_lazy("words in the detail"), required=False, max_length=100)
    account = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def asked(self) -> dict[str, str]:
        """Return the parts that were filled in, as they stand in an address."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}

    def clean(self) -> dict[str, Any]:
        """Refuse what no event holds, and no address should."""
        said = super().clean() or {}
        if any(isinstance(value, str) and holds_personal_number(value) for value in said.values()):
            raise forms.ValidationError(_("Events hold no identity numbers and no mobile numbers; search otherwise."))
        return said

    def told(self, *, but: Iterable[str] = ()) -> str:
        """Return the filter in words, without the parts named in `but`; empty where nothing was filled in."""
        parts = ((field, self.data.get(name)) for name, field in self.fields.items() if name not in but)
        return "; ".join(f"{field.label or _('account')}: {_chosen(field, value)}" for field, value in parts if value)

    def accounts(self) -> list[int]:
        """Return the keys of the accounts that were searched by name."""
        name = self.cleaned_data["actor"]
        return list(_accounts(name).values_list("pk", flat=True)) if name else []

    def keep(self, rows: "QuerySet[Event]") -> "QuerySet[Event]":
        """Return the rows that were asked for, but for the words in the detail; the form must be valid."""
        said = self.cleaned_data
        conditions = [
            Q(at__gte=_begin(said["since"])) if said["since"] else Q(),
            Q(at__lt=_begin(said["until"] + timedelta(days=1))) if said["until"] else Q(),
            Q(action__in=events.names(said["action"])) if said["action"] else Q(),
            Q(object_type=said["kind"]) if said["kind"] else Q(),
            Q(object_key=said["key"]) if said["key"] else Q(),
            Q(prefix__startswith=prefix_of(said["within"])) if said["within"] else Q(),
            Q(request_id__startswith=said["request"]) if said["request"] else Q(),
            _of_account(said["account"]) if said["account"] else Q(),
            Q(actor__in=_accounts(said["actor"])) if said["actor"] else Q(),
        ]
        return rows.filter(*conditions)


def holding(rows: "QuerySet[Event]", words: str) -> "QuerySet[Event]":
    """Keep the rows in whose detail the words stand, in capitals or not."""
    return rows.annotate(written=Cast("detail", TextField())).filter(written__icontains=words) if words else rows


def newest(rows: "QuerySet[Event]", before: Event | None = None) -> "QuerySet[Event]":
    """Return the rows with the newest first, those before an event where one is given."""
    if before is not None:
        earlier = Q(at__lt=before.at) | Q(pk__lt=before.pk)
        rows = rows.filter(earlier, at__lte=before.at)
    return rows.order_by("-at", "-pk")


def _chosen(field: forms.Field, value: str) -> Any:
    choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    return next((label for code, label in choices if code == value), value)


def _begin(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _accounts(name: str) -> "QuerySet[User, Any]":
    return User.objects.filter(Q(username__iexact=name) | Q(full_name=name)).values("pk")


def _of_account(key: int) -> Q:
    """What an account did, and what was done to it."""
    return Q(actor=key) | Q(object_type=ACCOUNT, object_key=str(key))


# Telling


@dataclass(frozen=True)
class Told:
    """An event as an auditor reads it: who did what to what, and the detail in words."""

    event: Event
    who: str
    did: str
    about: str
    more: list[tuple[str, str]]

    def __str__(self) -> str:
        return " ".join(part for part in (self.who, self.did, self.about) if part)


def told(found: Iterable[Event]) -> list[Told]:
    """Return the events in words; their actors must be loaded. One query for the accounts they are about."""
    rows = list(found)
    keys = {int(row.object_key) for row in rows if row.object_type == ACCOUNT and row.object_key.isdecimal()}
    accounts = User.objects.in_bulk(keys) if keys else {}
    return [Told(row, _who(row), events.label(row.action), _about(row, accounts), details(row.detail)) for row in rows]


def named(account: User) -> str:
    """Return an account by its owner's name and its own."""
    return f"{account.full_name} ({account.username})" if account.full_name else account.username


def _who(event: Event) -> str:
    if event.actor is not None:
        return named(event.actor)
    return _("somebody not signed in") if event.action.startswith(("signin.", "factor.")) else _("a command")


def _about(event: Event, accounts: dict[int, User]) -> str:
    if not event.object_type:
        return ""
    if event.object_type == ACCOUNT and event.object_key == str(event.actor_id or ""):
        return ""  # himself
    if event.object_type == ACCOUNT and event.object_key.isdecimal() and int(event.object_key) in accounts:
        return named(accounts[int(event.object_key)])
    return f"{kind_of(event.object_type)} {event.object_key}"


def kind_of(label: str) -> str:
    """Return what a kind of object is called; its label where it is not known any more."""
    try:
        model: type[Model] = apps.get_model(label)
    except (LookupError, ValueError):
        return label
    return str(model._meta.verbose_name)


def details(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the parts of a detail with what they are called."""
    return [(str(DETAILS.get(key, key)), _shown(value)) for key, value in detail.items()]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "—"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(one)}" for key, one in value.items())
    return str(value)
