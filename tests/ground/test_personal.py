"""Personal values: encrypted with a key of the person's own, masked, revealed with a reason, gone with the key."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.ground import keys, periods, personal
from communities.ground.models import Access, Event, PersonalKey, Role, StoredFile, User
from communities.ground.models.files import FileRemovedError
from communities.ground.personal import IDENTITY_NUMBER, PHONE
from tests.factories.people import identity_number, mobile_number

pytestmark = pytest.mark.django_db
OTHER_KEY = b"another key of this installation, long enough"


@pytest.fixture
def officer():
    return officer_of("officer")


def officer_of(name, **given):
    user = User.objects.create_user(name, is_staff=True)
    Access.objects.create(user=user, role=Role.OFFICER, prefix="370102", during=periods.of(None), **given)
    return user


def sealed_for(number, field=IDENTITY_NUMBER):
    key = personal.new_key()
    sealed = personal.seal(key, field, number)
    key.save()
    return key, sealed


def revealed(key, sealed, by, reason="核对身份", field=IDENTITY_NUMBER):
    return personal.reveal(key, field, sealed, reason=reason, by=by, prefix="370102", obj=key)


def test_what_is_kept_says_suite_and_key_and_nothing_of_the_number():
    number = identity_number()
    key, sealed = sealed_for(number)
    suite, fingerprint, payload = sealed.split(".")
    assert (suite, len(fingerprint)) == ("aes", 16)
    assert number not in sealed
    assert number.encode().hex() not in payload
    assert number not in key.wrapped + key.identity_digest
    assert personal.unsealed(key, IDENTITY_NUMBER, sealed) == number


def test_each_person_has_a_key_of_its_own():
    number = identity_number()
    _key, sealed = sealed_for(number)
    other, _sealed = sealed_for(mobile_number(), PHONE)
    with pytest.raises(keys.UnreadableError):
        personal.unsealed(other, IDENTITY_NUMBER, sealed)


def test_a_phone_number_cannot_be_passed_off_as_an_identity_number():
    key, sealed = sealed_for(mobile_number(), PHONE)
    with pytest.raises(keys.UnreadableError):
        personal.unsealed(key, IDENTITY_NUMBER, sealed)


def test_pages_get_the_mask():
    number = identity_number()
    key, sealed = sealed_for(number)
    assert personal.masked(key, IDENTITY_NUMBER, sealed) == f"{'*' * 16}{number[-2:]}"
    assert personal.masked(key, PHONE, None) == ""


def test_a_number_is_found_by_its_hash_whatever_key_and_suite_made_it(settings):
    number = identity_number()
    key, _sealed = sealed_for(number)
    settings.DATA_KEYS_BEFORE = [settings.DATA_KEY]
    settings.DATA_KEY, settings.CIPHER_SUITE = OTHER_KEY, "sm"
    assert list(personal.found_by(IDENTITY_NUMBER, number)) == [key]
    assert not personal.found_by(IDENTITY_NUMBER, identity_number()).exists()


def test_the_database_keeps_an_identity_number_once():
    number = identity_number()
    sealed_for(number)
    with pytest.raises(IntegrityError, match="an_identity_number_is_recorded_once"), transaction.atomic():
        sealed_for(number)


def test_a_reveal_needs_the_right_and_a_reason_and_leaves_an_event_without_the_number(officer):
    number = identity_number()
    key, sealed = sealed_for(number)
    with pytest.raises(PermissionDenied):
        revealed(key, sealed, officer)
    entitled = officer_of("entitled", may_reveal=True)
    with pytest.raises(ValidationError):
        revealed(key, sealed, entitled, reason=" 查 ")
    with pytest.raises(ValidationError):
        revealed(key, sealed, entitled, reason=f"核对 {number}")
    assert not Event.objects.filter(action="personal.reveal").exists()
    assert revealed(key, sealed, entitled) == number
    event = Event.objects.get(action="personal.reveal")
    assert event.actor == entitled
    assert event.detail == {"key": key.pk, "field": "identity_number", "reason": "核对身份"}


def test_a_right_that_has_ended_reveals_nothing():
    key, sealed = sealed_for(identity_number())
    entitled = officer_of("entitled", may_reveal=True)
    yesterday = timezone.localdate() - timedelta(days=1)
    Access.objects.filter(user=entitled).update(during=periods.of(None, yesterday))
    with pytest.raises(PermissionDenied):
        revealed(key, sealed, entitled)


def test_so_many_reveals_an_hour_and_no_more(settings):
    settings.PERSONAL_REVEALS_AN_HOUR = 2
    key, sealed = sealed_for(identity_number())
    entitled, colleague = officer_of("entitled", may_reveal=True), officer_of("colleague", may_reveal=True)
    revealed(key, sealed, entitled)
    revealed(key, sealed, entitled)
    with pytest.raises(PermissionDenied, match="2"):
        revealed(key, sealed, entitled)
    revealed(key, sealed, colleague)


def test_a_destroyed_key_takes_value_and_hash_with_it():
    number = identity_number()
    key, sealed = sealed_for(number)
    assert personal.destroy(key)
    key.refresh_from_db()
    assert (key.wrapped, key.identity_digest, key.is_destroyed) == (None, None, True)
    assert personal.masked(key, IDENTITY_NUMBER, sealed) == ""
    with pytest.raises(personal.DestroyedError):
        personal.unsealed(key, IDENTITY_NUMBER, sealed)
    assert not personal.found_by(IDENTITY_NUMBER, number).exists()
    assert Event.objects.get(action="personal.erase").detail == {"key": key.pk, "reason": "retention"}
    assert not personal.destroy(key)


def test_early_destruction_takes_two_officers(officer):
    key, _sealed = sealed_for(identity_number())
    with pytest.raises(PermissionDenied):
        personal.destroy(key, by=officer)
    personal.ask_destruction(key, reason="本人申请删除", by=officer, prefix="370102", obj=key)
    with pytest.raises(PermissionDenied):
        personal.destroy(key, by=officer)
    another = officer_of("another")
    assert personal.destroy(key, by=another)
    key.refresh_from_db()
    assert (key.destruction_asked_by, key.destroyed_by, key.destruction_reason) == (officer, another, "本人申请删除")


def test_the_database_refuses_that_who_asked_destroys(officer):
    key, _sealed = sealed_for(identity_number())
    personal.ask_destruction(key, reason="本人申请删除", by=officer, prefix="370102", obj=key)
    with pytest.raises(IntegrityError, match="who_asks_does_not_destroy"), transaction.atomic():
        PersonalKey.objects.filter(pk=key.pk).update(
            wrapped=None, identity_digest=None, destroyed_at=timezone.now(), destroyed_by=officer
        )


def test_the_database_refuses_a_destroyed_key_whose_hash_is_left():
    key, _sealed = sealed_for(identity_number())
    with pytest.raises(IntegrityError, match="hashes_are_destroyed_with_the_key"), transaction.atomic():
        PersonalKey.objects.filter(pk=key.pk).update(wrapped=None, destroyed_at=timezone.now())


def test_after_a_change_of_the_key_the_former_one_is_not_needed_any_more(settings):
    number = identity_number()
    key, sealed = sealed_for(number)
    former = settings.DATA_KEY
    settings.DATA_KEY, settings.DATA_KEYS_BEFORE, settings.CIPHER_SUITE = OTHER_KEY, [former], "sm"
    assert personal.rewrap(key, {IDENTITY_NUMBER: number})
    assert not personal.rewrap(key, {IDENTITY_NUMBER: number})
    settings.DATA_KEYS_BEFORE = []
    key.refresh_from_db()
    assert key.wrapped.startswith("sm.")
    assert key.identity_digest.startswith("sm.")
    assert personal.unsealed(key, IDENTITY_NUMBER, sealed) == number
    assert list(personal.found_by(IDENTITY_NUMBER, number)) == [key]


def kept(content, hours):
    moment = timezone.now() + timedelta(hours=hours)
    return StoredFile.keep(content, name="a.csv", content_type="text/csv", prefix="370102", remove_after=moment)


def test_a_file_that_may_hold_numbers_is_encrypted_where_it_lies_and_removed_after_its_moment():
    content = f"姓名,身份证号\n李小明,{identity_number()}\n".encode()
    file, due = kept(content, 1), kept(content, -1)
    assert content not in file.file.open("rb").read()
    assert b"aes." in file.file.open("rb").read()[:4]
    assert file.opened().read() == content
    assert personal.remove_files() == 1
    assert personal.remove_files() == 0
    due.refresh_from_db()
    assert due.removed_at
    assert due.sha256 == file.sha256
    assert not due.file.storage.exists(due.file.name)
    with pytest.raises(FileRemovedError):
        due.opened()
    assert file.opened().read() == content
