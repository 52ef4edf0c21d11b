"""The ledger of service stations and centres."""

from django.utils.translation import gettext_lazy as _

from communities.ground.ledgers.cells import YES_NO, Cell, Choice, words
from communities.ground.ledgers.declaring import FACT, IS_EXAMPLE, SOURCE, Column, Ledger, Part, Values, refuse
from communities.places.ledgers import AT_PLACE, DURING, PLACE_COLUMNS, SINCE, UNTIL, within
from facilities.ledgers import at_facility

from .models import LEVELS, WRONG_LEVEL, ServicePoint, ServicePointKind

KIND_WORDS = words(
    {
        ServicePointKind.STATION: "社区服务站|服务站",
        ServicePointKind.CENTRE: "社区服务中心|服务中心|街道社区服务中心",
    }
)


def _verify(values: Values) -> None:
    """Refuse a point at the wrong level; name one that has no name after its place."""
    kind = ServicePointKind(values["kind"])
    if values["place"].level not in LEVELS[kind]:
        refuse(str(WRONG_LEVEL[kind]), "kind")
    if not values["name"]:
        word = next(word for word, value in KIND_WORDS.items() if value == kind)
        values["name"] = f"{values['place'].short_name.removesuffix('社区')}{word}"


SERVICE_POINTS = Ledger(
    kind="service_points",
    label=_("service stations and centres"),
    columns=(
        *PLACE_COLUMNS,
        Column("kind", "站点类型", Choice(choices=ServicePointKind, words=KIND_WORDS), ("类型",), required=True),
        Column("name", "站点名称", Cell(100), ("名称",)),
        Column("facility_name", "所用房屋", Cell(100), ("用房名称", "设施名称"), path="facility.name"),
        Column("one_stop", "一站式服务", YES_NO, ("是否一站式", "一站式"), default=False, expected=True),
        Column("networked", "已联网", YES_NO, ("是否联网", "联网")),
        SINCE,
        UNTIL,
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE, at_facility(optional=True)),
    periods=DURING,
    verify=_verify,
    parts=(
        Part(
            "point",
            ServicePoint,
            key=("place", "kind", "name", "during"),
            fields=("during", "facility", "one_stop", "networked", *FACT),
        ),
    ),
    same=("place", "kind", "name", "since"),
    one_of=("code", "community"),
    exported=lambda scope: within(ServicePoint.objects.select_related("facility"), scope),
)

LEDGERS = [SERVICE_POINTS]
