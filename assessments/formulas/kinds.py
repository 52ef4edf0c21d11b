"""Types and units of what is put together: what may be compared, added, multiplied, and what comes of it."""

from django.utils.translation import gettext as _

from .errors import FormulaError
from .tree import Kind, Node

BOOLEAN = Kind("boolean")


def type_name(kind: str) -> str:
    """Return what a type is called in a message."""
    return {
        "number": _("number"),
        "boolean": _("boolean"),
        "date": _("date"),
        "choice": _("choice"),
        "set": _("set"),
    }[kind]


def agree(a: Node, b: Node, column: int) -> Kind:
    if a.type != b.type:
        message = _("“{a}” is a {type_a}, “{b}” a {type_b}: they cannot be compared or added.")
        raise FormulaError(
            message.format(a=a.text, type_a=type_name(a.type), b=b.text, type_b=type_name(b.type)), column
        )
    if a.kind.bare or a.unit is None:
        return a.kind if b.kind.bare and not a.kind.bare else b.kind
    if b.kind.bare or b.unit is None or a.unit == b.unit:
        return a.kind
    message = _("“{a}” is in {unit_a}, “{b}” in {unit_b}: the units do not fit.")
    raise FormulaError(message.format(a=a.text, unit_a=a.unit, b=b.text, unit_b=b.unit), column)


def product(a: Node, b: Node, sign: str) -> Kind:
    if a.unit is None or b.unit is None:
        return Kind("number")
    unit = a.unit * (b.unit if sign == "*" else b.unit.inverse())
    return Kind("number", unit, bare=a.kind.bare and b.kind.bare)
