"""A pack is a version: the same one loads nothing, a changed one stands beside it, a published one never changes."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from assessments.plans import actions
from assessments.plans.models import (
    Clause,
    Indicator,
    Milestone,
    Parameter,
    ParameterValue,
    Plan,
    PlanVersion,
    Rule,
    Target,
)
from assessments.plans.restoring import restore
from communities.ground import periods
from communities.ground.models import Event
from communities.ground.publishing import AlreadyPublishedError
from communities.ground.scope import Scope
from communities.places.models import Place


def test_a_sound_pack_is_loaded_and_published(checked: actions.Checked, jinan: Place) -> None:
    version, done = actions.load(checked)

    assert done
    assert version.number == 1
    assert version.is_published
    assert version.plan.owner == jinan
    assert version.plan.latest() == version
    assert actions.latest_version("trial") == version
    assert list(Event.objects.values_list("action", flat=True)) == ["plan.load", "plan.publish"]


def test_what_is_loaded_is_what_the_pack_says(checked: actions.Checked) -> None:
    version, _done = actions.load(checked)

    floor = Rule.objects.get(target__code="floor")
    assert (floor.measure, floor.at_least) == ('posts(organization="residents_committee")', "minimum_members")
    second = Rule.objects.get(target__code="by_households", number=2)
    assert (second.force, periods.first(second.in_force)) == ("binding", date(2010, 1, 1))
    rooms = Milestone.objects.filter(rule__target__code="rooms").order_by("number")
    assert [(m.due, m.at_least) for m in rooms] == [(date(2005, 12, 31), "0.60"), (date(2008, 12, 31), "1")]
    assert Milestone.objects.get(rule__target__code="funds_split").yearly
    assert [t.code for t in version.targets.order_by("order")][:3] == ["floor", "by_households", "rooms"]
    assert periods.last(version.period) == date(2012, 12, 31)


def test_the_same_pack_loads_nothing(checked: actions.Checked) -> None:
    first, _done = actions.load(checked)

    again, done = actions.load(checked)

    assert (again, done) == (first, False)
    assert PlanVersion.objects.count() == 1


def test_comments_quotes_and_layout_are_not_another_version(checked: actions.Checked, sound: str) -> None:
    actions.load(checked)
    same = sound.replace('owner: "3701"', "owner: 3701").replace("at_least: 1\n", 'at_least: "1"   # one\n')

    _version, done = actions.load(actions.check(same))

    assert not done


def test_a_changed_pack_is_a_new_version_beside_the_old(checked: actions.Checked, sound: str) -> None:
    first, _done = actions.load(checked)
    changed = actions.check(sound.replace('value: "5"', 'value: "6"').replace("试行方案", "试行方案修订"))

    second, done = actions.load(changed)

    assert done
    assert second.number == 2
    assert second.sha256 != first.sha256
    assert ParameterValue.objects.get(parameter__version=first, value="5")
    assert Plan.objects.get().title_zh == "试行方案修订"


def test_a_version_may_wait_before_it_is_published(checked: actions.Checked) -> None:
    version, _done = actions.load(checked, publish=False)
    assert not version.is_published
    assert version.plan.latest() is None

    published = actions.publish(version)

    assert published.is_published
    with pytest.raises(AlreadyPublishedError):
        actions.publish(published)


def test_loading_a_pack_that_waits_publishes_it(checked: actions.Checked) -> None:
    actions.load(checked, publish=False)

    version, done = actions.load(checked)

    assert done
    assert (version.number, version.is_published) == (1, True)


@pytest.mark.parametrize(
    "model", [Clause, Indicator, Milestone, Parameter, ParameterValue, Rule, Target], ids=lambda m: m.__name__
)
def test_no_row_of_a_version_is_changed_or_taken_away(checked: actions.Checked, model: type) -> None:
    actions.load(checked)
    key = "due" if model is Milestone else "clause" if model in (Rule, Target, ParameterValue) else "order"
    value = date(2030, 1, 1) if key == "due" else "九" if key == "clause" else 99

    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        model.objects.update(**{key: value})  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        model.objects.all()._raw_delete("default")  # type: ignore[attr-defined]


def test_no_row_joins_a_published_version(checked: actions.Checked) -> None:
    version, _done = actions.load(checked)
    rule = Rule.objects.filter(target__version=version).first()
    assert rule is not None

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Milestone.objects.create(rule=rule, number=9, yearly=True)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Target.objects.create(version=version, code="late", order=99, clause="一", subject="city", label_zh="晚")


def test_a_published_version_is_not_changed_or_deleted(checked: actions.Checked) -> None:
    version, _done = actions.load(checked)

    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).update(status="repealed")
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk)._raw_delete("default")


def test_the_canonical_form_gives_back_the_pack(checked: actions.Checked) -> None:
    version, _done = actions.load(checked)

    restored = restore(PlanVersion.objects.get(pk=version.pk).pack)

    assert restored == checked.pack
    assert restored.sha256() == version.sha256


def test_a_parameter_is_looked_up_by_day_and_by_the_narrowest_place(checked: actions.Checked) -> None:
    assert checked.pack is not None
    by_code = {parameter.code: parameter for parameter in checked.pack.parameters}

    assert by_code["households_per_member"].value_on(date(2009, 12, 31)) == "300"
    assert by_code["households_per_member"].value_on(date(2010, 1, 1)) == "350"
    assert by_code["households_per_member"].value_on(date(2007, 7, 8)) is None
    assert by_code["minimum_members"].value_on(date(2008, 1, 1), "370102001001") == "7"
    assert by_code["minimum_members"].value_on(date(2008, 1, 1), "370103001001") == "5"


@pytest.mark.parametrize(
    ("prefix", "seen"), [("", 1), ("37", 1), ("3701", 1), ("370102", 1), ("370102001001", 1), ("3301", 0)]
)
def test_who_is_judged_by_a_plan_may_read_it(checked: actions.Checked, prefix: str, seen: int) -> None:
    actions.load(checked)

    assert Plan.objects.within(Scope((prefix,))).count() == seen
    assert PlanVersion.objects.within(Scope((prefix,))).count() == seen
    assert Target.objects.within(Scope((prefix,))).exists() == bool(seen)


def test_no_access_sees_no_plan(checked: actions.Checked) -> None:
    actions.load(checked)

    assert not Plan.objects.within(Scope()).exists()
