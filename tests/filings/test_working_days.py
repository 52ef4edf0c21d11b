"""Working days: the week, the holidays that were announced, and what somebody enters."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from assessments.filings.models import CalendarDay
from assessments.filings.working_days import add_working_days, is_working_day, last_of, working_days_between

pytestmark = pytest.mark.django_db


def test_the_week_of_the_national_day_is_not_worked_and_a_saturday_after_it_is() -> None:
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2026, 10, 10))
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert working_days_between(date(2026, 9, 30), date(2026, 10, 12)) == 4
    assert working_days_between(date(2026, 10, 12), date(2026, 9, 30)) == -4


def test_a_public_notice_of_five_working_days_counts_its_first_day() -> None:
    assert last_of(date(2009, 1, 5), 5) == date(2009, 1, 9)
    assert last_of(date(2009, 1, 10), 5) == date(2009, 1, 16)  # it begins on a Saturday


def test_days_are_counted_back_and_far() -> None:
    assert add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert add_working_days(date(2009, 1, 5), 0) == date(2009, 1, 5)
    assert working_days_between(date(2009, 1, 5), add_working_days(date(2009, 1, 5), 250)) == 250


def test_what_somebody_entered_goes_before_what_was_shipped() -> None:
    CalendarDay.objects.create(day=date(2027, 2, 8), is_worked=False, name="春节")
    CalendarDay.objects.create(day=date(2026, 10, 10), is_worked=False, name="停工")
    assert add_working_days(date(2027, 2, 5), 1) == date(2027, 2, 9)
    assert not is_working_day(date(2026, 10, 10))


def test_the_next_years_holidays_are_entered_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("day,is_worked,name\n2027-02-08,false,春节\n2027-02-20,true,春节调休\n", encoding="utf-8")
    call_command("load_calendar", str(file), dry_run=True, stdout=StringIO())
    assert not CalendarDay.objects.exists()
    for _again in (1, 2):
        call_command("load_calendar", str(file), stdout=StringIO())
    assert (is_working_day(date(2027, 2, 8)), is_working_day(date(2027, 2, 20))) == (False, True)
    file.write_text("day,is_worked,name\n2027-02-09,false,春节\n2027-02-30,false,春节\n", encoding="utf-8")
    with pytest.raises(CommandError, match="3"):
        call_command("load_calendar", str(file), stdout=StringIO())
    assert CalendarDay.objects.count() == 2
