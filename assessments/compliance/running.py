"""
One run in SQL: a set of findings per question, the facts they rest on, and what they add up to.

The order of the verdicts is `judging.judge`, written as one CASE. Every statement goes over all subjects at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from assessments.formulas import Compiled, Node, Statement, needed
from assessments.formulas.sql import Writer, literal
from assessments.formulas.tree import Above, Aggregate, Among, looked_back, of_the_subject, visited, walk
from communities.ground.metrics import PLACE_LEVELS
from communities.ground.scope import prefix_of

from .facts import WIDTHS, Area, FactTables, around, other_codes, rows_of
from .judging import Question, Way
from .models import Verdict
from .rulebook import Rulebook

FINDING = "run_id, rule_id, place_id, milestone, verdict, measured, required, shortfall, missing, detail"
# Under this name and a day, the facts of a place say what it was on that day, where it was not itself.
ORIGINS = "origins:"
VERDICTS = [str(verdict) for verdict in Verdict.values]


@dataclass(frozen=True)
class Judging:
    """What one run asks of which places: the questions of a day, below a division code prefix."""

    book: Rulebook
    day: date
    prefix: str
    asked: tuple[Question, ...]

    def tables(self, name: str) -> FactTables:
        """Return the tables of facts this judging needs, not yet built."""
        nodes = [(question.target.subject, node) for question in self.asked for node in question.nodes]
        return tables_of(self.book, self.day, self.prefix, nodes, name)


def tables_of(book: Rulebook, day: date, prefix: str, nodes: list[tuple[str, Node]], name: str) -> FactTables:
    """Return the tables of facts that formulas, each with the level of its subject, read below `prefix`; not built."""
    needs = frozenset(need for _level, node in nodes for need in needed(node, day))
    rows = {pair for level, node in nodes for pair in visited(node, level, day)}
    rows |= {(level, day) for level in PLACE_LEVELS}
    area = _area(prefix, day, [node for _level, node in nodes], sorted({one for _level, one in rows}))
    back = frozenset(pair for _level, node in nodes for pair in looked_back(node, day))
    return FactTables(book, name, day, area, needs, frozenset(rows), back)


def _area(prefix: str, day: date, nodes: list[Node], days: list[date]) -> Area:
    """
    Return whose facts are gathered: the places judged, those above them and whatever their numbers are made of.

    A place that bore another code on one of the days is looked for under that code as well.
    """
    widest = min((width for node in nodes for width in _looked_aside(node)), default=len(prefix))
    prefixes = [prefix[:widest]]
    if len(days) > 1:
        prefixes += [prefix_of(code) for code in other_codes(Area(tuple(prefixes)), day, days)]
    return around(prefixes)


def looks_aside(node: Node) -> bool:
    """Say whether a subject's formula reads facts of places beside it: an aggregate of a place above."""
    return bool(_looked_aside(node))


def _looked_aside(node: Node) -> list[int]:
    """Return the widths of the code prefixes under whose places an aggregate of a place above ranges."""
    above = [part for part in walk(node) if isinstance(part, Above)]
    return [WIDTHS[part.level] for part in above if any(isinstance(inner, Aggregate) for inner in walk(part))]


def write_findings(judging: Judging, tables: FactTables, run_id: int) -> None:
    """Judge every question; those that others build on are asked first and remembered."""
    used = {name for question in judging.asked for node in question.nodes for name in node.verdicts}
    with connection.cursor() as cursor:
        for question in judging.asked:
            cursor.execute(finding_sql(question, tables, judging, run_id))
            if question.target.code in used:
                rule = judging.book.rule_id(question)
                cursor.execute(
                    f"INSERT INTO {tables.name}_verdict SELECT {literal(question.target.code)}, place_id, milestone, "
                    f"verdict FROM compliance_finding WHERE run_id = {run_id} AND rule_id = {rule} "
                    f"AND milestone = {question.milestone}"
                )


def finding_sql(question: Question, tables: FactTables, judging: Judging, run_id: int) -> str:
    """Return the statement that judges one question for every subject of its level."""
    level = question.target.subject
    statement = Statement(tables, level)
    inner = _answers_sql(question, statement)
    within = f"f.day = {literal(judging.day)} AND starts_with(f.code, {literal(judging.prefix)})"
    missing = f"CASE WHEN verdict = 'undetermined' THEN {_missing_sql()} END"
    return (
        f"INSERT INTO compliance_finding ({FINDING}) "
        f"SELECT {run_id}, {judging.book.rule_id(question)}, id, {question.milestone}, verdict, measured, "
        f"{_required_sql(question)}, {missing}, detail "
        f"FROM (SELECT *, {_verdict_sql(question)} AS verdict FROM "
        f"(SELECT {inner} FROM {statement.source} WHERE {within} OFFSET 0) a) v"
    )


def _answers_sql(question: Question, statement: Statement) -> str:
    """Return the columns a verdict is made of, for the row `f` of one subject."""
    applies = statement.write(question.applies)
    test = statement.write(question.test or question.measured)
    measured = statement.write(question.measured)
    columns = {
        "applies": applies.value,
        "test": test.value if question.test is not None else "TRUE",
        "is_missing": f"({applies.is_missing} OR {test.is_missing})",
        "is_undefined": f"({applies.is_undefined} OR {test.is_undefined})",
        "attention": statement.write(question.attention).value if question.attention else "FALSE",
        "measured": _as_number(question.measured, measured),
        "leaves": _leaves_sql(question, statement),
        "detail": _detail_sql(question, statement, measured),
        **{f"bound{n}": statement.write(b.node).value for n, b in enumerate(question.bounds)},
    }
    return ", ".join(["f.id", *(f"{text} AS {name}" for name, text in columns.items())])


def _as_number(node: Node, compiled: Compiled) -> str:
    if node.type == "boolean":
        return f"({compiled.value})::int::numeric"
    return f"({compiled.value})::numeric" if node.type == "number" else "NULL::numeric"


def _leaves_sql(question: Question, statement: Statement) -> str:
    named = [
        f"CASE WHEN {statement.write(leaf).is_missing}{_reached_sql(ways, statement)} THEN {literal(leaf.text)} END"
        for leaf, ways in question.reached
    ]
    return f"ARRAY[{', '.join(named)}]::text[]"


def _reached_sql(ways: list[Way], statement: Statement) -> str:
    """Return the condition that one of the ways is not ruled out; nothing where no branch stands before the leaf."""
    if () in ways:
        return ""
    taken = (
        " AND ".join(f"({statement.write(condition).value}) IS NOT {str(not side).upper()}" for condition, side in way)
        for way in ways
    )
    return f" AND ({' OR '.join(taken)})"


def _missing_sql() -> str:
    return "array_remove(leaves, NULL)"


def _detail_sql(question: Question, statement: Statement, measured: Compiled) -> str:
    """Return what is told beside the number: known members and the provisional value, names singled out, texts."""
    told = []
    own = [part for node in (question.measured, question.test) if node for part in of_the_subject(node)]
    aggregate = next((n for n in of_the_subject(question.measured) if isinstance(n, Aggregate)), None)
    if aggregate is not None:
        told.append(_members_sql(aggregate, statement))
    among = next((n for n in own if isinstance(n, Among) and n.name != "in"), None)
    if among is not None:
        told.append(f"'{among.name}', {_names_sql(among, statement)}")
    if question.measured.type in ("date", "choice"):
        told.append(f"'measured', ({measured.value})::text")
    return f"jsonb_strip_nulls(jsonb_build_object({', '.join(told)}))" if told else "NULL::jsonb"


def _members_sql(node: Aggregate, statement: Statement) -> str:
    members = Writer(statement, statement.alias).members(node)
    return f"'known', {members.told}, 'of', {members.told} + {members.unknown}, 'provisional', ({members.value})::text"


def _names_sql(node: Among, statement: Statement) -> str:
    held = statement.write(node.argument).value
    listed = f"ARRAY[{', '.join(literal(name) for name in node.listed)}]::text[]"
    first, second = (listed, held) if node.name == "lacking" else (held, listed)
    keep = "" if node.name == "inside" else "NOT "
    return f"(SELECT array_agg(one ORDER BY one) FROM unnest({first}) one WHERE {keep}(one = ANY({second})))"


def _verdict_sql(question: Question) -> str:
    """Return the verdict over the columns of `_answers_sql`, in the order of `judging.judge`."""
    steps = ["WHEN applies IS FALSE THEN 'not_applicable'"]
    if question.state in ("no_rule", "not_due"):
        return f"CASE {steps[0]} ELSE '{question.state}' END"
    steps += ["WHEN is_missing THEN 'undetermined'", "WHEN is_undefined THEN 'not_applicable'"]
    if question.test is None:
        return f"CASE {' '.join(steps)} ELSE 'reported' END"
    steps += [f"WHEN NOT test THEN '{question.missed}'", "WHEN attention IS TRUE THEN 'attention'"]
    return f"CASE {' '.join(steps)} ELSE 'met' END"


def _required_sql(question: Question) -> str:
    """Return required and shortfall: the bound that is missed, else the first; short is only who was asked."""
    if not question.bounds or question.measured.type != "number":
        return "NULL, NULL"
    cases, short = [], []
    for number, bound in enumerate(question.bounds):
        sign = {"==": "=", "!=": "<>"}.get(bound.sign, bound.sign)
        missed = f"NOT (round(measured, 12) {sign} round(bound{number}, 12))"
        cases.append(f"WHEN {missed} THEN bound{number}")
        short.append(f"WHEN {missed} THEN abs(measured - bound{number})")
    required = f"CASE {' '.join(cases)} ELSE bound0 END"
    asked = "verdict NOT IN ('not_applicable', 'undetermined', 'no_rule')"
    return f"{required}, CASE WHEN test IS FALSE AND {asked} THEN CASE {' '.join(short)} END END"


def write_snapshot(judging: Judging, tables: FactTables, run_id: int) -> None:
    """Keep the facts that were read: one row per subject and day, numbers and days as texts."""
    with connection.cursor() as cursor:
        for level in sorted({level for level, _day in tables.rows}):
            cursor.execute(
                f"INSERT INTO compliance_snapshot (run_id, level, subject_id, day, code, facts) "
                f"SELECT {run_id}, {literal(level)}, f.id, f.day, f.code, {facts_sql(tables, level)} "
                f"FROM {tables.table(level)} f"
            )


def facts_sql(tables: FactTables, level: str) -> str:
    pairs = []
    for fact in tables.facts_of(level):
        column = f"f.{tables.column(fact)}"
        text = f"{column}::text" if fact.type in ("number", "date") else column
        pairs.append(f"{literal(fact.key)}, {text}")
    chunks = [pairs[start : start + 40] for start in range(0, len(pairs), 40)] or [[]]
    told = [f"jsonb_build_object({', '.join(chunk)})" for chunk in chunks]
    return " || ".join([*told, _came_from_sql(level, tables)] if tables.origins(level) else told)


def _came_from_sql(level: str, tables: FactTables) -> str:
    """Return what the places that came out of others were on earlier days, each day under the key `origins:DAY`."""
    part = "jsonb_build_object('id', o.origin_id, 'share', o.share::text, 'sole', o.sole)"
    return (
        f"COALESCE((SELECT jsonb_object_agg('{ORIGINS}' || k.day, k.parts) FROM (SELECT o.day, jsonb_agg({part} "
        f"ORDER BY o.origin_id) AS parts FROM {tables.origins(level)} o WHERE o.id = f.id AND o.seen = f.day "
        f"GROUP BY o.day HAVING bool_or(o.origin_id <> o.id OR o.share <> 1)) k), '{{}}')"
    )


def write_roll_ups(judging: Judging, tables: FactTables, run_id: int) -> None:
    """Add the findings up: by street first, then by code prefix to district and city, never beyond the area judged."""
    counts = ", ".join(f"count(*) FILTER (WHERE f.verdict = '{verdict}') AS {verdict}" for verdict in VERDICTS)
    totals = ", ".join(f"sum({verdict}) AS {verdict}" for verdict in VERDICTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {tables.name}_up ON COMMIT DROP AS SELECT f.rule_id, f.milestone, p.level, "
            f"left(p.code, {_parent_width('p.level')}) AS prefix, {counts}, sum(f.shortfall) "
            "FILTER (WHERE f.verdict IN ('not_met', 'attention', 'reported')) AS shortfall "
            f"FROM compliance_finding f JOIN {tables.name}_place p ON p.id = f.place_id "
            f"AND p.day = {literal(judging.day)} WHERE f.run_id = {run_id} AND p.level <> 'city' GROUP BY 1, 2, 3, 4"
        )
        for level, width in (("street", 9), ("district", 6), ("city", 4)):
            if width < len(judging.prefix):
                continue
            cursor.execute(
                f"INSERT INTO compliance_rollup (run_id, rule_id, milestone, place_id, subject, {', '.join(VERDICTS)}, "
                f"shortfall) SELECT {run_id}, u.rule_id, u.milestone, p.id, u.level, {totals}, sum(u.shortfall) "
                f"FROM {tables.name}_up u JOIN {tables.name}_place p ON p.day = {literal(judging.day)} "
                f"AND p.level = '{level}' AND p.code = rpad(left(u.prefix, {width}), 12, '0') "
                f"WHERE length(u.prefix) >= {width} GROUP BY 2, 3, 4, 5"
            )
        cursor.execute(f"DROP TABLE {tables.name}_up")


def _parent_width(level: str) -> str:
    return f"CASE {level} WHEN 'community' THEN 9 WHEN 'street' THEN 6 ELSE 4 END"


def has_example_data(judging: Judging, tables: FactTables) -> bool:
    """Say whether any row that counted was made by the generator."""
    seen: set[tuple[str, str, date, str]] = set()
    for need in tables.needs:
        if need.fact.code == "stated":
            continue
        source = judging.book.metric(need.fact).source
        asked = source.code, need.fact.level, need.day, need.fact.during
        if asked in seen:
            continue
        seen.add(asked)
        rows = rows_of(judging.book, need.fact, need.day)
        subjects = "place" if need.fact.level in PLACE_LEVELS else f"{need.fact.level}_base"
        rows = rows.filter(**{f"{source.place}__in": tables._ids(subjects)})
        if (
            hasattr(rows.model, "is_example")
            and rows.model.objects.filter(pk__in=rows.values("pk"), is_example=True).exists()
        ):
            return True
    return False


def analyze() -> None:
    """
    Let the database look at what runs have left behind, so that pages about a new run are planned well at once.

    Called when the run is committed: inside its transaction a lock would keep the next run waiting for its end.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE compliance_finding (run_id, rule_id, place_id, milestone, verdict)")
        cursor.execute("ANALYZE compliance_rollup (run_id, rule_id, place_id, milestone)")


def places_judged(tables: FactTables, judging: Judging) -> int:
    """Return how many places were subjects."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {tables.name}_place WHERE day = {literal(judging.day)} "
            f"AND starts_with(code, {literal(judging.prefix)})"
        )
        (count,) = cursor.fetchone()
    return int(count)


def count_verdicts(run_id: int) -> dict[str, int]:
    """Return how many findings have which verdict."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT verdict, count(*) FROM compliance_finding WHERE run_id = %s GROUP BY verdict", [run_id])
        return {str(verdict): int(count) for verdict, count in cursor.fetchall()}


def expected_findings(asked: Iterable[Question], tables: FactTables, judging: Judging) -> int:
    """Return how many findings there must be: every question once for every subject of its level."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT level, count(*) FROM {tables.name}_place WHERE day = {literal(judging.day)} "
            f"AND starts_with(code, {literal(judging.prefix)}) GROUP BY level"
        )
        subjects = dict(cursor.fetchall())
    return sum(subjects.get(question.target.subject, 0) for question in asked)
