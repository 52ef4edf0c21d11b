"""
The demonstration, step by step: everything a newcomer wants to see, made once.

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
from assessments.plans.actions import latest_version
from communities.ground import periods
from communities.ground.models import Access, Role, User
from communities.ground.scope import prefix_of
from communities.places import story
from communities.places.models import Level, Place, PlaceCode

from . import actions

PLAN = "jinan-2007"
CITY = "3701"
YEARS = range(2007, 2010)
DAYS = tuple(date(year, 12, 31) for year in YEARS)
SHOWN = date(2008, 12, 31)
PASSWORD = "linli-demo-2008"  # noqa: S105  documented; refused wherever others could use it
SHEETS = 3  # communities whose sheets are printed
LEDGERS = ("divisions", "communities")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Account:
    """An account of the demonstration: its name, what it is for, where it reaches."""

    username: str
    full_name: str
    role: str
    prefix: str


ACCOUNTS = (
    Account("bureau", "示例：市主管部门工作人员", Role.OFFICER, CITY),
    Account("district", "示例：历下区主管部门工作人员", Role.OFFICER, "370102"),
    Account("clerk", "示例：解放路街道经办人", Role.CLERK, "370102001"),
    Account("leader", "示例：分管领导", Role.LEADER, CITY),
)
ADMINISTRATOR = "admin"


class NotHereError(RuntimeError):
    """The demonstration was asked for on an installation that others can reach."""


@dataclass
class Demonstration:
    """What is set up, below which code, and where the reports go."""

    within: str = CITY
    folder: Path = field(default_factory=lambda: Path(settings.VAR_DIR) / "reports")
    tell: Tell = lambda _line: None

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Return the steps in order, each with what it is called; a step returns what it did."""
        return [
            (_("Database"), migrate),
            (_("Divisions and communities"), self.places),
            (_("Plan"), load_plan),
            (_("Accounts"), accounts),
            (_("Example data"), self.examples),
            (_("Runs"), self.runs),
            (_("One verdict explained"), self.explained),
            (_("Reports"), self.reports),
        ]

    def places(self) -> str:
        """Import the real divisions and communities of the four cities, or those the demonstration is limited to."""
        known = set(PlaceCode.objects.values_list("code", flat=True))
        told = []
        for kind in LEDGERS:
            with (settings.BASE_DIR / "data" / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = [row for row in csv.DictReader(file) if self._is_wanted(row["code"])]
            if any(row["code"] not in known for row in rows):
                _import(kind, rows)
            told.append(f"{kind} {len(rows)}")
        return ", ".join(told)

    def _is_wanted(self, code: str) -> bool:
        if self.within == CITY:
            return True
        return code.startswith(self.within) or self.within.startswith(prefix_of(code))

    def examples(self) -> str:
        """Make up the registers of the city; 示例数据 wherever they are shown."""
        made = example.make(story.read(PLAN))
        if not made:
            return _("there already")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return _("for {n} communities").format(n=made)

    def runs(self) -> str:
        """Judge the city as at the end of each year and publish it."""
        version = latest_version(PLAN)
        told = []
        for day in DAYS:
            run = Run.objects.published().filter(version=version, as_of=day, prefix=CITY).order_by("-pk").first()
            if run is None:
                with transaction.atomic():
                    run = compliance.publish(compliance.evaluate(version=version, as_of=day))
            told.append(f"{day} #{run.pk} ({run.findings_in_all})")
        return ", ".join(told)

    def explained(self) -> str:
        """Print why one community misses a target; one that lacks people, if any: that is easiest to follow."""
        run = actions.run_for(PLAN, CITY, SHOWN)
        missed = (
            Finding.objects.filter(run=run, verdict=Verdict.NOT_MET, place__level=Level.COMMUNITY)
            .filter(place__codes__during__contains=SHOWN)
            .order_by("place__codes__code", "rule__target__order")
            .values_list("rule__target__code", "place__codes__code")
        )
        found = missed.filter(shortfall__gte=1, rule__unit="person").first() or missed.first()
        if found is None:
            return _("nothing is missed")
        target, code = found
        told = StringIO()
        call_command("explain", plan=PLAN, target=target, subject=code, as_of=SHOWN.isoformat(), stdout=told)
        self.tell(told.getvalue().rstrip())
        return f"manage.py explain --plan {PLAN} --target {target} --subject {code} --as-of {SHOWN}"

    def reports(self) -> str:
        """Print the city, a district, a street and three communities into the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        names = []
        for code in self._reported():
            run = actions.run_for(PLAN, code, SHOWN)
            with transaction.atomic():
                report = actions.print_report(run, code)
            path = self.folder / report.file.name
            if not path.exists() or path.stat().st_size != report.file.size:
                with report.file.file.open("rb") as kept:
                    path.write_bytes(kept.read())
            names.append(f"{path} ({report.pages})")
        return "\n".join(["", *names])

    def _reported(self) -> Iterator[str]:
        """Yield the codes of the places that are printed: of each level the first that has places judged below it."""
        yield CITY.ljust(12, "0")
        communities = Place.objects.within(self.within, SHOWN).of_level(Level.COMMUNITY)
        codes = list(communities.filter(community__committee="residents").in_code_order(SHOWN)[:SHEETS])
        if codes:
            first = codes[0].code  # type: ignore[attr-defined]
            yield from (first[:6].ljust(12, "0"), first[:9].ljust(12, "0"))
        yield from (place.code for place in codes)  # type: ignore[attr-defined]


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


def load_plan() -> str:
    """Load the plan of the city."""
    pack = settings.BASE_DIR / "assessments" / "plans" / "packs" / f"{PLAN}.yaml"
    call_command("load_plan", str(pack), stdout=StringIO())
    return str(latest_version(PLAN))


@transaction.atomic
def accounts() -> str:
    """Make the accounts that are not there; one whose password was changed keeps it. Raises NotHereError elsewhere."""
    refuse_elsewhere()
    for account in ACCOUNTS:
        user, is_new = User.objects.get_or_create(
            username=account.username, defaults={"full_name": account.full_name, "is_staff": True}
        )
        if is_new:
            user.set_password(PASSWORD)
            user.save()
            during = periods.of(DAYS[0].replace(month=1, day=1))
            Access.objects.create(user=user, role=account.role, prefix=account.prefix, during=during)
    if not User.objects.filter(username=ADMINISTRATOR).exists():
        User.objects.create_superuser(ADMINISTRATOR, password=PASSWORD, full_name="示例：系统管理员")
    names = [account.username for account in ACCOUNTS]
    return _("{names}; password of each: {password} (for demonstration only)").format(
        names=", ".join([*names, ADMINISTRATOR]), password=PASSWORD
    )


def refuse_elsewhere() -> None:
    """Raise NotHereError where another machine can reach this installation: its passwords are known to everybody."""
    if not (settings.ON_THIS_MACHINE_ONLY or settings.TESTING):
        raise NotHereError(
            _(
                "The demonstration has accounts with a published password, and ALLOWED_HOSTS lets other machines in. "
                "Unset ALLOWED_HOSTS, or set the portal up by hand: migrate, import_ledger, load_plan, createsuperuser."
            )
        )
