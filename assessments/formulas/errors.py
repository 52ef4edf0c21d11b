"""What can be wrong with a formula, said so that the person who wrote it can mend it."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _


class FormulaError(ValueError):
    """A formula that cannot be read. `column` is where in the text, counted from 1; 0 where it is the whole."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def unknown(what: str, name: str, known: Iterable[str], column: int) -> FormulaError:
    """Return the error for a name nobody declared, with the nearest known one and the list of all."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
    listed = ", ".join(names[:60]) + (" …" if len(names) > 60 else "")
    message = _("{what} “{name}” is not known.{hint} Known: {known}.")
    return FormulaError(message.format(what=what, name=name, hint=hint, known=listed or "—"), column)
