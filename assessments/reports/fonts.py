"""
Which Chinese type the machine has. Offices set papers in 仿宋, 楷体, 黑体; where these are missing all is set in Noto,
and headings become bold, because the shapes no longer tell them apart.
"""

import shutil
import subprocess
from functools import cache

FANGSONG = ("仿宋_GB2312", "FangSong_GB2312", "FangSong", "仿宋", "Zhuque Fangsong (technical preview)", "FandolFang")


@cache
def has_fangsong() -> bool:
    """Say whether any of the 仿宋 faces that the style sheet names is installed (asked once a process)."""
    command = shutil.which("fc-list")
    if command is None:
        return False
    listed = subprocess.run([command, ":", "family"], capture_output=True, text=True, check=False)  # noqa: S603
    families = {name.strip() for line in listed.stdout.splitlines() for name in line.split(",")}
    return any(name in families for name in FANGSONG)
