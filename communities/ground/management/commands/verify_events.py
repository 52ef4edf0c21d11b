"""Hold the events against the chain of seals, name what is wrong, and fail if anything is."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from communities.ground import sealing
from communities.ground.heads import Head


def head(text: str) -> Head:
    """Read a head as it was printed."""
    try:
        return Head.read(text)
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from None


class Command(BaseCommand):
    help = "Verify the chain of seals over the events; say what was changed, removed, put in or re-ordered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="POSITION:DIGEST",
            help="a head that was kept; may be repeated",
        )
        parser.add_argument("--from", type=int, default=1, dest="since", metavar="POSITION", help="where to begin")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["since"] < 1:
            raise CommandError(_("Positions count from 1."))
        result = sealing.verify(since=options["since"], known=[head(text) for text in options["head"]])
        if options["format"] == "json":
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
        elif result.faults:
            for fault in result.faults:
                self.stdout.write(fault.words)
        else:
            self.stdout.write(result.sentence())
        if not result.is_whole:
            raise CommandError(result.sentence())
