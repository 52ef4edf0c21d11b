"""
A prefilled value that is wrong (数据有误): not typed over, but corrected where it stands, by whom it belongs to.

Who fills in names the row of the register and what it should say; that is a proposed change of the register. Once it
is accepted, the facts of the community are taken anew (`taking.is_stale` says so), and the answer with them.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from assessments.compliance import telling
from assessments.compliance.explanation import Explanation
from communities.ground.evidence import Evidence
from communities.ground.models import Event, Proposal, User
from communities.ground.proposals import propose_value

from . import permitting
from .flow import Work
from .models import Answer
from .steps import locked, record, words


def facts_behind(answer: Answer, by: User) -> Explanation | None:
    """Return why the verdict in the answer is what it is: formula, numbers, rows; None where none stands in it."""
    if not answer.verdict or answer.run is None:
        return None
    return telling.explain(answer.run, answer.item.target, answer.filing.place, scope=by.reach)


@transaction.atomic
def claim_wrong(
    answer: Answer, row: Model, field: str, value: Any, *, reason: str, evidence: Evidence | None = None, by: User
) -> Proposal:
    """
    Propose that a row of a register, on which the answer rests, holds another value.

    Raises PermissionDenied for who does not fill in, or a row out of reach; ValidationError in words for a value that
    the register's form does not take, and for an answer that the registers have no part in.
    """
    filing = locked(answer.filing)
    permitting.refuse_work(filing, Work.ANSWER, by)
    if not answer.verdict and not answer.known:
        raise ValidationError(_("No register stands behind this answer; change it here."))
    why = words(reason, what=_("Say what is wrong: who decides reads it."))
    made = propose_value(row, field, value, reason=why, evidence=evidence, by=by)
    record("filing.claim", filing, by, item=answer.item.code, proposal=made.pk)
    return made


def claims(answer: Answer) -> list[int]:
    """Return the keys of the proposed changes that were made from this answer, the latest first."""
    told = Event.objects.filter(action="filing.claim", object_type="filings.Filing", object_key=str(answer.filing_id))
    return [one.detail["proposal"] for one in told.filter(detail__item=answer.item.code).order_by("-pk")]
