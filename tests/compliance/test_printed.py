"""What a document prints beside what is computed: agrees, agrees if truncated, differs, in words and arithmetic."""

from decimal import Decimal

import pytest
from django.utils import translation

from assessments.compliance import printed
from assessments.compliance.printed import Agreement
from assessments.plans.pack import Label, PrintedSpec
from communities.ground.units import Unit, parse

SHARE = Unit()

# What is computed, the figure printed, how it was rounded, to what; how the two stand.
CASES = [
    ("111/137", "0.81", "half_up", "", "agrees"),
    ("119295/521000", "0.22", "half_up", "", "truncated"),
    ("119295/521000", "0.23", "half_up", "", "agrees"),
    ("119295/521000", "0.22", "truncate", "", "agrees"),
    ("119295/521000", "0.22", "none", "", "differs"),
    ("119295/521000", "0.229", "half_up", "", "agrees"),
    ("69/137", "0.5", "half_up", "0.01", "agrees"),
    ("68/137", "0.5", "half_up", "0.01", "agrees"),
    ("67/137", "0.5", "half_up", "0.01", "differs"),
    ("6402500/521000", "9.9", "half_up", "", "differs"),
    ("6402500/646717", "9.9", "half_up", "", "agrees"),
    ("1/8", "0.13", "half_up", "", "agrees"),
    ("-1/8", "-0.13", "half_up", "", "agrees"),
    ("205600/137", "1500", "truncate", "100", "agrees"),
    ("1499/1", "1500", "truncate", "100", "differs"),
    ("1600/1", "1500", "truncate", "100", "differs"),
    ("299990000/1", "300000000", "up", "10000000", "agrees"),
    ("290000000/1", "300000000", "up", "10000000", "differs"),
    ("300000001/1", "300000000", "up", "10000000", "differs"),
    ("300000000/1", "300000000", "up", "10000000", "agrees"),
    ("137/1", "137", "half_up", "", "agrees"),
    ("136/1", "137", "half_up", "", "differs"),
]


@pytest.mark.parametrize(("measured", "value", "rounding", "step", "expected"), CASES)
def test_a_figure_agrees_as_it_was_rounded(measured: str, value: str, rounding: str, step: str, expected: str) -> None:
    above, below = measured.split("/")
    spec = PrintedSpec(value, value, rounding, step)

    assert printed.agreement(Decimal(above) / Decimal(below), spec) == expected


def test_a_figure_that_is_not_printed_is_neither_right_nor_wrong() -> None:
    assert printed.agreement(Decimal(26), PrintedSpec()) == Agreement.DERIVED
    assert printed.agreement(None, PrintedSpec()) == Agreement.DERIVED


def test_what_is_not_known_is_not_compared() -> None:
    assert printed.agreement(None, PrintedSpec("0", "0")) == Agreement.UNKNOWN


@pytest.mark.parametrize(
    ("measured", "unit", "text"),
    [
        ("0.8102189781021897810", "share", "81.0%"),
        ("0.2289731285988483685", "share", "22.9%"),
        ("0.7000233344444815", "share", "70.0%"),
        ("1", "share", "100%"),
        ("0.15", "share", "15%"),
        ("0.999999", "share", "100.0%"),
        ("12.28886756238003839", "m2/person", "12.29 m²/persons"),
        ("0.2919708029197080", "facility/place", "0.292 facilities/places"),
        ("3802.9197080291970803", "person/place", "3,802.92 persons/places"),
        ("119295", "person", "119,295 persons"),
    ],
)
def test_a_figure_is_shown_to_be_compared_by_eye(measured: str, unit: str, text: str) -> None:
    with translation.override("en"):
        assert printed.shown(Decimal(measured), parse(unit)) == text


def test_the_sentence_gives_the_arithmetic() -> None:
    spec = PrintedSpec("0.22", "22%", note=Label("五十二万一千人", "521,000 people"))

    with translation.override("en"):
        told = printed.told(Decimal("0.2289731285988483685"), spec, SHARE, "reported")

    assert told is not None
    assert told.sentence == "22.9%, printed as 22%: agrees if truncated; rounded it would be 23%."
    assert told.note == "521,000 people"


def test_a_pack_that_says_nothing_of_a_printed_figure_tells_nothing() -> None:
    assert printed.told(Decimal(1), None, SHARE, "reported") is None


@pytest.mark.parametrize("verdict", ["no_rule", "not_applicable", "not_due", ""])
def test_what_is_not_asked_on_the_day_is_not_compared(verdict: str) -> None:
    assert printed.told(Decimal(1), PrintedSpec("2", "2"), SHARE, verdict) is None
    assert printed.told(None, PrintedSpec("2", "2"), SHARE, verdict) is None


@pytest.mark.parametrize("verdict", ["met", "not_met", "attention", "reported"])
def test_what_is_asked_on_the_day_is_compared(verdict: str) -> None:
    told = printed.told(Decimal(1), PrintedSpec("2", "2"), SHARE, verdict)

    assert told is not None
    assert told.agreement == Agreement.DIFFERS
