"""
Figures as they are printed: rates, quantities, differences, days.

A rate of fewer than five is printed as a fraction (1/3). A figure is rounded for the eye, but never so that it would
look like the requirement it misses, nor a rate like 100 when one is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from assessments.compliance import display
from assessments.compliance.models import Verdict
from communities.ground import units
from communities.ground.units import Unit

NOTHING = "—"
FEW = 5
TEN_THOUSAND = Decimal(10_000)
THIN = "\u2009"


@dataclass(frozen=True)
class Tally:
    """How many findings have which verdict."""

    met: int = 0
    not_met: int = 0
    attention: int = 0
    undetermined: int = 0
    not_due: int = 0
    not_applicable: int = 0
    no_rule: int = 0
    reported: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[str]) -> "Tally":
        """Count verdicts."""
        counts: dict[str, int] = {}
        for verdict in verdicts:
            counts[verdict] = counts.get(verdict, 0) + 1
        return cls(**counts)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{str(v): self.count(v) + other.count(v) for v in Verdict.values})

    def count(self, verdict: str) -> int:
        """Return how many have this verdict."""
        return int(getattr(self, str(verdict)))

    @property
    def missed(self) -> int:
        """Places that do not reach the requirement, whatever the force of its wording makes of that."""
        return self.not_met + self.attention

    @property
    def judged(self) -> int:
        """Places that reach the requirement or do not: what a rate is computed of."""
        return self.met + self.missed

    @property
    def in_all(self) -> int:
        """All findings."""
        return sum(self.count(verdict) for verdict in Verdict.values)

    @property
    def share(self) -> Decimal | None:
        """Met of those judged; None where nothing was judged."""
        return Decimal(self.met) / self.judged if self.judged else None

    @property
    def verdict(self) -> str:
        """What the indicator as a whole is called: the gravest that occurs."""
        order = ("not_met", "attention", "undetermined", "met", "not_due", "reported", "no_rule", "not_applicable")
        return next((verdict for verdict in order if self.count(verdict)), "not_applicable")


def rate(met: int, judged: int, *, sign: str = "") -> str:
    """Return a rate in per cent to one decimal, a fraction of fewer than five, a dash of none."""
    if not judged:
        return NOTHING
    if judged < FEW:
        return f"{met}/{judged}"
    share = Decimal(met) / judged * 100
    places = 1
    while met not in (0, judged) and _at(share, places) in (0, 100) and places < 6:
        places += 1
    text = f"{_at(share, places):f}"
    return ("100" if met == judged else text) + sign


def change(now: Decimal | None, before: Decimal | None) -> str:
    """Return the difference of two shares in percentage points with its sign; a dash where one is unknown."""
    if now is None or before is None:
        return NOTHING
    points = _at((now - before) * 100, 1)
    return "0.0" if points == 0 else f"{'+' if points > 0 else '−'}{abs(points)}"


def change_in_words(now: Decimal | None, before: Decimal | None) -> str:
    """Return 比上年提高2.2个百分点, empty where there is nothing to compare with."""
    if now is None or before is None:
        return ""
    points = _at((now - before) * 100, 1)
    if points == 0:
        return "与上年持平"
    return f"比上年{'提高' if points > 0 else '下降'}{abs(points)}个百分点"


def _at(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def number(value: Decimal, unit: Unit | None = None, against: Decimal | None = None, places: int = 2) -> str:
    """Return a figure as tables give it: up to two decimals, groups of three set apart from five digits on."""
    text = display.number(value, unit=unit, against=against, places=places)
    whole = text.replace(",", "").partition(".")[0].lstrip("-")
    return text.replace(",", THIN if len(whole) > 4 else "").replace("-", "−")


def quantity(value: Decimal, unit: Unit | None, against: Decimal | None = None) -> str:
    """Return a figure with its unit as texts give it: 86.4平方米, 66.7%, 41.29万元."""
    named = units.label(unit)
    if display.is_share(unit):
        return f"{number(value, unit, against, places=1)}{named}"
    if unit is not None and unit.powers == (("cny", 1),) and abs(value) >= TEN_THOUSAND:
        return f"{_at(value / TEN_THOUSAND, 2)}万元"
    return f"{number(value, unit, against)}{named}".replace(THIN, "")


def in_table(value: Decimal, unit: Unit | None, against: Decimal | None = None) -> str:
    """Return a figure with its unit as a table gives it beside others: never in 万元, so that lines can be compared."""
    return f"{number(value, unit, against)}{units.label(unit)}"


def difference(value: Decimal, unit: Unit | None) -> str:
    """Return how far off a figure is: shares in 个百分点, all else in its unit."""
    if display.is_share(unit):
        return f"{number(value, unit)}个百分点"
    return quantity(value, unit)


def day_in_words(day: date) -> str:
    """Return a day as papers write it: 2008年12月31日, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def period_in_words(day: date) -> str:
    """Return the year of a run at its end, else the day: 2008年度, 截至2008年6月30日."""
    return f"{day.year}年度" if (day.month, day.day) == (12, 31) else f"截至{day_in_words(day)}"
