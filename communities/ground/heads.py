"""
Heads of the chain of seals that the database itself keeps, and what an auditor said where one was lost.

Every verification keeps the head it found. The next ones are held against the last that passed through all it was
held against, and not against one that found the end cut off: a loss that is told once and then taken for granted would
be no finding. It is told until an auditor acknowledges it, with a reason, which is an event like any other.
"""

from dataclasses import dataclass
from typing import Self

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from .models import Event, Job
from .models.jobs import Status

KIND = "verify_events"
FOUND, ACKNOWLEDGED = "found", "acknowledged"
VERIFIED, ACCEPTED = "event.verify", "event.acknowledge"


@dataclass(frozen=True)
class Head:
    """The newest seal of the chain, or one that an auditor kept: written `position:digest`."""

    position: int
    digest: str

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what was kept. Raises ValidationError."""
        position, _colon, digest = text.strip().partition(":")
        if not position.isdecimal() or len(position) > 18 or not digest:
            raise ValidationError(_("Write the head as it was printed: position, colon, digest."))
        return cls(int(position), digest.strip())


def finished() -> "QuerySet[Job]":
    """Return the verifications that ended with a result, the newest first."""
    done = Job.objects.filter(kind=KIND, status=Status.DONE, arguments__has_key=FOUND)
    return done.select_related("requested_by").order_by("-pk")


def held_against() -> Head | None:
    """Return the head that the next verification must find: of the last that lost none, or whose loss was accepted."""
    passed = ~Q(arguments__found__lost=True) | Q(arguments__has_key=ACKNOWLEDGED)
    last = finished().filter(passed).first()
    return Head.read(last.arguments[FOUND]["head"]) if last and last.arguments[FOUND]["head"] else None


def told() -> Head | None:
    """Return a head that verifications or their events tell of and nobody has accepted the loss of."""
    spoken = Event.objects.filter(action__in=[VERIFIED, ACCEPTED]).order_by("-pk").first()
    named = spoken.detail.get("head") if spoken and spoken.action == VERIFIED else ""
    return held_against() or (Head.read(named) if named else None)
