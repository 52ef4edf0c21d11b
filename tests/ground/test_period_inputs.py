"""Periods in forms: people read and write first and last day, the database keeps the day after the last."""

from datetime import date

import pytest
from django.forms import modelform_factory

from communities.ground import periods
from communities.places.models import Classification, Place

pytestmark = pytest.mark.django_db
ClassificationForm = modelform_factory(Classification, fields=["during"])
PlaceForm = modelform_factory(Place, fields=["exists"])


def test_the_last_day_entered_is_included():
    form = ClassificationForm({"during_0": "2007-07-09", "during_1": "2010-07-08"})
    assert form.is_valid()
    assert form.cleaned_data["during"] == periods.of(date(2007, 7, 9), date(2010, 7, 8))


def test_the_form_shows_the_last_day_not_the_day_after():
    row = Classification(during=periods.of(date(2007, 7, 9), date(2010, 7, 8)))
    html = str(ClassificationForm(instance=row)["during"])
    assert 'value="2007-07-09"' in html
    assert 'value="2010-07-08"' in html
    assert 'type="date"' in html


def test_a_form_sent_back_as_it_was_has_not_changed():
    row = Classification(during=periods.of(date(2007, 7, 9), date(2010, 7, 8)))
    form = ClassificationForm({"during_0": "2007-07-09", "during_1": "2010-07-08"}, instance=row)
    assert not form.has_changed()


def test_one_day_is_a_period():
    form = ClassificationForm({"during_0": "2007-07-09", "during_1": "2007-07-09"})
    assert form.is_valid()


def test_a_period_may_be_left_open():
    form = ClassificationForm({"during_0": "2007-07-09", "during_1": ""})
    assert form.is_valid()
    assert periods.last(form.cleaned_data["during"]) is None


def test_a_last_day_before_the_first_is_refused():
    form = ClassificationForm({"during_0": "2010-07-08", "during_1": "2007-07-09"})
    assert form.has_error("during", "empty_period")


def test_a_year_of_five_digits_is_refused():
    assert not ClassificationForm({"during_0": "20202-01-01", "during_1": ""}).is_valid()
    assert ClassificationForm({"during_0": "2007-01-01", "during_1": "9999-12-31"}).has_error("during", "insane_date")


def test_a_period_that_is_required_is_asked_for():
    assert ClassificationForm({"during_0": "", "during_1": ""}).has_error("during", "required")


def test_a_place_of_unknown_age_stays_so_when_nothing_is_entered():
    form = PlaceForm({"exists_0": "", "exists_1": ""}, instance=Place(exists=periods.ALWAYS))
    assert form.is_valid(), form.errors
    assert form.instance.exists == periods.ALWAYS
