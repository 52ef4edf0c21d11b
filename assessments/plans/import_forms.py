"""The forms by which a ledger comes in (a file, and which ledger it is) and goes out (as what, and what for)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazystr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.files import LedgerError
from communities.ground.ledgers.uploads import Upload, received
from communities.ground.personal import checked_reason

from .exports import Wish

MEGABYTE = 1024 * 1024


class KindForm(forms.Form):
    """Which ledger a file is: one of those the account may write, or what its headings say."""

    kind = forms.ChoiceField(label=_("Ledger"), required=False)

    def __init__(self, *args: Any, ledgers: Sequence[Ledger], **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["kind"]
        field.choices = [("", _("as its headings say")), *((one.kind, one.label) for one in ledgers)]


class UploadForm(KindForm):
    """The same with a file; `upload` in its data is what the file really is."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Choose a file: a workbook (.xlsx) or a CSV file.")},
    )
    field_order = ["file", "kind"]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        told = gettext("A workbook (.xlsx) or a CSV file, at most {size} MB.").format(size=_limit())
        self.fields["file"].help_text = lazystr(told)

    def clean_file(self) -> Upload:
        """Return what the file really is; refuse what is too large or no ledger."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                gettext("The file is larger than {size} MB. Split it, and send one part after the other.").format(
                    size=_limit()
                )
            )
        try:
            return received(file.read(), file.name or "")
        except LedgerError as error:
            raise forms.ValidationError(str(error)) from error


class ExportForm(forms.Form):
    """How an export is wanted; of a ledger that names people, what for, and whether with numbers in clear."""

    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        help_text=_("What the list is needed for, and by whom. It is printed on every page and kept for the auditor."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    in_clear = forms.BooleanField(
        label=_("With identity and mobile numbers in clear"),
        required=False,
        help_text=_("Masked otherwise. As a workbook only; the file is removed from here after a day."),
    )
    form = forms.ChoiceField(
        label=_("File"),
        choices=[("xlsx", _("workbook (.xlsx)")), ("csv", _("CSV file (.csv)"))],
        initial="xlsx",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, ledger: Ledger, may_reveal: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        choices: Any = self.fields["form"]
        if ledger.names_people:
            choices.choices = choices.choices[:1]  # a CSV file cannot say on every page whose it is
        else:
            del self.fields["purpose"]
        if not ledger.holds_numbers or not may_reveal:
            del self.fields["in_clear"]

    def clean_purpose(self) -> str:
        """Return a purpose that says something."""
        return checked_reason(self.cleaned_data["purpose"])

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        data = self.cleaned_data
        return Wish(data["form"], data.get("purpose", ""), data.get("in_clear", False))


def _limit() -> int:
    return int(settings.UPLOAD_LIMIT // MEGABYTE)
