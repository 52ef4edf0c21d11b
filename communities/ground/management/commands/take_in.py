"""Take in accounts that belong to no area: those of before areas were kept, which no administrator reaches."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from communities.ground import accounts
from communities.ground.accounts import RefusedError
from communities.ground.models import User


class Command(BaseCommand):
    """`manage.py take_in [USERNAME …] [--within CODE]`: without names it lists them."""

    help = "List the accounts that belong to no area, or let the named ones belong to one; then its administrators do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where."""
        parser.add_argument("username", nargs="*")
        parser.add_argument("--within", default="", metavar="CODE", help="the division code prefix: 3701, 370102")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or take in all that are named, or none of them."""
        if not options["username"]:
            for name in User.objects.filter(prefix="").order_by("username").values_list("username", flat=True):
                self.stdout.write(name)
            return
        try:
            taken = accounts.take_in(usernames=options["username"], prefix=options["within"])
        except RefusedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("Accounts that belong to {area} now: {number}.").format(area=options["within"], number=taken)
        )
