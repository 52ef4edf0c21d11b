"""`make demo`: everything from nothing."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Set up the database of the demonstration."""

    help = "Set up the demonstration: the database and all that is shown in it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate and say so."""
        call_command("migrate", verbosity=0)
        self.stdout.write("The database is ready.")
