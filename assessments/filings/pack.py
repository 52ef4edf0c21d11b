"""
A scoring sheet as Python sees it: frozen, complete, in the order of the file.

Points, shares and bounds are texts of plain decimals, written in one way only (3, never 3.0), so that a sheet edited
in a form and one loaded from a file are the same sheet where they say the same. `canonical()` is the one form whose
SHA-256 is the version.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assessments.plans.pack import Label, digest
from assessments.plans.restoring import rebuilt

URBAN, CONVERTED, RURAL = "urban", "converted", "rural"
BASE, BONUS, DEDUCTION = "base", "bonus", "deduction"


def plain(text: str) -> str:
    """Return a decimal in the one way the portal writes it: 3.50 → 3.5, 3.0 → 3."""
    number = format(Decimal(text), "f")
    return (number.rstrip("0").rstrip(".") or "0") if "." in number else number


@dataclass(frozen=True)
class AskSpec:
    """
    A field of an item. `known` is a formula over the registers that fills it in; without one a person types it.

    `type`: number, boolean, date, choice or text. A text stands beside the points and enters no arithmetic.
    """

    code: str
    label: Label
    type: str = "number"
    unit: str | None = None
    choices: tuple[str, ...] = ()
    choice_labels: tuple[Label, ...] = ()
    known: str = ""
    is_optional: bool = False


@dataclass(frozen=True)
class CauseSpec:
    """What takes points away: `step` each time. `count` is a formula over the asked fields; empty, a person counts."""

    code: str
    label: Label
    step: str
    count: str = ""


@dataclass(frozen=True)
class SubpointSpec:
    """A named part of an item. `holds` is a condition over the asked fields; empty, a person gives 0 to `full`."""

    code: str
    label: Label
    full: str
    holds: str = ""


@dataclass(frozen=True)
class BandSpec:
    """From which number on (inclusive) how many points are given. Below the lowest band there are none."""

    at_least: str
    points: str


@dataclass(frozen=True)
class RuleSpec:
    """
    How the points of an item come about; which parts are stated depends on `kind`.

    derived: `target`, `attention` (share of the full marks, empty where the target is never on attention),
    `not_met` (none | proportional). all_or_nothing: `holds`. ratio_band: `target` or `value`, and `bands`.
    """

    kind: str
    target: str = ""
    attention: str = ""
    not_met: str = "none"
    holds: str = ""
    value: str = ""
    causes: tuple[CauseSpec, ...] = ()
    subpoints: tuple[SubpointSpec, ...] = ()
    bands: tuple[BandSpec, ...] = ()


@dataclass(frozen=True)
class EvidenceSpec:
    """Whether proof is asked for (none | optional | required), and what counts as one."""

    need: str = "none"
    counts: tuple[str, ...] = ()
    text: Label | None = None


@dataclass(frozen=True)
class ItemSpec:
    """One line of the sheet: full marks, how they are reached, who scores it and by what."""

    code: str
    label: Label
    full: str
    rule: RuleSpec
    asks: tuple[AskSpec, ...] = ()
    methods: tuple[str, ...] = ()
    evidence: EvidenceSpec = EvidenceSpec()
    scorer: str = "street"
    may_not_apply: bool = False
    carry_over: bool = False
    clause: str = ""
    catalogue: tuple[str, ...] = ()
    department: str = ""
    note: Label | None = None


@dataclass(frozen=True)
class SectionSpec:
    """A part of the sheet. `kind`: base, bonus or deduction; in a deduction section marks are taken, not given."""

    code: str
    label: Label
    full: str
    kind: str = BASE
    items: tuple[ItemSpec, ...] = ()


@dataclass(frozen=True)
class GradeSpec:
    """A grade: from which total on, and which share of the communities may have it at most (empty: any)."""

    code: str
    label: Label
    at_least: str
    quota: str = ""


@dataclass(frozen=True)
class TiesSpec:
    """
    Who comes first where totals are equal and a quota is full: what is compared in turn, and what then.

    `order` names sections, or `base`, `bonus`, `deduction`. `then`: all_in, all_out, or decided by a person.
    """

    order: tuple[str, ...] = ()
    then: str = "all_in"


@dataclass(frozen=True)
class VetoSpec:
    """An event that sets the grade whatever the points. Never without the legal basis; always with a warning."""

    code: str
    label: Label
    basis: str
    grade: str


@dataclass(frozen=True)
class ObjectsSpec:
    """Which communities are scored: their kinds, and a condition over the registers beside them."""

    kinds: tuple[str, ...]
    applies_when: str = ""


@dataclass(frozen=True)
class SheetPack:
    """A whole sheet."""

    code: str
    title: Label
    plan: str
    owner: str
    objects: ObjectsSpec
    subject: str = "community"
    base: str = "100"
    bonus_cap: str = "0"
    deduction_cap: str = "0"
    decimals: int = 2
    rounding: str = "half_up"
    grades: tuple[GradeSpec, ...] = ()
    ties: TiesSpec = TiesSpec()
    vetoes: tuple[VetoSpec, ...] = ()
    authored_by: str = ""
    checked_by: str = ""
    next_review: date | None = None
    sections: tuple[SectionSpec, ...] = ()

    def items(self) -> Iterator[tuple[SectionSpec, ItemSpec]]:
        """Yield every item with its section, in the order of the sheet."""
        return ((section, item) for section in self.sections for item in section.items)

    def canonical(self) -> dict[str, Any]:
        """Return the sheet as plain JSON: the same for files that differ only in comments, quotes and layout."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self), default=date.isoformat))
        return found

    def sha256(self) -> str:
        """Return the hash of the canonical form: the identity of the version."""
        return digest(self.canonical())


def restore(canonical: dict[str, Any]) -> SheetPack:
    """Return the sheet whose canonical form this is."""
    found: SheetPack = rebuilt(SheetPack, canonical)
    return found
