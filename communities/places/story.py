"""
Stories: what the example data of one area tells, written down as data in `data/examples/<story>.yaml`.

A story says in which years, for how many places and in which order things come about: 31 per cent of the committees
have rooms before the first year, 66 by the end of the second, all by the third. The generators of the apps
(`example.py` of each) turn their section of it into rows, from one seed. Shares are exact at each year's end; who is
early and who is late is drawn so that some districts, and within them some places, lag behind in everything.
`data/examples/README.md` explains every key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from ruamel.yaml import YAML

from communities.ground import periods
from communities.ground.registers import Register
from communities.ground.scope import prefix_of

from .models import Kind, Level

GENERATOR = "示例数据生成器"
FOLDER = Path(settings.BASE_DIR) / "data" / "examples"
KEYS = frozenset(
    {
        *("code", "area", "years", "seed", "plan", "urban", "classified_until", "places", "county_seats", "dispersed"),
        *("estates", "households", "persons", "uncounted", "statements", "lapses", "under_review"),
        *("organizations", "funding", "facilities", "service_points", "reported", "printed", "judged"),
    }
)
JINAN = "jinan"  # the shape of a section that the app's own code describes: an old city that works off a deadline

ALL_REGISTERS = frozenset(Register.values)
AREA = "area"
CLASSIFIED = ("kind", "zone", "estate", "county_seat", "dispersed")  # what a classification says of a place

Entry = Mapping[str, Any]
Ramp = Mapping[int, Decimal]


class UnknownStoryError(LookupError):
    """There is no story of this name, or it says something no generator understands."""


@dataclass(frozen=True)
class ExamplePlace:
    """
    A place as the generators see it.

    `households` holds the count at the end of each year, None where nobody counted; above the community it is the
    sum of what is known below, and for some districts more. `persons` holds residents where the story counts them.
    `stated` are the registers complete from the first year; of the others `caught_up` says which are from a later day.
    """

    pk: int
    code: str
    name: str
    level: str
    kind: str | None = None
    zone: str | None = None
    estate: str | None = None
    county_seat: bool | None = None
    dispersed: bool | None = None
    households: Mapping[int, int | None] | None = None
    persons: Mapping[int, int] | None = None
    stated: frozenset[str] = ALL_REGISTERS
    caught_up: Mapping[str, date] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The significant digits of the code: what everything below begins with."""
        return prefix_of(self.code)

    @property
    def district(self) -> str:
        """The six digits of its district."""
        return self.code[:6]

    def counted(self, year: int) -> int | None:
        """Return the households at the end of `year`, None where nobody counted."""
        return (self.households or {}).get(year)


def is_urban_community(place: ExamplePlace) -> bool:
    """Say whether the place is a community of residents, for whom the registers are made."""
    return place.level == Level.COMMUNITY and place.kind == Kind.URBAN


@dataclass(frozen=True)
class Review:
    """Something about a place that an office looks at anew: from `first` to `last` nobody can tell `what` it is."""

    what: str
    first: date
    last: date

    def is_within(self, period: Any) -> bool:
        """Whether the period begins before the review and goes on after it."""
        begins, ends = periods.first(period), periods.last(period)
        return (begins is None or begins < self.first) and (ends is None or ends > self.last)


def pieces(period: Any, reviews: Sequence[Review]) -> Iterator[tuple[Any, frozenset[str]]]:
    """Cut a period where a review begins and ends; yield every piece in order with what nobody can tell in it."""
    first, last = periods.first(period), periods.last(period)
    cuts = {day for one in reviews for day in (one.first, one.last + periods.ONE_DAY)}
    inside = sorted(day for day in cuts if (first is None or day > first) and (last is None or day <= last))
    for begins, following in zip([first, *inside], [*inside, None], strict=True):
        unknown = frozenset(one.what for one in reviews if begins and one.first <= begins <= one.last)
        yield periods.of(begins, following - periods.ONE_DAY if following else last), unknown


@dataclass(frozen=True)
class Story:
    """One story: its area, years and seed, and the sections the apps read."""

    code: str
    area: str
    years: range
    seed: int
    plan: str
    urban: frozenset[str]
    printed_as_of: date
    printed: Mapping[str, int]
    judged: Sequence[int]
    said: Entry = field(default_factory=dict)

    @property
    def source(self) -> str:
        """What the rows of the story name as their source."""
        return f"{GENERATOR}（{self.code}）"

    def section(self, name: str) -> Any:
        """Return what the story says under `name`, None where it says nothing."""
        return self.said.get(name)

    def entries(self, name: str) -> Sequence[Entry]:
        """Return the entries of a section that is a list; none where it is left out or has a shape of its own."""
        section = self.section(name)
        return section if isinstance(section, list) else []

    def by_promptness(self, places: Iterable[ExamplePlace], about: str) -> list[ExamplePlace]:
        """Return the places, the early ones first: by the luck of the district, of the place, and for this matter."""
        return sorted(places, key=lambda place: (self._delay(place, about), place.code))

    def _delay(self, place: ExamplePlace, about: str) -> float:
        lucks = ((3, place.district), (4, place.code), (3, f"{about} {place.code}"))
        return sum(weight * self.rng(key).random() for weight, key in lucks)

    def rng(self, about: str) -> Random:
        """Return a source of chance for one matter, the same on every machine."""
        return Random(f"{self.seed} {about}")  # noqa: S311  made-up data

    def asked(self, entry: Entry, places: Sequence[ExamplePlace]) -> list[ExamplePlace]:
        """Return the places an entry is about: of its level, urban communities unless it says otherwise."""
        where = {"kind": Kind.URBAN, **entry.get("where", {})} if entry["at"] == Level.COMMUNITY else entry.get("where")
        return [
            place
            for place in places
            if place.level == entry["at"]
            and all(getattr(place, name) == value for name, value in (where or {}).items())
        ]

    def reviews(self, what: Iterable[str]) -> Iterator[tuple[Entry, Review]]:
        """Yield the entries about what is under review for a time, if that is one of `what`."""
        for entry in self.entries("under_review"):
            if entry["what"] in what:
                yield entry, Review(entry["what"], entry["from"], entry["until"])

    def drawn(self, entry: Entry, places: Sequence[ExamplePlace], about: str) -> list[ExamplePlace]:
        """Return a share of the places an entry asks, drawn without regard to who is early and who is late."""
        asked = self.asked(entry, places)
        number = share_of(Decimal(str(entry["share"])), len(asked))
        return self.rng(about).sample(asked, number)

    def reached(
        self,
        ramp: Ramp,
        places: Sequence[ExamplePlace],
        about: str,
        ahead: Sequence[int] = (),
        never: Sequence[int] = (),
    ) -> dict[int, int]:
        """
        Return by place the year by whose end it has what the ramp is about; a year before the first means from before.

        Places that never have it are left out. The keys in `ahead` have it from before and count, those in `never`
        do not.
        """
        order = self.by_promptness((place for place in places if place.pk not in {*ahead, *never}), about)
        keys = [*ahead, *(place.pk for place in order), *never]
        years: dict[int, int] = {}
        for year in sorted(ramp):
            for key in keys[len(years) : share_of(ramp[year], len(keys))]:
                years[key] = self.years.start - 1 if key in ahead else year
        return years


def share_of(share: Decimal, whole: int) -> int:
    """Return the share of `whole` as a number of places, half up."""
    return int((share * whole).quantize(Decimal(1), ROUND_HALF_UP))


def ramp(said: Any) -> Ramp:
    """Read shares by year; one share alone holds from before."""
    if not isinstance(said, Mapping):
        return {0: Decimal(str(said))}
    return {int(year): Decimal(str(share)) for year, share in said.items()}


def held(said: Ramp, year: int) -> Decimal:
    """Return the share that holds at the end of `year`: that of the last year said; none before the first."""
    return max(((one, share) for one, share in said.items() if one <= year), default=(0, Decimal(0)))[1]


def day_in(rng: Random, year: int) -> date:
    """Return a day of `year`, from March to the middle of December, when offices get things done."""
    return date.fromordinal(rng.randint(date(year, 3, 1).toordinal(), date(year, 12, 15).toordinal()))


def day_before(rng: Random, years: range) -> date:
    """Return a day in the six years before the first year."""
    return date.fromordinal(date(years.start, 1, 1).toordinal() - rng.randint(1, 6 * 365))


def names() -> list[str]:
    """Return the stories there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(code: str) -> Story:
    """Return the story of that name; raise UnknownStoryError where there is none or it says what nobody reads."""
    if code not in names():
        raise UnknownStoryError(
            _("There is no story “{code}”. Known: {known}.").format(code=code, known="、".join(names()))
        )
    said = YAML(typ="safe").load(FOLDER / f"{code}.yaml")
    if unknown := sorted(set(said) - KEYS):
        raise UnknownStoryError(
            _("{file}: nobody reads {keys}. Known: {known}.").format(
                file=f"data/examples/{code}.yaml", keys="、".join(unknown), known="、".join(sorted(KEYS))
            )
        )
    for entry in said.get("under_review", ()):
        _check_review(code, entry)
    return Story(
        code=said["code"],
        area=said["area"],
        years=range(said["years"]["from"], said["years"]["until"] + 1),
        seed=said["seed"],
        plan=said["plan"],
        urban=frozenset(said.get("urban", ())),
        printed_as_of=said["printed"]["as_of"],
        printed=said["printed"]["places"],
        judged=said.get("judged") or range(said["years"]["from"], said["years"]["until"] + 1),
        said=said,
    )


def _check_review(code: str, entry: Entry) -> None:
    """Raise UnknownStoryError where a review is of something unheard of, or is not over before the year ends."""
    file = f"data/examples/{code}.yaml"
    if entry["what"] not in (*CLASSIFIED, AREA):
        told = _("{file}: “{what}” cannot be under review. What can: {known}.")
        raise UnknownStoryError(told.format(file=file, what=entry["what"], known="、".join((*CLASSIFIED, AREA))))
    first, last = entry["from"], entry["until"]
    if not date(first.year, 1, 1) < first <= last < date(first.year, 12, 31):
        told = _("{file}: what is under review from {first} to {last} must begin and end within one year.")
        raise UnknownStoryError(told.format(file=file, first=first, last=last))
