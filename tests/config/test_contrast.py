"""Whoever sees less well reads the portal, too: text at least 4.5 to 1, borders of fields 3 to 1, in both themes."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text(encoding="utf-8")
VERDICTS = ("met", "not-met", "attention", "undetermined", "not-due", "not-applicable", "no-rule")
TEXT = [
    *((ink, paper) for ink in ("ink", "ink-soft", "ink-faint", "accent") for paper in ("surface", "surface-frame")),
    *((verdict, paper) for verdict in VERDICTS for paper in (f"{verdict}-tint", "surface")),
    ("on-accent", "accent"),
    ("accent-strong", "accent-tint"),
    ("ink", "changed-tint"),
    ("reported", "surface"),
    ("ink-soft", "surface-hover"),
    ("ink-faint", "surface-sunk"),
]
EDGES = [("line-field", "surface"), ("focus", "surface"), ("accent", "surface-sunk")]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", block))


LIGHT = colours(TOKENS[TOKENS.index(":root {") : TOKENS.index('[data-theme="dark"]')])
DARK = LIGHT | colours(TOKENS[TOKENS.index('[data-theme="dark"]') : TOKENS.index('[data-type="large"]')])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_can_be_read(theme: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(theme[ink], theme[paper]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "paper"), EDGES)
def test_edges_of_fields_and_focus_are_seen(theme: dict[str, str], edge: str, paper: str) -> None:
    assert contrast(theme[edge], theme[paper]) >= 3


def test_the_dark_theme_names_every_verdict_anew() -> None:
    assert all(LIGHT[name] != DARK[name] for verdict in VERDICTS for name in (verdict, f"{verdict}-tint"))
