"""From the canonical form in the database back to the pack that was loaded."""

import types
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from .pack import PackPlan, PrintedSpec


def restore_printed(stored: dict[str, Any] | None) -> PrintedSpec | None:
    """Return the printed figure of a target as it is stored with it."""
    printed: PrintedSpec | None = rebuilt(PrintedSpec, stored)
    return printed


def restore(canonical: dict[str, Any]) -> PackPlan:
    """Return the pack whose canonical form this is."""
    pack: PackPlan = rebuilt(PackPlan, canonical)
    return pack


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def rebuilt(kind: Any, value: Any) -> Any:
    """Return the part of a pack (a dataclass, a tuple, a day, a text) that stands as plain JSON in `value`."""
    if value is None:
        return None
    if get_origin(kind) in (Union, types.UnionType):
        return rebuilt(next(one for one in get_args(kind) if one is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(rebuilt(one, each) for one, each in zip(_members(kind, value), value, strict=True))
    if kind is date:
        return date.fromisoformat(value)
    if is_dataclass(kind):
        made: Any = kind
        hints = _hints(made)
        return made(**{f.name: rebuilt(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value})
    return value


def _members(kind: Any, value: list[Any]) -> list[Any]:
    members = get_args(kind)
    return [members[0]] * len(value) if len(members) == 2 and members[1] is Ellipsis else list(members)
