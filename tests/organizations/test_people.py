"""People's numbers: entered, masked, seen for a minute, found by a whole number, destroyed when their day is over."""

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from communities.ground import clock, periods, personal
from communities.ground.history import superseded
from communities.ground.models import Access, Event, PersonalKey, Role, User
from communities.ground.personal import IDENTITY_NUMBER, PHONE
from communities.places.models import Place
from organizations import actions, people
from organizations.choices import Sex
from organizations.models import Person
from tests.factories.organizations import OrganizationFactory, PersonFactory, PostFactory
from tests.factories.people import identity_number, mobile_number
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "370102001001", "370103001001"


def account(name, role=Role.OFFICER, prefix="370102", **given):
    user = User.objects.create_user(name, is_staff=True)
    Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2000, 1, 1)), **given)
    return user


@pytest.fixture
def officer():
    return account("officer", may_reveal=True)


@pytest.fixture
def page(client, officer):
    client.force_login(officer)
    return client


def person_with(number="", phone="", code=HERE, **given):
    place = Place.objects.filter(codes__code=code).first() or PlaceFactory(code=code)
    person = PersonFactory(place=place, **given)
    said = {IDENTITY_NUMBER: number, PHONE: phone}
    actions.record_numbers(person, {field: one for field, one in said.items() if one}, by=None)
    return Person.objects.select_related("key").get(pk=person.pk)


def filled_in(client, person, **given):
    """Send the person's form as the page shows it, with `given` changed."""
    address = reverse("admin:organizations_person_change", args=[person.pk])
    form = client.get(address).context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    return client.post(address, {**sent, **given}, follow=True)


def test_a_number_typed_into_the_form_is_recorded_encrypted_and_shown_masked(page):
    person, number = person_with(), identity_number()
    shown = filled_in(page, person, new_identity_number=f"{number[:6]} {number[6:]}".lower())
    assert shown.status_code == 200
    person.refresh_from_db()
    assert person.in_clear(IDENTITY_NUMBER) == number
    form = page.get(reverse("admin:organizations_person_change", args=[person.pk])).content.decode()
    assert f"{'*' * 16}{number[-2:]}" in form
    assert number not in form
    assert number not in page.get(reverse("admin:organizations_person_changelist")).content.decode()
    assert Event.objects.get(action="personal.record").detail["fields"] == ["identity_number"]


def test_an_empty_field_changes_nothing_of_what_is_recorded(page):
    number = identity_number()
    person = person_with(number)
    filled_in(page, person, name="李大明")
    person.refresh_from_db()
    assert (person.name, person.in_clear(IDENTITY_NUMBER)) == ("李大明", number)


def test_the_fields_for_numbers_are_private_and_no_browser_completes_them(page):
    form = page.get(reverse("admin:organizations_person_add")).content.decode()
    for name in ("new_identity_number", "new_phone"):
        field = form[form.index(f'name="{name}"') - 200 : form.index(f'name="{name}"') + 200]
        assert "data-private" in field
        assert 'autocomplete="off"' in field


def test_a_new_person_is_recorded_with_her_numbers_at_once(page):
    place, number, phone = PlaceFactory(code=HERE), identity_number(), mobile_number()
    sent = {"place": place.pk, "name": "王芳", "sex": Sex.UNKNOWN, "new_identity_number": number, "new_phone": phone}
    page.post(reverse("admin:organizations_person_add"), sent)
    person = Person.objects.get(name="王芳")
    assert person.in_clear(IDENTITY_NUMBER) == number
    assert person.in_clear(PHONE) == phone


@pytest.mark.parametrize("wrong", ["1234", "330106900307123"])
def test_a_wrong_number_is_refused_beside_its_field_and_not_repeated_elsewhere(page, wrong):
    person = person_with()
    shown = filled_in(page, person, new_identity_number=wrong)
    assert shown.context["errors"]
    person.refresh_from_db()
    assert person.identity_number is None


def test_somebody_under_sixteen_holds_no_post(page):
    shown = filled_in(
        page, person_with(), new_identity_number=identity_number(born=clock.today() - timedelta(days=3650))
    )
    assert "16" in str(shown.context["errors"])


def test_a_number_recorded_within_reach_names_its_bearer_and_one_outside_nobody(page):
    number, another = identity_number(), identity_number()
    person_with(number, name="张小花")
    person_with(another, code=ELSEWHERE, name="赵大山")
    person = person_with()
    assert "张小花" in str(filled_in(page, person, new_identity_number=number).context["errors"])
    outside = filled_in(page, person, new_identity_number=another)
    assert outside.context["errors"]
    assert "赵" not in outside.content.decode()


def test_a_form_sent_twice_with_the_persons_own_number_is_no_duplicate(page):
    number = identity_number()
    person = person_with(number)
    filled_in(page, person, new_identity_number=number)
    person.refresh_from_db()
    assert person.in_clear(IDENTITY_NUMBER) == number


def test_where_record_and_number_disagree_it_is_said_and_nothing_overwritten(page):
    person = person_with(identity_number(born=date(1980, 5, 17)), sex=Sex.FEMALE, born_on=date(1981, 5, 1))
    assert len(people.disagreements_of(person)) == 2
    shown = page.get(reverse("person_numbers", args=[person.pk])).content.decode()
    assert "1980-05-17" not in shown
    assert shown.count("notice--warning") >= 2 or shown.count("warning") >= 2
    filled_in(page, person, name="李大明")
    person.refresh_from_db()
    assert (person.sex, person.born_on) == (Sex.FEMALE, date(1981, 5, 1))


def test_a_month_of_birth_and_an_unknown_sex_disagree_with_nothing():
    number = identity_number(born=date(1980, 5, 17))
    assert people.disagreements(number, sex=Sex.UNKNOWN, born_on=date(1980, 5, 1)) == []
    assert people.disagreements(number, sex=Sex.MALE, born_on=None) == []
    assert people.disagreements(number, sex=Sex.MALE, born_on=date(1980, 5, 16))


def revealed(client, person, **given):
    sent = {"field": "identity_number", "reason": "换届资格联审", **given}
    return client.post(reverse("person_reveal", args=[person.pk]), sent)


def test_a_number_is_seen_for_a_minute_marked_and_kept_nowhere(page, officer):
    number = identity_number()
    person = person_with(number)
    shown = revealed(page, person)
    assert number in shown.content.decode()
    assert str(officer) in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert shown["Refresh"] == f"60; url={reverse('person_numbers', args=[person.pk])}"
    event = Event.objects.get(action="personal.reveal")
    assert event.detail == {"key": person.key_id, "field": "identity_number", "reason": "换届资格联审"}
    assert number not in page.get(reverse("person_numbers", args=[person.pk])).content.decode()


def test_without_a_reason_nothing_is_seen(page):
    number = identity_number()
    shown = revealed(page, person_with(number), reason="")
    assert shown.status_code == 422
    assert number not in shown.content.decode()


def test_a_number_cannot_be_asked_for_by_an_address(page):
    assert page.get(reverse("person_reveal", args=[person_with(identity_number()).pk])).status_code == 405


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CLERK, Role.REVIEWER])
def test_without_the_right_to_reveal_the_mask_is_all(client, role):
    number = identity_number()
    person = person_with(number)
    client.force_login(account("without", role))
    assert revealed(client, person).status_code == 403
    shown = client.get(reverse("person_numbers", args=[person.pk]))
    assert shown.status_code == 200
    assert number not in shown.content.decode()
    assert reverse("person_reveal", args=[person.pk]) not in shown.content.decode()


def test_people_of_another_district_are_not_there(page):
    person = person_with(identity_number(), code=ELSEWHERE)
    assert revealed(page, person).status_code == 404
    assert page.get(reverse("person_numbers", args=[person.pk])).status_code == 404


def test_a_whole_number_finds_its_bearer_and_a_part_nobody(page):
    number, phone = identity_number(), mobile_number()
    person_with(number, phone, name="张小花")
    address = reverse("people_by_number")
    for field, said in (("identity_number", number), ("phone", phone)):
        found = page.post(address, {"field": field, "number": said}).content.decode()
        assert "张小花" in found
        assert said not in found
    for field, said in (("identity_number", number[:10]), ("phone", phone[:7])):
        assert page.post(address, {"field": field, "number": said}).status_code == 422
    listed = page.get(reverse("admin:organizations_person_changelist"), {"q": number[:10]})
    assert listed.context["cl"].result_count == 0


def test_a_search_finds_nobody_outside_and_says_the_same(page):
    number = identity_number()
    person_with(number, code=ELSEWHERE, name="赵大山")
    found = page.post(reverse("people_by_number"), {"field": "identity_number", "number": number})
    assert found.context["found"] == []
    assert Event.objects.get(action="personal.search").detail == {"field": "identity_number", "found": 0}


def test_history_holds_what_nobody_reads_without_the_key():
    before, after = identity_number(), identity_number()
    person = person_with(before)
    actions.record_numbers(person, {IDENTITY_NUMBER: after}, by=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM organizations_personevent e")
        (everything,) = cursor.fetchone()
    assert before not in everything
    assert after not in everything
    old = superseded(Person).filter(pgh_obj_id=person.pk).order_by("pgh_id").last()
    assert personal.unsealed(person.key, IDENTITY_NUMBER, old.identity_number) == before


def test_the_database_takes_no_number_in_clear():
    person = person_with()
    with pytest.raises(IntegrityError, match="numbers_of_a_person_are_encrypted"), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(identity_number=identity_number())


def test_numbers_are_kept_while_a_post_is_held_and_three_years_after():
    person = person_with(identity_number())
    place = person.place
    body = OrganizationFactory(place=place)
    post = PostFactory(person=person, organization=body, during=periods.of(date(2010, 1, 1)))
    assert actions.kept_until(person) is None
    assert actions.destroy_expired() == 0
    post.during = periods.of(date(2010, 1, 1), date(2020, 2, 29))
    post.save()
    assert actions.kept_until(Person.objects.get(pk=person.pk)) == date(2023, 3, 1)
    with clock.frozen(date(2023, 3, 1)):
        assert actions.destroy_expired() == 0
    with clock.frozen(date(2023, 3, 2)):
        assert actions.destroy_expired(dry_run=True) == 1
        assert not PersonalKey.objects.get(pk=person.key_id).is_destroyed
        assert actions.destroy_expired() == 1
        assert actions.destroy_expired() == 0
    assert PersonalKey.objects.get(pk=person.key_id).is_destroyed


def test_who_comes_back_to_a_post_keeps_her_key():
    person = person_with(identity_number())
    body = OrganizationFactory(place=person.place)
    PostFactory(person=person, organization=body, during=periods.of(date(2010, 1, 1), date(2012, 1, 1)))
    PostFactory(person=person, organization=body, during=periods.of(date(2024, 1, 1)))
    with clock.frozen(date(2025, 1, 1)):
        assert actions.destroy_expired() == 0


def test_after_destruction_the_page_says_so_and_new_numbers_get_a_new_key(page):
    number = identity_number()
    person = person_with(number, mobile_number())
    first = person.key
    personal.destroy(first)
    shown = page.get(reverse("admin:organizations_person_change", args=[person.pk]))
    assert shown.status_code == 200
    assert page.get(reverse("person_numbers", args=[person.pk])).status_code == 200
    filled_in(page, person, new_identity_number=number)
    person = Person.objects.select_related("key").get(pk=person.pk)
    assert person.key_id != first.pk
    assert person.in_clear(IDENTITY_NUMBER) == number
    assert person.phone is None


def test_the_key_of_somebody_deleted_is_destroyed():
    person = person_with(identity_number())
    PersonalKey.objects.update(made_at=clock.now() - timedelta(hours=2))
    Person.objects.filter(pk=person.pk).delete()
    assert actions.destroy_expired() == 1
    assert PersonalKey.objects.get(pk=person.key_id).is_destroyed


def test_destruction_on_request_takes_two_officers(page, client, officer):
    person = person_with(identity_number())
    ask, do = reverse("person_ask_destruction", args=[person.pk]), reverse("person_destroy", args=[person.pk])
    assert page.post(do).status_code == 403
    page.post(ask, {"reason": "本人书面申请删除"})
    assert page.post(do).status_code == 403
    client.force_login(account("another"))
    assert client.post(do).status_code == 302
    assert Person.objects.select_related("key").get(pk=person.pk).has_expired


@pytest.mark.parametrize(("who", "action"), [("officer", "withdraw"), ("another", "refuse")])
def test_a_destruction_that_was_asked_for_is_withdrawn_or_refused_with_a_reason(page, client, officer, who, action):
    person = person_with(identity_number())
    keep = reverse("person_call_off_destruction", args=[person.pk])
    page.post(reverse("person_ask_destruction", args=[person.pk]), {"reason": "本人书面申请删除"})
    account("another")
    client.force_login(User.objects.get(username=who))
    assert keep in client.get(reverse("person_numbers", args=[person.pk])).content.decode()
    assert client.post(keep, {"reason": ""}).status_code == 422
    assert client.post(keep, {"reason": "本人撤回申请"}).status_code == 302
    event = Event.objects.get(action=f"personal.{action}_erase")
    assert (event.detail["reason"], event.detail["asked"]) == ("本人撤回申请", "本人书面申请删除")
    client.force_login(account("third"))
    assert client.post(reverse("person_destroy", args=[person.pk])).status_code == 403
    page.post(reverse("person_ask_destruction", args=[person.pk]), {"reason": "本人再次书面申请"})
    assert PersonalKey.objects.get(pk=person.key_id).destruction_reason == "本人再次书面申请"


def test_the_commands_say_in_one_line_what_they_did(settings):
    number = identity_number()
    person = person_with(number)
    out = StringIO()
    call_command("destroy_expired_keys", "--dry-run", stdout=out)
    assert out.getvalue() == "0 keys would be destroyed\n"
    settings.DATA_KEYS_BEFORE, settings.DATA_KEY = (
        [settings.DATA_KEY],
        b"the next key of this installation, long enough",
    )
    for said in ("1 keys would be", "1 keys were", "0 keys were"):
        out = StringIO()
        call_command("change_data_key", *(["--dry-run"] if "would" in said else []), stdout=out)
        assert out.getvalue().startswith(said)
    settings.DATA_KEYS_BEFORE = []
    assert Person.objects.get(pk=person.pk).in_clear(IDENTITY_NUMBER) == number
    assert personal.found_by(IDENTITY_NUMBER, number).get() == person.key


def test_a_number_in_the_search_of_the_list_leads_to_the_page_for_it(page):
    number = identity_number()
    answer = page.get(reverse("admin:organizations_person_changelist"), {"q": number})
    assert answer.url == reverse("people_by_number")


@pytest.mark.parametrize("make", [identity_number, mobile_number])
def test_no_text_of_a_register_takes_a_personal_number(page, make):
    number, person = make(), person_with()
    shown = filled_in(page, person, source=f"李小明来电{number}")
    assert "source" in shown.context["adminform"].form.errors
    body = OrganizationFactory(place=person.place)
    body.name = f"党支部{number}"
    with pytest.raises(ValidationError) as refused:
        body.full_clean()
    assert refused.value.error_dict["name"][0].code == "personal_number"
    assert number not in str(refused.value)


def test_somebody_who_only_proposes_is_asked_for_no_numbers(client):
    person = person_with(identity_number())
    client.force_login(account("worker", Role.WORKER))
    shown = client.get(reverse("admin:organizations_person_change", args=[person.pk])).content.decode()
    assert "new_identity_number" not in shown
    listed = client.get(reverse("admin:organizations_person_changelist")).content.decode()
    assert "/people/" not in shown + listed  # no way to pages that would refuse


BORN = date(1980, 5, 17)


def test_beside_the_day_of_birth_the_mask_gives_nothing_away_that_completes_the_number(page):
    person = person_with(number := identity_number(born=BORN), born_on=BORN)
    pages = [
        page.get(address).content.decode()
        for address in (
            reverse("admin:organizations_person_changelist"),
            reverse("admin:organizations_person_change", args=[person.pk]),
            reverse("person_numbers", args=[person.pk]),
        )
    ]
    for shown in pages:
        assert f"{'*' * 16}{number[-2:]}" in shown
        assert f"*{number[-3:]}" not in shown
        assert number[:6] + "*" not in shown
    (told,) = people.disagreements(number, sex=Sex.UNKNOWN, born_on=date(1980, 5, 18))
    assert not [part for part in ("1980", "05", "17") if part in told]


def test_searches_by_whole_numbers_are_as_few_an_hour_as_reveals(page, settings):
    settings.PERSONAL_REVEALS_AN_HOUR = 2
    person = person_with(identity_number())
    sent = {"field": "identity_number", "number": identity_number()}
    assert revealed(page, person).status_code == 200
    assert page.post(reverse("people_by_number"), sent).status_code == 200
    assert page.post(reverse("people_by_number"), sent).status_code == 403
    assert revealed(page, person).status_code == 403


def test_a_key_destroyed_since_it_was_read_stays_destroyed():
    person = person_with(identity_number())
    read_before = Person.objects.select_related("key").get(pk=person.pk)
    personal.destroy(person.key)
    actions.record_numbers(read_before, {PHONE: mobile_number()}, by=None)
    assert PersonalKey.objects.get(pk=person.key_id).is_destroyed
    again = Person.objects.select_related("key").get(pk=person.pk)
    assert again.key_id != person.key_id
    assert (again.identity_number, bool(again.in_clear(PHONE))) == (None, True)


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_enter_one_number_at_once_the_second_is_told_in_words(page, client):
    one, other, number = person_with(), person_with(), identity_number()
    entered, go_on = threading.Event(), threading.Event()

    def enters_first():
        try:
            with transaction.atomic():
                actions.record_numbers(Person.objects.get(pk=one.pk), {IDENTITY_NUMBER: number}, by=None)
                entered.set()
                go_on.wait(5)
        finally:
            connection.close()

    first = threading.Thread(target=enters_first)
    first.start()
    assert entered.wait(5)
    threading.Timer(0.5, go_on.set).start()  # the second waits at the database for the first to end
    shown = filled_in(page, other, new_identity_number=number)
    first.join()
    assert shown.status_code == 200
    told = [str(message) for message in shown.context["messages"]]
    assert len(told) == 1
    assert number not in told[0]
    assert Person.objects.get(pk=other.pk).identity_number is None
    assert Person.objects.get(pk=one.pk).in_clear(IDENTITY_NUMBER) == number
