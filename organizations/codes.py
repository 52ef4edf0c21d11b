"""
The unified social credit code (统一社会信用代码, GB 32100-2015) and its check character.

18 characters out of 31: digits and capitals without I, O, S, V and Z. The last one is the check: the first 17
weighed with the powers of 3, modulo 31.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def check_character(stem: str) -> str:
    """Return the 18th character for the first 17; raise ValueError for a character the code does not use."""
    weighed = sum(ALPHABET.index(character) * pow(3, n, 31) for n, character in enumerate(stem))
    return ALPHABET[-weighed % 31]


def validate_credit_code(code: str) -> None:
    """Raise ValidationError, saying what is wrong, unless `code` is a whole credit code with the right check."""
    if len(code) != LENGTH:
        raise ValidationError(
            _("A credit code has 18 characters, this one has %(length)s."),
            code="length",
            params={"length": len(code)},
        )
    strange = sorted({character for character in code if character not in ALPHABET})
    if strange:
        raise ValidationError(
            _("A credit code uses digits and capitals without I, O, S, V and Z; found: %(strange)s."),
            code="alphabet",
            params={"strange": " ".join(strange)},
        )
    if check_character(code[:-1]) != code[-1]:
        raise ValidationError(
            _("The last character does not fit the first 17; compare the code with the certificate."),
            code="check",
        )
