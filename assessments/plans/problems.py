"""What is wrong in a pack, said so that the official who wrote it finds the line and mends it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: where (line from 1, 0 where it is the whole file), what, why, and the nearest known name."""

    line: int
    path: str
    what: str
    why: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return " ".join(part for part in (f"{where}{self.what}", self.why) if part)


class Problems:
    """The problems found so far in one pack. Knows on which line each part of it stands."""

    def __init__(self, lines: dict[Path, int] | None = None) -> None:
        self.lines = lines if lines is not None else {}
        self.found: list[Problem] = []

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(set(self.found)))

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, path: Path, what: str, why: str = "", nearest: str = "") -> None:
        """Note a problem at the part of the pack that `path` leads to."""
        self.found.append(Problem(self.line_of(path), shown(path), what, why, nearest))

    def add_at(self, line: int, what: str, why: str = "") -> None:
        """Note a problem of the text itself."""
        self.found.append(Problem(line, "", what, why))

    def line_of(self, path: Path) -> int:
        """Return the line of the part, or of the nearest part around it that is there."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1 if self.lines else 0

    def touches(self, path: Path) -> bool:
        """Say whether something in the part at `path` has already been found wrong."""
        start = shown(path)
        return any(
            problem.path == start or problem.path.startswith((f"{start}.", f"{start}[")) for problem in self.found
        )


def shown(path: Path) -> str:
    """Return the path as it is written in messages: `targets.committee_floor.milestones[1].due`."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name`, empty where none is."""
    return next(iter(get_close_matches(name, sorted(known), n=1)), "")


@dataclass(frozen=True)
class ToldProblem:
    """A problem with the line it stands on, for the eye to find."""

    problem: Problem
    quoted: str


def quoted(problems: Iterable[Problem], text: str) -> list[ToldProblem]:
    """Return each problem with its line of `text`; nothing is quoted where it is of the whole."""
    lines = text.splitlines()
    return [ToldProblem(one, lines[one.line - 1] if 0 < one.line <= len(lines) else "") for one in problems]
