"""Actions about people: their numbers are recorded, revealed, found by, and destroyed when their day is over."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.ground import clock, events, personal
from communities.ground.models import PersonalKey, User
from communities.ground.personal import FIELDS, Field
from communities.ground.scope import Scope, prefix_of

from . import people
from .models import Person

BATCH = 500
ORPHANED = timedelta(hours=1)  # a key is saved just before its person, in one transaction


@transaction.atomic
def record_numbers(person: Person, given: dict[Field, str], *, by: User | None) -> None:
    """
    Put the checked numbers `given` on the saved `person` and save; an event says which, never what.

    Person and key are read again and locked: a key that was destroyed since they were read stays destroyed. Raises
    ValidationError where somebody else has just recorded the identity number for another.
    """
    locked = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if locked.key_id is not None:
        locked.key = PersonalKey.objects.select_for_update().get(pk=locked.key_id)
    for field, number in given.items():
        people.put(locked, field, number)
    key = locked.key
    if key is None:
        return
    _save_key(key)
    person.key, person.identity_number, person.phone = key, locked.identity_number, locked.phone
    Person.objects.filter(pk=person.pk).update(key=key, identity_number=locked.identity_number, phone=locked.phone)
    events.record(
        "personal.record",
        by=by,
        obj=person,
        prefix=area_of(person),
        key=key.pk,
        fields=[field.name for field in given],
    )


def _save_key(key: PersonalKey) -> None:
    """Save a new key, or the hashes of one that is there; nothing else of it changes with a number."""
    try:
        with transaction.atomic():
            key.save(update_fields=None if key._state.adding else [field.digest for field in FIELDS.values()])
    except IntegrityError as error:
        if "an_identity_number_is_recorded_once" not in str(error):
            raise
        raise ValidationError(
            _(
                "Somebody else has just recorded this identity number for another person. Nothing was saved; open the "
                "form again and compare the number with the card."
            ),
            code="recorded",
        ) from error


def reveal(person: Person, field: Field, *, reason: str, by: User) -> str:
    """Return one number in clear; see `personal.reveal` for what is asked and what is raised."""
    sealed = getattr(person, field.name)
    if person.key is None or not sealed:
        raise personal.DestroyedError(f"Nothing is recorded as {field.name}.")
    return personal.reveal(person.key, field, sealed, reason=reason, by=by, prefix=area_of(person), obj=person)


def ask_destruction(person: Person, *, reason: str, by: User) -> None:
    """Ask for the numbers to be destroyed before their day, as the person herself may; another officer does it."""
    if person.key is not None:
        personal.ask_destruction(person.key, reason=reason, by=by, prefix=area_of(person), obj=person)


def call_off_destruction(person: Person, *, reason: str, by: User) -> bool:
    """Withdraw what the account itself asked for, or refuse what another did; return whether there was anything."""
    return person.key is not None and personal.call_off_destruction(
        person.key, reason=reason, by=by, prefix=area_of(person), obj=person
    )


def destroy(person: Person, *, by: User) -> bool:
    """Destroy what another officer asked to be destroyed. Raises PermissionDenied where nobody else asked."""
    return person.key is not None and personal.destroy(person.key, by=by, prefix=area_of(person), obj=person)


@transaction.atomic
def search(field: Field, number: str, scope: Scope, *, by: User) -> list[Person]:
    """
    Return the people within `scope` with exactly this checked number, and record that somebody searched.

    Raises PermissionDenied where the account has searched and revealed as often as an hour allows.
    """
    personal.check_hour(by)
    found = list(
        Person.objects.within(scope).filter(key__in=personal.found_by(field, number)).select_related("place", "key")
    )
    events.record("personal.search", by=by, field=field.name, found=len(found))
    return found


@transaction.atomic
def destroy_expired(*, dry_run: bool = False) -> int:
    """
    Fix until when each key is kept, and destroy those whose last day is over; return how many.

    The posts are read now, so whoever has come back to one keeps hers. A key that belongs to nobody any more, because
    its person was deleted, is destroyed as well.
    """
    expired = 0
    for person in _keyed():
        last = kept_until(person)
        if person.key is not None and person.key.keep_until != last:
            PersonalKey.objects.filter(pk=person.key.pk).update(keep_until=last)
        if last is not None and last < clock.today():
            expired += 1
            if person.key is not None:
                personal.destroy(person.key, prefix=area_of(person), obj=person)
    for key in PersonalKey.objects.filter(person=None, destroyed_at=None, made_at__lt=timezone.now() - ORPHANED):
        expired += 1
        personal.destroy(key)
    transaction.set_rollback(dry_run)
    return expired


def kept_until(person: Person) -> date | None:
    """Return the last day for which the person's numbers are kept; None while a post is held or nothing is recorded."""
    if person.key is None:
        return None
    recorded = timezone.localdate(person.key.made_at)
    return people.keep_until([post.during for post in person.posts.all()], recorded)


def change_data_key(*, dry_run: bool = False) -> int:
    """
    Wrap every key by the present `DATA_KEY` and suite, and hash the numbers by them; return how many changed.

    Each batch is one transaction; stopped in between, the next call goes on with what is left.
    """
    changed, last = 0, 0
    while keys := list(PersonalKey.objects.filter(pk__gt=last, destroyed_at=None).order_by("pk")[:BATCH]):
        last = keys[-1].pk
        with transaction.atomic():
            changed += _rewrap([key.pk for key in keys])
            transaction.set_rollback(dry_run)
    if changed and not dry_run:
        events.record("personal.rewrap", keys=changed)
    return changed


def _rewrap(numbers: list[int]) -> int:
    locked = PersonalKey.objects.select_for_update().filter(pk__in=numbers, destroyed_at=None)
    owners = {person.key_id: person for person in Person.objects.filter(key__in=numbers)}
    changed = 0
    for key in locked:
        is_bound_now = personal.bind(key)
        person = owners.get(key.pk)
        values = {}
        if person is not None:
            person.key = key
            values = {field: value for field in FIELDS.values() if (value := person.in_clear(field))}
        changed += personal.rewrap(key, values) or is_bound_now
    return changed


def area_of(person: Person) -> str:
    """Return the code prefix of the place that keeps the person's record, as events carry it."""
    return prefix_of(person.place.code_on())


def _keyed() -> Iterator[Person]:
    rows = Person.objects.filter(key__isnull=False, key__destroyed_at=None).select_related("key", "place")
    yield from rows.prefetch_related("posts").order_by("pk").iterator(chunk_size=BATCH)
