"""
Reports in a batch: every judged place of some levels below another, by one published run, as one job.

Each report is kept as soon as it is printed, so that it can be fetched while the others are still to come, and a
batch whose worker was killed goes on where it stood. What cannot be printed is named and stops no other. All of them
together are a ZIP in the end.
"""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.compliance.judged import judged_places
from assessments.compliance.models import Run
from communities.ground import jobs
from communities.ground.jobs import Progress, StoppedError
from communities.ground.models import Job, StoredFile, User
from communities.ground.models.jobs import Status
from communities.ground.scope import prefix_of
from communities.places.models import Level, Place, PlaceCode

from .actions import print_report
from .models import OrderedReport, Report

KIND = "reports"
ZIP = "application/zip"
LEVELS = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)  # from the widest to the narrowest
CALLED = {Level.DISTRICT: "区县", Level.STREET: "街道", Level.COMMUNITY: "社区"}  # as the name of the ZIP says it
MOST = 400  # at one to three seconds each they are printed within the time a job may take
ENOUGH = 3  # printed reports of a level, from which the time of the others is estimated
NOT_OF_ONE_REPORT = (StoppedError, SoftTimeLimitExceeded, OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Batch:
    """What is ordered: the run, the code prefix of the place, the levels below it."""

    run: Run
    prefix: str
    levels: tuple[str, ...]

    @classmethod
    def of(cls, job: Job) -> "Batch":
        """Return what the job row describes."""
        wanted = job.arguments
        run = Run.objects.select_related("version__plan").get(pk=wanted["run"])
        return cls(run, str(wanted["place"]), tuple(wanted["levels"]))

    @property
    def arguments(self) -> dict[str, object]:
        """How a job row describes it."""
        return {"run": self.run.pk, "place": self.prefix, "levels": list(self.levels)}

    def places(self) -> QuerySet[PlaceCode]:
        """Return the codes of the places to be reported on, in the order of the codes."""
        return judged_below(self.run, self.prefix).filter(place__level__in=self.levels).select_related("place")

    @property
    def place(self) -> Place:
        """The place below which the reports are."""
        return Place.objects.by_code(self.prefix.ljust(12, "0"), self.run.as_of)

    @property
    def zip_name(self) -> str:
        """Name of the ZIP: 济南市各区县报告（2008-12-31，判定批次2）.zip."""
        called = "、".join(CALLED[Level(level)] for level in self.levels)
        return f"{self.place.name}各{called}报告（{self.run.as_of}，判定批次{self.run.pk}）.zip"


def judged_below(run: Run, prefix: str) -> QuerySet[PlaceCode]:
    """Return the codes on the run's day of the places below `prefix`, itself left out, that `run` has judged."""
    return judged_places(run, prefix).exclude(code=prefix.ljust(12, "0"))


def choices(run: Run, prefix: str) -> list[tuple[str, int]]:
    """Return the levels below `prefix` with how many places of each the run judged (one query)."""
    counted = judged_below(run, prefix).order_by().values_list("place__level").annotate(Count("pk"))
    found: dict[str, int] = dict(counted)
    return [(level, found[level]) for level in LEVELS if found.get(level)]


@transaction.atomic
def order(batch: Batch, *, by: User) -> Job:
    """
    Hand in the batch, and return its job; the one under way where the same has been ordered and has not ended.

    Raises ValidationError where no level was chosen, nothing of it was judged, or it is more than one job may do.
    """
    if not batch.levels:
        raise ValidationError(_("Choose at least one level."))
    wanted = batch.places().count()
    if not wanted:
        raise ValidationError(_("The run judged no place of these levels here."))
    if wanted > MOST:
        raise ValidationError(
            _("{wanted} reports are more than one order may hold ({most}); order them area by area.").format(
                wanted=wanted, most=MOST
            )
        )
    Run.objects.select_for_update(no_key=True).get(pk=batch.run.pk)  # two clicks at once are one order
    under_way = Job.objects.filter(kind=KIND, arguments=batch.arguments, status__in=[Status.QUEUED, Status.RUNNING])
    return under_way.first() or jobs.submit(KIND, by=by, prefix=batch.prefix, **batch.arguments)


# In the worker


def print_all(job: Job, progress: Progress) -> None:
    """
    Print what the job orders and pack it; raise ValidationError where nothing at all could be printed.

    Started again after its worker died it prints only what is not printed yet.
    """
    batch = Batch.of(job)
    progress.process(_title(batch))
    rows = _rows(job, batch)
    progress.stage(_("Printing the reports"), total=len(rows))
    for row in rows:
        progress.step(0, item=str(row.place))
        if row.report_id is None:
            _print(row, batch.run, job.requested_by, progress)
        progress.step(item=str(row.place))
    failed = [row for row in rows if row.report_id is None]
    for row in failed:
        progress.log(f"{row.code} {row.place}: {row.error}")
    if len(failed) == len(rows):
        raise ValidationError(_("None of the reports could be printed. {why}").format(why=rows[0].error))
    progress.stage(_("Packing them into a ZIP"))
    _pack(job, batch)
    progress.stage(outcome(len(rows), [str(row.place) for row in failed]))


def _title(batch: Batch) -> str:
    levels = "、".join(str(Level(level).label) for level in batch.levels)
    return _("Reports below {place}: {levels}").format(place=batch.place, levels=levels)


def outcome(in_all: int, failed: list[str]) -> str:
    """Return what came of a batch in a sentence that names what could not be printed."""
    if not failed:
        return ngettext("{number} report is printed.", "All {number} reports are printed.", in_all).format(
            number=in_all
        )
    told = _("{printed} of {all} reports are printed; not printed: {names}.")
    return told.format(printed=in_all - len(failed), all=in_all, names="、".join(failed))


def _rows(job: Job, batch: Batch) -> list[OrderedReport]:
    """Return the row of every place; they are written when the job begins and kept when it begins again."""
    wanted = [OrderedReport(job=job, place=found.place, code=found.code) for found in batch.places()]
    OrderedReport.objects.bulk_create(wanted, ignore_conflicts=True)
    return list(OrderedReport.objects.filter(job=job).select_related("place").order_by("code"))


class _Item:
    """Tells the parts of one report as part of the batch, so that its count of reports stays."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def stage(self, name: str, total: int | None = None) -> None:
        """A part of this report has begun."""
        self._progress.step(0, item=f"{self._name} · {name}")


def _print(row: OrderedReport, run: Run, by: User | None, progress: Progress) -> None:
    """Print one report and keep it, or why it could not be; what is not the fault of one report is raised."""
    OrderedReport.objects.filter(pk=row.pk).update(began_at=Now(), error="")
    try:
        with transaction.atomic():
            row.report = print_report(run, row.code, by=by, steps=_Item(progress, str(row.place)))
            OrderedReport.objects.filter(pk=row.pk).update(report=row.report, ended_at=Now())
    except NOT_OF_ONE_REPORT:
        raise
    except Exception as error:  # whatever ails this report, the others are still wanted
        log.exception("report_not_printed", job=row.job_id, code=row.code)
        row.error = jobs.explained(error)
        OrderedReport.objects.filter(pk=row.pk).update(error=row.error, ended_at=Now())


def _pack(job: Job, batch: Batch) -> None:
    """Keep all reports of the job as one ZIP, once: the job row names it from the moment it is there."""
    if job.artefact_id is not None:
        return
    printed = OrderedReport.objects.filter(job=job, report__isnull=False).select_related("report__file")
    with _zipped(printed.order_by("code")) as path, transaction.atomic():
        kept = StoredFile.keep_file(
            path, name=batch.zip_name, content_type=ZIP, prefix=batch.prefix, by=job.requested_by
        )
        job.artefact = kept
        if not Job.objects.held_by(job).update(artefact=kept):
            kept.file.delete(save=False)
            raise StoppedError(_("The job was cancelled or taken over by another worker."))


@contextmanager
def _zipped(rows: Iterable[OrderedReport]) -> Iterator[Path]:
    """Write the reports into a ZIP on the disk (a PDF is packed as it is) and yield where it lies."""
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.VAR_DIR, prefix="zip-") as folder:
        path = Path(folder) / "reports.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
            for row in rows:
                if row.report is not None:
                    with row.report.file.file.open("rb") as paper:
                        packed.writestr(file_name(row.code, row.report), paper.read())
        yield path


def file_name(code: str, report: Report) -> str:
    """Return the name of a report among others; the code in front sorts them and tells two of one name apart."""
    return f"{prefix_of(code)} {report.file.name}"


# Seen from outside


def time_left(job: Job) -> timedelta | None:
    """
    Return how long the reports still to come will take by those already printed, None where that is not known.

    It is known once some of every level that is still to come have been printed anew (one query).
    """
    anew = Q(report__isnull=False, report__created_at__gte=F("began_at"))
    told = (
        OrderedReport.objects.filter(job=job)
        .values("place__level")
        .annotate(
            left=Count("pk", filter=Q(ended_at=None)),
            done=Count("pk", filter=anew),
            each=Avg(F("ended_at") - F("began_at"), filter=anew),
        )
    )
    ahead = [level for level in told if level["left"]]
    if job.status != Status.RUNNING or not ahead or any(level["done"] < ENOUGH for level in ahead):
        return None
    return sum((level["each"] * level["left"] for level in ahead), timedelta())


def minutes(left: timedelta) -> int:
    """Return a time that is left in whole minutes, rounded up."""
    return max(ceil(left.total_seconds() / 60), 1)
