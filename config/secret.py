"""
The keys of an installation. A machine that only serves itself makes them on its first start and keeps them; a server
that others reach must be given them, because its neighbours need the same.
"""

import os
import secrets
from pathlib import Path

from config.variables import BadSetting


def key(given: str, *, kept_in: Path, may_be_made: bool, name: str = "SECRET_KEY") -> str:
    """The key that was given in the variable `name`, else the one kept in the file, made now if need be."""
    if given:
        return given
    if not may_be_made:
        raise BadSetting(
            f"{name} is not set, and ALLOWED_HOSTS names another machine than this one. Make a key with "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'` and set it on every machine."
        )
    return _kept(kept_in, name)


def _kept(path: Path, name: str) -> str:
    """Read the key, or write one; of several first starts at once exactly one writes (O_EXCL via link)."""
    try:
        if not path.exists():
            _write(path)
        return path.read_text().strip()
    except OSError as error:
        raise BadSetting(
            f"{name} cannot be kept in {path} ({error.strerror}). Set it, or VAR_DIR to a folder that can be written."
        ) from error


def _write(path: Path) -> None:
    """The file appears whole or not at all: a link to a finished file fails where one exists already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        draft.unlink()
