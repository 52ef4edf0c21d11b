"""Places for tests: `PlaceFactory(code="370102001001")` is a community, `code="370102000000"` its district."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.ground.scope import prefix_of
from communities.places.models import Level, Place, PlaceCode
from communities.places.names import short_name

LEVELS = {2: Level.PROVINCE, 4: Level.CITY, 6: Level.DISTRICT, 9: Level.STREET, 12: Level.COMMUNITY}


class PlaceFactory(DjangoModelFactory[Place]):
    """A place that bears `code` on every day; its level follows from the code."""

    class Meta:
        model = Place

    code = factory.Sequence(lambda n: f"3701{n // 998 + 11:02}001{n % 998 + 1:03}")
    name = factory.Sequence(lambda n: f"第{n}社区居民委员会")
    short_name = factory.LazyAttribute(lambda place: short_name(place.name))
    level = factory.LazyAttribute(lambda place: LEVELS[len(prefix_of(place.code))])

    @classmethod
    def _create(cls, model_class: type[Place], *args: Any, **kwargs: Any) -> Place:
        code = kwargs.pop("code")
        place: Place = super()._create(model_class, *args, **kwargs)
        PlaceCode.objects.create(place=place, code=code)
        return place
