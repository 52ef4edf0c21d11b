"""From a sound pack to the rows of a version, in a handful of bulk inserts."""

from dataclasses import asdict
from typing import Any

from django.db.models import Max

from communities.ground.models import User

from .models import (
    Clause,
    Indicator,
    Milestone,
    Parameter,
    ParameterValue,
    Plan,
    PlanVersion,
    Rule,
    Target,
)
from .pack import Comparison, PackPlan, RuleSpec, choice_names


def write_version(plan: Plan, pack: PackPlan, *, source_text: str, by: User | None) -> PlanVersion:
    """Return the next version of `plan`, unpublished, with all its rows. The caller holds the transaction."""
    newest = plan.versions.aggregate(n=Max("number"))["n"] or 0
    version = PlanVersion.objects.create(
        plan=plan,
        number=newest + 1,
        sha256=pack.sha256(),
        pack=pack.canonical(),
        source_text=source_text,
        status=pack.status,
        period=pack.period.range(),
        consultation=pack.consultation.range() if pack.consultation else None,
        authored_by=pack.authored_by,
        checked_by=pack.checked_by,
        next_review=pack.next_review,
        loaded_by=by,
    )
    _write_clauses(version, pack)
    _write_parameters(version, pack)
    _write_indicators(version, pack)
    _write_targets(version, pack)
    return version


def _labels(spec: Any) -> dict[str, str]:
    return {"label_zh": spec.label.zh, "label_en": spec.label.en}


def _write_clauses(version: PlanVersion, pack: PackPlan) -> None:
    Clause.objects.bulk_create(
        Clause(
            version=version,
            anchor=spec.anchor,
            order=order,
            text_zh=spec.text.zh,
            text_en=spec.text.en,
            gap_zh=spec.gap.zh if spec.gap else "",
            gap_en=spec.gap.en if spec.gap else "",
            catalogue=list(spec.catalogue),
        )
        for order, spec in enumerate(pack.clauses, start=1)
    )


def _write_parameters(version: PlanVersion, pack: PackPlan) -> None:
    parameters = Parameter.objects.bulk_create(
        Parameter(
            version=version,
            code=spec.code,
            order=order,
            type=spec.type,
            unit=spec.unit,
            choices=list(spec.choices),
            choice_names=choice_names(spec),
            **_labels(spec),
        )
        for order, spec in enumerate(pack.parameters, start=1)
    )
    ParameterValue.objects.bulk_create(
        ParameterValue(
            parameter=parameter,
            during=value.during.range(),
            value=value.value,
            for_prefix=value.for_prefix,
            clause=value.clause,
        )
        for parameter, spec in zip(parameters, pack.parameters, strict=True)
        for value in spec.values
    )


def _write_indicators(version: PlanVersion, pack: PackPlan) -> None:
    Indicator.objects.bulk_create(
        Indicator(
            version=version,
            code=spec.code,
            order=order,
            type=spec.type,
            unit=spec.unit,
            subject=spec.subject,
            reported_by=spec.reported_by,
            over_time=spec.over_time,
            over_places=spec.over_places,
            choices=list(spec.choices),
            choice_names=choice_names(spec),
            **_labels(spec),
        )
        for order, spec in enumerate(pack.indicators, start=1)
    )


def _write_targets(version: PlanVersion, pack: PackPlan) -> None:
    targets = Target.objects.bulk_create(
        Target(
            version=version,
            code=spec.code,
            order=order,
            clause=spec.clause,
            catalogue=list(spec.catalogue),
            subject=spec.subject,
            printed=asdict(spec.printed) if spec.printed else None,
            **_labels(spec),
        )
        for order, spec in enumerate(pack.targets, start=1)
    )
    specs = [(target, rule) for target, spec in zip(targets, pack.targets, strict=True) for rule in spec.rules]
    rules = Rule.objects.bulk_create(_rule(target, spec) for target, spec in specs)
    Milestone.objects.bulk_create(
        Milestone(
            rule=rule,
            number=milestone.number,
            due=milestone.due,
            yearly=milestone.yearly,
            clause=milestone.clause,
            **_bounds(milestone),
        )
        for rule, (_target, spec) in zip(rules, specs, strict=True)
        for milestone in spec.milestones
    )


def _bounds(spec: Comparison) -> dict[str, str]:
    return {**spec.bounds, "applies_when": spec.applies_when}


def _rule(target: Target, spec: RuleSpec) -> Rule:
    return Rule(
        target=target,
        number=spec.number,
        in_force=spec.in_force.range(),
        clause=spec.clause,
        measure=spec.measure,
        holds=spec.holds,
        split=dict(spec.split),
        ratio=dict(spec.ratio) if spec.ratio else None,
        tolerance=spec.tolerance,
        attention_when=spec.attention_when,
        unit=spec.unit,
        force=spec.force,
        nature=spec.nature,
        **_bounds(spec),
    )
