"""
What a leader needs to know first: the largest problems of a place in one sentence each, worked out from its table.

Missed binding targets come before advisory ones, many places before few; what cannot be judged for want of data is
said last, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.compliance.results import TableRow, Tally
from assessments.compliance.viewpoint import Viewpoint
from communities.places.models import Place

MOST_NAMED = 3


@dataclass(frozen=True)
class Matter:
    """One thing to know: the sentence, what stands under it in grey, the word at its end, where it leads."""

    title: str
    detail: str
    verdict: str
    word: str
    url: str


def matters(seen: Viewpoint, table: Sequence[TableRow]) -> list[Matter]:
    """Return up to three things to know about the place."""
    missed = _in_order(_missed(table, "not_met"))
    advised = _in_order(_missed(table, "attention"))
    unknown = [row for row in table if row.total.counts.get("undetermined")]
    told = [_told(seen, row, "not_met") for row in missed] + [_told(seen, row, "attention") for row in advised]
    return [*told[: 2 if unknown else 3], *([_unknown(seen, unknown)] if unknown else [])]


def _missed(table: Sequence[TableRow], verdict: str) -> list[TableRow]:
    return [row for row in table if row.total.counts.get(verdict) and (row.total.verdict == verdict)]


def _in_order(rows: list[TableRow]) -> list[TableRow]:
    """The target missed by the most places, then those the place itself misses, then the rest by number."""
    below = sorted((row for row in rows if not row.total.own), key=_size, reverse=True)
    return [*below[:1], *(row for row in rows if row.total.own), *below[1:]]


def _size(row: TableRow) -> int:
    return row.total.counts.get("not_met", 0) + row.total.counts.get("attention", 0)


def _told(seen: Viewpoint, row: TableRow, verdict: str) -> Matter:
    number = row.total.counts[verdict]
    label = row.line.target.label.zh
    if row.total.own:
        title = _("{target}: missed here").format(target=label)
    else:
        said = ngettext("{target}: missed by {number} of {all}", "{target}: missed by {number} of {all}", number)
        title = said.format(target=label, number=_counted(number, row.line.target.subject), all=f"{row.total.judged:,}")
    short = row.line.short(row.total.shortfall) if row.total.own else row.short
    parts = [_("short of {amount} in all").format(amount=short) if short else "", _worst(seen, row, verdict)]
    return Matter(
        title=title,
        detail="；".join(part for part in parts if part),
        verdict=verdict,
        word="",
        url=f"/findings/?{seen.query(target=row.line.target.code, verdict=verdict)}",
    )


def _counted(number: int, level: str) -> str:
    named = {
        "community": ngettext("{n} community", "{n} communities", number),
        "street": ngettext("{n} street", "{n} streets", number),
        "district": ngettext("{n} district", "{n} districts", number),
        "city": ngettext("{n} city", "{n} cities", number),
    }[level]
    return named.format(n=f"{number:,}")


def _worst(seen: Viewpoint, row: TableRow, verdict: str) -> str:
    """Name the places right below with the most misses."""
    counted: list[tuple[Place, Tally]] = [
        (place, cell) for place, cell in zip(seen.children, row.cells, strict=True) if cell.counts.get(verdict)
    ]
    counted.sort(key=lambda pair: pair[1].counts[verdict], reverse=True)
    if not counted:
        return ""
    if all(cell.own for _place, cell in counted):
        return "、".join(place.short_name for place, _cell in counted[:MOST_NAMED])
    named = "、".join(f"{place.short_name} {cell.counts[verdict]:,}" for place, cell in counted[:MOST_NAMED])
    return _("most in {places}").format(places=named)


def _unknown(seen: Viewpoint, rows: Sequence[TableRow]) -> Matter:
    number = sum(row.total.counts["undetermined"] for row in rows)
    most = sorted(rows, key=lambda row: row.total.counts["undetermined"], reverse=True)[:MOST_NAMED]
    named = "、".join(f"{row.line.target.label.zh} {row.total.counts['undetermined']:,}" for row in most)
    return Matter(
        title=_("{number} verdicts cannot be given for want of data").format(number=f"{number:,}"),
        detail=_("most on {targets}").format(targets=named),
        verdict="undetermined",
        word=_("data wanted"),
        url=f"/findings/?{seen.query(verdict='undetermined')}",
    )
