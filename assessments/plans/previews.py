"""
Previews: what a trial import found, kept with its job, so that the page shows it and the import can follow.

The counts, the first wrong cells and the first changes stand in the job's row; every wrong row is in its file.
"""

from dataclasses import asdict, dataclass
from typing import Any

from communities.ground.ledgers.declaring import Ledger
from communities.ground.ledgers.importing import MESSAGES_KEPT, Outcome
from communities.ground.ledgers.rows import Change, Problem
from communities.ground.models import Job, StoredFile
from communities.ground.models.jobs import Status

from .ledgers import of_kind

FIRST_CHANGES = 50


@dataclass(frozen=True)
class Preview:
    """What an import found or did, as its page tells it."""

    ledger: Ledger
    created: int
    changed: int
    unchanged: int
    wrong: int
    notes: list[str]
    problems: list[Problem]
    changes: list[Change]

    @property
    def rows(self) -> int:
        """How many rows of data the file has."""
        return self.right + self.wrong

    @property
    def right(self) -> int:
        """How many of them can be imported."""
        return self.to_write + self.unchanged

    @property
    def tells_less_wrong(self) -> bool:
        """Whether more is wrong than `problems` says."""
        return len(self.problems) >= MESSAGES_KEPT

    @property
    def tells_less_changed(self) -> bool:
        """Whether more changes than `changes` says."""
        return len(self.changes) >= FIRST_CHANGES

    @property
    def to_write(self) -> int:
        """How many of them differ from what is recorded."""
        return self.created + self.changed


def keep(job: Job, outcome: Outcome) -> None:
    """Keep with the job what came of it."""
    counts = {name: getattr(outcome, name) for name in ("created", "changed", "unchanged", "wrong")}
    told = {
        "kind": outcome.ledger.kind if outcome.ledger else "",
        **counts,
        "notes": list(dict.fromkeys(outcome.notes)),
        "problems": [asdict(problem) for problem in outcome.problems],
        "changes": [asdict(change) for change in outcome.changes[:FIRST_CHANGES]],
    }
    job.arguments = job.arguments | {"outcome": told}
    Job.objects.filter(pk=job.pk).update(arguments=job.arguments)


def of(job: Job) -> Preview | None:
    """Return what the import found; None where it has not ended well, or was an operator's command."""
    told: dict[str, Any] | None = job.arguments.get("outcome")
    if told is None or job.status != Status.DONE:
        return None
    return Preview(
        ledger=of_kind(told["kind"]),
        **{name: told[name] for name in ("created", "changed", "unchanged", "wrong", "notes")},
        problems=[Problem(**one) for one in told["problems"]],
        changes=[Change(**one) for one in told["changes"]],
    )


def file_of(job: Job) -> StoredFile | None:
    """Return the uploaded file the job imports; None where the operator imported one of the machine's."""
    key = job.arguments.get("file")
    return StoredFile.objects.filter(pk=key).first() if isinstance(key, int) else None


def followed_by(job: Job) -> Job | None:
    """Return the import that followed the trial, unless it failed or was cancelled."""
    key = job.arguments.get("followed_by")
    ended_badly = [Status.FAILED, Status.CANCELLED]
    return Job.objects.exclude(status__in=ended_badly).filter(pk=key).first() if key else None
