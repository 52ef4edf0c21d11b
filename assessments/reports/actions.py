"""What can be done with reports: say what one says, print it, find the run it is printed from."""

from datetime import date
from typing import Protocol

from django.core.exceptions import ObjectDoesNotExist
from django.utils import translation
from django.utils.translation import gettext as _

from assessments.compliance.models import Run
from assessments.plans.models import Plan
from communities.ground import clock, events
from communities.ground.models import StoredFile, User
from communities.ground.scope import prefix_of
from communities.places.models import Level, Place

from . import rendering
from .area import area_report
from .community import community_sheet
from .contents import Content, check_code, sha256_of
from .gathering import gather, published_over
from .models import Report

PDF = "application/pdf"


class Steps(Protocol):
    """Whoever wants to know how far a report is."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A part has begun."""


def content_of(run: Run, code: str) -> Content:
    """Return what the report of `run` says of the place that bears `code` (a fixed number of queries)."""
    with translation.override("zh-hans"):
        gathered = gather(run, code)
        return community_sheet(gathered) if gathered.place.level == Level.COMMUNITY else area_report(gathered)


def print_report(run: Run, code: str, *, by: User | None = None, steps: Steps | None = None) -> Report:
    """
    Print the report of `run` about the place of `code`, and keep it; return the one kept where it says the same.

    Raises ObjectDoesNotExist where the run did not judge that place, MissingGlyphsError where the machine lacks a
    character, OSError where there is no room: then nothing is kept.
    """
    code = code.ljust(12, "0")
    _tell(steps, _("Gathering the findings"))
    place = _judged_place(run, code)
    content = content_of(run, code)
    sha256 = sha256_of(content)
    kept = Report.objects.select_related("file").filter(
        run=run, place=place, content_sha256=sha256, layout=rendering.layout()
    )
    found = kept.first()
    if found is not None:
        return found
    _tell(steps, _("Laying out the pages"))
    paper = rendering.pdf_of(rendering.html_of(content, clock.now()))
    _tell(steps, _("Keeping the file"))
    return _keep(run, place, code, content, paper, by)


def _keep(run: Run, place: Place, code: str, content: Content, paper: rendering.Paper, by: User | None) -> Report:
    name = f"{content.heading.title}.pdf"
    prefix = prefix_of(code)
    file = StoredFile.keep(paper.pdf, name=name, content_type=PDF, prefix=prefix, by=by)
    sha256 = sha256_of(content)
    report, is_new = Report.objects.get_or_create(
        run=run,
        place=place,
        content_sha256=sha256,
        layout=rendering.layout(),
        defaults={"check_code": check_code(sha256), "pages": paper.pages, "file": file},
    )
    if not is_new:  # another worker was first: its paper is the paper
        file.file.delete(save=False)
        file.delete()
        return report
    events.record("report.print", by=by, obj=report, prefix=prefix, run=run.pk, check_code=report.check_code)
    return report


def _tell(steps: Steps | None, text: str) -> None:
    if steps is not None:
        steps.stage(text)


def _judged_place(run: Run, code: str) -> Place:
    """Return the place of `code`; raise ObjectDoesNotExist where the run did not judge it."""
    if not code.startswith(run.prefix):
        raise ObjectDoesNotExist(
            _("Run {run} judged the places below {prefix}; {code} is not among them.").format(
                run=run.pk, prefix=run.prefix, code=code
            )
        )
    try:
        place = Place.objects.by_code(code, run.as_of)
    except Place.DoesNotExist:
        raise ObjectDoesNotExist(
            _("No place bears the code {code} on {day}.").format(code=code, day=run.as_of)
        ) from None
    if not run.findings.filter(place=place).exists() and not run.roll_ups.filter(place=place).exists():
        raise ObjectDoesNotExist(
            _("{place} is not judged by this plan: it is no residents' community.").format(place=place)
        )
    return place


def run_for(plan: str, code: str, day: date) -> Run:
    """
    Return the latest published run of the plan that covers the place as at the day.

    Raises ObjectDoesNotExist, with the command that makes one, where there is none.
    """
    found = Plan.objects.filter(code=plan).first()
    if found is None:
        raise ObjectDoesNotExist(_("No plan has the code {plan}. Load it with load_plan.").format(plan=plan))
    covering = [run for run in published_over(found.pk, code.ljust(12, "0")) if run.as_of == day]
    if covering:
        return covering[0]
    raise ObjectDoesNotExist(
        _("No published run of {plan} covers {code} as of {day}. Make one with: {command}").format(
            plan=plan,
            code=code,
            day=day,
            command=f"manage.py evaluate --plan {plan} --as-of {day} --publish",
        )
    )
