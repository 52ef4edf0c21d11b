"""
What the portal knows of facilities: how many, how large in all, how large the largest one, how many misused.

A facility counts on the days it is in use, for the place it serves (a street's centre for the street, never for its
communities). Once the register is stated complete, nothing recorded is 0; a facility whose area nobody has
recorded makes the total unknown, but not the count.

`largest_built_area(kind="service_centre")` knows rooms, not institutions. Whether a street has a service centre and
how large it is (Jinan 2007, clause 五(一)) is answered by the register of stations: `services/metrics.py`.
"""

from typing import Any

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import (
    PLACE_LEVELS,
    Metric,
    Option,
    Population,
    Source,
    Window,
    column,
    counted,
    largest,
    summed,
)
from communities.ground.registers import Register

from .models import NEVER_ALLOWED, Facility, FacilityKind, FacilityUse, Grade, Ownership, Purpose

MISUSE = Q(purpose__in=NEVER_ALLOWED) | Q(purpose=Purpose.OTHER_PURPOSE, approval="")


FACILITIES = Source(
    code="facilities",
    label=_("facilities"),
    register=Register.FACILITIES,
    rows=lambda w: Facility.objects.filter(during__contains=w.day).annotate(
        area_m2=Coalesce("built_area_m2", "usable_area_m2")
    ),
)

USES = Source(
    code="facility_uses",
    label=_("uses of facilities"),
    register=Register.FACILITIES,
    rows=lambda w: FacilityUse.objects.filter(during__contains=w.day, facility__during__contains=w.day),
    place="facility__place",
)


def _each_facility(window: Window) -> QuerySet[Any]:
    """The facilities in use, annotated with `first_day` (date) and `misused` (whether put to a forbidden use)."""
    misuse = FacilityUse.objects.filter(MISUSE, facility=OuterRef("pk"), during__contains=window.day)
    in_use = Facility.objects.filter(during__contains=window.day)
    return in_use.annotate(first_day=RangeStartsWith("during"), misused=Exists(misuse))


ONE_FACILITY = Source(code="facility", label=_("facility"), rows=_each_facility, place="pk", one_row=True)

_KIND = {"kind": Option("kind", FacilityKind)}

OF_PLACES = [
    Metric(
        code="facilities",
        label=_("facilities in use"),
        unit="facility",
        source=FACILITIES,
        value=counted(),
        options={**_KIND, "grade": Option("grade", Grade)},
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="largest_volumes",
        label=_("volumes of the largest library"),
        unit="volume",
        source=FACILITIES,
        value=largest("volumes"),
        levels=PLACE_LEVELS,
        where=Q(kind=FacilityKind.LIBRARY),
    ),
    Metric(
        code="built_area",
        label=_("built area of the facilities"),
        unit="m2",
        source=FACILITIES,
        value=summed("built_area_m2"),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="usable_area",
        label=_("usable area of the facilities"),
        unit="m2",
        source=FACILITIES,
        value=summed("usable_area_m2"),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="largest_built_area",
        label=_("built area of the largest facility"),
        unit="m2",
        source=FACILITIES,
        value=largest("built_area_m2"),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    Metric(
        code="largest_usable_area",
        label=_("usable area of the largest facility"),
        unit="m2",
        source=FACILITIES,
        value=largest("usable_area_m2"),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    # For clauses that do not say which area they mean: the built area, or the usable one where only that is known.
    Metric(
        code="largest_area",
        label=_("area of the largest facility"),
        unit="m2",
        source=FACILITIES,
        value=largest("area_m2"),
        options=_KIND,
        levels=PLACE_LEVELS,
    ),
    # Idle rooms are not misused: the plans forbid giving them away, not leaving them empty.
    Metric(
        code="misused_facilities",
        label=_("facilities put to a forbidden use"),
        unit="facility",
        source=USES,
        value=counted("facility"),
        options={"kind": Option("facility__kind", FacilityKind), "purpose": Option("purpose", Purpose)},
        levels=PLACE_LEVELS,
        where=MISUSE,
    ),
]


def _of_facility(code: str, label: Any, path: str, **more: Any) -> Metric:
    return Metric(code=code, label=label, source=ONE_FACILITY, value=column(path), levels=("facility",), **more)


OF_ONE_FACILITY = [
    _of_facility("facility_kind", _("kind of facility"), "kind", type="choice", choices=FacilityKind),
    _of_facility("facility_built_area", _("built area of the facility"), "built_area_m2", unit="m2"),
    _of_facility("facility_usable_area", _("usable area of the facility"), "usable_area_m2", unit="m2"),
    _of_facility("facility_grade", _("grade of the facility"), "grade", type="choice", choices=Grade),
    _of_facility("facility_volumes", _("volumes of the library"), "volumes", unit="volume"),
    _of_facility("facility_linked", _("whether the library lends with the district's"), "is_linked", type="boolean"),
    _of_facility("facility_ownership", _("ownership of the facility"), "ownership", type="choice", choices=Ownership),
    _of_facility("facility_in_use_since", _("first day of the facility in use"), "first_day", type="date"),
    _of_facility("facility_misused", _("whether the facility is put to a forbidden use"), "misused", type="boolean"),
]

METRICS = OF_PLACES + OF_ONE_FACILITY

POPULATION = Population(
    level="facility",
    label=_("facilities"),
    source=Source(code="facility", label=_("facilities"), rows=FACILITIES.rows, register=Register.FACILITIES),
    name="name",
)
