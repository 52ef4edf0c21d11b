"""
What the walks through every door need: one district with a row of everything, people of every role, and a sample of
every address that names something.

All that is made belongs to the district 370102, so that to an account of 370103 beside it none of it is there. A new
address with a parameter needs a line in `SAMPLES`, a new register in the admin a row in `World.rows`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.compliance import actions as judging
from assessments.compliance.models import Run
from assessments.filings import actions as filings
from assessments.filings.models import Answer, Cycle, Filing, SheetVersion
from assessments.plans import actions as plans
from assessments.plans.imports import KIND as IMPORT
from assessments.plans.models import Parameter, PlanVersion, Rule, Target
from assessments.reports.batches import KIND as REPORTS
from communities.ground import events, periods
from communities.ground.access import NOBODY
from communities.ground.doors import Route
from communities.ground.models import Access, Job, Proposal, Role, SignIn, StoredFile, User
from communities.ground.models.accounts import RequestedAccess
from communities.ground.registers import Register
from communities.ground.roles import ADMINISTRATORS
from communities.places.models import Census, Classification, Place, RegisterStatement, Succession
from tests.factories.facilities import FacilityUseFactory
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.organizations import EstablishmentFactory, OrganizationFactory, PostFactory, TermFactory
from tests.factories.places import CommunityFactory, PlaceFactory
from tests.factories.plans import ReportedValueFactory
from tests.factories.services import ServicePointFactory

PACK = Path(__file__).parent / "cases" / "packs" / "sound.yaml"
OWN, BESIDE = "370102", "370103"
MARK = "独此一地"  # in the names of what belongs to the district OWN, and nowhere else
DAY, LATER = date(2008, 12, 31), date(2009, 12, 31)
SINCE_2000 = periods.of(date(2000, 1, 1))
SHEET = """
sheet:
  code: walk
  title: {zh: 考核评分表}
  plan: trial
  owner: "370102"
  subject: community
  objects: {kinds: [urban]}
  base: "2"
  rounding: {decimals: "2", mode: half_up}
  grades:
    - {code: qualified, label: {zh: 合格}, from: "1"}
    - {code: not_qualified, label: {zh: 不合格}, from: "0"}
  authored_by: 甲
  checked_by: 乙
  next_review: 2027-07-09
sections:
  members:
    label: {zh: 成员}
    full: "2"
    items:
      floor:
        label: {zh: 成员不少于下限}
        full: "2"
        rule: {kind: derived, target: floor, not_met: proportional}
        clause: 一
"""
PASSWORD = "yi-ge-hen-chang-de-Mima-2008"
PDF, EXCEL = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class World:
    """The district with a row of everything."""

    community: Place
    version: PlanVersion
    waiting: PlanVersion
    run: Run
    trial: Run
    jobs: dict[str, Job]
    sheet: SheetVersion
    draft: SheetVersion
    filing: Filing
    paper: StoredFile
    account: User
    rows: dict[type[Model], Model] = field(default_factory=dict)

    def job(self, kind: str) -> Job:
        """Return the job of the kind."""
        return self.jobs[kind]

    def row(self, label: str) -> Any:
        """Return the row of the model `app.Model`."""
        return next(row for model, row in self.rows.items() if model._meta.label == label)


def make_world() -> World:
    """Make the district, its plan with a version that waits, its runs, jobs and files."""
    places = [
        PlaceFactory(code=code.ljust(12, "0"), name=f"{MARK if code.startswith(OWN) else '地方'}{code}")
        for code in ("3701", OWN, BESIDE, f"{OWN}001")
    ]
    community = CommunityFactory(
        code=f"{OWN}001001", name=f"{MARK}解放路社区居民委员会", counted=1400, stated=list(Register)
    )
    CommunityFactory(code=f"{BESIDE}001001", name="大观园社区居民委员会", counted=1400, stated=list(Register))
    rows = _registers(community, places[1])
    account = an_account(Role.CLERK, OWN, name=f"sample-{MARK}")
    an_account(Role.OFFICER, OWN, name="reader")
    version, waiting = _versions()
    rows_of_plans = _plans(version, community)
    run = judging.publish(judging.evaluate(version=version, as_of=DAY, within=OWN))
    trial = judging.evaluate(version=version, as_of=LATER, within=OWN)
    paper = StoredFile.keep(b"%PDF-1.7", name=f"{MARK}报告.pdf", content_type=PDF, prefix=OWN, by=account)
    jobs = _jobs(run, paper, account)
    found = [*rows, *rows_of_plans, account, jobs["evaluate"], account.accesses.get()]
    found += [events.record("job.cancel", by=account, obj=jobs["evaluate"], prefix=OWN), _proposal(rows, account)]
    found += [SignIn.objects.create(user=account, seen_at=timezone.now()), _request(account)]
    sheet, draft = _sheets()
    found += [sheet.sheet, sheet]
    filing = _filing(sheet, version, community, places[1])
    return World(
        community,
        version,
        waiting,
        run,
        trial,
        jobs,
        sheet,
        draft,
        filing,
        paper,
        account,
        {type(row): row for row in found},
    )


def _registers(community: Place, district: Place) -> list[Any]:
    classification = Classification.objects.create(place=community, kind="urban", during=SINCE_2000)
    committee = OrganizationFactory(place=community, name=f"{MARK}居委会")
    post = PostFactory(organization=committee, during=SINCE_2000)
    use = FacilityUseFactory(facility__place=community)
    return [
        community,
        classification,
        Census.objects.filter(place=community).get(),
        RegisterStatement.objects.filter(place=community).earliest("pk"),
        Succession.objects.create(
            predecessor=CommunityFactory(code=f"{OWN}001002"),
            successor=community,
            on=date(2005, 1, 1),
            kind="merger",
            share=1,
        ),
        committee,
        EstablishmentFactory(organization=committee),
        TermFactory(organization=committee),
        post.person,
        post,
        use.facility,
        use,
        ServicePointFactory(place=community),
        AllocationFactory(place=community),
        AllowanceFactory(post=post),
        WageBaselineFactory(place=district),
    ]


def _versions() -> tuple[PlanVersion, PlanVersion]:
    """Load the plan of the district, published, and a stricter version of it that waits."""
    text = (
        PACK.read_text(encoding="utf-8")
        .replace('owner: "3701"', f'owner: "{OWN}"')
        .replace("subject: city", "subject: district")
    )
    stricter = text.replace('value: "300"', 'value: "250"')
    version, _is_new = plans.load(plans.check(text, PACK.name))
    waiting, _is_new = plans.load(plans.check(stricter, PACK.name), publish=False)
    return version, waiting


def _sheets() -> list[SheetVersion]:
    """Load a scoring sheet of the district's plan, published, and a draft of the next version."""
    published, _is_new = filings.load(filings.check(SHEET, "sheet.yaml"))
    return [published, filings.draft_from(published)]


def _filing(sheet: SheetVersion, plan: PlanVersion, community: Place, district: Place) -> Filing:
    """Make the evaluation of the district, its only filing with an answer to every item and on public notice."""
    cycle = Cycle.objects.create(
        sheet_version=sheet,
        plan_version=plan,
        place=district,
        prefix=OWN,
        year=2008,
        as_of=DAY,
        self_until=LATER,
        street_until=LATER,
        district_until=LATER,
        contact="某局",
        certified_by="某人",
        notice_from=LATER,
        notice_until=LATER,
    )
    filing = Filing.objects.create(
        cycle=cycle, place=community, year=2008, state="published", total=2, grade="qualified"
    )
    Answer.objects.bulk_create([Answer(filing=filing, item=item) for item in sheet.sheetitems.all()])
    return filing


def _plans(version: PlanVersion, community: Place) -> list[Any]:
    return [
        version.plan,
        version,
        Parameter.objects.filter(version=version).earliest("pk"),
        Target.objects.filter(version=version).earliest("pk"),
        Rule.objects.filter(target__version=version).earliest("pk"),
        ReportedValueFactory(plan=version.plan, place=community),
    ]


def _jobs(run: Run, paper: StoredFile, account: User) -> dict[str, Job]:
    told: dict[str, dict[str, Any]] = {
        "evaluate": {"version": run.version_id},
        "report": {"run": run.pk, "place": f"{OWN}000000"},
        REPORTS: {"run": run.pk, "place": OWN, "levels": ["community"]},
        IMPORT: {"file": paper.pk, "ledger": "communities", "leave_out_wrong": False, "dry_run": True},
    }
    jobs = {
        kind: Job.objects.create(kind=kind, prefix=OWN, requested_by=account, arguments=arguments)
        for kind, arguments in told.items()
    }
    Run.objects.filter(pk=run.pk).update(job=jobs["evaluate"])
    return jobs


def _request(account: User) -> RequestedAccess:
    system = an_account(Role.SYSTEM, OWN, name="who-asks")
    return RequestedAccess.objects.create(user=account, role=Role.CLERK, prefix=OWN, during=SINCE_2000, asked_by=system)


def _proposal(rows: list[Any], account: User) -> Proposal:
    room = next(row for row in rows if row._meta.label == "facilities.Facility")
    return Proposal.objects.create(
        register="facilities.facility",
        object_key=str(room.pk),
        object_name=str(room),
        prefix=f"{OWN}001001",
        sent={},
        changes=[],
        proposed_by=account,
    )


# People


def an_account(role: Role | None, prefix: str, *, name: str = "") -> User:
    """Make an account of the area, with an access for long where a role is given."""
    user = User.objects.create_user(
        name or f"{role or 'none'}-{prefix}", password=PASSWORD, prefix=prefix, is_staff=True, full_name="某人"
    )
    User.objects.filter(pk=user.pk).update(password_set_at=timezone.now(), codes_kept_at=timezone.now())
    if role:
        may_reveal = role not in ADMINISTRATORS
        Access.objects.create(user=user, role=role, prefix=prefix, during=SINCE_2000, may_reveal=may_reveal)
    return user


def signed_in(user: User) -> Client:
    """Return a browser in which the account has signed in, with its second factor."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    SignIn.objects.filter(user=user).update(second_factor=True)
    return client


# Addresses


Given = Callable[[World, User | None], Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """
    How a door is tried: what stands in its address, the query, what is sent.

    `found` is what who is let in gets where the address is there to say that nothing is; `names_nothing` where the
    parameters name no row, so that an outsider is let in as well.
    """

    given: Given = lambda world, visitor: {}
    query: str = ""
    sent: Given = lambda world, visitor: {}
    address: str = ""
    found: int = 200
    names_nothing: bool = False


def _of_account(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.account.pk}


def _of_sheet(which: str) -> Given:
    return lambda world, visitor: {"code": world.sheet.sheet.code, "number": getattr(world, which).number}


def _edited(world: World, visitor: User | None) -> Mapping[str, Any]:
    """What stands published is read by all and edited by nobody; officers edit the draft, which they alone see."""
    is_officer = visitor is not None and Role.OFFICER in visitor.reach.roles
    return {"object_id": (world.draft if is_officer else world.sheet).pk}


def _of_filing(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.filing.pk}


def _of_item(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.filing.pk, "code": "floor"}


def _of_cycle(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.filing.cycle_id}


def _of_access(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.row("ground.Access").pk}


def _of_person(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"key": world.row("organizations.Person").pk}


def _of_job(kind: str, *, own: bool = False) -> Given:
    def given(world: World, visitor: User | None) -> Mapping[str, Any]:
        if own and visitor and visitor.prefix == OWN:
            Job.objects.filter(pk=world.job(kind).pk).update(requested_by=visitor)
        return {"key": world.job(kind).pk}

    return given


def _of_proposal(*, own: bool = False) -> Given:
    def given(world: World, visitor: User | None) -> Mapping[str, Any]:
        proposal = world.row("ground.Proposal")
        if own and visitor and visitor.prefix == OWN:
            Proposal.objects.filter(pk=proposal.pk).update(proposed_by=visitor)
        return {"key": proposal.pk}

    return given


def _of_version(which: str) -> Given:
    return lambda world, visitor: {"code": world.version.plan.code, "number": getattr(world, which).number}


def _exported(world: World, visitor: User | None) -> Mapping[str, Any]:
    """The export of an auditor's own: nobody sends another's."""
    if visitor is None or visitor.prefix != OWN:
        return {"key": world.paper.pk}
    file = StoredFile.keep(b"PK", name="事件.xlsx", content_type=EXCEL, prefix="", by=visitor)
    Job.objects.create(kind="export_events", prefix=OWN, requested_by=visitor, artefact=file)
    return {"key": file.pk}


def _app_of(world: World, visitor: User | None) -> Mapping[str, Any]:
    of_accounts = visitor is not None and visitor.reach.roles & ADMINISTRATORS
    return {"app_label": "ground" if of_accounts else "places"}


def _first(model: str, name: str = "pk") -> Given:
    return lambda world, visitor: {"pk": getattr(world.row(model), name)}


def _of_plan(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"code": world.version.plan.code}


def _batch(world: World, visitor: User | None) -> Mapping[str, Any]:
    return {"run": world.run.pk, "place": OWN, "level": "community"}


LEDGER = Sample(
    lambda world, visitor: {"kind": "facilities"}, sent=lambda world, visitor: {"form": "xlsx"}, names_nothing=True
)

# By the name of the address; by the address itself where it has no name.
SAMPLES: Mapping[str, Sample] = {
    "/admin/<url>": Sample(address="/admin/nothing-is-here/", found=404, names_nothing=True),
    "/api/v1/<path:anything>": Sample(address="/api/v1/nothing", found=404, names_nothing=True),
    "admin:app_list": Sample(_app_of, names_nothing=True),
    "admin:autocomplete": Sample(query="app_label=places&model_name=census&field_name=place"),
    "admin:view_on_site": Sample(lambda world, visitor: {"content_type_id": 1, "object_id": 1}),
    "account_confirm_email": Sample(lambda world, visitor: {"key": "abc"}),
    "account_reset_password_from_key": Sample(lambda world, visitor: {"uidb36": "1", "key": "abc"}),
    # Not there where no sign-in service of the city is set up.
    **dict.fromkeys(
        ["openid_connect_login", "openid_connect_callback"],
        Sample(lambda world, visitor: {"provider_id": "city"}, found=404, names_nothing=True),
    ),
    "api_place-detail": Sample(lambda world, visitor: {"code": f"{OWN}001001"}),
    "api_plan-detail": Sample(_of_plan),
    "api_version-detail": Sample(_first("plans.PlanVersion")),
    "api_target-detail": Sample(_first("plans.Target")),
    "api_parameter-detail": Sample(_first("plans.Parameter")),
    "api_run-detail": Sample(lambda world, visitor: {"pk": world.run.pk}),
    "api_finding-detail": Sample(lambda world, visitor: {"id": of_the_run(world, "findings")}),
    "api_roll_up-detail": Sample(lambda world, visitor: {"id": of_the_run(world, "roll-ups")}),
    "api_job-detail": Sample(lambda world, visitor: {"pk": world.job("evaluate").pk}),
    "audit_event": Sample(lambda world, visitor: {"key": world.row("ground.Event").pk}),
    "audit_export_file": Sample(_exported),
    "file": Sample(lambda world, visitor: {"key": world.paper.pk}),
    "import_again": Sample(_of_job(IMPORT, own=True)),
    "import_apply": Sample(_of_job(IMPORT, own=True)),
    "import_export": LEDGER,
    "import_preview": Sample(_of_job(IMPORT)),
    "import_template": LEDGER,
    "job": Sample(_of_job("evaluate")),
    "job_cancel": Sample(_of_job("evaluate", own=True)),
    "job_progress": Sample(_of_job("evaluate")),
    "job_result_evaluate": Sample(_of_job("evaluate")),
    "job_result_import_ledger": Sample(_of_job(IMPORT)),
    "job_result_reports": Sample(_of_job(REPORTS)),
    "milestones": Sample(_of_plan),
    "person_ask_destruction": Sample(_of_person),
    "person_call_off_destruction": Sample(_of_person),
    "person_destroy": Sample(_of_person),
    "person_numbers": Sample(_of_person),
    "person_reveal": Sample(_of_person),
    "plan": Sample(_of_plan),
    "plan_publish": Sample(_of_version("waiting")),
    "plan_try": Sample(_of_version("waiting")),
    "plan_version": Sample(_of_version("version")),
    "proposal": Sample(_of_proposal()),
    "proposal_accept": Sample(_of_proposal()),
    "proposal_refuse": Sample(_of_proposal()),
    "proposal_withdraw": Sample(_of_proposal(own=True)),
    "reports_rows": Sample(_of_job(REPORTS)),
    "run": Sample(lambda world, visitor: {"key": world.run.pk}),
    "run_publish": Sample(lambda world, visitor: {"key": world.trial.pk}),
    **dict.fromkeys(
        [
            "staff_account",
            "staff_ask",
            "staff_change",
            "staff_close",
            "staff_factor",
            "staff_grant",
            "staff_password",
            "staff_reopen",
            "staff_sessions",
            "staff_unlock",
        ],
        Sample(_of_account),
    ),
    **dict.fromkeys(["staff_end", "staff_hand_over", "staff_transfer"], Sample(_of_access)),
    "admin:filings_sheetversion_change": Sample(_edited),
    "sheet": Sample(lambda world, visitor: {"code": world.sheet.sheet.code}),
    "sheet_draft": Sample(_of_sheet("sheet")),
    "sheet_form": Sample(_of_sheet("sheet")),
    "sheet_publish": Sample(_of_sheet("draft")),
    "sheet_version": Sample(_of_sheet("sheet")),
    **dict.fromkeys(["filing_review", "filing_result"], Sample(_of_filing)),
    **dict.fromkeys(
        ["filing", "filing_form", "filing_file", "filing_take_back", "filing_all_unchanged"], Sample(_of_filing)
    ),
    **dict.fromkeys(["filing_item", "filing_unchanged", "filing_evidence", "filing_facts"], Sample(_of_item)),
    "filing_reply": Sample(_of_item, found=404),  # nothing was returned
    **dict.fromkeys(["evaluation_progress", "filing_batch_first"], Sample(_of_cycle)),
    "filing_batch": Sample(lambda world, visitor: {**_of_cycle(world, visitor), "code": "floor"}),
    **dict.fromkeys(
        ["evaluation", "evaluation_grades", "evaluation_results", "evaluation_notice", "outside_scores"],
        Sample(_of_cycle),
    ),
    "why": Sample(query=f"target=floor&place={OWN}001001"),
    "reports_order": Sample(sent=_batch),
    # Who has no second factor has nothing to remove and no codes.
    **dict.fromkeys(
        ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"], Sample(found=404)
    ),
}


def of_the_run(world: World, path: str) -> str:
    """Return the key that the API gives to the first row of the run."""
    return _key(world.run.pk, path)


@cache
def _key(run: int, path: str) -> str:
    page = signed_in(User.objects.get(username="reader")).get(f"/api/v1/{path}", {"run": run, "limit": 1}).json()
    return str(page["results"][0]["id"])


def sample_of(route: Route) -> Sample:
    """Return how the address is tried; fail where it names something and nobody said what."""
    if route.register is not None and route.name not in SAMPLES:
        return _of_register(route)
    found = SAMPLES.get(route.name or route.address)
    if found is None and "<" in route.address:
        raise LookupError(f"{route.address} needs a sample in tests/samples.py.")
    return found or Sample(address="" if route.name else route.address)


def _of_register(route: Route) -> Sample:
    """Return the sample of an address of the admin: it names a row of the register, or nothing."""
    if "<" not in route.address:
        return Sample()
    model = route.register.model

    def given(world: World, visitor: User | None) -> Mapping[str, Any]:
        if model not in world.rows:
            raise LookupError(f"{model._meta.label} needs a row in tests/samples.py.")
        return {"object_id": world.rows[model].pk}

    return Sample(given, names_nothing=not route.name)  # without a name: only leads from an address of old to the form


def address_of(route: Route, sample: Sample, world: World, visitor: User | None) -> str:
    """Return the address at which the door is tried."""
    if sample.address:
        return sample.address
    given = sample.given(world, visitor)
    if route.register is not None and not route.name:  # Django's redirect from an address of old
        meta = route.register.opts
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + f"{given['object_id']}/"
    found = reverse(route.name, kwargs=dict(given))
    return f"{found}?{sample.query}" if sample.query else found


def is_closed_by_design(route: Route) -> bool:
    """Whether the address is one of allauth's that work by e-mail: the portal answers them in its place."""
    return route.name.startswith("account_") and route.who() == NOBODY


def has_rows_of_every_register(world: World) -> list[str]:
    """Return the registers of the admin of which the world has no row."""
    return [model._meta.label for model in admin.site._registry if model not in world.rows]
