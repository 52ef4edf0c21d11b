"""
The parts filters are made of, the same for pages and API: a day, an area, one of a list, several of a list.

A `FilterSet` in an app's `filters.py` declares once by what its model can be searched. Every input is checked and
refused with one sentence; nothing that cannot be read is ignored.
"""

import re
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from . import clock, periods
from .models.accounts import PREFIX
from .models.jobs import Job, Status
from .scope import prefix_of

NOT_A_DAY = _("Write the day as 2008-12-31.")


class DayField(forms.DateField):
    """A day written 2008-12-31, within the years the portal knows."""

    def __init__(self, **kwargs: Any) -> None:
        outside = _("The date lies outside the years 1900 to 2199.")
        limits = [MinValueValidator(periods.DATES_FROM, outside), MaxValueValidator(periods.DATES_TO, outside)]
        kwargs = {"input_formats": ["%Y-%m-%d"], "error_messages": {"invalid": NOT_A_DAY}, **kwargs}
        super().__init__(validators=limits, **kwargs)


def day_asked(data: Any, name: str = "as_of") -> date:
    """Return the day that `data` asks for, today where it asks for none; raise ValidationError naming the input."""
    try:
        asked: date | None = DayField(required=False).clean(data.get(name))
    except forms.ValidationError as error:
        raise forms.ValidationError({name: error.messages}) from None
    return asked or clock.today()


class DayFilter(django_filters.DateFilter):
    """A day."""

    field_class = DayField


class AreaFilter(django_filters.CharFilter):
    """Keep what lies within a division: its 12-digit code, or the digits that are not zeros."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        digits = RegexValidator(PREFIX, _("A code prefix has 2, 4, 6, 9 or 12 digits."), flags=re.ASCII)
        super().__init__(*args, **{"validators": [digits], **kwargs})

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Compare with the significant digits of the code."""
        return super().filter(rows, prefix_of(value) if value else value)


class OneOf(django_filters.ChoiceFilter):
    """One of a list."""


class SomeOf(django_filters.MultipleChoiceFilter):
    """Any of several of a list; the input is repeated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"distinct": False, **kwargs})


class YesOrNo(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is refused, where Django's own field would take it for no answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", _("yes")), ("false", _("no"))]
        super().__init__(*args, choices=choices, coerce=lambda text: text == "true", **kwargs)


class WholeNumber(django_filters.NumberFilter):
    """A whole number from 0 up to nine digits."""

    field_class = forms.IntegerField  # type: ignore[assignment] # a whole number is a number

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 0, "max_value": 999_999_999, **kwargs})

    def get_max_validator(self) -> None:
        """Django-filter's own limit is made for decimals; ours stands above."""


class JobFilter(django_filters.FilterSet):
    """By what jobs can be searched."""

    kind = django_filters.CharFilter(help_text=_("What kind of work, such as evaluate."))
    status = SomeOf(choices=Status, help_text=_("Where it stands; may be repeated."))
    mine = YesOrNo(method="of_mine", help_text=_("true: only what I asked for myself."))

    class Meta:
        model = Job
        fields: list[str] = []

    def of_mine(self, jobs: QuerySet[Job], _name: str, value: bool) -> QuerySet[Job]:
        """Keep what the reader asked for, or what others did."""
        asked = {"requested_by": self.request.user if self.request else None}
        return jobs.filter(**asked) if value else jobs.exclude(**asked)
