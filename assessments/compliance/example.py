"""
Example data (示例数据) for a whole area: every app's generator in turn, from one story.

What no public register gives is made up so that the portal can be seen at work. Example rows never stand beside
real ones: an area in which anything real is recorded is refused, a story that has been told already is left alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.plans import actions as plans
from assessments.plans import example as of_plans
from assessments.plans.models import Plan, ReportedValue
from communities.ground.models import User
from communities.places import example as of_places
from communities.places.models import Census, Classification, CommitteeKind, Level, Place, RegisterStatement
from communities.places.story import ExamplePlace, Story
from facilities import example as of_facilities
from facilities.models import Facility
from funding import example as of_funding
from funding.models import Allocation, Allowance
from organizations import example as of_organizations
from organizations.models import Organization, Post
from services import example as of_services
from services.models import ServicePoint

PACKS = Path(plans.__file__).parent / "packs"
REGISTERS: list[type[Any]] = [
    *(Census, Classification, RegisterStatement, Organization, Post),
    *(Facility, ServicePoint, Allocation, Allowance, ReportedValue),
]
MAKERS: list[Callable[[Story, Sequence[ExamplePlace], Random, User | None], None]] = [
    of_places.make,
    of_organizations.make,
    of_facilities.make,
    of_services.make,
    of_funding.make,
    of_plans.make,
]


@transaction.atomic
def make(story: Story, *, by: User | None = None) -> int:
    """
    Write example rows for every register of the story's area; return for how many communities, 0 where they stand.

    Raises ValidationError where anything real is recorded in the area, no place is, or the story's plan is not loaded.
    """
    if any(model.objects.within(story.area).filter(is_example=False).exists() for model in REGISTERS):
        raise ValidationError(
            _("Real rows are recorded below {code}; example data never stands beside them.").format(code=story.area)
        )
    if Census.objects.within(story.area).filter(source=story.source).exists():
        return 0
    of_places.invent(story)
    _bring_plan(story)
    places = Place.objects.within(story.area).with_code().exclude(level=Level.PROVINCE)
    judged = [place for place in places.select_related("community") if _is_judged(place)]
    if not judged:
        raise ValidationError(
            _("No place is recorded below {code}; import the divisions first.").format(code=story.area)
        )
    rng = Random(story.seed)  # noqa: S311  a made-up city must be the same on every machine
    described = of_places.describe(story, judged, rng)
    for maker in MAKERS:
        maker(story, described, rng, by)
    return sum(place.level == Level.COMMUNITY for place in described)


def _bring_plan(story: Story) -> None:
    """See that the story's plan is loaded; a plan of places the story invents cannot have come before them."""
    if Plan.objects.filter(code=story.plan).exists():
        return
    if not story.section("places"):
        raise ValidationError(_("The story speaks of the plan “{plan}”; load it first.").format(plan=story.plan))
    pack = PACKS / f"{story.plan}.yaml"
    plans.load(plans.check(pack.read_text(encoding="utf-8"), pack.name))


def _is_judged(place: Place) -> bool:
    return place.level != Level.COMMUNITY or place.community.committee == CommitteeKind.RESIDENTS
