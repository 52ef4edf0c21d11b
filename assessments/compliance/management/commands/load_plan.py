"""
Load plan packs: `manage.py load_plan FILE… [--dry-run] [--format json]`.

Where an earlier version has been judged and published, the same area is judged by the new one as at the same day, and
every verdict that turns is listed: that is why the command stands here and not beside the packs.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.compliance.actions import evaluate, flips
from assessments.compliance.models import Run, Verdict
from assessments.plans import actions
from assessments.plans.actions import Checked
from assessments.plans.models import PlanVersion
from assessments.plans.problems import Problem
from assessments.plans.reading import LARGEST

BYTES_A_CHARACTER = 4


class Command(BaseCommand):
    """Checks every file first; loads and publishes them only if all are sound."""

    help = "Check plan packs, load them as versions of their plans and publish them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the files, and how to go about it."""
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only; write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text", dest="form")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a file, or the problems by line; end with 1 where there is one."""
        checked = [self._check(file) for file in options["files"]]
        is_sound = all(one.is_sound for one in checked)
        if is_sound:
            try:
                with transaction.atomic():
                    results = [self._load(one, dry_run=options["dry_run"]) for one in checked]
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
        else:
            results = [self._refused(one) for one in checked]
        self._print(results, as_json=options["form"] == "json")
        if not is_sound:
            n = sum(len(one.problems) for one in checked)
            raise CommandError(_("Nothing was loaded; problems: {n}.").format(n=n))

    def _check(self, file: Path) -> Checked:
        try:
            with file.open("rb") as opened:
                text = opened.read(LARGEST * BYTES_A_CHARACTER + 1).decode("utf-8-sig")
        except OSError as error:
            what = _("The file cannot be opened: {why}.").format(why=error.strerror)
            return Checked(str(file), "", None, [Problem(0, "", what)])
        except UnicodeDecodeError:
            return Checked(str(file), "", None, [Problem(0, "", _("The file is not text in UTF-8."))])
        return actions.check(text, str(file))

    def _load(self, checked: Checked, *, dry_run: bool) -> dict[str, Any]:
        assert checked.pack is not None  # noqa: S101 - only sound packs come here
        told = {"file": checked.name, "plan": checked.pack.code, "sha256": checked.pack.sha256(), "problems": []}
        base = Run.objects.published().filter(version__plan__code=checked.pack.code).order_by("-as_of", "-pk").first()
        with transaction.atomic():
            version, done = actions.load(checked)
            turned = _turned(base, version) if done and base else {}
            transaction.set_rollback(dry_run)
        if dry_run:
            return {**told, "outcome": "sound", "targets": len(checked.pack.targets), **turned}
        return {**told, "outcome": "loaded" if done else "unchanged", "version": version.number, **turned}

    def _refused(self, checked: Checked) -> dict[str, Any]:
        problems = [
            {"line": p.line, "path": p.path, "what": p.what, "why": p.why, "nearest": p.nearest}
            for p in checked.problems
        ]
        return {"file": checked.name, "outcome": "refused" if problems else "sound", "problems": problems}

    def _print(self, results: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(results, ensure_ascii=False, indent=2))
            return
        for result in results:
            for line in _lines(result):
                self.stdout.write(line)


def _turned(base: Run, version: PlanVersion) -> dict[str, Any]:
    """Judge by the version what the published run `base` judged, and return every verdict that turns."""
    within = base.prefix if base.prefix != version.plan.prefix else None
    try:
        run = evaluate(version=version, as_of=base.as_of, within=within)
    except ValidationError as error:
        return {"not_compared": " ".join(error.messages)}
    in_all, found = flips(base, run, most=None)
    return {"run": base.pk, "as_of": base.as_of.isoformat(), "turn": in_all, "turned": [asdict(flip) for flip in found]}


def _lines(result: dict[str, Any]) -> list[str]:
    """Return the result as people read it: one line, or one line a problem."""
    if result["problems"]:
        return [_line(result["file"], problem) for problem in result["problems"]]
    sentences = {
        "loaded": _("{file}: plan {plan}, version {version} loaded and published."),
        "unchanged": _("{file}: plan {plan}, version {version} is already loaded; nothing to do."),
        "sound": _("{file}: sound; nothing was written."),
    }
    return [sentences[result["outcome"]].format(**result), *_turns(result)]


def _turns(result: dict[str, Any]) -> list[str]:
    """Return one line for how many verdicts turn, and one for each of them."""
    if "not_compared" in result:
        return [_("Not compared with what was judged: {not_compared}").format(**result)]
    if "turn" not in result:
        return []
    head = _("Against run {run} as of {as_of}, {turn} verdicts turn.").format(**result)
    return [head, *(_turn(flip) for flip in result["turned"])]


def _turn(flip: dict[str, Any]) -> str:
    before, after = (str(Verdict(flip[side]).label) if flip[side] else "—" for side in ("before", "after"))
    return f"  {flip['code']} {flip['place']} {flip['target']}: {before} → {after}"


def _line(file: str, problem: dict[str, Any]) -> str:
    where = f"{file}:{problem['line']}" if problem["line"] else file
    path = f"{problem['path']}: " if problem["path"] else ""
    return " ".join(part for part in (f"{where}: {path}{problem['what']}", problem["why"]) if part)
