"""
Evidence: a photo, a paper or a table that shows why a register is to be changed.

What it is, its bytes say: neither its name nor the type the browser gives is believed. It is kept as it came and only
ever saved by who opens it, never shown inside a page.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .ledgers import uploads
from .ledgers.files import LedgerError
from .models import StoredFile, User
from .numbers import without_personal_numbers

LARGEST = 10_000_000
LONGEST_NAME = 60
BEGINS = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)


@dataclass(frozen=True)
class Evidence:
    """A file that may be kept."""

    content: bytes
    name: str
    content_type: str

    def keep(self, *, prefix: str, by: User) -> StoredFile:
        """Keep it behind the fence of `prefix`."""
        return StoredFile.keep(self.content, name=self.name, content_type=self.content_type, prefix=prefix, by=by)


def received(upload: Any) -> Evidence:
    """Return an uploaded file as it may be kept; raise ValidationError where it is too large or of no known kind."""
    if upload.size > LARGEST:
        told = _("The file has {size} MB, more than {most} MB. Make the photo smaller, or choose the page that counts.")
        raise ValidationError(told.format(size=f"{upload.size / 1_000_000:.0f}", most=LARGEST // 1_000_000))
    content: bytes = upload.read()
    for begins, content_type, ending in BEGINS:
        if content.startswith(begins):
            return Evidence(content, f"{_stem(upload.name)}.{ending}", content_type)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValidationError(
            _("The file is a web page or a drawing of markup, not a table. Attach a photo, a PDF or a workbook.")
        )
    try:
        table = uploads.received(content, upload.name)
    except LedgerError as error:
        raise ValidationError(
            _("Only a photo (JPEG, PNG), a PDF or a workbook can be evidence. ") + str(error)
        ) from error
    return Evidence(table.content, table.name, table.content_type)


def _stem(name: str) -> str:
    """Return the name without folders, ending, and the numbers of people, as telephones and scanners name photos."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    shown = "".join(one for one in stem if one.isprintable() and one not in '<>:"|?*')
    return without_personal_numbers(shown).strip(". ")[:LONGEST_NAME] or _("evidence")
