"""
Rosters (账号名册): a sheet from which many accounts are opened at once.

A row is one account: who it is for, the area it belongs to, and the access it is wanted for. It is read with the
cells and the care of every ledger; what is wrong is said by row and column. A trial opens every account in a
transaction that is then undone, so that it says exactly what opening them would say.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from . import accounts, clock
from .accounts import RefusedError, Wanted
from .ledgers.cells import DAY, LAST_DAY, TEXT, CellError, Raw, plain, shown
from .ledgers.files import LedgerError, Line, Sheet, address, sheets
from .ledgers.unnamed import Unnamed
from .ledgers.uploads import Upload
from .models import User
from .models.accounts import PREFIX_WIDTHS
from .numbers import without_personal_numbers
from .roles import Role
from .scope import prefix_of

# What the sheet calls its columns, and what that is of an account. The headings are the officials' own words.
COLUMNS: Mapping[str, str] = {
    "用户名": "username",
    "姓名": "full_name",
    "所属区域代码": "area",
    "角色": "role",
    "授权区域代码": "reaches",
    "起始日期": "first",
    "截止日期": "last",
}
NEEDED = ("username", "full_name", "area")
HEADINGS = {field: heading for heading, field in COLUMNS.items()}
HEADING_WITHIN = 5  # lines: what stands above is a title
EXAMPLES = (
    ("lixia-wang", "王某", "370102001", "街道经办人", "370102001", "2026-12-01", ""),
    ("lixia-zhao", "赵某", "370102", "领导", "370102", "2026-12-01", "2027-12-31"),
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the line, the cell, its heading, what it holds, why it cannot be and what to do."""

    line: int
    address: str
    heading: str
    value: str
    message: str


@dataclass(frozen=True)
class Person:
    """One row: the account it asks for. `role` "": only the account; the access is asked for later."""

    username: str
    full_name: str
    area: str
    role: str
    reaches: str
    first: date | None
    last: date | None

    @property
    def wanted(self) -> Wanted | None:
        """The access the account is wanted for."""
        return Wanted(self.role, self.reaches, self.first, self.last) if self.role and self.first else None

    @property
    def role_label(self) -> str:
        """What the role is called."""
        return str(Role(self.role).label) if self.role else ""

    def opened(self) -> tuple[str, str, str, Wanted | None]:
        """Return what `accounts.open_many` takes."""
        return self.username, self.full_name, self.area, self.wanted

    def plain(self) -> list[str]:
        """Return the row as texts, so that it can travel in a form."""
        days = [day.isoformat() if day else "" for day in (self.first, self.last)]
        return [self.username, self.full_name, self.area, self.role, self.reaches, *days]

    @classmethod
    def of(cls, texts: list[str]) -> "Person":
        """Return the row that `plain` made these texts of."""
        *said, first, last = texts
        return cls(*said, *(date.fromisoformat(day) if day else None for day in (first, last)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Roster:
    """What a file holds: its rows, and everything that is wrong. Only a roster without problems is opened."""

    people: list[Person]
    problems: list[Problem]


def tried(upload: Upload, *, by: User) -> Roster:
    """Read the file and try to open its accounts; nothing is written. Raises LedgerError where it is no roster."""
    found = list(_read(upload))
    people = [person for _line, _places, person, _problems in found if person is not None]
    problems = [problem for _line, _places, _person, problems in found for problem in problems]
    if not found:
        raise LedgerError(_("There is no row below the headings."))
    if len(found) > accounts.MOST_AT_ONCE:
        raise LedgerError(
            _("{number} accounts at once are too many; open {most} at a time.").format(
                number=len(found), most=accounts.MOST_AT_ONCE
            )
        )
    with transaction.atomic():
        for line, places, person, _problems in found:
            if person is not None:
                problems += _tried(person, line, places, by)
        transaction.set_rollback(True)
    return Roster(people, sorted(problems, key=lambda problem: problem.line))


def template() -> bytes:
    """Return the empty roster as a workbook, with a second sheet that says what goes where."""
    book = Workbook()
    sheet: Any = book.active
    told = book.create_sheet(_("How to fill in"))
    sheet.title = "账号名册"
    sheet.append(list(COLUMNS))
    sheet.freeze_panes = "A2"
    for index, heading in enumerate(COLUMNS, start=1):
        cell = sheet.cell(row=1, column=index)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF4")
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = 18
        for row in range(2, accounts.MOST_AT_ONCE + 2):
            sheet[f"{letter}{row}"].number_format = "@"  # a code or a day stays what was typed
        told.append([heading, _hints()[COLUMNS[heading]], *(str(example[index - 1]) for example in EXAMPLES)])
    told.insert_rows(1)
    for index, word in enumerate((_("Column"), _("What goes there"), _("Example"), _("Example")), start=1):
        told.cell(row=1, column=index, value=word).font = Font(bold=True)
    for letter, width in zip("ABCD", (16, 70, 18, 18), strict=True):
        told.column_dimensions[letter].width = width
    for row in told.iter_rows(min_col=2, max_col=2):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _hints() -> dict[str, str]:
    roles = "、".join(str(role.label) for role in Role)
    return {
        "username": _("What is typed to sign in: letters, digits, “-” and “_”. No identity or mobile number."),
        "full_name": _("The name that pages and reports show."),
        "area": _("Code of the office the person belongs to: 3701 a city, 370102 a district, 370102001 a street."),
        "role": _("One of: {roles}. Empty: only the account is opened.").format(roles=roles),
        "reaches": _("Code of what the account may see, within the area it belongs to. Empty: that area."),
        "first": _("First day of the access, as 2026-12-01. Empty: today."),
        "last": _("Last day of the access. Empty: until it is ended."),
    }


# Reading


Found = tuple[int, dict[str, int], Person | None, list[Problem]]


def _read(upload: Upload) -> Iterator[Found]:
    """Yield line, places of the columns, what the row asks for, and what is wrong in it."""
    with Unnamed(BytesIO(upload.content), suffix=Path(upload.name).suffix) as path:
        for sheet in sheets(path):
            places = _headings(sheet)
            if places:
                yield from (_row(line, places) for line in sheet.lines if any(map(plain, line.cells)))
                return
    raise LedgerError(
        _("No sheet has the headings of the roster: {headings}. Copy your rows into the template.").format(
            headings="、".join(COLUMNS)
        )
    )


def _headings(sheet: Sheet) -> dict[str, int]:
    """Return where each column stands, once the line with the headings is found; empty where there is none."""
    for line in sheet.lines:
        found = {
            COLUMNS[heading]: index for index, cell in enumerate(line.cells) if (heading := _heading(cell)) in COLUMNS
        }
        if found:
            missing = [HEADINGS[field] for field in NEEDED if field not in found]
            if missing:
                raise LedgerError(
                    _("The column {missing} is missing. Take the template.").format(missing="、".join(missing))
                )
            return found
        if line.number >= HEADING_WITHIN:
            break
    return {}


def _heading(cell: Raw) -> str:
    return unicodedata.normalize("NFKC", plain(cell)).replace(" ", "").removesuffix("*")


def _row(line: Line, places: dict[str, int]) -> Found:
    said = {field: line.cells[index] if index < len(line.cells) else None for field, index in places.items()}
    values: dict[str, Any] = {}
    problems = []
    for field in HEADINGS:
        try:
            values[field] = _value(field, said.get(field))
        except CellError as error:
            problems.append(_problem(field, line.number, places, shown(said.get(field)), str(error)))
    if problems:
        return line.number, places, None, problems
    values["reaches"] = values["reaches"] or (values["area"] if values["role"] else "")
    values["first"] = values["first"] or (clock.today() if values["role"] else None)
    if not values["role"] and (values["reaches"] or values["first"] or values["last"]):
        told = _("An access is asked for, but no role. Enter one, or leave area and days empty as well.")
        return line.number, places, None, [_problem("role", line.number, places, "", told)]
    return line.number, places, Person(**values), []


def _value(field: str, raw: Raw) -> Any:
    if plain(raw) == "":
        if field in NEEDED:
            raise CellError(_("It is empty. Enter it."))
        return None if field in ("first", "last") else ""
    if field in ("area", "reaches"):
        return _area(plain(raw))
    if field == "role":
        return _role(plain(raw))
    if field in ("first", "last"):
        return (LAST_DAY if field == "last" else DAY).read(raw)
    return TEXT.read(raw)


def _area(text: str) -> str:
    """A code of 12 digits stands for its prefix, as the code list writes a district: 370102000000."""
    prefix = prefix_of(text) if len(text) == max(PREFIX_WIDTHS) else text
    if not prefix.isascii() or not prefix.isdigit() or len(prefix) not in PREFIX_WIDTHS:
        raise CellError(_("This is no division code: 2, 4, 6, 9 or 12 digits, 370102 for a district."))
    return prefix


def _role(text: str) -> str:
    """Take a role by what it is called in any language of the portal, or by its stored name."""
    known = {str(role.value): role for role in Role}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            known |= {str(role.label).casefold(): role for role in Role}
    with suppress(KeyError):
        return str(known[text.casefold()].value)
    raise CellError(_("This is no role. Known: {roles}.").format(roles="、".join(str(role.label) for role in Role)))


def _tried(person: Person, line: int, places: dict[str, int], by: User) -> list[Problem]:
    try:
        with transaction.atomic():
            username, full_name, area, wanted = person.opened()
            accounts.enter(by=by, username=username, full_name=full_name, prefix=area, wanted=wanted)
    except RefusedError as error:
        value = dict(zip(HEADINGS, person.plain(), strict=True)).get(error.field, "")
        return [_problem(error.field, line, places, value, str(error))]
    return []


def _problem(field: str, line: int, places: dict[str, int], value: str, message: str) -> Problem:
    index = places.get(field)
    where = address(index, line) if index is not None else str(line)
    heading = HEADINGS.get(field, "") if index is not None else ""
    return Problem(line, where, heading, without_personal_numbers(value), message)
