"""
System checks: what a machine must have so that nothing goes wrong silently later.

They warn instead of stopping, because a machine that only serves pages needs no font; `/readyz` and the jobs that
need one say no.
"""

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

OLDEST_POSTGRESQL = 15
FONT_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.1.dylib")
SUBSET_LIBRARIES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")


@register("linli")
def chinese_can_be_printed(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A machine without a Chinese font prints empty boxes and says nothing."""
    if chinese_fonts() > 0:
        return []
    hint = "apt-get install fonts-noto-cjk (or another Chinese font that fontconfig knows)."
    return [Warning("No Chinese font is installed: reports would show empty boxes.", hint=hint, id="linli.W001")]


@register("linli")
def fonts_can_be_cut(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Without HarfBuzz's subsetter a report of half a second takes a quarter of a minute, silently."""
    if _library(SUBSET_LIBRARIES) is not None:
        return []
    hint = "apt-get install libharfbuzz-subset0."
    return [Warning("libharfbuzz-subset is missing: reports take thirty times as long.", hint=hint, id="linli.W002")]


@register("linli", Tags.security)
def others_are_served_safely(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What is convenient on one's own machine is dangerous as soon as others reach it."""
    if settings.ON_THIS_MACHINE_ONLY or settings.TESTING:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error("DEBUG is on and ALLOWED_HOSTS names another machine.", hint="Unset DEBUG.", id="linli.E001")
        )
    if not settings.HTTPS:
        hint = "Unset HTTPS and put a proxy with a certificate in front."
        found.append(Warning("Passwords travel unencrypted: HTTPS is off.", hint=hint, id="linli.W003"))
    return found


@register("linli", Tags.database)
def the_database_is_recent(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked by `migrate` and `check --database default`."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        version = connections[alias].pg_version // 10_000  # type: ignore[attr-defined]
        if version < OLDEST_POSTGRESQL:
            text = f"PostgreSQL {version} is too old; Linli needs {OLDEST_POSTGRESQL} or later."
            found.append(Error(text, hint="Unset DATABASE_URL to use the embedded server.", id="linli.E002"))
    return found


@cache
def chinese_fonts() -> int:
    """How many fonts with simplified Chinese fontconfig, which also chooses for the reports, knows."""
    library = _library(FONT_LIBRARIES)
    if library is None:
        return 0
    for name in ("FcNameParse", "FcObjectSetCreate", "FcFontList"):
        getattr(library, name).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(library.FcNameParse(b":lang=zh-cn"))
    wanted = ctypes.c_void_p(library.FcObjectSetCreate())
    found = library.FcFontList(None, pattern, wanted)  # a struct that begins with the number of fonts
    return ctypes.cast(found, ctypes.POINTER(ctypes.c_int))[0] if found else 0


def _library(names: Sequence[str]) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None
