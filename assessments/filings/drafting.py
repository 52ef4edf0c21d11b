"""
Working on a draft in the admin: its head, grades, sections and items on one page.

What stands in the form is put together to the text of a sheet and checked as a file would be, all at once: so points
can be moved between sections and items without a moment in which they do not add up. Nothing is saved while
anything is wrong.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.plans import reading
from communities.ground.forms import VersionedForm

from . import actions, writing
from .actions import Checked
from .models import SheetGrade, SheetItem, SheetSection, SheetVersion
from .pack import SheetPack, plain, restore

SAID_ABOVE = ("label", "full")  # of an item: what has a field of its own


class DraftForm(VersionedForm):
    """The head of a draft, as far as it is worked on here; the rest changes by uploading the sheet."""

    class Meta:
        model = SheetVersion
        fields = [
            "base",
            "bonus_cap",
            "deduction_cap",
            "decimals",
            "rounding",
            "authored_by",
            "checked_by",
            "next_review",
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse what was published since the form was opened; the row is locked from here on."""
        data = super().clean()
        if SheetVersion.objects.filter(pk=self.instance.pk, published_at__isnull=False).exists():
            raise ValidationError(_("This version has been published meanwhile; begin a new draft."))
        return data


class GradeForm(forms.ModelForm):  # type: ignore[type-arg]
    """One grade."""

    class Meta:
        model = SheetGrade
        fields = ["order", "code", "label_zh", "label_en", "at_least", "quota"]


class SectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """One section."""

    class Meta:
        model = SheetSection
        fields = ["order", "code", "label_zh", "label_en", "kind", "full"]


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """One item: where it stands and what it is worth in fields, how the points come about as in a file."""

    section_code = forms.CharField(label=gettext_lazy("section"), max_length=60)
    rest = forms.CharField(
        label=gettext_lazy("rule and the rest"),
        strip=False,
        help_text=gettext_lazy("As in a file of a sheet: rule, asks, method, evidence, scorer, …"),
        widget=forms.Textarea(attrs={"rows": 10, "cols": 100, "spellcheck": "false", "class": "code"}),
    )

    class Meta:
        model = SheetItem
        fields = ["order", "code", "label_zh", "label_en", "full"]

    def __init__(self, *args: Any, pack: SheetPack, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["section_code"] = self.instance.section.code
            self.initial["rest"] = rest_of(pack, self.instance.code)

    def clean_rest(self) -> str:
        """Refuse what cannot be read; the tree of it is kept as `tree`."""
        text: str = self.cleaned_data["rest"]
        tree, problems = reading.read(text)
        if problems or not isinstance(tree, dict):
            raise ValidationError(
                [str(one) for one in problems] or [_("Here must stand {expected}.").format(expected=_("a mapping"))]
            )
        self.tree = {name: value for name, value in tree.items() if name not in SAID_ABOVE}
        return text


def rest_of(pack: SheetPack, code: str) -> str:
    """Return what a file says of the item besides its label and points."""
    found = next(one for _section, one in pack.items() if one.code == code)
    return writing.text({name: value for name, value in writing.item_tree(found).items() if name not in SAID_ABOVE})


class ItemFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """
    The items of a draft, and with them the whole sheet: what is wrong anywhere is told here.

    `beside` are the formsets of grades and sections of the same page; `checked` is the sheet that may be saved.
    """

    beside: dict[type, BaseInlineFormSet]  # type: ignore[type-arg]
    checked: Checked

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand every form the sheet as it was saved."""
        return {**super().get_form_kwargs(index), "pack": self._pack}

    @cached_property
    def _pack(self) -> SheetPack:
        version: Any = self.instance
        return restore(version.pack)

    def clean(self) -> None:
        """Put the sheet together and check it as a file."""
        super().clean()
        parts = [self, *self.beside.values()]
        if any(form.errors for part in parts for form in part.forms):
            return
        tree = self._tree()
        self.checked = actions.check(writing.numbered(tree))
        if not self.checked.is_sound:
            raise ValidationError([str(one) for one in self.checked.problems])

    def _tree(self) -> writing.Tree:
        version: Any = self.instance
        tree = writing.tree(self._pack)
        tree["sheet"] |= _head(version) | {"grades": [_grade(one) for one in _filled(self.beside[SheetGrade])]}
        sections = {one["code"]: _section(one) for one in _filled(self.beside[SheetSection])}
        for form in sorted(_forms(self), key=lambda one: one.cleaned_data["order"]):
            given = form.cleaned_data
            section = sections.get(given["section_code"])
            if section is None:
                known = "、".join(sections)
                message = _("“{name}” is no section of this sheet.").format(name=given["section_code"])
                raise ValidationError(f"{message}{_('Known: {known}.').format(known=known)}")
            section["items"][given["code"]] = {**_named(given), "full": _plain(given["full"]), **form.tree}
        return {**tree, "sections": sections}


def _forms(formset: Any) -> list[Any]:
    """Return the forms of the rows that stay: those filled in and not to be deleted."""
    gone = formset.deleted_forms if formset.can_delete else []
    return [form for form in formset.forms if form.cleaned_data.get("code") and form not in gone]


def _filled(formset: Any) -> list[dict[str, Any]]:
    return sorted((form.cleaned_data for form in _forms(formset)), key=lambda given: given["order"])


def _plain(number: Any) -> str:
    return plain(str(number))


def _named(given: dict[str, Any]) -> writing.Tree:
    label = {"zh": given["label_zh"]} | ({"en": given["label_en"]} if given["label_en"] else {})
    return {"label": label}


def _grade(given: dict[str, Any]) -> writing.Tree:
    quota = {"quota": _plain(given["quota"])} if given["quota"] is not None else {}
    return {"code": given["code"], **_named(given), "from": _plain(given["at_least"]), **quota}


def _section(given: dict[str, Any]) -> writing.Tree:
    return {**_named(given), "full": _plain(given["full"]), "kind": given["kind"], "items": {}}


def _head(version: SheetVersion) -> writing.Tree:
    said = {
        "base": _plain(version.base),
        "bonus_cap": _plain(version.bonus_cap),
        "deduction_cap": _plain(version.deduction_cap),
        "rounding": {"decimals": str(version.decimals), "mode": version.rounding},
        "authored_by": version.authored_by,
        "checked_by": version.checked_by,
        "next_review": version.next_review.isoformat() if version.next_review else None,
    }
    return {name: value for name, value in said.items() if value != ""}
