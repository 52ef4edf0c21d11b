"""The published JSON Schema of scoring sheets. What it finds wrong is told by `assessments.plans.schema`."""

from pathlib import Path as File
from typing import Any

from django.utils.translation import gettext_noop

from assessments.plans import schema as of_packs
from assessments.plans.problems import Problems

FILE = File(__file__).parent / "sheet.schema.json"
# What sheet.schema.json says of its parts, listed here so that it is translated.
DESCRIPTIONS = (
    gettext_noop("One scoring sheet as data: its sections, items, points and how they are reached."),
    gettext_noop("Points with at most two decimals, best in quotes."),
    gettext_noop("A share from 0 to 1, best in quotes: 0.3 for 30%."),
    gettext_noop("A formula over the asked fields, on one line, as docs/reference/sheets.md describes."),
    gettext_noop("A formula over the registers, in the names of the plan, on one line."),
    gettext_noop("How the points come about."),
    gettext_noop("Code of the plan whose targets the derived items cite."),
    gettext_noop("Division code prefix of the city, district or street that evaluates."),
    gettext_noop(
        "Vetoes on communities were abolished (民发〔2015〕136号): type in the legal basis of this one, or take it out."
    ),
    gettext_noop("0, 1 or 2."),
    gettext_noop("community, street, district, city, or the name of a department."),
    gettext_noop("Each choice with its label: {on_foot: {zh: 步行}}."),
    gettext_noop("true or false."),
)


def text() -> str:
    """Return the schema as it is published."""
    return of_packs.text(FILE)


def check(tree: Any, problems: Problems) -> None:
    """Note everything in `tree` that the schema refuses."""
    of_packs.check(tree, problems, FILE)
