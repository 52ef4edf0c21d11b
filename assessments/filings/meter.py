"""
The burden meter: how much an evaluation asks, how much of it was known already, what nobody had to bring twice.

Read off the answers as they stand, by street: fields that somebody types and fields that the registers filled in; items
that opened with all they need (a verdict, every field, last year's answer); evidence that served again. What the
district or a department scores is asked of no community and not counted, unless the registers answer it.
"""

from collections import Counter
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection

from communities.ground import clock
from communities.ground.scope import prefix_of
from communities.places.models import PlaceCode

from .answered import pack_of
from .marks import BY_COMMUNITY
from .models import Cycle
from .pack import ItemSpec
from .typed import asks_whether, parts_of


@dataclass(frozen=True)
class Burden:
    """
    The burden of one street, or of all where `code` is empty.

    `fields` are all that could be asked. The registers filled in the `known` ones, last year's answers the `carried`
    ones; `asked` is what is left to type anew. Of the `items`, the `prefilled` ones opened with all they need.
    """

    code: str
    street: str
    filings: int = 0
    fields: int = 0
    known: int = 0
    carried: int = 0
    items: int = 0
    prefilled: int = 0
    evidence_reused: int = 0

    @property
    def asked(self) -> int:
        """How many fields somebody has to type anew."""
        return self.fields - self.known - self.carried

    @property
    def duplicates_avoided(self) -> int:
        """How many times something was not brought again: a known field, evidence that served once more."""
        return self.known + self.evidence_reused

    @property
    def share_prefilled(self) -> Decimal | None:
        """Share of the items that opened with all they need; None where there are none."""
        return Decimal(self.prefilled) / self.items if self.items else None


def meter(cycle: Cycle, within: str | None = None) -> list[Burden]:
    """Return the burden by street in the order of the codes, and of all at the end; four queries."""
    items = {item.code: item for _section, item in pack_of(cycle).items()}
    asked = {"cycle": cycle.pk, "today": clock.today(), "prefix": prefix_of(within or "")}
    streets: dict[str, Counter[str]] = {}
    for street, count in _rows(FILINGS, asked):
        streets.setdefault(street, Counter())["filings"] += count
    for street, code, known, is_carried, is_told, count in _rows(ANSWERS, asked):
        for name, each in _weighed(items[code], known, is_carried=is_carried, is_told=is_told).items():
            streets.setdefault(street, Counter())[name] += each * count
    for street, again in _rows(EVIDENCE, asked):
        streets.setdefault(street, Counter())["evidence_reused"] += again
    names = _names(streets)
    found = [Burden(code, names.get(code, code), **streets[code]) for code in sorted(streets)]
    return [*found, _all_of(found)]


def _weighed(item: ItemSpec, known: int, *, is_carried: bool, is_told: bool) -> dict[str, int]:
    """Return what one answer adds, of so many known fields; nothing of what is asked of no community."""
    if item.rule.target:
        return {"items": 1, "prefilled": int(is_told)}
    if item.scorer not in BY_COMMUNITY:
        return {}
    typed, knowable = _typed_fields(item), sum(1 for ask in item.asks if ask.known)
    whole = is_carried or (not typed and known == knowable)
    carried = typed if is_carried else 0
    return {"items": 1, "fields": typed + knowable, "known": known, "carried": carried, "prefilled": int(whole)}


def _typed_fields(item: ItemSpec) -> int:
    """Return how many fields of an item a person types: asked ones, points and reason, parts, whether it is so."""
    asked = sum(1 for ask in item.asks if not ask.known)
    judged = 2 if item.rule.kind == "judged" else 0
    return asked + judged + len(parts_of(item)) + asks_whether(item)


def _all_of(found: list[Burden]) -> Burden:
    own = [one.name for one in fields(Burden) if one.name not in ("code", "street")]
    return Burden("", "", **{name: sum(getattr(row, name) for row in found) for name in own})


def _rows(text: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, asked)
        return list(cursor.fetchall())


def _names(streets: dict[str, Counter[str]]) -> dict[str, str]:
    codes = [code.ljust(12, "0") for code in streets]
    rows = PlaceCode.objects.filter(code__in=codes, during__contains=clock.today())
    return {code[:9]: name for code, name in rows.values_list("code", "place__name")}


OF_CYCLE = """
filings_filing l JOIN places_placecode c ON c.place_id = l.place_id AND c.during @> %(today)s::date
    AND starts_with(c.code, %(prefix)s)
"""
FILINGS = f"SELECT left(c.code, 9), count(*) FROM {OF_CYCLE} WHERE l.cycle_id = %(cycle)s GROUP BY 1"
ANSWERS = f"""
SELECT left(c.code, 9), i.code, (SELECT count(*) FROM jsonb_object_keys(a.known)), a.carried_from_id IS NOT NULL,
    a.verdict NOT IN ('', 'undetermined', 'reported'), count(*)
FROM {OF_CYCLE} JOIN filings_answer a ON a.filing_id = l.id JOIN filings_sheetitem i ON i.id = a.item_id
WHERE l.cycle_id = %(cycle)s GROUP BY 1, 2, 3, 4, 5
"""
EVIDENCE = f"""
SELECT street, sum(uses - 1) FROM (
    SELECT left(c.code, 9) AS street, u.evidence_id, (
        SELECT count(*) FROM filings_evidenceuse every WHERE every.evidence_id = u.evidence_id
    ) AS uses
    FROM {OF_CYCLE} JOIN filings_evidenceuse u ON u.filing_id = l.id
    WHERE l.cycle_id = %(cycle)s GROUP BY 1, 2
) again GROUP BY 1
"""
