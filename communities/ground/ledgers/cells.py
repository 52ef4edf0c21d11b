"""
Cells: what officials write in a ledger, and what it means.

Each type reads a cell as it is found in real files (numbers as text, full-width digits, 1985.03, √) and writes it
back in one form. What cannot be read without guessing is refused with a sentence: what, why, what to do.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from communities.ground import clock
from communities.ground.numbers import holds_personal_number, without_personal_numbers
from communities.ground.periods import DATES_FROM, DATES_TO

Raw = str | int | float | Decimal | bool | date | datetime | None
LONGEST_SHOWN = 40
MASK = "*"
_EXACT = 10**15  # spreadsheets calculate with 15 digits
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_DAY = re.compile(r"(\d+)\D(\d{1,2})(?:\D(\d{1,2}))?\D?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_END = re.compile(r"(\d{4})年(末|底|度)?")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"(-?[\d.]+)(\D.*)?")
_LESS_THAN_A_CENTURY = 100


class CellError(ValueError):
    """A cell that cannot be read, or a row that is refused at `column`; the message says why and what to do."""

    column = ""


def plain(raw: Raw) -> str:
    """Return the cell as text: half-width, trimmed, without blanks between Chinese characters; "" for nothing."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, datetime):
        raw = raw.date()
    return _plain_text(str(raw))


@lru_cache(maxsize=20_000)  # codes, names, days and kinds come again and again
def _plain_text(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    if text[:1] == "'" and len(text) > 1:
        text = text[1:]  # how a spreadsheet is told that a cell is text, and how we write a dangerous one
    return _BETWEEN_HAN.sub("", text)


def shown(raw: Raw) -> str:
    """Return the cell as an error message quotes it."""
    text = plain(raw)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


@dataclass(frozen=True)
class Cell:
    """How the cells of a column are read and written. This one: text as it stands, up to `longest` characters."""

    longest: int = 200

    def read(self, raw: Raw, factor: Decimal = Decimal(1)) -> Any:
        """Return the value of a cell that is not empty; raise CellError where it has none."""
        text = plain(raw)
        if text.startswith("#") and text.rstrip("!?").isupper():
            raise CellError(
                _("The spreadsheet has an error here instead of a value. Mend its formula, or type the value.")
            )
        return self.value(text, raw, factor)

    def value(self, text: str, raw: Raw, factor: Decimal) -> Any:
        """Return what `text` means. `raw` is the cell itself, `factor` what a heading in 万元 multiplies by."""
        if holds_personal_number(text):
            raise CellError(
                _(
                    "An identity or mobile number does not belong here, where everybody would read it. Delete it; the "
                    "roster has columns for the numbers of members and workers."
                )
            )
        if len(text) > self.longest:
            raise CellError(
                _("It has {length} characters; there is room for {longest}. Shorten it.").format(
                    length=len(text), longest=self.longest
                )
            )
        return text

    def write(self, value: Any) -> Raw:
        """Return the cell that `read` would read as `value`."""
        return value  # type: ignore[no-any-return]

    def is_empty(self, raw: Raw) -> bool:
        """Say whether nothing is written in the cell."""
        return plain(raw) == ""

    def quoted(self, raw: Raw) -> str:
        """Return the cell as a message or a file of wrong rows repeats it: without personal numbers."""
        return without_personal_numbers(shown(raw))

    def kept(self, raw: Raw) -> Raw:
        """Return the cell as a file of wrong rows gives it back: without personal numbers."""
        return without_personal_numbers(raw) if isinstance(raw, str) else raw

    def hint(self) -> str:
        """Return what a template says may be written here."""
        return ""


@dataclass(frozen=True)
class PersonalNumber(Cell):
    """
    An identity or mobile number. What an export has masked is read as it stands: it says that nothing changes.

    No message repeats it and no file of wrong rows gives it back; neither does it go through the memory of texts that
    come again and again.
    """

    check: Callable[[str], str] = str
    mask: Callable[[str], str] = str

    def read(self, raw: Raw, factor: Decimal = Decimal(1)) -> str:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            if abs(raw) >= _EXACT:
                raise CellError(
                    _(
                        "The spreadsheet has turned the number into one to calculate with and lost its last digits for "
                        "good. Set the column to text and enter the numbers again."
                    )
                )
            raw = int(raw)
        text = unicodedata.normalize("NFKC", str(raw)).strip().removeprefix("'")
        if MASK in text:
            return text
        try:
            return self.check(text)
        except ValidationError as error:
            raise CellError(" ".join(error.messages)) from error

    def is_empty(self, raw: Raw) -> bool:
        return raw is None or not str(raw).strip()

    def quoted(self, raw: Raw) -> str:
        return str(self.kept(raw) or "***")

    def kept(self, raw: Raw) -> Raw:
        try:
            return self.mask(self.read(raw))
        except CellError:
            return None

    def hint(self) -> str:
        return _("the whole number; kept encrypted, exported masked")


@dataclass(frozen=True)
class Code(Cell):
    """A division code of 12 digits. A spreadsheet that took it for a number may have dropped digits for good."""

    def value(self, text: str, raw: Raw, factor: Decimal) -> str:
        if _SCIENTIFIC.fullmatch(text):
            raise CellError(
                _(
                    "The spreadsheet has turned the code into a number and lost its last digits for good. "
                    "Set the column to text and enter the code again."
                )
            )
        if not text.isdigit():
            raise CellError(_("A division code has 12 digits and nothing else. Enter it again."))
        if len(text) != 12:
            raise CellError(
                _("A division code has 12 digits, this one has {length}. Compare it with the code list.").format(
                    length=len(text)
                )
            )
        return text

    def hint(self) -> str:
        return _("12 digits")


@dataclass(frozen=True)
class Number(Cell):
    """A number of so many digits before and after the point, at least `least`; `units` says what suffixes mean."""

    digits: int = 7
    places: int = 2
    least: Decimal | None = Decimal(0)
    units: Mapping[str, Decimal] = field(default_factory=dict)

    def value(self, text: str, raw: Raw, factor: Decimal) -> Decimal:
        number = self._number(text, factor)
        if self.least is not None and number < self.least:
            raise CellError(
                _("It is less than {least}. Correct it, or leave the cell empty if it is unknown.").format(
                    least=self.least
                )
            )
        if number.adjusted() >= self.digits:
            raise CellError(
                _("It is too large: at most {digits} digits before the point. Look at its unit.").format(
                    digits=self.digits
                )
            )
        rounded = round(number, self.places)
        if rounded != number and not isinstance(raw, float):
            raise CellError(_("It has more than {places} digits after the point. Round it.").format(places=self.places))
        return rounded

    def _number(self, text: str, factor: Decimal) -> Decimal:
        found = _NUMBER.fullmatch(text.replace(",", "").replace(" ", ""))
        unit = (found[2] or "") if found else ""
        if found is None or (unit and unit not in self.units):
            raise CellError(_("This is not a number. Write digits only, without words."))
        try:
            number = Decimal(found[1])
        except InvalidOperation:
            raise CellError(_("This is not a number. Write digits only, without words.")) from None
        return number * (self.units[unit] if unit else factor)

    def hint(self) -> str:
        return _("a number")


@dataclass(frozen=True)
class Whole(Number):
    """A whole number."""

    digits: int = 9
    places: int = 0

    def value(self, text: str, raw: Raw, factor: Decimal) -> int:  # type: ignore[override]
        number = self._number(text, factor)
        if number != number.to_integral_value():
            raise CellError(_("It must be a whole number."))
        return int(super().value(text, raw, factor))

    def hint(self) -> str:
        return _("a whole number")


@dataclass(frozen=True)
class Year(Cell):
    """A calendar year; 2008 or 2008年."""

    def value(self, text: str, raw: Raw, factor: Decimal) -> int:
        digits = text.removesuffix("度").removesuffix("年")
        if not re.fullmatch(r"(19|20|21)\d{2}", digits):
            raise CellError(_("This is not a year. Write it as 2008."))
        return int(digits)

    def hint(self) -> str:
        return "2008"


@dataclass(frozen=True)
class Day(Cell):
    """A day. A month alone stands for its first day, or its last where the column ends a period (`ends`)."""

    ends: bool = False

    def value(self, text: str, raw: Raw, factor: Decimal) -> date:
        if isinstance(raw, float) and not raw.is_integer() and re.fullmatch(r"\d{4}\.1", text):
            raise CellError(
                _("The spreadsheet has dropped a zero: this may be January or October. Write it as 1985-10-01.")
            )
        day = self._day(text)
        if not DATES_FROM <= day <= DATES_TO:
            raise CellError(_("It lies outside the years 1900 to 2199. Correct the year."))
        return day

    def _day(self, text: str) -> date:
        if self.ends and (whole_year := _YEAR_END.fullmatch(text)):
            return date(int(whole_year[1]), 12, 31)
        found = _COMPACT_DAY.fullmatch(text) or _DAY.fullmatch(text.partition(" ")[0])
        if found is None:
            raise CellError(_("This is not a date. Write it as 2007-07-09."))
        year, month = self._year(found[1]), int(found[2])
        try:
            return date(year, month, int(found[3])) if found[3] else self._of_month(year, month)
        except ValueError:
            raise CellError(_("There is no such day. Write the date as 2007-07-09.")) from None

    def _year(self, digits: str) -> int:
        if len(digits) == 4:
            return int(digits)
        if len(digits) == 2 and int(digits) > clock.today().year % _LESS_THAN_A_CENTURY:
            return 1900 + int(digits)
        raise CellError(
            _("The year has {length} digits. Write the date with a year of four, as 2007-07-09.").format(
                length=len(digits)
            )
        )

    def _of_month(self, year: int, month: int) -> date:
        first = date(year, month, 1)
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if self.ends else first

    def write(self, value: Any) -> Raw:
        return value.isoformat() if value else None

    def hint(self) -> str:
        return "2007-07-09"


@dataclass(frozen=True)
class YesNo(Cell):
    """是 or 否, in one of the ways people write them."""

    def value(self, text: str, raw: Raw, factor: Decimal) -> bool:
        said = text.lower()
        if said in {"是", "√", "✓", "v", "有", "y", "yes", "true", "1", "对"}:
            return True
        if said in {"否", "×", "x", "✗", "无", "没有", "n", "no", "false", "0", "不是"}:
            return False
        raise CellError(_("Write 是 or 否."))

    def write(self, value: Any) -> Raw:
        return {True: "是", False: "否"}.get(value)

    def hint(self) -> str:
        return "是 / 否"


@dataclass(frozen=True)
class Choice(Cell):
    """One of a list: its code, its Chinese name as exported, or a synonym (党员 for 中共党员)."""

    choices: type[TextChoices] = TextChoices
    words: Mapping[str, str] = field(default_factory=dict)

    def value(self, text: str, raw: Raw, factor: Decimal) -> str:
        found = self.words.get(text) or self.words.get(text.replace("“", "").replace("”", ""))
        if found is None and text in self.choices.values:
            return text
        if found is None:
            known = "、".join(dict.fromkeys(self.first_words().values()))
            raise CellError(_("This is not on the list. Known: {known}.").format(known=known))
        return found

    def first_words(self) -> dict[str, str]:
        """The word by which each choice is written: the first that is given for it."""
        first: dict[str, str] = {}
        for word, value in self.words.items():
            first.setdefault(value, word)
        return {value: first.get(value, value) for value in self.choices.values}

    def write(self, value: Any) -> Raw:
        return self.first_words().get(value) if value else None

    def hint(self) -> str:
        return "、".join(self.first_words().values())


def words(choices: Mapping[Any, str]) -> dict[str, str]:
    """Return {word: value} from {value: "the word exported|synonym|synonym"}."""
    return {word: str(value) for value, several in choices.items() for word in several.split("|")}


AREA = {
    "平方米": Decimal(1),
    "㎡": Decimal(1),
    "m2": Decimal(1),
    "平米": Decimal(1),
    "平方": Decimal(1),
    "公顷": Decimal(10_000),
}
MONEY = {
    "元": Decimal(1),
    "万元": Decimal(10_000),
    "万": Decimal(10_000),
    "千元": Decimal(1000),
    "亿元": Decimal(100_000_000),
}
HOUSEHOLDS = {"户": Decimal(1), "万户": Decimal(10_000)}
PERSONS = {"人": Decimal(1), "名": Decimal(1), "万人": Decimal(10_000)}

TEXT = Cell()
CODE = Code()
DAY = Day()
LAST_DAY = Day(ends=True)
YES_NO = YesNo()
YEAR = Year()
