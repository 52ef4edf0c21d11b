"""
What an explanation consists of: one verdict, from the clause to the fact. Plain data for pages, commands and papers.

`telling.explain` puts it together.
"""

from dataclasses import dataclass
from datetime import date, datetime

from communities.places.models import Place

from .models import Run, Verdict
from .outlook import Outlook
from .printed import PrintedFigure
from .words import Token


@dataclass(frozen=True)
class Record:
    """A row of a register behind a fact: as it stands now."""

    text: str
    value: str
    dated: str
    source: str
    recorded_by: str
    recorded_at: datetime | None
    is_example: bool
    is_newer: bool


@dataclass(frozen=True)
class Change:
    """A row behind a fact that was recorded, changed or removed since the run: what it was, what it is, who, when."""

    label: str
    text: str
    before: str
    after: str
    by: str
    at: datetime | None


@dataclass(frozen=True)
class FactLine:
    """
    One number that was put in: what, how much, as of when, and the rows it comes from.

    `are_rows_outside`: it is of another place, whose rows lie outside the area of who asks, and none are told.
    """

    anchor: str
    label: str
    value: str
    unit: str
    as_of: date | None
    source: str
    records: tuple[Record, ...] = ()
    records_in_all: int = 0
    is_parameter: bool = False
    are_rows_outside: bool = False

    @property
    def is_example(self) -> bool:
        """Whether any row behind it was made by the generator."""
        return any(record.is_example for record in self.records)


@dataclass(frozen=True)
class FormulaLine:
    """One comparison: in words, with the numbers put in, what came out and the distance to the bound."""

    title: str
    words: str
    put_in: tuple[Token, ...]
    verdict: Verdict
    margin: str


@dataclass(frozen=True)
class MemberRow:
    """One member of an aggregate: its value, or why it does not count."""

    place: str
    code: str
    value: str
    counts: bool | None
    holds: bool | None


@dataclass(frozen=True)
class Other:
    """Another target of the same clause about the same place."""

    target: str
    label: str
    verdict: Verdict
    milestone: int


@dataclass(frozen=True)
class Past:
    """The verdict of the same target in another published run."""

    run: int
    as_of: date
    verdict: Verdict
    measured: str
    required: str


@dataclass(frozen=True)
class Explanation:
    """Everything that says why one target stands as it does at one place."""

    target: str
    target_label: str
    place: Place
    code: str
    as_of: date
    milestone: int
    due: date | None
    verdict: Verdict
    sentence: str
    clause: str
    clause_text: str
    document: str
    force_label: str
    nature: str
    unit: str
    measured: str
    required: str
    shortfall: str
    lines: tuple[FormulaLine, ...]
    applies: str
    scope: str
    facts: tuple[FactLine, ...]
    missing: tuple[str, ...]
    members: tuple[MemberRow, ...]
    members_known: int
    members_of: int
    provisional: str
    others: tuple[Other, ...]
    history: tuple[Past, ...]
    agrees: bool
    run: Run | None
    printed: PrintedFigure | None = None
    outlook: Outlook | None = None
    milestones: tuple[Outlook, ...] = ()
    known_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    more_changes: int = 0

    @property
    def changed(self) -> bool:
        """Whether a row behind the numbers has been recorded, changed or removed since the run."""
        return bool(self.changes) or any(record.is_newer for fact in self.facts for record in fact.records)

    @property
    def look_of_members_lacking(self) -> str:
        """The verdict whose look a member that does not hold wears: nothing is missed before it is due."""
        return Verdict.NOT_DUE if self.verdict == Verdict.NOT_DUE else Verdict.NOT_MET

    @property
    def has_example_data(self) -> bool:
        """Whether any row behind the numbers was made by the generator."""
        return any(fact.is_example for fact in self.facts)
