"""Missing facts: which, at which places, how many verdicts hang on them, whose office supplies them."""

from dataclasses import dataclass

from .asked import Asked, name_of, supplier
from .contents import Gap, ListRow, ListTable
from .gathering import BELOW, Found, Gathered, Spot

MOST_ROWS = 500  # in one section of a report; more are heavy to lay out and nobody reads them on paper
NAMED = 4
LISTED = 6  # places named in one line of the list


@dataclass(frozen=True)
class Missing:
    """One fact that is missing at one place, and the numbers of the indicators that hang on it."""

    fact: str
    supplier: str
    place: Spot
    indicators: tuple[int, ...]


def missing_in(gathered: Gathered) -> list[Missing]:
    """Return every missing fact once for each place, in the order of the codes."""
    told: dict[tuple[int, str], tuple[str, str, Spot, list[int]]] = {}
    named: dict[tuple[int, str], tuple[str, str]] = {}
    for finding in gathered.findings:
        for text in finding.missing:
            fact, office = _named(named, finding, text)
            entry = told.setdefault((finding.place.id, fact), (fact, office, finding.place, []))
            entry[3].append(finding.asked.number)
    return [Missing(fact, office, place, tuple(numbers)) for fact, office, place, numbers in told.values()]


def _named(known: dict[tuple[int, str], tuple[str, str]], finding: Found, text: str) -> tuple[str, str]:
    key = (finding.asked.number, text)
    if key not in known:
        known[key] = _name(finding.asked, text)
    return known[key]


def _name(asked: Asked, text: str) -> tuple[str, str]:
    leaf = asked.leaf(text)
    return (name_of(asked, leaf), supplier(asked, leaf)) if leaf is not None else (text, "街道办事处")


def by_fact(missing: list[Missing], gathered: Gathered) -> tuple[Gap, ...]:
    """Return one line for each fact: at how many places it is missing, and where."""
    facts: dict[str, list[Missing]] = {}
    for one in missing:
        facts.setdefault(one.fact, []).append(one)
    ranked = sorted(facts.items(), key=lambda item: (-len(item[1]), item[1][0].indicators))
    return tuple(
        Gap(number, fact, len(own), sum(len(one.indicators) for one in own), _where(own, gathered), own[0].supplier)
        for number, (fact, own) in enumerate(ranked, start=1)
    )


def _where(own: list[Missing], gathered: Gathered) -> str:
    """Name the places where they are few; else say how many lie in each part."""
    level = BELOW.get(gathered.place.level, "")
    if len(own) <= NAMED:
        return "、".join(one.place.name for one in own)
    numbers: dict[str, int] = {}
    for one in own:
        holder = gathered.holder(one.place, level) if level and level != one.place.level else None
        name = holder.name if holder else one.place.name
        numbers[name] = numbers.get(name, 0) + 1
    if len(numbers) == len(own):
        return "、".join(list(numbers)[:NAMED]) + f"等{len(own)}个"
    largest = sorted(numbers.items(), key=lambda item: -item[1])[:NAMED]
    more = f"等{len(numbers)}个" if len(numbers) > NAMED else ""
    return "、".join(f"{name}{count}个" for name, count in largest) + more


def listed(missing: list[Missing], gathered: Gathered, name: str) -> ListTable:
    """Return the annex: which fact is missing at which places, street by street; for a city district by district."""
    of_city = gathered.place.level == "city"
    lines: dict[tuple[str, str], list[Missing]] = {}
    for one in missing:
        lines.setdefault((one.place.code[: 6 if of_city else 9], one.fact), []).append(one)
    rows: list[ListRow] = []
    part = ""
    for (prefix, _fact), own in sorted(lines.items(), key=lambda item: item[0][0]):
        holder = gathered.codes.get(prefix.ljust(12, "0"))
        named = holder.name if holder else gathered.place.name
        if of_city and prefix != part:
            rows.append(ListRow(group=named))
        part = prefix
        rows.append(_row(own, f"{len(own)}个" if of_city else named))
    first = "单位数" if of_city else "街道"
    return ListTable(name, "数据缺失清单", tuple(rows[:MOST_ROWS]), max(len(rows) - MOST_ROWS, 0), first)


def _row(own: list[Missing], first: str) -> ListRow:
    names = [one.place.name for one in own]
    more = f"等{len(names)}个" if len(names) > LISTED else ""
    findings = sum(len(one.indicators) for one in own)
    return ListRow(cells=(first, "、".join(names[:LISTED]) + more, own[0].fact, str(findings), own[0].supplier))
