"""Service points for tests: a community's service station, in service since 2000, unless said otherwise."""

import factory
from factory.django import DjangoModelFactory

from services.models import ServicePoint, ServicePointKind

from .facilities import SINCE_2000
from .places import PlaceFactory


class ServicePointFactory(DjangoModelFactory[ServicePoint]):
    """A community's service station."""

    class Meta:
        model = ServicePoint

    place = factory.SubFactory(PlaceFactory)
    kind = ServicePointKind.STATION
    name = factory.Sequence(lambda n: f"服务站{n}")
    during = SINCE_2000
