"""
From a content to a PDF.

WeasyPrint lays the HTML out with the one style sheet of paper. It may fetch the project's own static files and
nothing else. A character that no font of the machine has would be printed as an empty box and only logged: here it
ends the job with a sentence that names it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from communities.ground.checks import chinese_fonts

from . import fonts
from .contents import Content, check_code, sha256_of
from .figures import day_in_words

HERE = "https://paper.invalid/"  # the base of addresses in the HTML: of no machine, only the fetcher knows it
STATIC = f"{HERE}static/"
NOTDEF = "notdef glyph"


class MissingGlyphsError(ValueError):
    """The machine has no font for some characters of the report."""


class NoChineseFontError(RuntimeError):
    """The machine has no Chinese font at all."""


@dataclass(frozen=True)
class Imprint:
    """What stands in the foot besides the heading: when it was made, and how its original is found."""

    made_at: datetime
    check_code: str

    @property
    def made(self) -> str:
        """The moment in words: 2009年1月16日10时42分."""
        return f"{day_in_words(self.made_at.date())}{self.made_at.hour}时{self.made_at.minute:02}分"

    @property
    def qr(self) -> SafeString:
        """The check code as a square to scan, drawn as SVG."""
        code = segno.make(self.check_code, error="m", micro=False)
        drawn = code.svg_inline(border=0, svgclass="qr", omitsize=True, lineclass=None)
        return mark_safe(drawn)  # noqa: S308  drawn by segno from hexadecimal digits


@dataclass(frozen=True)
class Paper:
    """A finished PDF."""

    pdf: bytes
    pages: int


def html_of(content: Content, made_at: datetime) -> str:
    """Return the report as HTML, in Chinese whatever the language in force."""
    imprint = Imprint(made_at, check_code(sha256_of(content)))
    told = {"content": content, "imprint": imprint, "noto_only": not fonts.has_fangsong()}
    template = "reports/community.html" if content.level == "community" else "reports/area.html"
    with translation.override("zh-hans"):
        return render_to_string(template, told)


def pdf_of(html: str) -> Paper:
    """
    Lay `html` out and return the PDF, whole and with bookmarks, language and tags.

    Raises NoChineseFontError on a machine without Chinese type, MissingGlyphsError where a character has no glyph.
    """
    if chinese_fonts() == 0:
        raise NoChineseFontError(
            _("No Chinese font is installed, so the report was not printed. Install fonts-noto-cjk and ask again.")
        )
    with _glyphs_watched():
        document = HTML(string=html, base_url=HERE, url_fetcher=OwnFiles()).render(font_config=_font_configuration())
        pdf = document.write_pdf(pdf_tags=True)
    return Paper(pdf, len(document.pages))


@cache
def _font_configuration() -> FontConfiguration:
    """One for the life of the process: a new one each time would grow the worker's memory with every report."""
    return FontConfiguration()


class OwnFiles(URLFetcher):  # type: ignore[misc]
    """Fetches what lies under the project's static address, and pictures written into the style sheet itself."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the file; raise ValueError for everything else."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if not url.startswith(STATIC):
            raise ValueError(f"Reports fetch their own files only, not {url}")
        found = static_file(unquote(url.removeprefix(STATIC)))
        if found is None:
            raise ValueError(f"There is no static file {url}")
        kind = "text/css" if found.suffix == ".css" else "image/svg+xml"
        return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": kind})


def static_file(name: str) -> Path | None:
    """Return where a static file of the project lies, None where there is none; never one outside its folders."""
    found = finders.find(name)
    return Path(str(found)) if found else None


class _Glyphs(logging.Handler):
    """Keeps the warnings about characters without a glyph."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the characters that WeasyPrint names."""
        if NOTDEF in record.getMessage():
            told = record.args[0] if isinstance(record.args, tuple) and record.args else "?"
            self.characters.setdefault(str(told))


@contextmanager
def _glyphs_watched() -> Iterator[None]:
    """Raise MissingGlyphsError at the end where WeasyPrint warned of characters without a glyph."""
    logger, handler = logging.getLogger("weasyprint"), _Glyphs()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    if handler.characters:
        named = "、".join(f"{one} (U+{ord(one):04X})" for one in handler.characters)
        raise MissingGlyphsError(
            _(
                "No font of this machine has these characters: {named}. Install one that has, such as fonts-noto-cjk; "
                "nothing was stored."
            ).format(named=named)
        )


@cache
def layout() -> str:
    """Return what tells this layout from others: a hash over templates, style sheet and type of the machine."""
    told = sha256(str(fonts.has_fangsong()).encode())
    folder = Path(settings.BASE_DIR) / "templates"
    for path in sorted([*(folder / "reports").rglob("*.html"), *(folder / "components" / "charts").glob("*.svg.html")]):
        told.update(path.read_bytes())
    sheet = static_file("css/print.css")
    told.update(sheet.read_bytes() if sheet else b"")
    return told.hexdigest()[:16]
