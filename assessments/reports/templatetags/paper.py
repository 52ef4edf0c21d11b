"""
Chinese text on paper.

WeasyPrint stretches a justified line only at spaces, and Chinese has none: `|stretch` puts a space of almost no width,
`<s> </s>`, after full-width punctuation and between Chinese characters and digits or letters, so that every line
reaches the right edge. Never before closing punctuation: a line must not begin with it; nor before an opening bracket
or quotation mark, whose left half is blank already: stretched, it would look like a gap.
"""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
CLOSING = "，。、；：？！）》〉」』】〕”’％…"
OPENING = "（《〈「『【〔“‘"
AFTER = "，。、；：？！）》〉」』】〕”"
GAP = re.compile(
    rf"(?:(?<=[{AFTER}])(?![{CLOSING}{OPENING}]|$)"
    rf"|(?<=[{HAN}])(?=[0-9A-Za-z])"
    rf"|(?<=[0-9A-Za-z%])(?=[{HAN}]))"
)
STRETCH = "<s> </s>"


@register.filter
def stretch(text: str) -> SafeString:
    """Return `text`, escaped, with a stretchable space wherever a line may give."""
    return mark_safe(GAP.sub(STRETCH, conditional_escape(text)))  # noqa: S308  escaped the line before


@register.filter
def grouped(code: str) -> str:
    """Return a check code in groups of four: 7f3a 91c2 0b6e d458."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def hanzi(number: int) -> str:
    """Return 1 to 99 as headings number them: 一, 十二."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else digits[tens]) + "十" if tens else ""
    return head + (digits[ones] if ones or not tens else "")
