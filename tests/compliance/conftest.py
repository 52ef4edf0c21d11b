"""A piece of Jinan for the tests of runs: four districts with two streets each, made up from a seed, under the plan."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from assessments.compliance import example
from assessments.plans.models import PlanVersion
from communities.places import story

from .cases import load_plan

DISTRICTS = ("370102", "370103", "370112", "370126")  # two of the city's, one that changes, one county
STREETS_OF_EACH = 2
RURAL_OF_EACH_STREET = 2


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(settings.BASE_DIR) / "data" / name).open(encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: list[dict[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def _chosen() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the rows of the code lists: a few streets with all their urban and a few rural communities."""
    communities = [row for row in _rows("communities.csv") if row["code"][:6] in DISTRICTS]
    urban = {row["code"][:9] for row in communities if row["code"][9:] < "200"}
    streets = [street for one in DISTRICTS for street in sorted(s for s in urban if s[:6] == one)[:STREETS_OF_EACH]]
    divisions = {"370000000000", "370100000000", *(f"{one}000000" for one in DISTRICTS), *(f"{s}000" for s in streets)}
    kept = [row for row in communities if row["code"][:9] in streets and row["code"][9:] < "200"]
    for street in streets:
        rural = [row for row in communities if row["code"][:9] == street and row["code"][9:] >= "200"]
        kept += rural[:RURAL_OF_EACH_STREET]
    return [row for row in _rows("divisions.csv") if row["code"] in divisions], kept


@pytest.fixture(scope="module")
def jinan(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[PlanVersion]:
    """The plan over a piece of its city with example data of three years; gone with the module."""
    folder = tmp_path_factory.mktemp("jinan")
    divisions, communities = _chosen()
    with django_db_blocker.unblock(), transaction.atomic():
        for kind, rows in (("divisions", divisions), ("communities", communities)):
            call_command("import_ledger", _write(folder / f"{kind}.csv", rows), kind=kind, verbosity=0)
        version = load_plan()
        example.make(story.read("jinan-2007"))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield version
        transaction.set_rollback(True)
