"""
Whether a pack that is well formed also makes sense: its owner, figures, periods, clauses, names.

Formulas are checked in `checking_formulas.py`. Everything wrong is noted, each with its line; nothing stops at the
first.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _

from communities.ground import units
from communities.places.models import Level, PlaceCode

from .catalogue import METRICS
from .models.reported import DECIMAL
from .models.rules import Force
from .pack import IndicatorSpec, Label, PackPlan, ParameterSpec, RuleSpec, Span, TargetSpec
from .problems import Path, Problems, nearest

RESERVED = frozenset({"day", "true", "false", "and", "or", "not", "in", "if", "else"})


def check(pack: PackPlan, problems: Problems) -> None:
    """Note everything in `pack` that is well formed but wrong, formulas apart."""
    _check_owner(pack, problems)
    _check_names(pack, problems)
    for parameter in pack.parameters:
        _check_parameter(parameter, pack, problems)
    for indicator in pack.indicators:
        _check_indicator(indicator, problems)
    _check_clauses(pack, problems)
    for target in pack.targets:
        _check_target(target, problems)


def padded(prefix: str) -> str:
    """Return the 12 digits of a division code prefix."""
    return prefix.ljust(12, "0")


def _check_owner(pack: PackPlan, problems: Problems) -> None:
    level = PlaceCode.objects.filter(code=padded(pack.owner)).values_list("place__level", flat=True).first()
    if level is None:
        what = _("“{code}” is not the code of a place the portal knows.").format(code=pack.owner)
        problems.add(("plan", "owner"), what, _("Load the divisions first, or correct the code."))
    elif level == Level.PROVINCE:
        problems.add(("plan", "owner"), _("A province cannot own a plan here."), _("Name a city or what is below it."))


def _check_names(pack: PackPlan, problems: Problems) -> None:
    metrics = {metric.code for metric in METRICS}
    parameters = {parameter.code for parameter in pack.parameters}
    for part, names in (("parameters", parameters), ("indicators", {one.code for one in pack.indicators})):
        for name in sorted(names & (metrics | RESERVED)):
            what = _("“{name}” is already the name of a metric or of a word of the language.").format(name=name)
            problems.add((part, name), what, _("Choose another name."))
    for name in sorted(parameters & {one.code for one in pack.indicators}):
        problems.add(("indicators", name), _("“{name}” is also the name of a parameter.").format(name=name))


def _check_unit(unit: str | None, path: Path, problems: Problems) -> None:
    if unit is None:
        return
    try:
        units.parse(unit)
    except units.UnknownUnitError as error:
        problems.add((*path, "unit"), str(error), nearest=nearest(unit, [*units.UNITS, units.SHARE]))


def _check_choices(spec: ParameterSpec | IndicatorSpec, path: Path, problems: Problems) -> None:
    wants = spec.type in ("choice", "set")
    if wants and not spec.choices:
        problems.add(path, _("A {type} must list its choices.").format(type=_(spec.type)), _("Add: choices: [a, b, …]"))
    if not wants and spec.choices:
        problems.add((*path, "choices"), _("A {type} has no choices.").format(type=_(spec.type)))
    if spec.type != "number" and spec.unit is not None:
        problems.add((*path, "unit"), _("Only a number has a unit."))


def _check_parameter(parameter: ParameterSpec, pack: PackPlan, problems: Problems) -> None:
    path: Path = ("parameters", parameter.code)
    _check_unit(parameter.unit, path, problems)
    _check_choices(parameter, path, problems)
    for n, value in enumerate(parameter.values):
        where = (*path, "values", n)
        wrong = _wrong_value(parameter, value.value)
        if wrong:
            near = nearest(value.value, parameter.choices) if parameter.choices else ""
            problems.add((*where, "value"), wrong, nearest=near)
        if value.for_prefix:
            _check_reach(value.for_prefix, pack.owner, where, problems)
    for (n, a), (m, b) in combinations(enumerate(parameter.values), 2):
        if a.for_prefix == b.for_prefix and a.during.overlaps(b.during):
            what = _("The periods of values {a} and {b} of “{name}” overlap ({period_a}; {period_b}).").format(
                a=n + 1, b=m + 1, name=parameter.code, period_a=_said(a.during), period_b=_said(b.during)
            )
            problems.add((*path, "values", m), what, _("End the first with “until” on the day before the second."))


def _said(span: Span) -> str:
    return f"{span.first or '…'} – {span.last or '…'}"


def _check_reach(code: str, owner: str, path: Path, problems: Problems) -> None:
    if not code.startswith(owner):
        what = _("“{code}” does not lie below the owner {owner}.").format(code=code, owner=owner)
        problems.add((*path, "for"), what)
    elif not PlaceCode.objects.filter(code=padded(code)).exists():
        what = _("“{code}” is not the code of a place the portal knows.").format(code=code)
        problems.add((*path, "for"), what, _("Load the divisions first, or correct the code."))


def _wrong_value(parameter: ParameterSpec, value: str) -> str:
    """Return what is wrong with a value of the parameter, empty where nothing is."""
    checks = {"number": _is_number, "boolean": _is_boolean, "date": _is_day}
    check = checks.get(parameter.type)
    if parameter.type == "number" and _is_number(value) and Decimal(value) < 0:
        return _("“{value}” is negative; figures of a plan count or measure something.").format(value=value[:60])
    if check is not None:
        return "" if check(value) else _("“{value}” is not a {type}.").format(value=value[:60], type=_(parameter.type))
    members = value.split(";") if parameter.type == "set" else [value]
    unknown = [member for member in members if member not in parameter.choices]
    known = ", ".join(parameter.choices)
    message = _("“{value}” is not one of the choices: {known}.")
    return message.format(value=unknown[0][:60], known=known) if unknown else ""


def _is_number(text: str) -> bool:
    return bool(DECIMAL.fullmatch(text)) and Decimal(text).is_finite()


def _is_boolean(text: str) -> bool:
    return text in ("true", "false")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _check_indicator(indicator: IndicatorSpec, problems: Problems) -> None:
    path: Path = ("indicators", indicator.code)
    _check_unit(indicator.unit, path, problems)
    _check_choices(indicator, path, problems)
    if indicator.type != "number" and indicator.over_time != "latest":
        what = _("Only numbers can be put together over time.")
        problems.add((*path, "over_time"), what, _("For a {type} write “latest”.").format(type=_(indicator.type)))
    if indicator.type != "number" and indicator.over_places in ("sum", "average", "weighted"):
        what = _("Only numbers can be put together over places.")
        problems.add(
            (*path, "over_places"), what, _("For a {type} write “share” or “none”.").format(type=_(indicator.type))
        )


def _check_clauses(pack: PackPlan, problems: Problems) -> None:
    """Where the pack lists the clauses of its document, every clause that is named must be among them."""
    anchors = [clause.anchor for clause in pack.clauses]
    for n, anchor in enumerate(anchors):
        if anchor in anchors[:n]:
            problems.add(("clauses", n, "anchor"), _("Clause “{anchor}” is given twice.").format(anchor=anchor))
    if not anchors:
        return
    for path, clause in _clauses_named(pack):
        if clause and clause not in anchors:
            near = nearest(clause, anchors)
            what = _("Clause “{clause}” is not among the clauses of the pack.").format(clause=clause)
            problems.add(path, what, _("Did you mean “{near}”?").format(near=near) if near else "", near)


def _clauses_named(pack: PackPlan) -> Iterable[tuple[Path, str]]:
    for parameter in pack.parameters:
        for n, value in enumerate(parameter.values):
            yield ("parameters", parameter.code, "values", n, "clause"), value.clause
    for target in pack.targets:
        yield ("targets", target.code, "clause"), target.clause
        for rule in target.rules:
            for milestone in rule.milestones:
                path = ("targets", target.code, "milestones", milestone.number - 1, "clause")
                yield path, milestone.clause


def rule_path(target: TargetSpec, rule: RuleSpec, problems: Problems) -> Path:
    """Return where the rule stands: the target itself, or one of its versions."""
    version: Path = ("targets", target.code, "versions", rule.number - 1)
    return version if version in problems.lines else ("targets", target.code)


def _check_target(target: TargetSpec, problems: Problems) -> None:
    for rule in target.rules:
        path = rule_path(target, rule, problems)
        _check_test(rule, path, problems)
        _check_split(rule, path, problems)
        if rule.in_force == Span():
            what = _("It does not say when it is in force.")
            problems.add(path, what, _("Add “in_force” with “from”, or “versions”."))
    _check_scopes(target, problems)
    for a, b in combinations(target.rules, 2):
        if a.in_force.overlaps(b.in_force):
            what = _("Versions {a} and {b} are in force on the same days.").format(a=a.number, b=b.number)
            why = _("End the first with “until” on the day before the second.")
            problems.add((*rule_path(target, b, problems), "in_force"), what, why)


def _check_scopes(target: TargetSpec, problems: Problems) -> None:
    """A scope names a condition, and a condition of a target has one name."""
    named: dict[str, Label] = {}
    every = [each for rule in target.rules for each in _with_places(rule, rule_path(target, rule, problems))]
    for said, where in every:
        if said.scope is None:
            continue
        if not said.applies_when:
            why = _("State “applies_when” beside it, or leave the name out.")
            problems.add((*where, "scope"), _("“scope” names a condition, and none is stated."), why)
        elif named.setdefault(said.applies_when, said.scope) != said.scope:
            what = _("The same condition is called “{first}” and “{second}”.").format(
                first=named[said.applies_when].zh, second=said.scope.zh
            )
            problems.add((*where, "scope"), what, _("Name it alike, or once."))


def _check_test(rule: RuleSpec, path: Path, problems: Problems) -> None:
    tests = [name for name in ("measure", "holds", "split") if getattr(rule, name)]
    if len(tests) != 1:
        what = _("A target states one test: measure, holds or split.")
        problems.add(path, what, _("It states: {tests}.").format(tests=", ".join(tests) or _("none")))
    bounded = [one for one in (rule, *rule.milestones) if one.bounds]
    only_reported = Force(rule.force).missed == "reported" and not bounded
    if tests == ["measure"] and not bounded and not only_reported:
        what = _("“measure” is compared with nothing.")
        problems.add(path, what, _("Add at_least, at_most, more_than, less_than, equals, or milestones."))
    if tests != ["measure"] and bounded:
        problems.add(path, _("A bound needs “measure”: there is nothing it could be compared with."))
    for one, where in _with_places(rule, path):
        _check_bounds(list(one.bounds), where, problems)
    if tests == ["measure"] and not rule.bounds and not only_reported:
        for milestone in rule.milestones:
            if not milestone.bounds:
                problems.add((*path, "milestones", milestone.number - 1), _("The milestone states no bound."))


def _with_places(rule: RuleSpec, path: Path) -> list[tuple[Any, Path]]:
    milestones = [(one, (*path, "milestones", one.number - 1)) for one in rule.milestones]
    return [(rule, path), *milestones]


def _check_bounds(names: list[str], path: Path, problems: Problems) -> None:
    lower, upper = {"at_least", "more_than"}, {"at_most", "less_than"}
    if len(names) > 2 or len(lower & set(names)) > 1 or len(upper & set(names)) > 1:
        problems.add(path, _("At most one lower and one upper bound can be stated."))
    if "equals" in names and len(names) > 1:
        problems.add(path, _("“equals” stands alone, without another bound."))


def _check_split(rule: RuleSpec, path: Path, problems: Problems) -> None:
    if rule.ratio is None:
        return
    shares, weights = {name for name, _formula in rule.split}, dict(rule.ratio)
    if set(weights) != shares:
        what = _("“ratio” must name the shares of “split”: {names}.").format(names=", ".join(sorted(shares)) or "—")
        problems.add((*path, "ratio"), what)
    elif not any(Decimal(weight) for weight in weights.values()):
        problems.add((*path, "ratio"), _("A ratio of nothing but zeros says nothing."))
