"""
The field's own cases: what is recorded, what is asked, what must come out.

They stand in `tests/cases/<plan>/*.yaml`, one folder for each pack that is shipped; `tests/cases/README.md` says what
the words mean, `world.py` records them, `test_cases.py` judges them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion

FOLDER = Path(__file__).parents[1] / "cases"
PACKS = Path(plans.__file__).parent / "packs"
PACK = PACKS / "jinan-2007.yaml"
PLANS = sorted(pack.stem for pack in PACKS.glob("*.yaml") if (FOLDER / pack.stem).is_dir())
LEVELS = ("city", "district", "street", "community")
PLURALS = {"city": "cities", "district": "districts", "street": "streets", "community": "communities"}
FACTS = (*LEVELS, *PLURALS.values())
OWNERS = {4: "city", 6: "district"}

Words = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One example of one plan."""

    pack: str
    name: str
    target: str
    row: str
    as_of: date
    plan: tuple[tuple[str, str], ...]
    facts: Words = field(hash=False)
    expected: Words = field(hash=False)

    @property
    def is_alone(self) -> bool:
        """Whether it speaks of the plan's owner or of all there is below, so that no other case may stand beside it."""
        owner = OWNERS[len(owner_code(self.pack))]
        below = LEVELS[LEVELS.index(owner) + 1]
        return owner in self.facts or PLURALS[below] in self.facts or subjects(self.pack)[self.target] == owner


@cache
def _pack(code: str) -> Any:
    return YAML(typ="safe").load(PACKS / f"{code}.yaml")


def owner_code(code: str) -> str:
    """Return the division code prefix of the place whose plan it is."""
    return str(_pack(code)["plan"]["owner"])


def subjects(code: str) -> dict[str, str]:
    """Return the level of the subjects of each target."""
    return {target: said["subject"] for target, said in _pack(code)["targets"].items()}


def read_cases() -> list[Case]:
    """Return every case of every file of every plan."""
    files = [(code, file) for code in PLANS for file in sorted((FOLDER / code).glob("*.yaml"))]
    blocks = [(code, block) for code, file in files for block in YAML(typ="safe").load(file)]
    return [_case(code, block, one) for code, block in blocks for one in block["cases"]]


def _case(code: str, block: Words, said: Words) -> Case:
    expected = {name: said[name] for name in said if name not in (*FACTS, "case", "plan", "as_of")}
    return Case(
        pack=code,
        name=said["case"],
        target=block["target"],
        row=block["row"],
        as_of=said.get("as_of", block["as_of"]),
        plan=tuple(sorted((name, str(value)) for name, value in said.get("plan", {}).items())),
        facts={name: said[name] for name in FACTS if name in said},
        expected=expected,
    )


def load_plan(code: str = PACK.stem, changes: Words | None = None) -> PlanVersion:
    """Load a shipped plan, and a second version of it where figures of it are to be otherwise."""
    file = PACKS / f"{code}.yaml"
    version, _done = plans.load(plans.check(file.read_text(encoding="utf-8"), file.name))
    return changed_plan(lambda pack: _put(pack, changes), code) if changes else version


def changed_plan(change: Any, code: str = PACK.stem) -> PlanVersion:
    """Load what `change` makes of the pack as a version; it gets the pack as a tree."""
    file = PACKS / f"{code}.yaml"
    yaml = YAML()
    pack = yaml.load(file)
    change(pack)
    text = StringIO()
    yaml.dump(pack, text)
    checked = plans.check(text.getvalue(), file.name)
    assert [str(problem) for problem in checked.problems] == []
    return plans.load(checked)[0]


def _put(pack: Any, changes: Words) -> None:
    for name, value in changes.items():
        pack["parameters"][name]["values"][-1]["value"] = str(value)
