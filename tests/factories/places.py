"""
Places for tests: `PlaceFactory(code="370102001001")` is a community, `code="370102000000"` its district.

What a place is known for is said when it is made: `CommunityFactory(counted=2000, stated=[Register.POSTS])`.
"""

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.ground.scope import prefix_of
from communities.places.models import Census, CommitteeKind, Community, Level, Place, PlaceCode, RegisterStatement
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


class CommunityFactory(PlaceFactory):
    """An urban community; `counted` households at the end of 2006, `stated` registers complete from 2007."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def committee(self: Place, _create: bool, kind: str | None, **_more: Any) -> None:
        """Whose committee governs it."""
        Community.objects.create(place=self, committee=kind or CommitteeKind.RESIDENTS)

    @factory.post_generation
    def counted(self: Place, _create: bool, households: int | None, **_more: Any) -> None:
        """How many households it counted."""
        if households is not None:
            Census.objects.create(place=self, counted_on=date(2006, 12, 31), households=households)

    @factory.post_generation
    def stated(self: Place, _create: bool, registers: list[str] | None, **_more: Any) -> None:
        """The registers that somebody has said are complete."""
        for register in registers or []:
            RegisterStatement.objects.create(place=self, register=register, as_of=date(2007, 1, 1))
