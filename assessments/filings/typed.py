"""
What people type into an item: texts first, values when they are read; refused in words, field by field.

A field that the registers know is never typed over: what they know stands in it. Where they know nothing, it is typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from assessments.formulas import Value
from assessments.plans.models.reported import DECIMAL
from communities.ground import periods
from communities.ground.numbers import holds_personal_number

from .answers import ItemAnswer
from .models import Answer
from .pack import AskSpec, ItemSpec, plain

YES, NO = "true", "false"
LONGEST = 2000
LONGEST_WHY = 500
LONGEST_FIELD = 500


@dataclass(frozen=True)
class Given:
    """What was typed into one item, as it was typed: points, parts and fields are texts; empty is nothing."""

    fields: Mapping[str, str] = field(default_factory=dict)
    points: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    holds: bool | None = None
    reason: str = ""
    does_not_apply: str = ""


def given_in(answer: Answer) -> Given:
    """Return what stands in the answer, as it would be typed."""
    return Given(
        fields={code: str(text) for code, text in answer.typed.items()},
        points="" if answer.points is None else plain(str(answer.points)),
        parts={code: str(text) for code, text in answer.parts.items()},
        holds=answer.holds,
        reason=answer.reason,
        does_not_apply=answer.does_not_apply,
    )


def checked(item: ItemSpec, given: Given, known: Mapping[str, str]) -> Given:
    """
    Return what was typed in the one way it is kept.

    Raises ValidationError with a sentence by field (`points`, `parts.CODE`, `fields.CODE`, `reason`, …) for what cannot
    be kept: no number, no such field, an identity number in a text.
    """
    return _Checked(item, given, known).given()


class _Checked:
    """Checks the parts one by one and notes what is wrong."""

    def __init__(self, item: ItemSpec, given: Given, known: Mapping[str, str]) -> None:
        self.item, self.sent, self.known = item, given, known
        self.wrong: dict[str, str] = {}

    def given(self) -> Given:
        asks = {ask.code: ask for ask in self.item.asks}
        parts = parts_of(self.item)
        fields = {
            code: self._field(asks.get(code), code, text)
            for code, text in self.sent.fields.items()
            if text.strip() and code not in self.known
        }
        found = Given(
            fields=fields,
            points=self._number("points", self.sent.points, allowed=self.item.rule.kind == "judged"),
            parts={
                code: self._number(f"parts.{code}", text, allowed=code in parts)
                for code, text in self.sent.parts.items()
                if text.strip()
            },
            holds=self.sent.holds if asks_whether(self.item) else None,
            reason=self._words("reason", self.sent.reason, LONGEST),
            does_not_apply=self._words("does_not_apply", self.sent.does_not_apply, LONGEST_WHY),
        )
        if self.wrong:
            raise ValidationError(self.wrong)
        return found

    def _field(self, ask: AskSpec | None, code: str, text: str) -> str:
        if ask is None:
            self.wrong[f"fields.{code}"] = _("The sheet has no such field; load the page again.")
            return ""
        try:
            return written(ask, text)
        except ValueError as error:
            self.wrong[f"fields.{code}"] = f"{ask.label.zh}: {error}"
            return ""

    def _number(self, name: str, text: str, *, allowed: bool) -> str:
        if not (text := text.strip()):
            return ""
        if not allowed:
            self.wrong[name] = _("The sheet asks for no points here; load the page again.")
        elif not DECIMAL.fullmatch(text):
            self.wrong[name] = _("“{text}” is not a number: digits, and a point before the decimals.").format(
                text=text[:40]
            )
        elif len(plain(text).partition(".")[2]) > 2:
            self.wrong[name] = _("Points have two decimals at most.")
        else:
            return plain(text)
        return ""

    def _words(self, name: str, text: str, most: int) -> str:
        text = text.strip()
        if len(text) > most:
            self.wrong[name] = _("The text has {n} characters; {most} are kept.").format(n=len(text), most=most)
        elif holds_personal_number(text):
            self.wrong[name] = _("An identity or mobile number stands here, where many read it. Take it out.")
        return text


def asks_whether(item: ItemSpec) -> bool:
    """Say whether a person says of the item whether it is so."""
    return item.rule.kind == "all_or_nothing" and not item.rule.holds


def parts_of(item: ItemSpec) -> frozenset[str]:
    """Return the parts of the item to which a person gives a number: sub-points, or how often a cause occurred."""
    causes = {cause.code for cause in item.rule.causes if not cause.count}
    return frozenset(causes | {part.code for part in item.rule.subpoints if not part.holds})


def written(ask: AskSpec, text: str) -> str:
    """Return the text in the one way it is kept. Raises ValueError, in words, for what the field does not take."""
    text = text.strip()
    if len(text) > LONGEST_FIELD:
        raise ValueError(_("The text has {n} characters; {most} are kept.").format(n=len(text), most=LONGEST_FIELD))
    if holds_personal_number(text):
        raise ValueError(_("An identity or mobile number stands here, where many read it. Take it out."))
    found: str = globals()[f"_{ask.type}"](ask, text)
    return found


def _text(_ask: AskSpec, text: str) -> str:
    return text


def _number(ask: AskSpec, text: str) -> str:
    if not DECIMAL.fullmatch(text):
        raise ValueError(_("“{text}” is not a number: digits, and a point before the decimals.").format(text=text[:40]))
    if ask.unit is not None and Decimal(text) < 0:
        raise ValueError(_("A count or a measure is not below 0."))
    return plain(text)


def _boolean(_ask: AskSpec, text: str) -> str:
    if text.lower() in ("true", "yes", "1", "是"):
        return YES
    if text.lower() in ("false", "no", "0", "否"):
        return NO
    raise ValueError(_("“{text}” is neither yes nor no.").format(text=text[:40]))


def _date(_ask: AskSpec, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“{text}” is not a date. Write it as 2008-12-31.").format(text=text[:40])) from None
    if not periods.DATES_FROM <= day <= periods.DATES_TO:
        raise ValueError(_("{day} is outside the years 1900 to 2199.").format(day=day))
    return day.isoformat()


def _choice(ask: AskSpec, text: str) -> str:
    if text not in ask.choices:
        raise ValueError(_("“{text}” is not among the choices.").format(text=text[:40]))
    return text


def read(ask: AskSpec, text: str) -> Value:
    """Return a kept text as the value that formulas read."""
    if ask.type == "number":
        return Decimal(text)
    if ask.type == "boolean":
        return text == YES
    return date.fromisoformat(text) if ask.type == "date" else text


def item_answer(item: ItemSpec, given: Given, known: Mapping[str, str]) -> ItemAnswer:
    """Return the answer to one item as the arithmetic reads it."""
    texts: dict[str, Any] = {**given.fields, **known}
    return ItemAnswer(
        fields={ask.code: read(ask, texts[ask.code]) for ask in item.asks if ask.code in texts and ask.type != "text"},
        points=Decimal(given.points) if given.points else None,
        reason=given.reason,
        holds=given.holds,
        parts={code: Decimal(text) for code, text in given.parts.items() if text},
        does_not_apply=given.does_not_apply,
    )
