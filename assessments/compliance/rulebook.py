"""What one plan version speaks of: its pack, its names, its metrics, its parsed questions."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from assessments.formulas import Fact, Vocabulary
from assessments.plans.catalogue import indicator_metrics
from assessments.plans.checking_formulas import vocabulary_of
from assessments.plans.models import PlanVersion, Rule
from assessments.plans.pack import PackPlan, ParameterSpec
from assessments.plans.restoring import restore
from communities.ground.metrics import Metric, Population

from .judging import Question, questions


@dataclass(frozen=True)
class Rulebook:
    """A plan version made ready for judging. A published version never changes, so it is kept between runs."""

    version_id: int
    pack: PackPlan
    vocabulary: Vocabulary
    reported: tuple[Metric, ...]
    rule_ids: dict[tuple[str, int], int]

    @cached_property
    def parameters(self) -> dict[str, ParameterSpec]:
        """The plan's parameters by name."""
        return {parameter.code: parameter for parameter in self.pack.parameters}

    def metric(self, fact: Fact) -> Metric:
        """Return the metric that computes `fact`: a register's, or a reported indicator of this plan."""
        own = next((m for m in self.reported if m.code == fact.code and fact.level in m.levels), None)
        found = own or self.vocabulary.metric(fact.code, fact.level)
        if found is None:
            raise LookupError(f"No metric computes {fact.key} of a {fact.level}.")
        return found

    def population(self, level: str) -> Population | None:
        """Return the population that formulas range over as `level`, None for levels of places."""
        return self.vocabulary.population(level)

    def questions(self, day: date) -> list[Question]:
        """Return what the plan asks on `day`."""
        return questions(self.pack, self.vocabulary, day)

    def rule_id(self, question: Question) -> int:
        """Return the key of the rule that `question` is about."""
        return self.rule_ids[question.target.code, question.rule.number]


def rulebook(version: PlanVersion) -> Rulebook:
    """Return the rulebook of `version`."""
    return _rulebook(version.pk, version.sha256)


@lru_cache(maxsize=32)
def _rulebook(version_id: int, _sha256: str) -> Rulebook:
    version = PlanVersion.objects.get(pk=version_id)
    pack = restore(version.pack)
    rules = Rule.objects.filter(target__version=version).values_list("target__code", "number", "pk")
    return Rulebook(
        version_id=version_id,
        pack=pack,
        vocabulary=vocabulary_of(pack),
        reported=tuple(indicator_metrics(version)),
        rule_ids={(code, number): pk for code, number, pk in rules},
    )
