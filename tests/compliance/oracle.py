"""
Jinan 2007 reckoned by hand: plain Python over the exported ledgers, written from the document's clauses alone.

It shares nothing with the portal but the files: no formula, no metric, no query. None is what nobody knows, NO_SHARE
what cannot be divided. Slow and simple on purpose: a row is looked for wherever it is needed.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, str]
NO_SHARE = "no share"
ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_UP)
DUE_OF_OLD_ROOMS = date(2008, 12, 31)
TOLERANCE = Decimal("0.005")
PLAQUES = {"社区党组织", "社区居委会", "社区服务站"}
AUDIENCES = {"儿童", "青少年", "职工", "妇女", "老年人", "残疾人", "外来人口"}
ADDED_UP = {"unified_evaluations", "city_trainings", "district_trainings", "jobseekers_helped"}
KINDS = (
    "divisions",
    "communities",
    "classifications",
    "censuses",
    "statements",
    "organizations",
    "establishments",
    "posts",
    "facilities",
    "service_points",
    "allocations",
    "allowances",
    "wages",
    "reported_values",
)


@dataclass(frozen=True)
class Said:
    """What the oracle says of one target at one place."""

    verdict: str
    measured: Decimal | None = None
    required: Decimal | None = None
    shortfall: Decimal | None = None


def share(part: Any, whole: Any) -> Any:
    """Return part / whole to 20 decimals."""
    if part is None or whole is None:
        return None
    if whole == 0:
        return NO_SHARE
    return ARITHMETIC.divide(Decimal(part), Decimal(whole)).quantize(Decimal(1).scaleb(-20), context=ARITHMETIC)


def day_of(text: str) -> date | None:
    """Read a day; None for an empty cell."""
    return date.fromisoformat(text) if text else None


def stands(row: Row, first: str, last: str, day: date) -> bool:
    """Say whether the row's period, both ends included, contains the day."""
    begins, ends = day_of(row[first]), day_of(row[last])
    return (begins is None or begins <= day) and (ends is None or day <= ends)


class Oracle:
    """The ledgers of a folder, and what follows from them on one day."""

    def __init__(self, folder: Path, day: date) -> None:
        self.day = day
        self.rows: dict[str, list[Row]] = {kind: self._read(folder / f"{kind}.csv") for kind in KINDS}

    def _read(self, path: Path) -> list[Row]:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    # What is recorded

    def at(self, kind: str, code: str) -> list[Row]:
        return [row for row in self.rows[kind] if row["区划代码"] == code]

    def communities(self, below: str) -> list[str]:
        found = [row["区划代码"] for row in self.rows["communities"]]
        return [code for code in found if code.startswith(below) and int(code[9:]) < 200]

    def streets(self) -> list[str]:
        return [row["区划代码"] for row in self.rows["divisions"] if row["区划代码"][6:9] != "000"]

    def districts(self) -> list[str]:
        found = [row["区划代码"] for row in self.rows["divisions"]]
        return [code for code in found if code[4:6] != "00" and code[6:] == "000000"]

    def is_stated(self, code: str, register: str) -> bool:
        stated = [row for row in self.at("statements", code) if row["台账"] == register]
        return any(date.fromisoformat(row["核实日期"]) <= self.day for row in stated)

    def classified(self, code: str, column: str) -> str | None:
        rows = [row for row in self.at("classifications", code) if stands(row, "起始日期", "截止日期", self.day)]
        return rows[0][column] or None if rows else None

    def households(self, code: str) -> Decimal | None:
        counts = [row for row in self.at("censuses", code) if date.fromisoformat(row["统计日期"]) <= self.day]
        if not counts:
            return None
        last = max(counts, key=lambda row: row["统计日期"])
        return Decimal(last["总户数"]) if last["总户数"] else None

    def posts(self, code: str, organization: str) -> list[Row]:
        held = [row for row in self.at("posts", code) if row["组织类型"] == organization]
        return [row for row in held if stands(row, "任职时间", "离任时间", self.day)]

    def members(self, code: str, organization: str) -> Decimal | None:
        if not self.is_stated(code, "花名册"):
            return None
        people = {(row["姓名"], row["出生年月"]) for row in self.posts(code, organization)}
        return Decimal(len(people))

    def seats(self, code: str, organization: str) -> Decimal | None:
        if not self.is_stated(code, "组织台账"):
            return None
        seats = Decimal(0)
        for body in self.at("organizations", code):
            if body["组织类型"] == organization and stands(body, "成立日期", "撤销日期", self.day):
                own = [row for row in self.at("establishments", code) if row["组织名称"] == body["组织名称"]]
                own = [row for row in own if row["组织类型"] == organization]
                own = [row for row in own if stands(row, "起始日期", "截止日期", self.day)]
                if not own:
                    return None
                seats += Decimal(own[0]["职数"])
        return seats

    def rooms(self, code: str) -> Decimal | None:
        if not self.is_stated(code, "设施台账"):
            return None
        rows = [row for row in self.at("facilities", code) if row["设施类型"] == "办公和服务用房"]
        areas = [row["建筑面积(平方米)"] for row in rows if stands(row, "启用日期", "停用日期", self.day)]
        return None if "" in areas else sum(map(Decimal, areas), Decimal(0))

    def points(self, code: str, kind: str) -> list[Row]:
        rows = [row for row in self.at("service_points", code) if row["站点类型"] == kind]
        return [row for row in rows if stands(row, "起始日期", "截止日期", self.day)]

    def count_of_points(self, code: str, kind: str) -> Decimal | None:
        return Decimal(len(self.points(code, kind))) if self.is_stated(code, "服务站点台账") else None

    def centre_area(self, code: str) -> Decimal | None:
        if not self.is_stated(code, "服务站点台账"):
            return None
        largest = Decimal(0)
        for point in self.points(code, "社区服务中心"):
            walls = [row for row in self.at("facilities", code) if row["设施名称"] == point["所用房屋"]]
            walls = [row for row in walls if stands(row, "启用日期", "停用日期", self.day)]
            if not walls or not walls[0]["建筑面积(平方米)"]:
                return None
            largest = max(largest, Decimal(walls[0]["建筑面积(平方米)"]))
        return largest

    def funds(self, code: str, stream: str, payer: str = "") -> Decimal | None:
        if not self.is_stated(code, "经费台账"):
            return None
        money = Decimal(0)
        for row in self.at("allocations", code):
            allocated = day_of(row["拨付日期"])
            this_year = int(row["年度"]) == self.day.year and (allocated is None or allocated <= self.day)
            if this_year and row["经费类别"] == stream and (not payer or row["拨款级次"] == payer):
                money += Decimal(row["金额(元)"])
        return money

    def wage_of_last_year(self, code: str) -> Decimal | None:
        year = str(self.day.year - 1)
        wages = [row for row in self.at("wages", f"{code[:6]}000000") if row["年度"] == year]
        return Decimal(wages[0]["在岗职工年平均工资(元)"]) if wages else None

    def allowance(self, post: Row) -> Decimal | None:
        for row in self.at("allowances", post["区划代码"]):
            same = all(row[name] == post[name] for name in ("姓名", "出生年月", "组织类型", "任职时间"))
            if same and row["职务"] == post["现任职务"] and int(row["年度"]) == self.day.year:
                return Decimal(row["年生活补贴(元)"])
        return None

    def reported(self, code: str, indicator: str) -> str | None:
        rows = [row for row in self.at("reported_values", code) if row["指标代码"] == indicator]
        rows = [row for row in rows if date.fromisoformat(row["截至日期"]) <= self.day]
        if indicator in ADDED_UP:
            rows = [row for row in rows if int(row["截至日期"][:4]) == self.day.year]
            return str(sum(Decimal(row["数值"]) for row in rows)) if rows else None
        return max(rows, key=lambda row: row["截至日期"])["数值"] if rows else None

    def number(self, code: str, indicator: str) -> Decimal | None:
        text = self.reported(code, indicator)
        return None if text is None else Decimal(text)

    def yes(self, code: str, indicator: str) -> bool | None:
        text = self.reported(code, indicator)
        return None if text is None else text == "是"

    def names(self, code: str, indicator: str) -> set[str] | None:
        text = self.reported(code, indicator)
        return None if text is None else {name for name in text.split(";") if name}

    # What is asked

    def is_urban(self, code: str) -> bool | None:
        kind = self.classified(code, "城乡")
        return None if kind is None else kind == "城市"

    def is_in_the_city(self, code: str) -> bool | None:
        zone = self.classified(f"{code[:6]}000000", "区域")
        return None if zone is None else zone == "市内区"

    def is_one_of(self, code: str, *estates: str) -> bool | None:
        estate = self.classified(code, "住区类型")
        return None if estate is None else estate in estates

    def due(self) -> date:
        """Return the day yearly duties are due."""
        return date(self.day.year, 12, 31)

    def say(
        self,
        applies: bool | None,
        measured: Any,
        bounds: Sequence[tuple[str, Decimal | None]],
        missed: str = "not_met",
        due: date | None = None,
    ) -> Said:
        """Put a verdict together in the order in which verdicts go before each other."""
        known = measured if isinstance(measured, Decimal) else None
        kept = [holds(known, sign, bound) for sign, bound in bounds]
        required = bounds[0][1]
        short = None
        if False in kept and known is not None:
            bound = bounds[kept.index(False)][1]
            assert bound is not None
            required, short = bound, abs(known - bound)
        if applies is False:
            return Said("not_applicable", known, required)
        if due is not None and due > self.day:
            return Said("not_due", known, required, short)
        if applies is None or measured is None or (None in kept and measured != NO_SHARE):
            return Said("undetermined", known, required)
        if measured == NO_SHARE:
            return Said("not_applicable", known, required)
        return Said(missed, known, required, short) if False in kept else Said("met", known, required)

    def halves(self, applies: bool | None, city: Decimal | None, district: Decimal | None) -> Said:
        """Say whether city and district pay half each, within the tolerance."""
        whole = None if city is None or district is None else city + district
        paid, half = share(city, whole), Decimal("0.5")
        near = isinstance(paid, Decimal) and abs(paid - half) <= TOLERANCE
        said = self.say(applies, paid, [("==", half)], due=self.due())
        if not near:
            return said
        return Said("met" if said.verdict == "not_met" else said.verdict, said.measured, half)

    def condition(self, applies: bool | None, holds: bool | None, missed: str = "not_met") -> Said:
        """Say whether something is so."""
        measured = None if holds is None else Decimal(int(holds))
        if applies is False:
            return Said("not_applicable", measured)
        if applies is None or holds is None:
            return Said("undetermined", measured)
        return Said("met" if holds else missed, measured)

    def share_of(self, told: list[bool | None]) -> Any:
        return None if None in told else share(told.count(True), len(told))


def holds(measured: Decimal | None, sign: str, bound: Decimal | None) -> bool | None:
    """Compare; None where a side is unknown."""
    if measured is None or bound is None:
        return None
    signs: dict[str, Callable[[Decimal, Decimal], bool]] = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        "==": lambda a, b: a == b,
    }
    return signs[sign](measured, bound)


def both(*told: bool | None) -> bool | None:
    """Return whether all hold: one that does not settles it, whatever is unknown."""
    return False if False in told else None if None in told else True


def either(*told: bool | None) -> bool | None:
    """Return whether one holds: one that does settles it."""
    return True if True in told else None if None in told else False


def opposite(told: bool | None) -> bool | None:
    """Return the opposite, if anything is known."""
    return None if told is None else not told


def of_community(oracle: Oracle, code: str) -> dict[str, Said]:
    """Judge one community."""
    o, one = oracle, Decimal(1)
    urban, households = o.is_urban(code), o.households(code)
    committee, old = o.members(code, "社区居民委员会"), o.is_one_of(code, "老城区")
    converted, funded = o.is_one_of(code, "村改居"), both(o.is_urban(code), o.is_in_the_city(code))
    by_households = None
    if households is not None:
        by_households = max(Decimal(5), (households / 300).to_integral_value(ROUND_CEILING))
    size = [(">=", Decimal(2400)), ("<=", Decimal(3600))]
    wage = o.wage_of_last_year(code)
    paid = [
        holds(o.allowance(post), ">=", wage) for post in o.posts(code, "社区居民委员会") if post["是否选举产生"] == "是"
    ]
    staff = [post["是否纳入社会工作者队伍"] == "是" for post in o.posts(code, "社区服务站")]
    roster = o.is_stated(code, "花名册")
    plaques, audiences = o.names(code, "plaques"), o.names(code, "course_audiences")
    town, farm = o.number(code, "nonfarm_population"), o.number(code, "farm_population")
    return {
        "party_posts_filled": o.say(urban, o.members(code, "社区党组织"), [(">=", o.seats(code, "社区党组织"))]),
        "committee_floor": o.say(urban, committee, [(">=", Decimal(5))]),
        "committee_by_households": o.say(urban, committee, [(">=", by_households)], "attention"),
        "rooms_of_new_estates": o.say(o.is_one_of(code, "新建小区", "旧城改造"), o.rooms(code), [(">=", Decimal(400))]),
        "rooms_in_the_old_city": o.say(old, o.rooms(code), [(">=", Decimal(150))], "attention", due=DUE_OF_OLD_ROOMS),
        "three_plaques": o.condition(urban, None if plaques is None else plaques == PLAQUES, "attention"),
        "work_funds": o.say(
            funded,
            o.funds(code, "工作经费"),
            [(">=", None if households is None else households * 10)],
            "attention",
            due=o.due(),
        ),
        "work_funds_split": o.halves(funded, o.funds(code, "工作经费", "市级"), o.funds(code, "工作经费", "区级")),
        "allowance_by_wage": o.say(urban, o.share_of(paid) if roster else None, [(">=", one)], due=o.due()),
        "pension_insurance": o.say(urban, share(o.number(code, "insured_pension"), committee), [(">=", one)]),
        "medical_insurance": o.say(urban, share(o.number(code, "insured_medical"), committee), [(">=", one)]),
        "size_of_communities": o.say(urban, households, size, "attention"),
        "conversion_conditions": o.condition(
            converted,
            either(
                both(o.yes(code, "in_planned_area"), holds(town, ">", farm)), opposite(o.yes(code, "lives_off_land"))
            ),
        ),
        "size_after_conversion": o.say(converted, households, size, "attention"),
        "units_open_their_facilities": o.say(
            urban, share(o.number(code, "units_opened"), o.number(code, "units_with_facilities")), [(">=", one)]
        ),
        "service_station": o.say(urban, o.count_of_points(code, "社区服务站"), [(">=", one)]),
        "station_staff_in_series": o.say(urban, o.share_of(list(staff)) if roster else None, [(">=", one)]),
        "help_to_work": o.say(
            urban,
            share(o.number(code, "jobseekers_helped"), o.number(code, "hard_to_employ")),
            [(">=", one)],
            due=o.due(),
        ),
        "courses_for_every_group": o.condition(urban, None if audiences is None else audiences >= AUDIENCES),
        "community_police": o.say(urban, o.number(code, "police_officers"), [(">=", one)]),
    }


def of_street(oracle: Oracle, code: str) -> dict[str, Said]:
    """Judge one street."""
    centres = oracle.count_of_points(code, "社区服务中心")
    return {
        "street_centre": oracle.say(True, centres, [(">=", Decimal(1))]),
        "area_of_street_centre": oracle.say(
            holds(centres, ">=", Decimal(1)), oracle.centre_area(code), [(">=", Decimal(1000))], "attention"
        ),
    }


def of_district(oracle: Oracle, code: str) -> dict[str, Said]:
    """Judge one district."""
    o, one = oracle, Decimal(1)
    below = o.communities(code[:6])
    once = [holds(o.number(community, "unified_evaluations"), "==", one) for community in below]
    counted = [o.households(community) for community in below]
    in_all = None if None in counted else sum((one for one in counted if one is not None), Decimal(0))
    centres = o.count_of_points(code, "社区服务中心")
    doctors, general = o.number(code, "health_doctors"), o.number(code, "general_practitioners")
    items, free = o.number(code, "family_planning_items"), o.number(code, "family_planning_free")
    entitled, covered = o.number(code, "dibao_eligible"), o.number(code, "dibao_covered")
    return {
        "one_evaluation_a_year": o.say(True, o.share_of(once), [("==", one)], due=o.due()),
        "district_training": o.say(True, o.number(code, "district_trainings"), [(">=", one)], due=o.due()),
        "allowance_split": o.halves(
            o.is_in_the_city(code), o.funds(code, "生活补贴经费", "市级"), o.funds(code, "生活补贴经费", "区级")
        ),
        "no_gap": o.say(True, share(in_all, o.households(code)), [(">=", one)]),
        "district_centre": o.say(True, centres, [(">=", one)]),
        "area_of_district_centre": o.say(
            holds(centres, ">=", one), o.centre_area(code), [(">=", Decimal(3000))], "attention"
        ),
        "minimum_living_allowance": o.say(True, share(covered, entitled), [(">=", one)]),
        "mainly_general_practitioners": o.say(True, share(general, doctors), [(">", Decimal("0.5"))], "attention"),
        "free_family_planning": o.say(True, share(free, items), [(">=", one)]),
    }


def of_city(oracle: Oracle, code: str) -> dict[str, Said]:
    """Judge the city."""
    o = oracle
    solved: list[bool | None] = []
    for community in o.communities(code[:4]):
        old = o.is_one_of(community, "老城区")
        if old is not False:
            solved.append(None if old is None else holds(o.rooms(community), ">=", Decimal(150)))
    return {
        "city_training": o.say(True, o.number(code, "city_trainings"), [(">=", Decimal(1))], due=o.due()),
        "old_city_solved": o.say(True, o.share_of(solved), [(">=", Decimal(1))], "attention", due=DUE_OF_OLD_ROOMS),
    }
