"""
Forms for rows that several people edit, and what such a form sends.

Whoever saves second is told, and nothing he typed is lost. Who may not save himself sends the same form as a proposal
(`proposals`): a `Sheet` is the form of a row with the rows below it, `differences` says what was changed in it, and
`posted` is what a browser would send of it with those changes put in, whenever and in whose name that is to be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import evidence, periods
from .models import Versioned
from .numbers import holds_personal_number, without_personal_numbers

# What a form sends: of each part of it, names and values. A part is the row itself ("") or a row below it ("uses:12");
# rows to be added below it are numbered ("uses:+0").
Sent = dict[str, dict[str, list[str]]]
UNSEEN = frozenset({"opened_version", "id", "proposal_reason", "proposal_evidence"})  # no fields of a register


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


class WithoutNumbers(forms.Form):
    """A form whose texts hold no number of a person: a proposal is read by more eyes than the register of people."""

    def clean(self) -> dict[str, Any]:
        """Refuse a text with an identity or mobile number."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(data.items()):
            if isinstance(value, str) and holds_personal_number(value):
                self.add_error(name, _("An identity or mobile number stands here. A proposal keeps none: take it out."))
        return data


class Proposing(WithoutNumbers):
    """What the form of a register asks besides where it proposes a change: why, and the paper that shows it."""

    proposal_reason = forms.CharField(
        label=_("reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "What has changed in the world, and how you know: measured on site, new contract, new certificate."
        ),
    )
    proposal_evidence = forms.FileField(
        label=_("evidence"),
        required=False,
        help_text=_("One photo (JPEG, PNG), PDF or workbook of at most 10 MB; not asked for."),
    )

    def clean_proposal_evidence(self) -> evidence.Evidence | None:
        """Return the file as it may be kept."""
        upload = self.cleaned_data.get("proposal_evidence")
        return evidence.received(upload) if upload else None


@dataclass(frozen=True)
class Sheet:
    """The form of a row and the forms of the rows below it, as the admin of the register puts them together."""

    form: Any
    formsets: list[Any]

    def is_valid(self) -> bool:
        """Say whether all of it could be saved."""
        return bool(self.form.is_valid()) and forms.all_valid(self.formsets)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Yield each form with the name of its part."""
        yield "", self.form
        for formset in self.formsets:
            there = formset.initial_form_count()
            for number, form in enumerate(formset.forms):
                yield f"{formset.prefix}:{form.instance.pk if number < there else f'+{number - there}'}", form

    def mistakes(self) -> list[str]:
        """Return what is wrong with it, each with the field it is about."""
        told = []
        for _part, form in self.parts():
            for name, errors in form.errors.items():
                label = "" if name == NON_FIELD_ERRORS else f"{form.fields[name].label}: "
                told += [f"{label}{error}" for error in errors]
        return told + [str(error) for formset in self.formsets for error in formset.non_form_errors()]


def sent_by(form: Any, name: str, value: Any) -> dict[str, list[str]]:
    """Return what a browser sends where the field `name` holds `value`; nothing of a box that is not ticked."""
    field = form.fields[name]
    widget = getattr(field.widget, "widget", field.widget)  # the admin wraps the choice of a row
    value = field.prepare_value(value)
    if isinstance(widget, forms.MultiWidget):
        values = value if isinstance(value, list | tuple) else widget.decompress(value) or ()
        inputs = enumerate(zip(widget.widgets, values, strict=True))
        return {f"{name}_{number}": _texts(one, part) for number, (one, part) in inputs}
    return {name: _texts(widget, value)}


def _texts(widget: Any, value: Any) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    shown = widget.format_value(value)
    return [str(one) for one in shown] if isinstance(shown, list | tuple) else ["" if shown is None else str(shown)]


def present(form: Any, name: str) -> dict[str, list[str]]:
    """Return what a browser would send of the field as the row stands."""
    return sent_by(form, name, form[name].initial)


def differences(sheet: Sheet) -> tuple[Sent, list[dict[str, Any]]]:
    """
    Return what a valid sheet sends of the fields that were changed in it, and of each field its before and after.

    `was` is what the field would have sent before: by it a later change of the same field is recognized.
    """
    sent: Sent = {}
    changes = []
    for part, form in sheet.parts():
        for name in (name for name in form.changed_data if name not in UNSEEN):
            before, after = form[name].initial, form.cleaned_data[name]
            sent.setdefault(part, {}).update(sent_by(form, name, after))
            changes.append(
                {
                    "part": part,
                    "row": str(form.instance) if part else "",
                    "field": name,
                    "name": str(form.fields[name].label),
                    "before": in_words(form.fields[name], before),
                    "after": in_words(form.fields[name], after),
                    "was": present(form, name),
                }
            )
    return sent, changes


def in_words(field: Any, value: Any) -> str:
    """Return a value of a form's field as people read it; "" where there is none. A person is masked."""
    if isinstance(field, forms.ModelChoiceField):
        found = value if isinstance(value, Model) else _row(field, value)
        return str(found) if found else ""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, DateRange):
        return periods.shown(value)
    if isinstance(value, Decimal) and field.decimal_places is not None:
        return f"{value:.{field.decimal_places}f}"
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ()) if not isinstance(label, list)}
    return choices.get(str(value), str(value))


def _row(field: Any, key: Any) -> Model | None:
    return field.queryset.model._base_manager.filter(pk=key).first() if key else None


def posted(sheet: Sheet, sent: Mapping[str, Mapping[str, list[str]]]) -> QueryDict:
    """Return what a browser would send of the `sheet` as it stands, with the values of `sent` put in."""
    data = QueryDict(mutable=True)
    _post(data, sheet.form, sent.get("", {}))
    for formset in sheet.formsets:
        there = formset.initial_forms
        added = [values for part, values in sent.items() if part.startswith(f"{formset.prefix}:+")]
        counts = {"TOTAL_FORMS": len(there) + len(added), "INITIAL_FORMS": len(there)}
        for name, count in counts.items():
            data[f"{formset.prefix}-{name}"] = str(count)
        for form in there:
            _post(data, form, sent.get(f"{formset.prefix}:{form.instance.pk}", {}))
        for number, values in enumerate(added, start=len(there)):
            form = formset.empty_form
            form.prefix = formset.add_prefix(number)
            _post(data, form, values)
    return data


def _post(data: QueryDict, form: Any, changed: Mapping[str, list[str]]) -> None:
    said: dict[str, list[str]] = {}
    for name in form.fields:
        if not isinstance(form.fields[name], forms.FileField):
            said |= present(form, name)
    for name, values in {**said, **changed}.items():
        if values:
            data.setlist(form.add_prefix(name), list(values))


def unecho(form: forms.BaseForm) -> None:
    """Mask the numbers of people in what a refused form shows again: a page repeats none that somebody typed."""
    sent: Any = form.data.copy() if isinstance(form.data, QueryDict) else dict(form.data)
    for name in list(sent):
        values = sent.getlist(name) if isinstance(sent, QueryDict) else [sent[name]]
        if not any(isinstance(value, str) and holds_personal_number(value) for value in values):
            continue
        masked = [without_personal_numbers(value) if isinstance(value, str) else value for value in values]
        if isinstance(sent, QueryDict):
            sent.setlist(name, masked)
        else:
            sent[name] = masked[0]
    form.data = sent
