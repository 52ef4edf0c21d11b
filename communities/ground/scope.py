"""
Scope: who may see which places. The one place where visibility is decided.

An account holds division code prefixes (`3701`, `370102`, `370102001`); a row is visible if the place it belongs
to has a code below one of them on the day asked for. Everything else is invisible: no prefix, no rows.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from . import clock

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Scope:
    """
    What an account may reach on a day: code prefixes and roles. `""` is the whole country.

    `took_over` are the keys of the accesses of predecessors whose work the account goes on with, `may_reveal` says
    whether it may ask for personal data in plain.
    """

    prefixes: tuple[str, ...] = ()
    roles: frozenset[str] = field(default_factory=frozenset)
    took_over: frozenset[int] = field(default_factory=frozenset)
    may_reveal: bool = False

    @classmethod
    def everything(cls) -> "Scope":
        """Return the scope of a command run by the operator of the machine."""
        return cls(prefixes=("",))

    def covers(self, code: str) -> bool:
        """Say whether the division `code` (12 digits or a prefix) lies within."""
        return any(code.startswith(prefix) for prefix in self.prefixes)

    def condition(self, path: str) -> Q:
        """Return the condition that the code column at `path` lies within."""
        inside = Q(pk__in=[])
        for prefix in self.prefixes:
            if prefix == "":
                return Q()
            inside |= Q(**{f"{path}__startswith": prefix})
        return inside


def prefix_of(code: str) -> str:
    """Return the significant digits of a division code: 370100000000 → 3701, 370102001000 → 370102001."""
    for width in (2, 4, 6, 9):
        if code[width:].strip("0") == "":
            return code[:width]
    return code


class ScopedQuerySet(QuerySet[M]):
    """Rows that belong to a place. `place_path` leads from the row to it ("" where the row is the place)."""

    place_path = "place"

    def within(self, scope: Scope | str, on: date | None = None) -> Self:
        """Keep the rows whose place lies within `scope` (or under a code prefix) by its code on that day."""
        asked = Scope((prefix_of(scope),)) if isinstance(scope, str) else scope
        if asked.prefixes == ("",):
            return self
        day = on or clock.today()
        codes = f"{self.place_path}__codes" if self.place_path else "codes"
        in_force: dict[str, Any] = {f"{codes}__during__contains": day}
        return self.filter(asked.condition(f"{codes}__code"), **in_force)


class PrefixedQuerySet(QuerySet[M]):
    """Rows that carry a code prefix of their own (jobs, files, events) instead of a place."""

    def within(self, scope: Scope | str, on: date | None = None) -> Self:
        """Keep the rows whose prefix lies within `scope`; `on` is accepted for symmetry."""
        asked = Scope((prefix_of(scope),)) if isinstance(scope, str) else scope
        return self.filter(asked.condition("prefix"))
