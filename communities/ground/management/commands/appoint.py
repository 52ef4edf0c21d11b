"""Appoint an administrator: how the first ones come into an installation, and where the last one was lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import accounts
from communities.ground.accounts import RefusedError
from communities.ground.roles import ADMINISTRATORS, Role
from communities.ground.scope import prefix_of

CODE_LENGTH = 12


class Command(BaseCommand):
    """`manage.py appoint USERNAME --role system|security|auditor --within CODE [--name 张三] [--dry-run]`."""

    help = "Appoint a system, security or audit administrator; prints the one-time password of a new account once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, duty, area."""
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role if role in ADMINISTRATORS])
        parser.add_argument("--within", required=True, metavar="CODE", help="the division code he looks after: 3701")
        parser.add_argument("--name", default="", help="the name that pages show")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Appoint, or say in one sentence why not."""
        role, code = Role(options["role"]), options["within"]
        prefix = prefix_of(code) if len(code) == CODE_LENGTH else code
        try:
            with transaction.atomic():
                access, given = accounts.appoint(
                    username=options["username"], full_name=options["name"], role=role, prefix=prefix
                )
                transaction.set_rollback(options["dry_run"])
        except RefusedError as error:
            raise CommandError(str(error)) from error
        if options["dry_run"]:
            told = _("{name} would be {role} for {prefix}; nothing was written.")
        elif given is None:
            told = _("{name} is {role} for {prefix} from today and signs in as before.")
        else:
            told = _("{name} is {role} for {prefix} from today. One-time password, until {until}: {password}")
        name = access.user.username
        shown = {"until": given.until, "password": given.password} if given else {}
        self.stdout.write(told.format(name=name, role=role.label, prefix=prefix, **shown))
