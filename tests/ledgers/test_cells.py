"""What is written in cells, and what it means; what cannot be read without guessing is refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from communities.ground import clock
from communities.ground.ledgers import cells
from communities.ground.ledgers.cells import CODE, DAY, LAST_DAY, MONEY, YEAR, YES_NO, CellError, Number, Whole, plain
from organizations.choices import Title
from organizations.ledgers import POLITICAL_WORDS, TITLE_WORDS, Nth, TitleCell

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1985.03", date(1985, 3, 1)),
        ("1985年3月", date(1985, 3, 1)),
        ("85-3-1", date(1985, 3, 1)),
        ("2007-7-9", date(2007, 7, 9)),
        ("2007/07/09", date(2007, 7, 9)),
        ("２００７年７月９日", date(2007, 7, 9)),
        ("20070709", date(2007, 7, 9)),
        (20070709, date(2007, 7, 9)),
        (datetime(2007, 7, 9, 0, 0), date(2007, 7, 9)),  # noqa: DTZ001 - as a spreadsheet gives it
        (1985.03, date(1985, 3, 1)),
    ],
)
def test_a_day_is_read_as_people_write_it(written, meant):
    with clock.frozen(TODAY):
        assert DAY.read(written) == meant


@pytest.mark.parametrize(("written", "meant"), [("2008年2月", date(2008, 2, 29)), ("2008年", date(2008, 12, 31))])
def test_where_a_period_ends_a_month_means_its_last_day(written, meant):
    assert LAST_DAY.read(written) == meant


@pytest.mark.parametrize(
    "written", ["20202-01-01", "2007-13-01", "2007-02-30", "1899-12-31", "2200-01-01", "昨天", "05-3-1", 1985.1, 39272]
)
def test_a_day_that_nobody_can_be_sure_of_is_refused(written):
    with clock.frozen(TODAY), pytest.raises(CellError):
        DAY.read(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("400", "400.00"),
        ("４００.５", "400.50"),
        ("1,234.5", "1234.50"),
        ("400平方米", "400.00"),
        ("400㎡", "400.00"),
        ("0.5公顷", "5000.00"),
        (149.99, "149.99"),
        (0.1 + 0.2, "0.30"),
        (0, "0.00"),
    ],
)
def test_an_area_is_read_as_people_write_it(written, meant):
    assert Number(units=cells.AREA).read(written) == Decimal(meant)


@pytest.mark.parametrize("written", ["-1", "约400", "400亩", "1e999", "4.999", "12345678", "1.2.3", "NaN", "#REF!"])
def test_an_area_that_is_none_is_refused(written):
    with pytest.raises(CellError):
        Number(units=cells.AREA).read(written)


def test_a_heading_in_ten_thousand_yuan_multiplies():
    assert Number(digits=14, units=MONEY).read("1.5", Decimal(10_000)) == Decimal(15_000)
    assert Number(digits=14, units=MONEY).read("15000元", Decimal(10_000)) == Decimal(15_000)


@pytest.mark.parametrize("written", ["37010200100", "3.70102E+11", "37010200100X", "3701020010020"])
def test_a_code_is_twelve_digits_or_nothing(written):
    with pytest.raises(CellError):
        CODE.read(written)


@pytest.mark.parametrize(
    "written", [370102001002, 370102001002.0, "３７０１０２００１００２", " 370102001002 ", "'370102001002"]
)
def test_a_code_is_found_under_what_spreadsheets_do_to_it(written):
    assert CODE.read(written) == "370102001002"


@pytest.mark.parametrize(("written", "meant"), [("是", True), ("√", True), ("否", False), ("×", False), (True, True)])
def test_yes_and_no_are_read_as_people_write_them(written, meant):
    assert YES_NO.read(written) is meant


def test_maybe_is_neither():
    with pytest.raises(CellError):
        YES_NO.read("可能")


def test_a_name_loses_the_blanks_that_stretch_it():
    assert plain("李  明") == "李明"
    assert plain("Anna Li") == "Anna Li"


@pytest.mark.parametrize(("written", "meant"), [("党员", "01"), ("中共党员", "01"), ("团员", "03"), ("群众", "13")])
def test_synonyms_of_a_choice_are_known(written, meant):
    assert POLITICAL_WORDS[written] == meant


@pytest.mark.parametrize(
    ("written", "body", "title"),
    [
        ("主任", None, Title.DIRECTOR),
        ("居委会主任", "residents_committee", Title.DIRECTOR),
        ("社区党委书记", "party_organization", Title.SECRETARY),
        ("党支部委员", "party_organization", Title.MEMBER),
    ],
)
def test_a_title_may_name_its_organization(written, body, title):
    assert TitleCell(choices=Title, words=TITLE_WORDS).read(written) == (body, title)


@pytest.mark.parametrize(("written", "meant"), [("8", 8), ("第八届", 8), ("第十二届", 12), ("第二十届", 20), (9, 9)])
def test_the_number_of_a_term_is_read_in_chinese(written, meant):
    assert Nth().read(written) == meant


def test_half_a_household_is_refused():
    with pytest.raises(CellError):
        Whole().read("1500.5")


@pytest.mark.parametrize(("written", "meant"), [("2008", 2008), ("2008年", 2008), ("2008年度", 2008), (2008, 2008)])
def test_a_year_is_read(written, meant):
    assert YEAR.read(written) == meant
