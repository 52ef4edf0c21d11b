"""From the canonical form in the database back to the pack that was loaded."""

import types
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from .pack import PackPlan, PrintedSpec


def restore_printed(stored: dict[str, Any] | None) -> PrintedSpec | None:
    """Return the printed figure of a target as it is stored with it."""
    printed: PrintedSpec | None = _build(PrintedSpec, stored)
    return printed


def restore(canonical: dict[str, Any]) -> PackPlan:
    """Return the pack whose canonical form this is."""
    pack: PackPlan = _build(PackPlan, canonical)
    return pack


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in (Union, types.UnionType):
        return _build(next(one for one in get_args(kind) if one is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(_build(one, each) for one, each in zip(_members(kind, value), value, strict=True))
    if kind is date:
        return date.fromisoformat(value)
    if is_dataclass(kind):
        made: Any = kind
        hints = _hints(made)
        return made(**{f.name: _build(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value})
    return value


def _members(kind: Any, value: list[Any]) -> list[Any]:
    members = get_args(kind)
    return [members[0]] * len(value) if len(members) == 2 and members[1] is Ellipsis else list(members)
