"""
Filling in: saving answers, confirming last year's, what is still open, filing and taking back.

Two people may work on one filing. An answer is saved only over the version its writer has seen; else the writer gets
both texts, his own and the other's, and nothing is lost. What is open is told item by item, with what is missing; a
fact that the registers lack keeps nobody from filing: the street sees that it is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, jobs
from communities.ground.models import Job, User

from . import marks, permitting, scoring, typed
from .answered import item_scored, pack_of, rows_of, scored, specs
from .flow import Action, State, Work
from .models import Answer, EvidenceUse, Filing, ItemReturn, Mark, Need, RuleKind, Step
from .pack import ItemSpec, SectionSpec
from .scoring import AnswerError
from .scoring import State as Scored
from .steps import as_it_stands, locked, take, words
from .typed import Given, given_in

AT_WORK = timedelta(minutes=10)
FACTS, TYPED, EVIDENCE, RETURNED, OUTSIDE = "facts", "typed", "evidence", "returned", "outside"


class ConflictError(ValidationError):
    """Somebody has saved the answer meanwhile: both texts, who it was and when, and the version that stands now."""

    def __init__(self, mine: Given, answer: Answer) -> None:
        self.mine, self.theirs = mine, given_in(answer)
        self.by, self.at, self.version = answer.changed_by, answer.changed_at, answer.version
        self.differing = [
            name for name in Given.__dataclass_fields__ if getattr(mine, name) != getattr(self.theirs, name)
        ]
        told = _(
            "{who} saved this item at {when}. Nothing is lost: both texts are shown; choose, or put them together."
        )
        when = clock.shown(self.at) if self.at else "—"
        super().__init__(told.format(who=self.by or "—", when=when), code="conflict")


@dataclass(frozen=True)
class OpenItem:
    """
    An item that waits for something: what is missing, in words, and whether filing waits for it.

    `kind`: `typed` (somebody fills it in), `evidence`, `returned` (say what was mended), `facts` (a register lacks
    them), `outside` (the district or a department scores it).
    """

    section: SectionSpec
    item: ItemSpec
    answer: Answer
    kind: str
    missing: tuple[str, ...]

    @property
    def is_blocking(self) -> bool:
        """Whether the filing cannot be filed before."""
        return self.kind in (TYPED, EVIDENCE, RETURNED)

    @property
    def sentence(self) -> str:
        """What is missing, in one sentence."""
        told = _("{item}: {missing} still missing.")
        return told.format(item=self.item.label.zh, missing=_(", ").join(self.missing))


# Saving


@transaction.atomic
def save_answer(answer: Answer, *, given: Given, seen_version: int, by: User) -> Answer:
    """
    Save what was typed into one item; return the answer with its new version.

    Raises ConflictError where somebody has saved another text since `seen_version`; ValidationError by field, in words,
    for what the sheet does not allow; PermissionDenied for who does not fill in. Nothing is written then.
    """
    filing = locked(answer.filing)
    permitting.refuse_work(filing, Work.ANSWER, by)
    own = _locked_answer(answer, filing)
    spec = specs(pack_of(filing))[own.item.code][1]
    _refuse_closed(own, filing)
    clean = typed.checked(spec, given, own.known)
    if clean == given_in(own) and own.is_settled:
        return own
    if seen_version != own.version:
        raise ConflictError(clean, own)
    _put(own, clean)
    try:
        item_scored(filing, own)
    except AnswerError as error:
        raise ValidationError(str(error)) from error
    return _saved(own, by)


def _locked_answer(answer: Answer, filing: Filing) -> Answer:
    rows = Answer.objects.select_for_update(of=("self",)).select_related("item", "changed_by", "carried_from")
    own: Answer = rows.get(pk=answer.pk)
    own.filing = filing
    return own


def _refuse_closed(answer: Answer, filing: Filing) -> None:
    """Refuse what others score, and, once a filing was returned, what was not."""
    if marks.is_outside(answer.item):
        raise PermissionDenied(_("This item is scored by {who}.").format(who=answer.item.scorer))
    if (
        filing.state == State.RETURNED
        and not filing.returns.filter(item=answer.item, answered_at__isnull=True).exists()
    ):
        raise ValidationError(_("Only the items that were returned may be changed now."))


def _put(answer: Answer, given: Given) -> None:
    answer.typed, answer.parts = dict(given.fields), dict(given.parts)
    answer.points = Decimal(given.points) if given.points else None
    answer.holds, answer.reason, answer.does_not_apply = given.holds, given.reason, given.does_not_apply


def _saved(answer: Answer, by: User) -> Answer:
    answer.is_settled, answer.changed_by, answer.changed_at = True, by, clock.now()
    answer.save()
    return answer


@transaction.atomic
def confirm_unchanged(answer: Answer, *, seen_version: int, by: User) -> Answer:
    """
    Say that what the community answered at last still holds; what the registers know comes from them as ever.

    Raises ValidationError where nothing is carried over, and as `save_answer` does.
    """
    before = answer.carried_from
    if before is None:
        raise ValidationError(_("There is nothing of an earlier year to carry over to this item."))
    return save_answer(answer, given=given_in(before), seen_version=seen_version, by=by)


@transaction.atomic
def confirm_all_unchanged(filing: Filing, by: User) -> int:
    """Confirm every answer of an earlier year that nobody has touched yet; return how many."""
    permitting.refuse_work(filing, Work.ANSWER, by)
    offered = [row for row in rows_of(filing) if row.carried_from_id and not row.is_settled]
    for answer in offered:
        confirm_unchanged(answer, seen_version=answer.version, by=by)
    return len(offered)


def others_at_work(filing: Filing, by: User) -> list[tuple[User, datetime]]:
    """Return who else has saved something here in the last ten minutes, and when last."""
    rows = filing.answers.filter(changed_at__gte=clock.now() - AT_WORK, changed_by__isnull=False)
    found: dict[User, datetime] = {}
    for row in rows.exclude(changed_by=by).select_related("changed_by").order_by("changed_at"):
        if row.changed_by is not None and row.changed_at is not None:
            found[row.changed_by] = row.changed_at
    return list(found.items())


# What is open


def open_items(filing: Filing, rows: Iterable[Answer] | None = None) -> list[OpenItem]:
    """Return what is still missing, in the order of the sheet; three queries at most."""
    answers = {row.item.code: row for row in (rows_of(filing) if rows is None else rows)}
    known = specs(pack_of(filing))
    proofs = _proofs(filing)
    returns = {one.item_id: one for one in marks.open_returns(filing)} if filing.state == State.RETURNED else {}
    found = []
    for one in scored(filing, answers.values()).items:
        answer = answers[one.item.code]
        section = known[one.item.code][0]
        for kind, missing in _lacking(one, answer, proofs.get(answer.item_id, set()), returns.get(answer.item_id)):
            found.append(OpenItem(section, one.item, answer, kind, missing))
    return found


def _lacking(
    score: scoring.ItemScore, answer: Answer, proofs: set[str], returned: ItemReturn | None
) -> Iterable[tuple[str, tuple[str, ...]]]:
    if marks.is_outside(answer.item):
        if score.state is Scored.OPEN:
            yield OUTSIDE, (_("points of {who}").format(who=answer.item.scorer),)
        return
    if score.state is Scored.OPEN:
        yield FACTS if _waits_for_facts(answer) else TYPED, score.missing
    applies = score.state is not Scored.NOT_APPLICABLE
    if applies and answer.item.evidence_need == Need.REQUIRED and not proofs & set(answer.item.evidence_counts):
        yield EVIDENCE, (_("the evidence"),)
    if returned is not None and not _is_mended(answer, returned):
        yield RETURNED, (_("what was mended, or why nothing was"),)


def _waits_for_facts(answer: Answer) -> bool:
    """Whether nothing that somebody types could settle the item: it rests on a target of the plan alone."""
    return answer.item.kind == RuleKind.DERIVED or bool(answer.item.kind == RuleKind.RATIO_BAND and answer.item.target)


def _is_mended(answer: Answer, returned: ItemReturn) -> bool:
    return bool(returned.reply) or answer.version > returned.answer_version


def _proofs(filing: Filing) -> dict[int, set[str]]:
    """Return the kinds of evidence by the key of the item they speak for."""
    found: dict[int, set[str]] = {}
    for item, kind in EvidenceUse.objects.filter(filing=filing).values_list("item", "evidence__kind"):
        found.setdefault(item, set()).add(kind)
    return found


@transaction.atomic
def reply(returned: ItemReturn, text: str, by: User) -> ItemReturn:
    """Say what was mended in an item that was returned, or why nothing was."""
    filing = locked(returned.filing)
    permitting.refuse_work(filing, Work.ANSWER, by)
    own: ItemReturn = ItemReturn.objects.select_for_update().get(pk=returned.pk)
    if own.answered_at is not None:
        raise ValidationError(_("This was answered already, when the filing was filed again."))
    own.reply = words(text, what=_("Say what was mended, or why nothing was."))
    own.save(update_fields=["reply"])
    return own


# Filing


@transaction.atomic
def file(filing: Filing, by: User) -> Step:
    """
    File: the answers become the marks of the self-evaluation, and everything is frozen as it stands.

    Raises PermissionDenied, and ValidationError with a sentence for each item that is open.
    """
    own = locked(filing)
    line = permitting.refuse(own, Action.FILE, by)
    _mark(own, by)
    now = clock.now()
    for returned in marks.open_returns(own):
        returned.answered_by, returned.answered_at = by, now
        returned.save(update_fields=["answered_by", "answered_at"])
    return take(own, line, by=by, frozen=as_it_stands(own))


def _mark(filing: Filing, by: User) -> None:
    """Give the marks of the self-evaluation: all at first, then those that changed or had been returned."""
    rows = {row.item.code: row for row in rows_of(filing)}
    given, returned = marks.columns(filing), {one.item_id for one in marks.open_returns(filing)}
    new: list[Mark] = []
    for score in scored(filing, rows.values()).items:
        item = rows[score.item.code].item
        mark = marks.of_score(filing, item, score, by)
        before = given.get(item.pk, {}).get(marks.STAGES[0])
        same = before is not None and (before.outcome, before.points) == (mark.outcome, mark.points)
        if not marks.is_outside(item) and (not same or item.pk in returned):
            new.append(mark)
    Mark.objects.bulk_create(new)


@transaction.atomic
def take_back(filing: Filing, by: User) -> Step:
    """Take a filing back while nobody has begun to review it."""
    own = locked(filing)
    return take(own, permitting.refuse(own, Action.TAKE_BACK, by), by=by)


def order_filing(filings: Iterable[Filing], by: User) -> Job:
    """Have several filings filed by a worker; the job's log says what kept one from being filed."""
    keys = [filing.pk for filing in filings]
    return jobs.submit("filings.file", by=by, prefix=by.reach.prefixes[0] if by.reach.prefixes else "", filings=keys)


def file_many(filings: Iterable[Filing], by: User) -> list[tuple[Filing, list[str]]]:
    """File several filings, each by itself; return each with what kept it from being filed, nothing where it was."""
    found: list[tuple[Filing, list[str]]] = []
    for filing in filings:
        try:
            file(filing, by)
        except ValidationError as error:
            found.append((filing, error.messages))
        except PermissionDenied as error:
            found.append((filing, [str(error)]))
        else:
            found.append((filing, []))
    return found
