"""
Problems and what to do about them: which requirement is missed by whom, by how much, gravest first.

Grave is what binds or whose one deadline has passed; among those, what most places miss. Names stand district by
district in the order of the codes, the largest shortfall of each first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import figures
from .asked import Asked
from .contents import Problem, Suggestion
from .gathering import BELOW, Found, Gathered, Spot

IN_PROSE = 6  # problems told at length; the others stand in a table
NAMED = {"city": 6, "district": 8, "street": 20}  # places named in a paragraph
AT_STAKE = 6  # indicators named in one suggestion


@dataclass(frozen=True)
class Missed:
    """One question and the places that miss it."""

    asked: Asked
    found: tuple[Found, ...]
    judged: int

    @property
    def gravity(self) -> tuple[bool, int, int]:
        """The sorting key: grave ones first, then by how many places."""
        return (not (self.asked.is_binding or self.asked.is_overdue), -len(self.found), self.asked.number)

    @property
    def worst(self) -> list[Found]:
        """The places, the largest shortfall first, then by code."""
        return sorted(self.found, key=lambda one: (-(one.shortfall or Decimal(0)), one.place.code))

    def stand_out(self, most: int) -> bool:
        """Say whether the `most` worst are worse than all others: not where more are as far off."""
        worst = self.worst
        return worst[0].shortfall is not None and worst[most - 1].shortfall != worst[most].shortfall

    @property
    def total(self) -> Decimal | None:
        """The shortfall of all together, where that is a number of things."""
        known = [one.shortfall for one in self.found if one.shortfall is not None]
        return sum(known, Decimal(0)) if known and self.asked.adds_up else None


def missed_by(gathered: Gathered) -> list[Missed]:
    """Return every question that is missed somewhere, gravest first."""
    found = []
    for asked in gathered.asked:
        findings = gathered.by_asked[asked.number]
        missed = tuple(one for one in findings if one.is_missed)
        if missed:
            found.append(Missed(asked, missed, gathered.tally(findings).judged))
    return sorted(found, key=lambda one: one.gravity)


def problem(missed: Missed, gathered: Gathered) -> Problem:
    """Put one missed question into words: a line for page one, a paragraph, the places named."""
    asked = missed.asked
    verdict = "not_met" if asked.is_binding else "attention"
    return Problem(
        number=asked.number,
        label=asked.label,
        verdict=verdict,
        summary=_summary(missed, gathered),
        text=_paragraph(missed, gathered),
        brief=_brief(missed, gathered),
    )


def whole(place: Spot) -> str:
    """Return how all of a place is spoken of: 全市, 全区, 全县, 全街道."""
    return f"全{place.kind or '街道'}"


def _count(missed: Missed, gathered: Gathered) -> str:
    asked = missed.asked
    if asked.subject == gathered.place.level:
        return f"{gathered.place.name}{_not_reached(asked)}"
    if len(missed.found) == missed.judged == 1:
        return f"1个{asked.places}{_not_reached(asked)}"
    if len(missed.found) == missed.judged:
        return f"{missed.judged}个{asked.places}均{_not_reached(asked)}"
    return f"{missed.judged}个{asked.places}中{len(missed.found)}个{_not_reached(asked)}"


def _not_reached(asked: Asked) -> str:
    plain = asked.required.startswith("≥")
    return f"不足{asked.required[1:]}" if plain and not asked.is_share else "未达要求"


def _total(missed: Missed) -> str:
    if missed.total is None or len(missed.found) < 2:
        return ""
    return f"，共差{figures.difference(missed.total, missed.asked.unit)}"


def _summary(missed: Missed, gathered: Gathered) -> str:
    """Two lines of page one: how many, how much, who most, the deadline."""
    if missed.asked.subject == gathered.place.level:
        most = f"（{_short(missed.found[0])}）" if missed.found[0].shortfall is not None else ""
        return f"{missed.asked.label}：{_count(missed, gathered)}{most}{_late(missed.asked)}。"
    worst = missed.worst[0]
    most = f"，{_address(worst.place, gathered)}{_short(worst)}" if worst.shortfall is not None else ""
    crowded = _most_crowded(missed, gathered)
    if worst.shortfall is None:
        first = [one.place for one in missed.found[:2]]
        most = f"，有{_names(first, gathered)}{'等' if len(missed.found) > len(first) else ''}"
    return f"{missed.asked.label}：{_count(missed, gathered)}{_total(missed)}{crowded}{most}{_late(missed.asked)}。"


def _most_crowded(missed: Missed, gathered: Gathered) -> str:
    """The part of the area where most of the places lie."""
    numbers = _numbers(missed, gathered)
    if len(numbers) < 2:
        return ""
    name, count = max(numbers.items(), key=lambda item: item[1])
    return f"，{name}最多（{count}个）" if list(numbers.values()).count(count) == 1 else ""


def _brief(missed: Missed, gathered: Gathered) -> str:
    """One line of the table of other problems."""
    return _summary(missed, gathered).removeprefix(f"{missed.asked.label}：").removesuffix("。")


def _late(asked: Asked) -> str:
    day = asked.deadline
    if day is None or not asked.is_overdue:
        return ""
    return f"，{day.year}年底期限已过" if (day.month, day.day) == (12, 31) else f"，{figures.day_in_words(day)}期限已过"


def _short(found: Found) -> str:
    """How far off one place is: 差77.1平方米, 超1200户; of a share what it is, 为66.67%."""
    if found.shortfall is None:
        return ""
    if found.asked.is_share and found.measured is not None:
        return f"为{figures.quantity(found.measured, found.asked.unit, found.required)}"
    verb = "超" if found.is_above else "差"
    return f"{verb}{figures.difference(found.shortfall, found.asked.unit)}"


def _address(spot: Spot, gathered: Gathered) -> str:
    """A place with the part of its address that readers of this report need."""
    parts = []
    if gathered.place.level == "city" and spot.level in ("street", "community"):
        holder = gathered.holder(spot, "district")
        parts.append(holder.name if holder else "")
    if gathered.place.level == "district" and spot.level == "community":
        holder = gathered.holder(spot, "street")
        parts.append(holder.name if holder else "")
    return "".join([*parts, spot.name])


def _names(spots: Iterable[Spot], gathered: Gathered) -> str:
    return "、".join(_address(spot, gathered) for spot in spots)


def _paragraph(missed: Missed, gathered: Gathered) -> str:
    """What the problem comes to, where it lies, whom it concerns most."""
    share = figures.rate(len(missed.found), missed.judged, sign="%")
    of_all = f"，占{share}" if missed.judged >= figures.FEW and len(missed.found) < missed.judged else ""
    where = whole(gathered.place)
    first = f"{where}{_count(missed, gathered)}{of_all}{_total(missed)}{_late(missed.asked)}"
    if missed.asked.subject == gathered.place.level:
        most = f"，{_short(missed.found[0])}" if missed.found[0].shortfall is not None else ""
        return f"{_count(missed, gathered)}{most}{_late(missed.asked)}。"
    return f"{first}。{_spread(missed, gathered)}{_most(missed, gathered)}"


def _spread(missed: Missed, gathered: Gathered) -> str:
    """How many lie where, in the order of the codes."""
    numbers = _numbers(missed, gathered)
    if len(numbers) < 2:
        return ""
    return "分布在" + "、".join(f"{name}{count}个" for name, count in numbers.items()) + "。"


def _numbers(missed: Missed, gathered: Gathered) -> dict[str, int]:
    """How many of the places lie in which part of the area, in the order of the codes."""
    level = BELOW.get(gathered.place.level, "")
    numbers: dict[str, int] = {}
    for one in missed.found if level not in ("", missed.asked.subject) else ():
        holder = gathered.holder(one.place, level)
        if holder:
            numbers[holder.name] = numbers.get(holder.name, 0) + 1
    return numbers


def _most(missed: Missed, gathered: Gathered) -> str:
    most = NAMED[gathered.place.level]
    named = _named(missed, gathered, most)
    return f"{_lead(missed, most)}{named}。" if named else ""


def _lead(missed: Missed, most: int) -> str:
    """Call places the worst only where they are: not where as many others are as far off."""
    if len(missed.found) <= most:
        return "涉及"
    return "差距最大的是" if missed.stand_out(most) else "如"


def _named(missed: Missed, gathered: Gathered, most: int) -> str:
    """Name the worst `most` places with what they are short of, those of one district together."""
    worst = missed.worst[:most]
    in_order = sorted(worst, key=lambda one: (one.place.code[:6], -(one.shortfall or Decimal(0)), one.place.code))
    told = []
    for one in in_order:
        short = _short(one).removeprefix("为")
        told.append(_address(one.place, gathered) + (f"（{short}）" if short else ""))
    more = f"等{len(missed.found)}个" if len(missed.found) > most else ""
    return "、".join(told) + more


LEADS = {
    "organizations": (
        "配齐组织和人员",
        "由街道办事处指导有缺额的社区依法依规补选、增配，优先解决未达最低人数的社区",
    ),
    "facilities": (
        "补足社区用房",
        "由区县政府牵头、街道办事处负责，逐一确定调剂、新建、改建、购置、租用等解决方式，先解决面积差距大的社区",
    ),
    "services": (
        "健全服务站点",
        "由区县政府牵头、街道办事处负责，尚无站点的落实场所和人员，面积不足的结合用房一并解决",
    ),
    "funding": ("落实经费和待遇", "由市和区县财政部门会同民政等部门核对拨付台账，不足部分按标准和分担比例补足"),
    "places": ("理顺社区规模", "由区县政府组织街道办事处研究调整方案，结合换届、辖区调整逐步到位"),
    "reported": ("落实各项工作要求", "由有关部门和街道办事处对照指标逐项落实，办结后更新台账"),
}


def suggestions(missed: list[Missed], gaps: int, pointer: str) -> tuple[Suggestion, ...]:
    """Return what follows from the misses: one suggestion for each kind of thing, and one for missing facts."""
    told = []
    for concern, (title, lead) in LEADS.items():
        own = [one for one in missed if one.asked.concern == concern]
        if own:
            more = f"等{len(own)}项指标" if len(own) > AT_STAKE else ""
            stakes = "；".join(_at_stake(one) for one in own[:AT_STAKE])
            told.append(Suggestion(title, f"{lead}。涉及{stakes}{more}。"))
    if gaps:
        text = f"由附表所列单位核实补报缺失数据，共{gaps}项，补报后重新评估；{pointer}"
        told.append(Suggestion("补报缺失数据", text))
    return tuple(told)


def _at_stake(missed: Missed) -> str:
    return f"{missed.asked.label}（{len(missed.found)}个{missed.asked.places}{_total(missed)}）"
