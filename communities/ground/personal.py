"""
Personal values: an identity number or a mobile number, encrypted with its person's own key, until the key is destroyed.

    key = personal.new_key()                                        not saved yet
    sealed = personal.seal(key, IDENTITY_NUMBER, "3301…")           what the register keeps; the hash goes on the key
    personal.masked(key, IDENTITY_NUMBER, sealed)                   ****************36
    personal.reveal(…)                                              the number itself, with an event, a few an hour
    personal.destroy(key, …)                                        and nobody ever reads it again

Registers keep only what `seal` returns, so their history holds nothing else either. The keyed hashes by which a number
is found stand on the key and go with it.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock, events, keys, numbers
from .models import Event, PersonalKey, StoredFile, User
from .models.jobs import from_now

WRAPPING = "key of a person"
SHORTEST_REASON = 4
BATCH = 500
COUNTED = ("personal.reveal", "personal.search")


@dataclass(frozen=True)
class Field:
    """A kind of personal value: how it is checked and masked, and which column of the key holds its hash."""

    name: str
    label: Any
    check: Callable[[str], str]
    mask: Callable[[str], str]
    digest: str

    @property
    def purpose(self) -> str:
        """What values of this kind are encrypted for."""
        return f"personal {self.name}"


IDENTITY_NUMBER = Field(
    "identity_number",
    gettext_lazy("identity number"),
    numbers.check_identity_number,
    numbers.mask_beside_birth,  # the register of people, its lists and its exports show the day of birth
    "identity_digest",
)
PHONE = Field("phone", gettext_lazy("mobile number"), numbers.check_phone_number, numbers.masked_phone, "phone_digest")
FIELDS = {field.name: field for field in (IDENTITY_NUMBER, PHONE)}


class DestroyedError(Exception):
    """The key was destroyed; what it encrypted is gone."""


def new_key() -> PersonalKey:
    """Return a key for one more person, wrapped by the installation's and not saved yet."""
    key = PersonalKey()
    key.wrapped = keys.encrypt(WRAPPING, keys.new_key(), of=str(key.identity))
    return key


def seal(key: PersonalKey, field: Field, number: str) -> str:
    """Return the checked `number` as a register keeps it, and put its hash on the key, which is still to be saved."""
    setattr(key, field.digest, keys.digest(field.purpose, number.encode()))
    return keys.encrypt(field.purpose, number.encode(), key=_unwrapped(key), of=str(key.identity))


def unsealed(key: PersonalKey, field: Field, sealed: str) -> str:
    """
    Return the number. For masks, exports and reveals only. Raises DestroyedError, or keys.UnreadableError.

    What was sealed before values were bound, and history as it was recorded then, opens by its key, which is bound.
    """
    raw = _unwrapped(key)
    with suppress(keys.UnreadableError):
        return keys.decrypt(field.purpose, sealed, key=raw, of=str(key.identity)).decode()
    return keys.decrypt(field.purpose, sealed, key=raw).decode()


def masked(key: PersonalKey | None, field: Field, sealed: str | None) -> str:
    """Return the value as pages show it; "" where there is none, or none any more; in words where it is unreadable."""
    if key is None or not sealed or key.is_destroyed:
        return ""
    try:
        return field.mask(unsealed(key, field, sealed))
    except keys.UnreadableError:
        return _("*** (unreadable)")


def found_by(field: Field, number: str) -> QuerySet[PersonalKey]:
    """Return the keys of the people with exactly this checked number, by its hash under every key there has been."""
    return PersonalKey.objects.filter(**{f"{field.digest}__in": keys.digests(field.purpose, number.encode())})


def digests_of(field: Field, all_numbers: Iterable[str]) -> dict[str, str]:
    """Return {hash: number} for checked numbers, every hash that each may stand under."""
    return {hashed: number for number in all_numbers for hashed in keys.digests(field.purpose, number.encode())}


def may_reveal(user: User) -> bool:
    """Say whether an access in force today lets the account see personal values in clear (one query)."""
    return user.is_active and user.accesses.filter(during__contains=clock.today(), may_reveal=True).exists()


def checked_reason(reason: str) -> str:
    """Return a reason as an event keeps it; raise ValidationError where it says nothing, or holds a number itself."""
    said = " ".join(reason.split())
    if len(said) < SHORTEST_REASON:
        raise ValidationError(_("Say in a few words what for: the auditor reads it."), code="reason")
    if numbers.holds_personal_number(said):
        raise ValidationError(
            _("The reason holds an identity or mobile number itself, and is kept for ever. Leave the number out."),
            code="reason",
        )
    return said


def check_hour(by: User) -> None:
    """
    Raise PermissionDenied where the account has revealed numbers, or searched people by whole numbers, as often within
    the last hour as `PERSONAL_REVEALS_AN_HOUR` allows: by searching, a number that is nearly known could be found out.

    The account's row is locked, in the caller's transaction, so that two at once do not both take the last one.
    """
    User.objects.select_for_update().get(pk=by.pk)
    most = settings.PERSONAL_REVEALS_AN_HOUR
    since = from_now(-timedelta(hours=1).total_seconds())
    if Event.objects.filter(actor=by, action__in=COUNTED, at__gte=since).count() >= most:
        raise PermissionDenied(
            _(
                "Your account has revealed or searched {most} numbers within the last hour, as many as are allowed. "
                "Wait a while."
            ).format(most=most)
        )


@transaction.atomic
def reveal(key: PersonalKey, field: Field, sealed: str, *, reason: str, by: User, prefix: str, obj: Model) -> str:
    """
    Return one value in clear, and record who asked for whose with which reason; never the value.

    Raises PermissionDenied without the right, or where the hour's number is used up (`check_hour`); ValidationError
    for a reason that says nothing; DestroyedError, or keys.UnreadableError.
    """
    if not may_reveal(by):
        raise PermissionDenied(
            _("Your account has no right to see personal numbers; the security administrator grants it.")
        )
    said = checked_reason(reason)
    check_hour(by)
    value = unsealed(key, field, sealed)
    events.record("personal.reveal", by=by, obj=obj, prefix=prefix, key=key.pk, field=field.name, reason=said)
    return value


@transaction.atomic
def ask_destruction(key: PersonalKey, *, reason: str, by: User, prefix: str, obj: Model) -> None:
    """Record that the data is to be destroyed before its day; another officer carries it out. Asked twice, once."""
    said = checked_reason(reason)
    asked = PersonalKey.objects.filter(pk=key.pk, destroyed_at=None, destruction_asked_by=None).update(
        destruction_asked_by=by, destruction_asked_at=Now(), destruction_reason=said
    )
    if asked:
        events.record("personal.ask_erase", by=by, obj=obj, prefix=prefix, key=key.pk, reason=said)


@transaction.atomic
def call_off_destruction(key: PersonalKey, *, reason: str, by: User, prefix: str, obj: Model) -> bool:
    """
    Take back, or refuse, a destruction that was asked for and not carried out; return whether there was one.

    Who asked withdraws it, another officer refuses it; the event says who, and why. It may be asked for again.
    """
    said = checked_reason(reason)
    locked = PersonalKey.objects.select_for_update().get(pk=key.pk)
    if locked.is_destroyed or locked.destruction_asked_by_id is None:
        return False
    is_own = locked.destruction_asked_by_id == by.pk
    PersonalKey.objects.filter(pk=locked.pk).update(
        destruction_asked_by=None, destruction_asked_at=None, destruction_reason=""
    )
    action = "personal.withdraw_erase" if is_own else "personal.refuse_erase"
    events.record(action, by=by, obj=obj, prefix=prefix, key=locked.pk, reason=said, asked=locked.destruction_reason)
    return True


@transaction.atomic
def destroy(key: PersonalKey, *, by: User | None = None, prefix: str = "", obj: Model | None = None) -> bool:
    """
    Destroy the key: because its day is over (`by` None), or because another officer asked for it.

    Returns whether there was one to destroy. Raises PermissionDenied where nobody, or `by` himself, asked.
    """
    locked = PersonalKey.objects.select_for_update().get(pk=key.pk)
    if locked.is_destroyed:
        return False
    if by is not None and (locked.destruction_asked_by_id is None or locked.destruction_asked_by_id == by.pk):
        raise PermissionDenied(
            _("Nothing is destroyed on one account's word: one officer asks for it, another carries it out.")
        )
    PersonalKey.objects.filter(pk=locked.pk).update(
        wrapped=None, identity_digest=None, phone_digest=None, destroyed_at=Now(), destroyed_by=by
    )
    why = locked.destruction_reason if by is not None else "retention"
    events.record("personal.erase", by=by, obj=obj, prefix=prefix, key=locked.pk, reason=why)
    return True


def is_export_in_clear(file: StoredFile) -> bool:
    """Say whether the file was exported with numbers in clear, as the event of the export has it."""
    about = Event.objects.filter(object_type=file._meta.label, object_key=str(file.pk))
    return about.filter(action="personal.export", detail__in_clear=True).exists()


def remove_files() -> int:
    """Remove the bytes of the files whose moment has passed; return how many."""
    due = list(StoredFile.objects.filter(remove_after__lte=Now(), removed_at=None)[:BATCH])
    for file in due:
        file.remove()
    return len(due)


def rewrap(key: PersonalKey, values: dict[Field, str]) -> bool:
    """
    Wrap the key by the present `DATA_KEY` and suite, hash its `values` (clear) by them; return whether it changed.

    What the key encrypted stays as it is: it was never encrypted by `DATA_KEY`.
    """
    raw = _unwrapped(key)
    digests = {field.digest: keys.digest(field.purpose, value.encode()) for field, value in values.items()}
    if keys.is_of_today(key.wrapped or "") and all(getattr(key, name) == value for name, value in digests.items()):
        return False
    key.wrapped = keys.encrypt(WRAPPING, raw, of=str(key.identity))
    for name, value in digests.items():
        setattr(key, name, value)
    key.save(update_fields=["wrapped", *digests])
    return True


def bind(key: PersonalKey) -> bool:
    """
    Bind a key that was wrapped before keys were bound to their row; return whether it was to be done.

    Only the change of `DATA_KEY` asks for it, as the migration did: to anything else such a key is unreadable, so that
    a key put on another's row opens nothing. Raises DestroyedError, or keys.UnreadableError.
    """
    with suppress(keys.UnreadableError):
        _unwrapped(key)
        return False
    key.wrapped = keys.encrypt(WRAPPING, keys.decrypt(WRAPPING, key.wrapped or ""), of=str(key.identity))
    key.save(update_fields=["wrapped"])
    return True


def _unwrapped(key: PersonalKey) -> bytes:
    if key.wrapped is None:
        raise DestroyedError(f"The key {key} was destroyed.")
    return keys.decrypt(WRAPPING, key.wrapped, of=str(key.identity))
