"""The steps of a score in words and figures, as officials write them: 850 ÷ 1,800 × 100 = 47.2."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments.compliance import display
from assessments.compliance.models import Verdict
from assessments.compliance.words import plain
from assessments.formulas import Trace

from . import fields
from .answers import TargetAnswer
from .pack import BandSpec, CauseSpec, ItemSpec, RuleSpec, SheetPack, SubpointSpec


def points(number: Decimal) -> str:
    """Return points for the eye: at most two decimals."""
    return display.number(number)


def verdict(code: str) -> str:
    """Return a verdict in the officials' word."""
    return str(Verdict(code).label)


def put_in(item: ItemSpec, trace: Trace) -> str:
    """Return a formula over the fields with the numbers put in, and what it comes to: 64 ÷ 68 = 0.94."""
    writer = fields.writer_of(item)
    sides = plain(writer.put_in(trace)), display.shown(trace.value)
    return sides[0] if sides[0] == sides[1] or isinstance(trace.value, bool) else " = ".join(sides)


def _measured(target: TargetAnswer) -> str:
    """Return the verdict, and what was measured and required where there is a number."""
    said = verdict(target.verdict)
    if target.measured is None:
        return said
    if target.required is None:
        return _("{verdict} (measured {measured})").format(verdict=said, measured=display.number(target.measured))
    told = _("{verdict} (measured {measured}, required {required})")
    return told.format(
        verdict=said,
        measured=display.number(target.measured, against=target.required),
        required=display.number(target.required),
    )


def full_marks(target: TargetAnswer, full: Decimal) -> str:
    """Return the step of a target that is met."""
    return _("{how}: full marks, {points}").format(how=_measured(target), points=points(full))


def no_marks(target: TargetAnswer) -> str:
    """Return the step of a target that is missed."""
    return _("{how}: no points").format(how=_measured(target))


def share_of(target: TargetAnswer, share: Decimal, full: Decimal, found: Decimal) -> str:
    """Return the step of a target on attention: a stated share of the full marks."""
    return f"{_measured(target)}: {points(full)} × {points(share)} = {points(found)}"


def in_proportion(target: TargetAnswer, full: Decimal, found: Decimal) -> str:
    """Return the step of a missed target whose points follow what was measured."""
    measured, required = display.number(target.measured or Decimal(0)), display.number(target.required or Decimal(0))
    return f"{verdict(target.verdict)}: {measured} ÷ {required} × {points(full)} = {points(found)}"


def whether(holds: bool, told: str, full: Decimal) -> str:
    """Return the step of all or nothing."""
    said = _("so it is") if holds else _("so it is not")
    result = _("full marks, {points}").format(points=points(full)) if holds else _("no points")
    return f"{told}，{said}: {result}" if told else f"{said}: {result}"


def cause(spec: CauseSpec, times: Decimal, taken: Decimal) -> str:
    """Return what one cause takes: 未召开 2 × 0.5 = 1."""
    return f"{spec.label.zh} {points(times)} × {points(Decimal(spec.step))} = {points(taken)}"


def left_over(full: Decimal, taken: Decimal) -> str:
    """Return what is left of the full marks, never below 0."""
    left = full - taken
    said = f"{points(full)} − {points(taken)} = {points(left) if left >= 0 else '−' + points(-left)}"
    return said if left >= 0 else f"{said}，{_('floored at 0')}"


def added(given: Iterable[tuple[SubpointSpec, Decimal]]) -> str:
    """Return the sub-points and their sum."""
    parts = list(given)
    said = " + ".join(f"{spec.label.zh} {points(number)}" for spec, number in parts)
    return f"{said} = {points(sum((number for _spec, number in parts), Decimal(0)))}"


def band(rule: RuleSpec, value: Decimal, told: str, found: BandSpec | None) -> str:
    """Return into which band a number falls."""
    bound = Decimal(found.at_least if found else rule.bands[-1].at_least)
    shown = told or display.number(value, against=bound)
    if found is None:
        return _("{number} is below {bound}: no points").format(number=shown, bound=display.number(bound))
    reached = _("{number} reaches {bound}: {points} points")
    return reached.format(number=shown, bound=display.number(bound), points=points(Decimal(found.points)))


def judged(given: Decimal, full: Decimal, reason: str) -> str:
    """Return the step of a judged item with its reason."""
    return _("{points} of {full}: {reason}").format(points=points(given), full=points(full), reason=reason)


def totals(
    pack: SheetPack,
    reached: Decimal,
    applicable: Decimal,
    composite: Decimal,
    bonus: Decimal,
    deduction: Decimal,
    final: Decimal,
) -> tuple[str, ...]:
    """Return how the total came about: the composite, then bonus and deduction."""
    shown = _at(pack, composite)
    steps = [
        _("Composite: {reached} ÷ {applicable} × {base} = {composite}").format(
            reached=points(reached), applicable=points(applicable), base=pack.base, composite=shown
        )
    ]
    if bonus or deduction:
        told = f"{shown} + {points(bonus)} − {points(deduction)} = {final}"
        steps.append(_("Total: {sum}").format(sum=told))
    return tuple(steps)


def _at(pack: SheetPack, number: Decimal) -> str:
    return display.number(number, places=max(pack.decimals, 2))
