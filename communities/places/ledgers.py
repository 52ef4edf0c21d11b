"""
The ledgers of places: the code list itself, and what is counted and stated about places.

`PLACE_COLUMNS` and `AT_PLACE` are how every ledger says which place a row is about: by its code, or, as rosters do,
by the names of its street and community.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import clock
from communities.ground.ledgers.cells import (
    CODE,
    DAY,
    HOUSEHOLDS,
    LAST_DAY,
    PERSONS,
    YES_NO,
    Cell,
    Choice,
    Whole,
    words,
)
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
from communities.ground.registers import Register
from communities.ground.scope import Scope, ScopedQuerySet, prefix_of

from .codes import committee_of, is_statistical
from .models import (
    PREFIX_LENGTH,
    Census,
    Classification,
    Community,
    Estate,
    Kind,
    Level,
    Place,
    PlaceCode,
    RegisterStatement,
    Zone,
)
from .names import pinyin_key, short_name

EDITION = "2023"

PLACE_COLUMNS = (
    Column(
        "code", "区划代码", CODE, ("社区代码", "统计用区划代码", "行政区划代码", "代码", "subject"), path="place_code"
    ),
    Column("street", "所属街道", Cell(60), ("街道", "街道名称", "街道(乡镇)", "街道办事处"), path="street_name"),
    Column("community", "社区", Cell(60), ("社区名称", "所属社区", "社区(村)", "单位名称", "地方"), path="place_name"),
)
PLACE_SAID = ("code", "community", "street")

LEVEL_WORDS = words(
    {
        Level.PROVINCE: "省级|省|直辖市",
        Level.CITY: "地级|市|地市",
        Level.DISTRICT: "县级|区|县|区县",
        Level.STREET: "乡级|街道|乡镇|镇|乡",
        Level.COMMUNITY: "社区|村级|居委会|村",
    }
)
KIND_WORDS = words({Kind.URBAN: "城市|城市社区|城镇", Kind.RURAL: "农村|农村社区"})
ZONE_WORDS = words({Zone.URBAN: "市内区|城区|市区", Zone.COUNTY: "县(市)及外围区|县(市)|县|郊区|县市"})
ESTATE_WORDS = words(
    {
        Estate.OLD_CITY: "老城区|老旧|老旧小区",
        Estate.NEW_ESTATE: "新建小区|新建居住小区|商品房",
        Estate.REDEVELOPED: "旧城改造|旧城区连片改造",
        Estate.CONVERTED_VILLAGE: "村改居|撤村建居",
        Estate.COUNTY_SEAT: "县(市)政府驻地新建|县城新建",
        Estate.OTHER: "其他|单位|混合",
    }
)
REGISTER_WORDS = words(
    {
        Register.ORGANIZATIONS: "组织台账|组织",
        Register.POSTS: "花名册|人员花名册|人员",
        Register.FACILITIES: "设施台账|用房和设施|设施",
        Register.STATIONS: "服务站点台账|服务站(中心)|服务站点",
        Register.ALLOCATIONS: "经费台账|经费拨付|经费",
        Register.ALLOWANCES: "生活补贴台账|生活补贴",
    }
)


def find_places(keys: Iterable[Key], scope: Scope) -> Mapping[Key, Sequence[Place]]:
    """Find places by (code, community, street); by code where one is given. Each has its `code` of today."""
    asked = list(keys)
    by_code = _by_code({key[0] for key in asked if key[0]})
    by_name = _by_name([key[1:] for key in asked if not key[0]], scope)
    return {key: by_code.get(key[0], []) if key[0] else by_name.get(key[1:], []) for key in asked}


def _by_code(codes: set[str]) -> dict[str, list[Place]]:
    """The place that bears each code today, or bore it last."""
    found: dict[str, list[Place]] = {}
    today = clock.today()
    for row in PlaceCode.objects.filter(code__in=codes).select_related("place").order_by("code", "during"):
        row.place.code = row.code if today in row.during else row.place.code_on(today)  # type: ignore[attr-defined]
        found[row.code] = [row.place]
    return found


def _by_name(names: Sequence[Key], scope: Scope) -> dict[Key, list[Place]]:
    """The communities of each (community, street), or the streets where no community is said, within reach."""
    if not names:
        return {}
    said = {name for pair in names for name in pair if name}
    places = Place.objects.within(scope).filter(level__in=[Level.STREET, Level.COMMUNITY]).with_code()
    there = list(places.filter(Q(name__in=said) | Q(short_name__in={*said, *map(short_name, said)})))
    streets = _street_names({place.code[:9] for place in there if place.code})  # type: ignore[attr-defined]
    return {pair: [place for place in there if _is_meant(place, pair, streets)] for pair in names}


def _street_names(prefixes: set[str]) -> dict[str, str]:
    codes = PlaceCode.objects.filter(code__in={f"{prefix}000" for prefix in prefixes}, during__contains=clock.today())
    return {code[:9]: name for code, name in codes.values_list("code", "place__name")}


def _is_meant(place: Place, pair: Key, streets: dict[str, str]) -> bool:
    community, street = pair
    code: str = place.code or ""  # type: ignore[attr-defined]
    if not community:
        return bool(place.level == Level.STREET and street in (place.name, place.short_name))
    if place.level != Level.COMMUNITY or place.short_name not in (community, short_name(community)):
        return False
    return not street or streets.get(code[:9], "").startswith(street.removesuffix("办事处").removesuffix("道"))


def unknown_place(key: Key, scope: Scope) -> str:
    """Say why no place was found, and which known one is nearest."""
    code, community, street = key
    near = _nearest(code, community, scope) if code else None
    if code and near:
        return gettext(
            "No place bears this code. The nearest known one is {code} {name}. Compare it with the code list."
        ).format(code=near.code, name=near.name)
    if code:
        return gettext("No place bears this code, nor any near it. Import the divisions and communities first.")
    if community or street:
        return gettext("No community of this name is known in your area. Add its division code.")
    return gettext("The row does not say which place it is about. Fill in the division code.")


def _nearest(code: str, community: str | None, scope: Scope) -> Any:
    """The place of that name, else of the nearest code, under the same street or district."""
    for width in (9, 6, 4):
        below = Place.objects.within(scope).within(code[:width]).with_code().filter(Q(code__isnull=False))
        if community and (named := below.filter(short_name=short_name(community)).first()):
            return named
        if there := list(below.of_level(Level.COMMUNITY if code[9:] != "000" else Level.STREET)):
            return min(there, key=lambda place: abs(int(place.code) - int(code)))  # type: ignore[attr-defined]
    return None


AT_PLACE = Link("place", by=PLACE_SAID, find=find_places, unknown=unknown_place)


def with_place(rows: QuerySet[Any], path: str = "place") -> QuerySet[Any]:
    """Annotate what the place columns of an export show, and sort by code; `path` leads from the row to its place."""
    today = {"during__contains": clock.today()}
    code = PlaceCode.objects.filter(place=OuterRef(f"{path}__pk"), **today).values("code")[:1]
    street = PlaceCode.objects.filter(code=OuterRef("street_code"), **today).values("place__name")[:1]
    shown: QuerySet[Any] = (
        rows.annotate(place_code=Subquery(code), place_name=F(f"{path}__name"))
        .annotate(street_code=Concat(Substr("place_code", 1, 9), Value("000")))
        .annotate(street_name=Subquery(street))
        .order_by("place_code", "pk")
    )
    return shown


def within(rows: ScopedQuerySet[Any], scope: Scope, path: str = "place") -> QuerySet[Any]:
    """Return the rows to export: within reach, with the columns of their place."""
    return with_place(rows.within(scope), path)


# The code list


def _complete_place(values: Values) -> None:
    """Add the names and marks that follow from code and name; refuse a level that the code contradicts."""
    code, level = values["code"], values["level"]
    if len(prefix_of(code)) != PREFIX_LENGTH[level]:
        refuse(
            gettext("The code does not belong to a place of this level ({level}). Correct one of them.").format(
                level=Level(level).label
            ),
            "code",
        )
    values["short_name"] = short_name(values["name"])
    values["pinyin"] = pinyin_key(values["name"])
    values["is_statistical"] = is_statistical(code, level)
    values["committee"] = committee_of(code)


def _complete_community(values: Values) -> None:
    values["level"] = Level.COMMUNITY
    _complete_place(values)


def _places_by_code(rows: Sequence[Values]) -> Mapping[Key, Place]:
    return {(code,): places[0] for code, places in _by_code({values["code"] for values in rows}).items()}


def _codes(rows: Sequence[Values]) -> Mapping[Key, PlaceCode]:
    return {(row.code,): row for row in PlaceCode.objects.filter(code__in={values["code"] for values in rows})}


PLACE = Part(
    "place",
    Place,
    key=("code",),
    fields=("name", "short_name", "pinyin", "level", "is_statistical"),
    find=_places_by_code,
)
BEARS = Part(
    "bears",
    PlaceCode,
    key=("code",),
    find=_codes,
    make=lambda values: {"place": values["place"], "code": values["code"], "edition": values["edition"]},
)
_CODE = Column("code", "区划代码", CODE, ("代码", "统计用区划代码", "社区代码"), required=True)
_EDITION = Column("edition", "版本", Cell(20), default=EDITION, path="codes_edition")

DIVISIONS = Ledger(
    kind="divisions",
    label=_("divisions"),
    columns=(
        _CODE,
        Column("name", "名称", Cell(60), ("区划名称",), required=True),
        Column("level", "级别", Choice(choices=Level, words=LEVEL_WORDS), ("层级",), required=True),
        _EDITION,
    ),
    parts=(PLACE, BEARS),
    same=("code",),
    complete=_complete_place,
    fence=lambda values: str(values["code"]),
    exported=lambda scope: _exported_places(scope).exclude(level=Level.COMMUNITY),
)

COMMUNITIES = Ledger(
    kind="communities",
    label=_("communities"),
    columns=(_CODE, Column("name", "社区名称", Cell(60), ("名称", "社区"), required=True), _EDITION),
    parts=(PLACE, BEARS, Part("community", Community, key=("place",), fields=("committee",))),
    same=("code",),
    complete=_complete_community,
    fence=lambda values: str(values["code"]),
    exported=lambda scope: _exported_places(scope).filter(level=Level.COMMUNITY),
)


def _exported_places(scope: Scope) -> QuerySet[Any]:
    edition = PlaceCode.objects.filter(place=OuterRef("pk"), during__contains=clock.today()).values("edition")[:1]
    places = Place.objects.within(scope).in_code_order().filter(Q(code__isnull=False))
    return places.annotate(codes_edition=Subquery(edition))


# What is counted and stated about places

SINCE = Column("since", "起始日期", DAY, ("起", "开始日期", "自", "起始时间", "开始时间"), path="during.first")
UNTIL = Column(
    "until", "截止日期", LAST_DAY, ("止", "结束日期", "至", "终止日期", "截止时间", "结束时间"), path="during.last"
)
DURING = {"during": ("since", "until")}

CLASSIFICATIONS = Ledger(
    kind="classifications",
    label=_("classifications"),
    columns=(
        *PLACE_COLUMNS,
        Column("kind", "城乡", Choice(choices=Kind, words=KIND_WORDS), ("城乡类别", "城乡属性")),
        Column("zone", "区域", Choice(choices=Zone, words=ZONE_WORDS), ("所处区域",)),
        Column(
            "estate", "住区类型", Choice(choices=Estate, words=ESTATE_WORDS), ("社区类型", "小区类型"), expected=True
        ),
        Column("is_county_seat", "政府所驻镇", YES_NO, ("县城所在镇", "是否政府驻地")),
        Column("is_dispersed", "居住分散", YES_NO, ("是否居住分散",)),
        SINCE,
        UNTIL,
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    periods=DURING,
    parts=(
        Part(
            "classification",
            Classification,
            key=("place", "during"),
            fields=("during", "kind", "zone", "estate", "is_county_seat", "is_dispersed", *FACT),
        ),
    ),
    same=("place", "since"),
    one_of=("code", "community"),
    exported=lambda scope: within(Classification.objects.all(), scope),
)

_PERSONS = Whole(units=PERSONS)

CENSUSES = Ledger(
    kind="censuses",
    label=_("censuses"),
    columns=(
        *PLACE_COLUMNS,
        Column("counted_on", "统计日期", LAST_DAY, ("统计时间", "统计截止日期", "时点"), required=True),
        Column("households", "总户数", Whole(units=HOUSEHOLDS), ("户数", "居民户数", "家庭户数"), expected=True),
        Column("registered_population", "户籍人口", _PERSONS, ("户籍人口数", "户籍人数")),
        Column("resident_population", "常住人口", _PERSONS, ("常住人口数", "常住人数")),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    parts=(
        Part(
            "census",
            Census,
            key=("place", "counted_on"),
            fields=("households", "registered_population", "resident_population", *FACT),
        ),
    ),
    same=("place", "counted_on"),
    one_of=("code", "community"),
    exported=lambda scope: within(Census.objects.all(), scope),
)

STATEMENTS = Ledger(
    kind="statements",
    label=_("register statements"),
    columns=(
        *PLACE_COLUMNS,
        Column("register", "台账", Choice(choices=Register, words=REGISTER_WORDS), ("台账名称",), required=True),
        Column("as_of", "核实日期", DAY, ("核实时间", "完整起始日期"), required=True),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    parts=(Part("statement", RegisterStatement, key=("place", "register", "as_of"), fields=FACT),),
    same=("place", "register", "as_of"),
    one_of=("code", "community"),
    exported=lambda scope: within(RegisterStatement.objects.all(), scope),
)

LEDGERS = [DIVISIONS, COMMUNITIES, CLASSIFICATIONS, CENSUSES, STATEMENTS]
