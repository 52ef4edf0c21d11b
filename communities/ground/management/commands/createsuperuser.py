"""Stands in the place of Django's own command, whose accounts would have no right to anything here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _


class Command(BaseCommand):
    """`manage.py createsuperuser`: says what to use instead."""

    help = "There is no superuser: see `manage.py appoint`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whatever Django's own takes, to answer it in a sentence and not with a usage error."""
        parser.add_argument("rest", nargs="*")
        for option in ("--username", "--email", "--database"):
            parser.add_argument(option)
        for option in ("--noinput", "--no-input"):
            parser.add_argument(option, action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse, and say what to do."""
        raise CommandError(
            _(
                "Linli has no superuser, as nobody may do everything. Appoint the three administrators: "
                "manage.py appoint NAME --role system|security|auditor --within CODE"
            )
        )
