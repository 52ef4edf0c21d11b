"""What the house promises of every part and no linter sees: keys, migrations, history, metrics."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model, TextChoices

from assessments.plans.catalogue import METRICS, POPULATIONS
from communities.ground.metrics import PLACE_LEVELS, Metric
from communities.ground.models import Access, Fact
from communities.ground.units import parse
from communities.places.models import Place, PlaceCode

BASE_DIR = Path(settings.BASE_DIR)
PROJECT = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
ROOTS: list[str] = PROJECT["tool"]["importlinter"]["root_packages"]
LAYERS: list[str] = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]  # from the highest to the lowest
OURS = [app for app in apps.get_app_configs() if app.name.partition(".")[0] in ROOTS]
MODELS = [model for app in OURS for model in app.get_models(include_auto_created=True)]
FACTS = [model for model in MODELS if issubclass(model, Fact) and not hasattr(model, "pgh_tracked_model")]
DATED = [Access, Place, PlaceCode]  # no facts of a register, but nothing of them may be forgotten either
MIGRATIONS = sorted(path for app in OURS for path in Path(app.path).glob("migrations/0*.py"))


def home(model: type[Model]) -> str:
    """Return the app a model belongs to, as the layers name it."""
    return apps.get_app_config(model._meta.app_label).name


def keys(model: type[Model]) -> Iterator[tuple[str, type[Model]]]:
    """Yield the relations a model declares itself, each with the model it points to."""
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type):
            yield field.name, field.related_model


def points_upwards(source: str, aim: str) -> bool:
    """Say whether a key from one app to another goes against the imports; apps that are not ours lie below all."""
    return aim in LAYERS and LAYERS.index(aim) < LAYERS.index(source)


def named(metric: Metric) -> str:
    return f"{metric.levels[0]}.{metric.code}"


def test_every_app_has_its_layer() -> None:
    assert [app.name for app in OURS if app.name not in LAYERS] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_foreign_keys_go_the_way_of_imports(model: type[Model]) -> None:
    upwards = [f"{name} → {home(aim)}" for name, aim in keys(model) if points_upwards(home(model), home(aim))]
    assert upwards == []


def test_a_key_against_the_imports_would_be_seen() -> None:
    assert points_upwards("communities.ground", "assessments.plans")
    assert not points_upwards("assessments.plans", "communities.ground")
    assert ("place", Place) in list(keys(PlaceCode))


def test_every_app_with_models_has_migrations() -> None:
    having = {path.parent.parent for path in MIGRATIONS}
    assert [app.name for app in OURS if app.models and Path(app.path) not in having] == []


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_migration_is_named_for_its_change(path: Path) -> None:
    name = re.sub(r"^\d{4}_", "", path.stem)
    assert re.fullmatch(r"[a-z][a-z0-9_]+", name)
    assert name != "initial"
    assert not name.startswith(("auto_", "alter_"))
    assert "_and_more" not in name


@pytest.mark.parametrize("model", [*FACTS, *DATED], ids=lambda model: model.__name__)
def test_history_keeps_what_is_changed_and_what_is_removed(model: type[Model]) -> None:
    assert {"changed_update", "removed_delete"} <= {trigger.name for trigger in getattr(model._meta, "triggers", [])}


def test_there_are_facts() -> None:
    assert {"Census", "Post", "Facility", "Allocation", "ReportedValue"} <= {model.__name__ for model in FACTS}


@pytest.mark.parametrize("metric", METRICS, ids=named)
def test_a_number_has_a_unit_and_nothing_else_has_one(metric: Metric) -> None:
    if metric.type == "number":
        assert metric.unit is not None
        parse(metric.unit)
    else:
        assert metric.unit is None


@pytest.mark.parametrize("metric", METRICS, ids=named)
def test_every_option_of_a_metric_lists_its_choices(metric: Metric) -> None:
    for option in metric.options.values():
        assert issubclass(option.choices, TextChoices)
        assert all(option.choices.values)
        assert len(option.choices) > 1


@pytest.mark.parametrize("metric", [one for one in METRICS if one.type in ("choice", "set")], ids=named)
def test_a_metric_that_answers_with_a_word_lists_the_words(metric: Metric) -> None:
    assert metric.choices is not None
    assert metric.choices.values


def test_no_two_metrics_of_a_level_share_a_name() -> None:
    at_levels = [(level, metric.code) for metric in METRICS for level in metric.levels]
    assert len(at_levels) == len(set(at_levels))


def test_every_level_of_a_metric_is_known() -> None:
    known = {*PLACE_LEVELS, *(population.level for population in POPULATIONS)}
    assert {level for metric in METRICS for level in metric.levels} <= known


@pytest.mark.parametrize("root", ROOTS)
def test_texts_are_marked_by_a_name_the_translators_find(root: str) -> None:
    """`gettext as _now` would show English in the Chinese portal: makemessages knows `gettext` and `_`."""
    sources = (BASE_DIR / root).rglob("*.py")
    hidden = re.compile(r"gettext(_lazy)? as _\w+")
    assert [path for path in sources if hidden.search(path.read_text(encoding="utf-8"))] == []
