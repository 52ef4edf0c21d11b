"""Load scoring sheets: `manage.py load_sheet FILE… [--dry-run] [--format json]`, as `load_plan` does with plans."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.filings import actions
from assessments.filings.actions import Checked
from assessments.filings.comparing import before_of, differences
from assessments.filings.models import Sheet
from assessments.plans.problems import Problem
from assessments.plans.reading import LARGEST

BYTES_A_CHARACTER = 4


class Command(BaseCommand):
    """Checks every file first; loads and publishes them only if all are sound."""

    help = "Check scoring sheets, load them as versions and publish them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the files, and how to go about it."""
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only; write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text", dest="form")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a file with what changes, or the problems by line; end with 1 where there is one."""
        checked = [_checked(file) for file in options["files"]]
        is_sound = all(one.is_sound for one in checked)
        if is_sound:
            try:
                with transaction.atomic():
                    results = [_loaded(one, dry_run=options["dry_run"]) for one in checked]
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
        else:
            results = [_refused(one) for one in checked]
        self._print(results, as_json=options["form"] == "json")
        if not is_sound:
            n = sum(len(one.problems) for one in checked)
            raise CommandError(_("Nothing was loaded; problems: {n}.").format(n=n))

    def _print(self, results: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=2))
            return
        for result in results:
            for line in _lines(result):
                self.stdout.write(line)


def _checked(file: Path) -> Checked:
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST * BYTES_A_CHARACTER + 1).decode("utf-8-sig")
    except OSError as error:
        what = _("The file cannot be opened: {why}.").format(why=error.strerror)
        return Checked(str(file), "", None, problems=[Problem(0, "", what)])
    except UnicodeDecodeError:
        return Checked(str(file), "", None, problems=[Problem(0, "", _("The file is not text in UTF-8."))])
    return actions.check(text, str(file))


def _loaded(checked: Checked, *, dry_run: bool) -> dict[str, Any]:
    assert checked.pack is not None  # noqa: S101 - only sound sheets come here
    pack = checked.pack
    changes = [asdict(one) for one in differences(before_of(Sheet.objects.filter(code=pack.code).first()), pack)]
    told: dict[str, Any] = {"file": checked.name, "sheet": pack.code, "sha256": pack.sha256(), "problems": []}
    told |= {"warnings": checked.warnings, "changes": changes, "items": len(list(pack.items()))}
    if dry_run:
        return {**told, "outcome": "sound"}
    version, done = actions.load(checked)
    return {**told, "outcome": "loaded" if done else "unchanged", "version": version.number}


def _refused(checked: Checked) -> dict[str, Any]:
    outcome = "refused" if checked.problems else "sound"
    return {"file": checked.name, "outcome": outcome, "problems": [asdict(one) for one in checked.problems]}


def _lines(result: dict[str, Any]) -> list[str]:
    """Return the result as people read it: one line with what changes below it, or one line a problem."""
    if result["problems"]:
        return [_line(result["file"], problem) for problem in result["problems"]]
    sentences = {
        "loaded": _("{file}: sheet {sheet}, version {version} loaded and published."),
        "unchanged": _("{file}: sheet {sheet}, version {version} is already loaded; nothing to do."),
        "sound": _("{file}: sound; nothing was written."),
    }
    told = [sentences[result["outcome"]].format(**result)]
    return [*told, *result.get("warnings", []), *(_change(one) for one in result.get("changes", []))]


def _change(change: dict[str, Any]) -> str:
    return (
        f"  {change['kind']} {change['label']} ({change['code']}): {change['before'] or '—'} → {change['after'] or '—'}"
    )


def _line(file: str, problem: dict[str, Any]) -> str:
    where = f"{file}:{problem['line']}" if problem["line"] else file
    path = f"{problem['path']}: " if problem["path"] else ""
    return " ".join(part for part in (f"{where}: {path}{problem['what']}", problem["why"]) if part)
