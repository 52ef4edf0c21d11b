"""A place entered by hand is as complete as one that was imported."""

import pytest

from communities.ground import periods
from communities.places import actions
from communities.places.models import CommitteeKind, Level, Place, PlaceCode

pytestmark = pytest.mark.django_db


def entered(name: str, code: str, level: str = Level.COMMUNITY) -> Place:
    place = Place.objects.create(level=level, name=name)
    PlaceCode.objects.create(place=place, code=code, during=periods.ALWAYS)
    return actions.settle(place)


@pytest.mark.parametrize(
    ("code", "committee"),
    [
        ("370102001199", CommitteeKind.RESIDENTS),
        ("370102001200", CommitteeKind.VILLAGERS),
        ("370102001400", CommitteeKind.SIMILAR),
    ],
)
def test_a_community_entered_by_hand_has_the_committee_its_code_says(code: str, committee: str) -> None:
    assert entered("新建社区居民委员会", code).community.committee == committee


def test_its_short_name_and_sorting_key_follow_from_its_name() -> None:
    place = entered("解放桥社区居民委员会", "370102001002")
    assert (place.short_name, place.pinyin[:9]) == ("解放桥社区", "jie fang ")


def test_a_development_zone_is_known_by_its_code() -> None:
    assert entered("高新区", "370176000000", Level.DISTRICT).is_statistical


def test_a_new_code_changes_the_committee() -> None:
    place = entered("东村民委员会", "370102001200")
    PlaceCode.objects.filter(place=place).update(code="370102001005")
    assert actions.settle(Place.objects.get(pk=place.pk)).community.committee == CommitteeKind.RESIDENTS
