"""
A street whose communities are evaluated for 2008, for tests of the yearly evaluation.

`an_evaluation(3)` opens it for three communities of one street: the trial plan and the trial sheet of `tests/cases`,
the facts of the end of 2008, filed in January 2009. `Evaluation.to(State.CHECKED)` carries every filing so far, each
step by the account whose step it is; hold the clock at `TODAY` around all of it.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from assessments.filings import actions as sheets
from assessments.filings import appeals, filling, grading, marks, opening, publishing, reviewing
from assessments.filings.flow import State
from assessments.filings.models import Answer, Cycle, Filing, SheetItem, SheetVersion, Stage
from assessments.filings.opening import NewCycle
from assessments.filings.typed import Given
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import clock, periods
from communities.ground.models import Role, User
from communities.ground.registers import Register
from communities.places.models import Classification, Place

from .judged import PACK, an_account
from .organizations import OrganizationFactory, PostFactory
from .places import CommunityFactory, PlaceFactory
from .plans import ReportedValueFactory

SHEET = Path(__file__).parents[1] / "cases" / "sheets" / "sound.yaml"
AS_OF = date(2008, 12, 31)
TODAY = date(2009, 1, 5)
AFTER_NOTICE = date(2009, 2, 10)
STREET = "370102001"
ANSWERS = {
    "election": Given(parts={"late": "0", "incomplete": "0", "undivided": "0"}),
    "charter": Given(fields={"adopted": "true"}),
    "report": Given(fields={"present": "66", "expected": "68"}),
    "boards": Given(fields={"committees": "1"}, parts={"board": "0.5", "online": "0.5"}),
    "meetings": Given(fields={"minutes": "12"}),
    "on_site_meeting": Given(parts={"district": "0", "city": "0", "province": "0"}),
    "proven": Given(parts={"proven": "0"}),
}


@dataclass
class Evaluation:
    """What was made: the evaluation and the accounts that have a part in it."""

    cycle: Cycle
    communities: list[Place]
    bureau: User
    jury: User
    district: User
    clerk: User
    worker: User
    accounts: dict[str, User] = field(default_factory=dict)

    @property
    def filings(self) -> list[Filing]:
        """The filings as they are now, in the order of the codes."""
        rows = self.cycle.filings.select_related("place", "cycle__sheet_version", "cycle__place", "cycle__plan_version")
        return list(rows.order_by("pk"))

    @property
    def filing(self) -> Filing:
        """The first of them."""
        return self.filings[0]

    def fill_in(self, filing: Filing, by: User | None = None) -> None:
        """Answer whatever the community answers."""
        for answer in filing.answers.select_related("item", "filing"):
            if answer.item.code in ANSWERS and not marks.is_outside(answer.item):
                save(answer, ANSWERS[answer.item.code], by or self.clerk)

    def fill_in_one(self, filing: Filing, item: SheetItem) -> None:
        """Answer one item, another way than before."""
        save(filing.answers.get(item=item), replace(ANSWERS[item.code], reason="已补充"), self.clerk)

    def refile(self, filing: Filing) -> None:
        """File as it stands."""
        filling.file(filing, self.clerk)

    def file(self, filing: Filing) -> None:
        """Fill in and file."""
        self.fill_in(filing)
        filling.file(filing, self.clerk)

    def review(self, filing: Filing) -> None:
        """Review by the street: what the registers lack gets its points by hand, all else is accepted."""
        for item in marks.waiting(filing, Stage.STREET):
            if not reviewing.accept_one(filing, item, self.clerk):
                reviewing.adjust(filing, item, "1", "台账缺数，按现场情况给分", self.clerk)
        reviewing.review(filing, self.clerk)

    def check(self, filing: Filing) -> None:
        """Check by the district: its own item gets its points, all else is accepted."""
        for item in marks.waiting(filing, Stage.DISTRICT):
            if marks.is_outside(item):
                reviewing.adjust(filing, item, "3", "居民反映好", self.district)
        reviewing.accept(filing, None, self.district)
        reviewing.check(filing, self.district)

    def to(self, state: State) -> "Evaluation":
        """Carry every filing, from where it is opened, to the state."""
        steps = {State.FILED: self.file, State.REVIEWED: self.review, State.CHECKED: self.check}
        for reached, step in steps.items():
            if state == State.OPEN:
                return self
            for filing in self.filings:
                step(filing)
            if state == reached:
                return self
        grading.grade(self.cycle, certified_by="王某", by=self.bureau)
        if state == State.GRADED:
            return self
        publishing.publish(self.cycle, by=self.bureau)
        if state == State.APPEALED:
            for filing in self.filings:
                appeals.appeal(filing, text="述职到会率计算有误", by=self.clerk)
        if state == State.FINAL:
            with clock.frozen(AFTER_NOTICE):
                publishing.conclude(self.cycle, self.bureau)
        return self


def save(answer: Answer, given: Given, by: User) -> Answer:
    """Save over whatever stands there."""
    answer.refresh_from_db()
    return filling.save_answer(answer, given=given, seen_version=answer.version, by=by)


def a_sheet() -> tuple[SheetVersion, PlanVersion]:
    """Load the trial plan and the trial sheet."""
    version = plans.load(plans.check(PACK.read_text(encoding="utf-8"), PACK.name))[0]
    return sheets.load(sheets.check(SHEET.read_text(encoding="utf-8"), SHEET.name))[0], version


def a_community(code: str, name: str) -> Place:
    """Make an urban community with 1,400 households and five members in post since 2007."""
    place: Place = CommunityFactory(code=code, name=name, counted=1400, stated=list(Register))
    Classification.objects.create(place=place, kind="urban", during=periods.of(date(2000, 1, 1)))
    PostFactory.create_batch(5, organization=OrganizationFactory(place=place), during=periods.of(date(2007, 1, 1)))
    return place


def the_places(count: int) -> tuple[Place, list[Place]]:
    """Make the city, its district, the street, and so many communities of it."""
    city: Place = PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    PlaceFactory(code=f"{STREET}000", name="解放路街道办事处")
    return city, [a_community(f"{STREET}{n:03}", f"第{n}社区居民委员会") for n in range(1, count + 1)]


def wanted(city: Place, sheet: SheetVersion, plan: PlanVersion) -> NewCycle:
    """Return what is to be opened: filed until 16 January, reviewed until 23, checked until 6 February 2009."""
    return NewCycle(
        sheet_version=sheet,
        plan_version=plan,
        organiser=city,
        year=2008,
        as_of=AS_OF,
        self_until=date(2009, 1, 16),
        street_until=date(2009, 1, 23),
        district_until=date(2009, 2, 6),
        contact="市民政局基层政权科，0531-00000000",
    )


def an_evaluation(communities: int = 1, *, reported: int = 4) -> Evaluation:
    """Make places, accounts and plan, and open the evaluation; `reported` pieces of training in each community."""
    city, places = the_places(communities)
    sheet, plan = a_sheet()
    for place in places:
        ReportedValueFactory(plan=plan.plan, place=place, value_number=Decimal(reported))
    made = {
        "bureau": an_account("bureau", Role.OFFICER, "3701"),
        "jury": an_account("jury", Role.REVIEWER, "3701"),
        "district": an_account("district", Role.REVIEWER, "370102"),
        "clerk": an_account("clerk", Role.CLERK, STREET),
        "worker": an_account("worker", Role.WORKER, f"{STREET}001"),
    }
    with clock.frozen(TODAY):
        cycle = opening.open_cycle(wanted=wanted(city, sheet, plan), by=made["bureau"])
    return Evaluation(cycle, places, **made, accounts=made)
