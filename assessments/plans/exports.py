"""
Exports of ledgers as an account asks for them in the browser: what it may see, as the file that can be imported.

A small ledger is made while the page waits, a large one as a job. Either way the file is kept with its hash, and who
took how many rows is an event. A ledger that names people is given out for a stated purpose, which a workbook carries
on every page. Identity and mobile numbers are masked, unless an account that may reveal them asks for them expressly:
such a file is made in memory, encrypted where it lies and removed after `PERSONAL_FILE_HOURS`.
"""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from communities.ground import clock, events, jobs, personal
from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.exporting import Mark, export_file, export_in_memory
from communities.ground.ledgers.uploads import CSV, EXCEL
from communities.ground.models import Job, StoredFile, User
from communities.ground.scope import Scope

from .ledgers import of_kind

KIND = "export_ledger"
LARGE = 3000
MOST_IN_CLEAR = 20_000  # rows; such an export stands in memory as a whole
TYPES = {"xlsx": EXCEL, "csv": CSV}


def narrowed(scope: Scope, area: str) -> Scope:
    """Return the part of `scope` that lies below the division code prefix `area`."""
    met = [prefix for prefix in scope.prefixes if prefix.startswith(area) or area.startswith(prefix)]
    return Scope(tuple(dict.fromkeys(max(prefix, area, key=len) for prefix in met)), scope.roles)


def is_large(ledger: Ledger, scope: Scope) -> bool:
    """Say whether the ledger has more rows than a page should wait for."""
    return ledger.exported(scope).order_by()[: LARGE + 1].count() > LARGE


@dataclass(frozen=True)
class Wish:
    """How an export is wanted: the ending of the file, what for, and whether with numbers in clear."""

    form: str
    purpose: str = ""
    in_clear: bool = False


def check(ledger: Ledger, wish: Wish, *, by: User | None) -> None:
    """Raise PermissionDenied or ValidationError where the account may not have this ledger in this way."""
    if ledger.names_people:
        personal.checked_reason(wish.purpose)
    if wish.in_clear and not (by and personal.may_reveal(by)):
        raise PermissionDenied(
            _("Your account has no right to numbers in clear; the security administrator grants it.")
        )
    if ledger.names_people and wish.form != "xlsx":
        raise ValidationError(
            _("A list that names people leaves as a workbook only: it says on every page whose it is.")
        )


def order(kind: str, wish: Wish, *, by: User, area: str) -> Job:
    """Hand in the export below the prefix `area` as a job."""
    check(of_kind(kind), wish, by=by)
    return jobs.submit(
        KIND, by=by, prefix=area, ledger=kind, form=wish.form, purpose=wish.purpose, in_clear=wish.in_clear
    )


def export_for(job: Job, progress: jobs.Progress) -> None:
    """Do the export that the job describes, as far as the account that asked for it reaches now."""
    asked = job.arguments
    ledger = of_kind(asked["ledger"])
    by = job.requested_by
    scope = narrowed(by.scope() if by else Scope.everything(), job.prefix)
    wish = Wish(asked["form"], asked.get("purpose", ""), asked.get("in_clear", False))
    progress.process(_("Export of {label}").format(label=ledger.label))
    progress.stage(_("Rows"))
    file, written = export(ledger, wish, scope, by=by, area=job.prefix)
    progress.log(_("{rows} rows, SHA-256 {hash}.").format(rows=written, hash=file.sha256))
    progress.artefact(file)


def export(ledger: Ledger, wish: Wish, scope: Scope, *, by: User | None, area: str) -> tuple[StoredFile, int]:
    """Write the ledger within `scope` as a file that is kept; return it and how many rows it has. Raises as `check`."""
    check(ledger, wish, by=by)
    name = f"{ledger.label} {clock.today():%Y-%m-%d}.{wish.form}"
    now = clock.now()
    mark = Mark(str(by or ""), clock.shown(now), area, wish.purpose, wish.in_clear) if ledger.names_people else None
    until = now + timedelta(hours=settings.PERSONAL_FILE_HOURS) if wish.in_clear else None
    content, written = _written(ledger, wish, scope, mark)
    file = StoredFile.keep(content, name=name, content_type=TYPES[wish.form], prefix=area, by=by, remove_after=until)
    record(ledger, wish, written, by=by, area=area, scope=scope, file=file)
    return file, written


def _written(ledger: Ledger, wish: Wish, scope: Scope, mark: Mark | None) -> tuple[bytes, int]:
    if wish.in_clear and mark is not None:
        if ledger.exported(scope).order_by()[: MOST_IN_CLEAR + 1].count() > MOST_IN_CLEAR:
            raise ValidationError(
                _("With numbers in clear at most {most} rows leave at once. Choose a smaller area.").format(
                    most=MOST_IN_CLEAR
                )
            )
        return export_in_memory(ledger, scope, mark)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger.{wish.form}"
        written = export_file(path, ledger, scope, mark=mark)
        return path.read_bytes(), written


def record(
    ledger: Ledger,
    wish: Wish,
    rows: int,
    *,
    by: User | None,
    area: str,
    scope: Scope,
    file: StoredFile | None = None,
) -> None:
    """Record who took which rows and columns of which area away, in which file and what for."""
    detail: dict[str, Any] = {"kind": ledger.kind, "rows": rows, "sha256": file.sha256 if file else ""}
    if not ledger.names_people:
        events.record("ledger.export", by=by, obj=file, prefix=area, **detail)
        return
    columns = [column.heading for column in ledger.columns]
    detail |= {"purpose": wish.purpose, "in_clear": wish.in_clear, "columns": columns, "within": [*scope.prefixes]}
    events.record("personal.export", by=by, obj=file, prefix=area, **detail)
