"""
Uploads: what a file from a browser really is, by its bytes, before anything opens it.

Neither its name nor the type the browser gives is believed. A workbook is held against bombs, macros and encryption,
a text against what no text contains; the name is cut down to what a file system and a page can show.
"""

import codecs
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from ..numbers import holds_personal_number, without_personal_numbers
from .files import LedgerError

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MOST_UNPACKED = 300_000_000
MOST_PARTS = 2000
LONGEST_NAME = 60
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_OPENS_A_PART = 4096
_PIECE = 1 << 20
_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Upload:
    """A file as it may be kept: its bytes, a name that ends as its content asks, its type."""

    content: bytes
    name: str
    content_type: str


def received(content: bytes, name: str) -> Upload:
    """Return the file as it may be kept; raise LedgerError where it is neither a workbook nor a CSV file."""
    stem = _stem(name)
    if not content.strip():
        raise LedgerError(_("The file is empty. Choose the one with the rows."))
    if content.startswith(_ZIP):
        _look_into(content)
        return Upload(content, f"{stem}.xlsx", EXCEL)
    if content.startswith(_OLD_OFFICE):
        raise LedgerError(
            _("This is an old or encrypted workbook (.xls, .et). Open it in WPS or Excel and save it as .xlsx.")
        )
    if content.startswith(_WIDE_TEXT):
        raise LedgerError(_("This is a text in UTF-16. Save it as .xlsx, or as “CSV UTF-8”."))
    if _NOT_TEXT.search(content) or not _can_be_read(content):
        raise LedgerError(_("This is neither a workbook nor a CSV file. Open it in WPS or Excel and save it as .xlsx."))
    return Upload(content, f"{stem}.csv", CSV)


def _stem(name: str) -> str:
    """Return the name without folders, ending, and what turns or hides writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(one for one in last if unicodedata.category(one)[0] != "C" and one not in '<>:"|?*')
    stem = re.sub(r"\.(xlsx|xlsm|xls|csv|txt|et)$", "", shown.strip(), flags=re.IGNORECASE)
    return without_personal_numbers(stem).strip(". ")[:LONGEST_NAME] or _("ledger")


def holds_numbers(path: Path) -> bool:
    """Say whether an identity or mobile number stands anywhere in the file, in whatever column or sheet."""
    if path.suffix.lower() != ".xlsx":
        content = path.read_bytes()
        return any(holds_personal_number(content.decode(encoding, "ignore")) for encoding in ("utf-8-sig", "gb18030"))
    with zipfile.ZipFile(path) as archive:
        parts = (part for part in archive.infolist() if part.filename.endswith(".xml"))
        return any(_part_holds_numbers(archive, part) for part in parts)


def _part_holds_numbers(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Read the part piece by piece: each with the end of the one before, where a number may have been cut."""
    end = ""
    with archive.open(part) as stream:
        for piece in codecs.iterdecode(iter(lambda: stream.read(_PIECE), b""), "utf-8", "ignore"):
            if holds_personal_number(end + piece):
                return True
            end = piece[-_LONGEST_NUMBER:]
    return False


def _can_be_read(content: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _look_into(content: bytes) -> None:
    """Refuse an archive that is no workbook, unpacks to too much, or carries programs or entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_parts(parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_entities(archive, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise LedgerError(
            _("The workbook is damaged or encrypted. Open it in WPS or Excel and save it again.")
        ) from error


def _refuse_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise LedgerError(_("This archive is no workbook. Unpack it, and send the workbook inside by itself."))
    if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
        raise LedgerError(_("The workbook carries macros. Save it as .xlsx, without macros."))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise LedgerError(
            _("The workbook unpacks to more than {size} MB. Split it, or copy its rows into the template.").format(
                size=MOST_UNPACKED // 1_000_000
            )
        )


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with archive.open(part) as stream:
        if b"<!DOCTYPE" in stream.read(_OPENS_A_PART):
            raise LedgerError(_("The workbook is not one that WPS or Excel writes. Open it there and save it again."))
