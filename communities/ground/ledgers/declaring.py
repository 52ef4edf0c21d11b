"""
What a ledger is: its columns, and how a row of it becomes rows of the registers.

One declaration serves the template, the import and the export, so that what is exported can be imported again.
Headings are Chinese because ledgers are: they are part of the file format and do not change with the language of
the page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from .. import periods
from ..scope import Scope
from .cells import TEXT, YES_NO, Cell, CellError

if TYPE_CHECKING:
    from .rows import Row

Text = str | Promise
Values = dict[str, Any]
_ENDS = {"first": periods.first, "last": periods.last}
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """
    A column: its key (the heading in plain CSV files), its Chinese heading and what else people call it.

    `path` leads from an exported object to the value (`facility.name`); "" is the key itself. An optional column
    may be missing from a file: then what it would say stays as it is. A `required` one must be there and be filled
    in every row, an `expected` one must be there. The `path` of a personal number leads to its mask, its `clear_path`
    to the number itself.
    """

    key: str
    heading: str
    cell: Cell = TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    expected: bool = False
    path: str = ""
    unit: str = ""
    default: Any = None
    clear_path: str = ""

    @property
    def title(self) -> str:
        """The heading as it is printed, with its unit."""
        return f"{self.heading}({self.unit})" if self.unit else self.heading

    def of(self, row: Any, *, in_clear: bool = False) -> Any:
        """Return the value of the column for an exported object; a personal number masked unless it is `in_clear`."""
        value = row
        path = (self.clear_path if in_clear else "") or self.path or self.key
        for step in path.split("."):
            value = _ENDS[step](value) if isinstance(value, DateRange) else getattr(value, step, None)
        return value


class Finder(Protocol):
    """Finds what rows point to, in one query: {key: the rows it may mean}."""

    def __call__(self, keys: Iterable[Key], scope: Scope, /) -> Mapping[Key, Sequence[Any]]: ...


@dataclass(frozen=True)
class Link:
    """
    Another row that a row of the ledger points to, found by what some columns say.

    `by` names columns, periods or earlier links. `find` answers for a whole batch; `unknown` says, for one key, why
    nothing was found and what to do. Where the columns in `said` are all empty and it is `optional`, it stays None.
    """

    name: str
    by: tuple[str, ...]
    find: Finder
    unknown: Callable[[Key, Scope], str]
    optional: bool = False
    said: tuple[str, ...] = ()

    @property
    def said_by(self) -> tuple[str, ...]:
        """The columns that say it, without the links and periods it is also found by."""
        return self.said or self.by


@dataclass(frozen=True)
class Part:
    """
    What a row creates or changes in one model: found again by `key`, filled with `fields`.

    `key` names fields, links or earlier parts; `during` in a key stands for the first day of the period. `find`
    replaces the look-up by key where the model does not hold it. `make` gives fields a new row has and no column says.
    Where the part `keeps`, an empty cell leaves what is recorded: a person stands in several rows, not each complete.
    `put` puts on the object what is no plain field, notes on the row what changes and returns whether anything does;
    it may refuse. `ready` saves what the objects need before they are written.
    """

    name: str
    model: type[Model]
    key: tuple[str, ...]
    fields: tuple[str, ...] = ()
    find: Callable[[Sequence[Values]], Mapping[Key, Any]] | None = None
    make: Callable[[Values], Values] | None = None
    keeps: bool = False
    put: Callable[["Row", Any], bool] | None = None
    ready: Callable[[Sequence[Any]], None] | None = None


@dataclass(frozen=True)
class Ledger:
    """
    A kind of file: columns, links and parts. The last part is what the ledger is about.

    `same` are the columns by which two rows of a file are the same row.
    `fence` gives the division code that decides who may write the row. `complete` fills in what follows from the
    cells, `verify` what follows from the links; both may refuse the row. At least one column of `one_of` must be in
    the file. Where it `names_people`, an export asks for its purpose.
    """

    kind: str
    label: Text
    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    same: tuple[str, ...]
    exported: Callable[[Scope], QuerySet[Any]]
    links: tuple[Link, ...] = ()
    periods: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    complete: Callable[[Values], None] | None = None
    verify: Callable[[Values], None] | None = None
    fence: Callable[[Values], str] = lambda values: str(values["place"].code)
    one_of: tuple[str, ...] = ()
    names_people: bool = False

    @property
    def model(self) -> type[Model]:
        """The model the ledger is about."""
        return self.parts[-1].model

    @property
    def holds_numbers(self) -> bool:
        """Whether rows of it have personal numbers."""
        return any(column.clear_path for column in self.columns)

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns no file of this kind may lack."""
        return tuple(column for column in self.columns if column.required or column.expected)

    def column(self, key: str) -> Column:
        """Return the column with this key."""
        return next(column for column in self.columns if column.key == key)


SOURCE = Column("source", "来源", synonyms=("依据", "数据来源", "文件依据", "资料来源"))
IS_EXAMPLE = Column("is_example", "示例数据", YES_NO, default=False)
FACT = ("source", "is_example")


def refuse(message: str, column: str = "") -> NoReturn:
    """Refuse the row, from a `complete`, at a column."""
    error = CellError(message)
    error.column = column
    raise error
