"""
The numbers of people: put on a person sealed, held against what else is known of her, and kept as long as the law asks.

Whoever writes them, a form or an import, does it here. A number that says another sex or day of birth than the record
changes nothing of it: the disagreement is told, and somebody looks at the card.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from communities.ground import clock, numbers, periods, personal
from communities.ground.keys import UnreadableError
from communities.ground.personal import IDENTITY_NUMBER, Field
from communities.ground.roles import Role
from communities.ground.scope import Scope

from .choices import Sex
from .models import Person

WORKING_AGE = 16
# Who enters numbers and finds people by them; and who sees the page of a person's numbers, masked.
KEEPERS = frozenset({Role.OFFICER, Role.CLERK})
READERS = KEEPERS | {Role.REVIEWER}


def check_age(number: str) -> None:
    """Raise ValidationError where who bears the checked identity number is too young to hold any post."""
    if _years_later(numbers.birth_date(number), WORKING_AGE) > clock.today():
        raise ValidationError(
            _(
                "By this number the person is under {age}; nobody so young holds a post. Compare it with the card."
            ).format(age=WORKING_AGE),
            code="age",
        )


def check_bearer(number: str, person: Person, scope: Scope) -> None:
    """Raise ValidationError where the identity number is recorded for another; whose, only within `scope`."""
    other = Person.objects.filter(key__in=personal.found_by(IDENTITY_NUMBER, number)).exclude(pk=person.pk).first()
    if other is not None:
        raise ValidationError(recorded_for(other, scope), code="recorded")


def recorded_for(other: Person, scope: Scope) -> str:
    """Say for whom a number is recorded; of somebody outside `scope` only that it is."""
    if Person.objects.within(scope).filter(pk=other.pk).exists():
        return _("This identity number is recorded for {person} already. Use that record, or correct it first.").format(
            person=other.choice_label
        )
    return _(
        "This identity number is recorded for somebody outside your area already. Compare it with the card, then ask "
        "the bureau that answers for both."
    )


def put(person: Person, field: Field, number: str) -> None:
    """
    Put the checked number on the person, sealed; the key, new where there is none any more, is to be saved first.

    What an earlier, destroyed key left unreadable is cleared away.
    """
    if person.key is None or person.key.is_destroyed:
        person.key = personal.new_key()
        person.identity_number = person.phone = None
    setattr(person, field.name, personal.seal(person.key, field, number))


def disagreements(number: str, *, sex: str, born_on: date | None) -> list[str]:
    """
    Say in what the record differs from the checked identity number. A record may know the month of birth only.

    The day of birth in the number is not told: the mask hides it.
    """
    told = []
    by_number = Sex.MALE if numbers.is_of_a_man(number) else Sex.FEMALE
    if sex in (Sex.MALE, Sex.FEMALE) and sex != by_number:
        told.append(
            _("By the identity number the sex is {number}, by the record {record}.").format(
                number=by_number.label, record=Sex(sex).label
            )
        )
    born = numbers.birth_date(number)
    if born_on is not None and born_on not in (born, born.replace(day=1)):
        told.append(_("The day of birth does not agree with the identity number. Compare both with the card."))
    return told


def disagreements_of(person: Person) -> list[str]:
    """Say in what a person's record differs from her identity number; nothing where none is recorded and readable."""
    try:
        number = person.in_clear(IDENTITY_NUMBER)
    except UnreadableError:
        return []
    return disagreements(number, sex=person.sex, born_on=person.born_on) if number else []


def keep_until(posts: Iterable[DateRange], recorded: date) -> date | None:
    """
    Return the last day for which numbers are kept: so many years after the last post, or after they were `recorded`
    where there never was one. None while a post is held or still to come.
    """
    ends = [periods.last(post) for post in posts]
    if any(end is None or end >= clock.today() for end in ends):
        return None
    return _years_later(max((end for end in ends if end), default=recorded), settings.PERSONAL_DATA_YEARS)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)
