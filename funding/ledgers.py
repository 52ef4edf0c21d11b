"""The ledgers of money: allocations, living allowances, wage baselines. Amounts in 万元 are turned into yuan."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground.ledgers.cells import DAY, MONEY, YEAR, Cell, Choice, Number, words
from communities.ground.ledgers.declaring import FACT, IS_EXAMPLE, SOURCE, Column, Key, Ledger, Link, Part
from communities.ground.scope import Scope
from communities.places.ledgers import AT_PLACE, PLACE_COLUMNS, within
from organizations.choices import OrganizationKind, Title
from organizations.ledgers import ORGANIZATION_WORDS, TITLE_WORDS
from organizations.models import Post

from .models import Allocation, Allowance, Payer, Stream, WageBaseline

STREAM_WORDS = words(
    {
        Stream.WORK: "工作经费|社区工作经费|办公经费",
        Stream.ALLOWANCE: "生活补贴经费|生活补贴",
        Stream.SERVICE_SPECIAL: "服务群众专项经费|为民服务专项经费|社区服务发展专项资金|服务专项经费",
        Stream.FACILITIES: "用房和设施经费|设施经费|用房经费",
        Stream.RURAL: "农村社区扶持资金|农村社区建设专项扶持资金",
        Stream.SAFETY: "公共安全经费|治安经费",
        Stream.HEALTH: "社区卫生经费|卫生经费",
        Stream.OTHER: "其他经费|其他",
    }
)
PAYER_WORDS = words(
    {
        Payer.PROVINCE: "省级|省|省财政",
        Payer.CITY: "市级|市|市财政",
        Payer.DISTRICT: "区级|区|县(市)区|区县|区财政|县级",
        Payer.STREET: "街道|街道办事处|乡镇",
        Payer.RESIDENT_UNITS: "驻社区单位|辖区单位",
        Payer.LOTTERY: "彩票公益金|福彩公益金|体彩公益金",
        Payer.SOCIETY: "社会捐赠|社会赞助|捐赠",
        Payer.COLLECTIVE: "集体经济",
        Payer.OTHER: "其他来源|其他",
    }
)
_CNY = Number(digits=14, units=MONEY)

ALLOCATIONS = Ledger(
    kind="allocations",
    label=_("allocations"),
    columns=(
        *PLACE_COLUMNS,
        Column("year", "年度", YEAR, ("年份", "所属年度"), required=True),
        Column("stream", "经费类别", Choice(choices=Stream, words=STREAM_WORDS), ("经费类型", "款项"), required=True),
        Column(
            "payer",
            "拨款级次",
            Choice(choices=Payer, words=PAYER_WORDS),
            ("资金来源", "承担级次", "拨款单位"),
            required=True,
        ),
        Column("amount_cny", "金额", _CNY, ("拨款金额", "拨付金额", "经费"), required=True, unit="元"),
        Column("allocated_on", "拨付日期", DAY, ("拨款日期", "拨付时间", "拨款时间")),
        Column("source", "拨款文号", Cell(200), ("文号", *SOURCE.synonyms, SOURCE.heading), required=True),
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    parts=(
        Part(
            "allocation",
            Allocation,
            key=("place", "year", "stream", "payer", "source"),
            fields=("amount_cny", "allocated_on", "is_example"),
        ),
    ),
    same=("place", "year", "stream", "payer", "source"),
    one_of=("code", "community"),
    exported=lambda scope: within(Allocation.objects.all(), scope),
)


def find_posts(keys: Iterable[Key], _scope: Scope) -> Mapping[Key, Sequence[Post]]:
    """
    Find posts by (place, kind, title, name, year, first day, day of birth): held at some time of that year.

    Of several posts of one person under one title, one after the other, the last one of the year is meant.
    """
    asked = list(keys)
    there: dict[Key, list[Post]] = {}
    posts = Post.objects.filter(
        organization__place__in={key[0] for key in asked}, person__name__in={key[3] for key in asked}
    )
    for post in posts.select_related("organization__place", "person").order_by("pk"):
        there.setdefault((post.organization.place_id, post.person.name), []).append(post)
    return {
        key: _last_of_each([post for post in there.get((key[0].pk, key[3]), ()) if _is_meant(post, key)])
        for key in asked
    }


def _last_of_each(posts: list[Post]) -> list[Post]:
    by_first_day = sorted(posts, key=lambda post: post.during.lower or date.min)
    return list({(post.person_id, post.organization_id, post.title): post for post in by_first_day}.values())


def _is_meant(post: Post, key: Key) -> bool:
    _place, kind, title, _name, year, since, born = key
    begins, ends = post.during.lower, post.during.upper
    held = (not begins or begins <= date(year, 12, 31)) and (not ends or ends > date(year, 1, 1))
    exactly = since in (None, begins) and born in (None, post.person.born_on)
    return held and exactly and kind in (None, post.organization.kind) and title in (None, post.title)


def unknown_post(key: Key, _scope: Scope) -> str:
    """Say that nobody of that name held a post there in that year."""
    return gettext("Nobody of this name is recorded in a post there in {year}. Import the roster first.").format(
        year=key[4]
    )


ALLOWANCES = Ledger(
    kind="allowances",
    label=_("living allowances"),
    columns=(
        *PLACE_COLUMNS,
        Column("name", "姓名", Cell(60), required=True, path="post.person.name"),
        Column(
            "organization_kind",
            "组织类型",
            Choice(choices=OrganizationKind, words=ORGANIZATION_WORDS),
            ("所在组织", "组织"),
            path="post.organization.kind",
        ),
        Column("title", "职务", Choice(choices=Title, words=TITLE_WORDS), ("现任职务", "岗位"), path="post.title"),
        Column("born_on", "出生年月", DAY, ("出生日期",), path="post.person.born_on"),
        Column("since", "任职时间", DAY, ("任职日期",), path="post.during.first"),
        Column("year", "年度", YEAR, ("年份", "所属年度"), required=True),
        Column("amount_cny", "年生活补贴", _CNY, ("生活补贴", "补贴金额", "年补贴"), required=True, unit="元"),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(
        AT_PLACE,
        Link(
            "post",
            by=("place", "organization_kind", "title", "name", "year", "since", "born_on"),
            said=("name",),
            find=find_posts,
            unknown=unknown_post,
        ),
    ),
    parts=(Part("allowance", Allowance, key=("post", "year"), fields=("amount_cny", *FACT)),),
    same=("post", "year"),
    one_of=("code", "community"),
    names_people=True,
    exported=lambda scope: within(
        Allowance.objects.select_related("post__person", "post__organization"), scope, "post__organization__place"
    ),
)

WAGES = Ledger(
    kind="wages",
    label=_("wage baselines"),
    columns=(
        *PLACE_COLUMNS,
        Column("year", "年度", YEAR, ("年份",), required=True),
        Column(
            "amount_cny",
            "在岗职工年平均工资",
            _CNY,
            ("年平均工资", "平均工资", "职工平均工资"),
            required=True,
            unit="元",
        ),
        Column("published_on", "公布日期", DAY, ("公布时间", "发布日期")),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(AT_PLACE,),
    parts=(Part("wage", WageBaseline, key=("place", "year"), fields=("amount_cny", "published_on", *FACT)),),
    same=("place", "year"),
    one_of=("code", "community"),
    exported=lambda scope: within(WageBaseline.objects.all(), scope),
)

LEDGERS = [ALLOCATIONS, ALLOWANCES, WAGES]
