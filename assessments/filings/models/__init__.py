"""The models of the yearly evaluation: sheets, cycles, filings with answers and marks, evidence, what comes of it."""

from .cycles import CalendarDay, Cycle, Draw, Extension, Stage
from .evidence import Evidence, EvidenceUse
from .filings import Answer, Filing, FilingVeto, ItemReturn, Mark, Outcome, Reminder, Step
from .outcomes import Appeal, Objection, OutsideScore
from .sheets import (
    POINTS,
    Method,
    Need,
    ObjectKind,
    Proof,
    Rounding,
    RuleKind,
    SectionKind,
    Sheet,
    SheetGrade,
    SheetItem,
    SheetSection,
    SheetVersion,
    SheetVeto,
)

__all__ = [
    "POINTS",
    "Answer",
    "Appeal",
    "CalendarDay",
    "Cycle",
    "Draw",
    "Evidence",
    "EvidenceUse",
    "Extension",
    "Filing",
    "FilingVeto",
    "ItemReturn",
    "Mark",
    "Method",
    "Need",
    "ObjectKind",
    "Objection",
    "Outcome",
    "OutsideScore",
    "Proof",
    "Reminder",
    "Rounding",
    "RuleKind",
    "SectionKind",
    "Sheet",
    "SheetGrade",
    "SheetItem",
    "SheetSection",
    "SheetVersion",
    "SheetVeto",
    "Stage",
    "Step",
]
