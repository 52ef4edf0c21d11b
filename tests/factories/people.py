"""Personal numbers for tests, built when they are needed: none stands in the source, none is meant to be anybody's."""

import itertools
from datetime import date

from communities.ground.numbers import check_character

_sequence = itertools.count(1)


def identity_number(*, region: str = "370199", born: date = date(1980, 5, 17), man: bool = True) -> str:
    """Return an identity number that no call before returned, of somebody born on the day."""
    of_sex = next(_sequence) % 450 * 2 + (1 if man else 2)
    stem = f"{region}{born:%Y%m%d}{of_sex:03}"
    return stem + check_character(stem)


def mobile_number(*, ending: str = "") -> str:
    """Return a mobile number that no call before returned, unless its `ending` (four digits) is said."""
    return f"139{next(_sequence) % 10000:04}{ending or '0007'}"
