"""The drawings of a report: bars of compliance by part or by indicator. The way to a milestone is drawn by `ahead`."""

from decimal import ROUND_HALF_UP, Decimal

from .charts import Bar, BarChart, bars
from .figures import FEW, Tally
from .gathering import Found, Gathered

WIDTH = 560  # units over 156 mm: letters of about 9 pt
MOST_BARS = 24
PARTS = {"city": "各区县", "district": "各街道"}


def compliance(gathered: Gathered) -> BarChart | None:
    """Return the compliance of each part; of a street, of each indicator. None where nothing was judged."""
    if gathered.place.level == "street":
        return _by_indicator(gathered)
    told: dict[str, list[str]] = {spot.prefix: [] for spot in gathered.children}
    width = {"city": 6, "district": 9}[gathered.place.level]
    for finding in gathered.findings:
        if finding.place.code[:width] in told:
            told[finding.place.code[:width]].append(finding.verdict)
    rows = [Bar(spot.name, _binding(Tally.of(told[spot.prefix]))) for spot in gathered.children]
    of = "约束性指标达标率" if gathered.run.is_binding else "草案要求测算达标率"
    title = f"{PARTS[gathered.place.level]}{of}"
    return _drawn(title, rows[:MOST_BARS])


def _by_indicator(gathered: Gathered) -> BarChart | None:
    asked = [one for one in gathered.asked if one.subject == "community"]
    tallies = [(one, gathered.tally(gathered.by_asked[one.number])) for one in asked]
    rows = [Bar(f"{one.number}. {one.label}", _percent(tally.share)) for one, tally in tallies if tally.judged >= FEW]
    return _drawn("各项社区指标完成率", rows[:MOST_BARS])


def attained(findings: list[Found]) -> BarChart | None:
    """Return how far one community attains each requirement from below; what exceeds it counts as 100."""
    rows = []
    for found in findings:
        bounds = {bound.name for bound in found.asked.question.bounds}
        if bounds - {"at_least"} or found.verdict not in ("met", "not_met", "attention"):
            continue
        if found.measured is None or not found.required:
            continue
        share = max(min(found.measured / found.required, Decimal(1)), Decimal(0))
        rows.append(Bar(f"{found.asked.number}. {found.asked.label}", _percent(share)))
    return _drawn("各项要求达到的程度", rows[:MOST_BARS], required=Decimal(100))


def _drawn(title: str, rows: list[Bar], required: Decimal | None = None) -> BarChart | None:
    if not any(row.value is not None for row in rows):
        return None
    return bars(title=title, unit="%", rows=rows, required=required, width=WIDTH)


def _binding(tally: Tally) -> Decimal | None:
    judged = tally.met + tally.not_met
    return _percent(Decimal(tally.met) / judged) if judged else None


def _percent(share: Decimal | None) -> Decimal | None:
    """Return a share in per cent to one decimal, below 100 as long as anything is missing."""
    if share is None:
        return None
    rounded = (share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return min(rounded, Decimal("99.9")) if share < 1 else rounded
