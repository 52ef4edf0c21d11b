"""
From the text of a pack to plain mappings, lists and texts, with the line of every part.

Packs use the plain half of YAML. Every scalar stays the text that was written, so that no figure passes through a
float. Refused, each with its line: a key given twice, anchors and aliases (a pack must be readable from top to
bottom), tags, several documents, control characters and halves of a character, and files too large or too deep to be
a plan.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .problems import Path, Problems

LARGEST = 1_000_000
DEEPEST = 12
LONGEST_SHOWN = 60
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # not: tab, line feed
NOTHING = {"", "~", "null", "Null", "NULL"}

Tree = dict[str, Any]


def read(text: str) -> tuple[Any, Problems]:
    """Return the tree of the pack (None where it cannot be read) and what is wrong with its text."""
    problems = Problems({})
    if len(text) > LARGEST:
        what = _("The file has {n} characters; a pack has at most {most}.").format(n=len(text), most=LARGEST)
        problems.add_at(0, what, _("Is this the right file?"))
        return None, problems
    try:
        return _Reader(text, problems).document(), problems
    except (YAMLError, ValueError) as error:
        line, why = _located(error)
        problems.add_at(line, _("The file is not readable as YAML."), why)
    except _TooDeepError as error:
        problems.add_at(error.line, _("The pack is nested more than {n} deep.").format(n=DEEPEST))
    return None, problems


def _located(error: Exception) -> tuple[int, str]:
    mark = getattr(error, "problem_mark", None)
    why = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
    line = mark.line + 1 if isinstance(error, MarkedYAMLError) and mark is not None else 0
    return line, _("The reader says: {why}.").format(why=why) if why else ""


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Reader:
    """Builds the tree out of the parser's events and notes the line of each part."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.events = (e for e in YAML(typ="safe", pure=True).parse(text))
        self.problems = problems
        self.documents = 0

    def document(self) -> Any:
        """Return the one document of the file."""
        tree = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self._refuse(event, _("The file holds several documents."), _("A pack is one document."))
                    break
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                tree = self._value(event, ())
        return tree

    def _value(self, event: Event, path: Path) -> Any:
        if len(path) > DEEPEST:
            raise _TooDeepError(event.start_mark.line + 1)
        self.problems.lines.setdefault(path, event.start_mark.line + 1)
        self._check_plain(event)
        self._check_printable(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, ScalarEvent):
            empty = event.style is None and event.value in NOTHING
            return None if empty else UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", event.value)
        return None

    def _check_plain(self, event: Event) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._refuse(event, _("“*{name}” is an alias.").format(name=anchor), _plain())
        elif anchor:
            self._refuse(event, _("“&{name}” is an anchor.").format(name=anchor), _plain())
        elif tag:
            self._refuse(event, _("“{tag}” is a tag.").format(tag=tag), _plain())

    def _check_printable(self, event: Event) -> None:
        """Refuse what no text of a plan holds and no database keeps."""
        found = UNPRINTABLE.search(event.value) if isinstance(event, ScalarEvent) else None
        if found is not None:
            what = _("The text holds the character U+{code}, which cannot be printed.").format(
                code=f"{ord(found[0]):04X}"
            )
            self._refuse(event, what, _("Take it out; control characters and halves of a character are no text."))

    def _mapping(self, path: Path) -> Tree:
        found: Tree = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, path)
            where = (*path, key)
            if key in found:
                first = self.problems.lines.get(where, 0)
                self._refuse(event, _("“{key}” is given twice.").format(key=key[:LONGEST_SHOWN]), _first_on(first))
                where = (*path, key, "")
            self.problems.lines.setdefault(where, event.start_mark.line + 1)
            found.setdefault(key, self._value(next(self.events), where))
        return found

    def _key(self, event: Event, path: Path) -> str:
        if isinstance(event, ScalarEvent):
            self._check_plain(event)
            self._check_printable(event)
            return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(event.value))
        self._refuse(event, _("A key must be a plain word."))
        self._value(event, (*path, ""))
        return ""

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self._value(event, (*path, len(found))))
        return found

    def _refuse(self, event: Event, what: str, why: str = "") -> None:
        self.problems.add_at(event.start_mark.line + 1, what, why)


def _first_on(line: int) -> str:
    return _("It first stands on line {line}; keep one of them.").format(line=line)


def _plain() -> str:
    return _("Write the value out: a pack is read from top to bottom, without references.")
