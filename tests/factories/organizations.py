"""Organizations for tests: a residents' committee since 2000 and an ordinary elected member, unless said otherwise."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from communities.ground import periods
from organizations.choices import OrganizationKind, Title
from organizations.models import Establishment, Organization, Person, Post, Term

from .places import PlaceFactory

SINCE_2000 = periods.of(date(2000, 1, 1))


class OrganizationFactory(DjangoModelFactory[Organization]):
    """A residents' committee."""

    class Meta:
        model = Organization

    place = factory.SubFactory(PlaceFactory)
    kind = OrganizationKind.RESIDENTS_COMMITTEE
    name = factory.Sequence(lambda n: f"第{n}居民委员会")
    during = SINCE_2000


class EstablishmentFactory(DjangoModelFactory[Establishment]):
    """Seven posts."""

    class Meta:
        model = Establishment

    organization = factory.SubFactory(OrganizationFactory)
    seats = 7
    during = SINCE_2000


class TermFactory(DjangoModelFactory[Term]):
    """The term from 2006 to 2008."""

    class Meta:
        model = Term

    organization = factory.SubFactory(OrganizationFactory)
    number = factory.Sequence(lambda n: n + 1)
    during = periods.of(date(2006, 1, 1), date(2008, 12, 31))


class PersonFactory(DjangoModelFactory[Person]):
    """Somebody."""

    class Meta:
        model = Person

    place = factory.SubFactory(PlaceFactory)
    name = factory.Sequence(lambda n: f"李{n}")


class PostFactory(DjangoModelFactory[Post]):
    """An elected member of a residents' committee, at home where the committee is."""

    class Meta:
        model = Post

    organization = factory.SubFactory(OrganizationFactory)
    person = factory.SubFactory(PersonFactory, place=factory.SelfAttribute("..organization.place"))
    title = Title.MEMBER
    elected = True
    during = SINCE_2000
