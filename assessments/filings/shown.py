"""A version of a sheet as it is read: what the reading page and the form on paper show."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from assessments.plans.models import Target

from . import checking, telling
from .models import ObjectKind, Rounding, SectionKind, SheetVersion
from .pack import ItemSpec, SectionSpec, SheetPack


@dataclass(frozen=True)
class ToldItem:
    """An item as it is read: its number in the sheet, and everything about it in words."""

    number: str
    item: ItemSpec
    label: str
    rule: str
    where_from: str
    method: str
    evidence: str
    scorer: str
    note: str
    is_known: bool


@dataclass(frozen=True)
class ToldSection:
    """A section as it is read."""

    section: SectionSpec
    label: str
    kind: str
    items: list[ToldItem]

    @property
    def known(self) -> int:
        """How many of its items ask nobody anything."""
        return sum(1 for one in self.items if one.is_known)


def _told(pack: SheetPack, found: SheetVersion) -> list[ToldSection]:
    targets = {
        target.code: target.label
        for target in Target.objects.filter(version=found.plan_version_id).only("code", "label_zh", "label_en")
    }
    return [_told_section(n, section, targets) for n, section in enumerate(pack.sections, start=1)]


def _told_section(number: int, section: SectionSpec, targets: dict[str, str]) -> ToldSection:
    items = [_told_item(f"{number}.{n}", item, targets) for n, item in enumerate(section.items, start=1)]
    return ToldSection(section, telling.named(section.label), str(SectionKind(section.kind).label), items)


def _told_item(number: str, item: ItemSpec, targets: dict[str, str]) -> ToldItem:
    return ToldItem(
        number=number,
        item=item,
        label=telling.named(item.label),
        rule=telling.rule(item, targets),
        where_from=telling.where_from(item),
        method=telling.methods(item.methods),
        evidence=telling.evidence(item),
        scorer=telling.scorer(item.scorer),
        note=telling.named(item.note) if item.note else "",
        is_known=telling.is_filled_by_the_system(item),
    )


def read(found: SheetVersion, pack: SheetPack) -> dict[str, Any]:
    """Return what the reading page and the form on paper have in common."""
    sections = _told(pack, found)
    items = [item for section in sections for item in section.items]
    return {
        "version": found,
        "sheet": found.sheet,
        "pack": pack,
        "sections": sections,
        "warnings": checking.warnings(pack),
        "kinds": "、".join(str(ObjectKind(kind).label) for kind in pack.objects.kinds),
        "rounding": Rounding(pack.rounding).label,
        "grades": _grades(pack),
        "ties": _ties(pack),
        "items": len(items),
        "known": sum(1 for item in items if item.is_known),
        "departments": sorted({item.item.department for item in items if item.item.department}),
    }


def _grades(pack: SheetPack) -> list[str]:
    # xgettext:no-python-format
    quota = _("{grade} from {bound} on, at most {share}% of the communities")
    plain = _("{grade} from {bound} on")
    return [
        (quota if one.quota else plain).format(
            grade=telling.named(one.label), bound=one.at_least, share=_per_cent(one.quota)
        )
        for one in pack.grades
    ]


def _per_cent(share: str) -> str:
    return format((Decimal(share or "0") * 100).normalize(), "f")


def _ties(pack: SheetPack) -> str:
    """Return who comes first where totals are equal and a quota is full."""
    names = {section.code: telling.named(section.label) for section in pack.sections}
    names |= {kind.value: str(kind.label) for kind in SectionKind if kind.value not in names}
    then = {
        "all_in": _("all of them get the grade"),
        "all_out": _("none of them gets the grade"),
        "decided": _("a person decides, with a reason"),
    }[pack.ties.then]
    order = " › ".join(names[name] for name in pack.ties.order)
    if not order:
        return then
    return _("compared in turn: {order}; where still equal, {then}").format(order=order, then=then)
