"""What the content policy forbids is not written in the first place; and every template can be read."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = settings.BASE_DIR / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
PRINTED = TEMPLATES / "reports"  # WeasyPrint's own pages: no browser, no policy
SHOWN = [page for page in PAGES if PRINTED not in page.parents]
OUTSIDE = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+\.[a-z]""")


def name(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_template_can_be_read(page: Path) -> None:
    get_template(str(page.relative_to(TEMPLATES)))


@pytest.mark.parametrize("page", SHOWN, ids=name)
def test_no_style_and_no_script_stand_in_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"""\sstyle=["']|<style|\son[a-z]+=["']|javascript:""", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("page", [*PAGES, *sorted((settings.BASE_DIR / "static").rglob("*.[cj]s*"))], ids=name)
def test_nothing_points_to_another_host(page: Path) -> None:
    assert not OUTSIDE.search(page.read_text(encoding="utf-8"))
