"""How large answers are on their way out of a function: where a page ends, what no answer may be.

Lambda hands on 6,291,556 bytes at most, and of a larger answer nothing at all. What it counts is
JSON in which the body is a string, so a quote or a backslash of the body takes two bytes.
"""

from collections.abc import Iterable
from itertools import takewhile

import msgspec

from waypost.errors import TooMuch

PAGE_BYTES = 4_500_000
# The rest is for the headers, each of which is told twice.
MOST_BYTES = 6_200_000
_encode = msgspec.json.Encoder().encode


def escaped(body: bytes) -> int:
    """How many bytes a body in JSON takes as a string in JSON."""
    return len(body) + body.count(b'"') + body.count(b"\\")


class Room:
    """What is left of a page while rows are taken for it."""

    def __init__(self) -> None:
        self._left, self._empty = PAGE_BYTES, True

    def takes(self, row: object) -> bool:
        """Whether the row is on the page too; the first always is."""
        self._left -= escaped(_encode(row)) + 1
        first, self._empty = self._empty, False
        return first or self._left >= 0


def fitting(rows: Iterable[object]) -> int:
    """How many of the rows, from the first on, a page holds: one at least, if there is one."""
    return sum(1 for _ in takewhile(Room().takes, rows))


def check(body: str | bytes) -> None:
    """Raises `TooMuch` for a body that no function can answer with."""
    # Of a text that fits with four bytes for each character, each escaped, nothing is measured.
    if len(body) * 8 > MOST_BYTES:
        data = body.encode() if isinstance(body, str) else body
        if escaped(data) > MOST_BYTES:
            raise TooMuch
