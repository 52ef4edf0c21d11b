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
from django.db.models import Model, Q, QuerySet, TextField, Value
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

SEARCHED = 5000  # events in whose detail words are looked for at a time
MOST_NAMED = 1000  # accounts of an area that a search names one by one
MOST_ACCOUNTS = 100  # that bear a name
ACCOUNT = User._meta.label

# What the parts of a detail are called.
DETAILS = {
    "account": gettext_lazy("account"),
    "address": gettext_lazy("from the address"),
    "area": gettext_lazy("area"),
    "as_of": gettext_lazy("as of"),
    "changed": gettext_lazy("changed"),
    "check_code": gettext_lazy("check code"),
    "codes_kept": gettext_lazy("recovery codes kept"),
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
    "was": gettext_lazy("formerly"),
    "now": gettext_lazy("from now on"),
    "agreed": gettext_lazy("hash by the former key"),
    "lost": gettext_lazy("lost head"),
    "position": gettext_lazy("position"),
    "why": gettext_lazy("why"),
    "wrong": gettext_lazy("wrong"),
}


def seen_by(scope: Scope) -> "QuerySet[Event]":
    """Return the events an auditor with this reach may read."""
    about, by, of_nobody = _why_seen(scope, "")
    return Event.objects.filter(about | by | of_nobody)


def _why_seen(scope: Scope, area: str) -> tuple[Q, Q, Q]:
    """Return the three conditions of which one lets an auditor read an event, the first within `area` as well."""
    met = [prefix for prefix in scope.prefixes if prefix.startswith(area) or area.startswith(prefix)]
    about = Scope(tuple({max(prefix, area, key=len) for prefix in met})).condition("prefix")
    ours: Any = User.objects.filter(scope.condition("prefix")).values_list("pk", flat=True)
    keys = list(ours[: MOST_NAMED + 1])
    if len(keys) <= MOST_NAMED:
        ours = keys  # named one by one, PostgreSQL knows how many events they have and chooses by it
    of_nowhere = User.objects.filter(prefix="").values("pk")
    of_nobody = Q(prefix="") & (Q(actor=None) | Q(actor__in=of_nowhere))
    return about, Q(actor__in=ours), of_nobody


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
    account = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    _accounts: list[int] | None = None

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
        told = [
            _("{what}: {value}").format(what=field.label or _("account"), value=_chosen(field, value))
            for field, value in parts
            if value
        ]
        return _listed(told, _("{some}; {last}"))

    def accounts(self) -> list[int]:
        """Return the keys of the accounts that were searched by name (one query, asked once)."""
        if self._accounts is None:
            name = self.cleaned_data["actor"]
            known = User.objects.filter(Q(username__iexact=name) | Q(full_name=name)).values_list("pk", flat=True)
            self._accounts = list(known[:MOST_ACCOUNTS]) if name else []
        return self._accounts

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
            Q(actor__in=self.accounts()) if said["actor"] else Q(),
        ]
        return rows.filter(*conditions)


@dataclass(frozen=True)
class Page:
    """A page of what was searched, the newest first; `last` is where the next page goes on, None at the end."""

    found: list[Event]
    last: Event | None
    is_searched_on: bool = False  # whether there is more only because not all was looked through


def page(scope: Scope, search: Search, *, size: int, before: Event | None = None) -> Page:
    """
    Return one page of the events within reach that were asked for, those before an event where one is given.

    A few queries, however many events there are: each reason for which an event is seen has an index of its own that
    yields the newest first. Words are looked for in the newest SEARCHED events that fit otherwise: no index has them.
    """
    words = search.cleaned_data["words"]
    most = SEARCHED if words else size
    looked_at = _newest_keys(scope, search, before, most + 1)
    fitting = [key for key, text in looked_at[:most] if words.casefold() in text.casefold()] if words else None
    keys = [key for key, _text in looked_at] if fitting is None else fitting
    rows = Event.objects.select_related("actor").in_bulk(
        [*keys[:size], *(key for key, _text in looked_at[most - 1 : most])]
    )
    found = [rows[key] for key in keys[:size]]
    if len(keys) > size:
        return Page(found, found[-1])
    return (
        Page(found, rows[looked_at[most - 1][0]], is_searched_on=True) if len(looked_at) > most else Page(found, None)
    )


def _newest_keys(scope: Scope, search: Search, before: Event | None, most: int) -> list[tuple[int, str]]:
    """Return the keys of the newest events that fit, each with its detail where words are looked for."""
    text = Cast("detail", TextField()) if search.cleaned_data["words"] else Value("")
    arms = [
        _before(search.keep(Event.objects.filter(why)), before)
        .annotate(written=text)
        .values_list("at", "pk", "written")
        for why in _why_seen(scope, prefix_of(search.cleaned_data["within"]))
    ]
    first, *others = (arm.order_by("-at", "-pk")[:most] for arm in arms)
    rows = first.union(*others).order_by("-at", "-pk")[:most]
    return [(key, written) for _at, key, written in rows]


def _before(rows: "QuerySet[Event]", before: Event | None) -> "QuerySet[Event]":
    if before is None:
        return rows
    return rows.filter(Q(at__lt=before.at) | Q(pk__lt=before.pk), at__lte=before.at)


def holding(rows: "QuerySet[Event]", words: str) -> "QuerySet[Event]":
    """Keep the rows in whose detail the words stand, in capitals or not; reads every row."""
    return rows.annotate(written=Cast("detail", TextField())).filter(written__icontains=words) if words else rows


def _chosen(field: forms.Field, value: str) -> Any:
    choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    return next((label for code, label in choices if code == value), value)


def _begin(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


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
        sentence = _("{who} {did} {about}") if self.about else _("{who} {did}")
        return sentence.format(who=self.who, did=self.did, about=self.about)


def told(found: Iterable[Event]) -> list[Told]:
    """Return the events in words; their actors must be loaded. One query for the accounts they are about."""
    rows = list(found)
    keys = {int(row.object_key) for row in rows if row.object_type == ACCOUNT and row.object_key.isdecimal()}
    accounts = User.objects.in_bulk(keys) if keys else {}
    return [Told(row, _who(row), events.label(row.action), _about(row, accounts), details(row.detail)) for row in rows]


def named(account: User) -> str:
    """Return an account by its owner's name and its own."""
    if not account.full_name:
        return account.username
    return _("{name} ({account})").format(name=account.full_name, account=account.username)


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
    return _("{kind} {number}").format(kind=kind_of(event.object_type), number=event.object_key)


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
        return _listed([_shown(one) for one in value], _("{some}, {last}")) or "—"
    if isinstance(value, dict):
        told = [_("{what}: {value}").format(what=key, value=_shown(one)) for key, one in value.items()]
        return _listed(told, _("{some}, {last}"))
    return str(value)


def _listed(parts: list[str], pattern: str) -> str:
    """Return the parts one after the other, put together as the language does."""
    told = parts[0] if parts else ""
    for part in parts[1:]:
        told = pattern.format(some=told, last=part)
    return told
