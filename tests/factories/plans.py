"""Reported values for tests: one piece of training at the end of 2008, unless said otherwise."""

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from assessments.plans.models import ReportedValue

from .places import CommunityFactory


class ReportedValueFactory(DjangoModelFactory[ReportedValue]):
    """The number 1 for the indicator `trainings`; give `plan`."""

    class Meta:
        model = ReportedValue

    indicator = "trainings"
    place = factory.SubFactory(CommunityFactory)
    as_of = date(2008, 12, 31)
    value_number = factory.LazyAttribute(lambda value: None if value.other else Decimal(1))
    source = "台账"

    class Params:
        other = False
