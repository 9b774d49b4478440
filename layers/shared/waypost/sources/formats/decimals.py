"""Numbers of a file as people write them: 2.5, 2,5, 1.234,5, 1 234.5; and which mark is which."""

import re
from typing import Literal

Mark = Literal[".", ","]
_MARKS: tuple[Mark, Mark] = (".", ",")
_SPACES = re.compile("[\\s\u00a0\u202f'’]")
# One mark and three digits behind it: a thousand, or one and no thousandths.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_GROUPED = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII),
}
_PLAIN = {
    ".": re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE),
    ",": re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE),
}


def is_either(text: str) -> bool:
    """Whether a number may be a thousand times what it may be: `1.000`."""
    return _EITHER.fullmatch(_SPACES.sub("", text)) is not None


def marks(text: str) -> set[Mark]:
    """The decimal marks that a number shows; none for a whole one, or for what is no number."""
    bare = _SPACES.sub("", text)
    return {mark for mark in _MARKS if _is_of(bare, mark)}


def as_number(text: str, mark: Mark | None) -> str:
    """The number with a point and no groups, as `float` reads it; other text as it is.

    Without a mark each text speaks for itself.
    """
    bare = _SPACES.sub("", text)
    if mark is None:
        mark = next((own for own in _MARKS if _is_of(bare, own)), None)
    if mark is None or not _is_of(bare, mark):
        return text
    grouping = "." if mark == "," else ","
    return bare.replace(grouping, "").replace(mark, ".")


def _is_of(bare: str, mark: Mark) -> bool:
    return bool(_GROUPED[mark].fullmatch(bare) or _PLAIN[mark].fullmatch(bare))
