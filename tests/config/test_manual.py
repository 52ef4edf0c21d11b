"""The manual promises nothing that is not there: files, commands, targets of make."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

BASE_DIR = Path(settings.BASE_DIR)
PAGES = sorted([*BASE_DIR.glob("*.md"), *BASE_DIR.glob("docs/**/*.md"), BASE_DIR / "data" / "README.md"])
READMES = [BASE_DIR / "README.md", BASE_DIR / "README.zh.md"]
OWNED = ("assessments/", "bench/", "communities/", "config/", "data/", "docs/", "tests/", "templates/", "static/")


def name(page: Path) -> str:
    return str(page.relative_to(BASE_DIR))


def words(page: Path) -> list[str]:
    """Return what a page gives in code type, blocks and words alike."""
    found = re.findall(r"```\n(.*?)```|`([^`\n]+)`", page.read_text(encoding="utf-8"), re.DOTALL)
    return [block or word for block, word in found]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    aims = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [aim for aim in aims if not (page.parent / aim).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = [word for word in words(page) if word.startswith(OWNED) and re.fullmatch(r"[\w./-]+", word)]
    assert [word for word in named if not (BASE_DIR / word).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_are_named_exist(page: Path) -> None:
    named = {command for word in words(page) for command in re.findall(r"manage\.py ([a-z_]+)", word)}
    assert named <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_of_make_that_are_named_exist(page: Path) -> None:
    named = {target for word in words(page) for target in re.findall(r"^make ([a-z]+)", word, re.MULTILINE)}
    targets = set(re.findall(r"^([a-z]+):", (BASE_DIR / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", READMES, ids=name)
def test_the_first_two_commands_are_demo_and_test(page: Path) -> None:
    block = next(word for word in words(page) if word.startswith("make"))
    assert [line.split("  ")[0] for line in block.splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize("page", READMES, ids=name)
def test_every_folder_of_the_layout_exists(page: Path) -> None:
    block = next(word for word in words(page) if word.startswith("communities/\n"))
    above = BASE_DIR
    for line in block.splitlines():
        folder = BASE_DIR / line.split()[0]
        if line.startswith("  "):
            folder = above / line.split()[0]
        else:
            above = folder
        assert folder.is_dir(), line


def test_both_readmes_give_the_same_commands() -> None:
    commands = [
        [
            line.split("  ")[0]
            for word in words(page)
            for line in word.splitlines()
            if line.startswith(("make", ".venv"))
        ]
        for page in READMES
    ]
    assert commands[0] == commands[1]


def test_the_manual_begins_with_every_page_of_it() -> None:
    index = BASE_DIR / "docs" / "index.md"
    text = index.read_text(encoding="utf-8")
    pages = {str(page.relative_to(index.parent)) for page in index.parent.glob("**/*.md")} - {"index.md"}
    assert [page for page in sorted(pages) if f"({page})" not in text] == []
