"""From the tree of a pack, which the schema has accepted, to the frozen pack. Refuses days that do not exist."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from communities.ground import periods

from .pack import (
    ClauseSpec,
    Comparison,
    IndicatorSpec,
    Label,
    MilestoneSpec,
    PackPlan,
    ParameterSpec,
    ParameterValueSpec,
    PrintedSpec,
    RuleSpec,
    Span,
    TargetSpec,
)
from .problems import Path, Problems
from .reading import Tree

COMPARED = tuple(name for name in Comparison.__dataclass_fields__ if name != "scope")
STATED = ("measure", "holds", "tolerance", "attention_when", "force", "nature")


class Builder:
    """Builds the parts of one pack; what cannot be built is noted with its line."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def pack(self, tree: Tree) -> PackPlan:
        """Return the whole pack."""
        plan = tree["plan"]
        return PackPlan(
            code=plan["code"],
            title=_label(plan["title"]),
            owner=plan["owner"],
            status=plan["status"],
            period=self._span(plan["period"], ("plan", "period")),
            document_number=plan.get("document_number") or "",
            issuers=tuple(plan.get("issuers", ())),
            issued_on=self._day(plan.get("issued_on"), ("plan", "issued_on")),
            consultation=self._consultation(plan),
            authored_by=plan.get("authored_by", ""),
            checked_by=plan.get("checked_by", ""),
            next_review=self._day(plan.get("next_review"), ("plan", "next_review")),
            clauses=tuple(_clause(one) for one in tree.get("clauses", ())),
            parameters=tuple(self._parameter(*each) for each in _parts(tree, "parameters")),
            indicators=tuple(_indicator(*each) for each in _parts(tree, "indicators")),
            targets=tuple(self._target(*each) for each in _parts(tree, "targets")),
        )

    def _consultation(self, plan: Tree) -> Span | None:
        given = plan.get("consultation")
        return self._span(given, ("plan", "consultation")) if given else None

    def _parameter(self, code: str, given: Tree) -> ParameterSpec:
        path: Path = ("parameters", code, "values")
        values = [self._value(one, (*path, n)) for n, one in enumerate(given["values"])]
        return ParameterSpec(
            code=code,
            label=_label(given.get("label") or {"zh": code}),
            type=given.get("type", "number"),
            unit=given.get("unit"),
            choices=tuple(given.get("choices", ())),
            choice_labels=_choice_labels(given),
            values=tuple(values),
        )

    def _value(self, given: Tree, path: Path) -> ParameterValueSpec:
        value = given["value"]
        return ParameterValueSpec(
            value=";".join(value) if isinstance(value, list) else value,
            during=self._span(given, path),
            for_prefix=given.get("for", ""),
            clause=given.get("clause", ""),
        )

    def _target(self, code: str, given: Tree) -> TargetSpec:
        path: Path = ("targets", code)
        common = {key: value for key, value in given.items() if key not in ("in_force", "versions")}
        versions = given.get("versions") or [given]
        places = [(*path, "versions", n) for n in range(len(versions))] if "versions" in given else [path]
        rules = [
            self._rule(number, _put_over(common, version), place, path)
            for number, (version, place) in enumerate(zip(versions, places, strict=True), start=1)
        ]
        return TargetSpec(
            code=code,
            label=_label(given["label"]),
            clause=given["clause"],
            subject=given["subject"],
            catalogue=tuple(given.get("catalogue", ())),
            rules=tuple(rules),
            printed=_printed(given["printed"]) if "printed" in given else None,
        )

    def _rule(self, number: int, given: Tree, path: Path, target: Path) -> RuleSpec:
        stated = {name: given[name] for name in STATED if given.get(name)}
        ratio = given.get("ratio")
        return RuleSpec(
            number=number,
            in_force=self._span(given.get("in_force") or {}, (*path, "in_force")),
            clause=given["clause"],
            split=tuple((given.get("split") or {}).items()),
            ratio=tuple(ratio.items()) if ratio else None,
            unit=given.get("unit"),
            milestones=self._milestones(given, path if "milestones" in given else target),
            **stated,
            **_compared(given),
        )

    def _milestones(self, given: Tree, path: Path) -> tuple[MilestoneSpec, ...]:
        if given.get("milestones"):
            each = enumerate(given["milestones"], start=1)
            return tuple(self._milestone(n, one, (*path, "milestones", n - 1)) for n, one in each)
        if given.get("due"):
            return (self._milestone(1, {"due": given["due"]}, path),)
        return ()

    def _milestone(self, number: int, given: Tree, path: Path) -> MilestoneSpec:
        yearly = given["due"] == "yearly"
        return MilestoneSpec(
            number=number,
            due=None if yearly else self._day(given["due"], (*path, "due")),
            yearly=yearly,
            clause=given.get("clause", ""),
            **_compared(given),
        )

    def _span(self, given: Tree, path: Path) -> Span:
        first = self._day(given.get("from"), (*path, "from"))
        last = self._day(given.get("until"), (*path, "until"))
        if first and last and last < first:
            what = _("The last day {last} lies before the first day {first}.").format(last=last, first=first)
            self.problems.add((*path, "until"), what)
            return Span(first, None)
        return Span(first, last)

    def _day(self, text: str | None, path: Path) -> date | None:
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.problems.add(path, _("“{text}” is not a day of the calendar.").format(text=text))
            return None
        if not periods.DATES_FROM <= day <= periods.DATES_TO:
            self.problems.add(path, _("{day} is outside the years 1900 to 2199.").format(day=day))
            return None
        return day


def _parts(tree: Tree, name: str) -> list[tuple[str, Tree]]:
    return list((tree.get(name) or {}).items())


def _label(given: Tree) -> Label:
    return Label(given["zh"], given.get("en", ""))


def _choice_labels(given: Tree) -> tuple[Label, ...]:
    """Return the names of the choices where they are a mapping from code to label; a list of codes has none."""
    choices = given.get("choices", ())
    return tuple(_label(one) for one in choices.values()) if isinstance(choices, dict) else ()


def _clause(given: Tree) -> ClauseSpec:
    gap = given.get("gap")
    catalogue = tuple(given.get("catalogue", ()))
    return ClauseSpec(given["anchor"], _label(given["text"]), _label(gap) if gap else None, catalogue)


def _printed(given: Tree) -> PrintedSpec:
    note = given.get("note")
    stated = {name: given[name] for name in ("value", "text", "rounding", "rounded_to") if given.get(name)}
    return PrintedSpec(note=_label(note) if note else None, **stated)


def _indicator(code: str, given: Tree) -> IndicatorSpec:
    plain = ("subject", "type", "unit", "reported_by", "over_time", "over_places")
    stated = {name: given[name] for name in plain if given.get(name)}
    label = _label(given.get("label") or {"zh": code})
    choices = tuple(given.get("choices", ()))
    return IndicatorSpec(code=code, label=label, choices=choices, choice_labels=_choice_labels(given), **stated)


def _put_over(common: Tree, version: Tree) -> Tree:
    """Return what a version says over what its target says; the name of a condition goes with the condition."""
    left_out = ("scope",) if "applies_when" in version else ()
    return {**{key: value for key, value in common.items() if key not in left_out}, **version}


def _compared(given: Tree) -> dict[str, Any]:
    scope = given.get("scope")
    formulas = {name: given[name] for name in COMPARED if given.get(name)}
    return {**formulas, "scope": _label(scope)} if scope else formulas
