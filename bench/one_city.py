"""
How long one city takes: the plan of Jinan 2007 over 1,061 communities, judged and stored; beside it two other ways.

    make bench                                          # or, with a database of one's own:
    DATABASE_URL=… .venv/bin/python bench/one_city.py [--rounds 5] [--sample 20]

Nothing stays: every round is rolled back. Where no city stands yet it is made first, from the code lists and the
example generator. The figures are printed and never asserted; docs/performance.md keeps those that were measured.

The peers answer the same questions from the same facts with the same reading that explains verdicts:
  in Python, at once       facts gathered by the same statements, judged in a loop, written by `bulk_create`
  in Python, one by one    each place gathered, judged and written by itself; reckoned up from a sample
"""

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from assessments.compliance import actions, recorded, running  # noqa: E402
from assessments.compliance.facts import WIDTHS  # noqa: E402
from assessments.compliance.models import Finding, Run  # noqa: E402
from assessments.compliance.recorded import RecordedFacts  # noqa: E402
from assessments.compliance.rulebook import rulebook  # noqa: E402
from assessments.formulas import Subject  # noqa: E402
from assessments.plans.actions import latest_version  # noqa: E402
from assessments.plans.models import Plan, PlanVersion  # noqa: E402
from communities.places.models import Place  # noqa: E402

PLAN, CITY, DAY = "jinan-2007", "3701", date(2008, 12, 31)


@dataclass
class Took:
    """Seconds of one round: on the clock, waiting for the database, and of the server's own processor time."""

    wall: float = 0.0
    database: float = 0.0
    server: float = 0.0
    statements: int = 0


@dataclass
class IndexedFacts(RecordedFacts):
    """The facts of a whole city with an index over them, so that the peers do not look through all for each."""

    under: dict[tuple[str, date, str], list[Subject]] = field(default_factory=dict)
    by_code: dict[tuple[str, date, str], Subject] = field(default_factory=dict)

    def index(self) -> "IndexedFacts":
        for (level, id, day), (code, _facts) in self.rows.items():
            subject = Subject(level, id, code)
            self.by_code[level, day, code] = subject
            for width in WIDTHS.values():
                self.under.setdefault((level, day, code[:width]), []).append(subject)
        return self

    def members(self, subject: Subject, over: str, day: date) -> list[Subject]:
        code, _facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        return self.under.get((over, day, code[: WIDTHS[subject.level]]), [])

    def above(self, subject: Subject, level: str, day: date) -> Subject | None:
        code, _facts = self.rows.get((subject.level, subject.id, day), ("", {}))
        return self.by_code.get((level, day, code[: WIDTHS[level]].ljust(12, "0")))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each way is measured")
    parser.add_argument("--sample", type=int, default=20, help="how many communities the slowest way judges")
    asked = parser.parse_args()
    version = the_city()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SHOW server_version")
        print(f"PostgreSQL {cursor.fetchone()[0]}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    places, findings = size_of(version)
    print(f"{places} places, {findings} findings as of {DAY}\n")
    print(f"{'':34} {'clock':>15} {'database':>15} {'server CPU':>15}  statements   (least / median, seconds)")
    tell("in SQL", [measured(lambda: in_sql(version)) for _ in range(asked.rounds)])
    tell("in Python, at once", [measured(lambda: at_once(version)) for _ in range(max(1, asked.rounds // 2))])
    codes = communities(version)[:: max(1, len(communities(version)) // asked.sample)][: asked.sample]
    took = measured(lambda: one_by_one(version, codes))
    tell(f"in Python, one by one ({len(codes)} of them)", [took])
    whole = took.wall / len(codes) * len(communities(version))
    print(f"{'  all communities, reckoned':34} {whole:7.0f}")


def the_city() -> PlanVersion:
    """Return the plan of the city; make the city where the database is empty."""
    call_command("migrate", verbosity=0)
    if not Place.objects.exists():
        print("The database is empty; the city is made first, which takes a minute or two.")
        for kind in ("divisions", "communities"):
            call_command("import_ledger", str(ROOT / "data" / f"{kind}.csv"), kind=kind)
    if not Plan.objects.filter(code=PLAN).exists():
        call_command("load_plan", str(ROOT / "assessments" / "plans" / "packs" / f"{PLAN}.yaml"))
    call_command("make_examples", story=PLAN)
    return latest_version(PLAN)


def size_of(version: PlanVersion) -> tuple[int, int]:
    with rolled_back():
        run = actions.evaluate(version=version, as_of=DAY)
        return run.places, run.findings_in_all


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def measured(way: Callable[[], object]) -> Took:
    """Do it once, undo it, and return how long it took."""
    took = Took()

    def note(execute: Callable[..., object], *rest: object) -> object:
        began = time.perf_counter()
        try:
            return execute(*rest)
        finally:
            took.database += time.perf_counter() - began
            took.statements += 1

    server = server_seconds()
    began = time.perf_counter()
    with connection.execute_wrapper(note), rolled_back():
        way()
    took.wall = time.perf_counter() - began
    took.server = server_seconds() - server
    return took


def server_seconds() -> float:
    """Return the processor time the server has spent on this connection; 0 where it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def tell(name: str, rounds: list[Took]) -> None:
    """Print one line."""
    columns = ([one.wall for one in rounds], [one.database for one in rounds], [one.server for one in rounds])
    shown = " ".join(f"{min(told):7.2f}/{statistics.median(told):7.2f}" for told in columns)
    print(f"{name:34} {shown}  {rounds[0].statements:10d}", flush=True)


# The ways


def in_sql(version: PlanVersion) -> None:
    """Judge the city as the portal does."""
    actions.evaluate(version=version, as_of=DAY)


def at_once(version: PlanVersion) -> None:
    """Gather the facts of the city at once, judge in Python, write with `bulk_create`."""
    book = rulebook(version)
    asked = tuple(book.questions(DAY))
    judging = running.Judging(book, DAY, version.plan.prefix, asked)
    facts = recorded.of_today(judging)
    indexed = IndexedFacts(book, DAY, facts.rows, asked=asked).index()
    run = Run.objects.create(version=version, as_of=DAY, prefix=judging.prefix)
    subjects: dict[str, list[Subject]] = defaultdict(list)
    for level, id, day in indexed.rows:
        if day == DAY and level in WIDTHS:
            subjects[level].append(Subject(level, id, indexed.rows[level, id, day][0]))
    Finding.objects.bulk_create(
        (
            finding(
                run, book.rule_id(question), subject, question.milestone, recorded.answer(question, subject, indexed)
            )
            for question in asked
            for subject in subjects[question.target.subject]
        ),
        batch_size=5000,
    )


def one_by_one(version: PlanVersion, codes: list[str]) -> None:
    """Gather, judge and write each community by itself."""
    book = rulebook(version)
    asked = tuple(book.questions(DAY))
    run = Run.objects.create(version=version, as_of=DAY, prefix=version.plan.prefix)
    for code in codes:
        place = Place.objects.by_code(code, DAY)
        facts = recorded.of_today(running.Judging(book, DAY, code, asked))
        for question in asked:
            if question.target.subject == place.level:
                subject = Subject(place.level, place.pk, code)
                answered = recorded.answer(question, subject, facts)
                finding(run, book.rule_id(question), subject, question.milestone, answered).save(force_insert=True)


def finding(run: Run, rule: int, subject: Subject, milestone: int, answered: recorded.Answered) -> Finding:
    """Return the row the portal would have written."""
    measured, required, short = (
        value if isinstance(value, Decimal) else None
        for value in (answered.measured.value, answered.required, answered.shortfall)
    )
    return Finding(
        run=run,
        rule_id=rule,
        place_id=subject.id,
        milestone=milestone,
        verdict=answered.verdict,
        measured=measured,
        required=required,
        shortfall=short,
    )


def communities(version: PlanVersion) -> list[str]:
    """Return the codes of the communities that are judged."""
    places = Place.objects.within(version.plan.prefix, DAY).filter(community__committee="residents")
    return sorted(places.values_list("codes__code", flat=True))


if __name__ == "__main__":
    main()
