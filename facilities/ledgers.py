"""The ledgers of premises and facilities, and of what they are used for."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground.ledgers.cells import AREA, DAY, YES_NO, Cell, Choice, Number, Whole, words
from communities.ground.ledgers.declaring import (
    FACT,
    IS_EXAMPLE,
    SOURCE,
    Column,
    Key,
    Ledger,
    Link,
    Part,
    Values,
    refuse,
)
from communities.ground.scope import Scope
from communities.places.ledgers import AT_PLACE, DURING, PLACE_COLUMNS, SINCE, UNTIL, within

from .models import NEVER_ALLOWED, Facility, FacilityKind, FacilityUse, Grade, Ownership, Purpose

KIND_WORDS = words(
    {
        FacilityKind.OFFICE_AND_SERVICE_ROOMS: "办公和服务用房|办公服务用房|办公、服务用房|社区用房|综合服务设施",
        FacilityKind.OFFICE_ROOMS: "办公用房|工作用房",
        FacilityKind.SERVICE_STATION: "社区服务站用房|服务站用房|社区服务站",
        FacilityKind.SERVICE_CENTRE: "社区服务中心用房|服务中心用房|社区服务中心",
        FacilityKind.CULTURE_ROOM: "文化室|文化活动室",
        FacilityKind.CULTURE_STATION: "文化站",
        FacilityKind.LIBRARY: "图书馆",
        FacilityKind.READING_ROOM: "图书室|阅览室",
        FacilityKind.ACTIVITY_AREA: "居民活动区域|居民活动场所|活动场所",
        FacilityKind.GREEN_SPACE: "公共绿地|绿地",
        FacilityKind.POLICE_ROOM: "警务室|警务工作站",
        FacilityKind.HEALTH_CENTRE: "社区卫生服务中心|卫生服务中心",
        FacilityKind.HEALTH_STATION: "社区卫生服务站|卫生服务站",
        FacilityKind.HEALTH_EDUCATION_BASE: "健康教育基地",
        FacilityKind.YOUTH_ROOM: "青少年活动室",
        FacilityKind.ELDERLY_ROOM: "老年活动室",
        FacilityKind.DAY_CARE_POINT: "养老服务点|日间照料中心",
        FacilityKind.ELDERLY_APARTMENTS: "老年公寓",
        FacilityKind.ELDERLY_HOME: "敬老院|养老院",
        FacilityKind.ELDERLY_WELFARE: "老年福利服务设施|老年福利设施",
        FacilityKind.FITNESS_PARK: "健身苑",
        FacilityKind.FITNESS_POINT: "健身点",
        FacilityKind.COMMUNITY_SCHOOL: "社区学校|市民学校|社区教育学校",
        FacilityKind.LABOUR_STATION: "劳动和社会保障服务站(点)|劳动保障服务站|劳动保障服务点|劳动保障服务中心",
        FacilityKind.GOVERNMENT_HALL: "政务大厅",
        FacilityKind.AFFAIRS_HALL: "街道社会事务受理中心|社会事务受理中心",
        FacilityKind.DONATION_POINT: "捐助接收站点|捐助站点",
        FacilityKind.CHARITY_SUPERMARKET: "慈善超市",
        FacilityKind.SQUARE: "社区广场(公园)|社区广场|社区公园",
        FacilityKind.NEIGHBOURHOOD_CENTRE: "邻里中心",
        FacilityKind.CEREMONY_ROOMS: "红白喜事用房",
        FacilityKind.TOOL_STORE: "农具集中存放点|农用具集中放置点",
        FacilityKind.CHARGING_POINT: "电瓶车集中充电点",
        FacilityKind.HISTORY_ROOM: "村史陈列室",
        FacilityKind.OTHER: "其他设施|其他",
    }
)
OWNERSHIP_WORDS = words(
    {
        Ownership.OWNED: "自有|自有产权",
        Ownership.RENTED: "租用|租借|租赁",
        Ownership.LENT: "借用|无偿使用",
        Ownership.SHARED: "共用|共建|合用",
    }
)
GRADE_WORDS = words({Grade.DEMONSTRATION: "示范|示范文化室", Grade.STANDARD: "达标|达标文化室"})
PURPOSE_WORDS = words(
    {
        Purpose.OWN: "本来用途|自用",
        Purpose.RENTED_OUT: "出租|出借",
        Purpose.SOLD: "出售",
        Purpose.GIVEN_FOR_DEBT: "抵债",
        Purpose.MORTGAGED: "抵押",
        Purpose.TRANSFERRED: "转让",
        Purpose.FOR_PROFIT: "营利性经营|经营",
        Purpose.OTHER_PURPOSE: "改变用途|挪作他用",
        Purpose.IDLE: "闲置|空置",
    }
)


def find_facilities(keys: Iterable[Key], _scope: Scope) -> Mapping[Key, Sequence[Facility]]:
    """Find facilities by (place, name); of several of one name the one that opened last."""
    asked = list(keys)
    found: dict[Key, Sequence[Facility]] = {}
    wanted = Facility.objects.filter(place__in={key[0] for key in asked}, name__in={key[1] for key in asked})
    for facility in wanted.select_related("place").order_by("during"):
        found[facility.place, facility.name] = [facility]
    return found


def unknown_facility(key: Key, _scope: Scope) -> str:
    """Say that the place has no facility of the name, and which it has."""
    known = "、".join(Facility.objects.filter(place=key[0]).values_list("name", flat=True)[:5])
    if known:
        return gettext("The place has no facility of this name. It has: {known}. Correct the name.").format(known=known)
    return gettext("The place has no facility recorded. Import its facilities first.")


def _name_it(values: Values) -> None:
    """Give a facility without a name the name of its place and kind."""
    if not values["name"]:
        word = next(word for word, kind in KIND_WORDS.items() if kind == values["kind"])
        values["name"] = f"{values['place'].short_name}{word}"
    built, usable = values["built_area_m2"], values["usable_area_m2"]
    if built is not None and usable is not None and usable > built:
        refuse(
            gettext("The usable area is larger than the built area ({built} m²). Correct one.").format(built=built),
            "usable_area_m2",
        )


_AREA = Number(units=AREA)
VOLUMES = {"册": Decimal(1), "本": Decimal(1), "万册": Decimal(10_000)}

FACILITIES = Ledger(
    kind="facilities",
    label=_("facilities"),
    columns=(
        *PLACE_COLUMNS,
        Column(
            "kind",
            "设施类型",
            Choice(choices=FacilityKind, words=KIND_WORDS),
            ("类型", "用房类型", "设施类别"),
            required=True,
        ),
        Column("name", "设施名称", Cell(100), ("名称", "用房名称")),
        Column(
            "built_area_m2",
            "建筑面积",
            _AREA,
            ("面积", "用房面积", "房屋面积", "built_area"),
            expected=True,
            unit="平方米",
        ),
        Column("usable_area_m2", "使用面积", _AREA, ("usable_area",), unit="平方米"),
        Column("ownership", "产权", Choice(choices=Ownership, words=OWNERSHIP_WORDS), ("权属", "产权性质")),
        Column("grade", "等级", Choice(choices=Grade, words=GRADE_WORDS), ("文化室等级",)),
        Column("volumes", "藏书量", Whole(units=VOLUMES), ("藏书", "图书册数"), unit="册"),
        Column("is_linked", "通借通还", YES_NO, ("与区图书馆联网", "一卡通")),
        Column("built_on", "建成日期", DAY, ("建成时间",)),
        Column(
            "since", "启用日期", DAY, (*SINCE.synonyms, SINCE.heading, "投入使用时间", "启用时间"), path="during.first"
        ),
        Column("until", "停用日期", UNTIL.cell, (*UNTIL.synonyms, UNTIL.heading, "停用时间"), path="during.last"),
        Column("merged_name", "与之合用", Cell(100), ("合用设施",), path="merged_with.name"),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(
        AT_PLACE,
        Link(
            "merged_with",
            by=("place", "merged_name"),
            said=("merged_name",),
            find=find_facilities,
            unknown=unknown_facility,
            optional=True,
        ),
    ),
    periods=DURING,
    verify=_name_it,
    parts=(
        Part(
            "facility",
            Facility,
            key=("place", "kind", "name", "during"),
            fields=(
                *("during", "built_area_m2", "usable_area_m2", "ownership", "grade", "volumes", "is_linked"),
                *("built_on", "merged_with", *FACT),
            ),
        ),
    ),
    same=("place", "kind", "name", "since"),
    one_of=("code", "community"),
    exported=lambda scope: within(Facility.objects.select_related("merged_with"), scope),
)


def _refuse_approval(values: Values) -> None:
    if values["approval"] and values["purpose"] in NEVER_ALLOWED:
        refuse(gettext("No approval makes this use lawful. Leave the approval empty, or correct the use."), "approval")
    values["approval"] = values["approval"] or ""


def at_facility(optional: bool = False) -> Link:
    """The link to a facility of the row's place, by its name."""
    return Link(
        "facility",
        by=("place", "facility_name"),
        said=("facility_name",),
        find=find_facilities,
        unknown=unknown_facility,
        optional=optional,
    )


def _uses(scope: Scope) -> Any:
    return within(FacilityUse.objects.select_related("facility"), scope, "facility__place")


FACILITY_USES = Ledger(
    kind="facility_uses",
    label=_("uses of facilities"),
    columns=(
        *PLACE_COLUMNS,
        Column("facility_name", "设施名称", Cell(100), ("用房名称",), required=True, path="facility.name"),
        Column("purpose", "用途", Choice(choices=Purpose, words=PURPOSE_WORDS), ("使用情况",), required=True),
        SINCE,
        UNTIL,
        Column("approval", "批准依据", Cell(200), ("批准文件",), default=""),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE, at_facility()),
    periods=DURING,
    complete=_refuse_approval,
    parts=(Part("use", FacilityUse, key=("facility", "purpose", "during"), fields=("during", "approval", *FACT)),),
    same=("facility", "purpose", "since"),
    one_of=("code", "community"),
    exported=_uses,
)

LEDGERS = [FACILITIES, FACILITY_USES]
