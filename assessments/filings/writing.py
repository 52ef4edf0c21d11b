"""
A sheet on its way out: as the text of a file, and as the rows of a version.

`tree` is what a file of the sheet says; what is put together in a form goes through it and is then read and checked
like a file that somebody sends.
"""

from dataclasses import asdict
from decimal import Decimal
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML

from assessments.plans.models import PlanVersion
from assessments.plans.pack import Label
from communities.ground.models import User

from .models import Sheet, SheetGrade, SheetItem, SheetSection, SheetVersion, SheetVeto
from .pack import AskSpec, EvidenceSpec, ItemSpec, RuleSpec, SectionSpec, SheetPack

Tree = dict[str, Any]
WIDEST = 110


def text(tree: Tree) -> str:
    """Return the tree as the text of a file."""
    yaml = YAML()
    yaml.width = WIDEST
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    out = StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


def tree(pack: SheetPack) -> Tree:
    """Return what a file of the sheet says; what a sheet need not say is left out where it says nothing."""
    return {"sheet": _head(pack), "sections": {section.code: section_tree(section) for section in pack.sections}}


def _head(pack: SheetPack) -> Tree:
    return _filled(
        {
            "code": pack.code,
            "title": label(pack.title),
            "plan": pack.plan,
            "owner": pack.owner,
            "subject": pack.subject,
            "objects": _filled({"kinds": list(pack.objects.kinds), "applies_when": pack.objects.applies_when}),
            "base": pack.base,
            "bonus_cap": pack.bonus_cap,
            "deduction_cap": pack.deduction_cap,
            "rounding": {"decimals": str(pack.decimals), "mode": pack.rounding},
            "grades": [
                _filled({"code": one.code, "label": label(one.label), "from": one.at_least, "quota": one.quota})
                for one in pack.grades
            ],
            "ties": _filled({"order": list(pack.ties.order), "then": pack.ties.then}),
            "vetoes": [
                {"code": one.code, "label": label(one.label), "basis": one.basis, "grade": one.grade}
                for one in pack.vetoes
            ],
            "authored_by": pack.authored_by,
            "checked_by": pack.checked_by,
            "next_review": pack.next_review.isoformat() if pack.next_review else "",
        }
    )


def label(given: Label) -> Tree:
    """Return a text in both languages as a file says it."""
    return _filled({"zh": given.zh, "en": given.en})


def _filled(given: Tree) -> Tree:
    return {key: value for key, value in given.items() if value not in ("", None, [], {})}


def section_tree(section: SectionSpec) -> Tree:
    """Return one section as a file says it."""
    return {
        "label": label(section.label),
        "full": section.full,
        "kind": section.kind,
        "items": {item.code: item_tree(item) for item in section.items},
    }


def item_tree(item: ItemSpec) -> Tree:
    """Return one item as a file says it."""
    return _filled(
        {
            "label": label(item.label),
            "full": item.full,
            "rule": rule_tree(item.rule),
            "asks": {ask.code: _ask(ask) for ask in item.asks},
            "method": list(item.methods),
            "evidence": _evidence(item.evidence),
            "scorer": item.scorer,
            "may_not_apply": "true" if item.may_not_apply else "",
            "carry_over": "true" if item.carry_over else "",
            "clause": item.clause,
            "catalogue": list(item.catalogue),
            "department": item.department,
            "note": label(item.note) if item.note else {},
        }
    )


def _ask(ask: AskSpec) -> Tree:
    choices = {code: label(one) for code, one in zip(ask.choices, ask.choice_labels, strict=True)}
    return _filled(
        {
            "label": label(ask.label),
            "type": ask.type,
            "unit": ask.unit,
            "choices": choices,
            "known": ask.known,
            "optional": "true" if ask.is_optional else "",
        }
    )


def _evidence(evidence: EvidenceSpec) -> Tree:
    if evidence == EvidenceSpec():
        return {}
    said = label(evidence.text) if evidence.text else {}
    return _filled({"need": evidence.need, "counts": list(evidence.counts), "text": said})


def rule_tree(rule: RuleSpec) -> Tree:
    """Return one rule as a file says it."""
    return _filled(
        {
            "kind": rule.kind,
            "target": rule.target,
            "attention": rule.attention,
            "not_met": rule.not_met if rule.kind == "derived" else "",
            "holds": rule.holds,
            "value": rule.value,
            "causes": {
                one.code: _filled({"label": label(one.label), "step": one.step, "count": one.count})
                for one in rule.causes
            },
            "subpoints": {
                one.code: _filled({"label": label(one.label), "full": one.full, "holds": one.holds})
                for one in rule.subpoints
            },
            "bands": [{"at_least": one.at_least, "points": one.points} for one in rule.bands],
        }
    )


def write_version(
    sheet: Sheet, pack: SheetPack, *, source_text: str, plan_version: PlanVersion, by: User | None
) -> SheetVersion:
    """Return the next version of `sheet`, a draft, with all its rows. The caller holds the transaction."""
    newest = sheet.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = SheetVersion(sheet=sheet, number=newest + 1, loaded_by=by)
    _say(version, pack, source_text, plan_version)
    version.save()
    _write_rows(version, pack)
    return version


def rewrite_version(version: SheetVersion, pack: SheetPack, *, source_text: str, plan_version: PlanVersion) -> None:
    """Let a draft say what `pack` says: its canonical form and all its rows. The caller holds the transaction."""
    for rows in (SheetItem, SheetSection, SheetGrade, SheetVeto):
        rows.objects.filter(version=version).delete()
    _say(version, pack, source_text, plan_version)
    version.save()
    _write_rows(version, pack)


def _say(version: SheetVersion, pack: SheetPack, source_text: str, plan_version: PlanVersion) -> None:
    version.sha256, version.pack, version.source_text = pack.sha256(), pack.canonical(), source_text
    version.plan_version = plan_version
    version.kinds, version.applies_when = list(pack.objects.kinds), pack.objects.applies_when
    version.base, version.bonus_cap = Decimal(pack.base), Decimal(pack.bonus_cap)
    version.deduction_cap = Decimal(pack.deduction_cap)
    version.decimals, version.rounding = pack.decimals, pack.rounding
    version.ties = asdict(pack.ties)
    version.authored_by, version.checked_by, version.next_review = pack.authored_by, pack.checked_by, pack.next_review


def _named(spec: Any, order: int) -> dict[str, Any]:
    return {"code": spec.code, "order": order, "label_zh": spec.label.zh, "label_en": spec.label.en}


def _write_rows(version: SheetVersion, pack: SheetPack) -> None:
    SheetGrade.objects.bulk_create(
        SheetGrade(
            version=version,
            at_least=Decimal(one.at_least),
            quota=Decimal(one.quota) if one.quota else None,
            **_named(one, order),
        )
        for order, one in enumerate(pack.grades, start=1)
    )
    SheetVeto.objects.bulk_create(
        SheetVeto(version=version, basis=one.basis, grade=one.grade, **_named(one, order))
        for order, one in enumerate(pack.vetoes, start=1)
    )
    sections = SheetSection.objects.bulk_create(
        SheetSection(version=version, kind=one.kind, full=Decimal(one.full), **_named(one, order))
        for order, one in enumerate(pack.sections, start=1)
    )
    by_code = {section.code: section for section in sections}
    SheetItem.objects.bulk_create(
        _item(version, by_code[section.code], item, order)
        for order, (section, item) in enumerate(pack.items(), start=1)
    )


def _item(version: SheetVersion, section: SheetSection, spec: ItemSpec, order: int) -> SheetItem:
    return SheetItem(
        version=version,
        section=section,
        full=Decimal(spec.full),
        kind=spec.rule.kind,
        rule=asdict(spec.rule),
        target=spec.rule.target,
        asks=[asdict(ask) for ask in spec.asks],
        methods=list(spec.methods),
        evidence_need=spec.evidence.need,
        evidence_counts=list(spec.evidence.counts),
        evidence_zh=spec.evidence.text.zh if spec.evidence.text else "",
        evidence_en=spec.evidence.text.en if spec.evidence.text else "",
        scorer=spec.scorer,
        may_not_apply=spec.may_not_apply,
        carry_over=spec.carry_over,
        clause=spec.clause,
        catalogue=list(spec.catalogue),
        department=spec.department,
        note_zh=spec.note.zh if spec.note else "",
        note_en=spec.note.en if spec.note else "",
        **_named(spec, order),
    )


def numbered(tree: Tree) -> str:
    """Return the text of a tree put together in a form, said to be so."""
    return "# " + _("Put together in a form; comments of an earlier file are not kept.") + "\n" + text(tree)
