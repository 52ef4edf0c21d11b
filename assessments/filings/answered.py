"""The answers of a filing as the arithmetic reads them, and what they come to."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from . import scoring
from .answers import Answers, TargetAnswer
from .models import Answer, Cycle, Filing, SheetVersion
from .pack import ItemSpec, SectionSpec, SheetPack, restore
from .scoring import ItemScore, SheetScore
from .typed import given_in, item_answer


def pack_of(filing_or_cycle: Filing | Cycle) -> SheetPack:
    """Return the sheet by which it is scored; kept in memory, a published version never changes."""
    cycle = filing_or_cycle.cycle if isinstance(filing_or_cycle, Filing) else filing_or_cycle
    return _pack(cycle.sheet_version_id, cycle.sheet_version.sha256)


@lru_cache(maxsize=16)
def _pack(version: int, _sha256: str) -> SheetPack:
    return restore(SheetVersion.objects.values_list("pack", flat=True).get(pk=version))


def specs(pack: SheetPack) -> dict[str, tuple[SectionSpec, ItemSpec]]:
    """Return the items of the sheet by their codes, each with its section."""
    return {item.code: (section, item) for section, item in pack.items()}


def rows_of(filing: Filing) -> list[Answer]:
    """Return the answers of the filing in the order of the sheet; one query."""
    rows = filing.answers.select_related("item__section", "carried_from", "changed_by")
    return list(rows.order_by("item__order"))


def answers_of(filing: Filing, rows: Iterable[Answer] | None = None) -> Answers:
    """Return what the filing says as a whole."""
    return collected(pack_of(filing), filing.cycle.as_of, rows_of(filing) if rows is None else rows)


def collected(pack: SheetPack, day: date, rows: Iterable[Answer]) -> Answers:
    """Return the answers in `rows` to the items of the sheet."""
    items = specs(pack)
    given = [(row, items[row.item.code][1]) for row in rows]
    return Answers(
        day=day,
        targets={
            item.rule.target: TargetAnswer(row.verdict, row.measured, row.required, tuple(row.missing))
            for row, item in given
            if item.rule.target and row.verdict
        },
        items={item.code: item_answer(item, given_in(row), row.known) for row, item in given},
    )


def scored(filing: Filing, rows: Iterable[Answer] | None = None) -> SheetScore:
    """Return what the community's own answers come to; what others score is open in it."""
    return scoring.score(pack_of(filing), answers_of(filing, rows))


def item_scored(filing: Filing, answer: Answer) -> ItemScore:
    """Return what one answer comes to."""
    pack = pack_of(filing)
    return scoring.score_item(specs(pack)[answer.item.code][1], collected(pack, filing.cycle.as_of, [answer]))
