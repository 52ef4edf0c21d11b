"""
Charts as data: what is drawn, and where each line and word stands.

`bars()` and `trajectory()` take numbers and give frozen dataclasses with finished coordinates; two SVG templates
(`templates/components/charts/`) only write them down, for the screen and for paper alike. Scales are computed with
Decimal and rounded to a tenth of a unit, so the same numbers always give the same picture. Bars begin at zero.
A missing number is drawn as missing, never as nought. `stack()` gives the parts of a bar of verdicts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")
WIDTH = 400  # of a chart in a column, in its own units; a unit is about a pixel of the office screen
LETTER = 12  # height of a letter in the same units


@dataclass(frozen=True)
class Bar:
    """One bar as it is given: a name, a number (None: missing), the verdict that colours it."""

    label: str
    value: Decimal | None
    verdict: str = ""


@dataclass(frozen=True)
class DrawnBar:
    """One bar in place; `text` is the number beside its end, empty where the number is missing."""

    label: str
    verdict: str
    text: str
    y: Decimal
    height: Decimal
    middle: Decimal
    width: Decimal
    is_missing: bool


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars from zero, each labelled with its number; one dashed line where the requirement stands."""

    title: str
    unit: str
    bars: tuple[DrawnBar, ...]
    left: Decimal
    right: Decimal
    bottom: Decimal
    height: Decimal
    required_x: Decimal | None
    required: str
    width: int

    @property
    def label_x(self) -> Decimal:
        """Where the names end."""
        return self.left - 8

    @property
    def required_label_x(self) -> Decimal | None:
        """Where the words about the requirement stand: over its line, inside the picture."""
        return None if self.required_x is None else min(self.required_x, Decimal(self.width - 50))

    @property
    def placed(self) -> list[tuple[DrawnBar, Decimal]]:
        """Each bar with the place of its number."""
        return [(bar, self.left + bar.width + 6) for bar in self.bars]


def bars(
    *,
    title: str,
    unit: str,
    rows: Sequence[Bar],
    required: Decimal | None = None,
    places: int = 1,
    width: int = WIDTH,
) -> BarChart:
    """
    Lay out horizontal bars in the order given; numbers, also `required`, are in `unit`, shown with `places`.

    The scale ends at the largest number or the requirement. Raises ValueError on a negative number: a bar
    from zero cannot show it.
    """
    known = [row.value for row in rows if row.value is not None]
    if any(value < 0 for value in known):
        raise ValueError("A bar chart begins at zero and cannot show a negative number.")
    top = max([*known, required or Decimal(0), Decimal(0)]) or Decimal(1)
    left = _rounded(max((_extent(row.label) for row in rows), default=Decimal(0)) + 10)
    room = width - left - _widest(known, places) - 8
    pitch, head = Decimal(24), Decimal(18 if required is not None else 4)
    drawn = tuple(
        DrawnBar(
            label=row.label,
            verdict=row.verdict,
            text="" if row.value is None else figure(row.value, places),
            y=head + index * pitch + 4,
            height=Decimal(14),
            middle=head + index * pitch + 15,
            width=_rounded((row.value or Decimal(0)) / top * room),
            is_missing=row.value is None,
        )
        for index, row in enumerate(rows)
    )
    bottom = head + len(rows) * pitch
    return BarChart(
        title=title,
        unit=unit,
        bars=drawn,
        left=left,
        right=left + room,
        bottom=bottom,
        height=bottom + 4,
        required_x=None if required is None else left + _rounded(required / top * room),
        required="" if required is None else _plain(required, places),
        width=width,
    )


LEFT, TOP, BOTTOM, RIGHT_MARGIN = Decimal(34), Decimal(26), Decimal(156), Decimal(44)  # of a trajectory


@dataclass(frozen=True)
class Reached:
    """What was measured on a day; None: not known."""

    day: date
    value: Decimal | None


@dataclass(frozen=True)
class Due:
    """What a plan requires by a day."""

    day: date
    value: Decimal


@dataclass(frozen=True)
class Spot:
    """A point of the drawing with its words; `anchor` says on which side of `text_x` they stand."""

    x: Decimal
    y: Decimal
    text: str
    text_x: Decimal
    text_y: Decimal
    anchor: str = "middle"


@dataclass(frozen=True)
class Mark:
    """A tick of an axis: its place and its word."""

    at: Decimal
    text: str


@dataclass(frozen=True)
class Dot:
    """A dot of a small line."""

    x: Decimal
    y: Decimal


@dataclass(frozen=True)
class Row:
    """One line of the table behind a trajectory."""

    day: date
    reached: str
    due: str


@dataclass(frozen=True)
class Trajectory:
    """
    A line over the years: what was reached, the pace the milestones require (dashed), the road ahead (dotted).

    `actual` is cut where a number is missing: each piece is one polyline.
    """

    title: str
    unit: str
    actual: tuple[str, ...]
    pace: str
    ahead: str
    dots: tuple[Spot, ...]
    milestones: tuple[Spot, ...]
    years: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    table: tuple[Row, ...]
    width: int
    left: Decimal = LEFT
    bottom: Decimal = BOTTOM
    height: int = 180

    @property
    def right(self) -> Decimal:
        """Where the lines of the levels end; beyond it stand only words."""
        return self.width - RIGHT_MARGIN

    @property
    def level_x(self) -> Decimal:
        """Where the words of the levels end."""
        return self.left - 6


SPARK_WIDTH, SPARK_HEIGHT = 108, 36


@dataclass(frozen=True)
class Spark:
    """A line of a word's size: no axes, one dot for each known number; `label` says first and last to readers."""

    points: str
    dots: tuple[Dot, ...]
    label: str
    first: str
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


@dataclass(frozen=True)
class _Scale:
    """From days and numbers to places in the drawing."""

    first: date
    last: date
    largest: Decimal
    width: int

    def x(self, day: date) -> Decimal:
        share = Decimal((day - self.first).days) / max((self.last - self.first).days, 1)
        return _rounded(LEFT + 12 + share * (self.width - RIGHT_MARGIN - LEFT - 12))

    def y(self, value: Decimal) -> Decimal:
        return _rounded(BOTTOM - value / self.largest * (BOTTOM - TOP))

    def point(self, day: date, value: Decimal) -> str:
        return f"{self.x(day)},{self.y(value)}"


def trajectory(
    *,
    title: str,
    unit: str,
    reached: Sequence[Reached],
    due: Sequence[Due] = (),
    expected: Reached | None = None,
    places: int = 1,
    width: int = WIDTH,
) -> Trajectory:
    """
    Lay out a line from `reached` (in order of days) against what is `due`; `expected` is where the pace leads.

    The vertical scale begins at zero and ends at 100 for shares in percent, else at a round number over all
    values. Raises ValueError where nothing is known and nothing is due: there is nothing to draw.
    """
    known = [(spot.day, spot.value) for spot in reached if spot.value is not None]
    marks = [(spot.day, spot.value) for spot in due]
    hoped = [(expected.day, expected.value)] if expected and expected.value is not None else []
    if not known and not marks:
        raise ValueError("A trajectory needs a known number or a requirement.")
    everything = [*known, *marks, *hoped]
    days = [day for day, _value in everything]
    scale = _Scale(min(days), max(days), _ceiling([value for _day, value in everything], unit), width)
    pace = [*known[:1], *[mark for mark in marks if not known or mark[0] > known[0][0]]]
    return Trajectory(
        title=title,
        unit=unit,
        actual=tuple(_line(scale, piece) for piece in _pieces(reached)),
        pace=_line(scale, pace) if len(pace) > 1 else "",
        ahead=_line(scale, [known[-1], *hoped]) if known and hoped else "",
        dots=_dots(scale, known, places),
        milestones=tuple(_milestone(scale, day, _plain(value, places) + _percent(unit), value) for day, value in marks),
        years=_years(scale),
        levels=_levels(scale),
        table=_table(reached, due, places),
        width=width,
    )


def spark(reached: Sequence[Reached], unit: str = "%") -> Spark | None:
    """Lay out a line of a word's size over the days; None with fewer than two known numbers."""
    known = [(spot.day, spot.value) for spot in reached if spot.value is not None]
    if len(known) < 2:
        return None
    low, high = min(value for _day, value in known), max(value for _day, value in known)
    days = (known[-1][0] - known[0][0]).days or 1
    dots = tuple(
        Dot(
            _rounded(4 + Decimal((day - known[0][0]).days) / days * (SPARK_WIDTH - 8)),
            _rounded(SPARK_HEIGHT - 6 - (value - low) / ((high - low) or Decimal(1)) * (SPARK_HEIGHT - 12)),
        )
        for day, value in known
    )
    told = [f"{day.year} {figure(value, 1)}{_percent(unit)}" for day, value in known]
    return Spark(" ".join(f"{dot.x},{dot.y}" for dot in dots), dots, "，".join(told), told[0])


def _line(scale: _Scale, points: Iterable[tuple[date, Decimal]]) -> str:
    return " ".join(scale.point(day, value) for day, value in points)


def _pieces(reached: Sequence[Reached]) -> list[list[tuple[date, Decimal]]]:
    """Cut the line where a number is missing; a single point needs no line."""
    pieces: list[list[tuple[date, Decimal]]] = [[]]
    for spot in reached:
        if spot.value is None:
            pieces.append([])
        else:
            pieces[-1].append((spot.day, spot.value))
    return [piece for piece in pieces if len(piece) > 1]


def _dots(scale: _Scale, known: Sequence[tuple[date, Decimal]], places: int) -> tuple[Spot, ...]:
    """Each known number as a dot; words under it, so that the line above stays free; the last one is bold."""
    return tuple(
        Spot(x, y, figure(value, places), x + 4, min(y + 16, BOTTOM - 4), "start")
        for day, value in known
        for x, y in [(scale.x(day), scale.y(value))]
    )


def _milestone(scale: _Scale, day: date, text: str, value: Decimal) -> Spot:
    """The marker of a requirement, its words above it, kept inside the drawing."""
    x, y = scale.x(day), scale.y(value)
    near_end = x > scale.width - 130
    return Spot(x, y, text, x + (6 if near_end else 9), y - 9, "end" if near_end else "start")


def _years(scale: _Scale) -> tuple[Mark, ...]:
    """The ends of the years in the picture; at most eight are named."""
    ends = [date(year, 12, 31) for year in range(scale.first.year, scale.last.year + 1)]
    shown = [end for end in ends if scale.first <= end <= scale.last] or [scale.last]
    step = -(-len(shown) // 8)
    return tuple(Mark(scale.x(end), str(end.year)) for end in shown[::-1][::step][::-1])


def _levels(scale: _Scale) -> tuple[Mark, ...]:
    return tuple(
        Mark(scale.y(level), figure(level, 0 if level == level.to_integral() else 1))
        for level in (Decimal(0), scale.largest / 2, scale.largest)
    )


def _table(reached: Sequence[Reached], due: Sequence[Due], places: int) -> tuple[Row, ...]:
    was = {spot.day: figure(spot.value, places) for spot in reached if spot.value is not None}
    must = {spot.day: figure(spot.value, places) for spot in due}
    return tuple(
        Row(day, was.get(day, ""), must.get(day, "")) for day in sorted({spot.day for spot in reached} | must.keys())
    )


@dataclass(frozen=True)
class Part:
    """One part of a bar of verdicts: where it begins and how wide it is, in thousandths of the bar."""

    verdict: str
    count: int
    x: Decimal
    width: Decimal


# The order in which verdicts stand in a bar and in a row of counts: settled, open, outside.
VERDICTS = (
    "met",
    "not_met",
    "attention",
    "undetermined",
    "not_due",
    "not_applicable",
    "no_rule",
    "reported",
)


def stack(counts: Mapping[str, int]) -> tuple[Part, ...]:
    """
    Lay out counts of verdicts side by side, 1000 units together; what does not occur has no part.

    A part is at least 12 units wide, so that one case in ten thousand is still seen.
    """
    present = [(verdict, counts[verdict]) for verdict in VERDICTS if counts.get(verdict, 0) > 0]
    total = sum(count for _verdict, count in present)
    wide = [max(Decimal(12), Decimal(1000) * count / total) for _verdict, count in present]
    scale = Decimal(1000) / sum(wide) if wide else Decimal(1)
    parts, at = [], Decimal(0)
    for (verdict, count), width in zip(present, wide, strict=True):
        parts.append(Part(verdict, count, _rounded(at), max(_rounded(width * scale) - 2, TENTH)))
        at += width * scale
    return tuple(parts)


def figure(value: Decimal, places: int) -> str:
    """Return the number as it is written beside a bar: rounded half away from zero, thousands apart."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def _plain(value: Decimal, places: int) -> str:
    """Return a required figure as the plan writes it: 150, not 150.0."""
    text = figure(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(unit: str) -> str:
    return " %" if unit == "%" else ""


def _ceiling(values: Sequence[Decimal], unit: str) -> Decimal:
    """Return a round number over all values: 100 for percents, else 1, 2 or 5 times a power of ten."""
    largest = max(max(values), Decimal(0))
    if unit == "%" and largest <= 100:
        return Decimal(100)
    if largest == 0:
        return Decimal(1)
    power = Decimal(10) ** (largest.adjusted())
    step = (largest / power).to_integral_value(ROUND_CEILING)
    return next(Decimal(nice) for nice in (1, 2, 4, 5, 6, 8, 10) if step <= nice) * power


def _extent(text: str) -> Decimal:
    """Return about how wide a text is: a Chinese character fills its square, a Latin one a little over half."""
    return sum((Decimal(LETTER) if ord(letter) > 0x2E7F else Decimal(LETTER) * 6 / 10 for letter in text), Decimal(0))


def _widest(values: Sequence[Decimal], places: int) -> Decimal:
    return max((_extent(figure(value, places)) for value in values), default=Decimal(0)) + 30


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(TENTH, ROUND_HALF_UP)
