"""Destroy the keys of people whose day is over: `manage.py destroy_expired_keys [--dry-run]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from organizations import actions


class Command(BaseCommand):
    """Fixes until when each person's numbers are kept, and destroys what is past its day; the clock does it daily."""

    help = "Destroy the keys of people's numbers whose last day is over."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to write."""
        parser.add_argument("--dry-run", action="store_true", help="say how many, destroy nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line: how many."""
        expired = actions.destroy_expired(dry_run=options["dry_run"])
        self.stdout.write(f"{expired} keys {'would be' if options['dry_run'] else 'were'} destroyed")
