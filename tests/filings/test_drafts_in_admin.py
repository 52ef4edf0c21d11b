"""A draft in the admin: sections and items on one page, checked as a file would be, nothing saved while wrong."""

from typing import Any

import pytest
from django.urls import reverse

from assessments.filings import actions
from assessments.filings.models import SheetItem, SheetVersion
from assessments.filings.pack import restore
from communities.ground.models import Role
from tests.factories.judged import an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(version):
    return actions.draft_from(version)


@pytest.fixture
def officer(client, draft):
    client.force_login(an_account("officer", Role.OFFICER, "3701"))
    return client


def address(version):
    return reverse("admin:filings_sheetversion_change", args=[version.pk])


def typed(client: Any, version: SheetVersion) -> dict[str, Any]:
    """Return what stands in the form of the draft when it is opened."""
    page = client.get(address(version))
    assert page.status_code == 200
    form = page.context["adminform"].form
    data = {form.add_prefix(name): form[name].value() for name in form.fields}
    for inline in page.context["inline_admin_formsets"]:
        formset = inline.formset
        for part in (formset.management_form, *formset.forms):
            data |= {part.add_prefix(name): part[name].value() for name in part.fields}
    return {name: "" if value is None else value for name, value in data.items()}


def field(data: dict[str, Any], code: str, name: str) -> str:
    """Return under what name the field of the item `code` stands in the form."""
    key = next(
        key for key, value in data.items() if key.startswith("sheetitems-") and key.endswith("-code") and value == code
    )
    return key.removesuffix("code") + name


def errors(page: Any) -> str:
    told = [
        str(one.formset.non_form_errors()) + str(one.formset.errors) for one in page.context["inline_admin_formsets"]
    ]
    return "".join(told) + str(page.context["adminform"].form.errors)


def test_what_is_saved_unchanged_is_the_same_sheet(officer, draft):
    answer = officer.post(address(draft), typed(officer, draft))
    assert answer.status_code == 302, errors(answer)
    assert answer.url == reverse("sheet_version", args=["trial-sheet", 2])
    assert SheetVersion.objects.get(pk=draft.pk).sha256 == draft.sha256


def test_points_are_moved_between_items_in_one_go(officer, draft):
    data = typed(officer, draft)
    data[field(data, "meetings", "full")] = "2.5"
    data[field(data, "service", "full")] = "3.5"
    data[field(data, "service", "label_zh")] = "服务群众"

    answer = officer.post(address(draft), data)

    assert answer.status_code == 302, errors(answer)
    saved = SheetVersion.objects.get(pk=draft.pk)
    items = {item.code: item for _section, item in restore(saved.pack).items()}
    assert (items["meetings"].full, items["service"].full, items["service"].label.zh) == ("2.5", "3.5", "服务群众")
    assert {row.code: row.full for row in SheetItem.objects.filter(version=saved)}["meetings"] == 2.5
    assert actions.check(saved.source_text).pack == restore(saved.pack)
    assert items["report"].asks[0].known == 'posts(organization="residents_congress")'


def test_points_that_do_not_add_up_are_told_and_nothing_is_saved(officer, draft):
    data = typed(officer, draft)
    data[field(data, "meetings", "full")] = "2.5"

    page = officer.post(address(draft), data)

    assert page.status_code == 200
    assert "9.5" in errors(page)
    assert "sections.facilities.full" in errors(page)
    assert SheetItem.objects.get(version=draft, code="meetings").full == 3


def test_a_rule_is_written_as_in_a_file_and_checked_like_one(officer, draft):
    data = typed(officer, draft)
    rest = field(data, "members", "rest")
    data[rest] = data[rest].replace("target: floor", "target: flor")
    assert "flor" in errors(officer.post(address(draft), data))
    data[rest] = "rule: {kind: judged"
    assert "rest" in errors(officer.post(address(draft), data))
    data[rest] = "rule: {kind: judged}\nscorer: 文化部门\ndepartment: 文化部门\n"

    answer = officer.post(address(draft), data)

    assert answer.status_code == 302, errors(answer)
    item = SheetItem.objects.get(version=draft, code="members")
    assert (item.kind, item.department) == ("judged", "文化部门")


def test_an_item_is_taken_out_and_another_put_in_its_place(officer, draft):
    data = typed(officer, draft)
    data[field(data, "charter", "DELETE")] = "on"
    total = int(data["sheetitems-TOTAL_FORMS"])
    data |= {
        f"sheetitems-{total}-{name}": value
        for name, value in {
            "id": "",
            "version": draft.pk,
            "section_code": "self_government",
            "order": "4",
            "code": "convention",
            "full": "1",
            "label_zh": "居规民约",
            "label_en": "",
            "rest": "rule: {kind: all_or_nothing}",
        }.items()
    }
    data["sheetitems-TOTAL_FORMS"] = str(total + 1)

    answer = officer.post(address(draft), data)

    assert answer.status_code == 302, errors(answer)
    codes = list(SheetItem.objects.filter(version=draft).values_list("code", flat=True))
    assert codes[3] == "convention"
    assert "charter" not in codes


def test_an_item_in_a_section_that_is_not_there_is_told(officer, draft):
    data = typed(officer, draft)
    data[field(data, "charter", "section_code")] = "nowhere"
    assert "nowhere" in errors(officer.post(address(draft), data))


def test_grades_and_head_are_saved_with_the_rest(officer, draft):
    data = typed(officer, draft)
    data["bonus_cap"] = "3"
    data["sheetgrades-0-quota"] = "0.25"

    answer = officer.post(address(draft), data)

    assert answer.status_code == 302, errors(answer)
    pack = restore(SheetVersion.objects.get(pk=draft.pk).pack)
    assert (pack.bonus_cap, pack.grades[0].quota) == ("3", "0.25")


def test_what_was_published_meanwhile_is_not_overwritten(officer, draft):
    data = typed(officer, draft)
    data[field(data, "service", "label_zh")] = "服务群众"
    officer.post(address(draft), data)
    again = typed(officer, draft)
    again[field(again, "service", "label_zh")] = "服务居民"
    actions.publish(draft)

    answer = officer.post(address(draft), again)

    assert answer.status_code == 403
    assert SheetItem.objects.get(version=draft, code="service").label_zh == "服务群众"


def test_who_saves_second_is_told(officer, draft):
    first, second = typed(officer, draft), typed(officer, draft)
    first[field(first, "service", "label_zh")] = "甲"
    second[field(second, "service", "label_zh")] = "乙"
    assert officer.post(address(draft), first).status_code == 302

    page = officer.post(address(draft), second)

    assert page.status_code == 200
    assert SheetItem.objects.get(version=draft, code="service").label_zh == "甲"


def test_a_published_version_is_only_read(officer, version):
    page = officer.get(address(version))
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert officer.post(address(version), {}).status_code == 403


def test_others_do_not_see_the_draft(client, draft):
    for name, role, prefix in (("clerk", Role.CLERK, "3701"), ("district", Role.OFFICER, "370102")):
        client.force_login(an_account(name, role, prefix))
        assert client.get(address(draft)).status_code == 404, name
