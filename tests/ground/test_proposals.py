"""
Changes of a register that wait: a worker sends the register's own form, the street's clerk decides.

One street with two communities, a worker in the first of them, the clerk, an officer of the district above them, and
a clerk of another district.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from communities.ground import periods, proposals
from communities.ground.history import superseded
from communities.ground.models import Event, Proposal, Role, StoredFile, User
from communities.ground.models.proposals import ProposalStatus as Status
from communities.places.models import Place
from facilities.models import Facility, FacilityUse, Purpose
from organizations.models import Organization, Person
from tests.factories.facilities import FacilityFactory, FacilityUseFactory
from tests.factories.judged import an_account
from tests.factories.organizations import OrganizationFactory, PersonFactory
from tests.factories.people import identity_number, mobile_number
from tests.factories.places import PlaceFactory
from tests.ground.test_review_fence import as_sent
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db
ID_NUMBER = identity_number()


@dataclass(frozen=True)
class Street:
    """Who and what there is."""

    room: Facility
    use: FacilityUse
    worker: User
    clerk: User
    officer: User
    stranger: User


@pytest.fixture
def street(db: None) -> Street:
    """The street, its premises and its people."""
    codes = ("3701", "370102", "370103", "370102001", "370103001", "370102001001", "370102001002", "370103001001")
    places: dict[str, Place] = {code: PlaceFactory(code=code.ljust(12, "0"), name=f"地方{code}") for code in codes}
    room = FacilityFactory(place=places["370102001001"], name="社区用房", built_area_m2=Decimal("320.00"))
    return Street(
        room=room,
        use=FacilityUseFactory(facility=room, source="旧台账"),
        worker=an_account("worker", Role.WORKER, "370102001001"),
        clerk=an_account("clerk", Role.CLERK, "370102001"),
        officer=an_account("officer", Role.OFFICER, "370102"),
        stranger=an_account("stranger", Role.CLERK, "370103001"),
    )


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Sign somebody in."""

    def of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return of


def form_of(row: Any) -> str:
    """Return the address of the row's form."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def proposed(client: Client, row: Any, **changed: Any) -> Proposal:
    """Send the row's form with the changes and return the proposal."""
    answer = client.post(form_of(row), as_sent(client, form_of(row)) | changed)
    assert answer.status_code == 302, answer.context["errors"]
    return Proposal.objects.latest("pk")


def a_proposal(street: Street, **changed: Any) -> Proposal:
    """Propose, by default, another built area of the room."""
    client = Client()
    client.force_login(street.worker)
    return proposed(client, street.room, **(changed or {"built_area_m2": "350"}))


def an_hour_ago(proposal: Proposal) -> Proposal:
    """Let the proposal have been made before this test's transaction, as it would have been."""
    Proposal.objects.filter(pk=proposal.pk).update(proposed_at=timezone.now() - timedelta(hours=1))
    proposal.refresh_from_db()
    return proposal


def fresh(user: User) -> User:
    """Return the account as another request would read it."""
    return User.objects.get(pk=user.pk)


def history() -> tuple[int, ...]:
    """Count everything that a save leaves behind."""
    events = [superseded(model).count() for model in (Facility, FacilityUse)]
    return Facility.objects.count(), FacilityUse.objects.count(), LogEntry.objects.count(), *events


# Proposing


def test_the_form_of_a_worker_says_that_it_only_proposes(street: Street, signed_in: Any) -> None:
    page = signed_in(street.worker).get(form_of(street.room)).content.decode()
    assert 'name="proposal_reason"' in page
    assert 'name="uses-0-purpose"' in page
    assert 'name="_continue"' not in page
    assert "uses-0-DELETE" not in page


def test_the_form_of_a_clerk_saves_as_ever(street: Street, signed_in: Any) -> None:
    page = signed_in(street.clerk).get(form_of(street.room)).content.decode()
    assert "proposal_reason" not in page
    assert 'name="_save"' in page


def test_sending_it_writes_a_proposal_and_nothing_else(street: Street, signed_in: Any) -> None:
    before, counted = Facility.objects.values().get(), history()
    changed = {"built_area_m2": "350.5", "uses-0-purpose": "idle", "proposal_reason": "现场丈量"}
    proposal = proposed(signed_in(street.worker), street.room, **changed)
    assert Facility.objects.values().get() == before
    assert FacilityUse.objects.get().purpose == Purpose.RENTED_OUT
    assert history() == counted
    assert (proposal.register, proposal.object_key) == ("facilities.facility", str(street.room.pk))
    assert (proposal.prefix, proposal.place_name) == ("370102001001", "地方370102001001")
    assert proposal.reason == "现场丈量"
    told = [(one["part"], one["field"], one["before"], one["after"]) for one in proposal.changes]
    assert told[0] == ("", "built_area_m2", "320.00", "350.50")
    assert told[1][:2] == (f"uses:{street.use.pk}", "purpose")
    assert Event.objects.filter(action="proposal.make", actor=street.worker, prefix="370102001001").count() == 1


def test_a_new_row_is_proposed_and_nothing_is_added(street: Street, signed_in: Any) -> None:
    client, counted = signed_in(street.worker), history()
    address = reverse("admin:facilities_facility_add")
    said = as_sent(client, address) | {"place": street.room.place_id, "kind": "library", "name": "图书室"}
    assert client.post(address, said | {"during_0": "2008-01-01"}).status_code == 302
    assert history() == counted
    proposal = Proposal.objects.get()
    assert (proposal.object_key, proposal.object_name, proposal.adds) == ("", "图书室", True)
    row = proposals.accept(proposal, by=street.clerk)
    assert isinstance(row, Facility)
    assert (row.name, row.kind, row.recorded_by) == ("图书室", "library", street.clerk)
    assert "worker" in row.source
    proposal.refresh_from_db()
    assert proposal.object_key == str(row.pk)


def test_what_could_not_be_saved_cannot_be_proposed(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    wrong = {"usable_area_m2": "900"}  # more than is built
    answer = client.post(form_of(street.room), as_sent(client, form_of(street.room)) | wrong)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Proposal.objects.exists()


def test_a_form_opened_before_somebody_saved_is_no_proposal(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    opened = as_sent(client, form_of(street.room))
    street.room.save()
    answer = client.post(form_of(street.room), opened | {"name": "新名"})
    assert answer.context["adminform"].form.errors
    assert not Proposal.objects.exists()


def test_a_row_is_not_proposed_into_another_area(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    other = Place.objects.by_code("370102001002")
    answer = client.post(form_of(street.room), as_sent(client, form_of(street.room)) | {"place": other.pk})
    assert answer.status_code in (200, 403)
    assert not Proposal.objects.exists()


def test_a_form_sent_unchanged_proposes_nothing(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    answer = client.post(form_of(street.room), as_sent(client, form_of(street.room)) | {"proposal_reason": "无"})
    assert answer.status_code == 302
    assert not Proposal.objects.exists()


def test_a_number_of_a_person_is_not_kept_in_a_proposal(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    for field in ("proposal_reason", "source"):
        answer = client.post(form_of(street.room), as_sent(client, form_of(street.room)) | {field: f"见 {ID_NUMBER}"})
        assert answer.context["adminform"].form.has_error(field)
    assert not Proposal.objects.exists()


def test_personal_fields_are_not_offered_and_not_taken(street: Street, signed_in: Any) -> None:
    person = PersonFactory(place=street.room.place, education="20")
    client = signed_in(street.worker)
    offered = as_sent(client, form_of(person))
    assert "name" in offered
    assert not {"identity_number", "phone", "new_identity_number", "new_phone"} & offered.keys()
    proposal = proposed(client, person, education="30", new_identity_number=ID_NUMBER, new_phone=mobile_number())
    assert {one["field"] for one in proposal.changes} == {"education"}
    assert ID_NUMBER not in str(proposal.sent)
    assert proposal.object_name == str(person) != person.name
    proposals.accept(proposal, by=street.clerk)
    assert Person.objects.get(pk=person.pk).education == "30"


def test_nothing_is_proposed_by_deleting_or_in_bulk(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    row = street.room
    assert client.post(reverse("admin:facilities_facility_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    said = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    client.post(reverse("admin:facilities_facility_changelist"), said)
    client.post(form_of(row), as_sent(client, form_of(row)) | {"uses-0-DELETE": "on"})
    beside = client.get(reverse("admin:facilities_facility_add"), {"_popup": "1"})
    assert beside.status_code == 403
    assert FacilityUse.objects.exists()
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEADER])
def test_who_may_only_read_proposes_nothing(role: Role, street: Street, signed_in: Any) -> None:
    client = signed_in(an_account("reader", role, "370102001"))
    assert "proposal_reason" not in client.get(form_of(street.room)).content.decode()
    assert client.post(form_of(street.room), {"name": "新名"}).status_code == 403
    assert not Proposal.objects.exists()


def test_a_clerk_proposes_a_change_of_a_place_and_its_code(street: Street, signed_in: Any) -> None:
    place = Place.objects.by_code("370102001002")
    proposal = proposed(signed_in(street.clerk), place, short_name="新简称", **{"codes-0-code": "370102001003"})
    assert Place.objects.get(pk=place.pk).code_on() == "370102001002"
    proposals.accept(proposal, by=street.officer)
    place.refresh_from_db()
    assert (place.short_name, place.code_on()) == ("新简称", "370102001003")


def test_the_same_change_is_not_proposed_twice_by_one_person(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    first = proposed(client, street.room, built_area_m2="350")
    said = as_sent(client, form_of(street.room)) | {"built_area_m2": "350"}
    answer = client.post(form_of(street.room), said, follow=True)
    assert str(first.pk) in " ".join(str(told) for told in answer.context["messages"])
    assert Proposal.objects.count() == 1
    proposed(client, street.room, built_area_m2="360")
    assert Proposal.objects.count() == 2


def test_evidence_is_kept_for_what_its_bytes_are(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    said = as_sent(client, form_of(street.room)) | {"built_area_m2": "350"}
    program = SimpleUploadedFile("证.pdf", b"MZ\x90\x00\x03", "application/pdf")
    answer = client.post(form_of(street.room), {**said, "proposal_evidence": program})
    assert answer.context["adminform"].form.has_error("proposal_evidence")
    assert not StoredFile.objects.exists()
    for name in ("a.html", "x.svg"):
        markup = SimpleUploadedFile(name, b"\xef\xbb\xbf \n<svg xmlns='x'>1,2</svg>\n3,4\n", "text/csv")
        answer = client.post(form_of(street.room), {**said, "proposal_evidence": markup})
        assert answer.context["adminform"].form.has_error("proposal_evidence")
    photo = SimpleUploadedFile("../现场.exe", b"\xff\xd8\xff\xe0" + b"0" * 100, "text/html")
    assert client.post(form_of(street.room), {**said, "proposal_evidence": photo}).status_code == 302
    kept = Proposal.objects.get().evidence
    assert (kept.name, kept.content_type, kept.prefix) == ("现场.jpg", "image/jpeg", "370102001001")


def test_evidence_opens_for_who_proposed_and_who_keeps_the_register_and_its_name_keeps_no_number(
    street: Street, signed_in: Any
) -> None:
    client, number = signed_in(street.worker), identity_number()
    said = as_sent(client, form_of(street.room)) | {"built_area_m2": "350"}
    paper = SimpleUploadedFile(f"{number}.jpg", b"%PDF-1.7" + b"0" * 100, "image/jpeg")
    assert client.post(form_of(street.room), {**said, "proposal_evidence": paper}).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.evidence is not None
    assert number not in proposal.evidence.name
    file, page = reverse("file", args=[proposal.evidence_id]), reverse("proposal", args=[proposal.pk])
    leader, reviewer = (an_account(role, role, "370102") for role in (Role.LEADER, Role.REVIEWER))
    neighbour = an_account("neighbour", Role.WORKER, "370102001001")
    for opens in (street.worker, street.clerk, street.officer):
        assert signed_in(opens).get(file).status_code == 200
        assert file in signed_in(opens).get(page).content.decode()
    for shut in (leader, reviewer, neighbour, street.stranger):
        assert signed_in(shut).get(file).status_code == 404
    assert file not in signed_in(neighbour).get(page).content.decode()


# Deciding


def test_accepting_puts_it_into_the_register_in_the_name_of_who_accepts(street: Street) -> None:
    changed = {"built_area_m2": "350", "uses-0-purpose": "idle", "source": "房产证"}
    proposal = a_proposal(street, **changed)
    proposals.accept(proposal, by=street.clerk)
    row, use = Facility.objects.get(), FacilityUse.objects.get()
    assert (row.built_area_m2, row.recorded_by, row.version) == (Decimal("350.00"), street.clerk, 2)
    assert (use.purpose, use.recorded_by) == (Purpose.IDLE, street.clerk)
    assert row.source.startswith("房产证 〔")
    assert use.source.startswith("旧台账 〔")
    assert f"{proposal.pk} · worker" in row.source
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by) == (Status.ACCEPTED, street.clerk)
    left = superseded(Facility).select_related("pgh_context").get()
    assert (left.built_area_m2, left.pgh_context.metadata["user"]) == (Decimal("320.00"), street.clerk.pk)
    assert left.pgh_context.metadata["proposal"] == proposal.pk
    assert "worker" in str(LogEntry.objects.get()) or "worker" in LogEntry.objects.get().change_message
    assert Event.objects.filter(action="proposal.accept", actor=street.clerk).count() == 1


def test_a_source_names_the_last_proposal_only(street: Street) -> None:
    proposals.accept(a_proposal(street, built_area_m2="350"), by=street.clerk)
    street.room.refresh_from_db()
    last = a_proposal(street, built_area_m2="360")
    proposals.accept(last, by=street.clerk)
    street.room.refresh_from_db()
    assert street.room.source.count("〔") == 1
    assert f"{last.pk} · worker" in street.room.source


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_source_is_kept_without_a_word_of_who_accepts(street: Street, language: str) -> None:
    proposal = a_proposal(street, source="房产证")
    with override(language):
        proposals.accept(proposal, by=street.clerk)
    street.room.refresh_from_db()
    assert street.room.source == f"房产证 〔#{proposal.pk} · {proposal.proposed_by}〕"


def test_rows_below_are_added_by_a_proposal(street: Street, signed_in: Any) -> None:
    client = signed_in(street.worker)
    said = as_sent(client, form_of(street.room)) | {"uses-0-during_1": "2008-12-31", "uses-TOTAL_FORMS": "2"}
    said |= {
        "uses-1-id": "",
        "uses-1-facility": street.room.pk,
        "uses-1-purpose": "own",
        "uses-1-during_0": "2009-01-01",
    }
    said |= {"uses-1-during_1": "", "uses-1-approval": "", "uses-1-source": "", "uses-1-opened_version": ""}
    assert client.post(form_of(street.room), said).status_code == 302
    assert FacilityUse.objects.count() == 1
    proposals.accept(Proposal.objects.get(), by=street.clerk)
    assert list(FacilityUse.objects.order_by("pk").values_list("purpose", flat=True)) == ["rented_out", "own"]


def test_a_change_of_another_field_meanwhile_stays(street: Street) -> None:
    proposal = an_hour_ago(a_proposal(street))
    Facility.objects.update(name="改了名")
    assert proposals.conflicts_for(proposal, street.clerk) == []
    (edit,) = proposals.changed_since(proposal)
    assert [(before, after) for _name, before, after in edit.changes] == [("社区用房", "改了名")]
    proposals.accept(proposal, by=street.clerk)
    row = Facility.objects.get()
    assert (row.name, row.built_area_m2) == ("改了名", Decimal("350.00"))


def test_a_change_of_the_same_field_meanwhile_is_told_and_nothing_is_accepted(street: Street, signed_in: Any) -> None:
    proposal = an_hour_ago(a_proposal(street))
    other = signed_in(street.officer)
    other.post(form_of(street.room), as_sent(other, form_of(street.room)) | {"built_area_m2": "333"})
    with pytest.raises(ValidationError, match="333"):
        proposals.accept(proposal, by=street.clerk)
    assert Facility.objects.get().built_area_m2 == Decimal("333.00")
    page = signed_in(street.clerk).get(reverse("proposal", args=[proposal.pk]))
    assert page.context["since"][0].by == "officer"
    assert page.context["conflicts"]
    assert reverse("proposal_accept", args=[proposal.pk]) not in page.content.decode()
    proposal.refresh_from_db()
    assert proposal.status == Status.WAITING


def test_a_row_removed_meanwhile_is_said_to_be_gone(street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street)
    FacilityUse.objects.all().delete()
    Facility.objects.all().delete()
    page = signed_in(street.clerk).get(reverse("proposal", args=[proposal.pk]))
    assert len(page.context["conflicts"]) == 1
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=street.clerk)
    proposals.refuse(proposal, by=street.clerk, reason="台账行已删除")


def test_a_row_below_that_was_removed_meanwhile_is_said_to_be_gone(street: Street) -> None:
    proposal = a_proposal(street, **{"uses-0-purpose": "idle"})
    FacilityUse.objects.all().delete()
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=street.clerk)


def test_what_the_form_refuses_now_is_not_accepted(street: Street) -> None:
    proposal = a_proposal(street, usable_area_m2="310")
    Facility.objects.update(built_area_m2="300")
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=street.clerk)
    assert Facility.objects.get().usable_area_m2 is None


def test_nobody_decides_on_his_own(street: Street) -> None:
    proposal = a_proposal(street)
    Proposal.objects.update(proposed_by=street.clerk)
    for decide in (proposals.accept, lambda one, by: proposals.refuse(one, by=by, reason="不")):
        with pytest.raises(PermissionDenied):
            decide(proposal, by=street.clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.update(status=Status.ACCEPTED, decided_by=street.clerk, decided_at=timezone.now())


def test_who_does_not_keep_the_register_there_does_not_decide(street: Street) -> None:
    proposal = a_proposal(street)
    colleague = an_account("colleague", Role.WORKER, "370102001001")
    for account in (colleague, street.stranger, an_account("reviewer", Role.REVIEWER, "370102")):
        with pytest.raises(PermissionDenied):
            proposals.accept(proposal, by=account)
    assert Facility.objects.get().built_area_m2 == Decimal("320.00")


def test_a_refusal_says_why(street: Street) -> None:
    proposal = a_proposal(street)
    with pytest.raises(ValidationError):
        proposals.refuse(proposal, by=street.clerk, reason=" ")
    proposals.refuse(proposal, by=street.clerk, reason="请附房产证")
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decision) == (Status.REFUSED, "请附房产证")
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=street.officer)


def test_only_the_proposer_withdraws_and_only_while_it_waits(street: Street) -> None:
    proposal = a_proposal(street)
    with pytest.raises(PermissionDenied):
        proposals.withdraw(proposal, by=street.clerk)
    proposals.withdraw(proposal, by=street.worker)
    with pytest.raises(ValidationError):
        proposals.withdraw(proposal, by=street.worker)
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=street.clerk)


def test_a_refused_one_is_filled_in_again(street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street, **{"built_area_m2": "350", "uses-0-purpose": "idle", "proposal_reason": "丈量"})
    proposals.refuse(proposal, by=street.clerk, reason="请附房产证")
    Facility.objects.update(name="改了名")
    page = signed_in(street.worker).get(form_of(street.room), {"again": proposal.pk})
    form = page.context["adminform"].form
    assert (form["built_area_m2"].value(), form["name"].value()) == ("350", "改了名")
    assert form["proposal_reason"].value() == "丈量"
    assert page.context["inline_admin_formsets"][0].formset.forms[0]["purpose"].value() == "idle"
    assert "请附房产证" in page.content.decode()
    others = signed_in(an_account("colleague", Role.WORKER, "370102001001"))
    form = others.get(form_of(street.room), {"again": proposal.pk}).context["adminform"].form
    assert form["built_area_m2"].value() == Decimal("320.00")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(street: Street) -> None:
    proposal = a_proposal(street)
    told: list[str] = []
    begin = threading.Barrier(2)

    def decide(by: User) -> None:
        try:
            begin.wait(10)
            proposals.accept(Proposal.objects.get(pk=proposal.pk), by=fresh(by))
            told.append("done")
        except ValidationError as error:
            told.append(error.messages[0])
        finally:
            connection.close()

    at_once = [threading.Thread(target=decide, args=[by]) for by in (street.clerk, street.officer)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join(30)
    assert sorted(one == "done" for one in told) == [False, True]
    winner = Proposal.objects.get().decided_by
    assert next(one for one in told if one != "done").count(str(winner)) == 1
    assert Facility.objects.get().version == 2
    assert Event.objects.filter(action="proposal.accept").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_decider_waits_for_the_first(street: Street) -> None:
    proposal = a_proposal(street)
    told: list[str] = []

    def decide() -> None:
        try:
            proposals.refuse(Proposal.objects.get(pk=proposal.pk), by=fresh(street.officer), reason="不符")
        except ValidationError as error:
            told.extend(error.messages)
        finally:
            connection.close()

    second = threading.Thread(target=decide)
    with transaction.atomic():
        proposals.accept(proposal, by=street.clerk)
        second.start()
        second.join(1)
        assert second.is_alive()  # held by the lock of the first
    second.join(30)
    assert "clerk" in told[0]


# A correction from outside the form


def test_a_single_value_is_proposed_from_outside_the_form(street: Street) -> None:
    counted = history()
    proposal = proposals.propose_value(
        street.room, "built_area_m2", Decimal("400"), reason="考核发现数据有误", by=street.worker
    )
    assert history() == counted
    assert [(one["field"], one["before"], one["after"]) for one in proposal.changes] == [
        ("built_area_m2", "320.00", "400.00")
    ]
    proposals.accept(proposal, by=street.clerk)
    assert Facility.objects.get().built_area_m2 == Decimal("400.00")


@pytest.mark.parametrize(("field", "value"), [("during", periods.of(date(2001, 1, 1))), ("kind", "library")])
def test_a_value_of_any_kind_is_proposed(field: str, value: Any, street: Street) -> None:
    proposal = proposals.propose_value(street.room, field, value, reason="", by=street.clerk)
    proposals.accept(proposal, by=street.officer)
    assert getattr(Facility.objects.get(), field) == value


def test_a_value_that_could_not_be_saved_is_refused_with_the_words_of_the_form(street: Street) -> None:
    for field, value in (("usable_area_m2", Decimal("900")), ("recorded_by", 1), ("built_area_m2", Decimal("320"))):
        with pytest.raises(ValidationError):
            proposals.propose_value(street.room, field, value, reason="", by=street.worker)
    with pytest.raises(ValidationError):
        proposals.propose_value(street.room, "name", "新", reason=f"见{ID_NUMBER}", by=street.worker)
    assert not Proposal.objects.exists()


def test_a_value_of_a_row_out_of_reach_is_not_proposed(street: Street) -> None:
    with pytest.raises(PermissionDenied):
        proposals.propose_value(street.room, "name", "新", reason="", by=street.stranger)


# The pages


def test_a_clerk_sees_what_waits_and_a_worker_what_became_of_hers(street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street, built_area_m2="350", proposal_reason="现场丈量")
    page = signed_in(street.clerk).get(reverse("proposals"))
    assert [shown.proposal for shown in page.context["rows"]] == [proposal]
    assert "现场丈量" in page.content.decode()
    proposals.refuse(proposal, by=street.clerk, reason="请附房产证")
    page = signed_in(street.worker).get(reverse("proposals"))
    assert page.context["which"] == "mine"
    assert "请附房产证" in page.content.decode()
    assert not signed_in(street.clerk).get(reverse("proposals")).context["rows"]
    decided = signed_in(street.clerk).get(reverse("proposals"), {"list": "decided"})
    assert len(decided.context["rows"]) == 1


def test_proposals_of_another_area_are_not_there(street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street)
    client = signed_in(street.stranger)
    assert not client.get(reverse("proposals"), {"list": "all"}).context["rows"]
    assert client.get(reverse("proposal", args=[proposal.pk])).status_code == 404
    for verb in ("accept", "refuse", "withdraw"):
        assert client.post(reverse(f"proposal_{verb}", args=[proposal.pk]), {"reason": "不"}).status_code == 404
    client.post(reverse("proposals_accept"), {"proposal": [proposal.pk], "confirmed": "yes"})
    proposal.refresh_from_db()
    assert proposal.status == Status.WAITING


@pytest.mark.parametrize("role", [Role.LEADER, Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_proposals_are_not_for_leaders_and_administrators(role: Role, street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street)
    client = signed_in(an_account("other", role, "370102"))
    assert client.get(reverse("proposals")).status_code in (302, 403)
    assert client.get(reverse("proposal", args=[proposal.pk])).status_code in (302, 403)


def test_the_lists_are_narrowed_by_register_place_and_status(street: Street, signed_in: Any) -> None:
    a_proposal(street)
    organization = OrganizationFactory(place=street.room.place, name="居委会")
    proposed(signed_in(street.worker), organization, name="新居委会")
    client = signed_in(street.clerk)

    def found(**asked: str) -> list[str]:
        rows = client.get(reverse("proposals"), asked).context["rows"]
        return [shown.proposal.register for shown in rows]

    assert found() == ["organizations.organization", "facilities.facility"]
    assert found(register="facilities.facility") == ["facilities.facility"]
    assert len(found(place="370102001001")) == 2
    assert found(list="all", status="refused") == []


def test_the_row_says_that_something_waits_for_it(street: Street, signed_in: Any) -> None:
    proposal = a_proposal(street)
    for account in (street.worker, street.clerk, an_account("reviewer", Role.REVIEWER, "370102")):
        page = signed_in(account).get(form_of(street.room)).content.decode()
        assert reverse("proposal", args=[proposal.pk]) in page
    proposals.withdraw(proposal, by=street.worker)
    page = signed_in(street.clerk).get(form_of(street.room)).content.decode()
    assert reverse("proposal", args=[proposal.pk]) not in page


def test_the_buttons_decide(street: Street, signed_in: Any) -> None:
    client = signed_in(street.clerk)
    first, second, third = a_proposal(street), a_proposal(street, name="改名"), a_proposal(street, source="证")
    client.post(reverse("proposal_accept", args=[first.pk]))
    client.post(reverse("proposal_refuse", args=[second.pk]), {"reason": "不符"})
    signed_in(street.worker).post(reverse("proposal_withdraw", args=[third.pk]))
    assert list(Proposal.objects.order_by("pk").values_list("status", flat=True)) == [
        "accepted",
        "refused",
        "withdrawn",
    ]
    client.post(reverse("proposal_refuse", args=[first.pk]), {"reason": "反悔"})
    first.refresh_from_db()
    assert first.status == Status.ACCEPTED


def test_several_of_one_place_are_accepted_with_one_question(street: Street, signed_in: Any) -> None:
    good, stale, other = a_proposal(street), a_proposal(street, name="改名"), a_proposal(street, source="证")
    client = signed_in(street.clerk)
    keys = [good.pk, stale.pk, other.pk]
    page = client.post(reverse("proposals_accept"), {"proposal": keys})
    assert page.status_code == 200
    assert not Proposal.objects.exclude(status=Status.WAITING).exists()
    Facility.objects.update(name="别名")
    page = client.post(reverse("proposals_accept"), {"proposal": keys, "confirmed": "yes"}, follow=True)
    told = [str(message) for message in page.context["messages"]]
    assert len(told) == 2
    assert str(stale.pk) in told[0]
    row = Facility.objects.get()
    assert (row.built_area_m2, row.name) == (Decimal("350.00"), "别名")
    assert list(Proposal.objects.order_by("pk").values_list("status", flat=True)) == ["accepted", "waiting", "accepted"]


def test_proposals_of_two_places_are_not_accepted_together(street: Street, signed_in: Any) -> None:
    elsewhere = FacilityFactory(place=Place.objects.by_code("370102001002"))
    neighbour = an_account("neighbour", Role.WORKER, "370102001002")
    keys = [a_proposal(street).pk, proposed(signed_in(neighbour), elsewhere, name="改名").pk]
    signed_in(street.clerk).post(reverse("proposals_accept"), {"proposal": keys, "confirmed": "yes"})
    assert not Proposal.objects.exclude(status=Status.WAITING).exists()


def test_the_menu_counts_what_waits(street: Street, signed_in: Any) -> None:
    def counted(account: User) -> int:
        page = signed_in(account).get(reverse("proposals"))
        return next(int(link.count) for link in page.context["navigation"] if link.code == "proposals")

    assert counted(street.clerk) == 0
    a_proposal(street)
    assert (counted(street.clerk), counted(street.officer), counted(street.worker)) == (1, 1, 0)


def test_the_pages_need_the_queries_that_are_written_down(street: Street, signed_in: Any) -> None:
    for number in range(3):
        proposal = a_proposal(street, built_area_m2=str(330 + number), **{"uses-0-purpose": "idle"})
    client = signed_in(street.clerk)
    assert_query_count("proposals", client, reverse("proposals"))
    assert_query_count("proposal", client, reverse("proposal", args=[proposal.pk]))
    assert_query_count("proposing form", signed_in(street.worker), form_of(street.room))


def test_an_organization_keeps_its_name_until_it_is_accepted(street: Street, signed_in: Any) -> None:
    organization = OrganizationFactory(place=street.room.place, name="居委会")
    proposal = proposed(signed_in(street.worker), organization, name="新居委会")
    assert proposal.object_name == "居委会"
    assert Organization.objects.get(pk=organization.pk).name == "居委会"


def test_the_form_of_a_proposal_that_came_back_is_emptied_after_its_time(street: Street, signed_in: Any) -> None:
    old, recent = a_proposal(street), a_proposal(street, built_area_m2="360")
    for one in (old, recent):
        proposals.withdraw(one, by=street.worker)
    waiting = a_proposal(street, built_area_m2="370")
    long_ago = timezone.now() - timedelta(days=proposals.SENT_KEPT_DAYS + 1)
    Proposal.objects.filter(pk=old.pk).update(decided_at=long_ago)
    assert (proposals.forget_sent(), proposals.forget_sent()) == (1, 0)
    assert [bool(Proposal.objects.get(pk=one.pk).sent) for one in (old, recent, waiting)] == [False, True, True]
    page = signed_in(street.worker).get(reverse("proposal", args=[old.pk]))
    assert (page.status_code, page.context["again_url"]) == (200, "")
