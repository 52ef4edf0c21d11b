"""Seal all events that are not sealed: where no worker runs, or after one has not run for long."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from communities.ground import sealing


class Command(BaseCommand):
    help = "Seal the events that are not sealed; print how many, and the head of the chain."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = sealing.seal(everything=True)
        self.stdout.write(_("{count} events sealed. Head: {head}").format(count=sealed, head=sealing.head() or "—"))
