"""Evidence for answers: one upload for many items and years, the same file once, what counts as proof."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from communities.ground import clock
from communities.ground.evidence import Evidence as Received
from communities.ground.models import User
from communities.ground.scope import prefix_of

from . import marks, permitting
from .flow import Work
from .models import Evidence, EvidenceUse, Filing, Proof, SheetItem
from .steps import locked, record, words

LONGEST_TITLE = 120
MOST = 20  # pieces for one item of one filing


@transaction.atomic
def add_evidence(
    filing: Filing,
    item: SheetItem,
    *,
    received: Received,
    title: str,
    kind: Proof,
    dated_on: date,
    during: DateRange | None = None,
    by: User,
) -> tuple[EvidenceUse, bool]:
    """
    Keep a file as evidence for an item; return its use and whether the community had the same file already.

    A file of the same content is not kept twice: the piece that is there is used again.
    """
    own = _begun(filing, item, by)
    if dated_on > clock.today():
        raise ValidationError(_("A piece of evidence cannot be of a day to come."))
    name = words(title, what=_("Say what it is: minutes of which meeting, which contract."), most=LONGEST_TITLE)
    prefix = prefix_of(permitting.code_of(own.place))
    found = _same(own, received)
    if found is None:
        file = received.keep(prefix=prefix, by=by)
        found = Evidence.objects.create(
            place=own.place, file=file, title=name, kind=kind, dated_on=dated_on, during=during, added_by=by
        )
        return _use(found, own, item, by), False
    return _use(found, own, item, by), True


def _same(filing: Filing, received: Received) -> Evidence | None:
    digest = hashlib.sha256(received.content).hexdigest()
    return Evidence.objects.filter(place=filing.place, file__sha256=digest).order_by("pk").first()


@transaction.atomic
def use_evidence(evidence: Evidence, filing: Filing, item: SheetItem, by: User) -> EvidenceUse:
    """Let a piece that the community has speak for an item as well."""
    own = _begun(filing, item, by)
    if evidence.place_id != own.place_id:
        raise ValidationError(_("This piece of evidence belongs to another community."))
    return _use(evidence, own, item, by)


@transaction.atomic
def withdraw_use(use: EvidenceUse, by: User) -> None:
    """Take a piece of evidence from an item; the piece itself stays with the community."""
    own = _begun(use.filing, use.item, by)
    EvidenceUse.objects.filter(pk=use.pk).delete()
    record("filing.unprove", own, by, item=use.item.code, evidence=use.evidence_id)


def offered(filing: Filing, item: SheetItem) -> QuerySet[Evidence]:
    """Return what the community has and the item does not use yet, the latest first, with how often each is used."""
    own = EvidenceUse.objects.filter(filing=filing, item=item)
    rows = Evidence.objects.filter(place=filing.place).exclude(pk__in=own.values("evidence"))
    return rows.select_related("file").annotate(used=Count("uses")).order_by("-dated_on", "-pk")


def _begun(filing: Filing, item: SheetItem, by: User) -> Filing:
    own = locked(filing)
    permitting.refuse_work(own, Work.ANSWER, by)
    if item.version_id != own.cycle.sheet_version_id:
        raise ValidationError(_("This item belongs to another sheet."))
    if own.state == "returned" and not any(one.item_id == item.pk for one in marks.open_returns(own)):
        raise ValidationError(_("Only the items that were returned may be changed now."))
    return own


def _use(evidence: Evidence, filing: Filing, item: SheetItem, by: User) -> EvidenceUse:
    if EvidenceUse.objects.filter(filing=filing, item=item).count() >= MOST:
        raise ValidationError(
            _("An item has {most} pieces of evidence at most; put several pages into one.").format(most=MOST)
        )
    use, is_new = EvidenceUse.objects.get_or_create(evidence=evidence, filing=filing, item=item)
    if is_new:
        record("filing.prove", filing, by, item=item.code, evidence=evidence.pk)
    return use
