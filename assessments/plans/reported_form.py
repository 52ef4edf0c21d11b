"""The form for a reported value: one field for the value, read as the indicator says."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from communities.ground.forms import VersionedForm

from .models import Indicator, ReportedValue
from .models.reported import COLUMNS, typed
from .models.terms import choice_name


class ReportedValueForm(VersionedForm):
    """Takes the value as text, so that nobody has to know in which column its kind is kept."""

    value = forms.CharField(
        label=_("value"),
        required=False,
        help_text=_("A number, 是 or 否, a day as 2008-12-31; several choices separated by ;"),
    )

    class Meta:
        model = ReportedValue
        fields = ["plan", "indicator", "place", "as_of", "value", "source"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("value", self._written())

    def _written(self) -> str:
        """Return the value as it can be typed again, choices by their names."""
        value = self.instance.value
        if not isinstance(value, str | list):
            return str(self.instance.written)
        found = Indicator.objects.filter(version__plan=self.instance.plan_id, code=self.instance.indicator).last()
        names = found.choice_names if found else {}
        return ";".join(choice_name(names, code) for code in ([value] if isinstance(value, str) else value))

    def clean(self) -> dict[str, Any]:
        """Read the value as its indicator says and put it into the column of its kind."""
        data = super().clean()
        indicator = Indicator.objects.filter(version__plan=data.get("plan"), code=data.get("indicator")).last()
        if indicator is None:
            return data
        try:
            value = typed(indicator, data.get("value") or "")
        except ValidationError as error:
            self.add_error("value", error)
            return data
        for kind, column in COLUMNS.items():
            setattr(self.instance, column, value if kind == indicator.type else None)
        return data
