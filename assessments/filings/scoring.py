"""
From a sheet and the answers of one community to its points, total and grade. Pure: no database, no clock.

An item is scored, open or does not apply. Open means that something is missing, which is named; nothing missing is
ever counted as 0. What does not apply leaves the sum and the full marks alike: the composite is the points reached over
the points that apply, times the full marks of the base part. Points are exact; the total is rounded once, at the end,
as the sheet says, and the grade follows from the total as rounded. Every step is told in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import Enum

from django.utils.translation import gettext as _

from assessments.formulas import Absent, Value
from assessments.formulas.values import EXACT, compared, divide, total

from . import arithmetic, fields
from .answers import Answers, ItemAnswer, TargetAnswer
from .pack import BASE, BONUS, DEDUCTION, CauseSpec, GradeSpec, ItemSpec, SectionSpec, SheetPack, SubpointSpec

NOTHING = Decimal(0)
ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}
DOES_NOT_APPLY = ("not_applicable", "no_rule", "not_due")


class AnswerError(ValueError):
    """An answer that the sheet does not allow; the message names the item and says what is allowed."""


class State(Enum):
    """How far an item is."""

    SCORED = "scored"
    OPEN = "open"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class ItemScore:
    """One item: its state, its points (in a section of deductions: what is left of them), why, and what is missing."""

    item: ItemSpec
    state: State
    points: Decimal = NOTHING
    steps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def full(self) -> Decimal:
        """The full marks of the item."""
        return Decimal(self.item.full)


@dataclass(frozen=True)
class SectionScore:
    """One section: points reached of those that apply; with open items `reached` counts what is known so far."""

    section: SectionSpec
    items: tuple[ItemScore, ...]

    @property
    def reached(self) -> Decimal:
        """The points of the items scored; never below 0."""
        return max(NOTHING, total(one.points for one in self.items if one.state is State.SCORED))

    @property
    def open_marks(self) -> Decimal:
        """The full marks of the open items: what may still come."""
        return total(one.full for one in self.items if one.state is State.OPEN)

    @property
    def applicable(self) -> Decimal:
        """The full marks of the items that apply."""
        return total(one.full for one in self.items if one.state is not State.NOT_APPLICABLE)


@dataclass(frozen=True)
class SheetScore:
    """
    The whole sheet. `composite` and `total` are None while an item is open or nothing applies; `lowest` and
    `highest` then say between which totals it ends. `veto`: the codes of vetoes that set the grade.
    """

    sections: tuple[SectionScore, ...]
    composite: Decimal | None
    bonus: Decimal
    deduction: Decimal
    total: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    grade: GradeSpec | None
    steps: tuple[str, ...]
    vetoes: tuple[str, ...] = ()

    @property
    def items(self) -> Iterable[ItemScore]:
        """Every item, in the order of the sheet."""
        return (item for section in self.sections for item in section.items)

    @property
    def open(self) -> list[ItemScore]:
        """The items that wait for something."""
        return [item for item in self.items if item.state is State.OPEN]


def score(pack: SheetPack, answers: Answers) -> SheetScore:
    """Score the sheet. Raises AnswerError for an answer the sheet does not allow."""
    sections = tuple(
        SectionScore(section, tuple(_Scorer(item, answers).score() for item in section.items))
        for section in pack.sections
    )
    return _Totals(pack, sections).score(answers.vetoes)


def score_item(item: ItemSpec, answers: Answers) -> ItemScore:
    """Score one item alone. Raises AnswerError for an answer the sheet does not allow."""
    return _Scorer(item, answers).score()


def add_up(pack: SheetPack, points: Mapping[str, Decimal | None], vetoes: frozenset[str] = frozenset()) -> SheetScore:
    """Add up points that were given by the code of the item: None does not apply, an item without any is open."""
    sections = tuple(
        SectionScore(section, tuple(_given(item, points) for item in section.items)) for section in pack.sections
    )
    return _Totals(pack, sections).score(vetoes)


def _given(item: ItemSpec, points: Mapping[str, Decimal | None]) -> ItemScore:
    if item.code not in points:
        return ItemScore(item, State.OPEN, missing=(_("points"),))
    given = points[item.code]
    return ItemScore(item, State.NOT_APPLICABLE) if given is None else ItemScore(item, State.SCORED, given)


class _Scorer:
    """Scores one item."""

    def __init__(self, item: ItemSpec, answers: Answers) -> None:
        self.item, self.day = item, answers.day
        self.full = Decimal(item.full)
        self.answer = answers.items.get(item.code, ItemAnswer())
        self.target = answers.targets.get(item.rule.target) if item.rule.target else None

    def score(self) -> ItemScore:
        if self.answer.does_not_apply:
            if not self.item.may_not_apply:
                raise self._refused(_("This item applies to every community; it cannot be left out."))
            return self._left_out(self.answer.does_not_apply)
        found: ItemScore = getattr(self, f"_{self.item.rule.kind}")()
        return found

    def _refused(self, why: str) -> AnswerError:
        return AnswerError(f"{self.item.label.zh}: {why}")

    def _scored(self, points: Decimal, *steps: str) -> ItemScore:
        return ItemScore(self.item, State.SCORED, min(max(points, NOTHING), self.full), steps)

    def _open(self, *missing: str) -> ItemScore:
        return ItemScore(self.item, State.OPEN, missing=missing)

    def _left_out(self, why: str) -> ItemScore:
        told = _("Does not apply: {why}. The full marks shrink by {full}.")
        return ItemScore(
            self.item, State.NOT_APPLICABLE, steps=(told.format(why=why, full=arithmetic.points(self.full)),)
        )

    # What the system knows

    def _derived(self) -> ItemScore:
        target = self.target
        if target is None:
            return self._open(_("the verdict on the target"))
        if target.verdict in DOES_NOT_APPLY:
            return self._left_out(arithmetic.verdict(target.verdict))
        if target.verdict in ("undetermined", "reported"):
            return self._open(*(target.missing or (arithmetic.verdict(target.verdict),)))
        if target.verdict == "met":
            return self._scored(self.full, arithmetic.full_marks(target, self.full))
        if target.verdict == "attention":
            return self._shared(Decimal(self.item.rule.attention or "0"), target)
        return self._not_met(target)

    def _shared(self, share: Decimal, target: TargetAnswer) -> ItemScore:
        points = EXACT.multiply(share, self.full)
        return self._scored(points, arithmetic.share_of(target, share, self.full, points))

    def _not_met(self, target: TargetAnswer) -> ItemScore:
        if self.item.rule.not_met != "proportional":
            return self._scored(NOTHING, arithmetic.no_marks(target))
        if target.measured is None or target.required is None:
            return self._open(*(target.missing or (_("the number measured"),)))
        part = divide(target.measured, target.required)
        if isinstance(part, Absent):
            return self._scored(NOTHING, arithmetic.no_marks(target))
        points = EXACT.multiply(min(part, Decimal(1)), self.full)
        return self._scored(points, arithmetic.in_proportion(target, self.full, points))

    # What the fields say, and what a person gives

    def _read(self, text: str) -> tuple[Value, str, tuple[str, ...]]:
        """Return what a formula over the fields comes to, the formula with the numbers put in, and what is missing."""
        values = dict(self.answer.fields)
        trace = fields.evaluate(self.item, text, values, self.day)
        told = arithmetic.put_in(self.item, trace)
        return trace.value, told, fields.missing(self.item, text, values)

    def _all_or_nothing(self) -> ItemScore:
        holds: Value | None = self.answer.holds
        told = ""
        if self.item.rule.holds:
            holds, told, missing = self._read(self.item.rule.holds)
            if isinstance(holds, Absent):
                return self._unread(holds, missing)
        if holds is None:
            return self._open(_("whether it is so"))
        return self._scored(self.full if holds else NOTHING, arithmetic.whether(bool(holds), told, self.full))

    def _unread(self, value: Absent, missing: tuple[str, ...]) -> ItemScore:
        if value is Absent.MISSING:
            return self._open(*missing)
        return self._left_out(_("it would divide by zero"))

    def _per_unit_deduction(self) -> ItemScore:
        taken = NOTHING
        steps: list[str] = []
        missing: list[str] = []
        for cause in self.item.rule.causes:
            times, lacking = self._times(cause)
            if times is None:
                missing += lacking
                continue
            minus = EXACT.multiply(times, Decimal(cause.step))
            taken += minus
            if times:
                steps.append(arithmetic.cause(cause, times, minus))
        if missing:
            return self._open(*dict.fromkeys(missing))
        return self._after(taken, steps)

    def _after(self, taken: Decimal, steps: list[str]) -> ItemScore:
        return self._scored(self.full - taken, *steps, arithmetic.left_over(self.full, taken))

    def _times(self, cause: CauseSpec) -> tuple[Decimal | None, tuple[str, ...]]:
        if cause.count:
            value, _told, missing = self._read(cause.count)
            return (None, missing or (cause.label.zh,)) if not isinstance(value, Decimal) else (max(value, NOTHING), ())
        times = self.answer.parts.get(cause.code)
        if times is not None and times < 0:
            raise self._refused(
                _("“{cause}” cannot have occurred {times} times.").format(cause=cause.label.zh, times=times)
            )
        return times, () if times is not None else (cause.label.zh,)

    def _sum_of_subpoints(self) -> ItemScore:
        given: list[tuple[SubpointSpec, Decimal]] = []
        missing: list[str] = []
        for part in self.item.rule.subpoints:
            points, lacking = self._subpoint(part)
            missing += lacking
            if points is not None:
                given.append((part, points))
        if missing:
            return self._open(*dict.fromkeys(missing))
        return self._scored(total(points for _part, points in given), arithmetic.added(given))

    def _subpoint(self, part: SubpointSpec) -> tuple[Decimal | None, tuple[str, ...]]:
        if part.holds:
            value, _told, missing = self._read(part.holds)
            if isinstance(value, Absent):
                return None, missing or (part.label.zh,)
            return (Decimal(part.full) if value else NOTHING), ()
        points = self.answer.parts.get(part.code)
        if points is None:
            return None, (part.label.zh,)
        self._check_given(points, Decimal(part.full), part.label.zh)
        return points, ()

    def _check_given(self, points: Decimal, full: Decimal, name: str) -> None:
        if not NOTHING <= points <= full:
            what = _("“{name}” has 0 to {full} points; {points} were given.")
            raise self._refused(what.format(name=name, full=arithmetic.points(full), points=arithmetic.points(points)))

    def _ratio_band(self) -> ItemScore:
        rule = self.item.rule
        if rule.value:
            value, told, missing = self._read(rule.value)
            if isinstance(value, Absent):
                return self._unread(value, missing)
        else:
            if self.target is not None and self.target.verdict in DOES_NOT_APPLY:
                return self._left_out(arithmetic.verdict(self.target.verdict))
            if self.target is None or self.target.measured is None:
                return self._open(*(self.target.missing if self.target else ()) or (_("the number measured"),))
            value, told = self.target.measured, ""
        assert isinstance(value, Decimal)  # noqa: S101 - checked when the sheet was loaded
        band = next((one for one in rule.bands if compared(value) >= compared(Decimal(one.at_least))), None)
        return self._scored(Decimal(band.points) if band else NOTHING, arithmetic.band(rule, value, told, band))

    def _judged(self) -> ItemScore:
        points = self.answer.points
        missing = ([] if points is not None else [_("points")]) + ([] if self.answer.reason else [_("a reason")])
        if points is not None:
            self._check_given(points, self.full, self.item.label.zh)
        if points is None or missing:
            return self._open(*missing)
        return self._scored(points, arithmetic.judged(points, self.full, self.answer.reason))


class _Totals:
    """Adds the sections up."""

    def __init__(self, pack: SheetPack, sections: tuple[SectionScore, ...]) -> None:
        self.pack, self.sections = pack, sections
        self.base, self.bonus, self.deduction = (
            [one for one in sections if one.section.kind == kind] for kind in (BASE, BONUS, DEDUCTION)
        )

    def score(self, vetoes: frozenset[str]) -> SheetScore:
        reached, applicable = _reached(self.base), total(one.applicable for one in self.base)
        bonus = min(_reached(self.bonus), Decimal(self.pack.bonus_cap))
        deduction = min(_taken(self.deduction), Decimal(self.pack.deduction_cap))
        is_open = any(one.open_marks for one in self.sections)
        composite = self._composite(reached, applicable)
        final = None if is_open or composite is None else self._rounded(composite + bonus - deduction)
        hit = tuple(veto for veto in self.pack.vetoes if veto.code in vetoes)
        return SheetScore(
            sections=self.sections,
            composite=None if is_open else composite,
            bonus=bonus,
            deduction=deduction,
            total=final,
            lowest=self._bound(lowest=True),
            highest=self._bound(lowest=False),
            grade=self._grade(final, [veto.grade for veto in hit]),
            steps=arithmetic.totals(self.pack, reached, applicable, composite, bonus, deduction, final)
            if final is not None and composite is not None
            else (),
            vetoes=tuple(veto.code for veto in hit),
        )

    def _composite(self, reached: Decimal, applicable: Decimal) -> Decimal | None:
        found = divide(EXACT.multiply(reached, Decimal(self.pack.base)), applicable)
        return None if isinstance(found, Absent) else found

    def _bound(self, *, lowest: bool) -> Decimal | None:
        """Return the lowest or highest total the open items can still lead to."""
        coming = NOTHING if lowest else total(one.open_marks for one in self.base)
        composite = self._composite(_reached(self.base) + coming, total(one.applicable for one in self.base))
        if composite is None:
            return None
        more = NOTHING if lowest else total(one.open_marks for one in self.bonus)
        bonus = min(_reached(self.bonus) + more, Decimal(self.pack.bonus_cap))
        taken = _taken(self.deduction) + (total(one.open_marks for one in self.deduction) if lowest else NOTHING)
        return self._rounded(composite + bonus - min(taken, Decimal(self.pack.deduction_cap)))

    def _rounded(self, number: Decimal) -> Decimal:
        """Return the total as the sheet rounds it, once; never below 0."""
        step = Decimal(1).scaleb(-self.pack.decimals)
        return max(compared(number).quantize(step, rounding=ROUNDINGS[self.pack.rounding]), NOTHING)

    def _grade(self, final: Decimal | None, vetoed: list[str]) -> GradeSpec | None:
        """Return the grade of the total; a veto sets it, and of several the lowest grade holds."""
        if final is None:
            return None
        order = [grade.code for grade in self.pack.grades]
        by_points = next(one for one in self.pack.grades if final >= Decimal(one.at_least))
        return self.pack.grades[max(order.index(code) for code in [by_points.code, *vetoed])]


def _reached(sections: list[SectionScore]) -> Decimal:
    return total(one.reached for one in sections)


def _taken(sections: list[SectionScore]) -> Decimal:
    """Return what deductions take: of every item scored its full marks less what is left of them."""
    scored = (item for one in sections for item in one.items if item.state is State.SCORED)
    return total(item.full - item.points for item in scored)
