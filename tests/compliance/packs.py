"""Small plans for tests: a few targets over a made-up city, written as an official would write them."""

from textwrap import dedent, indent

from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion

HEAD = """\
plan:
  code: trial
  title: {zh: 试行方案}
  status: STATUS
  owner: "3701"
  period: {from: 2007-01-01}
clauses:
  - {anchor: 一, text: {zh: 条款}}
parameters:
  least:
    label: {zh: 下限}
    unit: household
    values:
      - {from: 2007-01-01, until: 2008-12-31, value: "1000", clause: 一}
      - {from: 2009-01-01, value: "1200", clause: 一}
targets:
"""


def pack_of(*targets: str, status: str = "in_force") -> str:
    """Return the text of a pack of these targets."""
    return HEAD.replace("STATUS", status) + "".join(indent(target, "  ") for target in targets)


def a_target(name: str, body: str, *, subject: str = "community", in_force: str = "{from: 2007-01-01}") -> str:
    """Return one target; with versions of its own it takes no `in_force`."""
    head = f"{name}:\n  label: {{zh: {name}}}\n  clause: 一\n  subject: {subject}\n"
    force = f"  in_force: {in_force}\n" if in_force else ""
    return head + indent(dedent(body).strip("\n") + "\n", "  ") + force


def a_plan(*targets: str, status: str = "in_force", publish: bool = True) -> PlanVersion:
    """Load a pack of these targets."""
    checked = plans.check(pack_of(*targets, status=status), "trial.yaml")
    assert [str(problem) for problem in checked.problems] == []
    return plans.load(checked, publish=publish)[0]
