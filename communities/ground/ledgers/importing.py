"""
Importing: from a file to the registers, batch by batch, in a few statements each.

A batch is read cell by cell, its links are found in one query each, every row is held against the fence and the
rights of whoever imports, then the batch is written. All right rows are written and the wrong ones given back, or,
where nobody asks for those, nothing at all is written if one row is wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from ..models import Fact
from ..scope import Scope, ScopedQuerySet
from .declaring import Key, Ledger, Link
from .files import LedgerError, sheets
from .recognizing import Entry, Layout, entries, recognize
from .rows import Change, Problem, Row
from .storing import Stamp, store

BATCH = 1000
MESSAGES_KEPT = 200
NOTES_KEPT = 50
KeepWrong = Callable[[Ledger, Entry, str], None]
Told = Callable[[int], None]


@dataclass
class Outcome:
    """What came of an import: how many rows of each sort, the first messages and the first changes."""

    ledger: Ledger | None = None
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows of data the file has."""
        return self.created + self.changed + self.unchanged + self.wrong

    def __str__(self) -> str:
        return _("{created} created, {changed} changed, {unchanged} unchanged, {wrong} wrong.").format(
            created=self.created, changed=self.changed, unchanged=self.unchanged, wrong=self.wrong
        )


class WrongRowsError(LedgerError):
    """Some rows are wrong, and nobody asked to leave them out: nothing was written."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(
            _("{wrong} of {rows} rows are wrong; nothing was written.").format(wrong=outcome.wrong, rows=outcome.rows)
        )


def import_file(
    path: Path,
    *,
    ledgers: Sequence[Ledger],
    scope: Scope,
    stamp: Stamp,
    keep_wrong: KeepWrong | None = None,
    dry_run: bool = False,
    told: Told = lambda _rows: None,
) -> Outcome:
    """
    Import the file as the one of `ledgers` that fits it, within `scope`; all in one transaction.

    With `keep_wrong` the right rows are written and each wrong one is handed to it with its reasons; without, one
    wrong row raises WrongRowsError and nothing is written. `dry_run` does everything and undoes it.
    Raises LedgerError where the file cannot be read or fits no ledger.
    """
    outcome = Outcome()
    with transaction.atomic():
        _Import(scope, stamp, outcome, keep_wrong, told).sheets(path, ledgers)
        if outcome.wrong and keep_wrong is None and not dry_run:
            raise WrongRowsError(outcome)
        _count_anew(outcome)
        transaction.set_rollback(dry_run)
    return outcome


def _count_anew(outcome: Outcome) -> None:
    """
    Let the database count the tables anew after a large import.

    Until it has, it takes them for small and looks every single place up by scanning the periods of all of them.
    """
    if outcome.ledger is not None and outcome.created > BATCH:
        with connection.cursor() as cursor:
            for part in outcome.ledger.parts:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(part.model._meta.db_table)}")


@dataclass
class _Import:
    """One import under way."""

    scope: Scope
    stamp: Stamp
    outcome: Outcome
    keep_wrong: KeepWrong | None
    told: Told
    seen: dict[int, str] = field(default_factory=dict)
    explained: int = 0

    def sheets(self, path: Path, ledgers: Sequence[Ledger]) -> None:
        """Import every sheet that is a ledger of the kind; complain where there is none."""
        why: LedgerError | None = None
        for sheet in sheets(path):
            try:
                found = recognize(sheet, ledgers)
            except LedgerError as error:
                why = why or error
                continue
            if found:
                layout, lines = found
                ledgers = [layout.ledger]
                self._sheet(layout, entries(sheet, layout, lines))
        if self.outcome.ledger is None:
            raise why or LedgerError(_("{name} is empty.").format(name=path.name))

    def _sheet(self, layout: Layout, found: Iterator[Entry]) -> None:
        self.outcome.ledger = layout.ledger
        self.outcome.notes += layout.notes
        if layout.ignored:
            self.outcome.notes.append(
                _("Columns this ledger does not know were left out: {columns}.").format(
                    columns="、".join(layout.ignored)
                )
            )
        while batch := [Row(entry, layout) for entry in islice(found, BATCH)]:
            self._batch(batch, layout.ledger)
            self.told(len(batch))

    def _batch(self, batch: list[Row], ledger: Ledger) -> None:
        for row in batch:
            row.read()
            row.complete()
        for link in ledger.links:
            self._find(link, _right(batch))
            if link.name == "place":  # before anything is said about what lies outside
                self._fence(_right(batch), ledger)
        for row in batch:
            row.verify()
        self._fence(_right(batch), ledger)
        self._once(_right(batch), ledger)
        _refuse_examples_among_real_rows(_right(batch), ledger)
        store(_right(batch), ledger, self.stamp)
        for row in batch:
            self._count(row, ledger)

    def _find(self, link: Link, rows: list[Row]) -> None:
        """Find what the rows point to, all in one query."""
        asked: dict[Key, list[Row]] = {}
        for row in rows:
            key = tuple(row.values.get(name) for name in link.by)
            if link.optional and not any(row.values.get(name) for name in link.said_by):
                row.values[link.name] = None
            else:
                asked.setdefault(key, []).append(row)
        found = link.find(asked, self.scope) if asked else {}
        for key, askers in asked.items():
            candidates = found.get(key, ())
            message = "" if len(candidates) == 1 else self._not_found(link, key, len(candidates))
            for row in askers:
                if message:
                    row.wrong(message, row_column(row, link))
                else:
                    row.values[link.name] = candidates[0]

    def _not_found(self, link: Link, key: Key, how_many: int) -> str:
        if how_many:
            return _("It may mean {n} different ones. Say more (a code, a full name).").format(n=how_many)
        self.explained += 1
        if self.explained > MESSAGES_KEPT:  # each explanation may cost a query
            return _("It is not recorded.")
        return link.unknown(key, self.scope)

    def _fence(self, rows: list[Row], ledger: Ledger) -> None:
        for row in rows:
            code = ledger.fence(row.values)
            if not self.scope.covers(code):
                row.wrong(
                    _("{code} lies outside the area of your account. Leave it to those who answer for it.").format(
                        code=code or "-"
                    ),
                    ledger.one_of[0] if ledger.one_of else "",
                )

    def _once(self, rows: list[Row], ledger: Ledger) -> None:
        """Refuse a row that the file has already had."""
        for row in rows:
            same = hash(tuple(getattr(value, "pk", value) for value in map(row.values.get, ledger.same)))
            where = "!".join(part for part in (row.entry.sheet, str(row.entry.number)) if part)
            before = self.seen.setdefault(same, where)
            if before != where:
                row.wrong(_("The same row stands in line {line} already. Delete one of them.").format(line=before))

    def _count(self, row: Row, ledger: Ledger) -> None:
        if not row.problems:
            setattr(self.outcome, row.result, getattr(self.outcome, row.result) + 1)
            self.outcome.changes += row.changes[: MESSAGES_KEPT - len(self.outcome.changes)]
            self.outcome.notes += row.remarks[: max(NOTES_KEPT - len(self.outcome.notes), 0)]
            return
        self.outcome.wrong += 1
        room = MESSAGES_KEPT - len(self.outcome.problems)
        self.outcome.problems += row.problems[: max(room, 0)]
        if self.keep_wrong is not None:
            self.keep_wrong(ledger, row.entry, " ".join(map(str, row.problems)))


def row_column(row: Row, link: Link) -> str:
    """Return the column at which an error of the link is shown: the first that the file has and that is filled."""
    return next((name for name in link.said_by if row.has(name) and row.values.get(name)), link.said_by[0])


def _right(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.problems]


def _refuse_examples_among_real_rows(rows: list[Row], ledger: Ledger) -> None:
    """Example rows are never put beside real ones of the same register and place."""
    examples = [row for row in rows if row.values.get("is_example") and "place" in row.values]
    if not examples or not issubclass(ledger.model, Fact):
        return
    manager: ScopedQuerySet[Fact] = ledger.model._default_manager.all()  # type: ignore[assignment]
    path = manager.place_path
    places = {row.values["place"].pk for row in examples}
    real = set(manager.filter(**{f"{path}__in": places}, is_example=False).values_list(path, flat=True))
    for row in examples:
        if row.values["place"].pk in real:
            row.wrong(
                _("This place has real rows in this register; example data is not put beside them."), "is_example"
            )
