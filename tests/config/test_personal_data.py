"""What the house promises of people: who is named, where, and that of what shames somebody there are counts alone."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, Model, TextField

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


def points_to(model: type[Model]) -> set[type[Model] | None]:
    fields = model._meta.get_fields()
    return {field.related_model for field in fields if field.many_to_one or (field.one_to_one and field.concrete)}


def reaches_people(model: type[Model]) -> bool:
    return model in NAME_PEOPLE or bool(points_to(model) & NAME_PEOPLE)


def test_no_register_but_posts_and_allowances_names_a_person():
    assert {model for model in MODELS if reaches_people(model)} == NAME_PEOPLE


# Columns in whose name stands what people are called or reached by, and what they hold instead.
NAME_LIKE = re.compile(
    r"name|person|phone|mobile|contact|identity|resident|holder|owner|member|author|by$|checked|signed|offender", re.I
)
TEXTS = (CharField, TextField, JSONField)
NAMES_NO_ONE = {
    "facilities.Facility.name": "what a room is called",
    "facilities.Facility.ownership": "one of a list: owned, rented, lent",
    "filings.CalendarDay.name": "of a holiday",
    "filings.Cycle.certified_by": "who answers for the results in office, not somebody they are about",
    "filings.Cycle.contact": "the office that objections go to, printed on its notice",
    "filings.SheetVersion.authored_by": "who wrote the scoring sheet: an author, not somebody it judges",
    "filings.SheetVersion.checked_by": "who checked the scoring sheet",
    "organizations.Organization.name": "of a committee or body",
    "places.Place.name": "of a place",
    "places.Place.short_name": "of a place",
    "plans.Indicator.choice_names": "what the choices of an indicator are called",
    "plans.Indicator.reported_by": "a level of places",
    "plans.Parameter.choice_names": "what the choices of a parameter are called",
    "plans.PlanVersion.authored_by": "who wrote the plan: an author, not somebody it judges",
    "plans.PlanVersion.checked_by": "who checked the plan",
    "services.ServicePoint.name": "what a shop or station is called",
}
# Accounts, and what Django and its apps keep of them.
APART = {"ground", "account", "mfa", "socialaccount", "auth", "admin", "contenttypes", "sessions", "pghistory"}


def columns_that_may_name_a_person() -> set[str]:
    """Text columns of every register outside accounts and those that name people, by what they are called."""
    found = set()
    for model in MODELS:
        if model in NAME_PEOPLE or model._meta.app_label in APART:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, TEXTS) and not field.is_relation and NAME_LIKE.search(field.name):
                found.add(f"{model._meta.label}.{field.name}")
    return found


def test_no_column_of_another_register_has_room_for_what_a_person_is_called():
    found = columns_that_may_name_a_person()
    assert sorted(found - NAMES_NO_ONE.keys()) == [], "Say in NAMES_NO_ONE what stands there, or leave the column out."
    assert sorted(NAMES_NO_ONE.keys() - found) == []


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
