"""
A filing as the page on which it is filled in shows it: sections with what is left, items with their inputs and facts.

An item is shown in one of four places: it waits for somebody (with its inputs, returned ones first), it was answered
by somebody (with its inputs, to be changed), the registers answer it (value and source, folded), or others score it.
Inputs are named as `typed.checked` names what is wrong with them, so that an error stands beside its field.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from communities.ground import units

from . import filling, marks, telling
from .answered import item_scored, pack_of, rows_of, scored
from .filling import EVIDENCE, FACTS, RETURNED, OpenItem
from .flow import State
from .models import Answer, EvidenceUse, Filing, ItemReturn, Mark, Stage
from .pack import AskSpec, ItemSpec, SectionSpec
from .scoring import ItemScore
from .scoring import State as Scored
from .typed import NO, YES, Given, asks_whether, given_in, parts_of

NUMBER, DAY, TEXT, LONG, CHOICE, WHETHER = "number", "date", "text", "long", "choice", "whether"


@dataclass(frozen=True)
class Input:
    """One input of an item. `kind`: number, date, text, long, choice or whether (yes or no); `unit`: inside it."""

    name: str
    label: str
    kind: str
    value: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_optional: bool = False
    error: str = ""


@dataclass(frozen=True)
class Fact:
    """What a register says to a field of an item."""

    code: str
    label: str
    value: str
    unit: str

    @property
    def told(self) -> str:
        """Return the value with its unit."""
        return self.value + _unit(self.unit)


@dataclass(frozen=True)
class Difference:
    """One field in which two who saved the same item differ."""

    label: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Shown:
    """An item on the page."""

    number: str
    section: SectionSpec
    item: ItemSpec
    label: str
    rule: str
    answer: Answer
    score: ItemScore
    inputs: list[Input]
    facts: list[Fact]
    open: list[OpenItem]
    returned: ItemReturn | None = None
    is_closed: bool = False
    uses: list[EvidenceUse] = field(default_factory=list)
    marked: Mapping[Stage, Mark] = field(default_factory=dict)
    why_not: Input | None = None
    error: str = ""

    @property
    def anchor(self) -> str:
        """Return where on the page it stands."""
        return f"item-{self.item.code}"

    @property
    def is_outside(self) -> bool:
        """Whether others score it."""
        return marks.is_outside(self.answer.item)

    @property
    def is_open(self) -> bool:
        """Whether filing waits for it."""
        return any(one.is_blocking for one in self.open)

    @property
    def lacks_facts(self) -> bool:
        """Whether a register has nothing that its points need."""
        return any(one.kind == FACTS for one in self.open)

    @property
    def missing(self) -> str:
        """Return what is missing, in words."""
        return _(", ").join(dict.fromkeys(word for one in self.open for word in one.missing))

    @property
    def needs_evidence(self) -> bool:
        """Whether a proof is still missing."""
        return any(one.kind == EVIDENCE for one in self.open)

    @property
    def needs_reply(self) -> bool:
        """Whether it was returned and nobody has said what was mended."""
        return any(one.kind == RETURNED for one in self.open)

    @property
    def has_inputs(self) -> bool:
        """Whether a person types anything."""
        return bool(self.inputs)

    @property
    def before(self) -> str:
        """Return in words what is offered from an earlier year and not confirmed yet; empty where nothing is."""
        earlier = self.answer.carried_from
        if earlier is None or self.answer.is_settled or self.is_closed:
            return ""
        return in_words(self.item, given_in(earlier), earlier.known)

    @property
    def verdict(self) -> str:
        """Return the verdict that the item rests on; empty where it rests on none."""
        return self.answer.verdict if self.item.rule.target else ""

    @property
    def value(self) -> str:
        """Return what the registers say of it, in one line."""
        said = [f"{one.label} {one.told}" for one in self.facts]
        if self.item.rule.target and self.answer.measured is not None:
            measured, required = _plain(self.answer.measured), self.answer.required
            if required is None:
                said.append(measured)
            else:
                said.append(_("{measured}, required {required}").format(measured=measured, required=_plain(required)))
        return "；".join(said)

    @property
    def points(self) -> str:
        """Return the points it comes to so far; empty while it is open."""
        return _plain(self.score.points) if self.score.state is Scored.SCORED else ""

    @property
    def source(self) -> str:
        """Return where its value comes from."""
        return telling.where_from(self.item)

    @property
    def scorer(self) -> str:
        """Return who scores it."""
        return telling.scorer(self.item.scorer)

    @property
    def said(self) -> str:
        """Return what somebody typed, in one line."""
        return in_words(self.item, given_in(self.answer), self.answer.known)

    @property
    def four(self) -> list[str]:
        """Return the points of the four stages for the form on paper; empty where a stage gave none."""
        given = [marks.standing(self.marked, stage) for stage in marks.STAGES]
        return [_plain(one.points) if one is not None and one.points is not None else "" for one in given]

    @property
    def does_not_apply(self) -> bool:
        """Whether it leaves the sum."""
        return self.score.state is Scored.NOT_APPLICABLE


@dataclass(frozen=True)
class ShownSection:
    """A section of the page: its items where they are shown, and how many of them are done."""

    number: int
    section: SectionSpec
    label: str
    items: list[Shown]

    @property
    def waiting(self) -> list[Shown]:
        """The items that wait for somebody, returned ones first."""
        return sorted((one for one in self.items if one.is_open), key=lambda one: one.returned is None)

    @property
    def answered(self) -> list[Shown]:
        """The items that somebody answered."""
        return [one for one in self.items if not one.is_open and one.has_inputs and not one.is_outside]

    @property
    def known(self) -> list[Shown]:
        """The items that ask nobody anything; where a register lacks the fact, that is said."""
        return [one for one in self.items if not one.is_open and not one.has_inputs and not one.is_outside]

    @property
    def outside(self) -> list[Shown]:
        """The items that others score."""
        return [one for one in self.items if one.is_outside]

    @property
    def left(self) -> int:
        """How many items filing waits for."""
        return len(self.waiting)

    @property
    def done(self) -> int:
        """How many items filing does not wait for."""
        return len(self.items) - self.left


@dataclass(frozen=True)
class ShownFiling:
    """The whole filing."""

    filing: Filing
    sections: list[ShownSection]

    @property
    def items(self) -> list[Shown]:
        """Every item, in the order of the sheet."""
        return [one for section in self.sections for one in section.items]

    @property
    def waiting(self) -> list[Shown]:
        """Every item that filing waits for, returned ones first."""
        found = (one for section in self.sections for one in section.waiting)
        return sorted(found, key=lambda one: one.returned is None)

    @property
    def left(self) -> int:
        """How many."""
        return len(self.waiting)

    @property
    def done(self) -> int:
        """How many items filing does not wait for."""
        return len(self.items) - self.left

    @property
    def known(self) -> int:
        """How many items the registers answer, so that nobody types anything."""
        return sum(1 for one in self.items if not one.has_inputs and not one.is_outside)

    @property
    def carried(self) -> int:
        """How many answers of an earlier year wait to be confirmed."""
        return sum(1 for one in self.items if one.before)

    def section(self, code: str) -> ShownSection:
        """Return the section of the code; without one that of the first item that waits, else the first."""
        found = next((one for one in self.sections if one.section.code == code), None)
        if found is None and self.waiting:
            found = next(one for one in self.sections if self.waiting[0] in one.items)
        return found or self.sections[0]

    def item(self, code: str) -> Shown | None:
        """Return the item of the code."""
        return next((one for one in self.items if one.item.code == code), None)


def shown(filing: Filing, *, may_answer: bool, typed: Mapping[str, Given] | None = None) -> ShownFiling:
    """
    Return the filing as its page shows it; the same few queries whatever the number of items.

    `typed` holds what was sent to an item and refused, by its code: it stands in the inputs instead of what is kept.
    """
    rows = rows_of(filing)
    answers = {row.item.code: row for row in rows}
    waiting: dict[str, list[OpenItem]] = {}
    for one in filling.open_items(filing, rows):
        waiting.setdefault(one.item.code, []).append(one)
    scores = {one.item.code: one for one in scored(filing, rows).items}
    returns = {one.item_id: one for one in marks.open_returns(filing)}
    uses = _uses(filing)
    marked = marks.columns(filing)

    def of(number: str, section: SectionSpec, item: ItemSpec) -> Shown:
        answer = answers[item.code]
        given = (typed or {}).get(item.code) or given_in(answer)
        returned = returns.get(answer.item_id)
        is_closed = not may_answer or (filing.state == State.RETURNED and returned is None)
        inputs = [] if marks.is_outside(answer.item) else list(inputs_of(item, given, answer.known))
        return Shown(
            number=number,
            section=section,
            item=item,
            label=telling.named(item.label),
            rule=telling.rule(item),
            answer=answer,
            score=scores[item.code],
            inputs=inputs,
            facts=list(facts_of(item, answer.known)),
            open=waiting.get(item.code, []),
            returned=returned,
            is_closed=is_closed,
            uses=uses.get(answer.item_id, []),
            marked=marked.get(answer.item_id, {}),
            why_not=_why_not(item, given),
        )

    return ShownFiling(filing, _sections(pack_of(filing).sections, of))


def _sections(sections: Iterable[SectionSpec], of: Callable[[str, SectionSpec, ItemSpec], Shown]) -> list[ShownSection]:
    return [
        ShownSection(
            n,
            section,
            telling.named(section.label),
            [of(f"{n}.{m}", section, item) for m, item in enumerate(section.items, 1)],
        )
        for n, section in enumerate(sections, 1)
    ]


def _uses(filing: Filing) -> dict[int, list[EvidenceUse]]:
    found: dict[int, list[EvidenceUse]] = {}
    for use in EvidenceUse.objects.filter(filing=filing).select_related("evidence__file").order_by("pk"):
        found.setdefault(use.item_id, []).append(use)
    return found


def inputs_of(item: ItemSpec, given: Given, known: Mapping[str, str]) -> Iterable[Input]:
    """Yield the inputs of an item: its fields that no register knows, its parts, points, and whether it is so."""
    for ask in item.asks:
        if ask.code not in known:
            yield _asked(ask, given.fields.get(ask.code, ""))
    if asks_whether(item):
        yield Input("holds", _("Is it so?"), WHETHER, _held(given.holds))
    parts = parts_of(item)
    for cause in item.rule.causes:
        if cause.code in parts:
            label = _("{cause}, −{step} each").format(cause=telling.named(cause.label), step=cause.step)
            yield Input(f"parts.{cause.code}", label, NUMBER, given.parts.get(cause.code, ""), _("times"))
    for part in item.rule.subpoints:
        if part.code in parts:
            unit = _("of {full} points").format(full=part.full)
            yield Input(f"parts.{part.code}", telling.named(part.label), NUMBER, given.parts.get(part.code, ""), unit)
    if item.rule.kind == "judged":
        yield Input("points", _("Points"), NUMBER, given.points, _("of {full} points").format(full=item.full))
        yield Input("reason", _("Reason"), LONG, given.reason)


def _asked(ask: AskSpec, value: str) -> Input:
    kind = {"number": NUMBER, "boolean": WHETHER, "date": DAY, "choice": CHOICE}.get(ask.type, TEXT)
    choices = tuple(zip(ask.choices, (telling.named(one) for one in ask.choice_labels), strict=False))
    unit = units.label(ask.unit)
    return Input(f"fields.{ask.code}", telling.named(ask.label), kind, value, unit, choices, ask.is_optional)


def _held(holds: bool | None) -> str:
    return "" if holds is None else YES if holds else NO


def _why_not(item: ItemSpec, given: Given) -> Input | None:
    if not item.may_not_apply:
        return None
    return Input("does_not_apply", _("Why it does not apply to this community"), TEXT, given.does_not_apply)


def facts_of(item: ItemSpec, known: Mapping[str, str]) -> Iterable[Fact]:
    """Yield what the registers say to the fields of an item."""
    for ask in item.asks:
        if ask.code in known:
            yield Fact(ask.code, telling.named(ask.label), _said(ask, str(known[ask.code])), units.label(ask.unit))


def _said(ask: AskSpec, text: str) -> str:
    if ask.type == "boolean":
        return _("yes") if text == YES else _("no")
    if ask.type == "choice":
        return dict(zip(ask.choices, (telling.named(one) for one in ask.choice_labels), strict=False)).get(text, text)
    return _plain(Decimal(text)) if ask.type == "number" else text


def in_words(item: ItemSpec, given: Given, known: Mapping[str, str]) -> str:
    """Return what was answered to the item in one line."""
    if given.does_not_apply:
        return _("does not apply: {why}").format(why=given.does_not_apply)
    said = [f"{one.label} {_typed_words(one)}" for one in inputs_of(item, given, known) if one.value]
    return "；".join(said)


def _typed_words(one: Input) -> str:
    if one.kind == WHETHER:
        return str(_("yes") if one.value == YES else _("no"))
    return dict(one.choices).get(one.value, one.value) + _unit(one.unit)


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def differences(item: ItemSpec, mine: Given, theirs: Given, known: Mapping[str, str]) -> list[Difference]:
    """Return where what two people wrote differs, field by field."""
    own, other = list(inputs_of(item, mine, known)), list(inputs_of(item, theirs, known))
    for found, given in ((own, mine), (other, theirs)):
        if (why_not := _why_not(item, given)) is not None:
            found.append(why_not)
    pairs = zip(own, other, strict=True)
    return [Difference(a.label, _typed_words(a), _typed_words(b)) for a, b in pairs if a.value != b.value]


def sent(data: QueryDict) -> Given:
    """Return what a form of an item was sent with."""
    said = {name: str(text) for name, text in data.items()}
    return Given(
        fields=_of(said, "fields."),
        points=said.get("points", ""),
        parts=_of(said, "parts."),
        holds={YES: True, NO: False}.get(said.get("holds", "")),
        reason=said.get("reason", ""),
        does_not_apply=said.get("does_not_apply", ""),
    )


def _of(said: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in said.items() if name.startswith(prefix)}


def as_sent(given: Given) -> dict[str, str]:
    """Return it under the names of the inputs."""
    found = {f"fields.{code}": text for code, text in given.fields.items()}
    found |= {f"parts.{code}": text for code, text in given.parts.items()}
    return found | {
        "points": given.points,
        "holds": _held(given.holds),
        "reason": given.reason,
        "does_not_apply": given.does_not_apply,
    }


def _plain(number: Decimal) -> str:
    text = f"{number:.2f}" if number == number.quantize(Decimal("0.01")) else f"{number:.4f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def across(filings: Iterable[Filing], code: str, *, may_answer: bool) -> list[tuple[Filing, Shown]]:
    """Return one item of several filings of one evaluation, as a whole street fills it in; two queries."""
    own = {filing.pk: filing for filing in filings}
    rows = Answer.objects.filter(filing__in=own, item__code=code)
    answers = {row.filing_id: row for row in rows.select_related("item__section", "carried_from", "changed_by")}
    found = []
    for key, filing in own.items():
        answer = answers[key]
        answer.filing = filing
        number, section, item = placed(filing, code)
        score = item_scored(filing, answer)
        given = given_in(answer)
        kind = filling.TYPED if score.state is Scored.OPEN else ""
        waiting = [OpenItem(section, item, answer, kind, score.missing)] if kind else []
        one = Shown(
            number=number,
            section=section,
            item=item,
            label=telling.named(item.label),
            rule=telling.rule(item),
            answer=answer,
            score=score,
            inputs=list(inputs_of(item, given, answer.known)),
            facts=list(facts_of(item, answer.known)),
            open=waiting,
            is_closed=not may_answer,
            why_not=_why_not(item, given),
        )
        found.append((filing, one))
    return found


def placed(filing: Filing, code: str) -> tuple[str, SectionSpec, ItemSpec]:
    """Return the number of the item in the sheet, its section and what the sheet says of it."""
    for n, section in enumerate(pack_of(filing).sections, 1):
        for m, item in enumerate(section.items, 1):
            if item.code == code:
                return f"{n}.{m}", section, item
    raise LookupError(f"The sheet has no item {code}.")


def typable(filing: Filing) -> list[tuple[str, str]]:
    """Return the items to which a person types something, as (code, number and label), in the order of the sheet."""
    found = []
    for n, section in enumerate(pack_of(filing).sections, 1):
        for m, item in enumerate(section.items, 1):
            if item.scorer in marks.BY_COMMUNITY and list(inputs_of(item, Given(), _knowable(item))):
                found.append((item.code, f"{n}.{m} {telling.named(item.label)}"))
    return found


def _knowable(item: ItemSpec) -> dict[str, str]:
    return {ask.code: "" for ask in item.asks if ask.known}
