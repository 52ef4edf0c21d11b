"""Rows on their way into the registers: what the file says, what it means, what is wrong, what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _

from .. import periods
from ..numbers import without_personal_numbers
from .cells import CellError
from .declaring import Values
from .files import address
from .recognizing import Entry, Layout

Result = Literal["", "created", "changed", "unchanged"]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, or with a row as a whole (`address` is then its line)."""

    sheet: str
    address: str
    heading: str
    value: str
    message: str

    def __str__(self) -> str:
        where = "!".join(part for part in (self.sheet, self.address) if part)
        what = f"{self.heading} “{self.value}”" if self.heading else ""
        return " ".join(part for part in (where, what) if part) + f": {self.message}"


@dataclass(frozen=True)
class Change:
    """One cell that differs from what is recorded: where it stands, whose place it is about, before and after."""

    sheet: str
    address: str
    place: str
    heading: str
    before: str
    after: str


@dataclass
class Row:
    """One row of a file. `values` holds what its cells mean, then what its links found, then what was written."""

    entry: Entry
    layout: Layout
    values: Values = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    result: Result = ""

    def has(self, key: str) -> bool:
        """Say whether the file has the column."""
        return key in self.layout.at

    def wrong(self, message: str, key: str = "") -> None:
        """Note what is wrong, at the cell of the column `key` or with the row as a whole."""
        if not self.has(key):
            told = without_personal_numbers(message)
            self.problems.append(Problem(self.entry.sheet, str(self.entry.number), "", "", told))
            return
        where = address(self.layout.at[key], self.entry.number)
        column = self.layout.ledger.column(key)
        value = column.cell.quoted(self.entry.cells.get(key))
        self.problems.append(Problem(self.entry.sheet, where, column.heading, value, without_personal_numbers(message)))

    def remark(self, message: str) -> None:
        """Note what somebody should look at although the row is right."""
        self.remarks.append(_("Line {number}: {message}").format(number=self.entry.number, message=message))

    def changed(self, key: str, heading: str, before: str, after: str) -> None:
        """Note that the row changes what is recorded, at the cell of the column `key` where the file has it."""
        where = address(self.layout.at[key], self.entry.number) if self.has(key) else str(self.entry.number)
        place = str(getattr(self.values.get("place"), "short_name", ""))
        self.changes.append(Change(self.entry.sheet, where, place, heading, before, after))

    def read(self) -> None:
        """Read the cells into `values`; every wrong cell becomes a problem."""
        for column in self.layout.ledger.columns:
            raw = self.entry.cells.get(column.key)
            self.values[column.key] = column.default
            if column.cell.is_empty(raw):
                if column.required:
                    self.wrong(
                        _("It is empty, and nothing can be recorded without it. Fill it in, or delete the row."),
                        column.key,
                    )
                continue
            try:
                self.values[column.key] = column.cell.read(raw, self.layout.factors[column.key])
            except CellError as error:
                self.wrong(str(error), column.key)
        self._read_periods()

    def _read_periods(self) -> None:
        for name, (first, last) in self.layout.ledger.periods.items():
            try:
                self.values[name] = periods.of(self.values[first], self.values[last])
            except ValueError:
                self.wrong(_("The last day lies before the first day. Correct one of them."), last)

    def complete(self) -> None:
        """Fill in what follows from the cells, or refuse what cannot be although every cell is right."""
        self._apply(self.layout.ledger.complete)

    def verify(self) -> None:
        """Do the same with what the links have found."""
        self._apply(self.layout.ledger.verify)

    def _apply(self, rule: Callable[[Values], None] | None) -> None:
        if rule is not None and not self.problems:
            try:
                rule(self.values)
            except CellError as error:
                self.wrong(str(error), error.column)
