"""
The figure a document prints, held against the one computed: pure arithmetic on Decimals, no database.

A document prints 22% where 22.897…% comes out. Whether the two agree depends on how it was rounded, which no document
says: so the figure computed is rounded to the step of the last digit printed, and where only cutting the digits off
gives the printed figure, that is said. This is told beside a verdict and never changes one.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal

from django.db.models import TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from assessments.plans.pack import PrintedSpec
from communities.ground import units
from communities.ground.units import Unit

from . import display
from .models import Verdict

TRUNCATE = "truncate"
HALF_UP = "half_up"
UP = "up"
ROUNDINGS = {HALF_UP: ROUND_HALF_UP, TRUNCATE: ROUND_DOWN, UP: ROUND_CEILING}
COMPARED = Decimal(1).scaleb(-12)
NOT_COMPARED = (Verdict.NO_RULE, Verdict.NOT_APPLICABLE, Verdict.NOT_DUE)


class Agreement(TextChoices):
    """How a figure computed stands to the one printed."""

    AGREES = "agrees", gettext_lazy("agrees")
    TRUNCATED = "truncated", gettext_lazy("agrees if truncated")
    DIFFERS = "differs", gettext_lazy("differs")
    DERIVED = "derived", gettext_lazy("follows from what is printed")
    UNKNOWN = "unknown", gettext_lazy("not computed")


@dataclass(frozen=True)
class PrintedFigure:
    """A figure computed beside the one the document prints, in words."""

    agreement: Agreement
    computed: str
    text: str
    sentence: str
    note: str


def agreement(measured: Decimal | None, printed: PrintedSpec) -> Agreement:
    """
    Say how `measured` stands to the figure printed, both in the unit of the measure.

    `half_up` agrees where rounding gives the printed figure, and agrees if truncated where only cutting off does;
    `truncate` (1500余) where cutting off does, `up` (近3亿) where rounding up does, `none` where the two are equal.
    """
    if not printed.value:
        return Agreement.DERIVED
    if measured is None:
        return Agreement.UNKNOWN
    stated, step = Decimal(printed.value), step_of(printed)
    exact = measured.quantize(COMPARED, ROUND_HALF_UP)
    if exact == stated:
        return Agreement.AGREES
    if printed.rounding in ROUNDINGS and rounded(exact, step, printed.rounding) == stated:
        return Agreement.AGREES
    if printed.rounding == HALF_UP and rounded(exact, step, TRUNCATE) == stated:
        return Agreement.TRUNCATED
    return Agreement.DIFFERS


def step_of(printed: PrintedSpec) -> Decimal:
    """Return the step of the last digit printed: 0.01 for 0.22, unless the pack says to what it was rounded."""
    if printed.rounded_to:
        return Decimal(printed.rounded_to)
    exponent = Decimal(printed.value).as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def rounded(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Return the multiple of `step` to which `value` is rounded; 0.5 steps away from zero."""
    return (value / step).quantize(Decimal(1), ROUNDINGS[rounding]) * step


def told(
    measured: Decimal | None, printed: PrintedSpec | None, unit: Unit | None, verdict: str
) -> PrintedFigure | None:
    """
    Return the two figures and how they agree, in words; None where the pack says nothing of a printed figure.

    A figure speaks of the time its rule is in force and due: under any other verdict, or none, nothing is compared.
    """
    if printed is None or not verdict or verdict in NOT_COMPARED:
        return None
    found = agreement(measured, printed)
    computed = "" if measured is None else shown(measured, unit)
    return PrintedFigure(found, computed, printed.text, _sentence(found, measured, printed, unit), _note(printed))


def shown(value: Decimal, unit: Unit | None) -> str:
    """Return a figure to be compared by eye: 81.0%, 12.29 平方米/人, 0.292; what is exact has no needless zeros."""
    if not display.is_share(unit):
        return f"{display.number(value, places=2 if abs(value) >= 1 else 3)} {units.label(unit)}".strip()
    per_cent = value * display.HUNDRED
    to_the_eye = per_cent.quantize(Decimal("0.1"), ROUND_HALF_UP)
    is_exact = per_cent.quantize(COMPARED, ROUND_HALF_UP) == to_the_eye
    return f"{display.number(per_cent) if is_exact else to_the_eye}%"


def _note(printed: PrintedSpec) -> str:
    if printed.note is None:
        return ""
    return printed.note.en if printed.note.en and (get_language() or "").startswith("en") else printed.note.zh


def _sentence(found: Agreement, measured: Decimal | None, printed: PrintedSpec, unit: Unit | None) -> str:
    """Return the comparison in one sentence with its arithmetic."""
    if found == Agreement.UNKNOWN or measured is None:
        return _("Not computed: a fact is missing.")
    computed = shown(measured, unit)
    if found == Agreement.DERIVED:
        return _("{computed}: not printed, but it follows from what is.").format(computed=computed)
    beside = _("{computed}, printed as {text}: ").format(computed=computed, text=printed.text)
    return beside + _compared(found, measured, printed, unit)


def _compared(found: Agreement, measured: Decimal, printed: PrintedSpec, unit: Unit | None) -> str:
    half_up = shown(rounded(measured, step_of(printed), HALF_UP), unit)
    if found == Agreement.TRUNCATED:
        return _("agrees if truncated; rounded it would be {figure}.").format(figure=half_up)
    if found == Agreement.DIFFERS:
        return _("does not agree; rounded it would be {figure}.").format(figure=half_up)
    if measured.quantize(COMPARED, ROUND_HALF_UP) == Decimal(printed.value):
        return _("agrees.")
    words = {
        HALF_UP: _("agrees when rounded."),
        TRUNCATE: _("agrees: it is more than that."),
        UP: _("agrees: it is nearly that."),
    }
    return words[printed.rounding]
