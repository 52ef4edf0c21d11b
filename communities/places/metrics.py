"""What the portal knows of places: households, population, classification. All as at a day."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import PLACE_LEVELS, Metric, Source, column

from .models import Census, Classification, Estate, Kind, Zone

CENSUS = Source(
    code="census",
    label=_("census"),
    rows=lambda w: Census.objects.filter(counted_on__lte=w.day).order_by("place", "-counted_on").distinct("place"),
    one_row=True,
    dated="counted_on",
)

CLASSIFICATION = Source(
    code="classification",
    label=_("classification"),
    rows=lambda w: Classification.objects.filter(during__contains=w.day),
    one_row=True,
)


def _counted(code: str, label: Any, unit: str) -> Metric:
    """What a census counts: of a place the sum of its parts."""
    return Metric(
        code=code, label=label, unit=unit, source=CENSUS, value=column(code, adds_up=True), levels=PLACE_LEVELS
    )


def _classified(code: str, label: Any, path: str, *, levels: tuple[str, ...] = PLACE_LEVELS, **more: Any) -> Metric:
    return Metric(code=code, label=label, source=CLASSIFICATION, value=column(path), levels=levels, **more)


METRICS = [
    _counted("households", _("households"), "household"),
    _counted("registered_population", _("registered population"), "person"),
    _counted("resident_population", _("resident population"), "person"),
    _classified("kind", _("urban or rural"), "kind", type="choice", choices=Kind),
    _classified("zone", _("zone"), "zone", type="choice", choices=Zone),
    _classified("estate", _("kind of estate"), "estate", type="choice", choices=Estate),
    _classified(
        "county_seat", _("seat of the county government"), "is_county_seat", type="boolean", levels=("street",)
    ),
    _classified("dispersed", _("dispersed housing"), "is_dispersed", type="boolean", levels=("community",)),
]
