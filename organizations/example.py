"""
Example data (示例数据) for organizations and people: made up from a story, for urban communities and streets.

Where the story speaks of organizations, every community has a Party organization and a residents' committee, most a
council, a supervision committee and a service station. Committees are judged by one member for so many households and
never fewer than five, so of ten committees about six have what that asks for, two have five but too few for their
households, one has fewer than five and one lost a member for half a year. The communities that come first carry the
households at which the bound turns: the first round has exactly enough members, the second one too few. In every
second community secretary and director are one person. Where a register is not stated complete nothing is written, so
that the verdict there is undetermined. Organizations of those years bore no credit codes, so none are made.

A story may say more: how many secretaries are directors as well, which share of the committees is elected directly
from which year, by when communities have their Party organization, by when further organizations are formed, and how
many of a kind there are in the whole area. Where its classifications end, its organizations end with them: another
story follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from random import Random
from typing import Any

from django.db.models import Model

from communities.ground import clock, periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.models import Estate, Level
from communities.places.names import short_name
from communities.places.story import (
    JINAN,
    Entry,
    ExamplePlace,
    Story,
    day_before,
    day_in,
    is_urban_community,
    ramp,
    share_of,
)

from .choices import Channel, Education, ElectionMethod, OrganizationKind, PoliticalStatus, Sex, Title
from .models import Establishment, Organization, Person, Post, Term

HOUSEHOLDS_PER_MEMBER = 300  # as in Jinan 2007, so that examples lie about its bound; nothing is judged by it
FEWEST_MEMBERS = 5
TERM_YEARS = 3
BATCH = 2000

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂玉萍红鹏华建国文志海兰梅春凤云林峰波宁晨欣雪"
NAMES = {
    OrganizationKind.PARTY_ORGANIZATION: "党总支部委员会",
    OrganizationKind.RESIDENTS_COMMITTEE: "居民委员会",
    OrganizationKind.DELIBERATION_COUNCIL: "协商议事委员会",
    OrganizationKind.AFFAIRS_SUPERVISION_COMMITTEE: "事务监督委员会",
    OrganizationKind.SERVICE_STATION: "服务站",
    OrganizationKind.SERVICE_CENTRE: "社区服务中心",
    OrganizationKind.OWNERS_COMMITTEE: "业主委员会",
    OrganizationKind.PROPERTY_COMPANY: "物业服务企业",
}
ASSOCIATIONS = ("老年人协会", "文体协会", "慈善互助会", "残疾人协会")
# How often an urban community has the organizations that not every one has.
OFTEN = {
    OrganizationKind.DELIBERATION_COUNCIL: 0.95,
    OrganizationKind.AFFAIRS_SUPERVISION_COMMITTEE: 0.93,
    OrganizationKind.SERVICE_STATION: 0.9,
}
IN_ESTATES = {OrganizationKind.OWNERS_COMMITTEE: 0.5, OrganizationKind.PROPERTY_COMPANY: 0.8}
METHODS = {
    ElectionMethod.DIRECT: 30,
    ElectionMethod.HOUSEHOLDS: 25,
    ElectionMethod.REPRESENTATIVES: 45,
}
MEMBER_CHANNELS: dict[Channel | None, int] = {
    Channel.RESIDENT: 40,
    Channel.OFFICE_CADRE: 10,
    Channel.INSTITUTION_STAFF: 12,
    Channel.GRADUATE: 15,
    Channel.DEMOBILIZED: 13,
    None: 10,
}
WORKER_CHANNELS: dict[Channel | None, int] = {
    Channel.OPEN_RECRUITMENT: 45,
    Channel.GRADUATE: 20,
    Channel.SECONDED: 15,
    Channel.DEPARTMENT_HIRED: 12,
    Channel.UTILITY_HIRED: 8,
}
EDUCATIONS: dict[Education | None, int] = {
    Education.POSTGRADUATE: 1,
    Education.UNIVERSITY: 18,
    Education.COLLEGE: 38,
    Education.SECONDARY_VOCATIONAL: 18,
    Education.SENIOR_HIGH: 20,
    Education.JUNIOR_HIGH: 4,
    None: 1,
}


def _one_of(rng: Random, weighed: dict[Any, int]) -> Any:
    return rng.choices(list(weighed), list(weighed.values()))[0]


def members_needed(households: int | None) -> int:
    """Return how many members a committee of so many households is made to need; 2,000 where nobody counted."""
    return max(FEWEST_MEMBERS, ceil((2000 if households is None else households) / HOUSEHOLDS_PER_MEMBER))


@dataclass
class Batch:
    """The rows made so far, in the order in which the database must receive them."""

    story: Story
    rng: Random
    known: dict[str, Any]
    direct: dict[int, int] = field(default_factory=dict)  # by place, the year from which elections are direct
    one_shoulder: frozenset[int] | None = None  # the places where secretary and director are one person, if said
    party: dict[int, int] = field(default_factory=dict)  # by place, the year from which it has its Party organization
    rows: dict[type[Model], list[Any]] = field(
        default_factory=lambda: {model: [] for model in (Organization, Establishment, Term, Person, Post)}
    )

    @property
    def years(self) -> range:
        """The years of the story."""
        return self.story.years

    def add(self, model: type[Model], **values: Any) -> Any:
        """Add one row and return it, not yet saved."""
        row = model(**values, **self.known)
        self.rows[model].append(row)
        return row

    def organization(self, place: ExamplePlace, kind: OrganizationKind, name: str = "") -> Organization:
        """Add an organization that exists since some years before the first one."""
        began = date(self.years.start - self.rng.randint(2, 5), self.rng.randint(1, 12), 1)
        made: Organization = self.add(
            Organization,
            place_id=place.pk,
            kind=kind,
            name=name or f"{short_name(place.name)}{NAMES[kind]}",
            during=periods.of(began),
        )
        return made

    def seats(self, organization: Organization, seats: int) -> None:
        """Add how many posts there are to be; now and then nobody recorded it."""
        if self.rng.random() < 0.95:
            first = periods.first(organization.during)
            self.add(Establishment, organization=organization, seats=seats, during=periods.of(first))

    def person(self, place: ExamplePlace) -> Person:
        """Add somebody with a made-up name."""
        rng = self.rng
        made: Person = self.add(
            Person,
            place_id=place.pk,
            name=rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2)))),
            sex=rng.choice((Sex.FEMALE, Sex.FEMALE, Sex.MALE)),
            born_on=date(self.years.start - rng.randint(23, 57), rng.randint(1, 12), rng.randint(1, 28)),
            education=_one_of(rng, EDUCATIONS),
            political_status=rng.choice((PoliticalStatus.PARTY_MEMBER, PoliticalStatus.MASSES)),
        )
        return made

    def post(self, person: Person, organization: Organization, title: Title, since: date, **more: Any) -> Post:
        """Add a post held from `since` on."""
        held = {"person": person, "organization": organization, "title": title, "during": periods.of(since)}
        made: Post = self.add(Post, **(held | more))
        return made

    def save(self) -> None:
        """Write everything, one table after the other."""
        last = self.story.section("classified_until")
        for row in [*self.rows[Organization], *self.rows[Establishment], *self.rows[Post]] if last else ():
            if periods.last(row.during) is None:
                row.during = periods.of(periods.first(row.during), last)
        for model, rows in self.rows.items():
            model._default_manager.bulk_create(rows, batch_size=BATCH)


def make(story: Story, places: Sequence[ExamplePlace], rng: Random, by: User | None) -> None:
    """Write organizations, establishments, terms, people and posts for the urban communities and streets."""
    section = story.section("organizations")
    if section is None:
        return
    told: Entry = {} if section == JINAN else section
    known = {"source": story.source, "is_example": True, "recorded_by": by, "recorded_at": clock.now()}
    urban = [place for place in places if is_urban_community(place)]
    batch = Batch(
        story,
        rng,
        known,
        _directly_elected(story, told, urban),
        _one_shoulder(story, told, urban),
        _with_party(story, told, urban),
    )
    years = story.years
    districts = sorted({place.code[:6] for place in places})
    for n, place in enumerate(filter(is_urban_community, places)):
        # A district elects in one season; the seasons are a month apart.
        elected = date(years.start - 1, 9, 1) + timedelta(days=31 * (districts.index(place.code[:6]) % 7))
        _community(batch, place, n, elected)
    for place in places:
        if place.level == Level.STREET and rng.random() < 0.92:
            _centre(batch, place)
    for entry in told.get("also", ()):
        _formed(batch, entry, urban)
    for entry in told.get("count", ()):
        _so_many(batch, entry, urban)
    batch.save()


def _directly_elected(story: Story, told: Entry, urban: Sequence[ExamplePlace]) -> dict[int, int]:
    said = told.get("directly_elected")
    if said and "only" in said:
        return {place.pk: said["from"] for place in urban if short_name(place.name) in said["only"]}
    return story.reached(ramp(said), urban, "direct elections") if said else {}


def _one_shoulder(story: Story, told: Entry, urban: Sequence[ExamplePlace]) -> frozenset[int] | None:
    """Return the places where one person holds both posts: so many, or that share of them; None where not said."""
    said = told.get("one_shoulder")
    if said is None:
        return None
    number = said["count"] if isinstance(said, dict) else share_of(Decimal(str(said)), len(urban))
    return frozenset(place.pk for place in story.by_promptness(urban, "one shoulder")[:number])


def _with_party(story: Story, told: Entry, urban: Sequence[ExamplePlace]) -> dict[int, int]:
    """Return since which year a community has its Party organization; all have it from before where nothing is said."""
    said = told.get("party", {story.years.start - 1: 1})
    return story.reached(ramp(said), urban, "party organizations")


def _formed(batch: Batch, entry: Entry, urban: Sequence[ExamplePlace]) -> None:
    """Add organizations of one kind that the places form by and by."""
    kind = OrganizationKind(entry["kind"])
    years = batch.story.reached(ramp(entry["reach"]), urban, f"organizations {kind}")
    rng = batch.story.rng(f"organizations {kind}")
    for place in urban:
        if place.pk in years and Register.ORGANIZATIONS in place.stated:
            is_new = years[place.pk] >= batch.years.start
            began = day_in(rng, years[place.pk]) if is_new else day_before(rng, batch.years)
            name = f"{short_name(place.name)}{entry.get('name', NAMES.get(kind, kind.label))}"
            batch.add(Organization, place_id=place.pk, kind=kind, name=name, during=periods.of(began))


def _so_many(batch: Batch, entry: Entry, urban: Sequence[ExamplePlace]) -> None:
    """Add a number of organizations of one kind, spread over the area, that exist from before the first year."""
    kind = OrganizationKind(entry["kind"])
    rng = batch.story.rng(f"organizations {kind}")
    for n in range(entry["number"]):
        place = urban[n % len(urban)]
        name = f"{short_name(place.name)}{rng.choice(ASSOCIATIONS)}（{n // len(urban) + 1}）"
        batch.add(
            Organization, place_id=place.pk, kind=kind, name=name, during=periods.of(day_before(rng, batch.years))
        )


def _community(batch: Batch, place: ExamplePlace, n: int, elected: date) -> None:
    committee = batch.organization(place, OrganizationKind.RESIDENTS_COMMITTEE)
    party = _party_organization(batch, place)
    station = _further_organizations(batch, place)
    needed = members_needed(place.counted(batch.years.start))
    batch.seats(committee, needed)
    terms = _terms(batch, place, committee, elected)
    if Register.POSTS not in place.stated:
        return
    exactly = len((batch.story.section("households") or {}).get("exactly", ()))
    members = [batch.person(place) for _n in range(_filled(batch.rng, n, needed, exactly))]
    _committee(batch, place, committee, terms, members)
    if party:
        _party(batch, place, party, members, max(elected, periods.first(party.during) or elected))
    if station:
        _station(batch, place, station, members[-1])


def _party_organization(batch: Batch, place: ExamplePlace) -> Organization | None:
    """Add the Party organization, from the year in which the community has it; None where it has none."""
    year = batch.party.get(place.pk)
    if year is None:
        return None
    made = batch.organization(place, OrganizationKind.PARTY_ORGANIZATION)
    if year >= batch.years.start:
        made.during = periods.of(day_in(batch.rng, year))
    return made


def _further_organizations(batch: Batch, place: ExamplePlace) -> Organization | None:
    """Add what not every community has, unless its register is not stated; return the service station."""
    if Register.ORGANIZATIONS not in place.stated:
        return None
    section = batch.story.section("organizations")
    told: Entry = {} if section == JINAN else section
    also = {entry["kind"] for entry in told.get("also", ())}
    chances = OFTEN | (IN_ESTATES if place.estate in (Estate.NEW_ESTATE, Estate.REDEVELOPED) else {})
    made = {
        kind: batch.organization(place, kind)
        for kind, often in chances.items()
        if batch.rng.random() < often and kind not in also
    }
    chosen = batch.rng.sample(ASSOCIATIONS, batch.rng.randint(0, 3))
    counted = {entry["kind"] for entry in told.get("count", ())}
    for name in chosen if OrganizationKind.SOCIAL_ORGANIZATION not in counted else ():
        batch.organization(place, OrganizationKind.SOCIAL_ORGANIZATION, short_name(place.name) + name)
    return made.get(OrganizationKind.SERVICE_STATION)


def _terms(batch: Batch, place: ExamplePlace, committee: Organization, elected: date) -> list[Term]:
    """Add the term that runs when the years begin, and the next where it falls due; in 15 of 100 it is overdue."""
    terms = []
    number, last_year = 8, batch.years.stop - 1
    while elected.year <= last_year:
        until = elected.replace(year=elected.year + TERM_YEARS)
        terms.append(
            batch.add(
                Term,
                organization=committee,
                number=number,
                during=periods.of(elected, until - periods.ONE_DAY),
                elected_on=elected - timedelta(days=batch.rng.randint(3, 20)),
                method=_method(batch, place, elected),
            )
        )
        if batch.rng.random() < 0.15:
            break
        number, elected = number + 1, until
    return terms


def _method(batch: Batch, place: ExamplePlace, elected: date) -> Any:
    """Who voted: as the story says, directly from a year on and by representatives before; else drawn."""
    if not batch.direct:
        return _one_of(batch.rng, METHODS)
    is_direct = batch.direct.get(place.pk, batch.years.stop) <= elected.year
    return ElectionMethod.DIRECT if is_direct else ElectionMethod.REPRESENTATIVES


def _filled(rng: Random, n: int, needed: int, exactly: int) -> int:
    """How many members there are: at the bounds exactly enough, then one too few; elsewhere as the module says."""
    if n < exactly:
        return needed - (n >= exactly // 2)
    chance = rng.random()
    if chance < 0.7:
        return needed + rng.choice((0, 0, 0, 1))
    if chance < 0.9:
        return max(FEWEST_MEMBERS, needed - rng.randint(1, 3))
    return rng.choice((3, 4, 4))


def _committee(
    batch: Batch, place: ExamplePlace, committee: Organization, terms: list[Term], members: list[Person]
) -> None:
    """Add the posts of every term; most members are elected again."""
    titles = [Title.DIRECTOR, Title.DEPUTY_DIRECTOR] + [Title.MEMBER] * len(members)
    posts: list[Post] = []
    for term in terms:
        since = periods.first(term.during) or date(batch.years.start, 1, 1)
        for post in posts:
            if periods.last(post.during) is None:
                post.during = periods.of(periods.first(post.during), since - periods.ONE_DAY)
        again = [one if one is members[0] or batch.rng.random() < 0.8 else batch.person(place) for one in members]
        seated = members if not posts else again
        posts = [
            _elected(batch, person, committee, title, term, since)
            for person, title in zip(seated, titles, strict=False)
        ]
        if term is terms[0] and batch.rng.random() < 0.08:
            _half_year_vacancy(batch, place, posts[-1])


def _elected(batch: Batch, person: Person, committee: Organization, title: Title, term: Term, since: date) -> Post:
    channel = _one_of(batch.rng, MEMBER_CHANNELS)
    in_series = batch.rng.random() < 0.3
    return batch.post(
        person, committee, title, since, term=term, elected=True, channel=channel, in_social_worker_series=in_series
    )


def _half_year_vacancy(batch: Batch, place: ExamplePlace, post: Post) -> None:
    """End the post in the middle of the second year; a successor comes with the next one, until the term ends."""
    year = batch.years.start + 1
    term_ends = periods.last(post.term.during) if post.term else None
    post.during = periods.of(periods.first(post.during), date(year, 6, 30))
    if term_ends is None or term_ends >= date(year + 1, 1, 1):
        successor = batch.person(place)
        batch.post(
            successor,
            post.organization,
            Title(post.title),
            date(year + 1, 1, 1),
            term=post.term,
            elected=True,
            during=periods.of(date(year + 1, 1, 1), term_ends),
        )


def _party(batch: Batch, place: ExamplePlace, party: Organization, members: list[Person], since: date) -> None:
    """Add the Party organization's posts: in every second community the director is secretary as well."""
    seats = batch.rng.choice((3, 5, 5))
    batch.seats(party, seats)
    both = batch.rng.random() < 0.5 if batch.one_shoulder is None else place.pk in batch.one_shoulder
    secretary = members[0] if both else batch.person(place)
    batch.post(secretary, party, Title.SECRETARY, since, elected=True)
    beside = [one for one in members[1:] if batch.rng.random() < 0.4]
    vacant = batch.rng.random() < 0.15
    others = (beside + [batch.person(place) for _n in range(seats)])[: seats - 1 - vacant]
    for n, person in enumerate(others):
        batch.post(person, party, Title.MEMBER if n else Title.DEPUTY_SECRETARY, since, elected=True)


def _station(batch: Batch, place: ExamplePlace, station: Organization, member: Person) -> None:
    """Add the station's staff; in most stations a committee member is its head."""
    head = member if batch.rng.random() < 0.6 else batch.person(place)
    workers = batch.rng.randint(1, 3)
    batch.seats(station, workers + 1)
    _worker(batch, head, station, Title.HEAD)
    for _n in range(workers):
        _worker(batch, batch.person(place), station, Title.WORKER)


def _centre(batch: Batch, place: ExamplePlace) -> None:
    centre = batch.organization(place, OrganizationKind.SERVICE_CENTRE)
    workers = batch.rng.randint(2, 5)
    batch.seats(centre, workers + 1)
    if Register.POSTS in place.stated:
        for n in range(workers + 1):
            _worker(batch, batch.person(place), centre, Title.WORKER if n else Title.HEAD)


def _worker(batch: Batch, person: Person, station: Organization, title: Title) -> None:
    since = date(batch.years.start - 1, batch.rng.randint(1, 12), 1)
    began = periods.first(station.during) or since
    batch.post(
        person,
        station,
        title,
        max(since, began),
        channel=_one_of(batch.rng, WORKER_CHANNELS),
        in_social_worker_series=batch.rng.random() < 0.85,
    )
