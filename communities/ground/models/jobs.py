"""
Jobs: everything that takes longer than a page. The row is the queue; a message only rings for it.

A worker claims a job by a conditional update, holds it under a lease that its heartbeat renews, and ends it only
while the lease is still its own. All times are the database's: workers on several machines share no other clock.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from ..scope import PrefixedQuerySet

if TYPE_CHECKING:
    from .accounts import User

MAX_ATTEMPTS = 3


class Status(models.TextChoices):
    """Where a job stands. The last three are final."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


def from_now(seconds: float) -> CombinedExpression:
    """The database's moment so many seconds from now (negative: ago)."""
    return Now() + Value(timedelta(seconds=seconds))


class JobQuerySet(PrefixedQuerySet["Job"]):
    """Jobs, and the only statements that change who works on them."""

    def seen_by(self, user: "User") -> Self:
        """
        The jobs an account may see: those of the area it reaches today.

        What it asked for itself lay within its reach then; where that is another by now, so are the jobs it sees.
        """
        return self.within(user.reach)

    def abandoned(self) -> Self:
        """Running jobs whose worker has given no sign of life for the length of its lease."""
        return self.filter(status=Status.RUNNING, lease_until__lt=Now())

    def free(self) -> Self:
        """Jobs that a worker may take: queued ones, and abandoned ones with an attempt left."""
        waiting = Q(status=Status.QUEUED)
        abandoned = Q(status=Status.RUNNING, lease_until__lt=Now(), attempts__lt=MAX_ATTEMPTS)
        return self.filter(waiting | abandoned)

    def claim(self, key: int, *, holder: str, lease: float) -> "Job | None":
        """Take the job for `holder`; None where another worker has it or it has ended. One statement, no lock held."""
        taken = (
            self.free()
            .filter(pk=key)
            .update(
                status=Status.RUNNING,
                holder=holder,
                lease_until=from_now(lease),
                attempts=F("attempts") + 1,
                started_at=Coalesce("started_at", Now()),
                stage="",
                item="",
                done_items=0,
                total_items=None,
            )
        )
        return self.get(pk=key) if taken else None

    def held_by(self, job: "Job") -> Self:
        """The job, as long as it is still running in the hands that claimed it."""
        return self.filter(pk=job.pk, holder=job.holder, status=Status.RUNNING)

    def end(self, status: Status, **columns: Any) -> int:
        """End these jobs; returns how many."""
        final: dict[str, Combinable | None] = {"ended_at": Now(), "lease_until": None}
        return self.update(status=status, **final, **columns)


class Job(models.Model):
    """One piece of work in the background: what was asked by whom, how far it is, what came of it."""

    Status = Status

    kind = models.CharField(_("kind"), max_length=60, help_text=_("Which handler does it."))
    prefix = models.CharField(_("division code prefix"), max_length=12, blank=True, db_collation="C")
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    process = models.CharField(_("process"), max_length=200, blank=True, help_text=_("The work as a whole."))
    stage = models.CharField(_("stage"), max_length=200, blank=True, help_text=_("The part being done."))
    item = models.CharField(_("item"), max_length=200, blank=True, help_text=_("The thing being worked on."))
    done_items = models.PositiveIntegerField(_("done"), default=0, help_text=_("Items done of this stage."))
    total_items = models.PositiveIntegerField(
        _("of"), null=True, blank=True, help_text=_("Items of this stage; empty where not known beforehand.")
    )
    log = models.TextField(_("log"), blank=True)
    error = models.TextField(_("error"), blank=True, help_text=_("Why it failed, and what to do."))
    artefact = models.ForeignKey(
        "ground.StoredFile",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("artefact"),
        help_text=_("The file the job made."),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("requested by"),
        help_text=_("Empty where a command of the operator asked for it."),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    holder = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    rung_at = models.DateTimeField(_("rung at"), null=True, blank=True, help_text=_("When a worker was last called."))
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [
            # Asked by every worker every minute; finished jobs, nearly all of them, are not in it.
            models.Index("status", name="jobs_not_ended", condition=Q(status__in=["queued", "running"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_running_job_has_a_lease",
                condition=~Q(status="running") | Q(lease_until__isnull=False, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_ended_job_says_when",
                condition=Q(status__in=["queued", "running"]) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(name="a_failed_job_says_why", condition=~Q(status="failed") | ~Q(error="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in {Status.DONE, Status.FAILED, Status.CANCELLED}

    @property
    def share_done(self) -> float | None:
        """How much of this stage is done, 0 to 1; None where the total is not known."""
        return min(self.done_items / self.total_items, 1.0) if self.total_items else None
