"""The credit code's check character, on the vectors of real certificates."""

import pytest
from django.core.exceptions import ValidationError

from organizations.codes import validate_credit_code

GOOD = ["91110000600037341L", "11330106002489123Y", "54330106ME1234567X", "N2330106MF1234567L"]


@pytest.mark.parametrize("code", GOOD)
def test_a_code_with_the_right_check_passes(code):
    validate_credit_code(code)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91110000600037341", "length"),
        ("91110000600037341LL", "length"),
        ("91110000600037341l", "alphabet"),
        ("9111000060003734IL", "alphabet"),
        ("91110000600037341M", "check"),
        ("91110000600037314L", "check"),
    ],
)
def test_a_wrong_code_is_refused_and_says_what_is_wrong(code, why):
    with pytest.raises(ValidationError) as refused:
        validate_credit_code(code)
    assert refused.value.code == why
