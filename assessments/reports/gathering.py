"""
What a report is computed from: one run, the run a year before, the places. A fixed handful of queries.

Everything a report counts, it counts from the findings themselves, so that a total can never differ from the lines it
is the total of.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Q

from assessments.compliance.facts import WIDTHS
from assessments.compliance.models import Finding, Run, Snapshot, Verdict
from assessments.compliance.rulebook import Rulebook, rulebook
from communities.ground import periods
from communities.ground.scope import prefix_of
from communities.places.models import Level, PlaceCode

from .asked import Asked, asked_of
from .figures import Tally, day_in_words

LEVELS = ("community", "street", "district", "city")
KINDS = {"city": ("市", "市"), "district": ("区县市旗", "区"), "street": ("镇乡", "")}  # named so; where not
BELOW = {"city": "district", "district": "street", "street": "community"}


@dataclass(frozen=True)
class Spot:
    """A place as a report names it."""

    id: int
    level: str
    code: str
    name: str
    full_name: str
    is_statistical: bool

    @property
    def prefix(self) -> str:
        """The significant digits of its code."""
        return self.code[: WIDTHS.get(self.level, 2)]

    @property
    def kind(self) -> str:
        """What is governed, in one character: 市, 区, 县, 旗, 镇, 乡; empty for a street and below."""
        last = re.sub(r"（[^（）]*）$", "", self.name)[-1:]
        return last if last in KINDS.get(self.level, ("", ""))[0] else KINDS.get(self.level, ("", ""))[1]


@dataclass(frozen=True)
class Found:
    """One finding: which question, where, what came out."""

    asked: Asked
    place: Spot
    verdict: str
    measured: Decimal | None
    required: Decimal | None
    shortfall: Decimal | None
    missing: tuple[str, ...]

    @property
    def is_missed(self) -> bool:
        """Whether the requirement is not reached."""
        return self.verdict in (Verdict.NOT_MET, Verdict.ATTENTION)

    @property
    def is_above(self) -> bool:
        """Whether too much was measured rather than too little."""
        return self.measured is not None and self.required is not None and self.measured > self.required


@dataclass(frozen=True)
class Gathered:
    """The findings of one run about one place and all below it."""

    run: Run
    book: Rulebook
    place: Spot
    above: tuple[Spot, ...]
    spots: dict[int, Spot]
    asked: tuple[Asked, ...]
    findings: tuple[Found, ...]
    before: dict[tuple[str, str], Tally] | None
    before_day: date | None
    not_alike: Run | None = None

    @cached_property
    def by_asked(self) -> dict[int, list[Found]]:
        """The findings of each question, by its number, in the order of the codes."""
        found: dict[int, list[Found]] = {one.number: [] for one in self.asked}
        for finding in self.findings:
            found[finding.asked.number].append(finding)
        return found

    @cached_property
    def findings_in_order(self) -> list[Found]:
        """All findings in the order of the indicators' numbers."""
        return sorted(self.findings, key=lambda found: found.asked.number)

    @cached_property
    def children(self) -> list[Spot]:
        """The places one level below, in the order of their codes."""
        return self.of_level(BELOW.get(self.place.level, ""))

    def of_level(self, level: str) -> list[Spot]:
        """The places of a level, in the order of their codes."""
        return [spot for spot in self.spots.values() if spot.level == level]

    def tally(self, findings: Iterable[Found]) -> Tally:
        """Count the verdicts of `findings`."""
        return Tally.of(finding.verdict for finding in findings)

    @cached_property
    def whole(self) -> Tally:
        """The verdicts of everything."""
        return self.tally(self.findings)

    @cached_property
    def whole_before(self) -> Tally | None:
        """The verdicts of everything a year before; None where no run of that day is published."""
        if self.before is None:
            return None
        total = Tally()
        for tally in self.before.values():
            total = total + tally
        return total

    @property
    def before_note(self) -> str:
        """Why nothing is compared with the year before: it was judged by another version. Empty for no reason."""
        return _not_compared(self.not_alike) if self.not_alike else ""

    @cached_property
    def codes(self) -> dict[str, Spot]:
        """The places by code, those above included."""
        return {spot.code: spot for spot in (*self.above, *self.spots.values())}

    def holder(self, spot: Spot, level: str) -> Spot | None:
        """Return the place of `level` that `spot` stands in (or is)."""
        return self.codes.get(spot.code[: WIDTHS[level]].ljust(12, "0"))


def gather(run: Run, code: str) -> Gathered:
    """Read what `run` found about the place that bears `code` on its day, and below it (six queries)."""
    spots, above = _places(code, run.as_of)
    place = next(spot for spot in spots.values() if spot.code == code)
    book = rulebook(run.version)
    asked = asked_of(book, run.as_of, _levels_from(place.level))
    last = run_before(run, code)
    before = last if last and _are_alike(last, run) else None
    return Gathered(
        run=run,
        book=book,
        place=place,
        above=above,
        spots=spots,
        asked=asked,
        findings=tuple(_findings(run, spots, asked)),
        before=_counts(before, code, asked_of(book, before.as_of, _levels_from(place.level))) if before else None,
        before_day=before.as_of if before else None,
        not_alike=None if before else last,
    )


def _are_alike(one: Run, other: Run) -> bool:
    """Say whether two runs judged by the same version of the plan: only then may they be compared."""
    return bool(one.version_id == other.version_id)


def _not_compared(run: Run) -> str:
    return f"{day_in_words(run.as_of)}的评估依据第{run.version.number}版，不作比较。"


def _levels_from(level: str) -> tuple[str, ...]:
    return LEVELS[: LEVELS.index(level) + 1]


def _places(code: str, day: date) -> tuple[dict[int, Spot], tuple[Spot, ...]]:
    """Return the judged places at and below `code` by id, in the order of codes, and those above it."""
    higher = [code[:width].ljust(12, "0") for width in WIDTHS.values() if width < len(prefix_of(code))]
    rows = (
        PlaceCode.objects.filter(Q(code__startswith=prefix_of(code)) | Q(code__in=higher), during__contains=day)
        .filter(place__exists__contains=day)
        .exclude(place__level=Level.PROVINCE)
        .filter(~Q(place__level=Level.COMMUNITY) | Q(place__community__committee="residents"))
        .order_by("code")
        .values_list("place_id", "place__level", "code", "place__short_name", "place__name", "place__is_statistical")
    )
    spots = [Spot(*row) for row in rows]
    own = {spot.id: spot for spot in spots if spot.code not in higher}
    return own, tuple(spot for spot in spots if spot.code in higher)


def _findings(run: Run, spots: dict[int, Spot], asked: tuple[Asked, ...]) -> Iterator[Found]:
    """Yield the findings about the places, by code; those about a milestone that a later one replaced are not asked."""
    by_key = {(one.rule_id, one.milestone): one for one in asked}
    wanted = Finding.objects.filter(run=run, rule__in={one.rule_id for one in asked})
    if len(spots) < 2000:
        wanted = wanted.filter(place__in=list(spots))
    rows = wanted.values_list(
        "rule_id", "milestone", "place_id", "verdict", "measured", "required", "shortfall", "missing"
    )
    order = {key: number for number, key in enumerate(spots)}
    for row in sorted((row for row in rows if row[2] in order), key=lambda row: order[row[2]]):
        rule, milestone, place, verdict, measured, required, shortfall, missing = row
        question = by_key.get((rule, milestone))
        if question is not None:
            told = tuple(missing or ())
            yield Found(question, spots[place], verdict, measured, required, shortfall, told)


def published_over(plan: int, code: str) -> Iterable[Run]:
    """Return the published runs of a plan that judged the place of `code`, the latest first."""
    prefix = prefix_of(code)
    above = [prefix[:width] for width in (2, *WIDTHS.values()) if width <= len(prefix)]
    runs = Run.objects.published().filter(version__plan=plan, prefix__in=above)
    return runs.select_related("version__plan").order_by("-pk")


def run_before(run: Run, code: str) -> Run | None:
    """
    Return the latest published run of the plan over the place as at the same day a year before.

    A run by what was known at a moment has none: it is not compared with what was known since.
    """
    if run.known_at is not None:
        return None
    day = periods.a_year_before(run.as_of)
    runs: list[Run] = list(published_over(run.version.plan_id, code).filter(as_of=day)[:1])  # type: ignore[attr-defined]
    return runs[0] if runs else None


def _counts(run: Run, code: str, asked: Iterable[Asked]) -> dict[tuple[str, str], Tally]:
    """Return the verdicts on what was asked at the place and below it, by scope, counted by the database."""
    scopes = {(one.rule_id, one.milestone): one.scope for one in asked}
    rows = (
        Finding.objects.filter(run=run)
        .within(prefix_of(code), run.as_of)
        .values_list("rule_id", "milestone", "verdict")
        .annotate(n=Count("verdict"))
    )
    counts: dict[tuple[str, str], Tally] = {}
    for rule, milestone, verdict, n in rows:
        if scope := scopes.get((rule, milestone)):
            counts[scope] = counts.get(scope, Tally()) + Tally(**{verdict: n})
    return counts


def left_out(gathered: Gathered) -> str:
    """Say which day before the report's was judged by another version of the plan, the last one; empty for none."""
    runs = published_over(gathered.run.version.plan_id, gathered.place.code)
    last = {run.as_of: run for run in sorted(runs, key=lambda run: run.pk) if run.as_of < gathered.run.as_of}
    others = [run for _day, run in sorted(last.items()) if not _are_alike(run, gathered.run)]
    return _not_compared(others[-1]) if others else ""


def snapshot(gathered: Gathered) -> dict[str, object]:
    """Return the facts of the place as the run saw them on its day (one query)."""
    row = Snapshot.objects.filter(
        run=gathered.run, level=gathered.place.level, subject_id=gathered.place.id, day=gathered.run.as_of
    ).values_list("facts", flat=True)
    return dict(row[0]) if row else {}
