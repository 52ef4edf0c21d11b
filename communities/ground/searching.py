"""
A choice among many rows that also works where no script runs.

With a script the admin's own search fills the list. Without one the list holds nothing but the row chosen before, so
a text field stands below it (in `<noscript>`, so that nobody sees both): a name or a code goes through the same search
behind the same fence, and where exactly one row fits it is taken. A plain list would hold ten thousand places, and a
bare key is nothing a person knows.
"""

from collections.abc import Callable
from typing import Any, cast

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.utils.translation import gettext as _

SAID = "-said"
MOST_NAMED = 6
Search = Callable[[QuerySet[Any], str], QuerySet[Any]]


class Said(str):
    """What was typed instead of chosen."""

    __slots__ = ()


class SearchedSelect(AutocompleteSelect):
    """The admin's searched list, and below it a text field for who has no script."""

    template_name = "admin/searched_select.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was typed, where something was; else what was chosen."""
        typed = str(data.get(name + SAID, "")).strip()
        return Said(typed) if typed else super().value_from_datadict(data, files, name)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Keep what was typed where it could not be taken."""
        is_typed = isinstance(value, Said)
        context = super().get_context(name, None if is_typed else value, attrs)
        context["widget"] |= {"said_name": name + SAID, "said": value if is_typed else ""}
        return context


class SearchedChoiceField(ModelChoiceField):  # type: ignore[type-arg]
    """One row of the queryset, chosen by its key or named in words; `search` narrows the queryset by words."""

    search: Search

    def to_python(self, value: Any) -> Any:
        """Return the row; raise ValidationError, naming the candidates with their numbers, where several fit."""
        if not isinstance(value, Said):
            return super().to_python(value)
        if value.startswith("#") and value[1:].isdecimal():
            return super().to_python(value[1:])
        found = list(self.search(cast("QuerySet[Any]", self.queryset), value)[: MOST_NAMED + 1])
        exact = [row for row in found if value in (str(row), self.label_from_instance(row))]
        fitting = exact or found
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            raise ValidationError(_("Nothing within your reach fits “{said}”.").format(said=value))
        named = "；".join(f"{self.label_from_instance(row)} #{row.pk}" for row in fitting[:MOST_NAMED])
        more = "…" if len(fitting) > MOST_NAMED else ""
        told = _("Several fit “{said}”: {named}. Write more of it, or the number with its #.")
        raise ValidationError(told.format(said=value, named=named + more))
