"""What a new version of a sheet changes: its head, sections and items, each as it was and as it will be."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from assessments.plans.comparing import Difference

from . import telling, writing
from .models import Sheet, SheetVersion
from .pack import GradeSpec, ItemSpec, SectionSpec, SheetPack, VetoSpec, restore

HEAD = ("title", "plan", "owner", "objects", "base", "bonus_cap", "deduction_cap", "decimals", "rounding", "ties")


def before_of(sheet: Sheet | None, than: SheetVersion | None = None) -> SheetPack | None:
    """Return the latest published version of the sheet (before `than`); None where there is none."""
    if sheet is None:
        return None
    rows = SheetVersion.objects.published().filter(sheet=sheet).order_by("-number")
    found = rows.filter(number__lt=than.number).first() if than else rows.first()
    return restore(found.pack) if found else None


def differences(before: SheetPack | None, after: SheetPack) -> list[Difference]:
    """Return what `after` changes, in the order of the sheet; nothing where there was nothing before."""
    if before is None:
        return []
    return [*_of_head(before, after), *_of_sections(before, after), *_of_items(before, after)]


def _of_head(before: SheetPack, after: SheetPack) -> Iterator[Difference]:
    labels = {
        "title": _("title"),
        "plan": _("plan"),
        "owner": _("owner"),
        "objects": _("communities scored"),
        "base": _("full marks of the base part"),
        "bonus_cap": _("bonus at most"),
        "deduction_cap": _("deduction at most"),
        "decimals": _("decimals of the total"),
        "rounding": _("rounding of the total"),
        "ties": _("where totals are equal"),
    }
    for name in HEAD:
        old, new = _head(getattr(before, name)), _head(getattr(after, name))
        if old != new:
            yield Difference(_("head"), name, labels[name], old, new)
    for kind, parts in ((_("grade of a sheet"), "grades"), (_("veto of a sheet"), "vetoes")):
        yield from _of_list(kind, getattr(before, parts), getattr(after, parts))


def _head(value: Any) -> str:
    if hasattr(value, "zh"):
        return " ".join(text for text in (value.zh, value.en) if text)
    if hasattr(value, "kinds"):
        return " · ".join([*value.kinds, value.applies_when]).removesuffix(" · ")
    return " › ".join([*value.order, value.then]) if hasattr(value, "then") else str(value)


def _of_list(kind: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Difference]:
    old, new = {one.code: one for one in before}, {one.code: one for one in after}
    for code in {**old, **new}:
        was, will = old.get(code), new.get(code)
        if was != will:
            label = (will or was).label.zh  # type: ignore[union-attr]
            yield Difference(kind, code, label, _listed(was), _listed(will))


def _listed(one: GradeSpec | VetoSpec | None) -> str:
    if one is None:
        return ""
    if isinstance(one, GradeSpec):
        return f"{one.label.zh} ≥ {one.at_least}" + (f" ({one.quota})" if one.quota else "")
    return " · ".join([one.label.zh, one.basis, one.grade])


def _of_sections(before: SheetPack, after: SheetPack) -> Iterator[Difference]:
    old, new = ({one.code: one for one in pack.sections} for pack in (before, after))
    for code in {**old, **new}:
        was, will = old.get(code), new.get(code)
        said = _section(was), _section(will)
        if said[0] != said[1]:
            yield Difference(_("section of a sheet"), code, (will or was).label.zh, *said)  # type: ignore[union-attr]


def _section(section: SectionSpec | None) -> str:
    """Return a section without its items."""
    if section is None:
        return ""
    label = " ".join(text for text in (section.label.zh, section.label.en) if text)
    return f"{label}（{section.kind}） {section.full}"


def _of_items(before: SheetPack, after: SheetPack) -> Iterator[Difference]:
    old, new = ({item.code: (section, item) for section, item in pack.items()} for pack in (before, after))
    for code in {**old, **new}:
        was, will = old.get(code), new.get(code)
        if was is None or will is None:
            kept: tuple[SectionSpec, ItemSpec] = was or will  # type: ignore[assignment]
            said = ("", _briefly(*kept)) if was is None else (_briefly(*kept), "")
            yield Difference(_("item of a sheet"), code, kept[1].label.zh, *said)
        elif was[1] != will[1] or was[0].code != will[0].code:
            yield Difference(_("item of a sheet"), code, will[1].label.zh, *_told_apart(was, will))


def _briefly(section: SectionSpec, item: ItemSpec) -> str:
    """Return where an item stands, its points and how they come about."""
    return f"{section.label.zh} · {item.full} · {telling.rule(item)}"


def _told_apart(was: tuple[SectionSpec, ItemSpec], will: tuple[SectionSpec, ItemSpec]) -> tuple[str, str]:
    """Return both briefly where that differs; else the parts of the item that differ."""
    said = _briefly(*was), _briefly(*will)
    if said[0] != said[1]:
        return said
    before, after = _parts(was[1]), _parts(will[1])
    differ = [name for name in before if before[name] != after[name]]
    return tuple(" · ".join(f"{name}: {one[name] or '—'}" for name in differ) for one in (before, after))  # type: ignore[return-value]


def _parts(item: ItemSpec) -> dict[str, str]:
    """Return everything about an item besides its points and rule, by what it is called."""
    asks = [f"{ask.label.zh} ({ask.type} {ask.unit or ''}) {ask.known}".strip() for ask in item.asks]
    return {
        _("label (Chinese)"): item.label.zh,
        _("label (English)"): item.label.en,
        _("asked fields"): "、".join([*asks, *(ask.label.en for ask in item.asks if ask.label.en)]),
        _("methods"): telling.methods(item.methods),
        _("evidence"): telling.evidence(item),
        _("scored by"): telling.scorer(item.scorer),
        _("may not apply"): _yes_or_no(item.may_not_apply),
        _("carried over"): _yes_or_no(item.carry_over),
        _("clause"): item.clause,
        _("catalogue rows"): "、".join(item.catalogue),
        _("attached by"): item.department,
        _("note (Chinese)"): item.note.zh if item.note else "",
        _("rule"): json.dumps(writing.rule_tree(item.rule), ensure_ascii=False),
    }


def _yes_or_no(holds: bool) -> str:
    return _("yes") if holds else _("no")
