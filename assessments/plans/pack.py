"""
A plan pack as Python sees it: frozen, complete, in the order of the file.

This is what checking, loading and the engine read. Formulas and figures are texts; `canonical()` is the one form
whose SHA-256 is the version, and `restore()` gives back from it what was loaded.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from communities.ground import periods


@dataclass(frozen=True)
class Label:
    """A text in both languages; `en` may be empty."""

    zh: str
    en: str = ""


@dataclass(frozen=True)
class Span:
    """First and last day, both inclusive; None leaves that end open."""

    first: date | None = None
    last: date | None = None

    def range(self) -> Any:
        """Return the period as it is stored."""
        return periods.of(self.first, self.last)

    def overlaps(self, other: "Span") -> bool:
        """Say whether the two share a day."""
        return _before(self.first, other.last) and _before(other.first, self.last)

    def contains(self, day: date) -> bool:
        """Say whether the day lies within."""
        return _before(self.first, day) and _before(day, self.last)


def _before(first: date | None, last: date | None) -> bool:
    return first is None or last is None or first <= last


@dataclass(frozen=True)
class ClauseSpec:
    """A clause in our own words, what it leaves open, and the catalogue rows without a target of their own."""

    anchor: str
    text: Label
    gap: Label | None = None
    catalogue: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParameterValueSpec:
    """The value of a parameter in a period; `for_prefix` "" is everywhere. Members of a set are separated by `;`."""

    value: str
    during: Span = Span()
    for_prefix: str = ""
    clause: str = ""


def choice_names(spec: "ParameterSpec | IndicatorSpec") -> dict[str, dict[str, str]]:
    """Return what the choices of `spec` are called, by code, in both languages; empty where they have no names."""
    return {code: asdict(label) for code, label in zip(spec.choices, spec.choice_labels, strict=False)}


@dataclass(frozen=True)
class ParameterSpec:
    """A dated figure or option of the plan. `unit` None is not checked. `choice_labels`: of each choice, or of none."""

    code: str
    label: Label
    type: str = "number"
    unit: str | None = None
    choices: tuple[str, ...] = ()
    values: tuple[ParameterValueSpec, ...] = ()
    choice_labels: tuple[Label, ...] = ()

    def value_on(self, day: date, code: str = "") -> str | None:
        """Return the value in force on the day for the place of that division code; the narrowest prefix wins."""
        fitting = [v for v in self.values if v.during.contains(day) and code.startswith(v.for_prefix)]
        best = max(fitting, key=lambda v: len(v.for_prefix), default=None)
        return best.value if best else None


@dataclass(frozen=True)
class IndicatorSpec:
    """A value that no register holds and an office reports."""

    code: str
    label: Label
    subject: str
    type: str = "number"
    unit: str | None = None
    reported_by: str = "street"
    over_time: str = "latest"
    over_places: str = "none"
    choices: tuple[str, ...] = ()
    choice_labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """
    The formulas a measure is compared with, each empty where not asked, and when the comparison applies.

    `scope` names that condition as officials speak of it: 城区.
    """

    at_least: str = ""
    at_most: str = ""
    more_than: str = ""
    less_than: str = ""
    equals: str = ""
    applies_when: str = ""
    scope: Label | None = None

    @property
    def bounds(self) -> dict[str, str]:
        """The comparators that are stated, by name."""
        names = ("at_least", "at_most", "more_than", "less_than", "equals")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True)
class MilestoneSpec(Comparison):
    """What is due on a day, or each 31 December; without bounds of its own it takes its rule's."""

    number: int = 1
    due: date | None = None
    yearly: bool = False
    clause: str = ""


@dataclass(frozen=True)
class RuleSpec(Comparison):
    """What a target requires while a text is in force. `ratio` None: the shares are only reported."""

    number: int = 1
    in_force: Span = Span()
    clause: str = ""
    measure: str = ""
    holds: str = ""
    split: tuple[tuple[str, str], ...] = ()
    ratio: tuple[tuple[str, str], ...] | None = None
    tolerance: str = ""
    attention_when: str = ""
    unit: str | None = None
    force: str = "binding"
    nature: str = "binding"
    milestones: tuple[MilestoneSpec, ...] = ()


@dataclass(frozen=True)
class PrintedSpec:
    """
    The figure the document itself prints for what a target measures, in the unit of the measure.

    `value` "" : the document prints none, the figure follows from others it prints. `rounded_to` is the step of the
    last digit printed; empty, that of the last digit of `value`.
    """

    value: str = ""
    text: str = ""
    rounding: str = "half_up"
    rounded_to: str = ""
    note: Label | None = None


@dataclass(frozen=True)
class TargetSpec:
    """One requirement that can be judged, about one level of subjects."""

    code: str
    label: Label
    clause: str
    subject: str
    catalogue: tuple[str, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    printed: PrintedSpec | None = None

    def scope_of(self, applies_when: str) -> Label | None:
        """Return the name of a condition of this target, wherever it was given; None where it has none."""
        said = (one for rule in self.rules for one in (rule, *rule.milestones) if one.applies_when == applies_when)
        return next((one.scope for one in said if one.scope is not None), None)


@dataclass(frozen=True)
class PackPlan:
    """A whole pack."""

    code: str
    title: Label
    owner: str
    status: str
    period: Span
    document_number: str = ""
    issuers: tuple[str, ...] = ()
    issued_on: date | None = None
    consultation: Span | None = None
    authored_by: str = ""
    checked_by: str = ""
    next_review: date | None = None
    clauses: tuple[ClauseSpec, ...] = ()
    parameters: tuple[ParameterSpec, ...] = ()
    indicators: tuple[IndicatorSpec, ...] = ()
    targets: tuple[TargetSpec, ...] = ()

    def canonical(self) -> dict[str, Any]:
        """
        Return the pack as plain JSON: the same for packs that differ only in comments, quotes and layout.

        A target without a printed figure says nothing about one, as in packs from before there were any; nor do
        choices or scopes without names say anything of names. To name them is a change of the pack, hence the next
        version: what people read differs, and no verdict.
        """
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=date.isoformat))
        for spec in (*plain["parameters"], *plain["indicators"]):
            if not spec["choice_labels"]:
                del spec["choice_labels"]
        for target in plain["targets"]:
            if target["printed"] is None:
                del target["printed"]
            for rule in target["rules"]:
                for said in (rule, *rule["milestones"]):
                    if said["scope"] is None:
                        del said["scope"]
        return plain

    def sha256(self) -> str:
        """Return the hash of the canonical form: the identity of the version."""
        return digest(self.canonical())


def digest(canonical: dict[str, Any]) -> str:
    """Return the SHA-256 of a canonical form, whichever kind of pack it is of."""
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
