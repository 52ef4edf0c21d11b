"""What is encrypted opens in its own row only: keys and numbers of people, second factors, stored files."""

from datetime import timedelta

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from communities.ground import keys, personal
from communities.ground.models import PersonalKey, Role, StoredFile, User
from communities.ground.models.files import FileAlteredError
from communities.ground.personal import IDENTITY_NUMBER
from config.accounts import FACTOR, Factors
from organizations import actions
from organizations.models import Person
from tests.factories.judged import an_account
from tests.factories.organizations import PersonFactory
from tests.factories.people import identity_number
from tests.ground.authenticator import code_now

BEFORE = [("ground", "0017_the_last_five_passwords")]


def a_person() -> Person:
    person = PersonFactory()
    actions.record_numbers(person, {IDENTITY_NUMBER: identity_number()}, by=None)
    return Person.objects.select_related("key").get(pk=person.pk)


def raw_key(key: PersonalKey) -> bytes:
    return keys.decrypt(personal.WRAPPING, str(key.wrapped), of=str(key.identity))


def unbound(person: Person, number: str) -> None:
    """Write key and number of a person as they were written before values were bound."""
    assert person.key is not None
    raw = raw_key(person.key)
    PersonalKey.objects.filter(pk=person.key.pk).update(wrapped=keys.encrypt(personal.WRAPPING, raw))
    sealed = keys.encrypt(IDENTITY_NUMBER.purpose, number.encode(), key=raw)
    Person.objects.filter(pk=person.pk).update(identity_number=sealed)


@pytest.mark.django_db
def test_keys_and_numbers_of_two_people_that_were_exchanged_do_not_open() -> None:
    one, other = a_person(), a_person()
    assert one.key is not None
    assert other.key is not None
    PersonalKey.objects.filter(pk=one.key.pk).update(wrapped=other.key.wrapped)
    Person.objects.filter(pk=one.pk).update(identity_number=other.identity_number)
    exchanged = Person.objects.select_related("key").get(pk=one.pk)
    with pytest.raises(keys.UnreadableError):
        exchanged.in_clear(IDENTITY_NUMBER)


@pytest.mark.django_db
def test_one_unreadable_row_is_told_in_words_and_the_others_are_listed(client: Client) -> None:
    number = identity_number()
    place = a_person().place
    lost = Person.objects.select_related("key").get()
    assert lost.key is not None
    PersonalKey.objects.filter(pk=lost.key.pk).update(wrapped=f"{lost.key.wrapped}"[:-2] + "00")
    actions.record_numbers(PersonFactory(place=place), {IDENTITY_NUMBER: number}, by=None)
    officer = an_account("officer", Role.OFFICER, "37")
    officer.accesses.update(may_reveal=True, prefix=place.code_on()[:2])
    client.force_login(User.objects.get(pk=officer.pk))
    listed = client.get(reverse("admin:organizations_person_changelist"))
    assert listed.status_code == 200
    assert number[-2:] in listed.content.decode()
    assert client.get(reverse("person_numbers", args=[lost.pk])).status_code == 200
    asked = {"field": "identity_number", "reason": "换届资格联审"}
    answer = client.post(reverse("person_reveal", args=[lost.pk]), asked)
    assert answer.status_code == 302
    assert Person.objects.get(pk=lost.pk).identity_in_clear.startswith("***")


@pytest.mark.django_db(transaction=True)
def test_what_was_written_before_is_bound_by_the_migration_and_opens_as_ever() -> None:
    try:
        person, number = a_person(), identity_number()
        assert person.key is not None
        unbound(person, number)
        user = an_account("guard", Role.OFFICER, "370102")
        factor = Authenticator.objects.create(
            user=user, type=Authenticator.Type.TOTP, data={"secret": keys.encrypt(FACTOR, b"SECRET")}
        )
        with pytest.raises(keys.UnreadableError):
            Person.objects.get(pk=person.pk).in_clear(IDENTITY_NUMBER)
        bind = __import__(
            "communities.ground.migrations.0018_encrypted_values_are_bound_to_their_row", fromlist=["bind"]
        )
        state = MigrationExecutor(connection).loader.project_state([("ground", BOUND), ("mfa", MFA)]).apps
        bind.bind(state, None)
        assert Person.objects.get(pk=person.pk).in_clear(IDENTITY_NUMBER) == number
        factor.refresh_from_db()
        assert Factors().decrypt(factor.data["secret"]) == "SECRET"
        bind.unbind(state, None)
        factor.refresh_from_db()
        assert keys.decrypt(FACTOR, factor.data["secret"]) == b"SECRET"
    finally:
        Authenticator.objects.all().delete()


BOUND, MFA = "0018_encrypted_values_are_bound_to_their_row", "0003_authenticator_type_uniq"


@pytest.mark.django_db
def test_a_key_that_the_migration_could_not_read_is_bound_with_the_change_of_the_data_key() -> None:
    person, number = a_person(), identity_number()
    unbound(person, number)
    assert actions.change_data_key() == 1
    assert Person.objects.get(pk=person.pk).in_clear(IDENTITY_NUMBER) == number


@pytest.mark.django_db
def test_a_second_factor_put_on_another_account_opens_nothing(rf: RequestFactory) -> None:
    guard, other = (an_account(name, Role.SECURITY, "370102") for name in ("guard", "other"))
    request = rf.get("/")
    request.user = guard
    secret = generate_totp_secret()
    with request_context(request):
        factor = TOTP.activate(guard, secret).instance
    assert factor.wrap().validate_code(code_now(secret))
    copied = Authenticator.objects.create(user=other, type=factor.type, data=factor.data)
    for row in (factor, copied):
        with pytest.raises(keys.UnreadableError):
            row.wrap().validate_code(code_now(secret, 1))
    factor.delete()
    with pytest.raises(keys.UnreadableError):
        copied.wrap().validate_code(code_now(secret, 1))


def a_file(content: bytes, *, secret: bool = True, by: User | None = None) -> StoredFile:
    until = timezone.now() + timedelta(hours=1) if secret else None
    return StoredFile.keep(content, name="a.csv", content_type="text/csv", prefix="370102", by=by, remove_after=until)


@pytest.mark.django_db
@pytest.mark.parametrize("secret", [True, False])
def test_a_file_whose_bytes_are_anothers_is_not_given_out(client: Client, secret: bool) -> None:
    officer = an_account("officer", Role.OFFICER, "370102")
    mine, other = a_file(b"mine", secret=secret, by=officer), a_file(b"other", secret=secret, by=officer)
    StoredFile.objects.filter(pk=mine.pk).update(file=other.file.name)
    with pytest.raises(FileAlteredError):
        StoredFile.objects.get(pk=mine.pk).opened()
    client.force_login(officer)
    assert client.get(reverse("file", args=[mine.pk])).status_code == 410
    assert client.get(reverse("file", args=[other.pk])).status_code == 200


@pytest.mark.django_db
def test_an_encrypted_file_given_to_another_account_does_not_open() -> None:
    officer, thief = (an_account(name, Role.OFFICER, "370102") for name in ("officer", "thief"))
    file = a_file(b"mine", by=officer)
    StoredFile.objects.filter(pk=file.pk).update(created_by=thief)
    with pytest.raises(FileAlteredError):
        StoredFile.objects.get(pk=file.pk).opened()


@pytest.mark.django_db
def test_a_file_encrypted_before_contents_were_bound_still_opens() -> None:
    file = a_file(b"mine")
    with file.file.storage.open(str(file.file.name), "wb") as stored:
        stored.write(keys.encrypt("stored file", b"mine").encode())
    assert StoredFile.objects.get(pk=file.pk).opened().read() == b"mine"
