"""Bringing in a sheet by pages: read line by line, kept as a draft, read once more, published; and by whom not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from assessments.filings import actions
from assessments.filings.models import SheetVersion
from assessments.filings.pack import ItemSpec, RuleSpec
from assessments.plans.pack import Label
from communities.ground.models import Role, StoredFile
from tests.confirming import publish
from tests.factories.judged import an_account
from tests.query_counting import assert_query_count

from .conftest import SOUND

pytestmark = pytest.mark.django_db
LATER = SOUND.replace("label: {zh: 服务成效}", "label: {zh: 服务成效好}")


@pytest.fixture
def officer(client, plan):
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    return client


def page_of(number):
    return reverse("sheet_version", args=["trial-sheet", number])


def upload(client, text, **more):
    file = SimpleUploadedFile("sheet.yaml", text.encode(), content_type="text/yaml")
    return client.post(reverse("sheet_upload"), {"file": file, **more})


def test_a_broken_sheet_is_told_line_by_line_and_its_text_stays(officer):
    broken = SOUND.replace("target: floor,", "target: flor,")
    page = upload(officer, broken)
    assert page.status_code == 422
    (told,) = page.context["problems"]
    assert "flor" in told.quoted
    assert page.context["form"].initial["text"] == broken
    assert not SheetVersion.objects.exists()


def test_only_checking_says_what_would_change_and_writes_nothing(officer, version):
    page = upload(officer, LATER, dry_run="1")
    assert page.status_code == 200
    assert [one.code for one in page.context["tried"].differences] == ["service"]
    assert SheetVersion.objects.count() == 1
    first = upload(officer, SOUND.replace("code: trial-sheet", "code: other"), dry_run="1")
    assert first.context["tried"].is_first


def test_a_sheet_is_uploaded_read_and_published(officer, version):
    answer = upload(officer, LATER)
    assert answer.url == page_of(2)
    page = officer.get(page_of(2))
    assert [one.code for one in page.context["differences"]] == ["service"]
    assert StoredFile.objects.filter(name="sheet.yaml").exists()
    publish(officer, reverse("sheet_publish", args=["trial-sheet", 2]))
    assert SheetVersion.objects.get(number=2).published_by.username == "officer"
    assert officer.get(page_of(1)).context["later"].number == 2
    assert officer.get(reverse("sheet", args=["trial-sheet"])).url == page_of(2)


def test_the_same_sheet_is_nothing_to_do(officer, version):
    assert upload(officer, "# a comment\n" + SOUND).url == page_of(1)
    assert SheetVersion.objects.count() == 1


def test_publishing_asks_first_and_the_second_tab_is_told_who_did_it(officer, version):
    upload(officer, LATER)
    address = reverse("sheet_publish", args=["trial-sheet", 2])
    assert officer.post(address).status_code == 200
    assert not SheetVersion.objects.get(number=2).is_published
    publish(officer, address)
    *_first, told = officer.post(address, {"against": 1}, follow=True).context["messages"]
    assert told.level_tag == "warning"
    assert "officer" in str(told)


def test_the_reading_page_says_everything_about_an_item(officer, version):
    with translation.override("en"):
        page = officer.get(page_of(1), headers={"accept-language": "en"})
    items = {one.item.code: one for section in page.context["sections"] for one in section.items}
    assert "verdict" in items["members"].where_from
    assert items["report"].rule.startswith("By 实到代表 ÷ 应到代表: from 0.95 on 1")
    assert "应到代表" in items["report"].where_from
    assert items["service"].scorer == "the district"
    assert items["election"].number == "1.1"
    assert (page.context["known"], page.context["items"]) == (3, 11)


def test_the_blank_form_has_a_line_for_every_item_and_nothing_filled_in(officer, version):
    page = officer.get(reverse("sheet_form", args=["trial-sheet", 1]))
    text = page.content.decode()
    assert text.count('<td class="no">1.') == 6
    assert 'rowspan="6"' in text
    assert version.sha256[:16] in text


def test_an_item_attached_by_a_department_says_so(officer, version):
    item = ItemSpec("library", Label("借阅室开放"), "1", RuleSpec("all_or_nothing"))
    actions.attach_item(version, department="文化部门", section="facilities", item=item, points={"meetings": "2"})
    page = officer.get(page_of(2))
    assert page.context["departments"] == ["文化部门"]
    assert "文化部门" in officer.get(reverse("sheet_form", args=["trial-sheet", 2])).content.decode()


def test_a_draft_is_for_the_officers_of_its_own_area(officer, client, version):
    actions.draft_from(version)
    draft = page_of(2)
    assert officer.get(draft).status_code == 200
    for name, role, prefix in (
        ("district", Role.OFFICER, "370102"),
        ("clerk", Role.CLERK, "3701"),
        ("leader", Role.LEADER, "3701"),
    ):
        client.force_login(an_account(name, role, prefix))
        assert client.get(page_of(1)).status_code == 200, name
        assert client.get(draft).status_code == 404, name
        assert not client.get(reverse("sheets")).context["sheets"][0].drafts


def test_who_is_outside_sees_no_sheet(client, version):
    client.force_login(an_account("hangzhou", Role.OFFICER, "3301"))
    assert client.get(page_of(1)).status_code == 404
    assert client.get(reverse("sheets")).context["sheets"] == []


@pytest.mark.parametrize("role", [Role.CLERK, Role.WORKER, Role.REVIEWER, Role.LEADER])
def test_only_officers_bring_sheets_in(role, client, version):
    client.force_login(an_account("somebody", role, "3701"))
    assert client.get(reverse("sheets")).status_code == 200
    assert client.get(reverse("sheet_upload")).status_code == 403
    for name in ("sheet_draft", "sheet_publish"):
        assert client.post(reverse(name, args=["trial-sheet", 1])).status_code == 403


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_administrators_see_no_sheet(role, client, version):
    client.force_login(an_account("somebody", role, "3701"))
    assert client.get(reverse("sheets")).status_code == 403


def test_an_officer_of_a_district_neither_replaces_nor_copies_the_citys_sheet(client, version):
    client.force_login(an_account("district", Role.OFFICER, "370102"))
    page = upload(client, LATER)
    assert page.status_code == 422
    assert page.context["problems"][0].problem.path == "sheet.owner"
    assert client.post(reverse("sheet_draft", args=["trial-sheet", 1])).status_code == 403


def test_the_pages_need_the_queries_that_are_written_down(officer, version):
    assert_query_count("sheets", officer, reverse("sheets"))
    assert_query_count("sheet", officer, page_of(1))
    assert_query_count("sheet form", officer, reverse("sheet_form", args=["trial-sheet", 1]))
