"""
Periods: stored half-open, shown inclusive, converted here and nowhere else.

The database keeps `[first, day after last)`, so that one period ends where the next begins and an
exclusion constraint can forbid overlap. People read and write first and last day, both inclusive.
"""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField
from django.contrib.postgres.forms import DateRangeField as RangeFormField
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import BigIntegerField, CheckConstraint, F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DATES_FROM = date(1900, 1, 1)
DATES_TO = date(2199, 12, 31)
ONE_DAY = timedelta(days=1)
ALWAYS = DateRange(None, None, "[)")


def of(first: date | None, last: date | None = None) -> DateRange:
    """Return the period from `first` to `last`, both inclusive; None leaves that end open."""
    if first and last and last < first:
        raise ValueError(f"The last day {last} lies before the first day {first}.")
    return DateRange(first, last + ONE_DAY if last else None, "[)")


def first(period: DateRange) -> date | None:
    """Return the first day of `period`, None where it is open."""
    lower: date | None = period.lower
    return lower


def last(period: DateRange) -> date | None:
    """Return the last day of `period`, None where it is open."""
    upper: date | None = period.upper
    return upper - ONE_DAY if upper else None


def shown(period: DateRange) -> str:
    """Return the period as people read it: `2007-07-09 – 2010-07-08`, an open end left blank."""
    return f"{first(period) or ''} – {last(period) or ''}".strip()


def a_year_before(day: date) -> date:
    """Return the same day one year earlier; 29 February gives 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _day_input(label: Promise | str) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "aria-label": label})


class PeriodInput(forms.MultiWidget):
    """Two date inputs: first and last day, both inclusive."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__([_day_input(_("first day")), _day_input(_("last day"))], attrs)

    def decompress(self, value: Any) -> tuple[date | None, date | None]:
        """Return first and last day of the period."""
        return (first(value), last(value)) if value else (None, None)


class PeriodFormField(RangeFormField):
    """
    The form field of a period: people enter its last day, the database gets the day after.

    Two empty inputs mean `when_empty`; where that is None and a period is required, they are refused.
    """

    def __init__(self, *, when_empty: DateRange | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", PeriodInput())
        if when_empty is not None:
            kwargs["required"] = False
        super().__init__(**kwargs)
        self.when_empty = when_empty

    def prepare_value(self, value: Any) -> Any:
        """Return what the two inputs show."""
        return [first(value), last(value)] if isinstance(value, DateRange) else super().prepare_value(value)

    def compress(self, values: Any) -> DateRange | None:
        """Return the period from the first to the last day entered."""
        begins, ends = values or (None, None)
        if begins is None and ends is None:
            return self.when_empty
        if begins and ends and ends < begins:
            raise ValidationError(_("The last day lies before the first day."), code="empty_period")
        if ends and ends > DATES_TO:
            raise ValidationError(
                _("%(day)s is outside the years 1900 to 2199."), code="insane_date", params={"day": ends}
            )
        return of(begins, ends)


class PeriodField(DateRangeField):
    """A period of a state: never empty, within the years the portal knows."""

    description = _("First and last day, both inclusive")
    form_field = PeriodFormField

    def formfield(self, **kwargs: Any) -> Any:
        """Return two date inputs; where the field has a default, leaving both empty means that."""
        return super().formfield(**{"when_empty": self.get_default() if self.has_default() else None, **kwargs})

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and value.isempty:
            raise ValidationError(_("The last day lies before the first day."), code="empty_period")
        for day in (value.lower, last(value)) if value is not None else ():
            if day is not None and not DATES_FROM <= day <= DATES_TO:
                raise ValidationError(
                    _("%(day)s is outside the years 1900 to 2199."), code="insane_date", params={"day": day}
                )


class Only(Func):
    """A one-number range, so that a key can stand in an exclusion constraint without an extension."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, key: str) -> None:
        super().__init__(F(key), F(key), Value("[]"))


class OnlyCode(Func):
    """The same for a code of digits."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, key: str) -> None:
        number = Cast(key, BigIntegerField())
        super().__init__(number, number, Value("[]"))


class OnlyText(Func):
    """The same for a text, by its hash."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, key: str) -> None:
        digest = Func(F(key), Value(0), function="hashtextextended", output_field=BigIntegerField())
        super().__init__(digest, digest, Value("[]"))


def only(key: str) -> Only:
    """Return the expression that makes the foreign key `key` comparable by `&&`."""
    return Only(key)


def dated_sanely(field: str, name: str) -> CheckConstraint:
    """Return the constraint that keeps the date column `field` within the years the portal knows."""
    return CheckConstraint(
        condition=Q(**{f"{field}__range": (DATES_FROM, DATES_TO)}) | Q(**{f"{field}__isnull": True}),
        name=name,
        violation_error_message=_("The date lies outside the years 1900 to 2199."),
    )


def lasting(name: str, field: str = "during") -> CheckConstraint:
    """Return the constraint that a period is not empty and lies within the years the portal knows."""
    begins = Q(**{f"{field}__lower_inf": True}) | Q(**{f"{field}__startswith__gte": DATES_FROM})
    ends = Q(**{f"{field}__upper_inf": True}) | Q(**{f"{field}__endswith__lte": DATES_TO + ONE_DAY})
    bounded = Q(**{f"{field}__isempty": False}) & begins & ends
    return CheckConstraint(
        condition=bounded,
        name=name,
        violation_error_message=_("The period is empty or lies outside the years 1900 to 2199."),
    )
