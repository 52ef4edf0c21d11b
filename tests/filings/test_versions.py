"""A sheet is a version: the same loads nothing, a draft is worked on, a published one never changes."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F

from assessments.filings import actions, writing
from assessments.filings.models import Sheet, SheetGrade, SheetItem, SheetSection, SheetVersion, SheetVeto
from assessments.filings.pack import ItemSpec, RuleSpec, restore
from assessments.plans.actions import PackError
from assessments.plans.models import PlanVersion
from assessments.plans.pack import Label
from communities.ground.models import Event
from communities.ground.publishing import AlreadyPublishedError
from communities.ground.scope import Scope
from communities.places.models import Place

from .conftest import SOUND

LATER = SOUND.replace("label: {zh: 服务成效}", "label: {zh: 服务成效好}")


def test_a_sound_sheet_is_loaded_and_published(checked: actions.Checked, jinan: Place, plan: PlanVersion) -> None:
    version, done = actions.load(checked)

    assert (done, version.number, version.is_published) == (True, 1, True)
    assert (version.sheet.owner, version.sheet.plan, version.plan_version) == (jinan, plan.plan, plan)
    assert actions.latest_version("trial-sheet") == version
    assert list(Event.objects.values_list("action", flat=True))[-2:] == ["sheet.load", "sheet.publish"]


def test_what_is_loaded_is_what_the_sheet_says(version: SheetVersion) -> None:
    sections = SheetSection.objects.filter(version=version)
    assert [f"{one.code} {one.kind} {one.full}" for one in sections] == [
        "self_government base 10.00",
        "facilities base 10.00",
        "honours bonus 10.00",
        "complaints deduction 10.00",
    ]
    election = SheetItem.objects.get(version=version, code="election")
    assert (election.kind, election.full, election.may_not_apply) == ("per_unit_deduction", Decimal(3), True)
    assert election.evidence_counts == ["document", "photo"]
    assert [cause["step"] for cause in election.rule["causes"]] == ["1", "0.5", "1"]
    assert SheetItem.objects.get(version=version, code="members").target == "floor"
    assert SheetItem.objects.get(version=version, code="service").scorer == "district"
    assert SheetGrade.objects.get(version=version, code="excellent").quota == Decimal("0.3")
    orders = list(SheetItem.objects.filter(version=version).values_list("order", flat=True))
    assert orders == list(range(1, 12))


def test_the_same_sheet_loads_nothing_whatever_its_comments(version: SheetVersion) -> None:
    again, done = actions.load(actions.check("# another comment\n" + SOUND.replace('full: "3"', "full: 3.0")))

    assert (again, done) == (version, False)
    assert SheetVersion.objects.count() == 1


def test_what_stands_in_the_database_gives_the_same_file_back(version: SheetVersion) -> None:
    pack = restore(version.pack)

    again = actions.check(writing.text(writing.tree(pack)))

    assert again.problems == []
    assert again.pack == pack
    assert again.pack.sha256() == version.sha256


def _rows(version: SheetVersion) -> list[Any]:
    models = (SheetSection, SheetItem, SheetGrade)
    return [model.objects.filter(version=version) for model in models]


def test_a_published_version_never_changes(version: SheetVersion) -> None:
    attempts: list[Any] = [lambda: SheetVersion.objects.filter(pk=version.pk).update(base=50)]
    for rows in _rows(version):
        attempts += [lambda r=rows: r.update(order=F("order") + 50), lambda r=rows: r.delete()]
    attempts.append(lambda: SheetVersion.objects.filter(pk=version.pk).delete())
    veto = SheetVeto(version=version, code="x", order=1, label_zh="x", basis="x", grade="x")
    attempts.append(veto.save)
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_draft_is_worked_on_and_its_rows_and_its_form_say_the_same(version: SheetVersion) -> None:
    draft = actions.draft_from(version)
    assert (draft.number, draft.is_published, draft.sha256) == (2, False, version.sha256)

    changed = actions.revise(draft, actions.check(LATER))

    assert SheetItem.objects.get(version=changed, code="service").label_zh == "服务成效好"
    assert restore(changed.pack) == actions.check(LATER).pack
    assert SheetItem.objects.filter(version=changed).count() == 11
    assert SheetItem.objects.get(version=version, code="service").label_zh == "服务成效"
    assert Event.objects.filter(action="sheet.revise").count() == 1


def test_a_draft_does_not_take_over_another_sheet_or_what_is_wrong(version: SheetVersion) -> None:
    draft = actions.draft_from(version)
    with pytest.raises(ValidationError, match="other-sheet"):
        actions.revise(draft, actions.check(SOUND.replace("code: trial-sheet", "code: other-sheet")))
    with pytest.raises(PackError):
        actions.revise(draft, actions.check(SOUND.replace('base: "20"', 'base: "30"')))


def test_publishing_a_draft_freezes_it(version: SheetVersion) -> None:
    draft = actions.revise(actions.draft_from(version), actions.check(LATER))

    published = actions.publish(draft)

    assert actions.latest_version("trial-sheet") == published
    with pytest.raises(AlreadyPublishedError):
        actions.publish(draft)
    with pytest.raises(AlreadyPublishedError):
        actions.revise(draft, actions.check(SOUND))


def test_a_draft_that_changes_nothing_is_not_published(version: SheetVersion) -> None:
    with pytest.raises(ValidationError, match="1"):
        actions.publish(actions.draft_from(version))


def test_what_came_before_cannot_follow(version: SheetVersion) -> None:
    early = actions.draft_from(version)
    later, _done = actions.load(actions.check(LATER))
    assert later.number == 3

    with pytest.raises(ValidationError, match="3"):
        actions.publish(early)


def _attached(code: str = "library") -> ItemSpec:
    return ItemSpec(code, Label("借阅室开放"), "1", RuleSpec("all_or_nothing"))


def test_a_department_attaches_an_item_to_the_one_sheet(version: SheetVersion) -> None:
    draft = actions.attach_item(
        version, department="文化部门", section="facilities", item=_attached(), points={"meetings": "2"}
    )

    assert (draft.number, draft.is_published) == (2, False)
    item = SheetItem.objects.get(version=draft, code="library")
    assert (item.department, item.section.code, item.order) == ("文化部门", "facilities", 10)
    assert SheetItem.objects.get(version=draft, code="meetings").full == 2
    assert SheetSection.objects.get(version=draft, code="facilities").full == 10
    assert SheetItem.objects.filter(version=version, code="library").count() == 0
    event = Event.objects.get(action="sheet.attach")
    assert event.detail["item"] == "library"


def test_points_are_never_rebalanced_silently(version: SheetVersion) -> None:
    with pytest.raises(PackError, match="11"):
        actions.attach_item(version, department="文化部门", section="facilities", item=_attached(), points={})
    assert SheetVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("section", "code", "points"),
    [("nowhere", "library", {"meetings": "2"}), ("facilities", "meetings", {}), ("facilities", "library", {"x": "1"})],
)
def test_an_item_is_attached_to_what_is_there_under_a_name_of_its_own(
    section: str, code: str, points: dict[str, str], version: SheetVersion
) -> None:
    with pytest.raises(PackError):
        actions.attach_item(version, department="文化部门", section=section, item=_attached(code), points=points)


def test_who_is_scored_by_a_sheet_may_read_it(version: SheetVersion) -> None:
    for prefix in ("37", "3701", "370102", "370102001"):
        assert Sheet.objects.within(Scope((prefix,))).exists(), prefix
        assert SheetVersion.objects.within(Scope((prefix,))).exists()
        assert SheetItem.objects.within(Scope((prefix,))).exists()
    assert not Sheet.objects.within(Scope(("3301",))).exists()


def test_an_item_stands_in_a_section_of_its_own_version(version: SheetVersion) -> None:
    draft = actions.draft_from(version)
    elsewhere = SheetSection.objects.get(version=version, code="facilities")
    with pytest.raises(DatabaseError), transaction.atomic():
        SheetItem.objects.filter(version=draft, code="charter").update(section=elsewhere)


@pytest.mark.parametrize(
    "changes",
    [
        {"full": 0},
        {"evidence_need": "required", "evidence_counts": []},
        {"kind": "derived", "target": ""},
        {"code": "report"},
    ],
)
def test_the_database_refuses_an_item_that_cannot_be_scored(changes: dict[str, Any], version: SheetVersion) -> None:
    draft = actions.draft_from(version)
    with pytest.raises(DatabaseError), transaction.atomic():
        SheetItem.objects.filter(version=draft, code="charter").update(**changes)
