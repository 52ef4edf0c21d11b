"""
`python -m config.translations`: see that every text of the portal has its Chinese.

Collects the texts from a copy of the sources, as `makemessages` would, and names each that has no translation, an
uncertain one, or none at all in the catalogue.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import copytree, ignore_patterns

from config.variables import BASE_DIR, BadSetting

CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
NOT_SOURCES = ignore_patterns(".venv", ".git", "var", "tests", "bench", "node_modules", ".*_cache", "*.mo")


def missing() -> str:
    """The entries without a certain translation, in the catalogue's own form; empty where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "linli"
        copytree(BASE_DIR, copy, ignore=NOT_SOURCES)
        collect = [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-wrap", "-v", "0"]
        _said(collect, copy)
        only = [["--untranslated"], ["--only-fuzzy"]]
        return "".join(_said(["msgattrib", "--no-obsolete", *option, str(CATALOGUE)], copy) for option in only)


def _said(command: list[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603


def main() -> None:
    """End with a sentence that says how to mend it, after the list."""
    found = missing()
    entries = found.count("\nmsgid ")
    if entries:
        print(found)
        raise BadSetting(f"{entries} texts have no certain Chinese in {CATALOGUE}: run makemessages and fill them in.")
    print("Every text has its Chinese.")


if __name__ == "__main__":
    main()
