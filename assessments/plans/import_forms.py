"""The form by which a ledger is uploaded: a file, and which ledger it is where its headings do not say."""

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


def _limit() -> int:
    return int(settings.UPLOAD_LIMIT // MEGABYTE)
