"""Forms about people's numbers: what is typed is checked, goes nowhere but into the register, and into no draft."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.ground.forms import VersionedForm
from communities.ground.personal import FIELDS, IDENTITY_NUMBER, PHONE, Field, checked_reason
from communities.ground.scope import Scope

from . import people
from .models import Person

LONGEST = 40  # with spaces and hyphens between the digits


class NumberField(forms.CharField):
    """An identity or mobile number as it is typed; reads as it is stored. Browsers neither keep nor complete it."""

    def __init__(self, kind: Field, **more: Any) -> None:
        attributes = {"autocomplete": "off", "data-private": "", "spellcheck": "false", "maxlength": LONGEST}
        super().__init__(required=False, widget=forms.TextInput(attrs=attributes), max_length=LONGEST, **more)
        self.kind = kind

    def clean(self, value: Any) -> str:
        """Return the checked number, "" for nothing."""
        said: str = super().clean(value)
        return self.kind.check(said) if said else ""


class PersonForm(VersionedForm):
    """A person with room for numbers; what is left empty stays as it is recorded."""

    new_identity_number = NumberField(
        IDENTITY_NUMBER,
        label=_("enter an identity number"),
        help_text=_("18 characters, as on the card; replaces what is recorded. Empty: nothing changes."),
    )
    new_phone = NumberField(
        PHONE,
        label=_("enter a mobile number"),
        help_text=_("11 digits; replaces what is recorded. Empty: nothing changes."),
    )
    scope = Scope()  # of the account that fills it in; set by the admin, as is whether it enters numbers at all
    enters_numbers = True

    class Meta:
        model = Person
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.enters_numbers:
            for field in FIELDS:
                self.fields.pop(f"new_{field}", None)

    def clean_new_identity_number(self) -> str:
        """Refuse the number of somebody too young, or that is recorded for another."""
        number: str = self.cleaned_data["new_identity_number"]
        if number:
            people.check_age(number)
            people.check_bearer(number, self.instance, self.scope)
        return number

    @property
    def given(self) -> dict[Field, str]:
        """The numbers that were typed, checked."""
        typed = {field: self.cleaned_data.get(f"new_{field.name}", "") for field in FIELDS.values()}
        return {field: number for field, number in typed.items() if number}


class ReasonForm(forms.Form):
    """What something is asked for; kept in an event."""

    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        help_text=_("What you need it for, in a few words. It is kept, and the auditor reads it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_reason(self) -> str:
        """Return a reason that says something."""
        return checked_reason(self.cleaned_data["reason"])


class RevealForm(ReasonForm):
    """Which one of a person's numbers is to be seen, and what for."""

    field = forms.ChoiceField(label=_("which number"), widget=forms.RadioSelect)
    field_order = ["field", "reason"]

    def __init__(self, *args: Any, recorded: list[Field], **more: Any) -> None:
        super().__init__(*args, **more)
        choices: Any = self.fields["field"]
        choices.choices = [(field.name, field.label) for field in recorded]
        if recorded:
            self.initial.setdefault("field", recorded[0].name)


class SearchForm(forms.Form):
    """A whole number to find somebody by; a part of one finds nobody."""

    field = forms.ChoiceField(
        label=_("which number"),
        choices=[(field.name, field.label) for field in FIELDS.values()],
        initial=IDENTITY_NUMBER.name,
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label=_("the whole number"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-private": "", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check the number as what it is said to be."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "field" in data and "number" in data:
            try:
                data["number"] = FIELDS[data["field"]].check(data["number"])
            except forms.ValidationError as error:
                self.add_error("number", error)
        return data
