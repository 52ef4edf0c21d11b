"""Enter holidays and worked weekends: `manage.py load_calendar FILE.csv [--dry-run]`, each autumn for the next year."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.filings import working_days


class Command(BaseCommand):
    """Reads `day,is_worked,name`, as in `assessments/filings/calendar/days.csv`; days entered before are replaced."""

    help = "Enter the holidays and worked weekends of a year."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and whether to write."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many days were entered; end with 1 where a line cannot be read, and enter none."""
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
            count = working_days.enter(text, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(_("The file cannot be opened: {why}.").format(why=error.strerror)) from None
        except UnicodeDecodeError:
            raise CommandError(_("The file is not text in UTF-8.")) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(_("Days of the working calendar: {n}.").format(n=count))
