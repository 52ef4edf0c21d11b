"""Export a ledger: `manage.py export_ledger KIND FILE(.xlsx|.csv) [--within CODE]`. What comes out can go in again."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.plans import imports
from assessments.plans.ledgers import LEDGERS, of_kind
from communities.ground.ledgers import exporting
from communities.ground.ledgers.files import LedgerError


class Command(BaseCommand):
    """Writes a register as the file it can be imported from, or its empty template."""

    help = "Export a ledger, or with --template its empty form."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the kind, the file and the area."""
        parser.add_argument("kind", metavar="KIND", help=", ".join(ledger.kind for ledger in LEDGERS))
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--within", default="", metavar="CODE", help="only places below this division code")
        parser.add_argument(
            "--purpose", default="", help="what it is needed for: asked of ledgers that name people, and recorded"
        )
        parser.add_argument("--template", action="store_true", help="headings only, with what may be written below")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line: what was written where."""
        try:
            if options["template"]:
                exporting.template(options["file"], of_kind(options["kind"]))
                self.stdout.write(f"{options['file']}: template of {options['kind']}")
                return
            written = imports.export_now(
                options["kind"], options["file"], within=options["within"], purpose=options["purpose"]
            )
        except (LedgerError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['file']} ({options['kind']}): {written} rows")
