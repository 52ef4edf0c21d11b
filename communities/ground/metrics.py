"""
Metrics: one value for every subject, as at a day, computed in SQL from a register.

A `Source` says which rows of which register stand on a day and which subject each counts for. A `Metric` says what
is taken from them (`counted()`, `summed("usable_area_m2")`, …), in which unit, and by which options a formula may
narrow it (`posts(organization="residents_committee")`). Each app declares its own in its `metrics.py`; the one
list of all stands in `assessments/plans/catalogue.py`.

Unknown is not zero. Where a source has a register, nothing recorded means 0 only from the day on which the
register was stated complete for that place; before, it is unknown (NULL). A row that counts but lacks the summed
column makes the sum unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.db import models
from django.db.models import Case, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .registers import Register

ValueType = Literal["number", "boolean", "date", "choice", "set"]
PLACE_LEVELS = ("city", "district", "street", "community")
NUMBER = models.DecimalField(max_digits=40, decimal_places=12)
Text = str | Promise
Choices = type[models.TextChoices]


@dataclass(frozen=True)
class Window:
    """The days a metric looks at: states as at `day`, events from `first` to `day`, both inclusive."""

    day: date
    first: date


@dataclass(frozen=True)
class Take:
    """
    What is taken from the rows of one subject: `expression(chosen)` is an aggregate over those that match.

    What `adds_up` may be divided and summed when places merge and split: a place's number is the sum of its parts'.
    """

    of: str
    make: Callable[[Q, Q], Combinable]
    adds_up: bool = False

    def expression(self, chosen: Q) -> Combinable:
        """Return the aggregate over the rows that match `chosen`; NULL where a needed column is unknown."""
        return self.make(chosen, Q(**{f"{self.of}__isnull": True}))


def counted(what: str = "pk") -> Take:
    """How many distinct `what` there are; 0 for none."""
    return Take(what, lambda chosen, _unknown: Count(what, filter=chosen, distinct=what != "pk"), adds_up=True)


def summed(column: str) -> Take:
    """The total of `column`; 0 for no rows, unknown if one row lacks it."""

    def make(chosen: Q, unknown: Q) -> Combinable:
        return _if_all_known(Sum(column, filter=chosen), chosen, unknown)

    return Take(column, make, adds_up=True)


def largest(column: str) -> Take:
    """The largest single `column`; 0 for no rows, unknown if one row lacks it."""
    return Take(column, lambda chosen, unknown: _if_all_known(Max(column, filter=chosen), chosen, unknown))


def smallest(column: str) -> Take:
    """The smallest single `column`; 0 for no rows, unknown if one row lacks it."""
    return Take(column, lambda chosen, unknown: _if_all_known(Min(column, filter=chosen), chosen, unknown))


def latest(column: str) -> Take:
    """The latest date in `column`; unknown where there is none."""
    return Take(column, lambda chosen, _unknown: Max(column, filter=chosen))


def column(path: str, *, adds_up: bool = False) -> Take:
    """The column itself, for a source with one row per subject (a census, a classification)."""
    return Take(path, lambda _chosen, _unknown: F(path), adds_up=adds_up)


def _if_all_known(total: Combinable, chosen: Q, unknown: Q) -> Combinable:
    missing = Count("pk", filter=chosen & unknown)
    return Case(When(Exact(missing, 0), then=Coalesce(Cast(total, NUMBER), Value(0, NUMBER))), default=None)


@dataclass(frozen=True)
class Source:
    """
    The rows a metric is taken from: a register as it stands in a window of days.

    Where the rows are events, `since(first)` says how they are dated: it returns the condition that a row lies on or
    after `first`, an expression for a day, so that each place can be counted from a day of its own.
    """

    code: str
    label: Text
    rows: Callable[[Window], QuerySet[Any]]
    place: str = "place"
    register: Register | None = None
    one_row: bool = False
    dated: str = "during"
    since: Callable[[Combinable], Q] | None = None


class YesNo(models.TextChoices):
    """The choices of an option over a boolean column."""

    YES = "yes", _("yes")
    NO = "no", _("no")


@dataclass(frozen=True)
class Option:
    """A keyword argument of a metric: the column it narrows by and the choices it may take."""

    path: str
    choices: Choices

    def condition(self, given: str) -> Q:
        """Return the condition that the column is as `given`; yes and no stand for a boolean column."""
        return Q(**{self.path: given == YesNo.YES if self.choices is YesNo else given})


@dataclass(frozen=True)
class Metric:
    """One value for every subject of its levels, as at a day."""

    code: str
    label: Text
    source: Source
    value: Take
    levels: tuple[str, ...]
    unit: str | None = None
    type: ValueType = "number"
    choices: Choices | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    where: Q = field(default_factory=Q)

    @property
    def counts_events(self) -> bool:
        """Whether events are counted, so that a formula may say within which period."""
        return self.source.since is not None

    @property
    def adds_up(self) -> bool:
        """Whether the number of a place is the sum of the numbers of its parts."""
        return self.type == "number" and self.value.adds_up

    def of_place(self, place: str, window: Window) -> Subquery:
        """Return, for a source of one row per place, its column for the place of the row around it (NULL for none)."""
        own = self.source.rows(window).filter(**{self.source.place: OuterRef(place)})
        return Subquery(own.order_by().values(self.value.of)[:1])

    def chosen(self, given: Mapping[str, str]) -> Q:
        """Return the condition the options `given` narrow by."""
        narrowed = self.where
        for name, value in given.items():
            narrowed &= self.options[name].condition(value)
        return narrowed

    def expression(self, given: Mapping[str, str]) -> Combinable:
        """Return the aggregate over the rows of one subject."""
        return self.value.expression(self.chosen(given))


@dataclass(frozen=True)
class Population:
    """Things a formula may range over besides places: facilities, organizations, posts. Each stands in a place."""

    level: str
    label: Text
    source: Source
    name: str
    names_persons: bool = False
