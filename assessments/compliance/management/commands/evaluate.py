"""Judge every place of a plan's area, or below a code, as at a day; store the findings; print them."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from assessments.compliance import actions
from assessments.compliance.models import Finding, Run, Verdict
from assessments.plans.actions import latest_version
from communities.ground import clock, jobs
from communities.ground.models import Job


def day(text: str) -> date:
    """Read a day as people write it on a command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(_("“{text}” is not a day; write it as 2008-12-31.").format(text=text)) from None


def moment(text: str) -> datetime:
    """Read a moment as people write it on a command line, in the portal's time zone; a day alone means its end."""
    try:
        return clock.moment(text)
    except ValueError:
        message = _("“{text}” is not a moment; write it as 2008-12-31T18:00, or 2008-12-31 for the end of that day.")
        raise CommandError(message.format(text=text)) from None


class Command(BaseCommand):
    help = "Judge a plan's places as at a day, store the findings and print them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", required=True, help="code of the plan, such as jinan-2007")
        parser.add_argument("--as-of", help="day, such as 2008-12-31; else today or the end of the plan")
        parser.add_argument("--within", help="division code of the places to judge; else the plan's whole area")
        parser.add_argument(
            "--known-at", help="judge by what was recorded then, such as 2008-12-31T18:00; a day alone means its end"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--publish", action="store_true", help="publish the run for leaders and reports")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = day(options["as_of"]) if options["as_of"] else None
        known_at = moment(options["known_at"]) if options["known_at"] else None
        try:
            version = latest_version(options["plan"])
            if known_at is not None:
                actions.checked_moment(known_at)
            if options["publish"]:
                actions.check_publishable(version, known_at)
            job = jobs.do_here(
                "evaluate",
                prefix=version.plan.prefix,
                version=version.pk,
                as_of=as_of.isoformat() if as_of else None,
                within=options["within"],
                known_at=known_at.isoformat() if known_at else None,
            )
            run = self._run_of(job)
            if options["publish"]:
                run = actions.publish(run)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        except ObjectDoesNotExist as error:
            raise CommandError(str(error)) from None
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(run), ensure_ascii=False))
        else:
            self.stdout.write(as_text(run))

    def _run_of(self, job: Job) -> Run:
        return Run.objects.select_related("version__plan").get(job=job)


def as_text(run: Run) -> str:
    """Return the run in one line."""
    told = _("Run {run}: {plan} version {version} as of {day}, {places} places, {findings} findings: {counts}.")
    line = told.format(
        run=run.pk,
        plan=run.version.plan.code,
        version=run.version.number,
        day=run.as_of,
        places=run.places,
        findings=run.findings_in_all,
        counts=", ".join(f"{run.counts.get(v, 0)} {v.label}" for v in Verdict),
    )
    marks = [_("As known at {at}.").format(at=clock.shown(run.known_at))] if run.known_at else []
    marks += [] if run.is_binding else [_("draft for comment, not binding")]
    return " ".join([line, *marks])


def as_json(run: Run) -> dict[str, Any]:
    """Return the run with every finding; numbers as decimal strings."""
    return {
        "plan": run.version.plan.code,
        "version": run.version.number,
        "as_of": run.as_of.isoformat(),
        "run": run.pk,
        **({"known_at": run.known_at.isoformat()} if run.known_at else {}),
        "findings": list(_findings(run)),
    }


def _findings(run: Run) -> Iterator[dict[str, Any]]:
    rows = Finding.objects.filter(run=run, place__codes__during__contains=run.as_of).order_by(
        "rule__target__order", "place__codes__code", "milestone"
    )
    columns = ("verdict", "measured", "required", "shortfall", "missing", "detail", "milestone")
    for row in rows.values("rule__target__code", "place__codes__code", *columns).iterator():
        yield {
            "target": row["rule__target__code"],
            "subject": row["place__codes__code"],
            "milestone": row["milestone"],
            "verdict": row["verdict"],
            **{name: plain(row[name]) for name in ("measured", "required", "shortfall")},
            "missing": row["missing"] or [],
            "detail": row["detail"] or {},
        }


def plain(value: Any) -> str | None:
    """Return a number as a decimal string without trailing zeros."""
    return None if value is None else f"{value.normalize():f}"
