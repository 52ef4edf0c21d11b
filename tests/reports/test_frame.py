"""Changing where, which plan or as of when keeps the page."""

from datetime import date

from assessments.reports.frame import Frame, keeping_page


def test_one_of_the_three_changes_and_the_rest_of_the_page_stays() -> None:
    address = "/plans/jinan-2007/?place=3701&as_of=2007-12-31&verdict=not_met"
    assert keeping_page(address, place="370102") == ("/plans/jinan-2007/?as_of=2007-12-31&verdict=not_met&place=370102")


def test_where_one_stood_in_a_list_is_forgotten() -> None:
    assert keeping_page("/plans/?after=x&page=3", as_of=date(2008, 12, 31)) == "/plans/?as_of=2008-12-31"


def test_none_takes_a_parameter_out() -> None:
    assert keeping_page("/plans/?place=3701", place=None) == "/plans/"


def test_the_form_for_another_day_sends_the_rest_along() -> None:
    frame = Frame(("济南市",), "jinan-2007", date(2008, 12, 31), "/p/?place=3701&as_of=2008-12-31&after=9&q=")
    assert frame.path == "/p/"
    assert frame.kept == (("place", "3701"), ("q", ""))
