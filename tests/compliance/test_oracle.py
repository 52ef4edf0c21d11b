"""
What `evaluate --format json` says is what a plain-Python reckoning over the exported ledgers says.

Twenty communities picked by a seed, every street and district and the city; every target of Jinan 2007.
"""

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from assessments.plans.models import PlanVersion

from . import oracle
from .oracle import KINDS, Oracle, Said

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEED = 2007
PICKED = 20
CITY = "370100000000"
DAYS = [date(2007, 12, 31), date(2008, 6, 30), date(2008, 12, 31), date(2009, 12, 31)]
Judge = Callable[[Oracle, str], dict[str, Said]]


@pytest.fixture(scope="module")
def ledgers(jinan: PlanVersion, django_db_blocker: Any, tmp_path_factory: Any) -> Path:
    """The ledgers of the city as `export_ledger` writes them, each laid down as a text."""
    folder: Path = tmp_path_factory.mktemp("ledgers")
    with django_db_blocker.unblock():
        for kind in KINDS:
            book = folder / f"{kind}.xlsx"
            call_command(
                "export_ledger", kind, str(book), within="3701", purpose="按台账人工复算一遍", stdout=StringIO()
            )
            _lay_down(book, folder / f"{kind}.csv")
    return folder


def _lay_down(book: Path, text: Path) -> None:
    """Write the workbook's first sheet as text; ledgers that name people leave as workbooks only."""
    rows = load_workbook(book, read_only=True).worksheets[0].iter_rows(values_only=True)
    with text.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([_told(cell) for cell in row] for row in rows)


def _told(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def evaluated(day: date) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the command prints, by subject and target: the milestone that counts."""
    out = StringIO()
    call_command("evaluate", plan="jinan-2007", as_of=day.isoformat(), format="json", stdout=out)
    return {(one["subject"], one["target"]): one for one in json.loads(out.getvalue())["findings"]}


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def differences(found: dict[tuple[str, str], dict[str, Any]], code: str, said: dict[str, Said]) -> list[str]:
    told = []
    for target, expected in said.items():
        one = found[code, target]
        got = Said(one["verdict"], *(number(one[name]) for name in ("measured", "required", "shortfall")))
        if got != expected:
            told.append(f"{code} {target}: evaluate says {got}, by hand {expected}")
        if bool(one["missing"]) != (expected.verdict == "undetermined"):
            told.append(f"{code} {target}: {expected.verdict}, and missing is {one['missing']}")
    return told


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_twenty_communities_and_all_places_above_them_are_judged_as_by_hand(ledgers: Path, day: date) -> None:
    found, by_hand = evaluated(day), Oracle(ledgers, day)
    picked = sorted(Random(SEED).sample(by_hand.communities("3701"), PICKED))  # noqa: S311
    judged: list[tuple[Judge, list[str]]] = [
        (oracle.of_community, picked),
        (oracle.of_street, by_hand.streets()),
        (oracle.of_district, by_hand.districts()),
        (oracle.of_city, [CITY]),
    ]
    wrong = [line for judge, codes in judged for c in codes for line in differences(found, c, judge(by_hand, c))]
    assert wrong == []


def test_the_oracle_speaks_of_every_target(jinan: PlanVersion, ledgers: Path) -> None:
    by_hand = Oracle(ledgers, DAYS[0])
    spoken = {
        *oracle.of_community(by_hand, by_hand.communities("3701")[0]),
        *oracle.of_street(by_hand, by_hand.streets()[0]),
        *oracle.of_district(by_hand, by_hand.districts()[0]),
        *oracle.of_city(by_hand, CITY),
    }
    assert spoken == set(jinan.targets.values_list("code", flat=True))
