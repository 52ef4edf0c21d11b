"""
Taking the facts: what the registers know goes into the answers of all filings at once, and nobody types it.

One judging run of the plan version says how each community stands to the targets that the sheet reads; the formulas of
its fields (`known`) are written as SQL over the same tables of facts. Whatever the number of communities, the number
of statements is the same. Facts are taken when the evaluation is opened and again when they are refreshed; what is
filed stays as it was filed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import formulas
from assessments.compliance import actions as judging
from assessments.compliance.actions import Steps
from assessments.compliance.models import Run
from assessments.compliance.rulebook import Rulebook, rulebook
from assessments.compliance.running import tables_of
from assessments.formulas import Statement
from assessments.formulas.sql import literal
from communities.ground import clock, events, jobs
from communities.ground.models import Event, Job, User
from communities.ground.scope import prefix_of

from . import permitting
from .answered import pack_of
from .fields import LEVEL
from .flow import WORK, Work
from .models import Cycle, Filing, SheetItem
from .pack import AskSpec, ItemSpec, SheetPack

OPEN = tuple(sorted(WORK[Work.ANSWER].before))
FACTS = "verdict, measured, required, missing, known"
KIND = "filings.refresh"
# What an officer, a clerk or a worker does to a register of a place.
REGISTER_EVENTS = ("row.add", "row.change", "row.remove", "proposal.accept", "ledger.import")


@dataclass(frozen=True)
class Changed:
    """An answer whose facts are others than before: of which filing and item, and the verdict before and now."""

    filing: int
    place: str
    item: str
    verdict_before: str
    verdict: str
    known_before: dict[str, str]
    known: dict[str, str]


@transaction.atomic
def refresh_cycle(cycle: Cycle, by: User, *, steps: Steps | None = None, job: Job | None = None) -> list[Changed]:
    """
    Take the facts anew for every filing that is still filled in or mended; return what changed.

    Raises PermissionDenied for anybody but an officer of the organiser.
    """
    permitting.refuse_organising(cycle, by)
    run = judge(cycle, by=by, steps=steps, job=job)
    changed = take(cycle, run, cycle.prefix)
    Cycle.objects.filter(pk=cycle.pk).update(run=run)
    events.record("cycle.refresh", by=by, obj=cycle, prefix=cycle.prefix, changed=len(changed))
    return changed


@transaction.atomic
def refresh_filing(filing: Filing, by: User) -> list[Changed]:
    """
    Take the facts of one community anew, while its filing is filled in or mended; return what changed.

    Called where `is_stale` says that a register was changed since, as by a correction that was accepted.
    """
    permitting.refuse_work(filing, Work.ANSWER, by)
    Filing.objects.select_for_update(of=("self",)).get(pk=filing.pk)
    code = permitting.code_of(filing.place)
    changed = take(filing.cycle, judge(filing.cycle, within=code, by=by), code, only=filing.pk)
    detail = {"cycle": filing.cycle_id, "changed": len(changed)}
    events.record("cycle.refresh", by=by, obj=filing, prefix=prefix_of(code), **detail)
    return changed


def order_refresh(cycle: Cycle, by: User) -> Job:
    """Have the facts of the whole evaluation taken anew by a worker."""
    permitting.refuse_organising(cycle, by)
    return jobs.submit(KIND, by=by, prefix=cycle.prefix, cycle=cycle.pk)


def is_stale(filing: Filing) -> bool:
    """Say whether a register of the community was changed since its facts were taken, and they may be taken anew."""
    if filing.state not in OPEN or filing.taken_at is None:
        return False
    code = permitting.code_of(filing.place)
    since = Event.objects.filter(at__gt=filing.taken_at, action__in=REGISTER_EVENTS)
    above = [code[:width] for width in (4, 6, 9)]
    own = since.filter(prefix=code)
    return own.exists() or since.filter(prefix__in=above, action="ledger.import").exists()


def judge(
    cycle: Cycle,
    *,
    within: str | None = None,
    by: User | None = None,
    steps: Steps | None = None,
    job: Job | None = None,
) -> Run:
    """Judge the communities of the evaluation, or one of them, by its plan version and as of its day."""
    area = within or cycle.prefix
    return judging.evaluate(version=cycle.plan_version, as_of=cycle.as_of, within=area, by=by, steps=steps, job=job)


def take(cycle: Cycle, run: Run, prefix: str, *, only: int | None = None) -> list[Changed]:
    """
    Write what the run found and what the fields' formulas come to into the answers; return which say something else.

    Filings that are filed already are left alone. An answer that is not there yet is made.
    """
    chosen = f"l.cycle_id = {cycle.pk} AND l.state IN ({', '.join(literal(state) for state in OPEN)})"
    if only is not None:
        chosen += f" AND l.id = {only}"
    now = timezone.now()  # held against the moments of events, which no frozen clock moves
    with _known(cycle, prefix) as known, connection.cursor() as cursor:
        cursor.execute(_taken_sql(cycle, run, known, chosen))
        cursor.execute(CHANGED)
        changed = [Changed(*row) for row in cursor.fetchall()]
        cursor.execute(WRITE, {"run": run.pk, "now": now})
        cursor.execute(STAMP, {"now": now})
        cursor.execute("DROP TABLE filings_taken")
    return changed


def _taken_sql(cycle: Cycle, run: Run, known: str, chosen: str) -> str:
    """Return the statement that gathers what each answer is to hold: of several milestones the one that counts."""
    return (
        "CREATE TEMP TABLE filings_taken ON COMMIT DROP AS "
        "SELECT l.id AS filing_id, l.place_id, i.id AS item_id, COALESCE(f.verdict, '') AS verdict, f.measured, "
        "f.required, COALESCE(f.missing, '{}') AS missing, COALESCE(k.known, '{}'::jsonb) AS known "
        f"FROM filings_filing l JOIN filings_sheetitem i ON i.version_id = {cycle.sheet_version_id} "
        "LEFT JOIN (SELECT DISTINCT ON (f.place_id, t.code) f.place_id, t.code, f.verdict, f.measured, f.required, "
        "f.missing FROM compliance_finding f JOIN plans_rule r ON r.id = f.rule_id "
        f"JOIN plans_target t ON t.id = r.target_id WHERE f.run_id = {run.pk} ORDER BY f.place_id, t.code, "
        "f.verdict = 'not_applicable', f.verdict = 'not_due', f.milestone DESC) f "
        "ON i.target <> '' AND f.code = i.target AND f.place_id = l.place_id "
        f"LEFT JOIN {known} k ON k.place_id = l.place_id AND k.item_id = i.id WHERE {chosen}"
    )


CHANGED = f"""
SELECT t.filing_id, p.name, i.code, a.verdict, t.verdict, a.known, t.known
FROM filings_taken t JOIN filings_answer a ON a.filing_id = t.filing_id AND a.item_id = t.item_id
JOIN filings_sheetitem i ON i.id = t.item_id JOIN places_place p ON p.id = t.place_id
WHERE ({", ".join(f"a.{name}" for name in FACTS.split(", "))})
    IS DISTINCT FROM ({", ".join(f"t.{name}" for name in FACTS.split(", "))})
ORDER BY t.filing_id, i."order"
"""
WRITE = f"""
INSERT INTO filings_answer (version, filing_id, item_id, typed, parts, reason, does_not_apply, is_settled,
    run_id, taken_at, {FACTS})
SELECT 1, filing_id, item_id, '{{}}', '{{}}', '', '', FALSE, %(run)s, %(now)s, {FACTS} FROM filings_taken
ON CONFLICT (filing_id, item_id) DO UPDATE SET run_id = EXCLUDED.run_id, taken_at = EXCLUDED.taken_at,
    {", ".join(f"{name} = EXCLUDED.{name}" for name in FACTS.split(", "))}
"""
STAMP = "UPDATE filings_filing SET taken_at = %(now)s WHERE id IN (SELECT filing_id FROM filings_taken)"


# What the fields' formulas come to


@contextmanager
def _known(cycle: Cycle, prefix: str) -> Iterator[str]:
    """Yield the table of what the registers know: place, item, and the known fields as texts by their code."""
    pack, book = pack_of(cycle), rulebook(cycle.plan_version)
    keys = dict(SheetItem.objects.filter(version=cycle.sheet_version_id).values_list("code", "pk"))
    name = f"filings{cycle.pk}"
    asked = [(keys[item.code], list(_asked(item))) for _section, item in pack.items() if any(_asked(item))]
    parsed = {ask.known: _parse(book, ask.known) for _key, asks in asked for ask in asks}
    tables = tables_of(book, cycle.as_of, prefix_of(prefix), [(LEVEL, node) for node in parsed.values()], name)
    tables.build()
    statement = Statement(tables, LEVEL)
    columns = {
        key: _object({ask.code: statement.write(parsed[ask.known]).value for ask in asks}) for key, asks in asked
    }
    values = ", ".join(f"({key}, q.k{key})" for key in columns) or "(0, NULL::jsonb)"
    picked = ", ".join(["f.id", *(f"{text} AS k{key}" for key, text in columns.items())])
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {name}_known ON COMMIT DROP AS SELECT q.id AS place_id, v.item_id, v.known "
            f"FROM (SELECT {picked} FROM {statement.source} WHERE f.day = {literal(cycle.as_of)} OFFSET 0) q "
            f"CROSS JOIN LATERAL (VALUES {values}) v(item_id, known)"
        )
        yield f"{name}_known"
        cursor.execute(f"DROP TABLE {name}_known")
    tables.drop()


def _asked(item: ItemSpec) -> Iterable[AskSpec]:
    return (ask for ask in item.asks if ask.known)


def _parse(book: Rulebook, text: str) -> formulas.Node:
    return formulas.parse(text, book.vocabulary, LEVEL)


def _object(values: dict[str, str]) -> str:
    pairs = ", ".join(f"{literal(code)}, ({value})::text" for code, value in values.items())
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def applies(cycle_like: Cycle, pack: SheetPack) -> set[int] | None:
    """
    Return the communities of which the sheet's condition holds, or is not known; None where it has no condition.

    What nobody recorded leaves no community out: it would go unevaluated without anybody's noticing.
    """
    if not pack.objects.applies_when:
        return None
    book = rulebook(cycle_like.plan_version)
    node = _parse(book, pack.objects.applies_when)
    tables = tables_of(book, cycle_like.as_of, cycle_like.prefix, [(LEVEL, node)], "filings_applies")
    with transaction.atomic(), connection.cursor() as cursor:
        tables.build()
        statement = Statement(tables, LEVEL)
        held = statement.write(node).value
        day = literal(cycle_like.as_of)
        cursor.execute(f"SELECT f.id FROM {statement.source} WHERE f.day = {day} AND ({held}) IS NOT FALSE")
        found = {int(key) for (key,) in cursor.fetchall()}
        tables.drop()
    return found


def refuse_ahead(as_of: date) -> None:
    """Raise ValidationError for a day to come: nothing is recorded for it yet."""
    if as_of > clock.today():
        raise ValidationError(_("{day} lies ahead: nothing is recorded for it yet.").format(day=as_of))
