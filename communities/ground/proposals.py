"""
What can be done with proposals: make one, accept, refuse or withdraw it.

A proposal keeps what a form would have changed, field by field. Who accepts it sends the register's own form in his
name: the form of the row as it stands then, with the proposed fields put in, through all of its checks. Where one of
those fields, or the row, has changed since, it is not accepted: what is right now is for a person to say.

Who keeps the register directly (`roles.RIGHTS`) and reaches the row decides, never on a proposal of his own.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pghistory
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from . import clock, events
from .evidence import Evidence
from .forms import Sent, Sheet, differences, in_words, posted, present, sent_by
from .history import TRACKED, superseded
from .models import Fact, Proposal, User
from .models.proposals import ProposalStatus as Status
from .numbers import holds_personal_number
from .scope import prefix_of

SENT_KEPT_DAYS = 90  # for its proposer to take up a proposal that was refused or that he withdrew
NAMED = re.compile(r"\s*〔[^〔〕]*\d+ · [^〔〕]*〕$")  # the proposal a source names, see `_with_proposer`


@dataclass(frozen=True)
class Wish:
    """What is to be changed in a register, and where."""

    model: type[Model]
    object_key: str
    object_name: str
    prefix: str
    place_name: str
    sent: Sent
    changes: list[dict[str, Any]]

    @classmethod
    def of(cls, row: Model, sent: Sent, changes: list[dict[str, Any]], *, is_new: bool) -> "Wish":
        """Return the wish for a row; it must stand in the database, if only in a save that is taken back."""
        code, place_name = _place_of(row)
        if is_new:  # nothing was there before
            changes = [{name: said for name, said in one.items() if name != "was"} for one in changes]
        key = "" if is_new else str(row.pk)
        return cls(type(row), key, str(row)[:200], prefix_of(code), place_name, sent, changes)

    def as_it_stands(self) -> "Wish":
        """Return the wish under the name and in the place that a row has before it is changed."""
        if not self.object_key:
            return self
        row = self.model._base_manager.get(pk=self.object_key)
        return Wish.of(row, self.sent, self.changes, is_new=False)


@dataclass(frozen=True)
class Since:
    """An edit of the row since the proposal: when, by whom, and of each field its before and after."""

    at: datetime
    by: str
    changes: list[tuple[str, str, str]]


def _place_of(row: Model) -> tuple[str, str]:
    """Return code and name of the place the row belongs to today; it is one within reach, so it has a code."""
    rows: Any = type(row)._default_manager.all()
    place = f"{rows.place_path}__" if rows.place_path else ""
    found = rows.filter(**{"pk": row.pk, f"{place}codes__during__contains": clock.today()})
    code, name = found.order_by().values_list(f"{place}codes__code", f"{place}name").first() or ("", "")
    return code, name


def request_of(user: User, data: QueryDict | None = None) -> HttpRequest:
    """Return the request by which `user` opens, or with `data` sends, a form of the admin without a browser."""
    request = HttpRequest()
    request.user = user
    request.scope = user.reach  # type: ignore[attr-defined]
    request.method = "GET" if data is None else "POST"
    if data is not None:
        request.POST = data  # type: ignore[assignment]
    return request


def model_of(proposal: Proposal) -> type[Model]:
    """Return the model of the register that is to be changed."""
    return apps.get_model(proposal.register)


def _admin_of(model: type[Model]) -> Any:
    return admin.site.get_model_admin(model)


def _perm(proposal: Proposal, verb: str = "") -> str:
    app, _dot, model = proposal.register.partition(".")
    return f"{app}.{verb or ('change' if proposal.object_key else 'add')}_{model}"


# Who sees, who decides


def seen_by(user: User) -> QuerySet[Proposal]:
    """Return the proposals within reach of the account, of registers it reads."""
    readable = [label for label in registers() if user.has_perm(label.replace(".", ".view_"))]
    return Proposal.objects.within(user.reach).filter(register__in=readable)


def waiting_on(user: User) -> QuerySet[Proposal]:
    """Return the proposals that wait for this account to decide on."""
    kept = [label for label in registers() if user.has_perm(label.replace(".", ".change_"))]
    if not kept:
        return Proposal.objects.none()
    waiting = Proposal.objects.within(user.reach).filter(status=Status.WAITING, register__in=kept)
    return waiting.exclude(proposed_by=user)


def waiting_for(user: Any, model: type[Model], key: Any) -> list[Proposal]:
    """Return the proposals within reach that wait for one row."""
    rows = Proposal.objects.within(user.reach).filter(
        register=model._meta.label_lower, object_key=str(key), status=Status.WAITING
    )
    return list(rows.select_related("proposed_by").order_by("pk"))


def own(user: Any, model: type[Model], row: Model | None, key: str) -> Proposal | None:
    """Return the account's own proposal of that number for the row, None where there is none that has come back."""
    mine = Proposal.objects.filter(
        register=model._meta.label_lower,
        object_key=str(row.pk) if row else "",
        proposed_by=user,
        status__in=[Status.REFUSED, Status.WITHDRAWN],
    ).exclude(sent={})
    return mine.filter(pk=int(key)).first() if key.isdecimal() else None


def registers() -> list[str]:
    """Return the labels of the registers whose changes may be proposed, in the officials' order."""
    return [model._meta.label_lower for model, one in admin.site._registry.items() if hasattr(one, "save_sheet")]


def may_decide(proposal: Proposal, user: User) -> bool:
    """Say whether the account may accept or refuse the proposal."""
    return (
        proposal.status == Status.WAITING
        and proposal.proposed_by_id != user.pk
        and user.has_perm(_perm(proposal))
        and user.reach.covers(proposal.prefix)
    )


def may_open_evidence(file: int, user: User) -> bool:
    """
    Say whether the account may open the file as far as proposals go: any that is no evidence, and the evidence of what
    it proposed itself or of a register that it keeps. Who only reads the register sees that there is evidence.
    """
    named = list(Proposal.objects.filter(evidence=file))
    return not named or any(may_see_evidence(one, user) for one in named)


def may_see_evidence(proposal: Proposal, user: User) -> bool:
    """Say whether the account made the proposal, or keeps the register that it is about."""
    return proposal.proposed_by_id == user.pk or (user.has_perm(_perm(proposal)) and user.reach.covers(proposal.prefix))


# What is done


@transaction.atomic
def propose(wish: Wish, *, reason: str, evidence: Evidence | None, by: User) -> Proposal:
    """Keep what `by` wishes to change, for somebody else to decide on."""
    if holds_personal_number(reason) or holds_personal_number(json.dumps(wish.changes, ensure_ascii=False)):
        raise ValidationError(_("An identity or mobile number stands here. A proposal keeps none: take it out."))
    wish = wish.as_it_stands()
    _refuse_a_second(wish, by)
    proposal = Proposal.objects.create(
        register=wish.model._meta.label_lower,
        object_key=wish.object_key,
        object_name=wish.object_name,
        prefix=wish.prefix,
        place_name=wish.place_name,
        sent=wish.sent,
        changes=wish.changes,
        reason=reason,
        evidence=evidence.keep(prefix=wish.prefix, by=by) if evidence else None,
        proposed_by=by,
    )
    _record("proposal.make", proposal, by)
    return proposal


def _refuse_a_second(wish: Wish, by: User) -> None:
    same = Proposal.objects.filter(
        register=wish.model._meta.label_lower, object_key=wish.object_key, status=Status.WAITING, proposed_by=by
    )
    if (first := same.filter(prefix=wish.prefix, sent=wish.sent, changes=wish.changes).first()) is not None:
        told = _("You have proposed exactly this already: proposal {number} waits. Nothing was proposed a second time.")
        raise ValidationError(told.format(number=first.pk), code="twice")


@transaction.atomic
def propose_value(
    row: Model, field: str, value: Any, *, reason: str, evidence: Evidence | None = None, by: User
) -> Proposal:
    """
    Propose that one field of a row holds another value; checked as the register's form checks it.

    For pages that show a fact and let its reader say that it is wrong: which of them may is for the page to say; the
    row must lie within reach. Raises PermissionDenied, and ValidationError for a value that could not be saved.
    """
    register = _admin_of(type(row))
    found = register.get_object(request_of(by), str(row.pk))
    if found is None or not by.has_perm(f"{row._meta.app_label}.view_{row._meta.model_name}"):
        raise PermissionDenied(_("This row lies outside what your account reads."))
    now = register.sheet(_proposing(request_of(by), row), found)
    if field not in now.form.fields:
        raise ValidationError(_("The form of this register does not ask for “{field}”.").format(field=field))
    data = posted(now, {"": sent_by(now.form, field, value)})
    request = _proposing(request_of(by, data), row)
    sheet = register.sheet(request, found)
    if not sheet.is_valid():
        raise ValidationError(sheet.mistakes())
    with rehearsed():
        register.save_sheet(request, sheet, is_new=False)
    sent, changes = differences(sheet)
    if not changes:
        raise ValidationError(_("The register already holds this value."))
    return propose(Wish.of(row, sent, changes, is_new=False), reason=reason, evidence=evidence, by=by)


@transaction.atomic
def accept(proposal: Proposal, *, by: User) -> Model:
    """
    Put the proposal into the register in the name of `by` and return the row.

    Raises PermissionDenied where `by` may not decide, and ValidationError, in words, where somebody has decided
    already, the row is gone, it was changed since in a field that is proposed, or its form refuses the change.
    """
    locked = _still_waiting(proposal, by)
    register = _admin_of(model_of(locked))
    row = _locked_row(locked, by)
    now = register.sheet(request_of(by), row)
    if found := conflicts(locked, now):
        raise ValidationError(found)
    request = request_of(by, posted(now, locked.sent))
    sheet = register.sheet(request, row)
    if not sheet.is_valid():
        raise ValidationError(sheet.mistakes())
    _name_the_proposer(sheet, locked)
    told = _("Proposal {number} of {who} accepted: {what}").format(
        number=locked.pk, who=locked.proposed_by, what="、".join(dict.fromkeys(one["name"] for one in locked.changes))
    )
    with pghistory.context(user=by.pk, proposal=locked.pk):
        saved: Model = register.save_sheet(request, sheet, is_new=row is None, told=told)
    locked.object_key = str(saved.pk)
    _decide(locked, Status.ACCEPTED, by)
    _record("proposal.accept", locked, by)
    return saved


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, reason: str) -> None:
    """Send the proposal back with a reason. Raises PermissionDenied and ValidationError as `accept` does."""
    if not reason.strip():
        raise ValidationError(
            _("Say why it is refused: the proposer reads it and may propose again."), code="no_reason"
        )
    if holds_personal_number(reason):
        raise ValidationError(
            _("The reason holds an identity or mobile number. Take it out: a proposal keeps none."), code="number"
        )
    locked = _still_waiting(proposal, by)
    _decide(locked, Status.REFUSED, by, reason.strip()[:500])
    _record("proposal.reject", locked, by)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: User) -> None:
    """Take one's own proposal back while nobody has decided on it."""
    if proposal.proposed_by_id != by.pk:
        raise PermissionDenied(_("Only who made a proposal withdraws it."))
    locked = _locked(proposal)
    _decide(locked, Status.WITHDRAWN, by)
    _record("proposal.withdraw", locked, by)


def forget_sent() -> int:
    """Empty the forms of the proposals that came back so long ago that nobody takes them up again; return how many."""
    over = timezone.now() - timedelta(days=SENT_KEPT_DAYS)
    came_back = Proposal.objects.filter(status__in=[Status.REFUSED, Status.WITHDRAWN], decided_at__lt=over)
    return came_back.exclude(sent={}).update(sent={})


def filled_in(register: Any, proposal: Proposal, row: Model | None, by: User) -> Sheet:
    """Return the form as `by` would send it again: what the proposal sent, on the row as it stands now."""
    model = model_of(proposal)
    now = register.sheet(_proposing(request_of(by), model), row)
    data = posted(now, proposal.sent)
    data["proposal_reason"] = proposal.reason
    sheet: Sheet = register.sheet(_proposing(request_of(by, data), model), row)
    return sheet


@contextmanager
def rehearsed() -> Iterator[None]:
    """Take back whatever the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _proposing(request: HttpRequest, row: Model | type[Model]) -> HttpRequest:
    request.proposing = row if isinstance(row, type) else type(row)  # type: ignore[attr-defined]
    return request


def _locked(proposal: Proposal) -> Proposal:
    """Return the proposal, which nobody else decides on meanwhile; raise ValidationError where somebody has."""
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if locked.status != Status.WAITING:
        told = _("Proposal {number} was decided already: {status}, by {who}, {when}. Nothing more was done.")
        when = clock.shown(locked.decided_at) if locked.decided_at else ""
        said = {"number": locked.pk, "status": locked.get_status_display(), "who": locked.decided_by, "when": when}
        raise ValidationError(told.format(**said), code="decided")
    return locked


def _still_waiting(proposal: Proposal, by: User) -> Proposal:
    locked = _locked(proposal)
    if locked.proposed_by_id == by.pk:
        raise PermissionDenied(_("Nobody decides on his own proposal; somebody else who keeps the register does."))
    if not may_decide(locked, by):
        raise PermissionDenied(_("Your account does not keep this register in this area, so it cannot decide."))
    return locked


def _locked_row(proposal: Proposal, by: User) -> Model | None:
    """Return the row as `by` reaches it, locked; None where it is to be added. Raises ValidationError if it is gone."""
    if not proposal.object_key:
        return None
    model = model_of(proposal)
    if not model._base_manager.select_for_update(of=("self",)).filter(pk=proposal.object_key).exists():
        raise ValidationError(removed(proposal), code="row_gone")
    row: Model | None = _admin_of(model).get_object(request_of(by), proposal.object_key)
    if row is None:
        raise PermissionDenied(_("This row now lies outside the area of your account."))
    return row


def _decide(proposal: Proposal, status: Status, by: User, reason: str = "") -> None:
    proposal.status, proposal.decided_by, proposal.decision = status, by, reason
    proposal.decided_at = timezone.now()
    proposal.save(update_fields=["status", "decided_by", "decided_at", "decision", "object_key"])


def _record(action: str, proposal: Proposal, by: User) -> None:
    detail = {"register": proposal.register, "row": proposal.object_key}
    events.record(action, by=by, obj=proposal, prefix=proposal.prefix, **detail)


def _name_the_proposer(sheet: Sheet, proposal: Proposal) -> None:
    """Let the source of every row that changes say whose proposal it was; who recorded it is who accepted."""
    for _part, form in sheet.parts():
        if isinstance(form.instance, Fact) and form.has_changed():
            form.instance.source = _with_proposer(form.instance.source, proposal)


def _with_proposer(source: str, proposal: Proposal) -> str:
    named = f"〔#{proposal.pk} · {proposal.proposed_by}〕"  # no word: the register keeps it for readers of any language
    longest = Fact._meta.get_field("source").max_length or 0
    return f"{NAMED.sub('', source)[: longest - len(named) - 1]} {named}".strip()


# What has become of the row since


def conflicts(proposal: Proposal, now: Sheet) -> list[str]:
    """Return what the row holds now where the proposal found something else, a sentence for each field."""
    forms = dict(now.parts())
    found = []
    for change in proposal.changes:
        part, name = change["part"], change["field"]
        if ":+" in part or proposal.adds:
            continue
        form = forms.get(part)
        if form is None or name not in form.fields:
            told = _("{row}: this row below it is not there any more.")
            found.append(told.format(row=change["row"] or proposal.object_name))
        elif _unnamed(present(form, name)) != _unnamed(change["was"]):
            told = _("{field}: the proposal found “{before}”, the register now says “{now}”.")
            held = in_words(form.fields[name], form[name].initial)
            found.append(told.format(field=change["name"], before=change["before"], now=held))
    return found


def _unnamed(sent: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the values without the proposal a source names: another one accepted meanwhile is no conflict."""
    return {name: [NAMED.sub("", value) for value in values] for name, values in sent.items()}


def conflicts_for(proposal: Proposal, user: User) -> list[str]:
    """Return why the proposal cannot be accepted as the row stands now; nothing where nobody stands in its way."""
    if proposal.status != Status.WAITING or not proposal.object_key:
        return []
    model = model_of(proposal)
    if not model._base_manager.filter(pk=proposal.object_key).exists():
        return [removed(proposal)]
    register = _admin_of(model)
    request = _proposing(request_of(user), model)
    row = register.get_object(request, proposal.object_key)
    return conflicts(proposal, register.sheet(request, row)) if row else []


def removed(proposal: Proposal) -> str:
    """Return the sentence that the row is gone, with when and by whom where that is known."""
    rows = _left_behind(proposal).filter(pgh_label="removed")
    last = rows.order_by("-pgh_id").first() if model_of(proposal) in TRACKED else None
    if last is None:
        return _("The row was removed meanwhile; the proposal cannot be accepted. Refuse it, or leave it.")
    told = _("The row was removed on {when} by {who}; the proposal cannot be accepted. Refuse it, or leave it.")
    return told.format(when=clock.shown(last.pgh_created_at), who=_who(last))


def changed_since(proposal: Proposal) -> list[Since]:
    """Return the edits of the row since the proposal was made, the oldest first (without the rows below it)."""
    model = model_of(proposal)
    if not proposal.object_key or model not in TRACKED:
        return []
    left = _left_behind(proposal).filter(pgh_created_at__gt=proposal.proposed_at)
    olds = list(left.order_by("pgh_id").select_related("pgh_context"))
    news = [*olds[1:], model._base_manager.filter(pk=proposal.object_key).first()] if olds else []
    edits = [Since(old.pgh_created_at, _who(old), _told(model, old, new)) for old, new in zip(olds, news, strict=True)]
    return [edit for edit in edits if edit.changes]


def _left_behind(proposal: Proposal) -> Any:
    return superseded(model_of(proposal)).filter(Q(pgh_obj_id=proposal.object_key))


def _told(model: type[Model], old: Any, new: Any) -> list[tuple[str, str, str]]:
    fields = [field for field in model._meta.concrete_fields if field.editable]  # no stamps, nothing personal
    told = []
    for field in fields:
        before, after = getattr(old, field.attname), getattr(new, field.attname, None)
        if new is not None and before != after and (asked := field.formfield()) is not None:
            told.append((str(field.verbose_name), in_words(asked, before), in_words(asked, after)))
    return told


def _who(left: Any) -> str:
    key = (left.pgh_context.metadata if left.pgh_context else {}).get("user")
    user = User.objects.filter(pk=key).first() if key else None
    return str(user) if user else _("an import or a command")
