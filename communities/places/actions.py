"""What is done with places as a whole."""

from django.db import transaction

from .codes import committee_of, is_statistical
from .models import Community, Level, Place
from .names import pinyin_key, short_name


@transaction.atomic
def settle(place: Place) -> Place:
    """
    Fill in what follows from a place's name and latest code: sorting key, short name, kind of unit and committee.

    Without its `Community` row a community would not be judged. A place without a code is left as it is.
    """
    latest = place.codes.order_by("-during__startswith").first()
    place.pinyin = pinyin_key(place.name)
    place.short_name = place.short_name or short_name(place.name)
    if latest is not None:
        place.is_statistical = is_statistical(latest.code, place.level)
    place.save()
    if latest is not None and place.level == Level.COMMUNITY:
        Community.objects.update_or_create(place=place, defaults={"committee": committee_of(latest.code)})
    return place
