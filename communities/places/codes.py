"""What the digits of a division code say of the place that bears it."""

from .models import CommitteeKind, Level

FIRST_STATISTICAL_DISTRICT, LAST_STATISTICAL_DISTRICT = 71, 79
FIRST_STATISTICAL_STREET = 400
VILLAGERS_FROM, SIMILAR_FROM = 200, 400


def is_statistical(code: str, level: str) -> bool:
    """Say whether the division exists in the statistics only: a development zone, a farm, a university town."""
    if level == Level.DISTRICT:
        return FIRST_STATISTICAL_DISTRICT <= int(code[4:6]) <= LAST_STATISTICAL_DISTRICT
    return level == Level.STREET and int(code[6:9]) >= FIRST_STATISTICAL_STREET


def committee_of(code: str) -> CommitteeKind:
    """Return whose committee governs the community of `code`: its last three digits say so."""
    number = int(code[9:])
    if number < VILLAGERS_FROM:
        return CommitteeKind.RESIDENTS
    return CommitteeKind.VILLAGERS if number < SIMILAR_FROM else CommitteeKind.SIMILAR
