"""What the house promises of people: who is named, where, and that of what shames somebody there are counts alone."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from assessments.plans.models import ReportedValue
from assessments.plans.models.terms import SubjectLevel
from assessments.plans.reading import read
from communities.places.models import Level
from funding.models import Allowance
from organizations.models import Person, Post

# A register that is to name people gets a line here, and one in docs/explanation/personal-data.md.
NAME_PEOPLE = {Person, Post, Allowance}
KEPT_OF_A_PERSON = {"name", "sex", "born_on", "education", "political_status", "identity_number", "phone"}
OF_EVERY_FACT = {"id", "version", "source", "recorded_at", "recorded_by", "imported_by", "is_example"}
# Re-offending, correction, drugs, superstition, breaches of the convention, villagers' shares.
SHAMING = re.compile(r"犯罪|刑满|矫正|毒|迷信|邪教|违反|公约|股权|股份|offend|drug|superstit|correction|share of", re.I)
COUNTED = {"number", "boolean"}
PACKS = sorted((Path(settings.BASE_DIR) / "assessments/plans/packs").glob("*.yaml"))
MODELS = [model for model in apps.get_models() if not hasattr(model, "pgh_tracked_model")]


def points_to(model: type[Model]) -> set[type[Model]]:
    fields = model._meta.get_fields()
    return {field.related_model for field in fields if field.many_to_one or (field.one_to_one and field.concrete)}


def reaches_people(model: type[Model]) -> bool:
    return model in NAME_PEOPLE or bool(points_to(model) & NAME_PEOPLE)


def test_no_register_but_posts_and_allowances_names_a_person():
    assert {model for model in MODELS if reaches_people(model)} == NAME_PEOPLE


def test_nothing_more_is_kept_of_a_person_than_the_manual_says():
    columns = {field.name for field in Person._meta.concrete_fields}
    assert columns == KEPT_OF_A_PERSON | OF_EVERY_FACT | {"place", "key"}


def test_reported_values_are_about_places():
    assert points_to(ReportedValue) & {*NAME_PEOPLE} == set()
    assert set(SubjectLevel.values) <= set(Level.values)


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.stem)
def test_what_plans_ask_of_shaming_matters_is_counted_or_yes_or_no_of_a_place(pack):
    indicators = read(pack.read_text(encoding="utf-8"))[0].get("indicators", {})
    shaming = {code: one for code, one in indicators.items() if SHAMING.search(str(one["label"]))}
    assert {code: one["type"] for code, one in shaming.items() if one["type"] not in COUNTED} == {}
    assert {one["subject"] for one in indicators.values()} <= set(Level.values)
