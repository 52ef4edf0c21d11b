"""
The demonstration, step by step: everything a newcomer wants to see, made once.

Each story (`data/examples/`) is one plan over one area: its pack is loaded, its example data made, the area judged as
at the end of every year of the story and published, its reports printed.

Each step looks first whether its work is done, so that a second call is quick and doubles nothing. The accounts have a
known password; nothing of this runs on an installation that others can reach.
"""

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from assessments.compliance import actions as compliance
from assessments.compliance import example
from assessments.compliance.models import Finding, Run, Verdict
from assessments.filings import actions as filings
from assessments.plans import reading
from assessments.plans.actions import latest_version
from communities.ground import clock, periods
from communities.ground.models import Access, Role, User
from communities.ground.scope import prefix_of
from communities.places import example as of_places
from communities.places import story
from communities.places.models import PREFIX_LENGTH, CommitteeKind, Level, Place, PlaceCode
from communities.places.story import Story

from . import actions

PASSWORD = "linli-demo-2008"  # noqa: S105  documented; refused wherever others could use it
SINCE = date(2001, 1, 1)  # from when on the accounts reach their areas: before the first story begins
LEDGERS = ("divisions", "communities")
SHEETS = settings.BASE_DIR / "assessments" / "filings" / "sheets"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Account:
    """An account of the demonstration: its name, what it is for, where it reaches."""

    username: str
    full_name: str
    role: str
    prefix: str


ACCOUNTS = (
    Account("bureau", "示例：济南市主管部门工作人员", Role.OFFICER, "3701"),
    Account("district", "示例：历下区主管部门工作人员", Role.OFFICER, "370102"),
    Account("clerk", "示例：解放路街道经办人", Role.CLERK, "370102001"),
    Account("worker", "示例：解放桥社区工作者", Role.WORKER, "370102001002"),
    Account("reviewer", "示例：历下区评审人员", Role.REVIEWER, "370102"),
    Account("leader", "示例：济南市分管领导", Role.LEADER, "3701"),
    Account("chengdu", "示例：成都市主管部门工作人员", Role.OFFICER, "5101"),
    Account("hangzhou", "示例：杭州市主管部门工作人员", Role.OFFICER, "3301"),
    Account("dongcheng", "示例：东城区（2005年示例）主管部门工作人员", Role.OFFICER, "980101"),
    # Nobody does two of these (三员分立), and none of them sees a register.
    Account("system", "示例：济南市系统管理员", Role.SYSTEM, "3701"),
    Account("security", "示例：济南市安全管理员", Role.SECURITY, "3701"),
    Account("auditor", "示例：济南市审计管理员", Role.AUDITOR, "3701"),
)


class NotHereError(RuntimeError):
    """The demonstration was asked for on an installation that others can reach."""


@dataclass
class Demonstration:
    """What is set up, below which code, and where the reports go."""

    within: str = ""
    folder: Path = field(default_factory=lambda: Path(settings.VAR_DIR) / "reports")
    tell: Tell = lambda _line: None

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Return the steps in order, each with what it is called; a step returns what it did."""
        return [
            (_("Database"), migrate),
            (_("Divisions and communities"), self.places),
            (_("Plans"), self.plans),
            (_("Scoring sheets"), self.sheets),
            (_("Accounts"), accounts),
            (_("Example data"), self.examples),
            (_("Runs"), self.runs),
            (_("One verdict explained"), self.explained),
            (_("Reports"), self.reports),
        ]

    @property
    def stories(self) -> list[Story]:
        """The stories that are shown: of every area, or of the one the demonstration is limited to."""
        told = [story.read(code) for code in story.names()]
        return [one for one in told if _touches(one.area, self.within)]

    def places(self) -> str:
        """Import the divisions and communities of four cities, or of the area asked for; add the invented ones."""
        known = set(PlaceCode.objects.values_list("code", flat=True))
        told = []
        for kind in LEDGERS:
            with (settings.BASE_DIR / "data" / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = [row for row in csv.DictReader(file) if self._is_wanted(row["code"])]
            if any(row["code"] not in known for row in rows):
                _import(kind, rows)
            told.append(f"{kind} {len(rows)}")
        for one in self.stories:
            with transaction.atomic():
                of_places.invent(one)
        return ", ".join(told)

    def _is_wanted(self, code: str) -> bool:
        return _touches(prefix_of(code), self.within)

    def plans(self) -> str:
        """Load the plans of the stories."""
        packs = settings.BASE_DIR / "assessments" / "plans" / "packs"
        for one in self.stories:
            call_command("load_plan", str(packs / f"{one.plan}.yaml"), stdout=StringIO())
        return ", ".join(str(latest_version(one.plan)) for one in self.stories)

    def sheets(self) -> str:
        """Load the scoring sheets that cite a plan of the stories."""
        plans = {one.plan for one in self.stories}
        texts = [file.read_text(encoding="utf-8") for file in sorted(SHEETS.glob("*.yaml"))]
        cited = [text for text in texts if reading.read(text)[0]["sheet"]["plan"] in plans]
        return ", ".join(str(filings.load(filings.check(text))[0]) for text in cited)

    def examples(self) -> str:
        """Make up the registers of the stories; 示例数据 wherever they are shown."""
        made = {one.code: example.make(one) for one in self.stories}
        if any(made.values()):
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        return ", ".join(f"{code} {n or _('there already')}" for code, n in made.items())

    def runs(self) -> str:
        """Judge the area of every story as at the end of each of its years and publish it."""
        return "".join(f"\n{one.plan}: {', '.join(_runs(one))}" for one in self.stories)

    def explained(self) -> str:
        """Print why one community misses a target; one that lacks people, if any: that is easiest to follow."""
        one = max(self.stories, key=lambda told: len(told.printed))  # the one that goes down to communities
        day = one.printed_as_of
        run = actions.run_for(one.plan, latest_version(one.plan).plan.prefix, day)
        missed = (
            Finding.objects.filter(run=run, verdict=Verdict.NOT_MET, place__level=Level.COMMUNITY)
            .filter(place__codes__during__contains=day)
            .order_by("place__codes__code", "rule__target__order")
            .values_list("rule__target__code", "place__codes__code")
        )
        found = missed.filter(shortfall__gte=1, rule__unit="person").first() or missed.first()
        if found is None:
            return _("nothing is missed")
        target, code = found
        told = StringIO()
        call_command("explain", plan=one.plan, target=target, subject=code, as_of=day.isoformat(), stdout=told)
        self.tell(told.getvalue().rstrip())
        return f"manage.py explain --plan {one.plan} --target {target} --subject {code} --as-of {day}"

    def reports(self) -> str:
        """Print what each story names (its city, a district, …) into the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        names = []
        for one, code in ((told, code) for told in self.stories for code in self._reported(told)):
            run = actions.run_for(one.plan, code, one.printed_as_of)
            with transaction.atomic():
                report = actions.print_report(run, code)
            path = self.folder / report.file.name
            if not path.exists() or path.stat().st_size != report.file.size:
                with report.file.file.open("rb") as kept:
                    path.write_bytes(kept.read())
            names.append(f"{path} ({report.pages})")
        return "\n".join(["", *names])

    def _reported(self, one: Story) -> Iterator[str]:
        """Yield the codes of the places that are printed: of each level the first that has places judged below it."""
        day = one.printed_as_of
        below = max(one.area, self.within, key=len)
        communities = Place.objects.within(below, day).of_level(Level.COMMUNITY)
        residents = communities.filter(community__committee=CommitteeKind.RESIDENTS).in_code_order(day)
        codes = [place.code for place in residents[: max(one.printed.values())]]  # type: ignore[attr-defined]
        for level, number in one.printed.items():
            found = dict.fromkeys(code[: PREFIX_LENGTH[Level(level)]].ljust(12, "0") for code in codes)
            yield from list(found)[:number]


def _touches(prefix: str, within: str) -> bool:
    """Say whether the place of the prefix lies within the other, or the other way round."""
    return prefix.startswith(within) or within.startswith(prefix)


def _runs(one: Story) -> Iterator[str]:
    """Judge and publish, where that is not done; yield day, number and how many findings there are."""
    version = latest_version(one.plan)
    for year in one.judged:
        day = date(year, 12, 31)
        published = Run.objects.published().filter(version=version, as_of=day, prefix=version.plan.prefix)
        run = published.order_by("-pk").first()
        if run is None:
            with transaction.atomic():
                run = compliance.publish(compliance.evaluate(version=version, as_of=day))
        yield f"{day} #{run.pk} ({run.findings_in_all})"


def _import(kind: str, rows: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        call_command("import_ledger", str(path), kind=kind, stdout=StringIO())


def migrate() -> str:
    """Bring the database up to date."""
    call_command("migrate", verbosity=0)
    return _("up to date")


@transaction.atomic
def accounts() -> str:
    """
    Make the accounts that are not there; one whose password was changed keeps it. Raises NotHereError elsewhere.

    Their password is the published one and counts as chosen by its owner, so that nobody has to change it first.
    """
    refuse_elsewhere()
    for account in ACCOUNTS:
        user, is_new = User.objects.get_or_create(
            username=account.username,
            defaults={"full_name": account.full_name, "prefix": account.prefix, "is_staff": True},
        )
        if is_new:
            user.set_password(PASSWORD)
            user.password_set_at = clock.now()
            user.save()
            during = periods.of(SINCE)
            Access.objects.create(user=user, role=account.role, prefix=account.prefix, during=during)
    return _("{names}; password of each: {password} (for demonstration only)").format(
        names=", ".join(account.username for account in ACCOUNTS), password=PASSWORD
    )


def refuse_elsewhere() -> None:
    """Raise NotHereError where another machine can reach this installation: its passwords are known to everybody."""
    if not (settings.ON_THIS_MACHINE_ONLY or settings.TESTING):
        raise NotHereError(
            _(
                "The demonstration has accounts with a published password, and ALLOWED_HOSTS lets other machines in. "
                "Unset ALLOWED_HOSTS, or set the portal up by hand: migrate, import_ledger, load_plan, appoint."
            )
        )
