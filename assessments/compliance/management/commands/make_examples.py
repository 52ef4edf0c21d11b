"""Make up example data for an area, from a seed. Marked 示例数据 wherever it appears."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from assessments.compliance import example
from communities.ground.scope import prefix_of


class Command(BaseCommand):
    help = "Make up example data for the places below a code, from a seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--within", required=True, help="division code, such as 3701")
        parser.add_argument("--years", required=True, help="first and last year, such as 2007-2009")
        parser.add_argument("--seed", type=int, default=2007)

    def handle(self, *args: Any, **options: Any) -> None:
        first, _dash, last = options["years"].partition("-")
        if not (first.isdigit() and (last or first).isdigit()):
            raise CommandError(f"“{options['years']}” are not years; write 2007-2009.")
        years = range(int(first), int(last or first) + 1)
        try:
            made = example.make(prefix_of(options["within"]), years, seed=options["seed"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(f"Example data for {made} communities." if made else "Example data stands already.")
