"""Places as people call them: by code, name, short name, without 区 or 街道, by pinyin or its initials."""

import re

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from communities.ground.scope import prefix_of

from .models import Place, PlaceQuerySet
from .names import pinyin_key

ENDINGS = (
    "", "区", "县", "市", "街道", "街道办事处", "镇", "乡", "社区", "社区居民委员会", "社区居委会", "村", "村民委员会",
)  # fmt: skip
IN_PINYIN = tuple(pinyin_key(ending) for ending in ENDINGS)
MOST_NAMED = 6


def the_one(rows: PlaceQuerySet, said: str) -> Place:
    """
    Return the one place among `rows` that `said` means, with its `code`.

    Raises ValidationError, naming the candidates, where several fit or none does.
    """
    found = called(rows, said)
    if not found:
        raise ValidationError(_("No place within your reach is called “{name}”.").format(name=said))
    if len(found) > 1:
        named = "、".join(f"{place.name} {prefix_of(place.code)}" for place in found[:MOST_NAMED])  # type: ignore[attr-defined]
        more = "…" if len(found) > MOST_NAMED else ""
        told = _("Several places fit “{name}”: {places}. Give the full name or the code.")
        raise ValidationError(told.format(name=said, places=named + more))
    return found[0]


def called(rows: PlaceQuerySet, said: str) -> list[Place]:
    """
    Return the places that fit `said` in the order of their codes, a few more than are worth naming at most.

    The first of these that fits any decides: the code; the whole name; the name less its ending; its pinyin or the
    initials of it, with or without the ending; how the name begins.
    """
    said = said.strip()
    for fitting in _ways(said):
        found = list(rows.filter(fitting).distinct().in_code_order()[: MOST_NAMED + 1])
        if found:
            return found
    return []


def _ways(said: str) -> list[Q]:
    if not said:
        return []
    if said.isdecimal():
        return [Q(codes__code=said.ljust(12, "0"))]
    longer = [said + ending for ending in ENDINGS]
    ways = [Q(name=said) | Q(short_name=said), Q(short_name__in=longer) | Q(name__in=longer)]
    if pinyin := by_pinyin(said):
        ways.append(pinyin)
    return [*ways, Q(name__startswith=said)]


def by_pinyin(said: str, *, whole: bool = True) -> Q | None:
    """
    Return the condition that a place's pinyin or its initials read `said`: lixia, li xia qu, lx; None for no letters.

    With `whole=False` it is enough that they begin so.
    """
    letters = said.lower().replace(" ", "").replace("'", "")
    if not re.fullmatch(r"[a-z]{1,60}", letters):
        return None
    spelled = " ?".join(letters)
    initials = " ".join(f"{letter}[a-z]*" for letter in letters)
    endings = "|".join(f" {ending}" if ending else "" for ending in IN_PINYIN)
    end = f"({endings})$" if whole else ""
    return Q(pinyin__regex=f"^({spelled}){end}") | Q(pinyin__regex=f"^{initials}{end}")
