"""Print what each role may do with each register as the page of the manual, or see that the page still says it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from communities.ground.rights import table
from communities.ground.roles import Role

BEGINNING = """\
# Roles

What each role may do with each register: who edits it directly, and whose edit waits until somebody who keeps the
register accepts it. Made of the one table in `communities/ground/roles.py` by `manage.py roles`; `make check` sees that
it still says the same. The security administrator has the same table on a page of the portal.

Every right holds from the first to the last day of an access and only below its division code prefix. Nobody has two
roles at once. Who may use which page, register and job is listed in [Who may use what](access.md).
"""


class Command(BaseCommand):
    """`manage.py roles [--check FILE]`."""

    help = "Print what each role may do with each register (docs/reference/roles.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The page to hold against."""
        parser.add_argument("--check", type=Path, metavar="FILE", help="fail where FILE says something else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, or compare."""
        page = page_of_the_manual()
        if options["check"] is None:
            self.stdout.write(page, ending="")
        elif not options["check"].is_file() or options["check"].read_text(encoding="utf-8") != page:
            path = options["check"]
            raise CommandError(f"{path} is out of date: write it anew with `manage.py roles > {path}`.")


def page_of_the_manual() -> str:
    """Return docs/reference/roles.md."""
    with translation.override("zh-hans"):
        chinese = [str(role.label) for role in Role]
    with translation.override("en"):
        names = [f"{role.label}<br>{word}" for role, word in zip(Role, chinese, strict=True)]
        lines = []
        for heading, rows in table():
            lines += ["", f"## {heading}", "", _line("register", *names), _line(*["---"] * (len(names) + 1))]
            lines += [_line(name, *manners) for name, manners in rows]
    return BEGINNING + "\n".join(lines) + "\n"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
