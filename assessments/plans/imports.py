"""
Imports and exports of ledgers as they are asked for: by a command of the operator, or in the browser as a job.

The file that came in is encrypted where it lies. Once imported it is kept with its hash, unless it holds personal
numbers: then only its row stays. What is never imported is removed after `PERSONAL_FILE_HOURS`. The rows it wrote carry
the job's number, and what happened is an event.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, events, jobs
from communities.ground.ledgers import uploads
from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.exporting import Mark, WrongRows, export_file
from communities.ground.ledgers.files import LedgerError
from communities.ground.ledgers.importing import Outcome, Told, WrongRowsError, import_file
from communities.ground.ledgers.storing import Stamp
from communities.ground.ledgers.unnamed import Unnamed
from communities.ground.ledgers.uploads import EXCEL
from communities.ground.models import Job, StoredFile, User
from communities.ground.models.jobs import Status
from communities.ground.numbers import without_personal_numbers
from communities.ground.scope import Scope, prefix_of

from . import exports, previews
from .ledgers import LEDGERS, of_kind

KIND = "import_ledger"
PROBLEMS_SHOWN = 20


@dataclass(frozen=True)
class Order:
    """What to import and how: the kind ("" where the headings say it), whether wrong rows are left out."""

    kind: str = ""
    leave_out_wrong: bool = False
    dry_run: bool = False

    @property
    def ledgers(self) -> Sequence[Ledger]:
        """The ledgers the file may be."""
        return [of_kind(self.kind)] if self.kind else LEDGERS


def order(file: StoredFile, how: Order, *, by: User) -> Job:
    """Hand in the import of an uploaded file as a job; raise LedgerError for an unknown kind."""
    if how.kind:
        of_kind(how.kind)
    return jobs.submit(
        KIND,
        by=by,
        prefix=file.prefix,
        file=file.pk,
        ledger=how.kind,
        leave_out_wrong=how.leave_out_wrong,
        dry_run=how.dry_run,
    )


def follow(trial: Job, *, by: User) -> Job:
    """
    Import what the trial found right, from the same file; asked twice, it is done once.

    Where nothing was wrong, nothing may be wrong: then the import writes all rows or none. Raises LedgerError where
    the trial left nothing to import.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=trial.pk)
        if (there := previews.followed_by(locked)) is not None:
            return there
        found, file = previews.of(locked), previews.file_of(locked)
        if found is None or file is None or not locked.arguments.get("dry_run") or not found.to_write:
            raise LedgerError(_("There is nothing to import from this trial. Try the file again."))
        how = Order(found.ledger.kind, leave_out_wrong=bool(found.wrong), dry_run=False)
        job = order(file, how, by=by)
        Job.objects.filter(pk=trial.pk).update(arguments=locked.arguments | {"followed_by": job.pk})
    return job


def import_now(path: Path, how: Order, *, wrong_rows: Path | None = None, told: Told = lambda _n: None) -> Outcome:
    """Import a file of the operator's, who may everything; write the wrong rows to `wrong_rows` where given."""
    wrong = WrongRows()
    with transaction.atomic():
        job = None if how.dry_run else Job.objects.create(kind=KIND, arguments={"file": path.name, "ledger": how.kind})
        outcome = import_file(
            path,
            ledgers=how.ledgers,
            scope=Scope.everything(),
            stamp=Stamp(job=job, source=path.name),
            keep_wrong=wrong.add if wrong_rows else None,
            dry_run=how.dry_run,
            told=told,
        )
        if job is not None:
            Job.objects.filter(pk=job.pk).end(Status.DONE, log=str(outcome))
            _record(outcome, path.name, job=job, by=None)
    if wrong_rows:
        wrong.save(wrong_rows)
    return outcome


def import_for(job: Job, progress: jobs.Progress) -> None:
    """Do the import that the job describes, as the account that asked for it and within its reach."""
    file = StoredFile.objects.get(pk=job.arguments["file"])
    asked = job.arguments
    how = Order(asked["ledger"], leave_out_wrong=asked["leave_out_wrong"], dry_run=asked["dry_run"])
    by = job.requested_by
    scope = by.scope() if by else Scope.everything()
    wrong = WrongRows()
    named = _("Trial import of {name}") if how.dry_run else _("Import of {name}")
    progress.process(named.format(name=file.name))
    progress.stage(_("Rows"))
    with _on_disk(file) as path:
        holds_numbers = not how.dry_run and uploads.holds_numbers(path)
        try:
            outcome = import_file(
                path,
                ledgers=how.ledgers,
                scope=scope,
                stamp=Stamp(by=by, job=job, source=file.name),
                keep_wrong=wrong.add if how.leave_out_wrong or how.dry_run else None,
                dry_run=how.dry_run,
                told=lambda n: progress.step(n),
            )
        except WrongRowsError as error:
            raise LedgerError("\n".join([str(error), *told_problems(error.outcome)])) from error
    for line in (*outcome.notes, *told_problems(outcome), str(outcome)):
        progress.log(line)
    if outcome.wrong:
        progress.artefact(_kept(wrong, file, by))
    if not how.dry_run:
        _record(outcome, file.name, job=job, by=by)
        _keep_or_remove(file, holds_numbers)
    progress.close()  # from here on the row of the job is this transaction's
    previews.keep(job, outcome)


def _keep_or_remove(file: StoredFile, holds_numbers: bool) -> None:
    """Once imported, a file without personal numbers is kept for good; one with them has done its duty and goes."""
    if holds_numbers:
        transaction.on_commit(file.remove)
    else:
        StoredFile.objects.filter(pk=file.pk).update(remove_after=None)


def told_problems(outcome: Outcome) -> list[str]:
    """Return the first problems as lines, and how many rows more are wrong."""
    lines = [str(problem) for problem in outcome.problems[:PROBLEMS_SHOWN]]
    more = outcome.wrong - len(lines)
    return [*lines, _("… and more: {wrong} rows are wrong in all.").format(wrong=outcome.wrong)] if more > 0 else lines


def export_now(kind: str, path: Path, *, within: str = "", purpose: str = "") -> int:
    """
    Write the ledger of that kind, below the code `within`, to a file of the operator's; return how many rows it has.

    Numbers of people are masked. Raises LedgerError where the ledger names people and no `purpose` is said.
    """
    ledger, scope = of_kind(kind), Scope((prefix_of(within),))
    wish = exports.Wish(path.suffix.lstrip(".").lower(), purpose)
    try:
        exports.check(ledger, wish, by=None)
    except ValidationError as error:
        raise LedgerError(" ".join(error.messages)) from error
    operator = _("operator of the machine")
    mark = Mark(operator, clock.shown(clock.now()), prefix_of(within), purpose) if ledger.names_people else None
    written = export_file(path, ledger, scope, mark=mark)
    exports.record(ledger, wish, written, by=None, area=prefix_of(within), scope=scope)
    return written


def _on_disk(file: StoredFile) -> Unnamed:
    return Unnamed(file.opened(), suffix=Path(file.name).suffix)


def _kept(wrong: WrongRows, file: StoredFile, by: User | None) -> StoredFile:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wrong.xlsx"
        wrong.save(path)
        name = _("wrong rows of {name}.xlsx").format(name=Path(file.name).stem)
        return StoredFile.keep(path.read_bytes(), name=name, content_type=EXCEL, prefix=file.prefix, by=by)


def _record(outcome: Outcome, name: str, *, job: Job, by: User | None) -> None:
    kind = outcome.ledger.kind if outcome.ledger else ""
    counts = {key: getattr(outcome, key) for key in ("created", "changed", "unchanged", "wrong")}
    events.record(
        "ledger.import", by=by, obj=job, prefix=job.prefix, file=without_personal_numbers(name), kind=kind, **counts
    )
