"""
Work in the background: handing it in, doing it, and doing it again when a worker died in the middle.

    @jobs.handler("evaluate", roles={Role.OFFICER})          # in the app's tasks.py
    def evaluate(job: Job, progress: Progress) -> None: …

    job = jobs.submit("evaluate", by=user, prefix="3701", plan="jinan-2007")     # in a page: a worker does it
    job = jobs.do_here("evaluate", by=user, prefix="3701", plan="jinan-2007")    # in a command: this process does it

Every kind says which roles may ask for it. That is asked when the job is handed in and again when it begins: what an
account may no longer do, no worker does for it. What the operator's commands ask for is nobody's and is always done.
The `Job` row is the queue. The message to the worker is a doorbell that may get lost: `ring_again` rings for rows
that nobody has taken. A handler runs in one transaction, which ends the job as well: either all that it wrote is
there and the job is done, or nothing is and the job starts again. So no handler has to clean up after a kill.
While that transaction is open, progress and the sign of life are written by a thread with a connection of its own.
"""

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import uuid4

import celery
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Now
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from . import clock
from .models import Job, StoredFile, User
from .models.jobs import MAX_ATTEMPTS, JobQuerySet, Status, from_now
from .numbers import holds_personal_number
from .roles import ADMINISTRATORS, Role
from .scope import Scope

log = structlog.get_logger(__name__)

Handler = Callable[[Job, "Progress"], None]


class Kind(NamedTuple):
    """What does the jobs of a kind, whether in one transaction, and who may ask for them."""

    do: Handler
    atomic: bool
    roles: frozenset[Role]


_kinds: dict[str, Kind] = {}

EXPECTED = (ValidationError, ObjectDoesNotExist, PermissionDenied)  # answers to what was asked, no faults of ours
RING_AGAIN_AFTER = 300  # seconds after which a ring that nobody answered counts as lost


class UnknownKindError(LookupError):
    """No app has a handler for this kind of job."""


class RefusedError(PermissionDenied):
    """The account may not ask for such a job there."""


class PersonalArgumentError(ValueError):
    """A job was to be told an identity number or a mobile number, which would stand in its row for ever."""


class StoppedError(Exception):
    """The job is no longer ours: it was cancelled, took too long, or another worker has taken it over."""


# Handing in


def handler(kind: str, *, roles: Iterable[Role], atomic: bool = True) -> Callable[[Handler], Handler]:
    """
    Register what does the jobs of this kind, and the `roles` that may ask for them; empty: only commands.

    With `atomic=False` the handler keeps its own transactions and must bear being started again halfway.
    """

    def register(do: Handler) -> Handler:
        _kinds[kind] = Kind(do, atomic, frozenset(roles))
        return do

    return register


def submit(kind: str, *, by: User | None = None, prefix: str = "", **arguments: Any) -> Job:
    """
    Hand in a job; a worker is called once the transaction is committed.

    Raises UnknownKindError, RefusedError where `by` may not ask for it or does not reach `prefix`, and
    PersonalArgumentError.
    """
    job = _handed_in(kind, by, prefix, arguments)
    transaction.on_commit(partial(ring, job.pk), robust=True)
    return job


def _handed_in(kind: str, by: User | None, prefix: str, arguments: dict[str, Any]) -> Job:
    wanted = _kind(kind)
    if by is not None:
        _refuse_outside(wanted, kind, by.reach, prefix)
    if _tells_a_personal_number(arguments):
        raise PersonalArgumentError(
            f'A job "{kind}" would keep an identity or mobile number in its arguments. Hand in the key of the row.'
        )
    return Job.objects.create(kind=kind, requested_by=by, prefix=prefix, arguments=arguments)


def _refuse_outside(wanted: Kind, kind: str, reach: Scope, prefix: str) -> None:
    if not wanted.roles & reach.roles:
        raise RefusedError(_('Your account has no right to ask for jobs of the kind "{kind}".').format(kind=kind))
    if not reach.covers(prefix):
        raise RefusedError(_("This job would reach beyond the area of your account. Choose a place within it."))


def _tells_a_personal_number(told: Any) -> bool:
    if isinstance(told, dict):
        return any(map(_tells_a_personal_number, (*told, *told.values())))
    if isinstance(told, list | tuple):
        return any(map(_tells_a_personal_number, told))
    return told is not None and holds_personal_number(str(told))


def kinds() -> dict[str, frozenset[Role]]:
    """Return the kinds of jobs that all apps know, each with the roles that may ask for it."""
    autodiscover_modules("tasks")
    return {name: kind.roles for name, kind in sorted(_kinds.items())}


def cancel(job: Job) -> bool:
    """Cancel a job that has not ended; a running one stops at its next step. Returns whether it was in time."""
    return bool(Job.objects.filter(pk=job.pk, status__in=[Status.QUEUED, Status.RUNNING]).end(Status.CANCELLED))


def seen_by(user: User) -> JobQuerySet:
    """Return the jobs within reach of an account, but those that only administrators ask for: each sees his own."""
    theirs = [name for name, roles in kinds().items() if roles and roles <= ADMINISTRATORS]
    return Job.objects.seen_by(user).exclude(kind__in=theirs)


def keeps_what_is_done(kind: str) -> bool:
    """Whether a job of this kind keeps, part by part, what it has done before it is stopped."""
    return not _kind(kind).atomic


def _kind(name: str) -> Kind:
    if name not in _kinds:
        autodiscover_modules("tasks")
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKindError(f'No app does jobs of the kind "{name}". Known: {", ".join(sorted(_kinds))}.') from None


# Ringing


def ring(key: int) -> bool:
    """Call a worker for the job. A broker that is down costs nothing: the row waits, and ring_again comes by."""
    try:
        celery.current_app.send_task("jobs.work", [key], retry=False)
    except Exception as error:  # whatever ails the broker (away, full, refusing), it is not this page's trouble
        log.warning("job_not_rung", job=key, error=str(error))
        return False
    Job.objects.filter(pk=key, status=Status.QUEUED).update(rung_at=Now())
    return True


def ring_again(*, all_queued: bool = False) -> int:
    """
    Call for every job that nobody works on: never rung for, rung long ago, or abandoned. Returns how many.

    Runs every minute and, with `all_queued`, when a worker starts: the messages of the last one may be gone.
    """
    give_up()
    lost = Q(status=Status.QUEUED) if all_queued else Q(rung_at=None) | Q(rung_at__lt=from_now(-RING_AGAIN_AFTER))
    unsent = Job.objects.free().filter(Q(status=Status.RUNNING) | lost)
    return sum(ring(key) for key in unsent.order_by("pk").values_list("pk", flat=True))


def give_up() -> int:
    """Fail the jobs whose worker died at the last attempt too. Returns how many."""
    sentence = _(
        "The job was started {attempts} times and its worker died every time, probably for want of memory. "
        "Look into the worker's log, then ask for the job again."
    ).format(attempts=MAX_ATTEMPTS)
    return Job.objects.abandoned().filter(attempts__gte=MAX_ATTEMPTS).end(Status.FAILED, error=sentence)


# Doing


def work(key: int) -> Job | None:
    """Do the job if it is still to be done, and keep its failure in the row. None where there was nothing to do."""
    job = _claim(key)
    if job is not None:
        with suppress(Exception):  # kept in the row and logged
            _do(job)
        job.refresh_from_db()
    return job


def run_now(job: Job) -> Job:
    """Do the job in this process. Raises what its handler raises, after keeping the failure in the row."""
    claimed = _claim(job.pk)
    if claimed is None:
        raise StoppedError(_("Job {number} is already being done or has ended.").format(number=job.pk))
    _do(claimed)
    claimed.refresh_from_db()
    return claimed


def do_here(kind: str, *, by: User | None = None, prefix: str = "", **arguments: Any) -> Job:
    """
    Hand in a job and do it in this process: what commands call.

    It is taken in the transaction that makes it, so that no worker can be quicker. Raises what `submit` and its
    handler raise.
    """
    with transaction.atomic():
        claimed = _claim(_handed_in(kind, by, prefix, arguments).pk)
    if claimed is None:
        raise StoppedError(_("The job could not be taken."))
    _do(claimed)
    claimed.refresh_from_db()
    return claimed


def _claim(key: int) -> Job | None:
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    return Job.objects.claim(key, holder=holder, lease=settings.JOB_LEASE)


def _do(job: Job) -> None:
    """Run the handler; end the job with it in one transaction, or keep why it could not be done."""
    structlog.contextvars.bind_contextvars(job=job.pk, kind=job.kind)
    try:
        _run(job)
    except StoppedError as stopped:
        log.warning("job_stopped", reason=str(stopped))
        Job.objects.held_by(job).end(Status.FAILED, error=str(stopped))
        raise
    except Exception as error:
        if _may_go_better_again(error):
            log.warning("job_starts_again", error=str(error))  # when its lease has run out
        else:
            # What the person asked for cannot be done: that is an answer, and no fault of the program.
            told = log.warning if isinstance(error, EXPECTED) else log.exception
            told("job_failed", error=explained(error))
            Job.objects.held_by(job).end(Status.FAILED, error=explained(error))
        raise
    finally:
        structlog.contextvars.unbind_contextvars("job", "kind")


def _may_go_better_again(error: Exception) -> bool:
    """Whether the database went away or chose us as a victim, by its SQLSTATE; not that it is full or refuses."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return not state or state.startswith(("08", "40", "57P"))


def _run(job: Job) -> None:
    do, atomic, _roles = _kind(job.kind)
    _refuse_ended(job)
    with Progress(job) as progress:
        if job.attempts > 1:
            progress.log(_("Attempt {number}: the worker before this one died.").format(number=job.attempts))
        with transaction.atomic() if atomic else _as_it_is():
            do(job, progress)
            progress.close()
            _end(job)


def _refuse_ended(job: Job) -> None:
    """Refuse what whoever asked for it may not do by now: his access has ended, or is another, since he asked."""
    if job.requested_by_id is None:
        return
    reach = User.objects.get(pk=job.requested_by_id).scope()
    if not (_kind(job.kind).roles & reach.roles and reach.covers(job.prefix)):
        raise RefusedError(
            _("The access of the account that asked for this job has ended or changed meanwhile, so it is not done.")
        )


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


def _end(job: Job) -> None:
    """Mark the job done, if it is still ours; otherwise undo the transaction around us."""
    if not Job.objects.held_by(job).end(Status.DONE, artefact=job.artefact):
        raise StoppedError(_("The job was cancelled or taken over by another worker."))


def explained(error: Exception) -> str:
    """Why a job failed, in a sentence for the person who asked for it."""
    if isinstance(error, SoftTimeLimitExceeded):
        return _("The job took longer than {seconds} seconds and was stopped. Ask for a smaller part.").format(
            seconds=settings.JOB_TIME_LIMIT
        )
    if isinstance(error, OSError) and error.strerror:
        return _("The machine refused: {why} ({what}). Tell the administrator, then ask again.").format(
            why=error.strerror, what=error.filename or type(error).__name__
        )
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error) or "".join(traceback.format_exception_only(error)).strip()


# Progress


class Progress:
    """
    How far a job is, as others see it: told by the handler, written by a thread, so that telling costs nothing.

    Where the caller's own transaction is open (a test, a command's --dry-run) nobody else could see the row:
    then there is no thread, and everything is written at the end.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._state: dict[str, Any] = {}
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._stopped = ""
        self._done = 0
        self._started = time.monotonic()
        self._thread = None if connection.in_atomic_block else threading.Thread(target=self._beat, daemon=True)

    # told by the handler

    def process(self, name: str) -> None:
        """Name the work as a whole."""
        self._tell(process=name[:200])

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a part of so many items; `total` is None where that is not known beforehand."""
        self._done = 0
        self._tell(stage=name[:200], item="", done_items=0, total_items=total)

    def step(self, n: int = 1, item: str = "") -> None:
        """Say that `n` more items are done, and which is next. Raises StoppedError where the job is no longer ours."""
        self._done += n
        self._tell(done_items=self._done, item=item[:200])

    def log(self, line: str) -> None:
        """Add a line, with the time, to what the person reads who asked for the job."""
        with self._lock:
            self._lines.append(f"{clock.now():%H:%M:%S} {line}\n")

    def artefact(self, file: StoredFile) -> None:
        """Name the file that the job made."""
        self._job.artefact = file

    def _tell(self, **state: Any) -> None:
        if self._stopped:
            raise StoppedError(self._stopped)
        with self._lock:
            self._state |= state

    # written by the thread

    def __enter__(self) -> Self:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception) if error else _as_it_is():  # the handler's error is the one to report
            self.close()

    def close(self) -> None:
        """Stop the thread and write what is left, so that nobody waits for the row while the job ends."""
        self._closing.set()
        if self._thread and self._thread.is_alive():
            self._thread.join()
        if not self._thread and (self._state or self._lines):
            self._write()

    def _beat(self) -> None:
        """Write progress when there is some, and a sign of life three times within a lease."""
        written = time.monotonic()
        try:
            while not self._closing.wait(0.5) and not self._stopped:
                if self._state or self._lines or time.monotonic() - written > settings.JOB_LEASE / 3:
                    self._try_to_write()
                    written = time.monotonic()
            self._try_to_write()
        finally:
            connection.close()  # this thread's own

    def _try_to_write(self) -> None:
        """A database that is away for a moment costs a sign of life, not the job."""
        try:
            self._write()
        except (OperationalError, InterfaceError) as error:
            log.warning("job_gave_no_sign_of_life", job=self._job.pk, error=str(error))
            connection.close()

    def _write(self) -> None:
        if time.monotonic() - self._started > settings.JOB_TIME_LIMIT:  # a solo worker knows no time limit
            self._stopped = explained(SoftTimeLimitExceeded())
            return
        with self._lock:
            columns, self._state = self._state, {}
            lines, self._lines = "".join(self._lines), []
        if lines:
            columns["log"] = Concat(F("log"), Value(lines))
        if not Job.objects.held_by(self._job).update(lease_until=from_now(settings.JOB_LEASE), **columns):
            self._stopped = _("The job was cancelled or taken over by another worker.")
