"""The published JSON Schema of plan packs, and what a schema finds wrong in a pack of any kind, told in sentences."""

import json
from functools import cache
from pathlib import Path as File
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from jsonschema import Draft202012Validator, ValidationError

from ..problems import Path, Problems, nearest

FILE = File(__file__).parent / "pack.schema.json"
SHOWN = 60
# What pack.schema.json says of its parts, listed here so that it is translated.
DESCRIPTIONS = (
    gettext_noop("One plan as data: its figures, what offices report, and what it requires."),
    gettext_noop("Short label, Chinese required."),
    gettext_noop("A day, as 2008-12-31."),
    gettext_noop("A formula, on one line, as docs/reference/packs.md describes."),
    gettext_noop("A decimal, best in quotes."),
    gettext_noop("A list of codes, or each code with its label: {on_foot: {zh: 步行}}."),
    gettext_noop("First and last day, both inclusive."),
    gettext_noop("household, person, m2, cny, share, households/person, …; null: not checked."),
    gettext_noop("The clause as the document numbers it: 二(三)."),
    gettext_noop("A day, or yearly: not due until 31 December of each year."),
    gettext_noop("Division code prefix of the owner, or a community's code."),
    gettext_noop("What the document itself prints, to compare with."),
    gettext_noop("The figure in the unit of the measure: 0.22 for 22%."),
    gettext_noop("Why the two differ, or what else is to be known."),
)


def text(file: File = FILE) -> str:
    """Return the schema as it is published."""
    return file.read_text(encoding="utf-8")


@cache
def _validator(file: File) -> Draft202012Validator:
    return Draft202012Validator(json.loads(text(file)))


def check(tree: Any, problems: Problems, file: File = FILE) -> None:
    """Note everything in `tree` that the schema in `file` refuses: that of plan packs, or another kind's."""
    for error in _validator(file).iter_errors(tree):
        _explain(error, tuple(error.absolute_path), problems)


def _explain(error: ValidationError, path: Path, problems: Problems) -> None:
    names_a_part = "propertyNames" in error.absolute_schema_path
    explain = _wrong_name if names_a_part else _EXPLAINED.get(str(error.validator), _otherwise)
    explain(error, path, problems)


def _wanted(error: ValidationError) -> list[Any]:
    """Return what the schema asks for: the listed values, or the one."""
    value: Any = error.validator_value
    return value if isinstance(value, list) else [value]


def _missing(error: ValidationError, path: Path, problems: Problems) -> None:
    present: Any = error.instance
    for name in _wanted(error):
        if name not in present:
            why = _hint(error, str(name)) or _("Every {what} must have it.").format(what=_part(path))
            problems.add(path, _("“{name}” is missing.").format(name=name), why)


def _part(path: Path) -> str:
    """Return what stands at the path, as people call it: a figure, a target, a clause."""
    names = {
        "clauses": _("clause"),
        "parameters": _("figure"),
        "indicators": _("reported indicator"),
        "targets": _("target"),
        "sections": _("item of a sheet") if len(path) > 3 else _("section of a sheet"),
    }
    return names.get(str(path[0]), _("part of this kind")) if path else _("pack")


def _hint(error: ValidationError, name: str) -> str:
    if name == "clause":
        return _("Name the clause of the document that asks for this: without it nobody can check the rule.")
    described = error.schema.get("properties", {}).get(name, {}) if isinstance(error.schema, dict) else {}
    described = described if isinstance(described, dict) else {}
    return _(str(described["description"])) if "description" in described else ""


def _unknown_key(error: ValidationError, path: Path, problems: Problems) -> None:
    known = set(error.schema.get("properties", {})) if isinstance(error.schema, dict) else set()
    given: Any = error.instance
    for name in given:
        if name not in known:
            near = nearest(str(name), known)
            hint = _("Did you mean “{near}”? ").format(near=near) if near else ""
            why = hint + _("Known: {known}.").format(known=", ".join(sorted(known)))
            problems.add((*path, name), _("“{name}” is not known here.").format(name=_cut(name)), why, near)


def _not_listed(error: ValidationError, path: Path, problems: Problems) -> None:
    known = [str(value) for value in _wanted(error)]
    near = nearest(str(error.instance), known)
    hint = _("Did you mean “{near}”? ").format(near=near) if near else ""
    why = hint + _("Known: {known}.").format(known=", ".join(known))
    problems.add(path, _("“{value}” is not known here.").format(value=_cut(error.instance)), why, near)


def _wrong_name(error: ValidationError, path: Path, problems: Problems) -> None:
    name = str(error.instance)
    what = _("“{name}” cannot be a name.").format(name=_cut(name))
    problems.add((*path, name), what, _("Names are small Latin letters, digits and _, at most 60."))


def _too_long(error: ValidationError, path: Path, problems: Problems) -> None:
    message = _("The text has {n} characters; at most {most} are allowed.")
    problems.add(path, message.format(n=len(str(error.instance)), most=error.validator_value))


def _wrong_form(error: ValidationError, path: Path, problems: Problems) -> None:
    problems.add(path, _("“{value}” has not the form expected.").format(value=_cut(error.instance)), _described(error))


def _wrong_type(error: ValidationError, path: Path, problems: Problems) -> None:
    forms = {"object": _("a mapping"), "array": _("a list"), "string": _("a text"), "number": _("a number")}
    expected = " / ".join(forms[name] for name in _wanted(error) if name in forms)
    problems.add(path, _("Here must stand {expected}.").format(expected=expected), _described(error))


def _empty(error: ValidationError, path: Path, problems: Problems) -> None:
    problems.add(path, _("This must not be empty."), _described(error))


def _twice(_error: ValidationError, path: Path, problems: Problems) -> None:
    problems.add(path, _("The list names something twice."))


def _otherwise(error: ValidationError, path: Path, problems: Problems) -> None:
    problems.add(path, _("“{value}” has not the form expected.").format(value=_cut(error.instance)), _described(error))


def _described(error: ValidationError) -> str:
    """Return what the schema says of the part; nothing where it says nothing, never the checker's own English."""
    schema = error.schema if isinstance(error.schema, dict) else {}
    found = schema.get("description", "")
    for option in schema.get("anyOf", []):
        found = option.get("description", found) if isinstance(option, dict) else found
    return _(str(found)) if found else ""


def _cut(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


_EXPLAINED = {
    "required": _missing,
    "additionalProperties": _unknown_key,
    "enum": _not_listed,
    "maxLength": _too_long,
    "minLength": _empty,
    "minItems": _empty,
    "minProperties": _empty,
    "pattern": _wrong_form,
    "type": _wrong_type,
    "uniqueItems": _twice,
}


def names_of(tree: Any, part: str) -> set[str]:
    """Return the names declared in one part of a pack (`parameters`, `targets`, …)."""
    found = tree.get(part) if isinstance(tree, dict) else None
    return set(found) if isinstance(found, dict) else set()
