"""One word for one thing: what a model is called stands in docs/glossary.md, in both languages."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils import translation

from assessments.compliance.models import Verdict
from assessments.plans.models import Force
from communities.ground.registers import Register
from communities.ground.roles import Role

BASE_DIR = Path(settings.BASE_DIR)
HEADING = "| term | 中文 | definition |\n|---|---|---|\n"
ROOTS = {"communities", "organizations", "facilities", "services", "funding", "assessments"}
MODELS = [
    model
    for model in apps.get_models()
    if model.__module__.partition(".")[0] in ROOTS and not hasattr(model, "pgh_tracked_model")
]


def rows() -> list[tuple[str, str, str]]:
    """Return the rows of the glossary's tables, without their headings: term, Chinese, definition."""
    text = (BASE_DIR / "docs" / "glossary.md").read_text(encoding="utf-8")
    body = text.replace(HEADING, "")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines() if line.startswith("|")
    ]
    return [(term, chinese, definition) for term, chinese, definition in cells]


CHINESE = {term: chinese for term, chinese, _definition in rows()}


def in_chinese(text: object) -> str:
    with translation.override("zh-hans"):
        return str(text)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_a_model_is_called_stands_in_the_glossary(model: type[Model]) -> None:
    with translation.override("en"):
        name = str(model._meta.verbose_name)
    assert name in CHINESE
    assert in_chinese(model._meta.verbose_name) in CHINESE[name].split("、")


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_stands_in_it_by_its_stored_code(verdict: Verdict) -> None:
    assert CHINESE.get(f"`{verdict.value}`") == in_chinese(verdict.label)


@pytest.mark.parametrize("role", Role)
def test_every_role_stands_in_it(role: Role) -> None:
    with translation.override("en"):
        assert CHINESE.get(str(role.label)) == in_chinese(role.label)


@pytest.mark.parametrize("register", Register)
def test_every_register_stands_in_it(register: Register) -> None:
    with translation.override("en"):
        assert CHINESE.get(str(register.label)) == in_chinese(register.label)


def test_a_term_stands_once_and_is_defined() -> None:
    terms = [term for term, _chinese, _definition in rows()]
    assert len(terms) == len(set(terms))
    assert [term for term, chinese, definition in rows() if not (chinese and definition)] == []


@pytest.mark.parametrize("force", Force)
def test_every_force_stands_in_it(force: Force) -> None:
    assert any(f"`{force.value}`" in term for term in CHINESE)
