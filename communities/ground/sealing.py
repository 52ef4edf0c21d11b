"""
The chain of seals: what makes a change to an event visible, whoever made it and with whatever rights.

Once a minute `seal` gives the events that came since the next positions, 1 to n without a gap. The digest at a
position is a hash, keyed with what is not in the database, over the digest before it, the position, the moment of
sealing and every column of the event. So whoever alters, removes, inserts or re-orders events would have to make
every later digest anew, which takes the key. An event whose transaction ended late has a lower number than its
neighbours and comes in the next round: the order of the chain is the position, nothing else.

What no chain can show by itself is that its end was cut off. For that the newest digest, the head, is written to the
log every hour, shown on the page of verification and printed on the auditor's export: a head kept outside proves that
everything up to it is still there. See docs/explanation/events.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, TextChoices, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock, events, heads, keys
from .heads import Head
from .models import Event, Seal

log = structlog.get_logger(__name__)
# What is kept outside must be written whatever LOG_LEVEL leaves out: config.logs gives this logger a level of its own.
kept_outside = structlog.get_logger("linli.heads")

PURPOSE = "events"
CHANGES = "changes of the sealing key"
CHANGED = "key.change"
LOCK = 0x6C696E6C695EA1  # one number for every sealer of this database
BATCH = 5000
# How far before the last round events are looked for each minute; whatever took longer is found every hour.
LOOKED_BACK = timedelta(days=1)
UNSEALED_AFTER = timedelta(minutes=2)
FAULTS_KEPT = 100
NOTHING_BEFORE = ""
COLUMNS = ("id", "at", "actor_id", "action", "object_type", "object_key", "prefix", "detail", "request_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Told = Callable[[int], None]


def head() -> Head | None:
    """Return the newest seal; None before anything was sealed."""
    newest = Seal.objects.order_by("-position").values_list("position", "digest").first()
    return Head(*newest) if newest else None


def note_head() -> None:
    """Write the head to the log, which is kept elsewhere."""
    if (newest := head()) is not None:
        kept_outside.info("events_head", head=str(newest))


# Sealing


def seal(*, everything: bool = False) -> int:
    """
    Seal the events that are not sealed, in the order of their numbers; return how many. One transaction.

    Looks back a day before the last round, or with `everything` at all events there are. Where another sealer is at
    it nothing is done. Memory stays flat however many there are.

    A chain that is gone is not begun anew: as long as a head is told of whose loss no auditor has acknowledged, nothing
    is sealed, and the log says so.
    """
    with transaction.atomic():
        if not _alone():
            return 0
        last = Seal.objects.order_by("-position").first()
        if last is None and (lost := heads.told()) is not None:
            log.error("events_chain_is_gone", head=str(lost))
            return 0
        waiting = _unsealed()
        if last is not None and not everything:
            waiting = waiting.filter(at__gte=last.sealed_at - LOOKED_BACK)
        before = Head(last.position, last.digest) if last else Head(0, NOTHING_BEFORE)
        return _record_change_of_key(before) + _seal(waiting, head() or before)


def _record_change_of_key(before: Head) -> int:
    """
    Where the chain was sealed with another key or suite until now, record and seal that it goes on with today's.

    Both keys vouch for the change: the event holds a hash by the former one, its seal is made with the new one. From
    there on the former key seals nothing any more, whoever may have it.
    """
    was, now = keys.maker_of(before.digest), keys.maker()
    if not before.position or was == now:
        return 0
    position = before.position + 1
    try:
        agreed = keys.digest_by(was, CHANGES, _change(before.digest, position, was, now))
    except keys.UnreadableError as error:
        agreed = ""
        log.error("events_former_key_is_unknown", why=str(error))
    event = events.record(CHANGED, position=position, was=was, now=now, agreed=agreed)
    sealed = _seal(_unsealed().filter(pk=event.pk), before)
    kept_outside.warning("events_key_changed", position=position, was=was, now=now, head=str(head()))
    return sealed


def _change(before: str, position: int, was: str, now: str) -> bytes:
    """Return the bytes by which the former key agrees to its replacement."""
    return json.dumps([before, position, was, now]).encode()


def _seal(waiting: "QuerySet[Event]", before: Head) -> int:
    sealed_at, first = _moment(), before.position
    rows = (waiting if waiting.query.is_sliced else waiting.order_by("pk")).annotate(
        written=Cast("detail", TextField())
    )
    columns = ["written" if name == "detail" else name for name in COLUMNS]
    made: list[Seal] = []
    for row in rows.values_list(*columns).iterator(chunk_size=BATCH):
        position = before.position + 1
        before = Head(position, keys.digest(PURPOSE, content(before.digest, position, sealed_at, row)))
        made.append(Seal(position=position, event_id=row[0], digest=before.digest, sealed_at=sealed_at))
        if len(made) == BATCH:
            Seal.objects.bulk_create(made)
            made.clear()
    Seal.objects.bulk_create(made)
    return before.position - first


def content(before: str, position: int, sealed_at: datetime, row: Sequence[Any]) -> bytes:
    """
    Return the bytes that a digest is made of: the digest before, and everything there is about one event.

    `row` has the COLUMNS of the event, `detail` as PostgreSQL writes it: its numbers keep every digit.
    """
    number, at, actor, action, kind, key, prefix, detail, request = row
    said = json.loads(detail, parse_float=Decimal)
    told = [before, position, _micros(sealed_at), number, _micros(at), actor, action, kind, key, prefix, said, request]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_exactly).encode()


def _exactly(number: Decimal) -> dict[str, str]:
    """A fraction with all its digits; no text in PostgreSQL's JSON holds NUL, so it cannot be taken for another."""
    return {"\0": str(number)}


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _unsealed() -> "QuerySet[Event]":
    return Event.objects.filter(~Exists(Seal.objects.filter(event=OuterRef("pk"))))


def _alone() -> bool:
    """Hold the sealers' lock until the transaction ends; False where another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _moment() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


# Verifying


class Kind(TextChoices):
    """What can be wrong with the chain."""

    CHANGED = "changed", gettext_lazy("changed")
    REMOVED = "removed", gettext_lazy("removed")
    MISSING = "missing", gettext_lazy("seals missing")
    SWAPPED = "swapped", gettext_lazy("re-ordered")
    UNREADABLE = "unreadable", gettext_lazy("unreadable digest")
    UNSEALED = "unsealed", gettext_lazy("not sealed")
    CUT = "cut", gettext_lazy("end cut off")
    OTHER_HEAD = "other_head", gettext_lazy("another chain")
    EMPTY = "empty", gettext_lazy("chain gone")
    KEY = "key", gettext_lazy("former key")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where in the chain, which event, when that was; and in words."""

    kind: Kind
    position: int | None
    event: int | None
    at: datetime | None
    words: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        at = self.at.isoformat() if self.at else None
        return {"kind": self.kind.value, "position": self.position, "event": self.event, "at": at, "words": self.words}


@dataclass
class Verification:
    """What a verification found: how many seals were checked, how many faults; the first of those are kept."""

    since: int = 1
    checked: int = 0
    found: int = 0
    faults: list[Fault] = field(default_factory=list)
    late: int = 0
    lost: bool = False  # a head that was kept; told again until an auditor acknowledges it
    head: Head | None = None
    ended_at: datetime | None = None

    def add(
        self, kind: Kind, words: str, position: int | None = None, event: int | None = None, at: datetime | None = None
    ) -> None:
        """Count a fault, and keep it where it is among the first."""
        self.found += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(Fault(kind, position, event, at, words))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    def sentence(self) -> str:
        """Return the result in one sentence."""
        if self.is_whole:
            return _("{count} seals were checked and nothing is wrong. Head: {head}").format(
                count=self.checked, head=self.head or "—"
            )
        return _("{found} faults in {count} seals. The first: {words}").format(
            found=self.found, count=self.checked, words=self.faults[0].words
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "is_whole": self.is_whole,
            "from": self.since,
            "checked": self.checked,
            "found": self.found,
            "faults": [fault.as_json() for fault in self.faults],
            "late": self.late,
            "lost": self.lost,
            "head": str(self.head) if self.head else "",
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }


@dataclass(frozen=True)
class Link:
    """A seal with the event it is for; `row` has the COLUMNS, or is None where the event is not there any more."""

    position: int
    digest: str
    sealed_at: datetime
    event: int
    row: tuple[Any, ...] | None

    @property
    def at(self) -> datetime | None:
        """When the event happened."""
        return self.row[1] if self.row else None

    def seals(self, row: tuple[Any, ...] | None, before: str) -> bool:
        """Say whether the digest is that of `row` after the digest `before`. Raises UnreadableError."""
        if row is None:
            return False
        return keys.is_digest_of(self.digest, PURPOSE, content(before, self.position, self.sealed_at, row))


def verify(*, since: int = 1, known: Iterable[Head] = (), told: Told = lambda _n: None) -> Verification:
    """
    Walk the chain from the position `since` and say all that is wrong with it; memory stays flat.

    Each stored digest is held against the event and the stored digest before it, so that one changed event is one
    fault. `known` are heads that somebody kept: the chain must still pass through them. `told` hears how many seals
    were checked since it was last told.
    """
    walk = _Walk(since)
    kept: dict[int, list[Head]] = {}
    for one in known:
        kept.setdefault(one.position, []).append(one)
    with transaction.atomic():
        for link, follower in _pairs(_links(since)):
            walk.step(link, follower)
            for one in kept.pop(link.position, ()):
                _hold_against(walk.result, one, link.digest)
            if walk.result.checked % BATCH == 0:
                told(BATCH)
    told(walk.result.checked % BATCH)
    for one in chain.from_iterable(kept.values()):
        _look_for(walk.result, one)
    walk.end()
    _find_gone(walk.result)
    _find_unsealed(walk.result)
    walk.result.ended_at = clock.now()
    return walk.result


class _Walk:
    """The way along the chain: what the next seal should follow, and what was found so far."""

    def __init__(self, since: int) -> None:
        self.result = Verification(since=since)
        self._before = _digest_at(since - 1)
        self._maker = keys.maker_of(self._before or "")  # suite and key in force where the walk is
        self._expected = since
        self._explained = False  # by what was told of the seal before

    def step(self, link: Link, follower: Link | None) -> None:
        """Check one seal; `follower` is the one after it."""
        explained, self._explained = self._explained, False
        if link.position != self._expected or self._before is None:
            self._tell_missing(link)
        elif link.row is None:
            words = _("Event {event} was removed; its seal at position {position}, sealed {at}, still stands.")
            self._tell(Kind.REMOVED, words.format(at=clock.shown(link.sealed_at), **_named(link)), link)
        elif not explained:
            self._check_digest(link, follower, self._before)
        if link.at and link.sealed_at - link.at > LOOKED_BACK:
            self.result.late += 1
        self.result.checked += 1
        self.result.head = Head(link.position, link.digest)
        self._before, self._expected = link.digest, link.position + 1

    def end(self) -> None:
        """Check that the chain goes on to the key and suite of today."""
        if self._maker and self._maker != keys.maker() and self.result.head is not None:
            words = _(
                "The chain ends at position {position} with a former key or suite: what was sealed with today's was "
                "cut off, or the sealer has not run since the change. If it was a minute ago, verify again."
            )
            position = self.result.head.position
            self.result.add(Kind.KEY, words.format(position=position), position)

    def _check_digest(self, link: Link, follower: Link | None, before: str) -> None:
        try:
            if link.seals(link.row, before):
                self._check_maker(link, before)
                return
            self._explained = follower is not None and _have_changed_places(link, follower, before)
        except keys.UnreadableError as error:
            words = _("The digest at position {position}, of event {event}, cannot be read: {why}")
            self._tell(Kind.UNREADABLE, words.format(why=error, **_named(link)), link)
            return
        if self._explained:
            self._tell_swapped(link)
        else:
            self._tell_changed(link)

    def _check_maker(self, link: Link, before: str) -> None:
        """Let a former key seal only what stands before its replacement, which both keys have sealed."""
        made_by = keys.maker_of(link.digest)
        if made_by == (self._maker or made_by):
            self._maker = made_by
            return
        if _agrees(link, before, self._maker, made_by):
            self._maker = made_by
            return
        words = _(
            "Event {event} of {at}, at position {position}, is sealed with a key or suite that is not in force there, "
            "and no change that both keys sealed leads to it: it may be the work of somebody who has a former key."
        )
        self._tell(Kind.KEY, words.format(at=_shown(link.at), **_named(link)), link)

    def _tell_swapped(self, link: Link) -> None:
        words = _(
            "The events at positions {position} and {next} have changed places: event {event} of {at} came first."
        )
        told = words.format(next=link.position + 1, at=_shown(link.at), **_named(link))
        self._tell(Kind.SWAPPED, told, link)

    def _tell_changed(self, link: Link) -> None:
        words = _(
            "The digest at position {position} does not fit event {event} of {at}: the event or its seal was changed, "
            "or stands where another stood."
        )
        self._tell(Kind.CHANGED, words.format(at=_shown(link.at), **_named(link)), link)

    def _tell_missing(self, link: Link) -> None:
        words = _(
            "Seals are missing before position {position}, where position {expected} was expected: events were removed "
            "with their seals. Event {event} of {at} cannot be held against what stood before it."
        )
        told = words.format(expected=self._expected, at=_shown(link.at), **_named(link))
        self._tell(Kind.MISSING, told, link)

    def _tell(self, kind: Kind, words: str, link: Link) -> None:
        if kind != Kind.KEY:  # what is told of here need not be told of everything after it
            self._maker = keys.maker_of(link.digest) or self._maker
        self.result.add(kind, words, link.position, link.event, link.at)


def _have_changed_places(link: Link, follower: Link, before: str) -> bool:
    return link.seals(follower.row, before) and follower.seals(link.row, link.digest)


def _agrees(link: Link, before: str, was: str, now: str) -> bool:
    """Say whether the event records this change of key, with the consent of the former one. Raises UnreadableError."""
    assert link.row is not None  # noqa: S101  its digest fits
    said = dict(zip(COLUMNS, link.row, strict=True))
    if said["action"] != CHANGED:
        return False
    told = json.loads(said["detail"])
    if (told.get("was"), told.get("now"), told.get("position")) != (was, now, link.position):
        return False
    agreed = str(told.get("agreed", ""))
    return keys.maker_of(agreed) == was and keys.is_digest_of(agreed, CHANGES, _change(before, link.position, was, now))


def _named(link: Link) -> dict[str, int]:
    return {"position": link.position, "event": link.event}


def _shown(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else "—"


def _hold_against(result: Verification, kept: Head, digest: str) -> None:
    if kept.digest != digest:
        words = _("The digest at position {position} is not the one that was kept outside: this is another chain.")
        result.add(Kind.OTHER_HEAD, words.format(position=kept.position), kept.position)
        result.lost = True


def _look_for(result: Verification, kept: Head) -> None:
    """Hold a kept head against the chain where the walk did not come by it."""
    stands = _digest_at(kept.position)
    if stands is None:
        words = _(
            "The head {position} that was kept outside is not in the chain, which ends at {last}: events were cut off."
        )
        told = words.format(position=kept.position, last=result.head.position if result.head else 0)
        result.add(Kind.CUT, told, kept.position)
        result.lost = True
    else:
        _hold_against(result, kept, stands)


def _find_gone(result: Verification) -> None:
    """Tell of a chain that is not there, where something says that it was, or should be."""
    if head() is not None:
        return
    if (told := heads.told()) is not None:
        words = _(
            "There is no seal, though a verification has found the head {position}: the chain was removed. Nothing is "
            "sealed until an auditor acknowledges it."
        )
        result.add(Kind.EMPTY, words.format(position=told.position))
        result.lost = True
        return
    first = Event.objects.filter(at__lt=_moment() - LOOKED_BACK).order_by("at", "pk").first()
    if first is not None:
        words = _("There is no seal, though event {event} is of {at}: the chain was removed, or the sealer never ran.")
        result.add(Kind.EMPTY, words.format(event=first.pk, at=_shown(first.at)), None, first.pk, first.at)


def _find_unsealed(result: Verification) -> None:
    waiting = _unsealed().filter(at__lt=_moment() - UNSEALED_AFTER)
    count = waiting.count()
    if not count:
        return
    first = waiting.order_by("pk").values_list("pk", "at")[0]
    words = _(
        "{count} events are older than two minutes and not sealed, the first is event {event} of {at}: the sealer does "
        "not run, or they were put in past the portal. If a long job has just ended, verify again in a minute."
    )
    result.add(Kind.UNSEALED, words.format(count=count, event=first[0], at=_shown(first[1])), None, *first)
    result.found += count - 1


def _digest_at(position: int) -> str | None:
    """Return the digest at a position; that of nothing at 0, None where there is no such seal."""
    if position == 0:
        return NOTHING_BEFORE
    return Seal.objects.filter(position=position).values_list("digest", flat=True).first()


def _links(since: int) -> Iterator[Link]:
    """Yield the chain in its order, also the seals whose event is gone."""
    event = ", ".join("event.detail::text" if name == "detail" else f"event.{name}" for name in COLUMNS)
    statement = (
        f"SELECT seal.position, seal.digest, seal.sealed_at, seal.event_id, {event} "  # noqa: S608  columns of ours
        f"FROM {Seal._meta.db_table} seal LEFT JOIN {Event._meta.db_table} event ON event.id = seal.event_id "
        "WHERE seal.position >= %s ORDER BY seal.position"
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, [since])
        while rows := cursor.fetchmany(BATCH):
            for position, digest, sealed_at, number, *row in rows:
                yield Link(position, digest, sealed_at, number, tuple(row) if row[0] is not None else None)


def _pairs(links: Iterator[Link]) -> Iterator[tuple[Link, Link | None]]:
    """Yield each link with the one after it."""
    this = next(links, None)
    while this is not None:
        follower = next(links, None)
        yield this, follower
        this = follower
