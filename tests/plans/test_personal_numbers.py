"""Identity and mobile numbers on their way in and out: encrypted, masked, never repeated, in no file that is left."""

import io
import json
import tempfile
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from assessments.plans import exports, previews
from assessments.plans.ledgers import of_kind
from communities.ground import clock, periods, personal, rosters
from communities.ground.ledgers import uploads
from communities.ground.models import Access, Event, Role, StoredFile, User
from communities.ground.numbers import holds_personal_number
from communities.ground.personal import IDENTITY_NUMBER, PHONE
from communities.ground.scope import Scope
from organizations import actions
from organizations.choices import OrganizationKind, Sex
from organizations.models import Person, Post
from tests.factories.judged import an_account
from tests.factories.organizations import OrganizationFactory, PersonFactory, PostFactory
from tests.factories.people import identity_number, mobile_number
from tests.factories.places import CommunityFactory, PlaceFactory

from ..ledgers.conftest import imported
from .test_pages_imports import done, upload

pytestmark = pytest.mark.django_db
HOME = "370102001002"
HEAD = ("区划代码", "姓名", "性别", "出生年月", "身份证号", "手机号", "组织类型", "现任职务", "任职时间")
WHY = "换届候选人资格联审"


@pytest.fixture
def committee() -> Any:
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code="370102001000", name="解放路街道")
    place = CommunityFactory(code=HOME, name="解放桥社区居民委员会")
    return OrganizationFactory(place=place, kind=OrganizationKind.RESIDENTS_COMMITTEE, name="解放桥社区居民委员会")


@pytest.fixture
def officer(client, committee):
    client.force_login(an_account("officer", Role.OFFICER, "370102"))
    return client


@pytest.fixture
def entitled(client, committee):
    user = an_account("entitled", Role.OFFICER, "370102")
    Access.objects.filter(user=user).update(may_reveal=True)
    client.force_login(user)
    return client


def a_row(name: str, number: Any = "", phone: Any = "", title: str = "委员", **more: Any) -> tuple[Any, ...]:
    said = {"sex": "", "born": "", "since": "2021-01-01"} | more
    return (HOME, name, said["sex"], said["born"], number, phone, "居民委员会", title, said["since"])


def a_roster(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in (HEAD, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_in(tmp_path, *rows: tuple[Any, ...], **how: Any) -> Any:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(a_roster(*rows))
    return imported(path, **how)


def named(name: str) -> Person:
    return Person.objects.select_related("key").get(name=name)


def test_numbers_of_a_roster_are_recorded_encrypted_and_come_back_masked(committee, tmp_path):
    number, phone = identity_number(), mobile_number()
    outcome = read_in(tmp_path, a_row("李小明", number.lower(), f"{phone[:3]} {phone[3:7]} {phone[7:]}"))
    assert (outcome.created, outcome.problems) == (1, [])
    person = named("李小明")
    assert (person.in_clear(IDENTITY_NUMBER), person.in_clear(PHONE)) == (number, phone)
    assert person.identity_number.startswith("aes.")
    again = read_in(tmp_path, a_row("李小明", IDENTITY_NUMBER.mask(number), PHONE.mask(phone)))
    assert (again.unchanged, again.problems) == (1, [])
    former = f"{number[:6]}********{number[-4:]}"  # as exports showed it before
    assert read_in(tmp_path, a_row("李小明", former)).unchanged == 1


def test_one_person_in_several_rows_needs_to_say_the_number_once(committee, tmp_path):
    number = identity_number()
    outcome = read_in(tmp_path, a_row("李小明", number, title="主任"), a_row("李小明", title="居民代表"))
    assert (outcome.created, outcome.problems) == (2, [])
    assert Post.objects.filter(person=named("李小明")).count() == 2


def test_two_people_of_one_name_are_told_apart_by_their_numbers(committee, tmp_path):
    first, second = identity_number(), identity_number()
    outcome = read_in(tmp_path, a_row("李小明", first), a_row("李小明", second))
    assert outcome.created == 2
    people = Person.objects.filter(name="李小明").select_related("key")
    assert {person.in_clear(IDENTITY_NUMBER) for person in people} == {first, second}


def test_who_is_recorded_without_a_number_gets_the_one_the_roster_says(committee, tmp_path):
    person, number = PersonFactory(place=committee.place, name="李小明"), identity_number()
    outcome = read_in(tmp_path, a_row("李小明", number))
    assert outcome.problems == []
    assert named("李小明").pk == person.pk
    assert named("李小明").in_clear(IDENTITY_NUMBER) == number


def test_a_number_of_somebody_else_is_refused_and_nobody_named(committee, tmp_path):
    number = identity_number()
    read_in(tmp_path, a_row("张小花", number))
    outcome = read_in(
        tmp_path, a_row("李小明", number), a_row("王芳", identity_number()), wrong_rows=tmp_path / "w.xlsx"
    )
    assert (outcome.wrong, outcome.created) == (1, 1)
    told = str(outcome.problems[0])
    assert "张" not in told
    assert number not in told
    assert not Person.objects.filter(name="李小明").exists()


def test_one_number_for_two_names_in_one_file_is_refused_at_the_second(committee, tmp_path):
    number = identity_number()
    outcome = read_in(tmp_path, a_row("张小花", number), a_row("李小明", number), wrong_rows=tmp_path / "w.xlsx")
    assert (outcome.created, outcome.wrong) == (1, 1)
    assert Person.objects.filter(name="张小花").exists()


def test_only_a_mask_for_somebody_unknown_is_refused(committee, tmp_path):
    outcome = read_in(tmp_path, a_row("李小明", IDENTITY_NUMBER.mask(identity_number())), dry_run=True)
    assert outcome.wrong == 1


@pytest.mark.parametrize("wrong", ["330106900307123", 3.30106199003071e17, "12345"])
def test_a_wrong_number_is_told_at_its_cell_and_not_repeated(committee, tmp_path, wrong):
    outcome = read_in(tmp_path, a_row("李小明", wrong), dry_run=True)
    (problem,) = outcome.problems
    assert (problem.heading, problem.value) == ("身份证号", "***")


def test_where_number_and_columns_disagree_it_is_noted_and_the_columns_stay(committee, tmp_path):
    number = identity_number()
    outcome = read_in(tmp_path, a_row("李小明", number, sex="女", born="1981.05"))
    assert outcome.created == 1
    assert len(outcome.notes) == 2
    assert named("李小明").sex == Sex.FEMALE
    assert number not in "".join(outcome.notes)


def test_a_number_in_any_other_column_is_refused_and_not_repeated(committee, tmp_path):
    number = identity_number()
    outcome = read_in(tmp_path, a_row(f"李小明{number}"), wrong_rows=tmp_path / "wrong.xlsx")
    (problem,) = outcome.problems
    assert problem.heading == "姓名"
    assert number not in str(problem)
    assert not uploads.holds_numbers(tmp_path / "wrong.xlsx")


def everything_kept() -> str:
    """All that the tables of jobs, files and events hold, and all files that lie in the storage, in one text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(j::text, ' ') FROM ground_job j) || coalesce((SELECT string_agg(e::text, ' ') "
            "FROM ground_event e), '') || coalesce((SELECT string_agg(f::text, ' ') FROM ground_storedfile f), '')"
        )
        (rows,) = cursor.fetchone()
    return str(rows) + "".join(unpacked(file) for file in StoredFile.objects.filter(removed_at=None))


def unpacked(file: StoredFile) -> str:
    """What lies in the storage, a workbook's parts laid open; not what the portal can decrypt of it."""
    with file.file.open("rb") as stored:
        content: bytes = stored.read()
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "ignore")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode("utf-8", "ignore") for name in archive.namelist())


def test_neither_jobs_nor_events_nor_files_keep_a_number_and_the_upload_goes_once_imported(
    officer, django_capture_on_commit_callbacks
):
    numbers = [identity_number() for _n in range(3)]
    rows = [a_row("李小明", numbers[0]), a_row("王芳", numbers[1] + "0"), a_row(f"赵{numbers[2]}")]
    trial = done(upload(officer, a_roster(*rows), name=f"名册{numbers[0]}.xlsx"))
    upload_row = previews.file_of(trial)
    assert upload_row.is_encrypted
    assert upload_row.remove_after is not None
    assert upload_row.remove_after > timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        real = done(officer.post(reverse("import_apply", args=[trial.pk])))
    assert previews.of(real).created == 1
    upload_row.refresh_from_db()
    assert upload_row.removed_at
    assert not upload_row.file.storage.exists(str(upload_row.file.name))
    kept = everything_kept()
    assert real.artefact is not None
    assert not [number for number in numbers if number in kept]
    assert officer.get(reverse("file", args=[upload_row.pk])).status_code == 410
    page = officer.get(reverse("import_preview", args=[real.pk])).content.decode()
    assert not [number for number in numbers if number in page]


def test_an_upload_that_is_never_imported_is_removed_after_its_day(officer):
    trial = done(upload(officer, a_roster(a_row("李小明", identity_number()))))
    file = previews.file_of(trial)
    StoredFile.objects.filter(pk=file.pk).update(remove_after=timezone.now() - timedelta(seconds=1))
    assert personal.remove_files() == 1
    again = officer.post(reverse("import_again", args=[trial.pk]), {"kind": "posts"})
    assert again.url == reverse("imports")


def test_a_colleague_does_not_get_the_upload(officer, client):
    file = previews.file_of(done(upload(officer, a_roster(a_row("李小明", identity_number())))))
    assert officer.get(reverse("file", args=[file.pk])).status_code == 200
    client.force_login(an_account("colleague", Role.OFFICER, "370102"))
    assert client.get(reverse("file", args=[file.pk])).status_code == 404


def holder(committee) -> tuple[str, str]:
    number, phone = identity_number(), mobile_number()
    person = PersonFactory(place=committee.place, name="李小明")
    actions.record_numbers(person, {IDENTITY_NUMBER: number, PHONE: phone}, by=None)
    PostFactory(person=person, organization=committee)
    return number, phone


def exported(client, **given: Any) -> Any:
    answer = client.post(reverse("import_export", args=["posts"]), {"form": "xlsx", "purpose": WHY, **given})
    if answer.status_code != 302:
        return answer
    return StoredFile.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))


def test_a_list_that_names_people_leaves_for_a_purpose_only(officer, committee):
    holder(committee)
    assert officer.get(reverse("import_export", args=["posts"])).status_code == 200
    for purpose in ("", "用", f"核对{identity_number()}"):
        answer = exported(officer, purpose=purpose)
        assert answer.status_code == 422
        assert not holds_personal_number(answer.content.decode())
    assert not Event.objects.filter(action="personal.export").exists()


def test_an_export_is_masked_marked_on_every_page_and_recorded_whole(officer, committee):
    number, phone = holder(committee)
    file = exported(officer)
    content = file.opened().read()
    book = load_workbook(io.BytesIO(content))
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert IDENTITY_NUMBER.mask(number) in cells
    assert PHONE.mask(phone) in cells
    assert not {number, phone} & set(cells)
    assert not [cell for cell in cells if number[-4:] in cell and "*" in cell]
    assert WHY in cells
    assert WHY in str(book.worksheets[0].oddFooter.left.text)
    assert "officer" in str(book.worksheets[0].oddHeader.right.text)
    detail = Event.objects.get(action="personal.export").detail
    assert detail["purpose"] == WHY
    assert (detail["rows"], detail["sha256"], detail["within"]) == (1, file.sha256, ["370102"])
    assert "身份证号" in detail["columns"]
    assert number not in json.dumps(detail)


def test_numbers_in_clear_are_for_who_may_reveal_and_the_file_does_not_stay(entitled, committee):
    number, _phone = holder(committee)
    file = exported(entitled, in_clear="on")
    assert number.encode() not in file.file.open("rb").read()
    cells = [cell for row in load_workbook(io.BytesIO(file.opened().read())).worksheets[0].values for cell in row]
    assert number in cells
    assert Event.objects.get(action="personal.export").detail["in_clear"] is True
    StoredFile.objects.filter(pk=file.pk).update(remove_after=timezone.now() - timedelta(seconds=1))
    personal.remove_files()
    assert entitled.get(reverse("file", args=[file.pk])).status_code == 410


def test_what_names_people_leaves_in_a_workbook_only_which_says_whose_it_is(entitled, committee):
    holder(committee)
    for clear in ({}, {"in_clear": "on"}):
        assert exported(entitled, form="csv", **clear).status_code == 422
    with pytest.raises(ValidationError, match="工作簿"):
        exports.check(of_kind("posts"), exports.Wish("csv", WHY), by=None)
    assert not Event.objects.filter(action="personal.export").exists()


def test_an_export_in_clear_is_opened_by_its_maker_alone_and_while_he_may_reveal(entitled, client, committee):
    holder(committee)
    file = exported(entitled, in_clear="on")
    address = reverse("file", args=[file.pk])
    assert entitled.get(address).status_code == 200
    held = Access.objects.get(user=file.created_by)
    Access.objects.filter(pk=held.pk).update(may_reveal=False)
    assert entitled.get(address).status_code == 403
    Access.objects.filter(pk=held.pk).update(may_reveal=True, during=periods.of(date(2000, 1, 1), clock.today()))
    successor = an_account("successor", Role.OFFICER, "370102")
    Access.objects.filter(user=successor).update(took_over=held, may_reveal=True)
    StoredFile.objects.filter(pk=file.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    client.force_login(successor)
    assert client.get(address).status_code == 404


def test_an_upload_of_ones_own_needs_no_right_to_reveal(officer):
    file = previews.file_of(done(upload(officer, a_roster(a_row("李小明", identity_number())))))
    assert officer.get(reverse("file", args=[file.pk])).status_code == 200


def test_nothing_in_clear_is_written_to_a_file_on_the_way_to_the_storage(entitled, committee, tmp_path, monkeypatch):
    number, _phone = holder(committee)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # whoever wants a temporary file fails
    file = exported(entitled, in_clear="on")
    with pytest.raises(FileNotFoundError):
        exported(entitled)  # masked, by way of the disk
    book = load_workbook(io.BytesIO(file.opened().read()))
    assert number in [cell for row in book.worksheets[0].values for cell in row]
    assert WHY in str(book.worksheets[0].oddFooter.left.text)
    assert WHY in [cell for row in book.worksheets[1].values for cell in row]


def test_an_export_in_clear_is_not_larger_than_memory_holds(entitled, committee, monkeypatch):
    holder(committee)
    monkeypatch.setattr(exports, "MOST_IN_CLEAR", 0)
    wish = exports.Wish("xlsx", WHY, in_clear=True)
    with pytest.raises(ValidationError, match="最多 0 行"):
        exports.export(of_kind("posts"), wish, Scope(("370102",)), by=User.objects.get(), area="370102")


def test_a_roster_of_accounts_is_read_without_a_file_that_has_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = rosters._read(uploads.received("用户名,姓名,所属区域代码\nlixia-li,李某,370102\n".encode(), "名册.csv"))
    assert next(rows)
    lying = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert lying
    assert all(path.is_symlink() for path in lying)


def test_without_the_right_the_masks_are_all_whatever_is_sent(officer, committee):
    number, _phone = holder(committee)
    file = exported(officer, in_clear="on")
    assert not file.is_encrypted
    assert number not in unpacked(file)
    wish = exports.Wish("xlsx", WHY, in_clear=True)
    with pytest.raises(PermissionDenied):
        exports.export(of_kind("posts"), wish, Scope(("370102",)), by=file.created_by, area="370102")


def test_a_name_that_looks_like_a_formula_leaves_as_text(officer, committee):
    PostFactory(person=PersonFactory(place=committee.place, name="=1+1"), organization=committee)
    cells = [
        cell
        for row in load_workbook(io.BytesIO(exported(officer).opened().read())).worksheets[0].values
        for cell in row
    ]
    assert "'=1+1" in cells
