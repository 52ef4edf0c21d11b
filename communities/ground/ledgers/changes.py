"""Changes: what a row of a file changes in the registers, in the words and the columns of the ledger."""

from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from .. import periods
from .cells import Cell, shown
from .declaring import Column
from .rows import Row


def tell(row: Row, name: str, before: Any, after: Any) -> None:
    """Note on the row that the field `name` changes; of a period, the end that does."""
    ledger = row.layout.ledger
    if name in ledger.periods:
        ends = zip(ledger.periods[name], _ends(before), _ends(after), strict=True)
        for key, old, new in ends:
            if old != new:
                _tell_cell(row, ledger.column(key), old, new)
        return
    column = _column(row, name)
    if column is None:
        row.changed("", _field_name(row, name), _text(Cell(), before), _text(Cell(), after))
    else:
        _tell_cell(row, column, before, after)


def _tell_cell(row: Row, column: Column, before: Any, after: Any) -> None:
    row.changed(column.key, column.heading, _text(column.cell, before), _text(column.cell, after))


def _column(row: Row, name: str) -> Column | None:
    """The column that says the field: its own, or the first that its link is found by."""
    ledger = row.layout.ledger
    said = next((link.said_by[0] for link in ledger.links if link.name == name), name)
    return next((column for column in ledger.columns if column.key == said), None)


def _field_name(row: Row, name: str) -> str:
    """What the model calls a field that no column says; the field of an earlier part is called by itself."""
    fields = row.layout.ledger.model._meta.concrete_fields
    return next((str(field.verbose_name) for field in fields if field.name == name), name)


def _ends(period: Any) -> tuple[Any, Any]:
    return (periods.first(period), periods.last(period)) if isinstance(period, DateRange) else (None, None)


def _text(cell: Cell, value: Any) -> str:
    """Return the value as the ledger writes it; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    if isinstance(value, (list, str, bool)) or type(value).__module__ in {"datetime", "builtins"}:
        return shown(cell.write(value))
    return shown(str(value))
