"""Wrap the keys of people by the present DATA_KEY and CIPHER_SUITE: `manage.py change_data_key [--dry-run]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from communities.ground.keys import UnreadableError
from organizations import actions


class Command(BaseCommand):
    """
    Wraps every key anew and hashes the numbers anew, after DATA_KEY or CIPHER_SUITE was changed.

    Until it is done the former key stands in DATA_KEYS_BEFORE. It may be stopped and run again.
    """

    help = "Wrap the keys of people's numbers by the present DATA_KEY and CIPHER_SUITE."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to write."""
        parser.add_argument("--dry-run", action="store_true", help="say how many, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many, and what the former key is still needed for."""
        try:
            changed = actions.change_data_key(dry_run=options["dry_run"])
        except UnreadableError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{changed} keys {'would be' if options['dry_run'] else 'were'} wrapped anew")
        if not options["dry_run"]:
            self.stdout.write(
                "The personal numbers no longer need a key of DATA_KEYS_BEFORE. Events sealed, second factors set up "
                "and files encrypted with it do: keep it there as long as they are to be read."
            )
