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


LISTED = 12


def unknown(what: str, name: str, known: Iterable[str], column: int) -> FormulaError:
    """Return the error for a name nobody declared: with all that are known where they are few, else the nearest."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3)
    hint = _(" Did you mean “{near}”?").format(near="”, “".join(near)) if near else ""
    if len(names) <= LISTED:
        message = _("{what} “{name}” is not known.{hint} Known: {known}.")
    else:
        message = _("{what} “{name}” is not known.{hint} All {number} known names: python manage.py formula_names.")
    listed = ", ".join(names) or "—"
    return FormulaError(message.format(what=what, name=name, hint=hint, known=listed, number=len(names)), column)
