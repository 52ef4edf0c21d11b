"""
The formulas of a pack: names, types, units, and that no verdict depends on itself.

Every formula is parsed about the subject of its target, with the names the pack declares. A problem stands on the
line of its formula.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments import formulas
from assessments.formulas import FormulaError, Indicator, Node, Parameter, Vocabulary
from assessments.formulas.tree import Operation, ParameterOf, walk
from communities.ground import units

from .catalogue import METRICS, POPULATIONS, TERM_BEGAN
from .checking import rule_path
from .models.reported import DECIMAL
from .pack import Comparison, IndicatorSpec, PackPlan, ParameterSpec, RuleSpec, TargetSpec
from .problems import Path, Problems, nearest

CONDITIONS = ("holds", "applies_when", "attention_when")


def vocabulary_of(pack: PackPlan) -> Vocabulary:
    """Return every name the formulas of the pack may use."""
    return Vocabulary(
        metrics=METRICS,
        populations=POPULATIONS,
        parameters={one.code: _parameter(one) for one in pack.parameters},
        indicators={one.code: _indicator(one) for one in pack.indicators},
        targets=frozenset(target.code for target in pack.targets),
        term_began=TERM_BEGAN,
    )


def _known_unit(unit: str | None) -> str | None:
    try:
        return str(units.parse(unit)) if unit is not None else None
    except units.UnknownUnitError:
        return None


def _parameter(spec: ParameterSpec) -> Parameter:
    return Parameter(spec.code, unit=_known_unit(spec.unit), type=spec.type, choices=spec.choices)  # type: ignore[arg-type]


def _indicator(spec: IndicatorSpec) -> Indicator:
    kind = {"type": spec.type, "unit": _known_unit(spec.unit), "choices": spec.choices}
    counted = {"counts_events": spec.over_time != "latest", "adds_up": spec.over_places == "sum"}
    return Indicator(spec.code, spec.subject, **kind, **counted)  # type: ignore[arg-type]


def check(pack: PackPlan, problems: Problems, *, more_targets: frozenset[str] = frozenset()) -> None:
    """Note every formula that cannot stand; `more_targets` are names of targets that are wrong otherwise."""
    vocabulary = vocabulary_of(pack)
    if more_targets:
        vocabulary = replace(vocabulary, targets=vocabulary.targets | more_targets)
    uses: dict[str, frozenset[str]] = {}
    divisors: set[str] = set()
    for target in pack.targets:
        found: frozenset[str] = frozenset()
        for rule in target.rules:
            reader = _RuleReader(target, rule, vocabulary, problems)
            reader.check()
            found |= reader.verdicts
            divisors |= reader.divisors
        uses[target.code] = found
    _check_cycles(uses, problems)
    _check_divisors([one for one in pack.parameters if one.code in divisors], problems)


def _check_divisors(parameters: Iterable[ParameterSpec], problems: Problems) -> None:
    """A figure that formulas divide by is never 0: every place would be told that the target does not apply."""
    for parameter in parameters:
        for n, value in enumerate(parameter.values):
            if DECIMAL.fullmatch(value.value) and not Decimal(value.value):
                what = _("“{name}” is divided by, so it cannot be 0.").format(name=parameter.code)
                why = _("To ask nothing from a day on, end the rule on the day before.")
                problems.add(("parameters", parameter.code, "values", n, "value"), what, why)


class _RuleReader:
    """Reads the formulas of one rule and checks what they yield against each other."""

    def __init__(self, target: TargetSpec, rule: RuleSpec, vocabulary: Vocabulary, problems: Problems) -> None:
        self.target, self.rule, self.vocabulary, self.problems = target, rule, vocabulary, problems
        self.path = rule_path(target, rule, problems)
        self.verdicts: frozenset[str] = frozenset()
        self.divisors: set[str] = set()

    def check(self) -> None:
        """Read and compare all of them."""
        for name in CONDITIONS:
            self._expect(getattr(self.rule, name), "boolean", (*self.path, name))
        self._expect(self.rule.tolerance, "number", (*self.path, "tolerance"))
        self._check_measure()
        self._check_shares()

    def _check_measure(self) -> None:
        path = (*self.path, "measure")
        measure = self._read(self.rule.measure, path) if self.rule.measure else None
        if measure is not None:
            self._check_unit(measure, path)
        self._check_bounds(self.rule, measure, self.path)
        for milestone in self.rule.milestones:
            where = (*self.path, "milestones", milestone.number - 1)
            self._check_bounds(milestone, measure, where)
            if milestone.applies_when:
                self._expect(milestone.applies_when, "boolean", (*where, "applies_when"))

    def _check_bounds(self, comparison: Comparison, measure: Node | None, path: Path) -> None:
        for name, text in comparison.bounds.items():
            bound = self._read(text, (*path, name))
            if measure is not None and bound is not None:
                self._compare(measure, bound, (*path, name))
            if bound is not None and name != "equals" and bound.type not in ("number", "date"):
                what = _("A bound is a number or a date; this is a {type}.").format(type=_(bound.type))
                self.problems.add((*path, name), what)

    def _check_shares(self) -> None:
        read = [(name, self._expect(text, "number", (*self.path, "split", name))) for name, text in self.rule.split]
        shares = [(name, node) for name, node in read if node is not None]
        for name, node in shares[1:]:
            self._compare(shares[0][1], node, (*self.path, "split", name))

    def _check_unit(self, measure: Node, path: Path) -> None:
        """The unit the target declares must be the one the measure comes to."""
        declared = self.rule.unit
        if declared is None:
            return
        try:
            unit = units.parse(declared)
        except units.UnknownUnitError as error:
            near = nearest(declared, [*units.UNITS, units.SHARE])
            self.problems.add((*self.path, "unit"), str(error), nearest=near)
            return
        if measure.type != "number":
            self.problems.add((*self.path, "unit"), _("Only a number has a unit."))
        elif measure.unit is not None and not measure.kind.bare and measure.unit != unit:
            what = _("The unit is stated as {stated}, but “{measure}” is in {unit}.")
            self.problems.add(
                (*self.path, "unit"), what.format(stated=unit, measure=self.rule.measure, unit=measure.unit)
            )

    def _compare(self, a: Node, b: Node, path: Path) -> None:
        try:
            formulas.check_comparable(a, b)
        except FormulaError as error:
            self.problems.add(path, error.message)

    def _expect(self, text: str, wanted: str, path: Path) -> Node | None:
        node = self._read(text, path) if text else None
        if node is not None and node.type != wanted:
            what = _("A {wanted} is wanted here; “{text}” is a {type}.")
            self.problems.add(path, what.format(wanted=_(wanted), text=text[:80], type=_(node.type)))
        return node

    def _read(self, text: str, path: Path) -> Node | None:
        try:
            node = formulas.parse(text, self.vocabulary, self.target.subject)
        except FormulaError as error:
            at = _(" (column {n})").format(n=error.column) if error.column else ""
            self.problems.add(path, error.message + at, nearest=getattr(error, "nearest", ""))
            return None
        self.verdicts |= node.verdicts
        divided = (part.arguments[1] for part in walk(node) if isinstance(part, Operation) and part.name == "/")
        self.divisors |= {by.name for by in divided if isinstance(by, ParameterOf)}
        return node


def _check_cycles(uses: dict[str, frozenset[str]], problems: Problems) -> None:
    """No verdict may depend on itself, directly or through others; each circle is named once."""
    told: set[frozenset[str]] = set()
    for start in uses:
        circle = _circle(start, uses)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            way = " → ".join([*circle, circle[0]])
            what = _("The verdicts depend on each other in a circle: {way}.").format(way=way)
            problems.add(("targets", start), what, _("A verdict can only be put together from others before it."))


def _circle(start: str, uses: dict[str, frozenset[str]]) -> list[str]:
    """Return the way from `start` back to it, empty where there is none."""
    stack: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while stack:
        name, way = stack.pop()
        for used in sorted(uses.get(name, frozenset())):
            if used == start:
                return way
            if used not in seen:
                seen.add(used)
                stack.append((used, [*way, used]))
    return []
