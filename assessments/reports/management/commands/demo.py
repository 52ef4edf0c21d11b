"""`make demo`: everything from nothing. A second call doubles nothing."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from assessments.reports import demonstration
from assessments.reports.demonstration import Demonstration, NotHereError
from assessments.reports.rendering import MissingGlyphsError, NoChineseFontError
from communities.places import story


class Command(BaseCommand):
    """Sets up places, plan, accounts, example data, runs and reports, and says where they are."""

    help = "Set up the demonstration: the database and all that is shown in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to limit it to."""
        parser.add_argument("--within", default="", help="only the places below this code, for a quick look")
        parser.add_argument("--reports", type=Path, metavar="FOLDER", help="where the reports go; else var/reports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the steps one after the other, each with its time."""
        demo = Demonstration(options["within"], tell=self.stdout.write)
        if not demo.stories:
            areas = "、".join(sorted({story.read(code).area for code in story.names()}))
            raise CommandError(
                _("The demonstration is about {areas}: give a code below one of them.").format(areas=areas)
            )
        if options["reports"]:
            demo.folder = options["reports"]
        try:
            demonstration.refuse_elsewhere()
            self._do(demo)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        except (ObjectDoesNotExist, NotHereError, MissingGlyphsError, NoChineseFontError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(
                _("The machine refused: {why} ({what}).").format(why=error.strerror, what=error.filename)
            ) from None

    def _do(self, demo: Demonstration) -> None:
        began = time.monotonic()
        for name, step in demo.steps():
            start = time.monotonic()
            done = step()
            self.stdout.write(f"{name} [{time.monotonic() - start:.1f} s]: {done}")
        told = _("Done in {seconds:.0f} s. Start the portal with `make serve`; the reports lie in {folder}.")
        self.stdout.write(told.format(seconds=time.monotonic() - began, folder=demo.folder))
