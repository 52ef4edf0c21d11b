"""
Exports of ledgers as an account asks for them in the browser: what it may see, as the file that can be imported.

A small ledger is made while the page waits, a large one as a job. Either way the file is kept with its hash, and who
took how many rows is an event.
"""

import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from communities.ground import clock, events, jobs
from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.exporting import export_file
from communities.ground.ledgers.uploads import CSV, EXCEL
from communities.ground.models import Job, StoredFile, User
from communities.ground.scope import Scope

from .ledgers import of_kind

KIND = "export_ledger"
LARGE = 3000
TYPES = {"xlsx": EXCEL, "csv": CSV}


def narrowed(scope: Scope, area: str) -> Scope:
    """Return the part of `scope` that lies below the division code prefix `area`."""
    met = [prefix for prefix in scope.prefixes if prefix.startswith(area) or area.startswith(prefix)]
    return Scope(tuple(dict.fromkeys(max(prefix, area, key=len) for prefix in met)), scope.roles)


def is_large(ledger: Ledger, scope: Scope) -> bool:
    """Say whether the ledger has more rows than a page should wait for."""
    return ledger.exported(scope).order_by()[: LARGE + 1].count() > LARGE


def order(kind: str, form: str, *, by: User, area: str) -> Job:
    """Hand in the export below the prefix `area` as a job."""
    of_kind(kind)
    return jobs.submit(KIND, by=by, prefix=area, ledger=kind, form=form)


def export_for(job: Job, progress: jobs.Progress) -> None:
    """Do the export that the job describes, as far as the account that asked for it reaches now."""
    ledger = of_kind(job.arguments["ledger"])
    by = job.requested_by
    scope = narrowed(by.scope() if by else Scope.everything(), job.prefix)
    progress.process(_("Export of {label}").format(label=ledger.label))
    progress.stage(_("Rows"))
    file, written = export(ledger, job.arguments["form"], scope, by=by, area=job.prefix)
    progress.log(_("{rows} rows, SHA-256 {hash}.").format(rows=written, hash=file.sha256))
    progress.artefact(file)


def export(ledger: Ledger, form: str, scope: Scope, *, by: User | None, area: str) -> tuple[StoredFile, int]:
    """Write the ledger within `scope` as a file that is kept; return it and how many rows it has."""
    name = f"{ledger.label} {clock.today():%Y-%m-%d}.{form}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger.{form}"
        written = export_file(path, ledger, scope)
        file = StoredFile.keep(path.read_bytes(), name=name, content_type=TYPES[form], prefix=area, by=by)
    detail = {"kind": ledger.kind, "rows": written, "sha256": file.sha256}
    events.record("ledger.export", by=by, obj=file, prefix=area, **detail)
    return file, written
