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

OF_ONE_FACILITY = [
    Metric(
        code="facility_kind",
        label=_("kind of facility"),
        type="choice",
        choices=FacilityKind,
        source=ONE_FACILITY,
        value=column("kind"),
        levels=("facility",),
    ),
    Metric(
        code="facility_built_area",
        label=_("built area of the facility"),
        unit="m2",
        source=ONE_FACILITY,
        value=column("built_area_m2"),
        levels=("facility",),
    ),
    Metric(
        code="facility_usable_area",
        label=_("usable area of the facility"),
        unit="m2",
        source=ONE_FACILITY,
        value=column("usable_area_m2"),
        levels=("facility",),
    ),
    Metric(
        code="facility_grade",
        label=_("grade of the facility"),
        type="choice",
        choices=Grade,
        source=ONE_FACILITY,
        value=column("grade"),
        levels=("facility",),
    ),
    Metric(
        code="facility_volumes",
        label=_("volumes of the library"),
        unit="volume",
        source=ONE_FACILITY,
        value=column("volumes"),
        levels=("facility",),
    ),
    Metric(
        code="facility_linked",
        label=_("whether the library lends with the district's"),
        type="boolean",
        source=ONE_FACILITY,
        value=column("is_linked"),
        levels=("facility",),
    ),
    Metric(
        code="facility_ownership",
        label=_("ownership of the facility"),
        type="choice",
        choices=Ownership,
        source=ONE_FACILITY,
        value=column("ownership"),
        levels=("facility",),
    ),
    Metric(
        code="facility_in_use_since",
        label=_("first day of the facility in use"),
        type="date",
        source=ONE_FACILITY,
        value=column("first_day"),
        levels=("facility",),
    ),
    Metric(
        code="facility_misused",
        label=_("whether the facility is put to a forbidden use"),
        type="boolean",
        source=ONE_FACILITY,
        value=column("misused"),
        levels=("facility",),
    ),
]

METRICS = OF_PLACES + OF_ONE_FACILITY

POPULATION = Population(
    level="facility",
    label=_("facilities"),
    source=Source(code="facility", label=_("facilities"), rows=FACILITIES.rows, register=Register.FACILITIES),
    name="name",
)
