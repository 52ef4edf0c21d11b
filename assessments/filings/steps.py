"""
Taking a step: the filing is locked, the table asked, the step written with what stood there, the event recorded.

Whoever changes a filing goes through here, so that no filing gets anywhere without the step and the event of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from communities.ground import clock, events
from communities.ground.models import User
from communities.ground.numbers import holds_personal_number
from communities.ground.scope import prefix_of

from . import marks, permitting
from .answered import pack_of, rows_of
from .flow import Action, State, Transition
from .models import Cycle, Filing, Step

LONGEST = 500


def locked(filing: Filing) -> Filing:
    """Return the filing as it is now; nobody else changes it until the transaction ends."""
    rows = Filing.objects.select_for_update(of=("self",)).select_related(
        "place", "cycle__sheet_version", "cycle__place"
    )
    return rows.get(pk=filing.pk)


def locked_cycle(cycle: Cycle) -> tuple[Cycle, list[Filing]]:
    """Return the evaluation and all its filings, locked in one order, so that two such steps wait for each other."""
    own = Cycle.objects.select_for_update(of=("self",)).select_related("sheet_version", "place").get(pk=cycle.pk)
    rows = Filing.objects.select_for_update(of=("self",)).filter(cycle=own).select_related("place").order_by("pk")
    filings = list(rows)
    for filing in filings:
        filing.cycle = own
    return own, filings


def take(
    filing: Filing, line: Transition, *, by: User, reason: str = "", frozen: Mapping[str, Any] | None = None
) -> Step:
    """Take the step that `line` of the table allows; the filing must be locked. `frozen` says how things stood."""
    before = filing.state
    filing.state = line.after
    filing.save()
    step: Step = Step.objects.create(
        filing=filing,
        number=filing.steps.count() + 1,
        action=line.action,
        before=before,
        after=line.after,
        reason=reason,
        frozen=frozen,
        by=by,
        at=clock.now(),
    )
    record(f"filing.{line.action.value}", filing, by)
    return step


def take_all(
    filings: Iterable[Filing], action: Action, *, by: User, reason: str = "", frozen: Mapping[int, Any] | None = None
) -> list[Filing]:
    """
    Take one step with all filings of an evaluation that stand where it begins, those set aside excepted.

    Asks the table for each and its conditions once, for they are about the whole. Raises as `permitting.refuse`, and
    ValidationError where a filing stands elsewhere or none is left.
    """
    concerned = [filing for filing in filings if filing.state != State.SET_ASIDE]
    if not concerned:
        raise ValidationError(_("There is no filing with which this could be done."))
    stray = [filing for filing in concerned if filing.state != concerned[0].state]
    if stray:
        raise ValidationError(permitting.out_of_turn(stray[0], action))
    line = permitting.refuse(concerned[0], action, by, reason=reason)
    for filing in concerned:
        take(filing, line, by=by, reason=reason, frozen=(frozen or {}).get(filing.pk))
    return concerned


def record(action: str, filing: Filing, by: User, **detail: Any) -> None:
    """Record an event about the filing; whose prefix decides which auditors read it."""
    prefix = prefix_of(permitting.code_of(filing.place))
    events.record(action, by=by, obj=filing, prefix=prefix, cycle=filing.cycle_id, year=filing.year, **detail)


def words(text: str, *, what: str = "", most: int = LONGEST) -> str:
    """Return a reason as it is kept. Raises ValidationError where there is none, or one that may not be kept."""
    text = text.strip()
    if not text:
        raise ValidationError(what or _("Say why: the reason is read by everybody whom this concerns."))
    if len(text) > most:
        raise ValidationError(_("The text has {n} characters; {most} are kept.").format(n=len(text), most=most))
    if holds_personal_number(text):
        raise ValidationError(_("An identity or mobile number stands here, where many read it. Take it out."))
    return text


def as_it_stands(filing: Filing) -> dict[str, Any]:
    """Return the sheet's hash, every answer and every mark that counts, as plain JSON."""
    labels = {item.pk: item.code for item in marks.items_of(filing.cycle)}
    return {
        "sheet": filing.cycle.sheet_version.sha256,
        "as_of": filing.cycle.as_of.isoformat(),
        "base": pack_of(filing).base,
        "answers": {
            row.item.code: {
                "known": row.known,
                "typed": row.typed,
                "points": None if row.points is None else str(row.points),
                "parts": row.parts,
                "holds": row.holds,
                "reason": row.reason,
                "does_not_apply": row.does_not_apply,
                "verdict": row.verdict,
                "measured": None if row.measured is None else str(row.measured),
                "required": None if row.required is None else str(row.required),
                "missing": row.missing,
                "run": row.run_id,
            }
            for row in rows_of(filing)
        },
        "marks": {
            labels[item]: {
                stage.value: {"outcome": mark.outcome, "points": None if mark.points is None else str(mark.points)}
                for stage, mark in of_item.items()
            }
            for item, of_item in marks.columns(filing).items()
        },
        "total": None if filing.total is None else str(filing.total),
        "grade": filing.grade,
    }
