"""What a new version of a plan changes: figures, targets, clauses; each as it was and as it will be."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext as _

from .models import Status
from .pack import ClauseSpec, IndicatorSpec, PackPlan, ParameterSpec, PrintedSpec, RuleSpec, TargetSpec


@dataclass(frozen=True)
class Difference:
    """One thing that changes: what it is, its name, how it was ("" where new) and how it will be ("" where gone)."""

    kind: str
    code: str
    label: str
    before: str
    after: str


class Named(Protocol):
    """What stands in a pack under a code."""

    @property
    def code(self) -> str:
        """Its name in formulas."""
        ...


T = TypeVar("T", bound=Named)
Entry = ClauseSpec | IndicatorSpec


def differences(before: PackPlan | None, after: PackPlan) -> list[Difference]:
    """Return what `after` changes, in the order of the pack; everything is new where there was nothing before."""
    return [
        *_of_parameters(_by_code(before.parameters if before else ()), _by_code(after.parameters)),
        *_of_targets(_by_code(before.targets if before else ()), _by_code(after.targets)),
        *_of_the_rest(before, after),
    ]


def _by_code(specs: tuple[T, ...]) -> dict[str, T]:
    return {spec.code: spec for spec in specs}


def _of_parameters(before: Mapping[str, ParameterSpec], after: Mapping[str, ParameterSpec]) -> Iterator[Difference]:
    for code in {**before, **after}:
        old, new = before.get(code), after.get(code)
        if old != new:
            label = (new or old).label.zh  # type: ignore[union-attr]
            was, will = _values(old), _values(new)
            if was == will and old and new:
                was, will = _about(old), _about(new)
                if was == will:
                    was, will = _in_english(old), _in_english(new)
            yield Difference(_("figure"), code, label, was, will)


def _values(parameter: ParameterSpec | None) -> str:
    if parameter is None:
        return ""
    names = {code: label.zh for code, label in zip(parameter.choices, parameter.choice_labels, strict=False)}
    told = [
        "；".join(names.get(each, each) for each in one.value.split(";"))
        + (f" ({one.for_prefix})" if one.for_prefix else "")
        for one in parameter.values
    ]
    return "、".join(told)


def _about(parameter: ParameterSpec) -> str:
    """Return what a parameter is besides its values: its label, type and unit, its choices and their names."""
    choices = [label.zh for label in parameter.choice_labels] or list(parameter.choices)
    return " · ".join(one for one in (parameter.label.zh, parameter.type, parameter.unit, "、".join(choices)) if one)


def _of_targets(before: Mapping[str, TargetSpec], after: Mapping[str, TargetSpec]) -> Iterator[Difference]:
    for code in {**before, **after}:
        old, new = before.get(code), after.get(code)
        if old is None or new is None:
            kept = new or old
            told = "" if kept is None else "；".join(_rule(rule) for rule in kept.rules)
            label = kept.label.zh if kept else code
            yield Difference(_("target"), code, label, "" if old is None else told, "" if new is None else told)
        elif old != new:
            yield from _of_rules(old, new)


def _of_rules(old: TargetSpec, new: TargetSpec) -> Iterator[Difference]:
    was, will = "；".join(map(_rule, old.rules)), "；".join(map(_rule, new.rules))
    if was == will:
        was, will = _described(old), _described(new)
    if was == will:
        was, will = _in_english(old), _in_english(new)
    yield Difference(_("target"), new.code, new.label.zh, was, will)


def _described(target: TargetSpec) -> str:
    told = [target.label.zh, target.clause, "、".join(target.catalogue), *_scopes(target), *_printed(target.printed)]
    return " · ".join(told)


def _scopes(target: TargetSpec) -> list[str]:
    """Return what the conditions of the target are called, each once."""
    every = (one.scope for rule in target.rules for one in (rule, *rule.milestones))
    return ["、".join(names)] if (names := dict.fromkeys(scope.zh for scope in every if scope)) else []


def _printed(printed: PrintedSpec | None) -> list[str]:
    """Return what the document prints for the target, and what the pack says about it."""
    if printed is None:
        return []
    rounded = f"{printed.value} ({printed.rounding} {printed.rounded_to})".replace(" )", ")")
    told = [printed.text, rounded if printed.value else "—", printed.note.zh if printed.note else ""]
    return [one for one in told if one]


def _rule(rule: RuleSpec) -> str:
    signs = {"at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<", "equals": "="}
    tested = rule.measure or rule.holds or " : ".join(f"{name} {formula}" for name, formula in rule.split)
    bounds = " ".join(f"{signs[name]} {formula}" for name, formula in rule.bounds.items())
    due = "、".join(str(one.due or _("every year")) for one in rule.milestones)
    when = [f"[{rule.applies_when}]"] if rule.applies_when else []
    return " ".join([*when, tested, bounds, due, f"({rule.force})"]).replace("  ", " ")


def _of_the_rest(before: PackPlan | None, after: PackPlan) -> Iterator[Difference]:
    """Title, number, period, status; then every clause and every reported indicator that changes."""
    if before is None:
        return
    for name, label in _heads().items():
        old, new = _head(before, name), _head(after, name)
        if name == "title" and old == new:
            old, new = before.title.en, after.title.en
        if old != new:
            yield Difference(_("head"), name, label, old, new)
    yield from _of_entries(
        _("clause"), {one.anchor: one for one in before.clauses}, {one.anchor: one for one in after.clauses}
    )
    yield from _of_entries(_("reported indicator"), _by_code(before.indicators), _by_code(after.indicators))


def _of_entries(kind: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Difference]:
    for code in {**before, **after}:
        old, new = before.get(code), after.get(code)
        if old != new:
            was, will = _entry(old), _entry(new)
            if old and new and was == will:
                was, will = _in_english(old), _in_english(new)
            label = code if isinstance(new or old, ClauseSpec) else (new or old).label.zh  # type: ignore[union-attr]
            yield Difference(kind, code, label, was, will)


def _entry(spec: Entry | None) -> str:
    """Return a clause or a reported indicator in words; empty for none."""
    if spec is None:
        return ""
    if isinstance(spec, ClauseSpec):
        told = [spec.text.zh, spec.gap.zh if spec.gap else "", "、".join(spec.catalogue)]
    else:
        choices = [one.zh for one in spec.choice_labels] or list(spec.choices)
        how = [spec.type, spec.unit or "", spec.subject, spec.reported_by, spec.over_time, spec.over_places]
        told = [spec.label.zh, *how, "、".join(choices)]
    return " · ".join(one for one in told if one)


def _in_english(spec: Any) -> str:
    """Return every English text of a part of a pack, a dash for none: what differs where the Chinese agrees."""
    return " · ".join(_english(asdict(spec))) or "—"


def _english(part: Any) -> Iterator[str]:
    if isinstance(part, dict) and part.keys() == {"zh", "en"}:
        yield part["en"] or "—"
    elif isinstance(part, dict | list | tuple):
        for one in part.values() if isinstance(part, dict) else part:
            yield from _english(one)


def looks_like_a_draft(before: PackPlan | None, after: PackPlan) -> bool:
    """Say whether a draft comes into force by `after` though it is still titled one or bears no document number."""
    comes_into_force = before is not None and before.status == Status.DRAFT and after.status == Status.IN_FORCE
    return comes_into_force and ("征求意见" in after.title.zh or not after.document_number)


def _heads() -> dict[str, str]:
    return {
        "title": _("title"),
        "document_number": _("document number"),
        "owner": _("area of the plan"),
        "status": _("status"),
        "period": _("period of the plan"),
        "checked_by": _("pack checked by"),
        "next_review": _("to be looked at again on"),
    }


def _head(pack: PackPlan, name: str) -> str:
    value: Any = getattr(pack, name)
    if name == "title":
        return str(value.zh)
    if name == "status":
        return str(Status(value).label)
    if name == "period":
        return f"{value.first or ''} – {value.last or ''}".strip()
    return "" if value is None else str(value)
