"""
The way to record that somebody did something; in the same transaction as the deed.

    events.record("run.publish", by=user, obj=run, prefix=run.prefix, plan="jinan-2007")

`ACTIONS` is the list of what can be recorded, each `thing.verb` with the words the auditor reads; whatever is not on
it is refused. Events never change and nothing deletes them, so nothing may stand in one that somebody has a right to
have erased: no identity number, no mobile number, no name of a person. The actor and the object are keys.
"""

import json
from typing import Any

import structlog
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from .models import Event, User
from .numbers import holds_personal_number

# What follows the name of the actor in a sentence.
ACTIONS: dict[str, Any] = {
    "signin.begin": _("signed in"),
    "signin.end": _("signed out"),
    "signin.fail": _("failed to sign in"),
    "signin.lock": _("was locked out after too many failures"),
    "signin.unlock": _("unlocked an account"),
    "session.end": _("ended the sessions of an account"),
    "password.change": _("chose a new password"),
    "password.reset": _("gave out a one-time password"),
    "factor.add": _("set up a second factor"),
    "factor.remove": _("removed a second factor"),
    "factor.renew": _("drew new recovery codes"),
    "factor.fail": _("gave a wrong second factor"),
    "account.open": _("opened an account"),
    "account.change": _("changed an account"),
    "account.close": _("closed an account"),
    "account.reopen": _("reopened an account"),
    "account.transfer": _("transferred an account"),
    "account.hand_over": _("handed an account's work over"),
    "access.ask": _("asked for an access"),
    "access.refuse": _("refused an access that was asked for"),
    "access.grant": _("granted an access"),
    "access.change": _("changed an access"),
    "access.end": _("ended an access"),
    "page.refuse": _("was refused a page"),
    "deed.refuse": _("was refused what a page was asked to do"),
    "page.miss": _("asked for what is not there or not in reach"),
    "personal.record": _("recorded a personal value"),
    "personal.reveal": _("revealed a personal value"),
    "personal.search": _("searched for somebody by a personal number"),
    "personal.export": _("exported personal data"),
    "personal.ask_erase": _("asked for a person's data to be destroyed"),
    "personal.withdraw_erase": _("withdrew what was asked for: to destroy the key of a person's data"),
    "personal.refuse_erase": _("refused to destroy the key of a person's data"),
    "personal.rewrap": _("wrapped the keys of people anew"),
    "personal.erase": _("destroyed the key of a person's data"),
    "proposal.make": _("proposed a change"),
    "proposal.accept": _("accepted a proposed change"),
    "proposal.reject": _("rejected a proposed change"),
    "proposal.withdraw": _("withdrew a proposed change"),
    "row.add": _("added to a register"),
    "row.change": _("changed in a register"),
    "row.remove": _("removed from a register"),
    "ledger.upload": _("uploaded a ledger"),
    "ledger.import": _("imported a ledger"),
    "ledger.export": _("exported a ledger"),
    "file.download": _("downloaded a file"),
    "plan.load": _("loaded a plan"),
    "plan.publish": _("published a plan"),
    "sheet.load": _("loaded a scoring sheet"),
    "sheet.revise": _("worked on the draft of a scoring sheet"),
    "sheet.attach": _("attached an item to a scoring sheet"),
    "sheet.publish": _("published a scoring sheet"),
    "cycle.open": _("opened a yearly evaluation"),
    "cycle.refresh": _("took the facts of filings anew"),
    "cycle.draw": _("drew filings for the check"),
    "cycle.extend": _("extended a stage of a yearly evaluation"),
    "filing.file": _("filed a yearly evaluation"),
    "filing.take_back": _("took a filing back"),
    "filing.return": _("returned a filing for mending"),
    "filing.review": _("concluded the review of a filing"),
    "filing.send_back": _("sent a filing back to the street"),
    "filing.check": _("concluded the check of a filing"),
    "filing.grade": _("graded a filing"),
    "filing.regrade": _("took the grade of a filing back"),
    "filing.publish": _("put a result on public notice"),
    "filing.appeal": _("appealed against a result"),
    "filing.decide": _("decided on an appeal"),
    "filing.conclude": _("concluded a yearly evaluation"),
    "filing.set_aside": _("set a filing aside"),
    "filing.take_up": _("took a filing up again"),
    "filing.adjust": _("gave an item other points"),
    "filing.return_item": _("marked an item to be returned"),
    "filing.keep_item": _("took the return of an item back"),
    "filing.veto": _("recorded a veto"),
    "filing.claim": _("reported a prefilled value as wrong"),
    "filing.prove": _("added evidence to a filing"),
    "filing.unprove": _("took evidence from a filing"),
    "filing.outside": _("recorded a score from outside"),
    "objection.record": _("recorded an objection"),
    "objection.answer": _("answered an objection"),
    "run.evaluate": _("judged"),
    "run.publish": _("published a run"),
    "report.print": _("made a report"),
    "job.cancel": _("cancelled a job"),
    "event.export": _("exported events"),
    "event.verify": _("verified the events"),
    "event.acknowledge": _("acknowledged that a head of the events was lost"),
    "key.change": _("went on sealing events with another key"),
}
# Under what name an action stands in events that were recorded before its name was `thing.verb`.
FORMERLY = {
    "ledger.upload": "ledger uploaded",
    "ledger.import": "ledger imported",
    "ledger.export": "ledger exported",
}
# What a person is called or reached by; whose deed it is stands in the actor, about whom in the object.
NAMES_A_PERSON = frozenset({"name", "full_name", "person_name", "phone", "mobile", "identity_number", "password"})


class UnknownActionError(LookupError):
    """Nobody said what this action is called; it would be unreadable to the auditor."""


class PersonalDetailError(ValueError):
    """The detail names a person, or holds an identity or mobile number; an event cannot be taken back."""


def record(action: str, *, by: User | None = None, obj: Model | None = None, prefix: str = "", **detail: Any) -> Event:
    """
    Append the event that `by` did `action` to `obj`; `detail` must be plain JSON and name no person.

    `prefix` is the area of what it was done to; where none is given, that of the account. It decides which auditors
    read the event. Raises UnknownActionError and PersonalDetailError.
    """
    if action not in ACTIONS:
        raise UnknownActionError(f'No action is called "{action}". Add it, with its label, to events.ACTIONS.')
    _refuse_what_is_personal(action, detail)
    actor = by if by is not None and by.pk else None
    return Event.objects.create(
        action=action,
        actor=actor,
        object_type=obj._meta.label if obj is not None else "",
        object_key=str(obj.pk) if obj is not None else "",
        prefix=prefix or (area_of(actor) if actor else ""),
        detail=detail,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )


def label(action: str) -> str:
    """Return the words for an action, also under a former name; for one that is not known any more, its name."""
    now = next((name for name, before in FORMERLY.items() if before == action), action)
    return str(ACTIONS.get(now, action))


def names(action: str) -> list[str]:
    """Return the names under which the events of an action may stand."""
    return [action, FORMERLY[action]] if action in FORMERLY else [action]


def area_of(account: User) -> str:
    """Return the area an account belongs to; else what all that it reaches today has in common."""
    if account.prefix or not account.reach.prefixes:
        return account.prefix
    shared, *others = account.reach.prefixes
    while not all(one.startswith(shared) for one in others):
        shared = shared[:-1]
    return shared


def _refuse_what_is_personal(action: str, detail: dict[str, Any]) -> None:
    if named := NAMES_A_PERSON & detail.keys():
        raise PersonalDetailError(
            f'The event "{action}" would keep "{", ".join(sorted(named))}" for ever. Give the key of the object.'
        )
    if holds_personal_number(json.dumps(detail, ensure_ascii=False, default=str)):
        raise PersonalDetailError(
            f'The event "{action}" would keep an identity or mobile number for ever. Leave it out of the detail, '
            "or mask it with numbers.without_personal_numbers."
        )
