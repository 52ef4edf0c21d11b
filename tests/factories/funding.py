"""Money for tests: work funds of 2007 from the city, an allowance and a wage of 2007, unless said otherwise."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from funding.models import Allocation, Allowance, Payer, Stream, WageBaseline

from .organizations import PostFactory
from .places import PlaceFactory


class AllocationFactory(DjangoModelFactory[Allocation]):
    """Work funds from the city."""

    class Meta:
        model = Allocation

    place = factory.SubFactory(PlaceFactory)
    year = 2007
    stream = Stream.WORK
    payer = Payer.CITY
    amount_cny = Decimal("10000.00")


class AllowanceFactory(DjangoModelFactory[Allowance]):
    """A member's allowance."""

    class Meta:
        model = Allowance

    post = factory.SubFactory(PostFactory)
    year = 2007
    amount_cny = Decimal("25000.00")


class WageBaselineFactory(DjangoModelFactory[WageBaseline]):
    """A district's average wage."""

    class Meta:
        model = WageBaseline

    place = factory.SubFactory(PlaceFactory, code=factory.Sequence(lambda n: f"3702{n % 90 + 10}000000"))
    year = 2007
    amount_cny = Decimal("24000.00")
