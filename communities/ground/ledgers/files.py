"""
Files: the lines of a workbook or a CSV file, one after another, so that memory stays flat.

A workbook may have several sheets; merged cells say the same for each of their rows. CSV files come in UTF-8 or, from
older spreadsheets, in GB 18030, separated by commas, semicolons or tabs.
"""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from .cells import Raw

LARGEST_UNPACKED = 1_000_000_000
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')
_BLOCK = 1 << 20


class LedgerError(ValueError):
    """A file, or a request, that cannot be worked on at all; the message says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One line of a sheet: its number as the spreadsheet shows it, and its cells."""

    number: int
    cells: Sequence[Raw]


@dataclass(frozen=True)
class Sheet:
    """A sheet and its lines, to be read once. A CSV file has one, without a name."""

    name: str
    lines: Iterator[Line]


def sheets(path: Path) -> Iterator[Sheet]:
    """Yield the visible sheets of the file; raise LedgerError where it is not a file we can read."""
    if not path.is_file():
        raise LedgerError(_("There is no file {path}. Look at the name and the folder.").format(path=path))
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return _sheets_of_workbook(path)
    if suffix == ".csv":
        return iter([Sheet("", _lines_of_csv(path))])
    raise LedgerError(
        _("{name} is neither .xlsx nor .csv. Open it in WPS or Excel and save it as .xlsx.").format(name=path.name)
    )


def address(index: int, number: int) -> str:
    """Return how a spreadsheet calls the cell: column `index` counted from 0, line `number` from 1."""
    return f"{get_column_letter(index + 1)}{number}"


def _sheets_of_workbook(path: Path) -> Iterator[Sheet]:
    _refuse_a_bomb(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise LedgerError(
            _("{name} cannot be read as a workbook ({error}). Open it in WPS or Excel and save it again.").format(
                name=path.name, error=type(error).__name__
            )
        ) from error
    with closing(book):
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield Sheet(sheet.title, _lines_of_sheet(sheet, _merged(path, sheet)))


def _refuse_a_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise LedgerError(
            _("{name} is not a workbook, whatever its ending says. Save it as .xlsx.").format(name=path.name)
        ) from error
    if unpacked > LARGEST_UNPACKED:
        raise LedgerError(_("{name} unpacks to more than 1 GB. Split it.").format(name=path.name))


def _merged(path: Path, sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Return where merged cells begin and end downwards: {column: [(first line, last line)]}, both counted from 1."""
    tail = b""
    found: dict[int, list[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as stream:
        while block := stream.read(_BLOCK):
            for match in _MERGED.finditer(tail + block):
                left, top, _right, bottom = range_boundaries(match[1].decode())
                if top and bottom and left and bottom > top:
                    found.setdefault(left - 1, []).append((top, bottom))
            tail = block[-64:]
    return {column: sorted(set(ranges)) for column, ranges in found.items()}


def _lines_of_sheet(sheet: Any, merged: dict[int, list[tuple[int, int]]]) -> Iterator[Line]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    open_cells: dict[int, tuple[int, Raw]] = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield Line(number, _spread(list(cells), number, merged, open_cells) if merged else cells)


def _spread(
    cells: list[Raw],
    number: int,
    merged: dict[int, list[tuple[int, int]]],
    open_cells: dict[int, tuple[int, Raw]],
) -> list[Raw]:
    """Write the value of a merged cell into each line it covers."""
    for column, ranges in merged.items():
        if ranges and ranges[0][0] == number and column < len(cells):
            open_cells[column] = ranges.pop(0)[1], cells[column]
        last, value = open_cells.get(column, (0, None))
        if number <= last:
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = value if cells[column] is None else cells[column]
    return cells


def _lines_of_csv(path: Path) -> Iterator[Line]:
    csv.field_size_limit(1_000_000)
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        separator = max(",\t;", key=first.count)
        reader = csv.reader(stream, delimiter=separator)
        try:
            for cells in reader:
                yield Line(reader.line_num, cells)
        except csv.Error as error:
            raise LedgerError(
                _("{name}, line {line}: the file is not a CSV file ({error}). Save it again as CSV.").format(
                    name=path.name, line=reader.line_num, error=error
                )
            ) from error


def _encoding(path: Path) -> str:
    """Return the encoding the whole file is in; raise LedgerError where it is in none that we know."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise LedgerError(_("{name} is neither in UTF-8 nor in GB 18030. Save it as “CSV UTF-8”.").format(name=path.name))
