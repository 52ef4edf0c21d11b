"""A rule of a sheet in words: for the reading page, for the form on paper, and for what a version changes."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments.formulas import FormulaError
from assessments.plans.models.plans import in_language
from assessments.plans.pack import Label

from . import fields
from .models import Method, Need, Proof, RuleKind
from .pack import ItemSpec

PER_CENT = 100


def named(label: Label) -> str:
    """Return a text of the sheet in the reader's language."""
    return in_language(label.zh, label.en)


def rule(item: ItemSpec, targets: dict[str, str] | None = None) -> str:
    """Return how the points of the item come about; `targets` are the labels of the plan's targets by code."""
    said: str = _RULES[RuleKind(item.rule.kind)](item, targets or {})
    return said


def _derived(item: ItemSpec, targets: dict[str, str]) -> str:
    own, target = item.rule, targets.get(item.rule.target, item.rule.target)
    parts = [_("By the verdict on “{target}”: met earns full marks").format(target=target)]
    if own.attention:
        # xgettext:no-python-format
        parts.append(_("attention {share}% of them").format(share=_per_cent(own.attention)))
    proportional = _("not met in proportion to what is measured")
    parts.append(proportional if own.not_met == "proportional" else _("not met none"))
    return f"{'，'.join(parts)}。"


def _per_cent(share: str) -> str:
    return format((Decimal(share) * PER_CENT).normalize(), "f")


def _all_or_nothing(item: ItemSpec, _targets: dict[str, str]) -> str:
    if item.rule.holds:
        return _("Full marks where {condition}, otherwise none.").format(condition=_words(item, item.rule.holds))
    return _("Full marks where it is so, otherwise none.")


def _per_unit_deduction(item: ItemSpec, _targets: dict[str, str]) -> str:
    causes = "；".join(f"{named(one.label)} −{one.step}" for one in item.rule.causes)
    return _("Deducted each time: {causes}; never below 0.").format(causes=causes)


def _sum_of_subpoints(item: ItemSpec, _targets: dict[str, str]) -> str:
    return "；".join(f"{named(one.label)} {one.full}" for one in item.rule.subpoints) + "。"


def _ratio_band(item: ItemSpec, targets: dict[str, str]) -> str:
    own = item.rule
    number = _words(item, own.value) if own.value else targets.get(own.target, own.target)
    each = _("from {bound} on {points}")
    bands = "；".join(each.format(bound=one.at_least, points=one.points) for one in own.bands)
    return _("By {number}: {bands}; below that none.").format(number=number, bands=bands)


def _judged(item: ItemSpec, _targets: dict[str, str]) -> str:
    return _("Judged from 0 to {full}, with a reason.").format(full=item.full)


_RULES = {
    RuleKind.DERIVED: _derived,
    RuleKind.ALL_OR_NOTHING: _all_or_nothing,
    RuleKind.PER_UNIT_DEDUCTION: _per_unit_deduction,
    RuleKind.SUM_OF_SUBPOINTS: _sum_of_subpoints,
    RuleKind.RATIO_BAND: _ratio_band,
    RuleKind.JUDGED: _judged,
}


def _words(item: ItemSpec, text: str) -> str:
    """Return a formula over the fields in words."""
    try:
        return fields.writer_of(item).words(fields.parse(item, text))
    except FormulaError:
        return text


def where_from(item: ItemSpec) -> str:
    """Return where the number comes from: the registers, what a person types, or a person's judgement."""
    known = [named(ask.label) for ask in item.asks if ask.known]
    typed = [named(ask.label) for ask in item.asks if not ask.known]
    if item.rule.target:
        return _("from the verdict on the target")
    told = [_("from the registers: {fields}").format(fields="、".join(known))] if known else []
    told += [_("typed: {fields}").format(fields="、".join(typed))] if typed else []
    return "；".join(told) or _("judged by a person")


def scorer(code: str) -> str:
    """Return who scores: a level in words, or the department as named."""
    return {
        "community": _("the community itself"),
        "street": _("the street office"),
        "district": _("the district"),
        "city": _("the city"),
    }.get(code, code)


def methods(codes: Iterable[str]) -> str:
    """Return how it is found out, in words."""
    return "、".join(str(Method(code).label) for code in codes)


def evidence(item: ItemSpec) -> str:
    """Return whether evidence is asked for, and what counts as such."""
    own = item.evidence
    counts = "、".join(str(Proof(one).label) for one in own.counts)
    more = named(own.text) if own.text else ""
    return "：".join(one for one in (str(Need(own.need).label), "；".join(two for two in (counts, more) if two)) if one)


def is_filled_by_the_system(item: ItemSpec) -> bool:
    """Say whether the item asks nothing of a person: the registers hold all that its points need."""
    own = item.rule
    by_formula = {
        RuleKind.DERIVED: True,
        RuleKind.ALL_OR_NOTHING: bool(own.holds),
        RuleKind.PER_UNIT_DEDUCTION: all(one.count for one in own.causes),
        RuleKind.SUM_OF_SUBPOINTS: all(one.holds for one in own.subpoints),
        RuleKind.RATIO_BAND: True,
        RuleKind.JUDGED: False,
    }
    return by_formula[RuleKind(own.kind)] and all(ask.known for ask in item.asks if not ask.is_optional)
