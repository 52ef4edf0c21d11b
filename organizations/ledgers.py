"""
The ledgers of organizations: the bodies themselves, their established posts and terms, and the roster (花名册).

A row of the roster is one post; who holds several posts stands in several rows and is one person, known again by the
identity number or by place, name and, where it is said, the month of birth. Numbers are sealed as they come in and
leave masked. A title may name the organization with it (居委会主任).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import personal
from communities.ground.keys import UnreadableError
from communities.ground.ledgers.cells import (
    DAY,
    LAST_DAY,
    MASK,
    YES_NO,
    Cell,
    CellError,
    Choice,
    PersonalNumber,
    Raw,
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
from communities.ground.ledgers.rows import Row
from communities.ground.models import PersonalKey
from communities.ground.numbers import masked_identity_number
from communities.ground.personal import FIELDS, IDENTITY_NUMBER, PHONE, Field
from communities.ground.scope import Scope
from communities.places.ledgers import AT_PLACE, DURING, PLACE_COLUMNS, SINCE, UNTIL, within

from . import people
from .choices import Channel, Education, ElectionMethod, OrganizationKind, PoliticalStatus, Sex, Title
from .codes import validate_credit_code
from .models import Establishment, Organization, Person, Post, Term

ORGANIZATION_WORDS = words(
    {
        OrganizationKind.PARTY_ORGANIZATION: "社区党组织|党组织|社区党委|社区党总支|社区党支部|党委|党总支|党支部",
        OrganizationKind.PARTY_BRANCH: "网格党支部|下属党支部",
        OrganizationKind.RESIDENTS_COMMITTEE: "社区居民委员会|居民委员会|居委会|社区居委会",
        OrganizationKind.VILLAGERS_COMMITTEE: "村民委员会|村委会",
        OrganizationKind.AFFAIRS_SUPERVISION_COMMITTEE: "居务监督委员会|社区事务监督委员会",
        OrganizationKind.DELIBERATION_COUNCIL: "社区协商议事委员会|协商议事委员会",
        OrganizationKind.RESIDENTS_CONGRESS: "居民代表会议|社区成员代表大会",
        OrganizationKind.RESIDENTS_GROUP: "居民小组",
        OrganizationKind.SERVICE_STATION: "社区服务站|服务站",
        OrganizationKind.SERVICE_CENTRE: "社区服务中心|服务中心",
        OrganizationKind.OWNERS_COMMITTEE: "业主委员会|业委会",
        OrganizationKind.PROPERTY_COMPANY: "物业服务企业|物业公司|物业管理企业",
        OrganizationKind.SOCIAL_ORGANIZATION: "社区社会组织|社会组织",
        OrganizationKind.VOLUNTEER_TEAM: "志愿服务队|志愿者队伍",
        OrganizationKind.MASS_ORGANIZATION: "群团组织",
        OrganizationKind.ECONOMIC_COOPERATIVE: "经济合作社|股份经济合作社",
        OrganizationKind.JOINT_STOCK_COMPANY: "股份制公司",
        OrganizationKind.ASSET_MANAGEMENT_CENTRE: "资产管理中心",
        OrganizationKind.RESIDENT_UNIT: "驻社区单位|辖区单位|驻区单位",
        OrganizationKind.OTHER: "其他组织|其他",
    }
)
TITLE_WORDS = words(
    {
        Title.SECRETARY: "书记",
        Title.DEPUTY_SECRETARY: "副书记",
        Title.DIRECTOR: "主任",
        Title.DEPUTY_DIRECTOR: "副主任",
        Title.MEMBER: "委员|成员",
        Title.HEAD: "站长",
        Title.DEPUTY_HEAD: "副站长",
        Title.WORKER: "工作人员|专职工作人员",
        Title.GROUP_LEADER: "居民小组长|小组长",
        Title.BUILDING_CAPTAIN: "楼栋长|楼门长",
        Title.GRID_WORKER: "网格员|网格长",
        Title.REPRESENTATIVE: "居民代表",
    }
)
SEX_WORDS = words({Sex.MALE: "男", Sex.FEMALE: "女", Sex.UNKNOWN: "未知", Sex.NOT_STATED: "未说明"})
EDUCATION_WORDS = words(
    {
        Education.POSTGRADUATE: "研究生|硕士|博士|硕士研究生|博士研究生",
        Education.UNIVERSITY: "大学本科|本科|大学",
        Education.COLLEGE: "大学专科|大专|专科",
        Education.SECONDARY_VOCATIONAL: "中专|中等专科|职高|职业高中",
        Education.SKILLED_WORKERS: "技工学校|技校",
        Education.SENIOR_HIGH: "高中",
        Education.JUNIOR_HIGH: "初中",
        Education.PRIMARY: "小学",
        Education.ILLITERATE: "文盲或半文盲|文盲",
    }
)
POLITICAL_WORDS = words(
    {
        PoliticalStatus.PARTY_MEMBER: "中共党员|党员|共产党员",
        PoliticalStatus.PROBATIONARY: "中共预备党员|预备党员|预备",
        PoliticalStatus.YOUTH_LEAGUE: "共青团员|团员",
        PoliticalStatus.REVOLUTIONARY_COMMITTEE: "民革党员|民革",
        PoliticalStatus.DEMOCRATIC_LEAGUE: "民盟盟员|民盟",
        PoliticalStatus.NATIONAL_CONSTRUCTION: "民建会员|民建",
        PoliticalStatus.PROMOTING_DEMOCRACY: "民进会员|民进",
        PoliticalStatus.PEASANTS_AND_WORKERS: "农工党党员|农工党",
        PoliticalStatus.ZHI_GONG: "致公党党员|致公党",
        PoliticalStatus.JIU_SAN: "九三学社社员|九三学社",
        PoliticalStatus.TAIWAN_LEAGUE: "台盟盟员|台盟",
        PoliticalStatus.NO_PARTY: "无党派人士|无党派",
        PoliticalStatus.MASSES: "群众",
    }
)
CHANNEL_WORDS = words(
    {
        Channel.OFFICE_CADRE: "机关干部",
        Channel.INSTITUTION_STAFF: "事业单位职工",
        Channel.GRADUATE: "大专、中专毕业生|大中专毕业生",
        Channel.DEMOBILIZED: "复员转业军人|退役军人",
        Channel.OPEN_RECRUITMENT: "公开招聘|招考招聘|招聘|招考",
        Channel.SECONDED: "下派",
        Channel.DEPARTMENT_HIRED: "部门聘用",
        Channel.UTILITY_HIRED: "公用事业单位聘用",
        Channel.RESIDENT: "本社区居民|社区居民",
    }
)
METHOD_WORDS = words(
    {
        ElectionMethod.DIRECT: "直接选举|直选",
        ElectionMethod.HOUSEHOLDS: "户代表选举",
        ElectionMethod.REPRESENTATIVES: "居民代表选举|间接选举",
        ElectionMethod.PARTY_MEMBERS: "党员选举",
        ElectionMethod.APPOINTED: "任命|委任",
    }
)
# What organization a title belongs to where the file does not say.
BODY_OF_TITLE = {
    Title.SECRETARY: OrganizationKind.PARTY_ORGANIZATION,
    Title.DEPUTY_SECRETARY: OrganizationKind.PARTY_ORGANIZATION,
    Title.DIRECTOR: OrganizationKind.RESIDENTS_COMMITTEE,
    Title.DEPUTY_DIRECTOR: OrganizationKind.RESIDENTS_COMMITTEE,
    Title.MEMBER: OrganizationKind.RESIDENTS_COMMITTEE,
    Title.HEAD: OrganizationKind.SERVICE_STATION,
    Title.DEPUTY_HEAD: OrganizationKind.SERVICE_STATION,
    Title.WORKER: OrganizationKind.SERVICE_STATION,
}
_HAN_DIGITS = "零一二三四五六七八九"
_NTH = re.compile(r"第?(\d+|[一二三四五六七八九十]+)届?")


@dataclass(frozen=True)
class Nth(Whole):
    """Which term: 8, 第8届 or 第八届."""

    digits: int = 2

    def value(self, text: str, raw: Raw, factor: Decimal) -> int:  # type: ignore[override]
        found = _NTH.fullmatch(text)
        if found is None:
            raise CellError(gettext("This is not the number of a term. Write it as 8."))
        if found[1].isdigit():
            return super().value(found[1], found[1], Decimal(1))
        tens, ten, ones = found[1].partition("十")
        if not ten:
            return _HAN_DIGITS.index(tens)
        return (_HAN_DIGITS.index(tens) if tens else 1) * 10 + (_HAN_DIGITS.index(ones) if ones else 0)


@dataclass(frozen=True)
class TitleCell(Choice):
    """A title, alone or with its organization before it: 主任, 居委会主任. Reads as (organization or None, title)."""

    def value(self, text: str, raw: Raw, factor: Decimal) -> Any:
        for word in sorted(ORGANIZATION_WORDS, key=len, reverse=True):
            rest = text.removeprefix(word)
            if rest != text and rest in TITLE_WORDS:
                return ORGANIZATION_WORDS[word], TITLE_WORDS[rest]
        return None, super().value(text, raw, factor)


def _check_code(values: Values) -> None:
    if values["credit_code"]:
        values["credit_code"] = values["credit_code"].upper()
        try:
            validate_credit_code(values["credit_code"])
        except ValidationError as error:
            refuse(" ".join(error.messages), "credit_code")


ORGANIZATIONS = Ledger(
    kind="organizations",
    label=_("organizations"),
    columns=(
        *PLACE_COLUMNS,
        Column(
            "kind",
            "组织类型",
            Choice(choices=OrganizationKind, words=ORGANIZATION_WORDS),
            ("组织类别", "机构类型"),
            required=True,
        ),
        Column("name", "组织名称", Cell(120), ("机构名称", "名称"), required=True),
        Column("credit_code", "统一社会信用代码", Cell(18), ("信用代码", "社会信用代码")),
        Column("since", "成立日期", DAY, (*SINCE.synonyms, SINCE.heading, "成立时间"), path="during.first"),
        Column("until", "撤销日期", LAST_DAY, (*UNTIL.synonyms, UNTIL.heading, "撤销时间"), path="during.last"),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    periods=DURING,
    complete=_check_code,
    parts=(
        Part(
            "organization",
            Organization,
            key=("place", "kind", "name", "during"),
            fields=("during", "credit_code", *FACT),
        ),
    ),
    same=("place", "kind", "name", "since"),
    one_of=("code", "community"),
    exported=lambda scope: within(Organization.objects.all(), scope),
)


def find_organizations(keys: Iterable[Key], _scope: Scope) -> Mapping[Key, Sequence[Organization]]:
    """Find organizations by (place, kind, name, period): of that kind and name, existing when the period begins."""
    asked = list(keys)
    there: dict[int, list[Organization]] = {}
    for one in Organization.objects.filter(place__in={key[0] for key in asked}).select_related("place"):
        there.setdefault(one.place_id, []).append(one)
    return {key: [one for one in there.get(key[0].pk, ()) if _is_meant(one, key)] for key in asked}


def _is_meant(one: Organization, key: Key) -> bool:
    _place, kind, name, during = key
    begins = during.lower if during else None
    stands = begins is None or (not one.during.upper or one.during.upper > begins)
    return stands and (not kind or one.kind == kind) and (not name or one.name == name) and bool(kind or name)


def unknown_organization(key: Key, _scope: Scope) -> str:
    """Say which organization the place lacks."""
    _place, kind, name, _during = key
    what = name or (OrganizationKind(kind).label if kind else "")
    if not what:
        return gettext("The row does not say in which organization. Fill in the organization.")
    return gettext("No “{what}” is recorded at this place in that period. Import the organizations first.").format(
        what=what
    )


AT_ORGANIZATION = Link(
    "organization",
    by=("place", "organization_kind", "organization_name", "during"),
    said=("organization_kind", "organization_name"),
    find=find_organizations,
    unknown=unknown_organization,
)
ORGANIZATION_COLUMNS = (
    Column(
        "organization_kind",
        "组织类型",
        Choice(choices=OrganizationKind, words=ORGANIZATION_WORDS),
        ("所在组织", "组织", "组织类别"),
        path="organization.kind",
    ),
    Column("organization_name", "组织名称", Cell(120), ("所在组织名称",), path="organization.name"),
)

ESTABLISHMENTS = Ledger(
    kind="establishments",
    label=_("establishments of posts"),
    columns=(
        *PLACE_COLUMNS,
        *ORGANIZATION_COLUMNS,
        Column("seats", "职数", Whole(digits=4), ("核定职数", "编制职数"), required=True),
        SINCE,
        UNTIL,
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE, AT_ORGANIZATION),
    periods=DURING,
    parts=(Part("establishment", Establishment, key=("organization", "during"), fields=("during", "seats", *FACT)),),
    same=("organization", "since"),
    one_of=("code", "community"),
    exported=lambda scope: within(Establishment.objects.select_related("organization"), scope, "organization__place"),
)

TERMS = Ledger(
    kind="terms",
    label=_("terms"),
    columns=(
        *PLACE_COLUMNS,
        *ORGANIZATION_COLUMNS,
        Column("number", "届次", Nth(), ("届",), required=True),
        Column("since", "起始日期", DAY, (*SINCE.synonyms, "任期开始"), required=True, path="during.first"),
        Column("until", "截止日期", LAST_DAY, (*UNTIL.synonyms, "任期届满"), required=True, path="during.last"),
        Column("elected_on", "选举日期", DAY, ("换届日期", "选举时间")),
        Column("method", "选举方式", Choice(choices=ElectionMethod, words=METHOD_WORDS)),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE, AT_ORGANIZATION),
    periods=DURING,
    parts=(Part("term", Term, key=("organization", "number"), fields=("during", "elected_on", "method", *FACT)),),
    same=("organization", "number"),
    one_of=("code", "community"),
    exported=lambda scope: within(Term.objects.select_related("organization"), scope, "organization__place"),
)


def _split_title(values: Values) -> None:
    """Take the organization from the title, or from what such a title means, where no column says it."""
    said, title = values["title"]
    values["title"] = title
    if not values["organization_kind"] and not values["organization_name"]:
        values["organization_kind"] = said or BODY_OF_TITLE.get(title)
    values["elected"] = bool(values["elected"])
    _check_age(values)


def _check_age(values: Values) -> None:
    number = values["identity_number"]
    if number and MASK not in number:
        try:
            people.check_age(number)
        except ValidationError as error:
            refuse(" ".join(error.messages), "identity_number")


def find_people(rows: Sequence[Values]) -> Mapping[Key, Person]:
    """
    Find who the rows of a roster mean: by the identity number, else same place and name and no other day of birth.

    Who has several posts stands in several rows, and perhaps only one of them says the number: the others mean the
    same person then. A number that somebody of another name or place bears is marked on the row, for `put_numbers`.
    """
    _adopt_numbers(rows)
    places, names = {row["place"].pk for row in rows}, {row["name"] for row in rows}
    there: dict[Key, list[Person]] = {}
    for person in Person.objects.filter(place__in=places, name__in=names).select_related("key").order_by("pk"):
        there.setdefault((person.place_id, person.name), []).append(person)
    bearers = _bearers(rows)
    found: dict[Key, Person] = {}
    for row in rows:
        bearer = bearers.get(row["identity_number"])
        row["borne_by_another"] = bearer is not None and not _is_same(bearer, row)
        is_known = isinstance(bearer, Person) and not row["borne_by_another"]
        mine = bearer if is_known else _namesake(there.get(_who(row)[:2], []), row)
        if isinstance(mine, Person):
            found[_who(row)] = mine
    return found


def _who(row: Values) -> Key:
    """Return what tells people of a roster apart: the key of the part."""
    return row["place"].pk, row["name"], row["born_on"], row["identity_number"]


def _is_same(bearer: "Person | Values", row: Values) -> bool:
    """Say whether who bears the row's number, in the register or in a row before, is whom the row names."""
    if isinstance(bearer, Person):
        return (bearer.place_id, bearer.name) == (row["place"].pk, row["name"])
    return _who(bearer)[:3] == _who(row)[:3]


def _adopt_numbers(rows: Sequence[Values]) -> None:
    """Give a row without an identity number the one that another row about the same person says."""
    said: dict[Key, set[str]] = {}
    for row in rows:
        if row["identity_number"]:
            said.setdefault(_who(row)[:3], set()).add(row["identity_number"])
    for row in rows:
        numbers = said.get(_who(row)[:3], set())
        if not row["identity_number"] and len(numbers) == 1:
            row["identity_number"] = next(iter(numbers))


def _bearers(rows: Sequence[Values]) -> "dict[str | None, Person | Values]":
    """Find who bears the identity numbers of the rows: {number: person, or the first row of the batch that says it}."""
    said: dict[str | None, Any] = {}
    for row in rows:
        if row["identity_number"] and MASK not in row["identity_number"]:
            said.setdefault(row["identity_number"], row)
    digests = personal.digests_of(IDENTITY_NUMBER, said)  # type: ignore[arg-type]
    for person in Person.objects.filter(key__identity_digest__in=digests).select_related("key"):
        if person.key is not None and person.key.identity_digest:
            said[digests[person.key.identity_digest]] = person
    return said


def _namesake(namesakes: Sequence[Person], row: Values) -> Person | None:
    """Return which of the people of this place and name the row may mean."""
    born, number = row["born_on"], row["identity_number"]
    if number:
        namesakes = [one for one in namesakes if _may_bear(one, number)]
    exact = [one for one in namesakes if one.born_on == born]
    return next(iter(exact or [one for one in namesakes if not born or not one.born_on]), None)


def _may_bear(person: Person, number: str) -> bool:
    """Say whether the person has no identity number yet, or the one that the row says or shows masked."""
    try:
        recorded = person.in_clear(IDENTITY_NUMBER)
    except UnreadableError:
        return True  # refused in words where the number is put
    return not recorded or number in (recorded, *_masks(IDENTITY_NUMBER, recorded))


def put_numbers(row: Row, person: Person) -> bool:
    """Put the numbers that the row says on the person, sealed; refuse somebody else's. Return whether any changed."""
    different = False
    for field in FIELDS.values():
        said = row.values[field.name]
        if not said:
            continue
        recorded = _recorded(person, field)
        if said == recorded:
            continue
        if MASK in said:
            _refuse_another_mask(field, said, recorded)
            continue
        if field is IDENTITY_NUMBER and row.values["borne_by_another"]:
            refuse(
                gettext("This identity number is recorded for somebody else already. Compare it with the card."),
                field.name,
            )
        before = person.masked(field)
        people.put(person, field, said)
        different = True
        if person.pk:
            row.changed(field.name, row.layout.ledger.column(field.name).heading, before, field.mask(said))
    if (number := row.values["identity_number"]) and MASK not in number:
        for told in people.disagreements(number, sex=person.sex, born_on=person.born_on):
            row.remark(told)
    return different


def _recorded(person: Person, field: Field) -> str:
    """Return the recorded number; refuse the row where it cannot be read."""
    try:
        return person.in_clear(field)
    except UnreadableError:
        refuse(
            gettext(
                "The number recorded before cannot be read: a key is missing. Leave the cell empty; tell the operator."
            ),
            field.name,
        )


def _masks(field: Field, number: str) -> tuple[str, ...]:
    """Return how a number may stand masked in a file: as exports show it, and as they did before."""
    return field.mask(number), *([masked_identity_number(number)] if field is IDENTITY_NUMBER else [])


def _refuse_another_mask(field: Field, said: str, recorded: str) -> None:
    if not recorded or said not in _masks(field, recorded):
        refuse(
            gettext("Here only the mask of a number is left. Enter the whole number, or leave the cell empty."),
            field.name,
        )


def save_keys(all_people: Sequence[Person]) -> None:
    """Save the keys that numbers were sealed with, before the people themselves."""
    keys = [person.key for person in all_people if person.key is not None]
    saved = [key for key in keys if key.pk is not None]
    PersonalKey.objects.bulk_update(saved, [field.digest for field in FIELDS.values()])
    PersonalKey.objects.bulk_create([key for key in keys if key.pk is None])
    for person in all_people:
        person.key = person.key  # takes over the number the key was saved under


ROSTER = Ledger(
    kind="posts",
    label=_("roster of members and workers"),
    columns=(
        *PLACE_COLUMNS,
        Column("name", "姓名", Cell(60), required=True, path="person.name"),
        Column("sex", "性别", Choice(choices=Sex, words=SEX_WORDS), default=Sex.UNKNOWN, path="person.sex"),
        Column("born_on", "出生年月", DAY, ("出生日期", "生日"), path="person.born_on"),
        Column(
            "identity_number",
            "身份证号",
            PersonalNumber(check=IDENTITY_NUMBER.check, mask=IDENTITY_NUMBER.mask),
            ("身份证号码", "公民身份号码", "居民身份证号", "身份证"),
            path="person.identity_mask",
            clear_path="person.identity_in_clear",
        ),
        Column(
            "phone",
            "手机号",
            PersonalNumber(check=PHONE.check, mask=PHONE.mask),
            ("手机号码", "手机", "移动电话"),
            path="person.phone_mask",
            clear_path="person.phone_in_clear",
        ),
        Column(
            "political_status",
            "政治面貌",
            Choice(choices=PoliticalStatus, words=POLITICAL_WORDS),
            path="person.political_status",
        ),
        Column(
            "education",
            "学历",
            Choice(choices=Education, words=EDUCATION_WORDS),
            ("文化程度", "最高学历"),
            path="person.education",
        ),
        *ORGANIZATION_COLUMNS,
        Column(
            "title",
            "现任职务",
            TitleCell(choices=Title, words=TITLE_WORDS),
            ("职务", "岗位", "担任职务"),
            required=True,
        ),
        Column("elected", "是否选举产生", YES_NO, ("选举产生", "是否民选"), default=False),
        Column("in_social_worker_series", "是否纳入社会工作者队伍", YES_NO, ("纳入社会工作者队伍",), default=False),
        Column("channel", "选拔方式", Choice(choices=Channel, words=CHANNEL_WORDS), ("来源渠道", "人员来源")),
        Column("since", "任职时间", DAY, (*SINCE.synonyms, SINCE.heading, "任职日期"), path="during.first"),
        Column("until", "离任时间", LAST_DAY, (*UNTIL.synonyms, UNTIL.heading, "离任日期"), path="during.last"),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE, AT_ORGANIZATION),
    periods=DURING,
    complete=_split_title,
    parts=(
        Part(
            "person",
            Person,
            key=("place", "name", "born_on", "identity_number"),
            fields=("place", "name", "born_on", "sex", "political_status", "education", "is_example"),
            find=find_people,
            keeps=True,
            put=put_numbers,
            ready=save_keys,
        ),
        Part(
            "post",
            Post,
            key=("person", "organization", "title", "during"),
            fields=("during", "elected", "in_social_worker_series", "channel", *FACT),
        ),
    ),
    same=("place", "name", "born_on", "identity_number", "organization", "title", "since"),
    one_of=("code", "community"),
    names_people=True,
    exported=lambda scope: within(
        Post.objects.select_related("person__key", "organization"), scope, "organization__place"
    ),
)

LEDGERS = [ORGANIZATIONS, ESTABLISHMENTS, TERMS, ROSTER]
