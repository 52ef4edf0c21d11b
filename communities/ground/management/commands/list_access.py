"""Print every door of the portal and who may use it; fail where one does not say."""

import csv
import io
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communities.ground import doors
from communities.ground.access import PUBLIC, SIGNED_IN
from communities.ground.doors import Door
from communities.ground.roles import Role

COLUMNS = (*Role.values, "signed in", "nobody")
TITLES = {
    doors.PAGE: ("Pages", "address"),
    doors.API: ("The API", "address"),
    doors.REGISTER: ("Registers in the admin", "model"),
    doors.ACTION: ("Bulk actions in the admin", "model"),
    doors.JOB: ("Jobs that may be asked for", "kind"),
}
BEGINNING = """\
# Who may use what

Every address, register, bulk action and kind of job with the roles that may use it. This page is written by
`manage.py list_access --format markdown`; `make check` sees that it still says what holds.

*yes* lets the role in while its access is in force, and then only to what lies below its division code prefix.
*proposes* hands the change to somebody who keeps the register. *signed in* is an account whose access has ended or
not begun; *nobody* is who has not signed in. Where a row is empty, nobody gets in: the page came with a package.
"""


def cells(door: Door) -> list[str]:
    """Return what stands in each of `COLUMNS`: yes, proposes, or nothing."""
    if door.who == PUBLIC:
        return ["yes"] * len(COLUMNS)
    if door.who == SIGNED_IN:
        return ["yes"] * (len(COLUMNS) - 1) + [""]
    who = door.who if isinstance(door.who, frozenset) else frozenset[Role]()
    said = [("proposes" if role in door.proposing else "yes") if role in who else "" for role in Role]
    return [*said, "", ""]


def as_text(found: Iterable[Door]) -> str:
    """Return a line for each door, with the roles spelled out."""
    return "".join(f"{door}: {_in_words(door)}\n" for door in found)


def as_csv(found: Iterable[Door]) -> str:
    """Return the table for a spreadsheet."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["kind", "address", "name", "verb", *COLUMNS])
    rows.writerows([door.kind, door.address, door.name, door.verb, *cells(door)] for door in found)
    return written.getvalue()


def as_markdown(found: Iterable[Door]) -> str:
    """Return the page of the manual."""
    listed = list(found)
    parts = [BEGINNING]
    for kind, (title, called) in TITLES.items():
        rows = [door for door in listed if door.kind == kind]
        named = [column for column in ("name", "verb") if any(getattr(door, column) for door in rows)]
        head = [called, *named, *COLUMNS]
        parts.append(f"## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n")
        parts[-1] += "".join(
            f"| {' | '.join([f'`{door.address}`', *(getattr(door, column) for column in named), *cells(door)])} |\n"
            for door in rows
        )
    return "\n".join(parts)


def _in_words(door: Door) -> str:
    if door.who in (PUBLIC, SIGNED_IN):
        return "everybody" if door.who == PUBLIC else "signed in"
    told = [
        f"{role} ({cell})" if cell == "proposes" else role
        for role, cell in zip(COLUMNS, cells(door), strict=True)
        if cell
    ]
    return ", ".join(told) or ("nobody" if door.who is not None else "NOT DECLARED")


FORMATS = {"text": as_text, "csv": as_csv, "markdown": as_markdown}


class Command(BaseCommand):
    help = "List every address, register, bulk action and kind of job with the roles that may use it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="text")
        parser.add_argument("--check", type=Path, metavar="FILE", help="see that the file still says the same")

    def handle(self, *args: Any, **options: Any) -> None:
        told = FORMATS[options["format"]](doors.doors())
        if options["check"] is None:
            self.stdout.write(told, ending="")
        if silent := doors.undeclared():
            raise CommandError(
                f"Who may use them is not declared: {'; '.join(map(str, silent))}. "
                "Say it with @roles, roles= or in the table of communities/ground/roles.py."
            )
        if options["check"] is not None:
            _hold_against(options["check"], told, options["format"])


def _hold_against(page: Path, told: str, form: str) -> None:
    if not page.exists() or page.read_text(encoding="utf-8") != told:
        again = f"manage.py list_access --format {form} > {page}"
        raise CommandError(f"{page} is out of date: write it anew with `{again}`.")
