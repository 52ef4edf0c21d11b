"""
Whether the items of a sheet can be scored: targets, fields and formulas, points, evidence, who scores.

A problem stands on the line of the part it is about.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments import formulas
from assessments.formulas import FormulaError, Node, Vocabulary
from assessments.formulas.tree import Above, Aggregate, Shift, VerdictOf, walk
from assessments.plans.models import Force
from assessments.plans.pack import PackPlan, TargetSpec
from assessments.plans.pack import RuleSpec as PlanRule
from assessments.plans.problems import Path, Problems, nearest
from communities.ground import units

from . import fields
from .pack import BONUS, DEDUCTION, AskSpec, ItemSpec, SectionSpec, SheetPack

SCORERS = ("community", "street", "district", "city")
SHOWS_ONLY = {"photo", "plaque"}
OF_PLACES = (Above, Aggregate, Shift, VerdictOf)  # what a field, which has no past and no place, cannot be asked


def check(pack: SheetPack, plan: PackPlan, vocabulary: Vocabulary, problems: Problems) -> None:
    """Note every item that cannot be scored; `plan` is the plan it cites, `vocabulary` the names of its formulas."""
    if pack.objects.applies_when:
        path: Path = ("sheet", "objects", "applies_when")
        _read(pack.objects.applies_when, vocabulary, "boolean", path, problems)
    targets = {target.code: target for target in plan.targets}
    anchors = {clause.anchor for clause in plan.clauses}
    for section, item in pack.items():
        _Item(section, item, targets, vocabulary, problems).check()
        if anchors and item.clause and item.clause not in anchors:
            what = _("Clause “{clause}” is not among the clauses of the plan.").format(clause=item.clause)
            where: Path = ("sections", section.code, "items", item.code, "clause")
            problems.add(where, what, nearest=nearest(item.clause, anchors))


def _read(text: str, vocabulary: Vocabulary, wanted: str, path: Path, problems: Problems) -> Node | None:
    """Return the formula parsed; note what is wrong with it, or that it yields something else than `wanted`."""
    try:
        node = formulas.parse(text, vocabulary, fields.LEVEL)
    except FormulaError as error:
        at = _(" (column {n})").format(n=error.column) if error.column else ""
        problems.add(path, error.message + at, nearest=getattr(error, "nearest", ""))
        return None
    if node.type != wanted:
        what = _("A {wanted} is wanted here; “{text}” is a {type}.")
        problems.add(path, what.format(wanted=_(wanted), text=text[:80], type=_(node.type)))
    return node


class _Item:
    """Checks one item of one section."""

    def __init__(
        self,
        section: SectionSpec,
        item: ItemSpec,
        targets: Mapping[str, TargetSpec],
        vocabulary: Vocabulary,
        problems: Problems,
    ) -> None:
        self.section, self.item, self.targets, self.vocabulary = section, item, targets, vocabulary
        self.problems = problems
        self.path: Path = ("sections", section.code, "items", item.code)

    def check(self) -> None:
        """Note what is wrong with it."""
        if not Decimal(self.item.full):
            self._note(("full",), _("An item without points decides nothing."), _("Give it points or take it out."))
        for ask in self.item.asks:
            self._check_ask(ask)
        self._check_evidence()
        self._check_scorer()
        self._check_kind()
        getattr(self, f"_check_{self.item.rule.kind}")()

    def _note(self, path: Path, what: str, why: str = "", near: str = "") -> None:
        self.problems.add((*self.path, *path), what, why, near)

    def _check_ask(self, ask: AskSpec) -> None:
        path: Path = ("asks", ask.code)
        if ask.unit is not None:
            self._check_unit(ask, path)
        if ask.type == "choice" and not ask.choices:
            self._note(path, _("A choice must list its choices."), _("Add: choices: {a: {zh: …}, b: {zh: …}}"))
        if ask.type != "choice" and ask.choices:
            self._note((*path, "choices"), _("Only a choice has choices."))
        if not ask.known:
            return
        if ask.type == "text":
            self._note((*path, "known"), _("No formula yields a text."))
            return
        node = _read(ask.known, self.vocabulary, ask.type, (*self.path, *path, "known"), self.problems)
        unit = fields.unit_of(ask)
        if node is not None and unit and node.unit is not None and not node.kind.bare and str(node.unit) != unit:
            what = _("The unit is stated as {stated}, but “{measure}” is in {unit}.")
            self._note((*path, "unit"), what.format(stated=unit, measure=ask.known, unit=node.unit))

    def _check_unit(self, ask: AskSpec, path: Path) -> None:
        if ask.type != "number":
            self._note((*path, "unit"), _("Only a number has a unit."))
        elif fields.unit_of(ask) is None:
            known = [*units.UNITS, units.SHARE]
            what = _("“{unit}” is not a unit Linli knows.").format(unit=ask.unit)
            why = _("Known: {known}.").format(known=", ".join(known))
            self._note((*path, "unit"), what, why, nearest(ask.unit or "", known))

    def _check_evidence(self) -> None:
        counts = set(self.item.evidence.counts)
        if counts and counts <= SHOWS_ONLY:
            what = _("The only evidence of this item would be a photo or a plaque.")
            why = _("Hanging up signs and taking pictures must not be scored; name another proof, or ask for none.")
            self._note(("evidence", "counts"), what, why)
        if self.item.evidence.need == "required" and not counts:
            what = _("Evidence is required, but it is not said what counts as such.")
            self._note(("evidence",), what, _("Add “counts”, or make it optional."))

    def _check_scorer(self) -> None:
        scorer = self.item.scorer
        if scorer.isascii() and scorer not in SCORERS:
            what = _("“{name}” scores nothing here.").format(name=scorer)
            why = _("Known: {known}; or the name of a department.").format(known=", ".join(SCORERS))
            self._note(("scorer",), what, why, nearest(scorer, SCORERS))

    def _check_kind(self) -> None:
        """Where points are taken, a cause takes them; where points are added, none are taken."""
        takes = self.item.rule.kind == "per_unit_deduction"
        if self.section.kind == DEDUCTION and not takes:
            what = _("In a section of deductions every item is a per_unit_deduction with its causes.")
            self._note(("rule", "kind"), what)
        if self.section.kind == BONUS and takes:
            self._note(("rule", "kind"), _("In a bonus section nothing is deducted."))

    def _check_derived(self) -> None:
        target = self._target()
        if target is None:
            return
        if any(_is_reported(rule) for rule in target.rules):
            what = _("The target “{target}” is only reported: it is neither met nor missed.")
            self._note(("rule", "target"), what.format(target=target.code), _("Use ratio_band on what it measures."))
        advisory = any(_may_be_attention(rule) for rule in target.rules)
        if advisory and not self.item.rule.attention:
            what = _(
                "The target “{target}” may come to attention, and it is not said which share of the points that earns."
            )
            why = _('Add “attention”, for instance "0.5".')
            self._note(("rule",), what.format(target=target.code), why)
        if self.item.rule.attention and not advisory:
            what = _("The target “{target}” never comes to attention.").format(target=target.code)
            self._note(("rule", "attention"), what, _("Take “attention” out."))
        if self.item.rule.not_met == "proportional" and not all(_has_a_floor(rule) for rule in target.rules):
            what = _("Points in proportion need a measure with “at_least” alone; “{target}” has another test.")
            self._note(("rule", "not_met"), what.format(target=target.code))

    def _target(self) -> TargetSpec | None:
        name = self.item.rule.target
        found = self.targets.get(name)
        path: Path = ("rule", "target")
        if found is None:
            known = sorted(code for code, one in self.targets.items() if one.subject == fields.LEVEL)
            what = _("The plan has no target “{name}”.").format(name=name)
            self._note(path, what, _("Known: {known}.").format(known=", ".join(known)), nearest(name, known))
        elif found.subject != fields.LEVEL:
            what = _("The target “{name}” is about a {level}, not about communities.")
            self._note(path, what.format(name=name, level=_(found.subject)))
            return None
        return found

    def _check_all_or_nothing(self) -> None:
        self._formula(self.item.rule.holds, "boolean", ("rule", "holds"))

    def _check_per_unit_deduction(self) -> None:
        for cause in self.item.rule.causes:
            path: Path = ("rule", "causes", cause.code)
            self._formula(cause.count, "number", (*path, "count"))
            self._check_step(cause.step, (*path, "step"))

    def _check_step(self, step: str, path: Path) -> None:
        if not Decimal(step):
            self._note(path, _("A cause that takes nothing is none."))
        elif Decimal(step) > Decimal(self.item.full):
            what = _("One time takes {step}, more than the item's {full}.")
            self._note(path, what.format(step=step, full=self.item.full))

    def _check_sum_of_subpoints(self) -> None:
        for part in self.item.rule.subpoints:
            self._formula(part.holds, "boolean", ("rule", "subpoints", part.code, "holds"))
        found = sum((Decimal(part.full) for part in self.item.rule.subpoints), Decimal(0))
        if found != Decimal(self.item.full):
            what = _("The sub-points add up to {found}; the item's full marks are {full}.")
            told = what.format(found=format(found.normalize(), "f"), full=self.item.full)
            points = " + ".join(part.full for part in self.item.rule.subpoints)
            self._note(("rule", "subpoints"), told, points)

    def _check_ratio_band(self) -> None:
        rule = self.item.rule
        if bool(rule.target) == bool(rule.value):
            what = _("A ratio_band reads one number: that of a target, or a formula over the asked fields.")
            self._note(("rule",), what, _("State “target” or “value”, one of them."))
        elif rule.target:
            self._check_measured()
        else:
            self._formula(rule.value, "number", ("rule", "value"))
        self._check_bands()

    def _check_measured(self) -> None:
        target = self._target()
        if target is not None and not all(rule.measure for rule in target.rules):
            what = _("The target “{name}” measures no number.").format(name=target.code)
            self._note(("rule", "target"), what, _("Derive the item from its verdict."))

    def _check_bands(self) -> None:
        bands = self.item.rule.bands
        bounds = [Decimal(band.at_least) for band in bands]
        path: Path = ("rule", "bands")
        if bounds != sorted(set(bounds), reverse=True):
            self._note(path, _("The bands must stand from the highest number to the lowest, each once."))
        highest = max(Decimal(band.points) for band in bands)
        if highest != Decimal(self.item.full):
            what = _("The best band gives {points}; the item's full marks are {full}.")
            self._note(path, what.format(points=format(highest.normalize(), "f"), full=self.item.full))

    def _check_judged(self) -> None:
        """Nothing more: a person gives 0 to the full marks and says why."""

    def _formula(self, text: str, wanted: str, path: Path) -> None:
        if not text:
            return
        node = _read(text, fields.vocabulary_of(self.item), wanted, (*self.path, *path), self.problems)
        if node is not None and any(isinstance(part, OF_PLACES) for part in walk(node)):
            what = _("A field has no earlier year and no place above or below it.")
            self._note(path, what, _("What the registers know belongs into “known” of a field."))


def _is_reported(rule: PlanRule) -> bool:
    return Force(rule.force).missed == "reported" or (bool(rule.split) and rule.ratio is None)


def _may_be_attention(rule: PlanRule) -> bool:
    return Force(rule.force).missed == "attention" or bool(rule.attention_when)


def _has_a_floor(rule: PlanRule) -> bool:
    stated = [bounds for one in (rule, *rule.milestones) if (bounds := one.bounds)]
    return bool(rule.measure) and bool(stated) and all(set(bounds) == {"at_least"} for bounds in stated)


def targets_cited(pack: SheetPack) -> Iterator[str]:
    """Yield the codes of the plan's targets that the sheet reads, in its order."""
    return (item.rule.target for _section, item in pack.items() if item.rule.target)
