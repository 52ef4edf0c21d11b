"""From the tree of a sheet, which the schema has accepted, to the frozen sheet."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from assessments.plans.pack import Label
from assessments.plans.problems import Path, Problems
from assessments.plans.reading import Tree

from .pack import (
    AskSpec,
    BandSpec,
    CauseSpec,
    EvidenceSpec,
    GradeSpec,
    ItemSpec,
    ObjectsSpec,
    RuleSpec,
    SectionSpec,
    SheetPack,
    SubpointSpec,
    TiesSpec,
    VetoSpec,
    plain,
)

TRUE = "true"


def build(tree: Tree, problems: Problems) -> SheetPack:
    """Return the whole sheet; a day the calendar does not have is noted."""
    head = tree["sheet"]
    rounding = head.get("rounding") or {}
    return SheetPack(
        code=head["code"],
        title=_label(head["title"]),
        plan=head["plan"],
        owner=head["owner"],
        objects=ObjectsSpec(tuple(head["objects"]["kinds"]), head["objects"].get("applies_when", "")),
        subject=head.get("subject", "community"),
        base=plain(head["base"]),
        bonus_cap=plain(head.get("bonus_cap", "0")),
        deduction_cap=plain(head.get("deduction_cap", "0")),
        decimals=int(rounding.get("decimals", 2)),
        rounding=rounding.get("mode", "half_up"),
        grades=tuple(_grade(one) for one in head["grades"]),
        ties=_ties(head.get("ties")),
        vetoes=tuple(_veto(one) for one in head.get("vetoes") or ()),
        authored_by=head.get("authored_by", ""),
        checked_by=head.get("checked_by", ""),
        next_review=_day(head.get("next_review"), ("sheet", "next_review"), problems),
        sections=tuple(_section(*each) for each in tree["sections"].items()),
    )


def _label(given: Tree) -> Label:
    return Label(given["zh"], given.get("en", ""))


def _day(text: str | None, path: Path, problems: Problems) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.add(path, _("“{text}” is not a day of the calendar.").format(text=text))
        return None


def _grade(given: Tree) -> GradeSpec:
    quota = plain(given["quota"]) if "quota" in given else ""
    return GradeSpec(given["code"], _label(given["label"]), plain(given["from"]), quota)


def _ties(given: Tree | None) -> TiesSpec:
    return TiesSpec(tuple(given.get("order") or ()), given["then"]) if given else TiesSpec()


def _veto(given: Tree) -> VetoSpec:
    return VetoSpec(given["code"], _label(given["label"]), given["basis"], given["grade"])


def _section(code: str, given: Tree) -> SectionSpec:
    items = tuple(_item(*each) for each in given["items"].items())
    return SectionSpec(code, _label(given["label"]), plain(given["full"]), given.get("kind", "base"), items)


def _item(code: str, given: Tree) -> ItemSpec:
    asks = tuple(_ask(*each) for each in (given.get("asks") or {}).items())
    rule = _rule(given["rule"])
    by_system = rule.kind == "derived" or (bool(asks) and all(ask.known for ask in asks))
    return ItemSpec(
        code=code,
        label=_label(given["label"]),
        full=plain(given["full"]),
        rule=rule,
        asks=asks,
        methods=tuple(given.get("method") or (["system"] if by_system else ["documents"])),
        evidence=_evidence(given.get("evidence")),
        scorer=given.get("scorer", "street"),
        may_not_apply=given.get("may_not_apply") == TRUE,
        carry_over=given.get("carry_over") == TRUE,
        clause=given.get("clause", ""),
        catalogue=tuple(given.get("catalogue") or ()),
        department=given.get("department", ""),
        note=_label(given["note"]) if given.get("note") else None,
    )


def _ask(code: str, given: Tree) -> AskSpec:
    choices = given.get("choices") or {}
    return AskSpec(
        code=code,
        label=_label(given["label"]),
        type=given.get("type", "number"),
        unit=given.get("unit"),
        choices=tuple(choices),
        choice_labels=tuple(_label(one) for one in choices.values()),
        known=given.get("known", ""),
        is_optional=given.get("optional") == TRUE,
    )


def _evidence(given: Tree | None) -> EvidenceSpec:
    if not given:
        return EvidenceSpec()
    text = _label(given["text"]) if given.get("text") else None
    return EvidenceSpec(given["need"], tuple(given.get("counts") or ()), text)


def _rule(given: Tree) -> RuleSpec:
    stated: dict[str, Any] = {name: given[name] for name in ("target", "not_met", "holds", "value") if given.get(name)}
    return RuleSpec(
        kind=given["kind"],
        attention=plain(given["attention"]) if "attention" in given else "",
        causes=tuple(_cause(*each) for each in (given.get("causes") or {}).items()),
        subpoints=tuple(_subpoint(*each) for each in (given.get("subpoints") or {}).items()),
        bands=tuple(BandSpec(plain(one["at_least"]), plain(one["points"])) for one in given.get("bands") or ()),
        **stated,
    )


def _cause(code: str, given: Tree) -> CauseSpec:
    return CauseSpec(code, _label(given["label"]), plain(given["step"]), given.get("count", ""))


def _subpoint(code: str, given: Tree) -> SubpointSpec:
    return SubpointSpec(code, _label(given["label"]), plain(given["full"]), given.get("holds", ""))
