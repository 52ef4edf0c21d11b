"""Print a report: `manage.py render_report --plan CODE --within CODE --as-of … --output FILE.pdf`."""

import os
import tempfile
from argparse import ArgumentParser
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.reports import actions
from assessments.reports.rendering import MissingGlyphsError, NoChineseFontError


class Command(BaseCommand):
    """Takes the latest published run that covers the place and the day; makes none itself."""

    help = "Print the report of a place by the latest published run of that day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which plan, which place, which day, which file."""
        parser.add_argument("--plan", required=True, help="code of the plan, such as jinan-2007")
        parser.add_argument("--within", required=True, help="division code of the place the report is about")
        parser.add_argument("--as-of", required=True, help="day of the run, such as 2008-12-31")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE.pdf")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it and write the file; one line says what was written."""
        output: Path = options["output"]
        if output.suffix.lower() != ".pdf":
            raise CommandError(_("Reports are printed as .pdf; “{name}” ends otherwise.").format(name=output.name))
        if not output.parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=output.parent))
        code = _code(options["within"])
        try:
            run = actions.run_for(options["plan"], code, _day(options["as_of"]))
            with transaction.atomic():
                report = actions.print_report(run, code)
            with report.file.file.open("rb") as kept:
                write_whole(output, kept.read())
        except (ObjectDoesNotExist, MissingGlyphsError, NoChineseFontError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(refused(error, output)) from None
        told = _("{file}: {title}, {pages} pages, run {run}, check code {code}.")
        self.stdout.write(
            told.format(
                file=output, title=report.file.name, pages=report.pages, run=report.run_id, code=report.check_code
            )
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(_("“{text}” is not a day; write it as 2008-12-31.").format(text=text)) from None


def _code(text: str) -> str:
    if not text.isdigit() or len(text) not in (4, 6, 9, 12):
        raise CommandError(_("“{text}” is not a division code of 4, 6, 9 or 12 digits.").format(text=text))
    return text.ljust(12, "0")


def refused(error: OSError, output: Path) -> str:
    """Return why the machine would not write, in a sentence."""
    why = error.strerror or str(error)
    return _("The report was not written to {file}: {why}. Make room and ask again.").format(file=output, why=why)


def write_whole(output: Path, content: bytes) -> None:
    """Write the file whole or not at all: under another name first, renamed when it is complete."""
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, output)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
