"""
What has changed behind a verdict since its run: the rows of the registers as known then beside those of today.

Only registers of which something was recorded, changed or removed since are turned back, so that a page about facts
nobody has touched asks one question more and no other.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from communities.ground import history, periods
from communities.ground.models import User

from .explanation import Change

NOT_TOLD = {"recorded_at", "recorded_by", "imported_by", "is_example", "version"}
MOST_ROWS = 200
Found = tuple[str, type[Model], Any, Any]


def since(moment: datetime, asked: Sequence[tuple[str, QuerySet[Any], Sequence[Any]]]) -> Iterator[Found]:
    """
    Yield, for each labelled set of rows, what differs: model, the row as known at `moment`, the row of today.

    The sets come as they are asked for and as they were read a moment ago.
    """
    if not asked:
        return
    changed = history.changed_since(moment)
    today = [{row.pk: row for row in found} for _label, _rows, found in asked]
    newer = {type(row) for rows in today for row in rows.values() if _is_newer(row, moment)}
    tables = {table for _label, rows, _found in asked for table in _tables(rows)}
    turned = [
        model
        for model in history.registers()
        if model._meta.db_table in tables and (model in changed or model in newer)
    ]
    if not turned:
        return
    with history.as_known_at(moment, turned):
        then = [{row.pk: row for row in rows.all()[: MOST_ROWS + 1]} for _label, rows, _found in asked]
    for (label, rows, _found), old, new in zip(asked, then, today, strict=True):
        for key in sorted(old.keys() | new.keys()):
            if key not in old or key not in new or _differing(old[key], new[key]):
                yield label, rows.model, old.get(key), new.get(key)


def told(label: str, before: Any, after: Any, moment: datetime) -> Change:
    """Say what became of one row since `moment`, by whom and when; one that no longer counts as it stands today."""
    row = after or before
    after = after or type(row)._base_manager.filter(pk=row.pk).first()
    at, user = history.last_change(type(row), [row.pk], moment).get(row.pk, (None, None))
    by = User.objects.filter(pk=user).first() if user else getattr(after, "recorded_by", None)
    if before is not None and after is not None:
        names = _differing(before, after)
        old, new = (", ".join(_shown(one, name) for name in names) for one in (before, after))
    else:
        old = _("counted") if before is not None else _("not recorded")
        new = _("counted") if after is not None else _("removed, or no longer counted")
    return Change(label, str(row), old, new, str(by or ""), at or getattr(after, "recorded_at", None))


def _is_newer(row: Any, moment: datetime) -> bool:
    recorded_at = getattr(row, "recorded_at", None)
    return recorded_at is not None and recorded_at > moment


def _tables(rows: QuerySet[Any]) -> set[str]:
    """Return the tables a set of rows is read from."""
    str(rows.query)  # works out the joins
    return {rows.model._meta.db_table, *(one.table_name for one in rows.query.alias_map.values() if one.table_name)}


def _differing(before: Any, after: Any) -> list[str]:
    """Return the columns in which two states of a row differ, but for those that say who recorded it."""
    names = [field.attname for field in after._meta.concrete_fields if field.name not in NOT_TOLD]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _shown(row: Any, name: str) -> str:
    field = next(one for one in row._meta.concrete_fields if one.attname == name)
    value = getattr(row, f"get_{field.name}_display")() if field.choices else getattr(row, field.name)
    text = periods.shown(value) if isinstance(value, DateRange) else str("" if value is None else value)
    return f"{field.verbose_name} {text or '—'}"
