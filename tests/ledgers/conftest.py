"""Ledgers as files, and a short way to import them as the operator does."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from assessments.plans import imports
from communities.ground.ledgers.importing import Outcome
from tests.factories.places import PlaceFactory

HEAD = ["区划代码", "设施类型", "设施名称", "建筑面积(平方米)", "启用日期"]


@pytest.fixture
def community(db):
    """One community of one street."""
    PlaceFactory(code="370102001000", name="解放路街道")
    return PlaceFactory(code="370102001002", name="解放桥社区居民委员会")


@pytest.fixture
def book(tmp_path) -> Callable[..., Path]:
    """Write lines into a workbook; `merged` cells as in `B2:B4`."""

    def write(*lines: Sequence[Any], name: str = "ledger.xlsx", merged: Sequence[str] = ()) -> Path:
        workbook = Workbook()
        sheet: Any = workbook.active
        for line in lines:
            sheet.append(list(line))
        for area in merged:
            sheet.merge_cells(area)
        path: Path = tmp_path / name
        workbook.save(path)
        return path

    return write


@pytest.fixture
def table(tmp_path) -> Callable[..., Path]:
    """Write lines into a CSV file."""

    def write(*lines: Sequence[Any], encoding: str = "utf-8", name: str = "ledger.csv") -> Path:
        path: Path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream).writerows(lines)
        return path

    return write


def lines_of(path: Path) -> list[tuple[Any, ...]]:
    """The lines of the first sheet."""
    sheet: Any = load_workbook(path).active
    return list(sheet.iter_rows(values_only=True))


def imported(path: Path, kind: str = "", **how: Any) -> Outcome:
    """Import the file as the operator of the machine does."""
    wrong_rows = how.pop("wrong_rows", None)
    return imports.import_now(path, imports.Order(kind, **how), wrong_rows=wrong_rows)
