"""Print the JSON Schema of scoring sheets: `manage.py sheet_schema > sheet.schema.json`."""

from typing import Any

from django.core.management.base import BaseCommand

from assessments.filings import schema


class Command(BaseCommand):
    """For editors that check a sheet while it is written."""

    help = "Print the JSON Schema of scoring sheets."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it as it is published."""
        self.stdout.write(schema.text(), ending="")
