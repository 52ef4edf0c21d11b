"""Ledgers through pages: tried first, told cell by cell, imported from the file that is kept; by whom, by whom not."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from assessments.plans import exports, previews
from assessments.plans.ledgers import LEDGERS, of_kind
from communities.ground import jobs
from communities.ground.ledgers.uploads import received
from communities.ground.models import Event, Job, Role, StoredFile
from facilities.models import Facility
from tests.factories.facilities import FacilityFactory
from tests.factories.judged import an_account
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.query_counting import assert_query_count

from ..ledgers.conftest import imported, lines_of

pytestmark = pytest.mark.django_db
HEAD = ("区划代码", "设施类型", "设施名称", "建筑面积(平方米)", "启用日期")
HOME, ELSEWHERE = "370102001002", "370103001001"
WRONG_AREA = (HOME, "文化室", "乙室", "二百一十", "2005-07-01")


@pytest.fixture
def places() -> Any:
    """A community of 370102 with one room of 148 m², and one of 370103."""
    for code, name in (
        ("370100000000", "济南市"),
        ("370102000000", "历下区"),
        ("370102001000", "解放路街道"),
        ("370103000000", "市中区"),
        ("370103001000", "大观园街道"),
    ):
        PlaceFactory(code=code, name=name)
    home = CommunityFactory(code=HOME, name="解放桥社区居民委员会")
    elsewhere = CommunityFactory(code=ELSEWHERE, name="万紫巷社区居民委员会")
    FacilityFactory(place=home, name="甲室", built_area_m2=148)
    FacilityFactory(place=elsewhere, name="外区的用房")
    return home, elsewhere


@pytest.fixture
def officer(client, places):
    client.force_login(an_account("officer", Role.OFFICER, "370102"))
    return client


def a_book(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "12月"
    for row in (head, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


MIXED = (
    (HOME, "办公和服务用房", "甲室", 166.4, "2000-01-01"),
    WRONG_AREA,
    (HOME, "图书室", "丙室", 60, "2006-01-01"),
)


def upload(client, content: bytes, name: str = "台账.xlsx", **more: str) -> Any:
    return client.post(reverse("imports"), {"file": SimpleUploadedFile(name, content), **more})


def done(answer: Any) -> Job:
    """Do the job that the answer leads to, whatever comes of it."""
    assert answer.status_code == 302, answer.content.decode()[:2000]
    key = int(answer.url.strip("/").split("/")[-1])
    ended = jobs.work(key)
    assert ended is not None
    return ended


def refusal(answer: Any) -> str:
    """The one sentence beside the file."""
    assert answer.status_code == 422
    (told,) = answer.context["form"].errors["file"]
    return str(told)


def test_a_trial_tells_what_would_happen_and_writes_nothing(officer):
    trial = done(upload(officer, a_book(*MIXED)))
    page = officer.get(reverse("import_preview", args=[trial.pk]))
    found = page.context["found"]
    assert (found.created, found.changed, found.unchanged, found.wrong) == (1, 1, 0, 1)
    assert found.ledger.kind == "facilities"
    (problem,) = found.problems
    assert (problem.sheet, problem.address, problem.heading, problem.value) == ("12月", "D3", "建筑面积", "二百一十")
    (change,) = found.changes
    assert (change.address, change.place, change.before, change.after) == ("D2", "解放桥社区", "148", "166.40")
    told = page.content.decode()
    assert "D3" in told
    assert "二百一十" in told
    assert Facility.objects.filter(place__codes__code=HOME).count() == 1


def test_right_rows_are_imported_from_the_kept_file_and_the_wrong_ones_come_with_their_reason(officer, tmp_path):
    trial = done(upload(officer, a_book(*MIXED)))
    result = done(officer.post(reverse("import_apply", args=[trial.pk])))
    assert set(Facility.objects.filter(place__codes__code=HOME).values_list("name", flat=True)) == {"甲室", "丙室"}
    assert Facility.objects.get(name="甲室").imported_by == result
    assert StoredFile.objects.filter(name="台账.xlsx").count() == 1
    page = officer.get(reverse("import_preview", args=[result.pk]))
    assert page.context["register_url"] == reverse("admin:facilities_facility_changelist")
    answer = officer.get(reverse("file", args=[result.artefact_id]))
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(b"".join(answer.streaming_content))
    head, row = lines_of(wrong)
    assert head[-1] == "原因"
    assert "二百一十" in row
    assert "D3" in row[-1]


def test_the_file_of_wrong_rows_is_mended_and_uploaded_as_it_is(officer, tmp_path):
    trial = done(upload(officer, a_book(*MIXED)))
    result = done(officer.post(reverse("import_apply", args=[trial.pk])))
    path = tmp_path / "wrong.xlsx"
    path.write_bytes(b"".join(officer.get(reverse("file", args=[result.artefact_id])).streaming_content))
    book = load_workbook(path)
    cell = next(cell for cell in book.worksheets[0][2] if cell.value == "二百一十")
    cell.value = 210
    book.save(path)
    again = done(upload(officer, path.read_bytes()))
    done(officer.post(reverse("import_apply", args=[again.pk])))
    assert Facility.objects.filter(name="乙室", built_area_m2=210).exists()


def test_asked_twice_the_import_is_done_once(officer):
    trial = done(upload(officer, a_book(*MIXED)))
    first = officer.post(reverse("import_apply", args=[trial.pk]))
    second = officer.post(reverse("import_apply", args=[trial.pk]))
    assert first.url == second.url
    done(first)
    assert "import_apply" not in officer.get(reverse("import_preview", args=[trial.pk])).content.decode()


def test_where_nothing_is_wrong_all_is_imported_or_nothing(officer):
    trial = done(upload(officer, a_book(MIXED[0], MIXED[2])))
    page = officer.get(reverse("import_preview", args=[trial.pk]))
    assert page.context["found"].wrong == 0
    job = Job.objects.get(pk=int(officer.post(reverse("import_apply", args=[trial.pk])).url.strip("/").split("/")[-1]))
    assert job.arguments["leave_out_wrong"] is False


def test_what_is_recorded_already_leaves_nothing_to_import(officer):
    rows = a_book((HOME, "办公和服务用房", "甲室", 148, "2000-01-01"))
    trial = done(upload(officer, rows))
    page = officer.get(reverse("import_preview", args=[trial.pk]))
    assert (page.context["found"].unchanged, page.context["found"].to_write) == (1, 0)
    officer.post(reverse("import_apply", args=[trial.pk]))
    assert not Job.objects.filter(arguments__dry_run=False).exists()


def test_headings_without_a_row_are_told(officer):
    trial = done(upload(officer, a_book()))
    page = officer.get(reverse("import_preview", args=[trial.pk]))
    assert page.context["found"].rows == 0
    assert "notice warning" in page.content.decode()


def test_rows_of_another_district_are_refused_and_nothing_of_it_is_told(officer):
    foreign = (ELSEWHERE, "文化室", "丁室", 80, "2005-07-01")
    trial = done(upload(officer, a_book(foreign)))
    found = previews.of(trial)
    assert found is not None
    assert (found.wrong, found.to_write) == (1, 0)
    merged = a_book((*foreign, "没有的用房"), head=(*HEAD, "与之合用"))
    told = done(upload(officer, merged))
    assert "外区的用房" not in str(told.arguments)
    officer.post(reverse("import_apply", args=[trial.pk]))
    assert not Facility.objects.filter(name="丁室").exists()


def test_a_file_that_fits_no_ledger_is_told_and_can_be_tried_as_one_of_them(officer):
    trial = done(upload(officer, a_book(("1", "2"), head=("甲", "乙"))))
    assert trial.status == Job.Status.FAILED
    page = officer.get(reverse("import_preview", args=[trial.pk]))
    assert "error-summary" in page.content.decode()
    again = done(officer.post(reverse("import_again", args=[trial.pk]), {"kind": "facilities"}))
    assert again.arguments["file"] == trial.arguments["file"]
    assert StoredFile.objects.count() == 1


def test_a_leader_imports_and_exports_nothing(client, places):
    client.force_login(an_account("leader", Role.LEADER, "370102"))
    assert client.get(reverse("imports")).status_code == 403
    assert upload(client, a_book(*MIXED)).status_code == 403
    assert client.post(reverse("import_export", args=["facilities"]), {"form": "csv"}).status_code == 403
    assert not StoredFile.objects.exists()


def test_a_clerk_imports_what_the_street_keeps_and_no_more(client, places):
    client.force_login(an_account("clerk", Role.CLERK, "370102001"))
    offered = dict(client.get(reverse("imports")).context["form"].fields["kind"].choices)
    assert "facilities" in offered
    assert {"divisions", "communities", "censuses", "reported_values"}.isdisjoint(offered)
    assert previews.of(done(upload(client, a_book(MIXED[0])))).changed == 1
    counted = a_book((HOME, "2008-12-31", 2000), head=("区划代码", "统计日期", "总户数"))
    found = previews.of(done(upload(client, counted)))
    assert found is None or (found.to_write == 0 and found.wrong == 1)


def test_a_colleague_sees_the_preview_and_may_not_import_it(officer, client):
    trial = done(upload(officer, a_book(*MIXED)))
    client.force_login(an_account("colleague", Role.OFFICER, "370102"))
    page = client.get(reverse("import_preview", args=[trial.pk]))
    assert reverse("import_apply", args=[trial.pk]) not in page.content.decode()
    assert client.post(reverse("import_apply", args=[trial.pk])).status_code == 403
    client.force_login(an_account("other", Role.OFFICER, "370103"))
    assert client.get(reverse("import_preview", args=[trial.pk])).status_code == 404


def a_zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return stream.getvalue()


HOSTILE = {
    "empty": b"",
    "an old workbook": bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a program": b"MZ\x90\0\x03\0\0\0",
    "UTF-16": "区划代码,名称".encode("utf-16"),
    "neither encoding": b"\xff\xff\xff,\xff",
    "an archive of something else": a_zip(readme_txt=b"hello"),
    "macros": a_zip(xl__workbook_xml=b"<workbook/>", xl__vbaProject_bin=b"x"),
    "entities": a_zip(xl__workbook_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'),
    "half an archive": a_book(*MIXED)[:1500],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_in_one_sentence_and_not_kept(officer, content):
    told = refusal(upload(officer, content))
    assert told
    assert not StoredFile.objects.exists()
    assert not Job.objects.exists()


def test_a_bomb_is_refused_before_it_is_unpacked(officer):
    bomb = a_zip(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b"0" * 310_000_000)
    assert len(bomb) < 1_000_000
    assert "300" in refusal(upload(officer, bomb))


def test_a_file_over_the_limit_is_refused(officer, settings):
    settings.UPLOAD_LIMIT = 1024 * 1024
    assert "1" in refusal(upload(officer, b"a" * (1024 * 1024 + 1)))


def test_a_workbook_that_is_broken_inside_fails_with_a_sentence(officer):
    trial = done(upload(officer, a_zip(xl__workbook_xml=b"<workbook/>")))
    assert trial.status == Job.Status.FAILED
    assert trial.error
    assert "Traceback" not in trial.error


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.csv"),
        ("C:\\台账\\十二月.xls", "十二月.csv"),
        ("台\u202e账\x00.csv", "台账.csv"),
        ("很" * 300 + ".csv", "很" * 60 + ".csv"),
        (".csv", "台账.csv"),
    ],
)
def test_a_name_is_cut_down_to_what_can_be_shown(name, kept):
    assert received(b"a,b\n1,2\n", name).name.removeprefix("ledger").lstrip(".") in {kept, "csv"}


def test_an_export_is_the_file_that_can_be_imported_within_reach_and_recorded(officer, tmp_path):
    Facility.objects.filter(name="甲室").update(source="=1+1")
    answer = officer.post(reverse("import_export", args=["facilities"]), {"form": "xlsx"})
    file = StoredFile.objects.get(pk=int(answer.url.strip("/").split("/")[-1]))
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(officer.get(answer.url).streaming_content))
    lines = lines_of(path)
    assert len(lines) == 2
    assert "'=1+1" in lines[1]
    event = Event.objects.get(action="ledger.export")
    assert (event.detail["rows"], event.detail["sha256"]) == (1, file.sha256)
    again = imported(path, dry_run=True)
    assert (again.created, again.changed, again.wrong) == (0, 0, 0)


def test_a_large_export_is_a_job(officer, monkeypatch):
    monkeypatch.setattr(exports, "LARGE", 0)
    job = done(officer.post(reverse("import_export", args=["facilities"]), {"form": "csv"}))
    assert (job.kind, job.status) == ("export_ledger", Job.Status.DONE)
    assert job.artefact is not None
    assert job.artefact.name.endswith(".csv")
    assert "外区的用房" not in job.artefact.file.open("rb").read().decode()


def test_an_export_reaches_no_further_than_the_account_whatever_the_address_says(officer):
    answer = officer.post(reverse("import_export", args=["facilities"]) + "?place=370103", {"form": "csv"})
    content = b"".join(officer.get(answer.url).streaming_content).decode()
    assert "外区的用房" not in content
    assert "甲室" in content


@pytest.mark.parametrize("kind", [ledger.kind for ledger in LEDGERS])
def test_a_template_explains_itself_and_imports_as_an_empty_ledger_of_its_kind(officer, kind, tmp_path):
    path = tmp_path / "template.xlsx"
    path.write_bytes(b"".join(officer.get(reverse("import_template", args=[kind])).streaming_content))
    form, told = load_workbook(path).worksheets
    assert [cell.value for cell in form[1]] == [column.title for column in of_kind(kind).columns]
    assert [cell.value for cell in told["A"]][1:] == [column.heading for column in of_kind(kind).columns]
    outcome = imported(path, dry_run=True)
    assert outcome.ledger is not None
    assert (outcome.ledger.kind, outcome.rows, outcome.notes) == (kind, 0, [])


def test_the_template_offers_the_choices_the_import_knows(officer, tmp_path):
    path = tmp_path / "template.xlsx"
    path.write_bytes(b"".join(officer.get(reverse("import_template", args=["facilities"])).streaming_content))
    form, told = load_workbook(path).worksheets
    kinds = next(row for row in told.iter_rows(values_only=True) if row[0] == "设施类型")
    assert "图书室" in kinds
    assert form.data_validations.dataValidation


def test_the_pages_need_the_queries_that_are_written_down(officer):
    assert_query_count("imports", officer, reverse("imports"))
    trial = done(upload(officer, a_book(*MIXED)))
    assert_query_count("import_preview", officer, reverse("import_preview", args=[trial.pk]))
