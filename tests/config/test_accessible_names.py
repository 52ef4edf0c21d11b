"""A sign has one name for who hears the page: shape, word and figure are not told twice."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from assessments.reports import charts

VOID = {"br", "hr", "img", "input", "use", "rect", "path"}


class Heard(HTMLParser):
    """What a screen reader is given: text and names, without what is hidden from it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0
        self._open: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        hidden = said.get("aria-hidden") == "true"
        if not self._hidden and not hidden:
            self.words += [value for name in ("aria-label", "title", "alt") if (value := said.get(name))]
        if tag not in VOID:
            self._open.append(hidden)
            self._hidden += hidden

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._hidden -= self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(data.strip())


def heard(template: str, **context: object) -> list[str]:
    with translation.override("en"):
        return Heard(render_to_string(template, context)).words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, ["not met"]),
        ({"size": "tag"}, ["not met"]),
        ({"bare": True}, ["not met"]),
        ({"text": "4 / 5"}, ["not met", "4 / 5"]),
        ({"instead": "overdue"}, ["overdue"]),
    ],
)
def test_a_verdict_has_one_name(said, words):
    assert heard("components/verdict.html", code="not_met", **said) == words


@pytest.mark.parametrize("status", ["queued", "running", "done", "failed", "cancelled"])
def test_the_state_of_a_job_is_no_verdict_as_well(status):
    job = SimpleNamespace(status=status, get_status_display=status)
    assert heard("ground/job_status.html", job=job) == [status]


@pytest.mark.parametrize("status", ["in_force", "draft", "repealed"])
def test_the_status_of_a_version_is_no_verdict_as_well(status):
    version = SimpleNamespace(status=status, get_status_display=status)
    assert len(heard("plans/status.html", version=version)) == 1


def test_a_bar_beside_its_numbers_says_nothing_itself():
    parts = charts.stack({"met": 3, "not_met": 2})
    assert heard("components/stack_row.html", parts=parts) == ["met", "3", "not met", "2"]
    (name,) = heard("components/stack.html", parts=parts)
    assert name.startswith("met 3")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"verdict": "not_met", "text": "60", "beside": "3 / 5"}, ["3 / 5", "not met", "60"]),
        ({"verdict": "not_met", "text": "", "beside": "not met"}, ["not met"]),
        ({"verdict": "", "text": "", "beside": ""}, ["—"]),
    ],
)
def test_a_cell_of_the_table_of_targets_has_one_name(cell, words):
    assert heard("compliance/cell.html", cell=SimpleNamespace(url="/", **cell)) == words
