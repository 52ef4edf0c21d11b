"""
History: nothing forgets.

A tracked model leaves the OLD row behind at every UPDATE and DELETE, by a database trigger, so that bulk
updates do not escape. An INSERT leaves nothing: the row itself is the record, and a first load costs no history.

`as_known_at` turns the clock of knowledge back: inside it every register reads as it stood in the portal at a moment.
`recorded_at` is when a row was first recorded and stays through every edit; who edited it last is `recorded_by`, and
when, the `pgh_created_at` of the row it left behind. Places, their codes and communities carry no `recorded_at`: what
was changed or removed of them since is turned back, but they count as known always.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import pghistory
from django.db import connection, transaction
from django.db.models import Index, Model, Q

M = TypeVar("M", bound=type[Model])
TRACKED: list[type[Model]] = []


def tracked(model: M) -> M:
    """Keep the superseded rows of `model` in its `…Event` table, found by when they were left behind."""
    decorate = pghistory.track(
        pghistory.UpdateEvent("changed", row=pghistory.Old),
        pghistory.DeleteEvent("removed", row=pghistory.Old),
        meta={"indexes": [Index(fields=["pgh_created_at"])]},
    )
    done: M = decorate(model)
    TRACKED.append(done)
    return done


def registers() -> list[type[Model]]:
    """Return the tracked models of the registers: everything but the accounts."""
    return [model for model in TRACKED if model._meta.app_label != "ground"]


def superseded(model: type[Model]) -> Any:
    """Return the rows of `model` that an edit or a removal has left behind, as its event model's manager."""
    return model.pgh_event_models["changed"].objects  # type: ignore[attr-defined]


def changed_since(moment: datetime) -> list[type[Model]]:
    """Return the registers of which a row was changed or removed after `moment` (one query)."""
    models = registers()
    asked = [
        superseded(model).filter(pgh_created_at__gt=moment).order_by().values_list("pgh_id")[:1] for model in models
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS ({_text(query)})" for query in asked))
        return [model for model, is_changed in zip(models, cursor.fetchone(), strict=True) if is_changed]


@contextmanager
def as_known_at(moment: datetime, models: Iterable[type[Model]] | None = None) -> Iterator[None]:
    """
    Let the registers, or `models` of them, read as they were known at `moment` while the block runs.

    In a transaction, each table is covered by a temporary view of its name, which comes first in the search path:
    the live rows that were recorded by then and not changed since, and for those changed or removed since the OLD row
    of the first change. Nothing is written to a register inside the block. Other connections notice nothing.
    """
    covered = registers() if models is None else list(models)
    with transaction.atomic(), connection.cursor() as cursor:
        for model in covered:
            cursor.execute(_view_sql(cursor, model, moment))
        yield
        for model in covered:
            cursor.execute(f"DROP VIEW {_quoted(f'pg_temp.{model._meta.db_table}')}")


def _view_sql(cursor: Any, model: type[Model], moment: datetime) -> str:
    """Return the statement that covers the table of `model` by its rows as known at `moment`."""
    table, key = model._meta.db_table, model._meta.pk
    assert key is not None  # noqa: S101  every model has one
    cursor.execute(f"SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = '{_quoted(table)}'::regclass")
    (schema,) = cursor.fetchone()
    names = [str(field.column) for field in model._meta.local_concrete_fields]
    columns = ", ".join(_quoted(name) for name in names)
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    known = f"recorded_at <= {at}" if "recorded_at" in names else "TRUE"
    events = _quoted(f"{schema}.{superseded(model).model._meta.db_table}")
    since = f"SELECT DISTINCT ON (pgh_obj_id) * FROM {events} WHERE pgh_created_at > {at} ORDER BY pgh_obj_id, pgh_id"
    return (
        f"CREATE TEMP VIEW {_quoted(table)} AS SELECT {columns} FROM {_quoted(f'{schema}.{table}')} live "
        f"WHERE {known} AND NOT EXISTS (SELECT FROM {events} e WHERE e.pgh_obj_id = live.{_quoted(str(key.column))} "
        f"AND e.pgh_created_at > {at}) UNION ALL SELECT {columns} FROM ({since}) old WHERE {known}"
    )


def last_change(model: type[Model], keys: Iterable[Any], after: datetime) -> dict[Any, tuple[datetime, int | None]]:
    """Return when each row was last changed or removed after the moment, and by which account where that is known."""
    rows = superseded(model).filter(Q(pgh_obj_id__in=list(keys)), pgh_created_at__gt=after).order_by("pgh_id")
    told = rows.values_list("pgh_obj_id", "pgh_created_at", "pgh_context__metadata")
    return {key: (at, (context or {}).get("user")) for key, at, context in told}


def _quoted(name: str) -> str:
    return ".".join(connection.ops.quote_name(part) for part in name.split("."))


def _text(query: Any) -> str:
    sql, params = query.query.sql_with_params()
    composed: str = connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]
    return composed
