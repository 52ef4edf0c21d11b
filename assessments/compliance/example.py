"""
Example data (示例数据) for a whole area: every app's generator in turn, from one seed.

What no public register gives is made up so that the portal can be seen at work. Example rows never stand beside
real ones: an area in which anything real is recorded is refused, one that has its examples already is left alone.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.plans import example as of_plans
from assessments.plans.models import ReportedValue
from communities.ground.models import User
from communities.places import example as of_places
from communities.places.example import ExamplePlace
from communities.places.models import Census, Classification, CommitteeKind, Level, Place, RegisterStatement
from facilities import example as of_facilities
from facilities.models import Facility
from funding import example as of_funding
from funding.models import Allocation, Allowance
from organizations import example as of_organizations
from organizations.models import Organization, Post
from services import example as of_services
from services.models import ServicePoint

REGISTERS: list[type[Any]] = [
    *(Census, Classification, RegisterStatement, Organization, Post),
    *(Facility, ServicePoint, Allocation, Allowance, ReportedValue),
]
MAKERS: list[Callable[[list[ExamplePlace], Random, range, User | None], None]] = [
    of_places.make,
    of_organizations.make,
    of_facilities.make,
    of_services.make,
    of_funding.make,
    of_plans.make,
]


@transaction.atomic
def make(prefix: str, years: range, *, seed: int = 2007, by: User | None = None) -> int:
    """
    Write example rows for every register below `prefix`; return for how many communities, 0 where they stand already.

    Raises ValidationError where anything real is recorded below `prefix`, or no place is.
    """
    if _any_rows(prefix, is_example=False):
        raise ValidationError(
            _("Real rows are recorded below {code}; example data never stands beside them.").format(code=prefix)
        )
    if _any_rows(prefix, is_example=True):
        return 0
    places = Place.objects.within(prefix).with_code().exclude(level=Level.PROVINCE)
    judged = [place for place in places.select_related("community") if _is_judged(place)]
    if not judged:
        raise ValidationError(_("No place is recorded below {code}; import the divisions first.").format(code=prefix))
    rng = Random(seed)  # noqa: S311  a made-up city must be the same on every machine
    described = of_places.describe(judged, rng, years)
    for maker in MAKERS:
        maker(described, rng, years, by)
    return sum(place.level == Level.COMMUNITY for place in described)


def _is_judged(place: Place) -> bool:
    return place.level != Level.COMMUNITY or place.community.committee == CommitteeKind.RESIDENTS


def _any_rows(prefix: str, *, is_example: bool) -> bool:
    return any(model.objects.within(prefix).filter(is_example=is_example).exists() for model in REGISTERS)
