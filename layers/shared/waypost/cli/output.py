"""What the commands print: data on stdout, messages on stderr, nothing that moves the cursor."""

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, TextIO

FAILED = 1
USAGE = 2
PARTIAL = 3


class Failure(Exception):
    """Ends the command with one line on stderr that names the remedy."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def note(message: str) -> None:
    """A message for a person."""
    print(printable(message), file=sys.stderr)


def data(text: str) -> None:
    """A line of the answer. Shown at once, for whoever reads the pipe."""
    print(text, flush=True)


def many(count: int, noun: str) -> str:
    """`1 row`, `1,000 rows`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def json_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def colourful(stream: TextIO) -> bool:
    """Whether a stream may get colour and moving bars: a terminal, and no NO_COLOR."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if colourful(sys.stdout) else text


def printable(text: str) -> str:
    """The text with every control character spelled out: names come from strangers."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Aligned columns: numbers to the right with thousands apart, text to the left."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [any(_is_number(row[n]) for row in rows) for n in range(len(columns))]
    widths = [
        max([width(name), *(width(row[n]) for row in cells)]) for n, name in enumerate(columns)
    ]
    lines = [
        "  ".join(_padded(*cell) for cell in zip(row, widths, right, strict=True)).rstrip()
        for row in [list(columns), *cells]
    ]
    return "\n".join([bold(lines[0]), *lines[1:]])


def width(text: str) -> int:
    """How many columns a terminal gives a text."""
    # An accent stands on the letter before it; East Asian letters take two columns.
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def _padded(text: str, size: int, right: bool) -> str:
    gap = " " * (size - width(text))
    return gap + text if right else text + gap


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if _is_number(value) else printable(str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
