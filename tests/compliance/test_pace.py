"""The arithmetic of milestones: what is required when, what pace it takes, when the present slope arrives."""

from datetime import date
from decimal import Decimal

import pytest

from assessments.compliance.pace import Course, Due, Measured, Status, years_between

YEAR_ENDS = {year: date(year, 12, 31) for year in range(2000, 2011)}


def dues(bound: str = "at_least", /, **required: str) -> tuple[Due, ...]:
    return tuple(
        Due(YEAR_ENDS[int(year[1:])], Decimal(value), bound, number)
        for number, (year, value) in enumerate(required.items(), start=1)
    )


def course(asked: tuple[Due, ...], *values: str | None, share: bool = True) -> Course:
    """A course measured at the end of each year from 2001; the last of them is the day it is seen from."""
    measured = [
        Measured(YEAR_ENDS[2001 + n], None if value is None else Decimal(value)) for n, value in enumerate(values)
    ]
    return Course(asked, tuple(measured), measured[-1].day, share)


def test_the_last_milestone_due_holds_until_the_next_and_in_years_without_one() -> None:
    way = course(dues(y2002="0.6", y2003="0.9", y2005="1"), "0.5")
    required = {year: way.required_on(day) for year, day in YEAR_ENDS.items()}
    assert required[2001] is None
    told = [due.required for year in (2002, 2003, 2004, 2005, 2006) if (due := required[year])]
    assert told == [Decimal("0.6"), Decimal("0.9"), Decimal("0.9"), Decimal(1), Decimal(1)]


def test_a_milestone_holds_from_its_day_and_not_the_day_before() -> None:
    way = course(dues(y2002="0.6"), "0.5")
    assert way.required_on(date(2002, 12, 30)) is None
    assert way.required_on(date(2002, 12, 31)) is not None


def test_from_the_end_of_one_year_to_the_next_is_one_year_leap_or_not() -> None:
    assert years_between(YEAR_ENDS[2003], YEAR_ENDS[2004]) == 1
    assert years_between(YEAR_ENDS[2002], YEAR_ENDS[2003]) == 1
    assert years_between(date(2004, 2, 29), date(2005, 2, 28)) == 1
    assert years_between(YEAR_ENDS[2002], YEAR_ENDS[2002]) == 0
    assert 0 < years_between(YEAR_ENDS[2002], date(2003, 6, 30)) < Decimal("0.5")


def test_the_pace_needed_is_what_is_left_by_the_years_left() -> None:
    way = course(dues(y2005="0.8"), "0.2", "0.4")
    assert way.slope == Decimal("0.2")
    assert way.pace(way.dues[0]) == Decimal("0.13333333333333333333")


def test_no_pace_is_needed_for_what_is_reached_past_or_unmeasured() -> None:
    asked = dues(y2002="0.6", y2005="0.8")
    reached, unmeasured = course(asked, "0.7", "0.8"), course(asked, None, None)
    assert [reached.pace(due) for due in asked] == [None, None]
    assert [unmeasured.pace(due) for due in asked] == [None, None]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (("0.2", "0.4"), Status.ON_TRACK),  # 0.8 on the very day of 2004
        (("0.2", "0.399999"), Status.BEHIND),
        (("0.2", "0.400001"), Status.ON_TRACK),
        (("0.4", "0.4"), Status.BEHIND),
        (("0.5", "0.4"), Status.BEHIND),
        (("0.2", "0.8"), Status.REACHED),
        (("0.2", "0.79999999999999"), Status.REACHED),  # comparisons look at twelve decimals
        (("0.2", "0.799999"), Status.ON_TRACK),
        ((None, "0.4"), Status.ONCE),
        (("0.4", None), Status.ONCE),
        ((None, None), Status.UNMEASURED),
        (("0.2", "0.2", "0.2", "0.7"), Status.OVERDUE),  # seen from the end of 2004, the day it was due
    ],
)
def test_how_a_way_stands(values: tuple[str | None, ...], status: Status) -> None:
    assert course(dues(y2004="0.8"), *values).status() == status


def test_the_present_slope_arrives_on_the_day_it_is_due() -> None:
    way = course(dues(y2004="0.8"), "0.2", "0.4")
    assert way.arrival(way.dues[0]) == YEAR_ENDS[2004]


def test_a_slower_slope_arrives_later() -> None:
    way = course(dues(y2004="0.8"), "0.1", "0.2")
    assert way.arrival(way.dues[0]) == YEAR_ENDS[2008]


@pytest.mark.parametrize("values", [("0.4", "0.4"), ("0.5", "0.4"), (None, "0.4"), (None, None)])
def test_what_stands_still_falls_or_is_measured_once_never_arrives(values: tuple[str | None, ...]) -> None:
    way = course(dues(y2004="0.8"), *values)
    assert way.arrival(way.dues[0]) is None


def test_what_would_arrive_beyond_all_years_never_arrives() -> None:
    way = course(dues(y2004="1"), "0.4", "0.4001")
    assert way.arrival(way.dues[0]) is None


def test_a_share_above_a_hundred_per_cent_is_no_promise() -> None:
    way = course(dues(y2005="1"), "0.5", "0.9")
    assert way.expected_on(YEAR_ENDS[2005]) == 1
    more = course(dues(y2005="1.1"), "0.5", "0.9")
    assert more.arrival(more.dues[0]) is None
    assert more.status() == Status.BEHIND


def test_a_number_of_things_may_go_beyond_what_is_required() -> None:
    way = course(dues(y2005="65000"), "20000", "45000", share=False)
    assert way.expected_on(YEAR_ENDS[2005]) == 120000
    assert way.status() == Status.ON_TRACK


def test_what_must_fall_is_on_track_while_it_falls_fast_enough() -> None:
    way = course(dues("at_most", y2003="50", y2005="20"), "90", "70", share=False)
    assert way.status() == Status.ON_TRACK
    assert way.pace(way.dues[0]) == -20
    assert way.arrival(way.dues[0]) == YEAR_ENDS[2003]
    assert way.status(way.dues[1]) == Status.ON_TRACK  # 20 fewer a year: 20 in the middle of 2005


def test_what_must_fall_and_rises_never_arrives() -> None:
    way = course(dues("at_most", y2003="50"), "60", "70", share=False)
    assert way.arrival(way.dues[0]) is None
    assert way.status() == Status.BEHIND


@pytest.mark.parametrize(
    ("bound", "value", "reached"),
    [
        ("at_least", "5", True),
        ("at_most", "5", True),
        ("more_than", "5", False),
        ("less_than", "5", False),
        ("equals", "5", True),
        ("more_than", "5.1", True),
        ("less_than", "4.9", True),
        ("equals", "5.1", False),
    ],
)
def test_equality_meets_a_bound_unless_it_is_strict(bound: str, value: str, reached: bool) -> None:
    assert Due(YEAR_ENDS[2005], Decimal(5), bound).is_met_by(Decimal(value)) is reached


def test_a_strict_bound_is_passed_the_day_after_it_is_reached() -> None:
    way = course(dues("more_than", y2004="0.8"), "0.2", "0.4")
    assert way.arrival(way.dues[0]) == date(2005, 1, 1)
    assert way.status() == Status.BEHIND


def test_an_exact_figure_is_approached_from_either_side() -> None:
    falling = course(dues("equals", y2004="2"), "6", "5", share=False)
    rising = course(dues("equals", y2004="9"), "6", "7", share=False)
    assert falling.arrival(falling.dues[0]) == YEAR_ENDS[2005]
    assert rising.arrival(rising.dues[0]) == YEAR_ENDS[2004]


def test_the_way_leads_to_the_first_milestone_that_is_not_reached() -> None:
    ahead = course(dues(y2002="0.6", y2003="0.9", y2005="1"), "0.5", "0.95")
    late = course(dues(y2002="0.6", y2003="0.9"), "0.3", "0.5")
    assert (ahead.aim, ahead.next) == (ahead.dues[2], ahead.dues[1])
    assert (late.aim, late.status()) == (late.dues[0], Status.OVERDUE)


def test_a_milestone_missed_is_forgotten_when_the_next_has_replaced_it() -> None:
    way = course(dues(y2002="0.6", y2003="0.9", y2005="1"), "0.3", "0.5", "0.9")
    assert way.status() in (Status.ON_TRACK, Status.BEHIND)
    assert way.aim == way.dues[2]


def test_only_the_last_two_known_values_make_the_slope() -> None:
    way = course(dues(y2005="1"), "0.1", "0.5", None, "0.6")
    assert way.slope == Decimal("0.05")
    assert way.last == (YEAR_ENDS[2004], Decimal("0.6"))


def test_a_gap_is_without_a_sign_and_nothing_where_the_bound_is_met() -> None:
    (due,) = dues(y2005="0.8")
    assert [due.gap(Decimal(value)) for value in ("0.62", "0.9")] == [Decimal("0.18"), Decimal(0)]
    (most,) = dues("at_most", y2005="20")
    assert most.gap(Decimal(35)) == 15


def unknown_now(*values: str, **required: str) -> Course:
    """A course measured from 2001 on, of which the year after the last value is not known."""
    return course(dues(**required), *values, None)


@pytest.mark.parametrize("before", ["0.95", "0.7"])
def test_what_was_due_by_a_day_nothing_is_known_of_is_neither_reached_nor_missed(before: str) -> None:
    way = unknown_now("0.3", before, y2003="0.9", y2005="1")
    assert way.status(way.dues[0]) == Status.UNDETERMINED
    assert (way.aim, way.status()) == (way.dues[0], Status.UNDETERMINED)


def test_nobody_arrived_on_a_day_that_is_past_and_unknown() -> None:
    way = unknown_now("0.3", "0.95", y2005="1")  # by the slope of 2002 it would have been there in January 2003
    assert way.arrival(way.dues[0]) is None
    assert way.status() == Status.UNDETERMINED


def test_what_was_reached_before_is_not_known_to_be_reached_now() -> None:
    assert unknown_now("0.3", "1", y2005="1").status() == Status.UNDETERMINED


def test_a_figure_that_must_be_met_exactly_may_have_been_passed_while_nothing_was_known() -> None:
    way = course(dues("equals", y2005="9"), "4", "8", None, share=False)
    assert (way.arrival(way.dues[0]), way.status()) == (None, Status.UNDETERMINED)


@pytest.mark.parametrize(("before", "status"), [("0.5", Status.ON_TRACK), ("0.35", Status.BEHIND)])
def test_what_lies_ahead_is_told_from_the_day_of_the_last_known_value(before: str, status: Status) -> None:
    way = unknown_now("0.3", before, y2005="1")
    assert way.status() == status
    arrival = way.arrival(way.dues[0])
    assert arrival is not None
    assert arrival > way.as_of


def test_what_pace_is_needed_from_a_day_nothing_is_known_of_nobody_can_say() -> None:
    way = unknown_now("0.3", "0.4", y2005="1")
    assert way.pace(way.dues[0]) is None


def partly_known(*, over_places: bool, value: str) -> Course:
    measured = (Measured(YEAR_ENDS[2003], Decimal("0.1")), Measured(YEAR_ENDS[2004], Decimal(value), partly=True))
    return Course(dues(y2004="1"), measured, YEAR_ENDS[2004], is_share=True, over_places=over_places)


def test_what_is_known_in_part_is_neither_reached_nor_missed() -> None:
    assert partly_known(over_places=False, value="1").status() == Status.UNDETERMINED
    assert partly_known(over_places=False, value="0.9").status() == Status.UNDETERMINED
    assert partly_known(over_places=True, value="1").status() == Status.UNDETERMINED


def test_where_all_places_must_reach_it_one_that_does_not_is_enough_to_know() -> None:
    assert partly_known(over_places=True, value="0.9").status() == Status.OVERDUE
