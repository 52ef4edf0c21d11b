"""A place is found by what people call it, as long as only one within reach is meant."""

import pytest
from django.core.exceptions import ValidationError

from communities.ground.scope import Scope
from communities.places.finding import called, the_one
from communities.places.models import Place
from communities.places.names import pinyin_key
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db
NAMES = {
    "370102000000": "历下区",
    "370103000000": "市中区",
    "370102001000": "解放路街道",
    "370102001001": "解放桥社区居民委员会",
    "370103001001": "青年公园社区居民委员会",
    "370104001001": "青年公园社区居民委员会",
}


@pytest.fixture(autouse=True)
def places():
    for code, name in NAMES.items():
        PlaceFactory(code=code, name=name, pinyin=pinyin_key(name))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("历下区", "370102000000"),
        ("历下", "370102000000"),
        ("lixia", "370102000000"),
        ("Li Xia Qu", "370102000000"),
        ("lx", "370102000000"),
        ("lxq", "370102000000"),
        ("370102", "370102000000"),
        ("370102001001", "370102001001"),
        ("解放路", "370102001000"),
        ("解放桥社区", "370102001001"),
        ("jfq", "370102001001"),
    ],
)
def test_one_place_is_meant(said, code):
    assert the_one(Place.objects.all(), said).code_on() == code


@pytest.mark.parametrize("said", ["青年公园", "qngy", "解放"])
def test_where_several_fit_they_are_named_with_their_codes(said):
    with pytest.raises(ValidationError) as refused:
        the_one(Place.objects.all(), said)
    codes = [code for code, name in NAMES.items() if name[:2] == {"青": "青年", "q": "青年", "解": "解放"}[said[0]]]
    assert all(code.rstrip("0") in refused.value.message for code in codes)


def test_only_places_within_reach_are_meant():
    within = Place.objects.within(Scope(("370103",)))
    assert the_one(within, "青年公园").code_on() == "370103001001"
    assert called(within, "历下") == []


@pytest.mark.parametrize("said", ["没有", "xyz", "", "%", "3799"])
def test_what_is_no_place_is_refused(said):
    with pytest.raises(ValidationError):
        the_one(Place.objects.all(), said)
