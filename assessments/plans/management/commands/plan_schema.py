"""Print the JSON Schema of plan packs: `manage.py plan_schema > pack.schema.json`."""

from typing import Any

from django.core.management.base import BaseCommand

from assessments.plans import schema


class Command(BaseCommand):
    """For editors that check a pack while it is written."""

    help = "Print the JSON Schema of plan packs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it as it is published."""
        self.stdout.write(schema.text(), ending="")
