"""
Print a report: `manage.py render_report --plan CODE --within CODE --as-of … --output FILE.pdf`.

With `--below district|street|community` (more than once for several levels) those of every judged place of the level
below the code, each into the folder that `--output` names then.
"""

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

from assessments.compliance.models import Run
from assessments.reports import actions
from assessments.reports.batches import LEVELS, Batch, file_name, outcome
from assessments.reports.models import Report
from assessments.reports.rendering import MissingGlyphsError, NoChineseFontError
from communities.ground.scope import prefix_of

TROUBLES = (ObjectDoesNotExist, MissingGlyphsError, NoChineseFontError, OSError)


class Command(BaseCommand):
    """Takes the latest published run that covers the place and the day; makes none itself."""

    help = "Print the report of a place, or of all places of a level below it, by the latest published run of the day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which plan, which place, which day, which file."""
        parser.add_argument("--plan", required=True, help="code of the plan, such as jinan-2007")
        parser.add_argument("--within", required=True, help="division code of the place the report is about")
        parser.add_argument("--as-of", required=True, help="day of the run, such as 2008-12-31")
        parser.add_argument(
            "--below", action="append", choices=[str(level) for level in LEVELS], help="all places of a level instead"
        )
        parser.add_argument("--output", required=True, type=Path, metavar="FILE.pdf", help="with --below a folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print and write what was asked for; a line for each report says what was written."""
        code = _code(options["within"])
        day = _day(options["as_of"])
        if options["below"]:
            self._many(options["plan"], code, day, options["below"], options["output"])
        else:
            self._one(options["plan"], code, day, options["output"])

    def _one(self, plan: str, code: str, day: date, output: Path) -> None:
        if output.suffix.lower() != ".pdf":
            raise CommandError(_("Reports are printed as .pdf; “{name}” ends otherwise.").format(name=output.name))
        if not output.parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=output.parent))
        try:
            report = self._print(actions.run_for(plan, code, day), code)
            self._write(report, output)
        except TROUBLES as error:
            raise CommandError(explained(error, output)) from None

    def _many(self, plan: str, code: str, day: date, levels: list[str], folder: Path) -> None:
        """Go on after a report that cannot be printed, and name all of those in the end."""
        try:
            batch = Batch(actions.run_for(plan, code, day), prefix_of(code), tuple(levels))
            folder.mkdir(exist_ok=True)
        except TROUBLES as error:
            raise CommandError(explained(error, folder)) from None
        found = list(batch.places())
        if not found:
            raise CommandError(_("The run judged no place of these levels here."))
        failed = []
        for one in found:
            try:
                report = self._print(batch.run, one.code)
                self._write(report, folder / file_name(one.code, report))
            except TROUBLES as error:
                failed.append(str(one.place))
                self.stderr.write(f"{one.code} {one.place}: {explained(error, folder)}")
        if failed:
            raise CommandError(outcome(len(found), failed))
        self.stdout.write(outcome(len(found), failed))

    def _print(self, run: Run, code: str) -> Report:
        with transaction.atomic():
            return actions.print_report(run, code)

    def _write(self, report: Report, output: Path) -> None:
        with report.file.file.open("rb") as kept:
            write_whole(output, kept.read())
        told = _("{file}: {title}, {pages} pages, run {run}, check code {code}.")
        self.stdout.write(
            told.format(
                file=output, title=report.file.name, pages=report.pages, run=report.run_id, code=report.check_code
            )
        )


def explained(error: Exception, output: Path) -> str:
    """Return why a report was not printed, in a sentence."""
    return refused(error, output) if isinstance(error, OSError) else str(error)


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
