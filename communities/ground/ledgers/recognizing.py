"""
Recognizing: which ledger a sheet is, and in which column what stands.

Above the headings there may be a title and a line with units; the headings may take two lines, the upper one
merged over groups; below the data there may be a total and a line for signatures. None of that is data.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from itertools import chain, islice

from django.utils.translation import gettext as _

from .cells import Number, Raw, plain
from .declaring import Column, Ledger
from .files import LedgerError, Line, Sheet

LINES_BEFORE_DATA = 15
_UNIT = re.compile(r"^(.*?)\(([^()]*)\)$")
_UNIT_LINE = re.compile(r"(?<!报)单位:([^:]*)")
_NO_DATA = re.compile(r"^(合计|总计|小计|共计|填表|制表|审核|负责人|填报|备注[:：]|注[:：]|说明[:：]|单位[:：])")
_AS_ABOVE = {"同上", "〃", '"', "″"}


@dataclass(frozen=True)
class Layout:
    """Where the columns of a ledger stand in a sheet, and what its units multiply by."""

    ledger: Ledger
    at: dict[str, int]
    last_line: int
    factors: dict[str, Decimal] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def is_whole(self) -> bool:
        """Say whether every column is there that no file may lack."""
        one_of = self.ledger.one_of
        return all(column.key in self.at for column in self.ledger.required) and (
            not one_of or any(key in self.at for key in one_of)
        )

    def lacking(self) -> list[str]:
        """Return the headings of the columns that are missing."""
        missing = [column.heading for column in self.ledger.required if column.key not in self.at]
        one_of = self.ledger.one_of
        if one_of and not any(key in self.at for key in one_of):
            missing.append(" / ".join(self.ledger.column(key).heading for key in one_of))
        return missing


@dataclass(frozen=True)
class Entry:
    """One row of data: where it stands, and its cells by column key."""

    sheet: str
    number: int
    cells: dict[str, Raw]


def simple(heading: str) -> str:
    """Return a heading in the form in which headings are compared: no blanks, no marks, no unit, small letters."""
    bare = re.sub(r"[\s*:：“”\"、,，]", "", heading)
    found = _UNIT.match(bare)
    return (found[1] if found and found[1] else bare).lower()


def recognize(sheet: Sheet, ledgers: Sequence[Ledger]) -> tuple[Layout, Iterator[Line]] | None:
    """
    Return the layout of the sheet as the ledger that fits it best, and its lines after the headings.

    None where the sheet is empty. Raises LedgerError where no ledger fits, or two fit equally well.
    """
    head = list(islice(sheet.lines, LINES_BEFORE_DATA))
    if not any(plain(cell) for line in head for cell in line.cells):
        return None
    layouts = [_best(head, ledger) for ledger in ledgers]
    whole = sorted((one for one in layouts if one.is_whole()), key=lambda one: len(one.at), reverse=True)
    if not whole:
        raise LedgerError(_no_fit(sheet, head, max(layouts, key=lambda one: len(one.at)), alone=len(ledgers) == 1))
    best = [one for one in whole if len(one.at) == len(whole[0].at)]
    if len(best) > 1:
        kinds = "、".join(f"{one.ledger.label} ({one.ledger.kind})" for one in best)
        raise LedgerError(_("The headings fit several kinds of ledger: {kinds}. Say which it is.").format(kinds=kinds))
    rest = (line for line in head if line.number > best[0].last_line)
    return best[0], chain(rest, sheet.lines)


def entries(sheet: Sheet, layout: Layout, lines: Iterable[Line]) -> Iterator[Entry]:
    """Yield the rows of data; 同上 is replaced by what stands above, totals and signatures are left out."""
    above: dict[str, Raw] = {}
    for line in lines:
        texts = [plain(cell) for cell in line.cells]
        first = next((text for text in texts if text), "")
        if not first or any(_NO_DATA.match(text.replace(" ", "")) for text in texts[:3]):
            continue
        cells = {key: line.cells[index] if index < len(line.cells) else None for key, index in layout.at.items()}
        for key, raw in cells.items():
            if plain(raw) in _AS_ABOVE:
                cells[key] = above.get(key)
        above = cells
        yield Entry(sheet.name, line.number, cells)


def _best(head: list[Line], ledger: Ledger) -> Layout:
    known: dict[str, Column] = {}
    for column in ledger.columns:
        for heading in (column.heading, *column.synonyms, column.key):
            known.setdefault(simple(heading), column)
    tried = [_layout(head, n, two, ledger, known) for n in range(len(head)) for two in (False, True) if n or not two]
    return max(tried, key=lambda layout: len(layout.at))


def _layout(head: list[Line], n: int, two: bool, ledger: Ledger, known: dict[str, Column]) -> Layout:
    """Take line `n`, with `two` together with the line above it, for the headings."""
    at: dict[str, int] = {}
    factors: dict[str, Decimal] = {}
    ignored = []
    in_units = "".join(plain(cell) for line in head[:n] for cell in line.cells)
    for index, names in enumerate(_headings(head, n, two)):
        name = next((name for name in names if simple(name) in known), None)
        column = known.get(simple(name)) if name else None
        if name is None or column is None or column.key in at:
            ignored += [names[0]] if names else []
            continue
        at[column.key] = index
        factors[column.key] = _factor(column, name, in_units)
    notes = tuple(
        _("{heading} is read in {unit}, as the file says.").format(
            heading=ledger.column(key).heading, unit=f"×{factor:,}"
        )
        for key, factor in factors.items()
        if factor != 1
    )
    return Layout(ledger, at, head[n].number, factors, tuple(ignored), notes)


def _headings(head: list[Line], n: int, two: bool) -> Iterator[list[str]]:
    """Yield, column by column, what may be its heading: the most exact first."""
    lower = [plain(cell).replace("\n", "") for cell in head[n].cells]
    upper = [plain(cell).replace("\n", "") for cell in head[n - 1].cells] if two else []
    group = ""
    for index in range(max(len(lower), len(upper))):
        below = lower[index] if index < len(lower) else ""
        above = upper[index] if index < len(upper) else ""
        group = above or (group if below else "")
        yield list(dict.fromkeys(name for name in (below, group + below if below else "", above) if name))


def _factor(column: Column, heading: str, in_units: str) -> Decimal:
    """Return what a number under this heading is multiplied by: 10,000 for 工作经费(万元)."""
    if not isinstance(column.cell, Number) or not column.cell.units:
        return Decimal(1)
    found = _UNIT.match(re.sub(r"\s", "", heading))
    if found:
        unit = found[2]
        if unit in column.cell.units:
            return column.cell.units[unit]
        if unit in {"单位", "必填", "选填"}:
            return Decimal(1)
        raise LedgerError(
            _(
                "The heading “{heading}” is in {unit}; this ledger takes {known}. Convert the column and its heading."
            ).format(heading=heading, unit=unit, known="、".join(column.cell.units))
        )
    named = _UNIT_LINE.search(in_units)
    words = re.split(r"[、,;/\s]+", named[1]) if named else []
    return next((column.cell.units[word] for word in words if word in column.cell.units), Decimal(1))


def _no_fit(sheet: Sheet, head: list[Line], nearest: Layout, *, alone: bool) -> str:
    """Say which headings are missing for the ledger that fits best, and what they may be called in the file."""
    where = _("Sheet “{sheet}”: ").format(sheet=sheet.name) if sheet.name else ""
    if not nearest.at:
        message = _("no headings of a ledger were found in the first {n} lines. Download the template and compare.")
        return where + message.format(n=LINES_BEFORE_DATA)
    found = [plain(cell) for line in head for cell in line.cells if plain(cell)]
    hints = [
        _("“{near}” may be meant by {heading}").format(near=near[0], heading=heading)
        for heading in nearest.lacking()
        if (near := get_close_matches(heading, found, n=1))
    ]
    message = (
        _("as a ledger of {label} it lacks the columns {missing}.")
        if not alone
        else _("the ledger of {label} needs the columns {missing}, and they are missing.")
    )
    missing = "、".join(nearest.lacking())
    hint = f" {'; '.join(hints)}." if hints else ""
    return where + message.format(label=nearest.ledger.label, missing=missing) + hint
