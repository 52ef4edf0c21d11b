"""
The ledger of reported values, and `LEDGERS`: the list of every ledger the portal knows.

A reported value belongs to a plan and one of its indicators, which decides how the value is read. An empty value is
refused: what nobody knows is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import clock
from communities.ground.ledgers.cells import LAST_DAY, YES_NO, Cell, CellError, Number, plain
from communities.ground.ledgers.declaring import (
    FACT,
    IS_EXAMPLE,
    SOURCE,
    Column,
    Key,
    Ledger,
    Link,
    Part,
    Values,
    refuse,
)
from communities.ground.ledgers.files import LedgerError
from communities.ground.scope import Scope
from communities.places import ledgers as places
from communities.places.ledgers import AT_PLACE, PLACE_COLUMNS, within
from facilities import ledgers as facilities
from funding import ledgers as funding
from organizations import ledgers as organizations
from services import ledgers as services

from .models import Indicator, Plan, ReportedValue
from .models.reported import COLUMNS, typed


class ValueCell(Cell):
    """A value of whatever type the indicator has: several of a list are separated by ;"""

    def write(self, value: Any) -> Any:
        """Write a value of any type as `typed` reads it."""
        if isinstance(value, list):
            return ";".join(value)
        if isinstance(value, bool):
            return YES_NO.write(value)
        if isinstance(value, Decimal):
            return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
        return str(value)


def find_plans(keys: Iterable[Key], _scope: Scope) -> Mapping[Key, Sequence[Plan]]:
    """Find plans by (code,)."""
    return {(plan.code,): [plan] for plan in Plan.objects.filter(code__in={key[0] for key in keys})}


def unknown_plan(_key: Key, _scope: Scope) -> str:
    """Say which plans there are."""
    known = ", ".join(Plan.objects.values_list("code", flat=True)[:20])
    return gettext("There is no plan of this code. Known: {known}.").format(known=known or "-")


def find_indicators(keys: Iterable[Key], _scope: Scope) -> Mapping[Key, Sequence[Indicator]]:
    """Find indicators by (plan, code), in the plan's latest version."""
    asked = list(keys)
    found: dict[Key, Sequence[Indicator]] = {}
    wanted = Indicator.objects.filter(version__plan__in={key[0] for key in asked}, code__in={key[1] for key in asked})
    for indicator in wanted.select_related("version__plan").order_by("version__number"):
        found[indicator.version.plan, indicator.code] = [indicator]
    return found


def unknown_indicator(key: Key, _scope: Scope) -> str:
    """Say which indicators the plan has."""
    codes = Indicator.objects.filter(version__plan=key[0]).values_list("code", flat=True).distinct()
    known = ", ".join(sorted(set(codes))[:30])
    return gettext("The plan has no reported indicator of this code. Known: {known}.").format(known=known or "-")


def _verify(values: Values) -> None:
    """Read the value as the indicator's type; refuse another level of place and a day to come."""
    indicator: Indicator = values["found_indicator"]
    if values["place"].level != indicator.subject:
        refuse(
            gettext("This indicator is reported for {level}. Use the code of such a place.").format(
                level=indicator.get_subject_display()
            ),
            "code",
        )
    if values["as_of"] > clock.today():
        refuse(gettext("A value cannot be reported for a day to come. Correct the day."), "as_of")
    try:
        value = typed(indicator, _normal(indicator.type, values["value"]))
    except ValidationError as error:
        refuse(" ".join(error.messages), "value")
    values.update(dict.fromkeys(COLUMNS.values()))
    values[COLUMNS[indicator.type]] = value


def _normal(kind: str, text: str) -> str:
    """Bring what people write (1,200, 2008年12月31日, √) into the form in which values are read."""
    try:
        if kind == "number":
            return f"{Number(digits=18, places=12, least=None).read(text):f}"
        if kind == "boolean":
            return "true" if YES_NO.read(text) else "false"
        if kind == "date":
            return str(LAST_DAY.read(text))
    except CellError as error:
        refuse(str(error), "value")
    return plain(text).replace("、", ";").replace(",", ";") if kind == "set" else text


REPORTED_VALUES = Ledger(
    kind="reported_values",
    label=_("reported values"),
    columns=(
        Column("plan_code", "规划代码", Cell(60), ("规划", "plan"), required=True, path="plan.code"),
        Column("indicator", "指标代码", Cell(60), ("指标",), required=True),
        *PLACE_COLUMNS,
        Column("as_of", "截至日期", LAST_DAY, ("日期", "数据日期", "统计日期", "时点"), required=True),
        Column("value", "数值", ValueCell(500), ("指标值", "值"), required=True, path="named"),
        SOURCE,
        IS_EXAMPLE,
    ),
    links=(
        AT_PLACE,
        Link("plan", by=("plan_code",), find=find_plans, unknown=unknown_plan),
        Link(
            "found_indicator",
            by=("plan", "indicator"),
            said=("indicator",),
            find=find_indicators,
            unknown=unknown_indicator,
        ),
    ),
    verify=_verify,
    parts=(
        Part(
            "reported",
            ReportedValue,
            key=("place", "plan", "indicator", "as_of"),
            fields=(*COLUMNS.values(), *FACT),
        ),
    ),
    same=("place", "plan", "indicator", "as_of"),
    one_of=("code",),
    exported=lambda scope: within(ReportedValue.objects.select_related("plan").with_choice_names(), scope),
)

LEDGERS: list[Ledger] = [
    *places.LEDGERS,
    *organizations.LEDGERS,
    *facilities.LEDGERS,
    *services.LEDGERS,
    *funding.LEDGERS,
    REPORTED_VALUES,
]


def of_kind(kind: str) -> Ledger:
    """Return the ledger of that kind; raise LedgerError naming the known ones."""
    for ledger in LEDGERS:
        if ledger.kind == kind:
            return ledger
    known = ", ".join(ledger.kind for ledger in LEDGERS)
    raise LedgerError(
        gettext("There is no ledger of the kind “{kind}”. Known: {known}.").format(kind=kind, known=known)
    )
