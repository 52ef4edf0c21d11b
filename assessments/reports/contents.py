"""
What a report says, before anybody thinks of pages: frozen, complete, ready to be read out.

Figures are texts already, rounded so that they never contradict a verdict; counts are numbers. The templates only set
them in type, and the check code is a hash over exactly this. A report is a paper of Chinese offices: it is written in
Chinese, whatever language its reader has chosen for the portal.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from .charts import BarChart, Trajectory


@dataclass(frozen=True)
class Count:
    """How many findings have one verdict, and how many a year before (None: not known)."""

    verdict: str
    word: str
    now: int
    before: int | None


@dataclass(frozen=True)
class IndicatorLine:
    """
    One line of the table of main indicators; `missed` is empty where nothing can be missed.

    `measured` is what was found of the place itself; empty where the line is about the places below it.
    """

    number: int
    label: str
    force: str
    required: str
    met: int
    missed: str
    rate: str
    change: str
    verdict: str
    word: str
    measured: str = ""


@dataclass(frozen=True)
class IndicatorGroup:
    """The indicators about one level of places, and how many places that level has; `is_own`: the place itself."""

    subject: str
    places: int
    lines: tuple[IndicatorLine, ...]
    is_own: bool = False


@dataclass(frozen=True)
class Problem:
    """One indicator that is missed: by how many places, by how much, where most."""

    number: int
    label: str
    verdict: str
    summary: str
    text: str
    brief: str


@dataclass(frozen=True)
class AheadLine:
    """What one target must come to by the end of the next year, and how it stands today; `subject` names who counts."""

    label: str
    force: str
    subject: str
    required: str
    is_carried: bool
    now: str
    gap: str
    pace: str
    look: str
    word: str


@dataclass(frozen=True)
class Gap:
    """One fact that is missing at several places, and whose office supplies it."""

    number: int
    fact: str
    places: int
    findings: int
    where: str
    supplier: str


@dataclass(frozen=True)
class Suggestion:
    """What is to be done by whom."""

    title: str
    text: str


@dataclass(frozen=True)
class Column:
    """The head of a column of a heat table: the indicator's number and its name."""

    number: int
    label: str


@dataclass(frozen=True)
class Cell:
    """A cell of a heat table: its text, its step of colour, or the verdict whose sign stands for it."""

    text: str = ""
    style: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class HeatRow:
    """One place (or a head over several, or their sum) with a cell for every column."""

    name: str
    kind: str  # place | group | total
    places: str = ""
    cells: tuple[Cell, ...] = ()
    undetermined: str = ""


@dataclass(frozen=True)
class HeatTable:
    """An annex: indicators across, places down. `signs` says that cells are verdicts, not rates."""

    name: str
    title: str
    first: str
    columns: tuple[Column, ...]
    rows: tuple[HeatRow, ...]
    signs: bool = False
    counted: str = ""

    @property
    def width(self) -> int:
        """How many columns the table has in all."""
        return len(self.columns) + 2 + bool(self.counted) + self.signs


@dataclass(frozen=True)
class ListRow:
    """One line of a list: an indicator missed by a place, or a fact missing at places; a head has only `group`."""

    group: str = ""
    cells: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class ListTable:
    """An annex of lines in portrait; `left_out` is how many more there are than may stand in a section."""

    name: str
    title: str
    rows: tuple[ListRow, ...]
    left_out: int = 0
    first: str = ""


@dataclass(frozen=True)
class Definition:
    """How an indicator is computed: whom it asks, the formula in words, its sources and its clause."""

    number: int
    label: str
    formula: str
    required: str
    sources: str
    clause: str


@dataclass(frozen=True)
class PrintedLine:
    """A figure computed beside the one the document prints: how the two stand, in a word and in a sentence."""

    number: int
    label: str
    computed: str
    text: str
    agreement: str
    word: str
    sentence: str
    note: str


@dataclass(frozen=True)
class Heading:
    """What every report says of itself."""

    title: str
    title_lines: tuple[str, ...]
    plan: str
    document: str
    as_of: str
    version: int
    run: int
    marks: tuple[str, ...]
    is_draft: bool
    is_example: bool
    old_codes: bool


@dataclass(frozen=True)
class AreaReport:
    """The report of a street, a district or a city."""

    heading: Heading
    addressee: str
    overview: str
    judgement: str
    counts: tuple[Count, ...]
    before_day: str
    top: tuple[Problem, ...]
    pointer: str
    introduction: str
    groups: tuple[IndicatorGroup, ...]
    chart: BarChart | None
    chart_note: str
    trajectory: Trajectory | None
    trajectory_text: str
    problems: tuple[Problem, ...]
    others: tuple[Problem, ...]
    gaps: tuple[Gap, ...]
    gaps_text: str
    suggestions: tuple[Suggestion, ...]
    heats: tuple[HeatTable, ...]
    misses: ListTable
    missing: ListTable | None
    definitions: tuple[Definition, ...]
    definitions_name: str
    level: str = "city"
    before_note: str = ""
    ahead: tuple[AheadLine, ...] = ()
    ahead_year: int = 0
    ahead_text: str = ""
    printed: tuple[PrintedLine, ...] = ()
    printed_name: str = ""
    printed_text: str = ""

    @property
    def ahead_table(self) -> int:
        """The number of the table of the outlook: after the main one, those of other problems and of gaps."""
        return 2 + bool(self.others) + bool(self.gaps)

    @property
    def annexes(self) -> list[str]:
        """The names of the annexes, in their order, as the list under the text gives them."""
        named = [f"{heat.title}" for heat in self.heats]
        named += [self.misses.title] if self.misses.rows else []
        named += [self.missing.title] if self.missing and self.missing.rows else []
        named += ["文件所载数字核对"] if self.printed else []
        return [*named, "指标口径及数据来源"]


@dataclass(frozen=True)
class Fact:
    """One thing known about a community."""

    label: str
    value: str


@dataclass(frozen=True)
class SheetLine:
    """One indicator of a community: what is required, what there is, what is short."""

    number: int
    label: str
    clause: str
    required: str
    actual: str
    unit: str
    shortfall: str
    verdict: str
    word: str


@dataclass(frozen=True)
class SheetGap:
    """A fact that is missing, the indicators that hang on it, and whose office supplies it."""

    number: int
    fact: str
    affects: str
    supplier: str


@dataclass(frozen=True)
class CommunitySheet:
    """The evaluation sheet of one community."""

    heading: Heading
    identity: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    counts: tuple[Count, ...]
    before_day: str
    judgement: str
    top: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    gaps: tuple[SheetGap, ...]
    chart: BarChart | None
    street: str
    period: str
    level: str = "community"
    before_note: str = ""

    @property
    def identity_rows(self) -> list[tuple[Fact, ...]]:
        """Who it is, two facts a line."""
        return _pairs(self.identity)

    @property
    def fact_rows(self) -> list[tuple[Fact, ...]]:
        """What is known of it, two facts a line."""
        return _pairs(self.facts)


def _pairs(facts: tuple[Fact, ...]) -> list[tuple[Fact, ...]]:
    padded = facts if len(facts) % 2 == 0 else (*facts, Fact("", ""))
    return [padded[start : start + 2] for start in range(0, len(padded), 2)]


Content = AreaReport | CommunitySheet


def sha256_of(content: Content) -> str:
    """Return the hash over everything the report says: 64 hexadecimal digits."""
    text = json.dumps(asdict(content), ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_code(sha256: str) -> str:
    """Return what is printed of the hash: the first 16 digits."""
    return sha256[:16]


def strings(value: Any) -> list[str]:
    """Return every text in a content, in order: what must be found again on its pages."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, tuple | list):
        return [text for part in value for text in strings(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for field in fields(value) for text in strings(getattr(value, field.name))]
    return []
