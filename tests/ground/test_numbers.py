"""Identity numbers and mobile numbers: the published vectors, every wrong character, and finding them in text."""

import hashlib
import timeit
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from communities.ground import clock
from communities.ground.numbers import (
    CHECK_CHARACTERS,
    birth_date,
    check_character,
    check_identity_number,
    check_phone_number,
    holds_personal_number,
    is_identity_number,
    is_of_a_man,
    masked_identity_number,
    masked_name,
    masked_phone,
    without_personal_numbers,
)
from tests.factories.people import identity_number, mobile_number

# The published examples; nobody's numbers.
VECTORS = ["330106199003071236", "33011319900307123X", "810000199001010019"]

births = st.dates(date(1900, 1, 1), date(2026, 1, 1))
regions = st.integers(110000, 659999).map(str)
sequences = st.integers(0, 999).map("{:03}".format)


@st.composite
def numbers(draw):
    stem = draw(regions) + draw(births).strftime("%Y%m%d").rjust(8, "0") + draw(sequences)
    return stem + check_character(stem)


@pytest.mark.parametrize("number", VECTORS)
def test_the_published_numbers_pass(number):
    assert check_identity_number(number) == number
    assert is_identity_number(number)


def test_a_foreigners_permanent_resident_card_passes():
    number = identity_number(region="911840")
    assert check_identity_number(number) == number


def test_a_small_x_full_width_digits_and_what_stands_between_are_read_as_meant():
    assert check_identity_number("33011319900307123x") == VECTORS[1]
    assert check_identity_number(" 330113 19900307-123Ｘ ") == VECTORS[1]
    assert check_identity_number("３３０１１３１９９００３０７１２３ｘ") == VECTORS[1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "length"),
        ("33010619900307123", "length"),
        ("3301061990030712366", "length"),
        ("330106900307123", "former"),
        ("33010619900307A236", "characters"),
        ("X30106199003071236", "characters"),
        ("330106199002301236", "birth"),
        ("330106199013071236", "birth"),
        ("330106000003071236", "birth"),
        ("330106189912311236", "birth"),
        ("330106199003071237", "check"),
        ("33010619900307123X", "check"),
        (VECTORS[0][:-2] + "63", "check"),
    ],
)
def test_a_wrong_number_is_refused_and_says_what_is_wrong_without_repeating_it(text, why):
    with pytest.raises(ValidationError) as refused:
        check_identity_number(text)
    assert refused.value.code == why
    assert not text or text not in refused.value.messages[0]


def test_a_number_of_fifteen_digits_is_said_to_be_of_before_2013():
    with pytest.raises(ValidationError, match="2013"):
        check_identity_number("330106900307123")


def test_a_day_of_birth_to_come_is_refused_until_it_has_come():
    number = identity_number(born=date(2030, 5, 6))
    with clock.frozen(date(2030, 5, 5)), pytest.raises(ValidationError) as refused:
        check_identity_number(number)
    assert refused.value.code == "future"
    with clock.frozen(date(2030, 5, 6)):
        assert birth_date(check_identity_number(number)) == date(2030, 5, 6)


def test_the_place_of_issue_never_makes_a_number_wrong():
    assert is_identity_number(identity_number(region="339999"))


@given(numbers())
def test_every_number_that_is_built_right_passes_and_says_who(number):
    assert check_identity_number(number) == number
    assert birth_date(number).strftime("%Y%m%d").rjust(8, "0") == number[6:14]
    assert is_of_a_man(number) == (number[16] in "13579")


@given(numbers(), st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(number, place, by):
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not is_identity_number(wrong)


@given(numbers(), st.integers(0, 15))
def test_two_digits_in_the_wrong_order_are_found(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not is_identity_number(swapped)


@given(numbers(), st.sampled_from(CHECK_CHARACTERS))
def test_one_check_character_fits_and_no_other(number, last):
    assert is_identity_number(number[:-1] + last) == (last == number[-1])


def test_mobile_numbers_are_read_as_people_write_them():
    number = mobile_number()
    for written in (number, f"+86 {number}", f"86{number}", f"{number[:3]}-{number[3:7]}-{number[7:]}"):
        assert check_phone_number(written) == number


@pytest.mark.parametrize("text", ["", "0571-8888", "23800000001", "12012345678", "138123456789", "1381234567"])
def test_what_is_no_mobile_number_is_refused(text):
    with pytest.raises(ValidationError):
        check_phone_number(text)


def test_masks_show_where_and_the_last_four():
    assert masked_identity_number(VECTORS[0]) == "330106********1236"
    assert masked_phone("138" + "0000" + "5678") == "138****5678"
    assert masked_name("李小明") == "李*"


def test_numbers_in_text_are_masked_and_nothing_else_of_it():
    number, mobile = VECTORS[1], mobile_number(ending="5678")
    said = f"经办人李小明（身份证{number.lower()}，电话：{mobile}）。"
    assert without_personal_numbers(said) == f"经办人李小明（身份证330113********123X，电话：{mobile[:3]}****5678）。"


@pytest.mark.parametrize(
    "around", ["{}", "id={}", "?q={}&x=1", "q%3D{}", '{{"n":"{}"}}', "n_{}_n", "姓名{}，", "{}.", "'{}'"]
)
@pytest.mark.parametrize("make", [identity_number, mobile_number])
def test_numbers_are_found_whatever_stands_around_them(make, around):
    number = make()
    said = around.format(number)
    assert holds_personal_number(said)
    assert number not in without_personal_numbers(said)


def test_numbers_in_groups_and_in_full_width_are_found():
    number, mobile = identity_number(), mobile_number()
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert holds_personal_number(f"{number[:6]} {number[6:14]} {number[14:]}")
    assert holds_personal_number(f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}")
    assert holds_personal_number(f"+86{mobile}")
    assert holds_personal_number(f"电话{mobile.translate(wide)}")
    assert holds_personal_number(number.translate(wide))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "370102001001 to 370102001999 in 17 digits 37010200100111111",
        "division 370102001 as of 2009-12-31, file 370102001_20091231.pdf",
        "13800000000 of 15000000000 CNY, 13812345678.00, 13812345678元",
        "took 0.13812345678 s",
        "job #1024 at 2026-11-22T05:30:50.123456+00:00",
        "91110000600037341L 11330106002489123Y",
        "1732251234567 ms since 1970, 18446744073709551615",
        "550e8400-e29b-41d4-a716-446655440000",
        "192.168.101.10 and 192.168.1.10:5432 and 139.153.187.64",
        "15.123.456.789 or 15 123 456 789 or 18 45 39 21 110 CNY",
        "2009-12-31 2010-01-01 2026-11-22 18-30 19.11.2026 123",
        "18.5 37.01 02.19 56.09 01.00 27",
        "550e8400-1395-3187-6425-446655440000 9901021990030712 36",
        "99 01 02 19 90 03 07 12 36, 370102 20091331 0012",
    ],
)
def test_codes_sums_days_and_counters_stay_as_they_are(said):
    assert without_personal_numbers(said) == said


def test_hashes_stay_as_they_are():
    for n in range(2000):
        hashed = hashlib.sha256(str(n).encode()).hexdigest()
        assert without_personal_numbers(f"sha256={hashed}") == f"sha256={hashed}"


@given(
    numbers(),
    st.lists(st.booleans(), min_size=17, max_size=17),
    st.sampled_from([*" -.·－．_/", "\u00a0", " -"]),
)
def test_an_identity_number_is_found_with_anything_narrow_between_any_of_its_digits(number, gaps, between):
    written = number[0] + "".join((between if gap else "") + one for gap, one in zip(gaps, number[1:], strict=True))
    said = f"来源：{written}，见附件"
    assert holds_personal_number(said)
    assert written not in without_personal_numbers(said)


@pytest.mark.parametrize("between", [" ", "-", ".", "·", "－", "　"])
def test_a_mobile_number_is_found_digit_by_digit_and_in_other_groups(between):
    mobile = mobile_number()
    for written in (
        between.join(mobile),
        between.join([mobile[:3], mobile[3:6], mobile[6:]]),
        between.join([mobile[:4], mobile[4:8], mobile[8:]]),
        between.join(["86", mobile[:3], mobile[3:7], mobile[7:]]),
    ):
        assert holds_personal_number(f"电话 {written}。"), written
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    assert holds_personal_number(between.join(mobile).translate(wide))


def test_two_numbers_digit_by_digit_one_after_the_other_are_both_masked():
    number, mobile = identity_number(), mobile_number()
    said = without_personal_numbers(" ".join(number + mobile))
    assert said == f"{masked_identity_number(number)} {masked_phone(mobile)}"


def test_a_number_with_a_mistake_in_its_last_digit_still_tells_whose_it_is():
    number = VECTORS[0][:-1] + "7"
    assert not is_identity_number(number)
    for written in (number, f"{number[:6]}-{number[6:14]}-{number[14:]}", " ".join(number)):
        assert without_personal_numbers(f"见 {written} 号") == "见 330106********1237 号"
    assert not holds_personal_number(f"a{number}f")  # within a hash


@given(st.lists(st.integers(10, 999), max_size=60), st.sampled_from(" -./"))
def test_tables_of_figures_are_left_alone_unless_a_figure_is_a_number_by_its_check(figures, between):
    said = between.join(map(str, figures))
    assert "*" not in without_personal_numbers(said) or any(
        is_identity_number("".join(map(str, figures))[at : at + 18]) for at in range(300)
    )


def test_a_long_table_is_searched_in_no_time():
    said = " ".join(str(n % 97) for n in range(20_000))
    assert min(timeit.repeat(lambda: holds_personal_number(said), number=1, repeat=3)) < 0.5


@given(st.text())
def test_what_was_masked_holds_no_number_any_more(said):
    assert not holds_personal_number(without_personal_numbers(said))


@given(st.text(max_size=20), numbers(), st.text(max_size=20))
def test_a_number_never_survives_in_any_text(before, number, after):
    said = f"{before} {number} {after}"
    assert number not in without_personal_numbers(said)


def test_a_log_line_is_searched_in_no_time():
    line = "GET /facilities/370102001001/?page=2 200 in 0.0123 s by account 42, request 7f3a9c " * 3
    seconds = min(timeit.repeat(lambda: without_personal_numbers(line), number=1000, repeat=3)) / 1000
    assert seconds < 0.0005
