"""Names of places: the official name is kept as printed; the short name and the sorting key come from it."""

import re

from pypinyin import Style, lazy_pinyin

_ENDINGS = (
    "社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "社区居民委会", "社区居居委会",
    "居委会", "村委会", "家委会", "社区居", "社区",
)  # fmt: skip
_IN_BRACKETS = re.compile(r"[(（]筹备组[)）]$")


def short_name(name: str) -> str:
    """Return the name people say: 解放桥社区居民委员会 → 解放桥社区; nothing left → the official name."""
    bare = _IN_BRACKETS.sub("", name.strip())
    for ending in _ENDINGS:
        stem = bare.removesuffix(ending)
        if stem != bare:
            if not stem:
                return name
            return f"{stem}村" if ending.startswith("村") else f"{stem}社区"
    return bare


def pinyin_key(name: str) -> str:
    """Return the key by which names sort: their syllables without tones."""
    return " ".join(lazy_pinyin(name, style=Style.NORMAL))[:200]
