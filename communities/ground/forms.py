"""Forms for rows that several people may edit: whoever saves second is told, and nothing he typed is lost."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from .models import Versioned


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model form that carries the version it was opened with and refuses to save over a newer one."""

    opened_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.instance, Versioned) and self.instance.pk:
            self.initial["opened_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuse where the row has been changed since the form was opened. Locks the row until the save."""
        data = super().clean() or self.cleaned_data
        opened = data.get("opened_version")
        if self.instance.pk and opened is not None:
            current = type(self.instance)._base_manager.select_for_update().get(pk=self.instance.pk)
            if current.version != opened:
                raise ValidationError(
                    _(
                        "Somebody else has saved this row since you opened it (version %(now)s, you opened "
                        "%(opened)s). Nothing of yours was saved or lost: compare with the saved row in another "
                        "window, then save again."
                    ),
                    code="conflict",
                    params={"now": current.version, "opened": opened},
                )
        return data


class VersionedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows below another row, each with the version it was opened with; a row changed since is not deleted either."""

    def clean(self) -> None:
        """Refuse to delete what somebody else has saved: Django asks forms that are to be deleted nothing."""
        super().clean()
        for form in self.forms:
            is_to_go = self._should_delete_form(form)  # type: ignore[attr-defined]
            if is_to_go and form.has_error(NON_FIELD_ERRORS, code="conflict"):
                raise ValidationError(form.errors.as_data()[NON_FIELD_ERRORS])
