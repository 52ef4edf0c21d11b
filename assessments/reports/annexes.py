"""The annexes: who stands where on every indicator, who misses what, and how each indicator is computed."""

from collections.abc import Iterable, Sequence

from communities.ground import units

from . import figures
from .asked import SIGNS, Asked
from .contents import Cell, Column, Definition, HeatRow, HeatTable, ListRow, ListTable
from .figures import Tally
from .gaps import MOST_ROWS
from .gathering import Found, Gathered, Spot
from .problems import Missed
from .wordings import PaperWriter, paper_writer

MOST_COLUMNS = 22  # more do not stand beside each other on a sheet turned
STEPS = ((100, ""), (90, "h1"), (80, "h2"), (60, "h3"), (0, "h4"))
LISTED = {"city": 10, "district": 20, "street": MOST_ROWS}  # places named for each indicator in the list of misses
PARTS = {"city": "区县", "district": "街道", "street": "社区"}


def heats(gathered: Gathered) -> tuple[HeatTable, ...]:
    """Return the tables of indicators across and places down that fit the level; none where nothing can be missed."""
    level = gathered.place.level
    about = _of_communities(gathered)
    if not about:
        return ()
    if level == "street":
        return (_signs(gathered, "附表1", "分社区判定结果"),)
    first = _rates(gathered, about, gathered.children, "附表1", f"分{PARTS[level]}社区指标完成率")
    own = _own_targets(gathered)
    tables = [first]
    if own and level == "city":
        tables.append(_rates(gathered, own, gathered.children, "附表2", "分区县服务和工作指标完成率"))
    if level == "city":
        tables.append(_by_street(gathered, about, f"附表{len(tables) + 1}"))
    else:
        tables.append(_signs(gathered, f"附表{len(tables) + 1}", "分社区判定结果"))
    return tuple(tables)


def _of_communities(gathered: Gathered) -> list[Asked]:
    """What is asked of communities and can be met or missed; what is only reported has no rate."""
    asked = [one for one in gathered.asked if one.subject == "community" and one.question.test is not None]
    return asked[:MOST_COLUMNS]


def _own_targets(gathered: Gathered) -> list[Asked]:
    return [one for one in gathered.asked if one.subject in ("street", "district")][:MOST_COLUMNS]


def _columns(asked: Iterable[Asked]) -> tuple[Column, ...]:
    return tuple(Column(one.number, one.label) for one in asked)


def _rates(gathered: Gathered, asked: list[Asked], places: list[Spot], name: str, title: str) -> HeatTable:
    """Rates of the places below each part, and of all together."""
    grid = _Grid(gathered, asked)
    rows = [grid.row(spot.name, [spot.prefix]) for spot in places if grid.has_places(spot)]
    total = grid.row("合计", [gathered.place.prefix], kind="total")
    counted = "社区" if asked and asked[0].subject == "community" else ""
    part = PARTS[gathered.place.level]
    return HeatTable(name, title, part, _columns(asked), (*rows, total), counted=counted)


def _by_street(gathered: Gathered, asked: list[Asked], name: str) -> HeatTable:
    """Rates of every street, district by district, each with its sum."""
    grid = _Grid(gathered, asked)
    rows: list[HeatRow] = []
    for district in gathered.children:
        rows.append(HeatRow(district.name, "group"))
        streets = [spot for spot in gathered.of_level("street") if spot.code.startswith(district.prefix)]
        rows += [grid.row(spot.name, [spot.prefix]) for spot in streets if grid.has_places(spot)]
        rows.append(grid.row("小计", [district.prefix], kind="total"))
    return HeatTable(name, "分街道社区指标完成率", "街道", _columns(asked), tuple(rows[:MOST_ROWS]), counted="社区")


class _Grid:
    """The verdicts of some questions, counted below code prefixes."""

    def __init__(self, gathered: Gathered, asked: list[Asked]) -> None:
        self._asked = asked
        self._verdicts: dict[tuple[int, str], list[str]] = {}
        self._places: dict[str, int] = {}
        self._add(gathered)

    def _add(self, gathered: Gathered) -> None:
        for spot in gathered.of_level("community"):
            for width in (4, 6, 9):
                self._places[spot.code[:width]] = self._places.get(spot.code[:width], 0) + 1
        wanted = {one.number for one in self._asked}
        for finding in gathered.findings:
            if finding.asked.number in wanted:
                for width in (4, 6, 9):
                    key = finding.asked.number, finding.place.code[:width]
                    self._verdicts.setdefault(key, []).append(finding.verdict)

    def has_places(self, spot: Spot) -> bool:
        """Say whether any community of residents stands there: a street of villages alone has no rates."""
        return spot.prefix in self._places

    def row(self, name: str, prefixes: Sequence[str], kind: str = "place") -> HeatRow:
        """Return one line: a cell for every question and how many could not be judged."""
        tallies = [self._tally(one.number, prefixes) for one in self._asked]
        open_ones = sum(tally.undetermined for tally in tallies)
        places = sum(self._places.get(prefix, 0) for prefix in prefixes)
        return HeatRow(name, kind, str(places), tuple(_rate_cell(tally) for tally in tallies), str(open_ones))

    def _tally(self, number: int, prefixes: Sequence[str]) -> Tally:
        return Tally.of(verdict for prefix in prefixes for verdict in self._verdicts.get((number, prefix), []))


def _rate_cell(tally: Tally) -> Cell:
    if tally.in_all == 1 and tally.judged:
        return _sign(tally.verdict)
    if tally.judged:
        share = tally.met * 100 / tally.judged
        style = next(style for least, style in STEPS if share >= least)
        return Cell(figures.rate(tally.met, tally.judged), style)
    if tally.undetermined:
        return Cell("缺", "q")
    return Cell(figures.NOTHING, "na")


def _signs(gathered: Gathered, name: str, title: str) -> HeatTable:
    """The verdict of every community on every question, street by street."""
    asked = _of_communities(gathered)
    wanted = {one.number for one in asked}
    told: dict[tuple[int, int], str] = {
        (f.place.id, f.asked.number): f.verdict for f in gathered.findings if f.asked.number in wanted
    }
    rows: list[HeatRow] = []
    street = ""
    for spot in gathered.of_level("community"):
        holder = gathered.holder(spot, "street")
        if gathered.place.level != "street" and holder and holder.code != street:
            rows.append(HeatRow(holder.name, "group"))
            street = holder.code
        rows.append(_signs_row(spot, asked, told))
    return HeatTable(name, title, "社区", _columns(asked), tuple(rows[:MOST_ROWS]), signs=True)


def _signs_row(spot: Spot, asked: list[Asked], told: dict[tuple[int, int], str]) -> HeatRow:
    verdicts = [told.get((spot.id, one.number), "") for one in asked]
    missed = sum(verdict in ("not_met", "attention") for verdict in verdicts)
    open_ones = sum(verdict == "undetermined" for verdict in verdicts)
    return HeatRow(spot.name, "place", str(missed), tuple(_sign(one) for one in verdicts), str(open_ones))


def _sign(verdict: str) -> Cell:
    """What is in order is a plain tick, so that the eye finds what is not."""
    plain = {"met": "√", "not_applicable": figures.NOTHING, "": ""}
    return Cell(plain[verdict], "na" if verdict != "met" else "") if verdict in plain else Cell(verdict=verdict)


def misses(missed: list[Missed], gathered: Gathered, name: str) -> ListTable:
    """Return the list of who misses what, indicator by indicator, the largest shortfalls first."""
    most = LISTED[gathered.place.level]
    rows: list[ListRow] = []
    for one in sorted(missed, key=lambda each: each.asked.number):
        more = ""
        if len(one.found) > most:
            more = f"，列差距最大的{most}个" if one.stand_out(most) else f"，列{most}个"
        rows.append(
            ListRow(group=f"{one.asked.number}. {one.asked.label}（共{len(one.found)}个{one.asked.places}{more}）")
        )
        rows += [_miss(found, gathered) for found in one.worst[:most]]
    title = "未达标和关注清单"
    return ListTable(name, title, tuple(rows[:MOST_ROWS]), max(len(rows) - MOST_ROWS, 0))


def _miss(found: Found, gathered: Gathered) -> ListRow:
    holder = gathered.holder(found.place, "district" if gathered.place.level == "city" else "street")
    where = holder.name if holder and holder.code != found.place.code else figures.NOTHING
    told = (required_of(found, with_unit=True), actual(found), off_by(found) or figures.NOTHING)
    return ListRow(cells=(where, found.place.name, *told), verdict=found.verdict)


def off_by(found: Found) -> str:
    """Return how far off a place is: 差77.1平方米, 超1200户; empty where nothing can be said."""
    if found.shortfall is None:
        return ""
    if found.shortfall == 0:
        return "未超过"
    return f"{'超' if found.is_above else '差'}{figures.difference(found.shortfall, found.asked.unit)}"


def required_of(found: Found, *, with_unit: bool = False) -> str:
    """Return the requirement of one place: its own figure where places differ."""
    asked = found.asked
    bounds = [bound.name for bound in asked.question.bounds]
    if asked.question.rule.split or not bounds:
        return asked.required
    if len(bounds) > 1 or found.required is None:
        return asked.required if with_unit else asked.required.removesuffix(units.label(asked.unit))
    figure = figures.in_table if with_unit else figures.number
    return SIGNS[bounds[0]] + figure(found.required, asked.unit)


def actual(found: Found) -> str:
    """Return what was measured, with as many decimals as show that it misses the requirement."""
    if found.measured is None:
        return figures.NOTHING
    if not found.asked.measures_number:
        return "符合" if found.measured else "不符合"
    return figures.in_table(found.measured, found.asked.unit, found.required)


def definitions(gathered: Gathered) -> tuple[Definition, ...]:
    """Return how each indicator is computed, in words."""
    writer = paper_writer(gathered.book, gathered.run.as_of)
    return tuple(_definition(one, writer) for one in gathered.asked)


def _definition(asked: Asked, writer: PaperWriter) -> Definition:
    question = asked.question
    bounds = [f"{SIGNS[bound.name] or '='} {writer.words(bound.node)}" for bound in question.bounds]
    if question.rule.split:
        bounds = [f"各方比例{asked.required}"]
    applies = "" if question.applies.text == "true" else f"适用：{writer.words(question.applies)}。"
    formula = (
        f"{writer.words(question.measured)}。"
        if not question.rule.holds
        else f"{writer.words(question.measured)}成立。"
    )
    return Definition(
        number=asked.number,
        label=asked.label,
        formula=applies + formula,
        required="，".join(bounds) or "—",
        sources=_sources(asked),
        clause=question.clause,
    )


def _sources(asked: Asked) -> str:
    named: dict[str, None] = {}
    for fact in asked.facts():
        source = asked.book.metric(fact).source
        reported = source.code.startswith("reported:")
        named["填报数据" if reported else str(source.label)] = None
    return "、".join(named) or "—"
