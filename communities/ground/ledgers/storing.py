"""
Storing: a batch of rows becomes rows of the registers, part by part, in three statements a part.

What is there already is found in one query; what differs is written in one statement (INSERT … ON CONFLICT, so that
the history triggers see each change), what is new in another. Where the database refuses the batch, it is halved
until the row at fault stands alone; its constraint says in its own words what is wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model
from django.utils.translation import gettext as _

from ..models import Fact, Job, User
from .cells import CellError
from .changes import tell
from .declaring import Key, Ledger, Part
from .rows import Row


@dataclass(frozen=True)
class Stamp:
    """Who imports what: written on every row. `by` None is the operator of the machine, who may everything."""

    by: User | None = None
    job: Job | None = None
    source: str = ""

    def may(self, verb: str, model: type[Model]) -> bool:
        """Say whether the account has the right to `add` or `change` rows of the model."""
        meta = model._meta
        return self.by is None or self.by.has_perm(f"{meta.app_label}.{verb}_{meta.model_name}")


def store(rows: Sequence[Row], ledger: Ledger, stamp: Stamp) -> None:
    """Write the rows and note on each what came of it; a row that cannot be written gets its problem."""
    if not rows:
        return
    for row in rows:
        row.changes.clear()  # of the attempt before, where a batch is halved
        row.remarks.clear()
    try:
        with transaction.atomic():
            for part in ledger.parts:
                _store_part(part, [row for row in rows if not row.problems], stamp)
    except (IntegrityError, DataError) as error:
        if len(rows) == 1:
            rows[0].wrong(_reason(error, ledger))
            return
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            store(half, ledger, stamp)


def _store_part(part: Part, rows: Sequence[Row], stamp: Stamp) -> None:
    there = part.find([row.values for row in rows]) if part.find else _find(part, rows)
    new: dict[Key, Model] = {}
    changed: dict[Any, Model] = {}
    for row in rows:
        key = _key(part, row)
        found = there.get(key) or new.get(key)
        if found is None:
            found = new[key] = _made(part, row, stamp)
            _put(part, row, found)
            _note(row, "created", part, stamp)
        elif found.pk and _differs(part, row, found, stamp):
            changed[found.pk] = found
            _note(row, "changed", part, stamp)
        else:
            if not found.pk:
                _put(part, row, found)
            row.result = row.result or "unchanged"
        row.values[part.name] = found
    refused = {id(row.values[part.name]) for row in rows if row.problems}
    _refuse_rows_of(refused & {id(one) for one in new.values()}, part, rows)
    _write(part, [one for one in new.values() if id(one) not in refused], _ready(changed.values(), refused))


def _put(part: Part, row: Row, one: Model) -> bool:
    """Put on `one` what is no plain field; return whether anything changed."""
    try:
        return part.put is not None and part.put(row, one)
    except CellError as error:
        row.wrong(str(error), error.column)
        return False


def _refuse_rows_of(refused: set[int], part: Part, rows: Sequence[Row]) -> None:
    """Refuse every row about a new object that is not written because one row about it is wrong."""
    for row in rows:
        if not row.problems and id(row.values[part.name]) in refused:
            row.wrong(_("Another row about the same one is wrong. Put that one right first."))


def _ready(rows: Iterable[Model], refused: set[int]) -> list[Model]:
    return [one for one in rows if id(one) not in refused]


def _write(part: Part, new: list[Model], changed: list[Model]) -> None:
    """Changed rows first: a period that ends makes room for the one that begins."""
    manager = part.model._base_manager
    columns = [field for field in part.model._meta.concrete_fields if not field.primary_key]
    if part.ready is not None:
        part.ready([*changed, *new])
    if changed:
        manager.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=[part.model._meta.pk.name],
            update_fields=[field.name for field in columns if field.name != "recorded_at"],
        )
    if new:
        manager.bulk_create(new)


def _note(row: Row, result: Any, part: Part, stamp: Stamp) -> None:
    """Note the result of the row, the strongest of its parts; refuse what the account has no right to."""
    verb = "add" if result == "created" else "change"
    if not stamp.may(verb, part.model):
        what = part.model._meta.verbose_name
        row.wrong(
            _("Your account may not add “{what}”. Ask the bureau.").format(what=what)
            if verb == "add"
            else _("Your account may not change “{what}”. Ask the bureau.").format(what=what)
        )
    last = part is row.layout.ledger.parts[-1]
    row.result = result if last else "changed"


def _find(part: Part, rows: Sequence[Row]) -> Mapping[Key, Model]:
    """Find the rows of the part that are there, by each element of its key but a period's first day."""
    ledger_periods = rows[0].layout.ledger.periods if rows else {}
    wanted = {
        f"{name}__in": {_plain(row.values[name]) for row in rows} for name in part.key if name not in ledger_periods
    }
    there = part.model._base_manager.filter(**wanted)
    return {tuple(_plain(_of(one, name)) for name in part.key): one for one in there}


def _key(part: Part, row: Row) -> Key:
    return tuple(_plain(row.values[name]) for name in part.key)


def _of(instance: Model, name: str) -> Any:
    """Return the key of a foreign key, the value of any other field."""
    return getattr(instance, instance._meta.get_field(name).attname)  # type: ignore[union-attr]


def _plain(value: Any) -> Any:
    """Return what stands for the value in a key: a row its primary key, a period its first day."""
    if isinstance(value, Model):
        return value.pk
    return value.lower if isinstance(value, DateRange) else value


def _made(part: Part, row: Row, stamp: Stamp) -> Model:
    """Return a new row of the part."""
    given = {name: row.values[name] for name in (*part.key, *part.fields) if part.find is None or name in part.fields}
    given |= part.make(row.values) if part.make else {}
    if issubclass(part.model, Fact):
        given |= {"recorded_by": stamp.by, "imported_by": stamp.job, "source": given.get("source") or stamp.source}
    return part.model(**given)


def _differs(part: Part, row: Row, found: Model, stamp: Stamp) -> bool:
    """Put on `found` what the file says otherwise; return whether there was anything."""
    different = False
    for name in part.fields:
        value = _wanted(name, part, row, found)
        if _comparable(value) != _comparable(_of(found, name)):
            tell(row, name, getattr(found, name), value)
            setattr(found, name, value)
            different = True
    different = _put(part, row, found) or different
    if different and isinstance(found, Fact):
        found.version += 1
        found.recorded_by, found.imported_by = stamp.by, stamp.job
        found.source = row.values.get("source") or stamp.source
    return different


def _comparable(value: Any) -> Any:
    """A row by its key, members of a set whatever their order."""
    if isinstance(value, Model):
        return value.pk
    return sorted(value) if isinstance(value, list) else value


def _wanted(name: str, part: Part, row: Row, found: Model) -> Any:
    """Return what the field is to be; what the file has no column for stays, an end of a period as well."""
    value = row.values.get(name)
    ledger = row.layout.ledger
    if name in ledger.periods:
        _first, last = ledger.periods[name]
        before = getattr(found, name)
        return value if row.has(last) or value is None else DateRange(value.lower, before.upper, "[)")
    if name == "is_example":
        return bool(value)
    column = next((column for column in ledger.columns if column.key == name), None)
    unsaid = column is not None and (not row.has(name) or (part.keeps and value == column.default))
    return getattr(found, name) if unsaid or (name == "source" and not value) else value


def _reason(error: DatabaseError, ledger: Ledger) -> str:
    """Return what the violated constraint says, or the database itself where it is none of ours."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    for part in ledger.parts:
        for constraint in part.model._meta.constraints:
            if constraint.name == name:
                return str(constraint.get_violation_error_message())
    return _("The database refuses the row: {why}.").format(why=getattr(diagnosis, "message_primary", None) or error)
