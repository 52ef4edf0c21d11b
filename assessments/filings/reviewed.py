"""
A filing as those read it who review, check and settle it, and everybody once it is published.

Item by item: what the community answered, how its points come about, what proves it, what it answered last year, and
the four columns side by side. A column shows the mark that counts; one that was overtaken by an earlier stage is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments.plans.models import Target
from communities.ground import units
from communities.ground.models import User

from . import deadlines, marks, permitting, telling
from .answered import pack_of, rows_of, scored
from .arithmetic import points as shown
from .flow import Action, State
from .models import Answer, EvidenceUse, Filing, ItemReturn, Mark, Outcome, OutsideScore, SectionKind, SheetItem, Stage
from .pack import AskSpec, ItemSpec
from .reviewing import WORK_OF
from .typed import NO, YES

CONCLUDES = {State.FILED: Action.REVIEW, State.REVIEWED: Action.CHECK}
RETURNS = {State.FILED: Action.RETURN, State.REVIEWED: Action.SEND_BACK}


@dataclass(frozen=True)
class Said:
    """One thing an answer says; `is_known`: the registers say it, nobody typed it."""

    label: str
    text: str
    is_known: bool = False


@dataclass(frozen=True)
class Cell:
    """The points of one stage; `is_own`: the column in which the reader gives points now."""

    stage: Stage
    text: str
    mark: Mark | None
    is_own: bool = False


@dataclass(frozen=True)
class Sent:
    """What was sent for an item and refused: it stays in its fields, with what is wrong."""

    points: str = ""
    reason: str = ""
    does_not_apply: bool = False
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One item with everything its reader needs to give it points."""

    number: str
    item: SheetItem
    label: str
    rule: str
    scorer: str
    said: list[Said]
    reason: str
    last_year: list[Said]
    steps: tuple[str, ...]
    missing: tuple[str, ...]
    proofs: list[EvidenceUse]
    cells: list[Cell]
    returned: ItemReturn | None
    is_waiting: bool
    may_mark: bool
    may_accept: bool
    may_return: bool
    lost: Decimal
    sent: Sent = field(default_factory=Sent)

    @property
    def full(self) -> str:
        """The full marks as they are read."""
        return shown(self.item.full)

    @property
    def offered(self) -> str:
        """The points that stand in the field before anybody types: what was refused, else those that count so far."""
        if self.sent.points or self.sent.wrong:
            return self.sent.points
        given = [cell.mark for cell in self.cells if cell.mark is not None and cell.mark.points is not None]
        return shown(given[-1].points) if given and given[-1].points is not None else ""

    @property
    def changes(self) -> list[Mark]:
        """The marks that differ from the stage before: each says who, when and why."""
        return [cell.mark for cell in self.cells if cell.mark is not None and cell.mark.reason]


@dataclass(frozen=True)
class Part:
    """A section of the sheet with its items."""

    code: str
    label: str
    full: str
    lines: list[Line]

    @property
    def waiting(self) -> int:
        """How many of its items wait for the reader's points."""
        return sum(1 for line in self.lines if line.is_waiting)


@dataclass(frozen=True)
class Reviewed:
    """The whole filing: its sections, what waits, and what the reader may do with it as a whole."""

    filing: Filing
    parts: list[Part]
    stage: Stage | None
    may_mark: bool
    waiting: int
    acceptable: int
    due_on: date | None
    days_left: int | None
    conclude: tuple[Action, list[str]] | None
    give_back: tuple[Action, list[str]] | None
    outside: list[OutsideScore]
    returned: int

    @property
    def items(self) -> int:
        """How many items the sheet has."""
        return sum(len(part.lines) for part in self.parts)

    @property
    def lost(self) -> list[Line]:
        """The items that did not get their full marks by what counts so far."""
        return [line for part in self.parts for line in part.lines if line.lost]


def read(filing: Filing, by: User, sent: Mapping[str, Sent] | None = None) -> Reviewed:
    """Return the filing as `by` reads it; `sent` by the code of the item is what was refused just now."""
    return _Reader(filing, by, sent or {}).read()


class _Reader:
    """Gathers what the page shows; the number of queries does not grow with the items."""

    def __init__(self, filing: Filing, by: User, sent: Mapping[str, Sent]) -> None:
        self.filing, self.by, self.sent = filing, by, sent
        self.state = State(filing.state)
        self.stage = marks.STAGE_OF.get(self.state)
        work = WORK_OF.get(self.state)
        self.may_mark = work is not None and permitting.may_work(filing, work, by)
        self.rows = rows_of(filing)
        self.columns = marks.columns(filing)
        waiting = marks.waiting(filing, self.stage, self.columns) if self.stage else []
        self.waiting = {item.pk for item in waiting}
        self.scores = {one.item.code: one for one in scored(filing, self.rows).items}
        self.proofs = _proofs(filing)
        self.returns = {one.item_id: one for one in marks.open_returns(filing)}
        targets = Target.objects.filter(version=filing.cycle.sheet_version.plan_version_id)
        self.targets = {one.code: one.label for one in targets.only("code", "label_zh", "label_en")}

    def read(self) -> Reviewed:
        by_code = {row.item.code: row for row in self.rows}
        parts = [
            Part(
                section.code,
                telling.named(section.label),
                section.full,
                [
                    self._line(f"{n}.{m}", item, by_code[item.code])
                    for m, item in enumerate(section.items, start=1)
                    if item.code in by_code
                ],
            )
            for n, section in enumerate(pack_of(self.filing).sections, start=1)
        ]
        lines = [line for part in parts for line in part.lines]
        allowed = permitting.allowed(self.filing, self.by)
        return Reviewed(
            filing=self.filing,
            parts=parts,
            stage=self.stage,
            may_mark=self.may_mark,
            waiting=len(self.waiting),
            acceptable=sum(1 for line in lines if line.is_waiting and line.may_accept),
            due_on=deadlines.deadline(self.filing),
            days_left=deadlines.days_left(self.filing),
            conclude=_offered(allowed, CONCLUDES.get(self.state)),
            give_back=_offered(allowed, RETURNS.get(self.state)),
            outside=list(OutsideScore.objects.filter(cycle=self.filing.cycle_id, place=self.filing.place_id)),
            returned=len(self.returns),
        )

    def _line(self, number: str, spec: ItemSpec, answer: Answer) -> Line:
        item, of_item = answer.item, self.columns.get(answer.item_id, {})
        score = self.scores[spec.code]
        is_foreign = self.stage == Stage.STREET and marks.is_outside(item)
        may_mark = self.may_mark and not is_foreign
        before = marks.up_to(of_item, _before(self.stage)) if self.stage else None
        is_returned = item.pk in self.returns
        last = marks.up_to(of_item, Stage.FINAL)
        return Line(
            number=number,
            item=item,
            label=telling.named(spec.label),
            rule=telling.rule(spec, self.targets),
            scorer=telling.scorer(item.scorer),
            said=said(spec, answer),
            reason=answer.reason,
            last_year=said(spec, answer.carried_from, with_reason=True) if answer.carried_from else [],
            steps=score.steps,
            missing=() if marks.is_outside(item) else score.missing,
            proofs=self.proofs.get(item.pk, []),
            cells=[self._cell(stage, of_item) for stage in marks.STAGES],
            returned=self.returns.get(item.pk),
            is_waiting=self.may_mark and item.pk in self.waiting,
            may_mark=may_mark,
            may_accept=may_mark and before is not None and before.outcome != Outcome.OPEN,
            may_return=may_mark and self.stage != Stage.FINAL and not is_returned,
            lost=_lost(item, last),
            sent=self.sent.get(item.code, Sent()),
        )

    def _cell(self, stage: Stage, of_item: Mapping[Stage, Mark]) -> Cell:
        mark = marks.standing(of_item, stage)
        return Cell(stage, told(mark), mark, is_own=self.may_mark and stage == self.stage)


def _before(stage: Stage) -> Stage:
    return marks.STAGES[marks.STAGES.index(stage) - 1]


def _lost(item: SheetItem, last: Mark | None) -> Decimal:
    """Return what the item lost of its full marks; a bonus that was not earned is no loss."""
    is_bonus = item.section.kind == SectionKind.BONUS
    return Decimal(0) if is_bonus or last is None or last.points is None else item.full - last.points


def _offered(allowed: Mapping[Action, list[str]], action: Action | None) -> tuple[Action, list[str]] | None:
    return (action, allowed[action]) if action is not None and action in allowed else None


def _proofs(filing: Filing) -> dict[int, list[EvidenceUse]]:
    found: dict[int, list[EvidenceUse]] = {}
    for use in EvidenceUse.objects.filter(filing=filing).select_related("evidence").order_by("pk"):
        found.setdefault(use.item_id, []).append(use)
    return found


def told(mark: Mark | None) -> str:
    """Return a mark as it stands in its column."""
    if mark is None:
        return "—"
    if mark.outcome == Outcome.SCORED and mark.points is not None:
        return shown(mark.points)
    return _("n/a") if mark.outcome == Outcome.NOT_APPLICABLE else _("open")


def said(spec: ItemSpec, answer: Answer, *, with_reason: bool = False) -> list[Said]:
    """Return what an answer says, field by field, in the reader's words."""
    found = [*_fields(spec, answer), *_parts(spec, answer)]
    if answer.holds is not None:
        found.append(Said(_("It is so"), _("yes") if answer.holds else _("no")))
    if answer.points is not None:
        found.append(Said(_("own points"), shown(answer.points)))
    if answer.does_not_apply:
        found.append(Said(_("Does not apply"), answer.does_not_apply))
    if with_reason and answer.reason:
        found.append(Said(_("reason"), answer.reason))
    return found


def _fields(spec: ItemSpec, answer: Answer) -> Iterable[Said]:
    for ask in spec.asks:
        known = answer.known.get(ask.code)
        text = answer.typed.get(ask.code) if known is None else known
        if text is not None:
            yield Said(telling.named(ask.label), _value(ask, str(text)), is_known=known is not None)


def _value(ask: AskSpec, text: str) -> str:
    if ask.type == "boolean":
        return {YES: _("yes"), NO: _("no")}.get(text, text)
    if ask.type == "choice" and text in ask.choices and ask.choice_labels:
        return telling.named(ask.choice_labels[ask.choices.index(text)])
    return f"{text} {_unit(ask)}".strip() if ask.type == "number" else text


def _unit(ask: AskSpec) -> str:
    try:
        return str(units.label(units.parse(ask.unit))) if ask.unit else ""
    except units.UnknownUnitError:
        return ask.unit or ""


def _parts(spec: ItemSpec, answer: Answer) -> Iterable[Said]:
    labels = {one.code: one.label for one in spec.rule.causes} | {one.code: one.label for one in spec.rule.subpoints}
    for code, label in labels.items():
        if code in answer.parts:
            yield Said(telling.named(label), str(answer.parts[code]))
