"""
Personal numbers: the citizen identity number (公民身份号码, GB 11643-1999), the mobile number, and their masks.

An identity number has 18 characters: six digits of where it was issued, eight of the day of birth, three of a
sequence (odd for men), one check character. The same build serves residents of Hong Kong, Macao and Taiwan (81, 82,
83) and foreigners with a permanent-resident card (9). Where a number was issued says nothing about where somebody
lives, and its codes change with every reform: it never makes a number wrong.

In free text and in log lines numbers are told from division codes, sums and hashes by their build: an identity number
by its day of birth and check character, a mobile number, which has no check, by its beginning and what stands around.
A space, dash or dot between any of their digits hides neither. Eighteen digits in the groups of an identity number
that begin with a province and hold a real day of birth are one even where the last does not fit: somebody meant a
number of somebody, and all but one of its digits tell whose.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import clock

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
IDENTITY_LENGTH = 18
FORMER_LENGTH = 15
SHOWN_BESIDE_BIRTH = 2  # characters, of an identity number beside its day of birth
# Nobody alive, or in a register of people in post, was born before; a plain constant, because log lines come here too.
FIRST_BIRTHS = date(1900, 1, 1)

_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# Officials paste from chats and papers: full-width digits, groups with spaces or hyphens between them.
_HALF_WIDTH = {ord(full): ascii_ for full, ascii_ in zip("０１２３４５６７８９Ｘｘ", "0123456789Xx", strict=True)}
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u200b\ufeff]+")

# In running text: bare, or in the groups people write (330106 19900307 1236; 138 0013 8000). A hash is hexadecimal,
# so digits beside a to f are no mobile number, unless those belong to an escape of an address (%3D).
_IN_TEXT = re.compile(
    r"(?<![0-9])(?P<identity>[0-9]{17}[0-9Xx]|[0-9]{6} [0-9]{8} [0-9]{3}[0-9Xx])(?![0-9])"
    r"|(?:(?<![0-9A-Fa-f])(?<!0\.)|(?<=%[0-9A-Fa-f]{2}))(?:\+?86[ -]?)?"
    r"(?P<mobile>1[3-9][0-9]{9}|1[3-9][0-9](?P<between>[ -])[0-9]{4}(?P=between)[0-9]{4})"
    r"(?![0-9A-Fa-f]|[.][0-9]|[ ]?元)"
)
# Whatever is a number lies in a run of this kind; to look for runs first is ten times as fast.
_RUN = re.compile(r"[0-9][0-9 -]{9,}[0-9Xx]")
_LOOKED_AHEAD = 2

# Written otherwise: something narrow stands between any digits. A table of figures is such a run, too, so an identity
# number begins and ends with a figure and its check fits; a mobile number is a run of its own in groups of these sizes
# (addresses of computers have groups of three at most, sums have threes), the same sign between all of them.
_NARROW = r"[ \t\-.·•_/\u00a0\u2000-\u200d\u2010-\u2015\u2060\u2212\u3000\ufeff\uff0d\uff0e]"
_SPACED = re.compile(rf"(?<![0-9])[0-9](?:{_NARROW}{{0,2}}[0-9]){{10,}}(?:{_NARROW}{{0,2}}[Xx](?![A-Za-z]))?")
_FIGURE = re.compile(r"[0-9]+[Xx]?|[Xx]")
_MOBILE_GROUPS = frozenset(
    {(3, 4, 4), (4, 4, 3), (4, 3, 4), (3, 3, 5), (3, 8), (7, 4), (5, 6), (1,) * 11, (1, 10), (2, 9)}
)
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
# What a number with one wrong digit is still known by. First two digits: the provinces, Taiwan, Hong Kong, Macao.
_IDENTITY_GROUPS = frozenset({(18,), (6, 8, 4), (6, 4, 2, 2, 4), (1,) * 18})
_PROVINCES = frozenset(
    {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83}
)


def check_character(stem: str) -> str:
    """Return the 18th character for the first 17 digits of an identity number."""
    return CHECK_CHARACTERS[sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True)) % 11]


def check_identity_number(text: str) -> str:
    """
    Return the identity number as it is stored: 18 characters, X in capitals, nothing between them.

    Raises ValidationError, in words and without the number, where it has another length or other characters, names
    no real day of birth or one to come, or where its last character does not fit.
    """
    number = _plain(text).upper()
    if len(number) == FORMER_LENGTH and number.isdigit():
        raise ValidationError(
            _("Numbers of 15 digits have not been valid since 2013; enter the 18 characters of the present card."),
            code="former",
        )
    if len(number) != IDENTITY_LENGTH:
        raise ValidationError(
            _("An identity number has 18 characters, this one has %(length)s."),
            code="length",
            params={"length": len(number)},
        )
    if not _IDENTITY.fullmatch(number):
        raise ValidationError(
            _("An identity number is 17 digits and one more digit or X; compare it with the card."), code="characters"
        )
    _check_birth(number)
    if check_character(number[:-1]) != number[-1]:
        raise ValidationError(
            _("The last character does not fit the first 17; compare the number with the card."), code="check"
        )
    return number


def is_identity_number(text: str) -> bool:
    """Say whether `text` is an identity number that could be stored."""
    try:
        check_identity_number(text)
    except ValidationError:
        return False
    return True


def birth_date(number: str) -> date:
    """Return the day of birth that a checked identity number states; ValueError where it names no real day."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def is_of_a_man(number: str) -> bool:
    """Say whether a checked identity number was given to a man: its 17th digit is odd."""
    return int(number[16]) % 2 == 1


def check_phone_number(text: str) -> str:
    """Return a mobile number as it is stored, 11 digits. Raises ValidationError, without the number, for another."""
    number = _plain(text).removeprefix("+")
    if len(number) == 13:
        number = number.removeprefix("86")
    if not _MOBILE.fullmatch(number):
        raise ValidationError(
            _("A mobile number has 11 digits and begins with 13 to 19; enter it without anything else."), code="phone"
        )
    return number


def masked_identity_number(number: str) -> str:
    """Return an identity number as it is shown: 330106********1236."""
    return f"{number[:6]}********{number[-4:]}"


def mask_beside_birth(number: str) -> str:
    """
    Return an identity number as it is shown where the day of birth stands too: ****************36.

    Of a number whose birthday is known, the region and the last four characters would be all the rest.
    """
    return "*" * (len(number) - SHOWN_BESIDE_BIRTH) + number[-SHOWN_BESIDE_BIRTH:]


def masked_phone(number: str) -> str:
    """Return a mobile number as it is shown: 138****5678."""
    return f"{number[:3]}****{number[-4:]}"


def masked_name(name: str) -> str:
    """Return a person's name as it is shown where the full one is not needed: 李小明 → 李*."""
    return f"{name[:1]}*"


def holds_personal_number(text: str) -> bool:
    """Say whether an identity number or a mobile number stands anywhere in `text`."""
    return next(_found(text), None) is not None


def without_personal_numbers(text: str) -> str:
    """Return `text` with every identity number and mobile number in it masked; the text itself where it has none."""
    while found := list(_found(text)):  # the end of a mask and what follows it could be read as one more
        parts, end = [], 0
        for start, stop, mask in found:
            parts += [text[end:start], mask]
            end = stop
        text = "".join([*parts, text[end:]])
    return text


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each number in `text` begins and ends, and its mask."""
    searched = text if text.isascii() else text.translate(_HALF_WIDTH)
    end = 0
    for start, stop, mask in sorted([*_close(searched), *_apart(searched)]):
        if start >= end:
            yield start, stop, mask
            end = stop


def _close(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the numbers whose digits stand together, or in the groups that are usual."""
    for match in _candidates(text):
        number = _plain(match["identity"] or match["mobile"]).upper()
        if match["mobile"]:
            if _is_mobile(number):
                yield *match.span("mobile"), masked_phone(number)
        elif is_identity_number(number) or (_is_alone(text, *match.span("identity")) and _is_meant(number)):
            yield *match.span("identity"), masked_identity_number(number)


def _apart(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the numbers with something between any of their digits."""
    for run in _SPACED.finditer(text):
        figures = [figure.span() for figure in _FIGURE.finditer(text, *run.span())]
        first = at = 0
        while at < len(figures):
            past = _end_of_identity(text, figures, at)
            if past:
                yield from _mobile_of(text, figures[first:at])
                number = _digits(text, figures[at:past])
                yield figures[at][0], figures[past - 1][1], masked_identity_number(number)
                first = past
            at = past or at + 1
        yield from _mobile_of(text, figures[first:])


def _end_of_identity(text: str, figures: list[tuple[int, int]], at: int) -> int:
    """Return after which of the figures an identity number ends that begins with the one at `at`; 0 where none does."""
    length = 0
    for past in range(at + 1, len(figures) + 1):
        start, stop = figures[past - 1]
        length += stop - start
        if length >= IDENTITY_LENGTH:
            break
    if length != IDENTITY_LENGTH or past == at + 1:
        return 0
    within = figures[at:past]
    number = _digits(text, within)
    sizes = tuple(stop - start for start, stop in within)
    is_whole = len(within) == len(figures) and sizes in _IDENTITY_GROUPS
    return past if is_identity_number(number) or (is_whole and _is_meant(number)) else 0


def _mobile_of(text: str, figures: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield the mobile number that these figures are, all of them, a country's code before it left out."""
    if len(figures) > 1 and text[slice(*figures[0])] == "86":
        figures = figures[1:]
    if len(figures) < 2:
        return
    sizes = tuple(stop - start for start, stop in figures)
    between = {text[stop:start] for (_first, stop), (start, _second) in pairwise(figures)}
    number = _digits(text, figures)
    if sizes in _MOBILE_GROUPS and len(between) == 1 and _MOBILE.fullmatch(number) and _is_mobile(number):
        start, stop = figures[0][0], figures[-1][1]
        if _is_alone(text, start, stop):
            yield start, stop, masked_phone(number)


def _digits(text: str, figures: list[tuple[int, int]]) -> str:
    return "".join(text[start:stop] for start, stop in figures).upper()


def _is_mobile(number: str) -> bool:
    """Tell it from a sum in round figures, which has 11 digits too; subscribers' numbers do not end so."""
    return not number.endswith("000000")


def _is_meant(number: str) -> bool:
    """Say whether 18 characters are an identity number with a mistake in it: only the last does not fit the others."""
    try:
        _check_birth(number)
    except ValidationError:
        return False
    return int(number[:2]) in _PROVINCES


def _is_alone(text: str, start: int, stop: int) -> bool:
    """Say whether no hexadecimal digit stands beside, as in a hash; the one of an escape (%3D) does not count."""
    before = text[max(0, start - 3) : start]
    is_free = not _HEXADECIMAL.match(before[-1:]) or _ESCAPED.fullmatch(before)
    return bool(is_free) and not _HEXADECIMAL.match(text[stop : stop + 1])


def _candidates(text: str) -> Iterator[re.Match[str]]:
    for run in _RUN.finditer(text):
        yield from _IN_TEXT.finditer(text, run.start(), run.end() + _LOOKED_AHEAD)


def _plain(text: str) -> str:
    return _BETWEEN.sub("", text.translate(_HALF_WIDTH))


def _check_birth(number: str) -> None:
    try:
        born = birth_date(number)
    except ValueError:
        born = None
    if born is None or born < FIRST_BIRTHS:
        raise ValidationError(
            _("The digits of the day of birth (7th to 14th) name no real day; compare them with the card."),
            code="birth",
        )
    if born > clock.today():
        raise ValidationError(
            _("The day of birth in the number is still to come; compare it with the card."), code="future"
        )
