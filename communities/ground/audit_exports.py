"""
What an auditor takes with him: the events he searched, as a file with the purpose and the head of the chain in it.

The file belongs to no area, so that nobody but the auditor who asked for it gets it. What it says at its foot lets
whoever holds it prove later that nothing before its head was taken away.
"""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from . import audit, clock, events, jobs, sealing
from .ledgers.exporting import safe
from .ledgers.uploads import CSV, EXCEL
from .models import Event, Job, StoredFile, User

KIND = "export_events"
TYPES = {"xlsx": EXCEL, "csv": CSV}
BATCH = 2000
MOST_ROWS = 1_000_000  # a sheet of Excel ends soon after


def order(search: audit.Search, *, form: str, purpose: str, by: User) -> Job:
    """Hand in the export of what was searched; it is done as far as the account reaches when it is done."""
    return jobs.submit(KIND, by=by, prefix=by.reach.prefixes[0], search=search.asked(), form=form, purpose=purpose)


def export_for(job: Job, progress: jobs.Progress) -> None:
    """Do the export that the job describes."""
    by, form = job.requested_by, job.arguments["form"]
    if by is None:
        raise ValidationError(_("Events are exported by an account, for a purpose."))
    search = audit.Search(job.arguments["search"])
    if not search.is_valid():
        raise ValidationError(_("What was searched cannot be read any more; search again."))
    found = search.keep(audit.seen_by(by.scope()))
    found = audit.holding(found, search.cleaned_data["words"])
    progress.process(_("Export of events"))
    progress.stage(_("Rows"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"events.{form}"
        foot = Foot(by=by, purpose=job.arguments["purpose"], filter=search.told() or _("all"))
        rows = _save(path, _rows(found, progress), foot)
        name = _("events {day}").format(day=f"{clock.today():%Y-%m-%d}")
        file = StoredFile.keep_file(path, name=f"{name}.{form}", content_type=TYPES[form], prefix="", by=by)
    said: dict[str, Any] = {
        "purpose": foot.purpose,
        "filter": search.told(but=["actor"]),
        "accounts": search.accounts(),
    }
    events.record("event.export", by=by, obj=file, rows=rows, sha256=file.sha256, form=form, head=foot.head, **said)
    progress.log(_("{rows} rows, SHA-256 {hash}.").format(rows=rows, hash=file.sha256))
    progress.artefact(file)


class Foot:
    """What stands below the rows: who took them, when, what for, by which filter, and the head of the chain."""

    def __init__(self, *, by: User, purpose: str, filter: str) -> None:
        self.by, self.purpose, self.filter = by, purpose, filter
        self.at = clock.now()
        self.head = str(sealing.head() or "")

    def lines(self, rows: int) -> list[list[Any]]:
        """Return the lines, each a name and what it says."""
        return [
            [_("exported by"), audit.named(self.by)],
            [_("exported at"), f"{self.at:%Y-%m-%d %H:%M:%S}"],
            [_("purpose"), self.purpose],
            [_("filter"), self.filter],
            [_("rows"), rows],
            [_("head of the chain"), self.head or "—"],
            [
                _("keep this"),
                _("Verify later with: manage.py verify_events --head {head}").format(head=self.head or "—"),
            ],
        ]


def _headings() -> list[str]:
    return [
        _("number"),
        _("time"),
        _("account"),
        _("who"),
        _("action"),
        _("what was done"),
        _("kind of object"),
        _("number of the object"),
        _("area"),
        _("detail"),
        _("request"),
        _("position"),
        _("digest"),
    ]


def _rows(found: Any, progress: jobs.Progress) -> Iterator[list[Any]]:
    """Yield the cells of the events, the oldest first, each so that no spreadsheet runs it."""
    ordered = found.select_related("actor", "seal").order_by("at", "pk")
    for number, event in enumerate(ordered.iterator(chunk_size=BATCH), start=1):
        if number % BATCH == 0:
            progress.step(BATCH)
        yield [safe(cell) for cell in _cells(event)]


def _cells(event: Event) -> list[Any]:
    seal = getattr(event, "seal", None)
    return [
        event.pk,
        f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S.%f}",
        event.actor.username if event.actor else "",
        event.actor.full_name if event.actor else "",
        event.action,
        events.label(event.action),
        audit.kind_of(event.object_type) if event.object_type else "",
        event.object_key,
        event.prefix,
        json.dumps(event.detail, ensure_ascii=False),
        event.request_id,
        seal.position if seal else "",
        seal.digest if seal else "",
    ]


def _save(path: Path, rows: Iterable[list[Any]], foot: Foot) -> int:
    return _save_csv(path, rows, foot) if path.suffix == ".csv" else _save_workbook(path, rows, foot)


def _save_csv(path: Path, rows: Iterable[list[Any]], foot: Foot) -> int:
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_headings())
        for row in rows:
            writer.writerow(row)
            written += 1
        writer.writerow([])
        writer.writerows([safe(cell) for cell in line] for line in foot.lines(written))
    return written


def _save_workbook(path: Path, rows: Iterable[list[Any]], foot: Foot) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("events"))
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCDEFGHIJKLM", (10, 26, 14, 12, 16, 24, 14, 12, 12, 60, 36, 10, 40), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_bold(sheet, heading) for heading in _headings()])
    written = 0
    for row in rows:
        if written == MOST_ROWS:
            raise ValidationError(_("There are more rows than a sheet holds. Export as CSV, or search a shorter time."))
        sheet.append(row)
        written += 1
    about = book.create_sheet(_("information"))
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 20, 120
    for name, said in foot.lines(written):
        about.append([_bold(about, name), safe(said)])
    book.save(path)
    return written


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell
