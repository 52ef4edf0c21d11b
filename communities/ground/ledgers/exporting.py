"""
Exporting: the registers as the files they can be imported from, templates, and the rows that were wrong.

Every text that a spreadsheet would take for a formula is marked as text.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from ..scope import Scope
from .cells import Code, PersonalNumber, Raw
from .declaring import Ledger
from .explaining import explain
from .files import LedgerError
from .recognizing import Entry

BATCH = 2000
LONGEST_CELL = 32_000
LONGEST_FOOTER = 120  # a spreadsheet takes 255 characters, marks included
REASON = "原因"
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?[\d.]+$")
_HEAD = PatternFill("solid", fgColor="E8EEF4")


def safe(value: Raw) -> Raw:
    """Return the cell so that no spreadsheet runs it: a text that begins like a formula gets an apostrophe."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return f"'{value}"
    return value


@dataclass(frozen=True)
class Mark:
    """Who takes an export away, when, of which area and what for: printed on every page of it and on a sheet."""

    who: str
    when: str
    area: str
    purpose: str
    in_clear: bool = False

    def __str__(self) -> str:
        return " · ".join(part for part in (self.who, self.when, self.purpose) if part)

    def lines(self, rows: int) -> list[tuple[str, str]]:
        """Return what the information sheet says."""
        numbers = _("in clear") if self.in_clear else _("masked")
        return [
            (_("Exported by"), self.who),
            (_("Exported at"), self.when),
            (_("Area"), self.area),
            (_("Purpose"), self.purpose),
            (_("Rows"), str(rows)),
            (_("Identity and mobile numbers"), numbers),
            (_("Note"), _("Use it for this purpose only, give it to nobody else, and delete it afterwards.")),
        ]


def exported_rows(ledger: Ledger, scope: Scope, *, in_clear: bool = False) -> Iterator[list[Raw]]:
    """Yield the cells of every row of the ledger within `scope`, in the order of its columns."""
    for one in ledger.exported(scope).iterator(chunk_size=BATCH):
        yield [safe(column.cell.write(column.of(one, in_clear=in_clear))) for column in ledger.columns]


def export_file(path: Path, ledger: Ledger, scope: Scope, *, mark: Mark | None = None) -> int:
    """Write the ledger within `scope` to `path` (.xlsx or .csv); return how many rows it has."""
    in_clear = mark is not None and mark.in_clear
    return _save(path, ledger, exported_rows(ledger, scope, in_clear=in_clear), mark=mark)


def export_in_memory(ledger: Ledger, scope: Scope, mark: Mark) -> tuple[bytes, int]:
    """
    Return the ledger within `scope` as a workbook, and how many rows it has, without anything of it on the disk.

    For numbers in clear: neither the workbook nor its parts, which openpyxl writes to named files, may be left behind
    by a worker that is killed. It all stands in memory, so the caller limits the rows.
    """
    sheet = LedgerSheet(ledger, in_memory=True)
    for row in exported_rows(ledger, scope, in_clear=mark.in_clear):
        sheet.add(row)
    sheet.mark(mark)
    return sheet.content(), sheet.rows


def template(path: Path, ledger: Ledger) -> None:
    """Write an empty ledger: its headings, and on each, and in a workbook on a second sheet, what goes below it."""
    _save(path, ledger, [], hints=True)
    if path.suffix.lower() == ".xlsx":
        explain(path, ledger)


def _save(
    path: Path, ledger: Ledger, rows: Iterable[list[Raw]], *, hints: bool = False, mark: Mark | None = None
) -> int:
    if path.suffix.lower() == ".csv":
        return _save_csv(path, ledger, rows)
    if path.suffix.lower() == ".xlsx":
        return _save_workbook(path, ledger, rows, hints, mark)
    raise LedgerError(_("{name} is neither .xlsx nor .csv. Give it one of these endings.").format(name=path.name))


def _save_csv(path: Path, ledger: Ledger, rows: Iterable[list[Raw]]) -> int:
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.title for column in ledger.columns])
        for row in rows:
            writer.writerow(["" if cell is None else cell for cell in row])
            written += 1
    return written


def _save_workbook(path: Path, ledger: Ledger, rows: Iterable[list[Raw]], hints: bool, mark: Mark | None = None) -> int:
    sheet = LedgerSheet(ledger, hints=hints)
    for row in rows:
        sheet.add(row)
    if mark is not None:
        sheet.mark(mark)
    sheet.save(path)
    return sheet.rows


class LedgerSheet:
    """A workbook with one sheet of a ledger, written row by row so that memory stays flat, or whole `in_memory`."""

    def __init__(
        self, ledger: Ledger, more: Sequence[str] = (), *, hints: bool = False, in_memory: bool = False
    ) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(str(ledger.label)[:31])
        self._sheet.freeze_panes = "A2"
        self.rows = 0
        for index in range(1, len(ledger.columns) + len(more) + 1):
            self._sheet.column_dimensions[get_column_letter(index)].width = 18
        self._in_memory = in_memory
        self._begin(self._sheet)
        titles = [(column.title, column.cell.hint() if hints else "") for column in ledger.columns]
        self._codes = {n for n, column in enumerate(ledger.columns) if isinstance(column.cell, Code | PersonalNumber)}
        self._sheet.append([self._heading(*title) for title in (*titles, *((one, "") for one in more))])

    def _heading(self, title: str, hint: str) -> Any:
        cell = WriteOnlyCell(self._sheet, title)
        cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True, vertical="center")
        if hint:
            cell.comment = Comment(hint, "Linli")
        return cell

    def add(self, row: Sequence[Raw]) -> None:
        """Add a row of cells, each already safe."""
        self._sheet.append([self._text(cell) if n in self._codes and cell else cell for n, cell in enumerate(row)])
        self.rows += 1

    def mark(self, mark: Mark) -> None:
        """Print who takes it away on every page, and say it in full on a second sheet."""
        told = str(mark).replace("&", "&&")[:LONGEST_FOOTER]
        self._sheet.oddHeader.right.text = self._sheet.oddFooter.left.text = told
        sheet = self._book.create_sheet(_("About this export"))
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 60
        self._begin(sheet)
        for line in mark.lines(self.rows):
            sheet.append([safe(cell) for cell in line])

    def _begin(self, sheet: Any) -> None:
        """Let the rows of the sheet, whose columns are set, be written to memory where that is asked for."""
        if self._in_memory:
            sheet._writer = WorksheetWriter(sheet, out=io.BytesIO())
            sheet._writer.write_top()

    def _text(self, value: Raw) -> Any:
        """A code as text, so that no spreadsheet makes a number of it."""
        cell = WriteOnlyCell(self._sheet, str(value))
        cell.number_format = "@"
        return cell

    def save(self, path: Path) -> None:
        """Write the workbook."""
        self._book.save(path)

    def content(self) -> bytes:
        """Return the workbook that was written in memory."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            _WriterInMemory(self._book, archive).write_data()
        return stream.getvalue()


class _WriterInMemory(ExcelWriter):
    """Puts sheets that stand in memory into the archive; openpyxl's own takes them from named files only."""

    def write_worksheet(self, ws: Any) -> None:
        if not isinstance(getattr(ws._writer, "out", None), io.BytesIO):
            super().write_worksheet(ws)
            return
        ws._drawing, ws._charts, ws._images = SpreadsheetDrawing(), [], []
        if not ws.closed:
            ws.close()
        ws._rels = ws._writer._rels
        self._archive.writestr(ws.path[1:], ws._writer.read())  # type: ignore[attr-defined]  # incomplete stubs
        self.manifest.append(ws)


class WrongRows:
    """The rows an import left out, as a file of the same ledger with a column that says why."""

    def __init__(self) -> None:
        self._sheet: LedgerSheet | None = None

    def add(self, ledger: Ledger, entry: Entry, why: str) -> None:
        """Keep one row as the file had it, with the reason."""
        if self._sheet is None:
            self._sheet = LedgerSheet(ledger, more=[REASON])
        cells = [safe(column.cell.kept(entry.cells.get(column.key))) for column in ledger.columns]
        self._sheet.add([*cells, safe(why[:LONGEST_CELL])])

    def save(self, path: Path) -> int:
        """Write the file if there is a wrong row; return how many there are."""
        if self._sheet is None:
            return 0
        self._sheet.save(path)
        return self._sheet.rows
