"""
The figures the document itself prints, held against what was computed about the place of the report.

One line a figure, in the order of the plan; before them one paragraph that counts how they stand and says what does
not agree as it is printed.
"""

from assessments.compliance import printed
from assessments.compliance.printed import Agreement

from .contents import PrintedLine
from .gathering import Found, Gathered

NAMED = (Agreement.TRUNCATED, Agreement.DIFFERS)  # what the paragraph says in full


def lines(gathered: Gathered) -> tuple[PrintedLine, ...]:
    """Return one line for every target about the place itself that has a printed figure, or is derived from such."""
    own = [one for one in gathered.findings_in_order if one.place.id == gathered.place.id]
    return tuple(line for one in own if (line := _line(one)) is not None)


def _line(found: Found) -> PrintedLine | None:
    told = printed.told(found.measured, found.asked.question.target.printed, found.asked.unit, found.verdict)
    if told is None:
        return None
    return PrintedLine(
        number=found.asked.number,
        label=found.asked.label,
        computed=_close(told.computed) or "—",
        text=told.text or "—",
        agreement=told.agreement,
        word=str(told.agreement.label),
        sentence=_close(told.sentence),
        note=told.note,
    )


def _close(text: str) -> str:
    """Return a text as it is printed on paper: no space between a figure and its unit."""
    return text.replace(" ", "")


def summary(told: tuple[PrintedLine, ...], name: str) -> str:
    """Return the paragraph before the table of that name; empty where the document prints nothing."""
    if not told:
        return ""
    counted = [(word, sum(one.agreement == word for one in told)) for word in Agreement]
    compared = [f"{word.label}{count}项" for word, count in counted if count and word != Agreement.DERIVED]
    derived = dict(counted)[Agreement.DERIVED]
    also = f"，另有{derived}项由所载数字推算" if derived else ""
    first = f"文件所载数字{len(told) - derived}项，经测算{'、'.join(compared)}{also}，见{name}。"
    named = "".join(f"{one.label}{one.sentence}" for one in told if one.agreement in NAMED)
    return first + named
