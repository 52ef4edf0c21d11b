"""
The second sheet of a template: for each column what goes in, its unit, what else it may be called, its choices.

It is written from the declaration the import reads by. A column with choices offers them in its cells; whoever types
another of the words the import knows is not stopped.
"""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from .cells import Choice, Code, PersonalNumber, YesNo
from .declaring import Column, Ledger

ROWS_OFFERED = 5000
WIDTHS = (16, 10, 10, 40, 40)
FIRST_CHOICE = len(WIDTHS) + 1


def explain(path: Path, ledger: Ledger) -> None:
    """Add the sheet to the template at `path`, and its choices to the cells of the first sheet."""
    book = load_workbook(path)
    form: Any = book.worksheets[0]
    sheet: Any = book.create_sheet(_("How to fill in"))
    sheet.freeze_panes = "B2"
    sheet.append(
        [
            _("Heading of the column"),
            _("Needed"),
            _("In units of"),
            _("What goes in"),
            _("Also understood"),
            _("Choices"),
        ]
    )
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for index, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for index, column in enumerate(ledger.columns, start=1):
        choices = _choices(column)
        sheet.append([*_told(column), *choices])
        letter = get_column_letter(index)
        if isinstance(column.cell, Code | PersonalNumber):
            for number in range(2, 202):
                form[f"{letter}{number}"].number_format = "@"
        if choices:
            _offer(form, letter, f"{quote_sheetname(sheet.title)}!{_row(sheet.max_row, len(choices))}")
    for line in sheet.iter_rows(min_row=2, min_col=4, max_col=5):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.save(path)


def _told(column: Column) -> list[str]:
    needed = _("yes") if column.required else _("column needed") if column.expected else _("no")
    hint = _("one of the choices") if _choices(column) else column.cell.hint() or _("text")
    return [column.heading, needed, column.unit, hint, "、".join(column.synonyms)]


def _choices(column: Column) -> list[str]:
    if isinstance(column.cell, YesNo):
        return ["是", "否"]
    return list(column.cell.first_words().values()) if isinstance(column.cell, Choice) else []


def _row(number: int, how_many: int) -> str:
    first, last = get_column_letter(FIRST_CHOICE), get_column_letter(FIRST_CHOICE + how_many - 1)
    return f"${first}${number}:${last}${number}"


def _offer(form: Any, letter: str, choices: str) -> None:
    offered = DataValidation(type="list", formula1=f"={choices}", allow_blank=True, showErrorMessage=False)
    offered.add(f"{letter}2:{letter}{ROWS_OFFERED}")
    form.add_data_validation(offered)
