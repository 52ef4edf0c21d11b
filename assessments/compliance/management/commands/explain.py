"""Say why one target stands as it does at one place: clause, formula, numbers put in, facts with source and date."""

import json
from argparse import ArgumentParser
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from assessments.compliance import actions, telling
from assessments.compliance.explanation import Explanation
from assessments.compliance.models import Run
from assessments.compliance.words import plain
from assessments.plans.actions import latest_version
from assessments.plans.models import PlanVersion, Status
from communities.ground import clock
from communities.ground.scope import prefix_of
from communities.places.models import Place

from .evaluate import day, moment


class Command(BaseCommand):
    help = "Explain one verdict of the latest run of a day, or what would be judged now where there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", required=True)
        parser.add_argument("--target", required=True)
        parser.add_argument("--subject", required=True, help="12-digit code of the place")
        parser.add_argument("--as-of", help="day, such as 2008-12-31; else that of the latest run")
        parser.add_argument(
            "--known-at", help="as known then, such as 2008-12-31T18:00; a day alone means its end; needs --as-of"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = self._explain(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        except ObjectDoesNotExist as error:
            raise CommandError(str(error)) from None
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(told), ensure_ascii=False, default=str))
        else:
            if latest_version(options["plan"]).status == Status.DRAFT:
                self.stdout.write(_("draft for comment, not binding"))
            self.stdout.write(as_text(told))

    def _explain(self, options: dict[str, Any]) -> Explanation:
        version = latest_version(options["plan"])
        as_of = day(options["as_of"]) if options["as_of"] else None
        known_at = actions.checked_moment(moment(options["known_at"])) if options["known_at"] else None
        run = latest_run(version, options["subject"], as_of, known_at)
        if run is None:
            actions.area_judged(version, options["subject"], actions.checked_day(version, as_of))
        when = run.as_of if run else as_of
        if when is None:
            message = _("Nothing has been judged under {plan} yet; give --as-of, or evaluate first.")
            raise CommandError(message.format(plan=options["plan"]))
        try:
            place = Place.objects.by_code(options["subject"].ljust(12, "0"), when)
        except Place.DoesNotExist:
            message = _("No place bears the code {code} on {day}.")
            raise CommandError(message.format(code=options["subject"], day=when)) from None
        if run is not None:
            return telling.explain(run, options["target"], place)
        return telling.explain_now(version, options["target"], place, when, known_at=known_at)


def latest_run(version: PlanVersion, code: str, as_of: date | None, known_at: datetime | None = None) -> Run | None:
    """
    Return the latest run that judged the place of `code`, published ones first; on `as_of` where given.

    One by what was known at a moment is meant only where that moment is asked for.
    """
    prefix = prefix_of(code)
    runs = Run.objects.filter(version=version, prefix__in=[prefix[:n] for n in range(len(prefix) + 1)])
    runs = runs.filter(known_at=known_at)
    if as_of is not None:
        runs = runs.filter(as_of=as_of)
    runs = runs.select_related("version__plan")
    return runs.published().order_by("-as_of", "-pk").first() or runs.order_by("-as_of", "-pk").first()


def as_text(told: Explanation) -> str:
    """Return an explanation as lines of text."""
    lines = [_("As known at {at}.").format(at=clock.shown(told.known_at))] if told.known_at else []
    lines += [
        f"{told.place} {told.code} · {told.target_label}",
        f"{told.verdict.label}: {told.sentence}",
        f"{told.document} {told.clause} ({told.force_label}): {told.clause_text}",
    ]
    if told.printed:
        figure = told.printed
        lines.append(f"{_('printed figure')}: {figure.agreement.label} · {figure.sentence} {figure.note}".rstrip())
    lines += [f"  {line.words}\n  {plain(line.put_in)} → {line.verdict.label} {line.margin}" for line in told.lines]
    for fact in told.facts:
        lines.append(f"  {fact.label}: {fact.value} {fact.unit} · {fact.as_of or ''} · {fact.source}")
        lines += [f"    {r.text} {r.value} · {r.dated} · {r.source}" for r in fact.records]
    if told.outlook:
        lines.append(f"  {told.outlook.sentence} {told.outlook.pace}".rstrip())
        lines += [f"    {one.due} {one.required} · {one.word}" for one in told.milestones]
    if told.members_of:
        lines.append(f"  {told.members_known}/{told.members_of} · {told.provisional}")
    return "\n".join(lines)


def as_json(told: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data."""

    def simple(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value.isoformat() if isinstance(value, date | datetime) else value for key, value in pairs}

    place, run = told.place, told.run
    data = asdict(_without_rows(told), dict_factory=simple)
    return {**data, "place": str(place), "run": run.pk if run else None}


def _without_rows(told: Explanation) -> Explanation:
    return replace(told, place=None, run=None)  # type: ignore[arg-type]
