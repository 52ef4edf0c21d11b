"""Import a ledger: `manage.py import_ledger FILE(.xlsx|.csv) [--kind KIND] [--dry-run] [--errors FILE.xlsx]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.plans import imports
from assessments.plans.ledgers import LEDGERS
from communities.ground.ledgers.files import LedgerError
from communities.ground.ledgers.importing import WrongRowsError


class Command(BaseCommand):
    """Writes all rows or none; with --errors the right ones, and the wrong ones to a file with the reason."""

    help = "Import a ledger. Without --errors, nothing is written if a single row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, its kind and what to do with wrong rows."""
        parser.add_argument("file", metavar="FILE", type=Path)
        kinds = ", ".join(ledger.kind for ledger in LEDGERS)
        parser.add_argument("--kind", default="", help=f"what the file is, where its headings do not say it: {kinds}")
        parser.add_argument("--dry-run", action="store_true", help="check everything; write nothing")
        parser.add_argument("--errors", type=Path, metavar="FILE.xlsx", help="import what is right, the rest goes here")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line: how many rows were created, changed, unchanged, wrong; the problems go to stderr."""
        how = imports.Order(options["kind"], leave_out_wrong=bool(options["errors"]), dry_run=options["dry_run"])
        try:
            outcome = imports.import_now(options["file"], how, wrong_rows=options["errors"])
        except WrongRowsError as error:
            self._tell(options["file"], imports.told_problems(error.outcome))
            raise CommandError(f"{options['file'].name}: {error}") from error
        except (LedgerError, OSError) as error:
            raise CommandError(f"{options['file'].name}: {error}") from error
        self._tell(options["file"], [*outcome.notes, *imports.told_problems(outcome)])
        kind = outcome.ledger.kind if outcome.ledger else ""
        self.stdout.write(f"{options['file'].name} ({kind}): {outcome}")
        if outcome.wrong and how.dry_run:
            raise CommandError(f"{options['file'].name}: {outcome.wrong} rows are wrong; nothing was written.")

    def _tell(self, file: Path, lines: list[str]) -> None:
        for line in lines:
            self.stderr.write(f"{file.name}: {line}")
