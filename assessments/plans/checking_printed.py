"""
Whether the figures a document prints can be compared with what its targets measure.

A printed figure is a number in the unit of the measure, with the text as it stands in the document; it is a multiple
of the step it was rounded to. A percentage is written as the share it is: 0.22 for 22%.
"""

from decimal import Decimal

from django.utils.translation import gettext as _

from assessments import formulas
from assessments.formulas import FormulaError, Vocabulary

from .checking_formulas import vocabulary_of
from .pack import PackPlan, PrintedSpec, TargetSpec
from .problems import Path, Problems


def check(pack: PackPlan, problems: Problems) -> None:
    """Note every printed figure of `pack` that nothing can be compared with."""
    printed = [(target, target.printed) for target in pack.targets if target.printed is not None]
    vocabulary = vocabulary_of(pack) if printed else None
    for target, figure in printed:
        path: Path = ("targets", target.code, "printed")
        _check_complete(figure, path, problems)
        if figure.value:
            _check_step(figure, path, problems)
            _check_per_cent(figure, path, problems)
        if vocabulary is not None and not _is_measured(target, vocabulary):
            problems.add(path, _("Only a number can be compared with a printed figure."))


def _check_complete(printed: PrintedSpec, path: Path, problems: Problems) -> None:
    """A figure has its text; without a figure nothing but a note can be said."""
    if printed.value and not printed.text:
        problems.add(path, _("“{name}” is missing.").format(name="text"), _("Give the figure as it is printed: 22%."))
    if printed.value:
        return
    for name in ("text", "rounded_to"):
        if getattr(printed, name):
            what = _("“{name}” needs “value”: the figure to compare with.").format(name=name)
            problems.add((*path, name), what, _("Where the document prints none, leave both out."))


def _check_step(printed: PrintedSpec, path: Path, problems: Problems) -> None:
    if not printed.rounded_to:
        return
    step, value = Decimal(printed.rounded_to), Decimal(printed.value)
    if not step or value % step:
        what = _("{value} is no multiple of {step}, to which it is said to be rounded.")
        problems.add((*path, "rounded_to"), what.format(value=printed.value, step=printed.rounded_to))


def _check_per_cent(printed: PrintedSpec, path: Path, problems: Problems) -> None:
    if printed.text.endswith(("%", "％")) and Decimal(printed.value) > 1 and printed.text[:-1] == printed.value:
        what = _("A percentage is written as the share it is: {share} for {text}.")
        share = f"{(Decimal(printed.value) / 100).normalize():f}"
        problems.add((*path, "value"), what.format(share=share, text=printed.text))


def _is_measured(target: TargetSpec, vocabulary: Vocabulary) -> bool:
    """Say whether the target measures a number; a formula that cannot be read is told elsewhere."""
    rule = target.rules[-1]
    if not rule.measure:
        return bool(rule.split)
    try:
        return formulas.parse(rule.measure, vocabulary, target.subject).type == "number"
    except FormulaError:
        return True
