"""Files in clear for as long as they are read, without a name of their own: a worker that is killed leaves nothing."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO


class Unnamed:
    """
    The bytes of a stream, in clear, as a file on this machine for as long as the block lasts.

    They may hold personal numbers, and a process that is killed cleans nothing up: where the system lets it, the copy
    has no name of its own, only a link to what this process holds open, and is gone with the process.
    """

    def __init__(self, stream: IO[bytes], *, suffix: str) -> None:
        self._stream = stream
        self._suffix = suffix
        self._folder = tempfile.TemporaryDirectory()
        self._copy: IO[bytes] | None = None

    def __enter__(self) -> Path:
        path = Path(self._folder.name) / f"ledger{self._suffix}"
        self._copy = tempfile.TemporaryFile()  # closed on exit
        with self._stream as stored:
            shutil.copyfileobj(stored, self._copy)
        self._copy.flush()
        held = Path(f"/proc/{os.getpid()}/fd/{self._copy.fileno()}")
        if held.exists():
            path.symlink_to(held)
        else:
            self._copy.seek(0)
            with path.open("wb") as copy:
                shutil.copyfileobj(self._copy, copy)
        return path

    def __exit__(self, *_error: object) -> None:
        if self._copy is not None:
            self._copy.close()
        self._folder.cleanup()
