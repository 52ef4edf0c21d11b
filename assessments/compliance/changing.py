"""
What has changed behind a verdict since its run: the rows of the registers as known then beside those of today.

Only registers of which something was recorded, changed or removed since are turned back, so that a page about facts
nobody has touched asks one question more and no other, if they are few enough to be read whole. Which rows counted is
compared by the keys of all of them; a row that came to count or ceased to is looked up on the other day too, whether
or not it counted there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ForeignKey, Model, QuerySet
from django.utils.translation import gettext as _

from communities.ground import history, periods
from communities.ground.models import User

from .explanation import Change

NOT_TOLD = {"recorded_at", "recorded_by", "imported_by", "is_example", "version"}
MOST_ROWS = 200
MOST_CHANGES = 20
Asked = tuple[str, QuerySet[Any], Sequence[Any]]
Key = tuple[type[Model], Any]
LastChange = tuple[datetime, int | None]


@dataclass(frozen=True)
class _Changed:
    """A row behind a fact: whether it counted then and counts today, how it read and reads, and its last change."""

    label: str
    counted: bool
    counts: bool
    before: Any
    after: Any
    last: LastChange | None

    @property
    def names(self) -> list[str]:
        """The columns in which the row of today differs from that of then."""
        return _differing(self.before, self.after) if self.before is not None and self.after is not None else []

    @property
    def is_told(self) -> bool:
        """Whether anything changed that the fact rests on."""
        return self.counted != self.counts or bool(self.names)

    @property
    def by(self) -> int | None:
        """The account that changed the row last; for one that nobody changed, or no account, who recorded it."""
        user = self.last[1] if self.last else None
        return int(user) if user else getattr(self.after, "recorded_by_id", None)


def since(moment: datetime, asked: Sequence[Asked]) -> tuple[tuple[Change, ...], int]:
    """
    Return what differs between the rows as known at `moment` and those of today, and how many more changes there are.

    Each set of rows comes with its label, as it is asked for and as it was read a moment ago, cut after `MOST_ROWS`.
    """
    if not asked:
        return (), 0
    changed = history.changed_since(moment)
    turned = _turned(moment, asked, changed)
    if not turned:
        return (), 0
    with history.as_known_at(moment, turned):
        then = [_keys(rows) for _label, rows, _found in asked]
    today = [{row.pk for row in found} if len(found) <= MOST_ROWS else _keys(rows) for _label, rows, found in asked]
    concerned: dict[Key, tuple[str, bool, bool]] = {}
    for (label, rows, _found), old, new in zip(asked, then, today, strict=True):
        for key in sorted(old | new):
            concerned.setdefault((rows.model, key), (label, key in old, key in new))
    last = {
        (model, key): change
        for model, keys in _by_model(concerned).items()
        for key, change in history.last_change(model, keys, moment).items()
    }
    touched = [key for key, (_label, counted, counts) in concerned.items() if key in last or counted != counts]
    related = {one for model, _key in touched for one in _related(model).values()}
    with history.as_known_at(moment, {*turned, *(model for model in changed if model in related)}):
        before = _rows(touched)
    after = _rows(touched)
    found = [_Changed(*concerned[key], before.get(key), after.get(key), last.get(key)) for key in touched]
    told = [one for one in found if one.is_told]
    return _told(told[:MOST_CHANGES]), max(len(told) - MOST_CHANGES, 0)


def _turned(moment: datetime, asked: Sequence[Asked], changed: Sequence[type[Model]]) -> list[type[Model]]:
    """Return the registers behind these rows of which something was recorded, changed or removed since."""
    newer = {rows.model for _label, rows, found in asked if len(found) > MOST_ROWS or _has_newer(found, moment)}
    tables = {table for _label, rows, _found in asked for table in _tables(rows)}
    return [
        model
        for model in history.registers()
        if model._meta.db_table in tables and (model in changed or model in newer)
    ]


def _has_newer(rows: Sequence[Any], moment: datetime) -> bool:
    return any(at is not None and at > moment for at in (getattr(row, "recorded_at", None) for row in rows))


def _tables(rows: QuerySet[Any]) -> set[str]:
    """Return the tables a set of rows is read from."""
    str(rows.query)  # works out the joins
    return {rows.model._meta.db_table, *(one.table_name for one in rows.query.alias_map.values() if one.table_name)}


def _keys(rows: QuerySet[Any]) -> set[Any]:
    return set(rows.values_list("pk", flat=True))


def _by_model(keys: Iterable[Key]) -> dict[type[Model], list[Any]]:
    grouped: dict[type[Model], list[Any]] = {}
    for model, key in keys:
        grouped.setdefault(model, []).append(key)
    return grouped


def _rows(keys: Iterable[Key]) -> dict[Key, Any]:
    """Return the rows of these keys, whether they count or not, with what they refer to (one query a model)."""
    return {
        (model, row.pk): row
        for model, own in _by_model(keys).items()
        for row in model._base_manager.filter(pk__in=own).select_related(*_related(model))
    }


def _related(model: type[Model]) -> dict[str, type[Model]]:
    """Return the models that rows refer to, and those these refer to, by the path that leads there."""
    near = _references(model)
    return near | {f"{path}__{name}": far for path, one in near.items() for name, far in _references(one).items()}


def _references(model: type[Model]) -> dict[str, type[Model]]:
    fields = [one for one in model._meta.concrete_fields if isinstance(one, ForeignKey) and one.name not in NOT_TOLD]
    return {one.name: one.related_model for one in fields}


def _told(changes: Sequence[_Changed]) -> tuple[Change, ...]:
    """Put the changes in words, with the names of those who made them (one query)."""
    users = User.objects.in_bulk({one.by for one in changes if one.by is not None})
    return tuple(_change(one, users) for one in changes)


def _change(one: _Changed, users: Mapping[int, User]) -> Change:
    before, after = one.before, one.after
    if one.names:
        old, new = (", ".join(_shown(row, name) for name in one.names) for row in (before, after))
    else:
        counted, left_out = _("counted"), _("not counted")
        old = _("not recorded") if before is None else counted if one.counted else left_out
        new = _("removed, or no longer counted") if after is None else counted if one.counts else left_out
    by = users.get(one.by) if one.by is not None else None
    at = one.last[0] if one.last else getattr(after, "recorded_at", None)
    return Change(one.label, str(after or before), old, new, str(by or ""), at)


def _differing(before: Any, after: Any) -> list[str]:
    """Return the columns in which two states of a row differ, but for those that say who recorded it."""
    names = [field.attname for field in after._meta.concrete_fields if field.name not in NOT_TOLD]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _shown(row: Any, name: str) -> str:
    field = next(one for one in row._meta.concrete_fields if one.attname == name)
    value = getattr(row, f"get_{field.name}_display")() if field.choices else getattr(row, field.name)
    text = periods.shown(value) if isinstance(value, DateRange) else str("" if value is None else value)
    return f"{field.verbose_name} {text or '—'}"
