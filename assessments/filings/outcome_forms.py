"""The form for a score from outside: whose it is, of which kind, of how many papers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from .models import Filing, OutsideScore
from .outside import Scored


class OutsideForm(forms.Form):
    """A score of 100 with its sample: how many papers went out, came back, and were void."""

    community = forms.ChoiceField(label=_("community"))
    kind = forms.ChoiceField(label=_("kind"), choices=OutsideScore.Kind)
    held_on = forms.DateField(label=_("held on"), widget=forms.DateInput(attrs={"type": "date"}))
    score = forms.DecimalField(label=_("score of 100"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    issued = forms.IntegerField(label=_("papers issued"), min_value=1, max_value=10_000_000)
    returned = forms.IntegerField(label=_("returned"), min_value=0, max_value=10_000_000)
    void = forms.IntegerField(label=_("void"), min_value=0, max_value=10_000_000, required=False)
    by_whom = forms.CharField(label=_("carried out by"), max_length=120, required=False)

    def __init__(self, *args: Any, filings: Sequence[Filing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filings = {str(one.pk): one for one in filings}
        self.fields["community"].choices = [(key, str(one.place)) for key, one in self.filings.items()]  # type: ignore[attr-defined]

    @property
    def filing(self) -> Filing:
        """The filing of the community that was chosen."""
        return self.filings[self.cleaned_data["community"]]

    @property
    def found(self) -> Scored:
        """What was typed."""
        given = {
            name: self.cleaned_data[name] for name in ("kind", "held_on", "score", "issued", "returned", "by_whom")
        }
        return Scored(**given, void=self.cleaned_data["void"] or 0)

    def take(self, error: ValidationError) -> None:
        """Put what an action refused beside its field, or above the form."""
        told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in told.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)
