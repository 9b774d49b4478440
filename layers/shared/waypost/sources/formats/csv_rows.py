"""
Rows of a CSV file, each with the line that it began on, however broken its neighbours are.

Python's csv module turns an unclosed quote into one giant row. Here a record may span at most
`MAX_RECORD_LINES` lines; where it does not end in time, its first line alone is reported and
reading goes on with the next.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waypost.event import ItemError

MAX_RECORD_LINES = 100
MAX_RECORD_CHARS = 64 * 1024
_DELIMITERS = ",;\t|"
_QUOTED = re.compile('"[^"]*"')
_LEAST_PATIENCE = 4
_MAX_WASTED = 10_000  # a hundred quotes that were never closed, at MAX_RECORD_LINES each


@dataclass(slots=True)
class Row:
    """One row: the line it began on (from 1), its cells, or the error that made it unreadable."""

    line: int
    cells: list[str]
    error: ItemError | None = None
    text: str = ""


def delimiter(header: str) -> str:
    """The delimiter of a file, told from its header line alone."""
    # The comma comes first, so it wins a tie: a header of one column has no delimiter at all.
    return max(_DELIMITERS, key=_QUOTED.sub("", header).count)


def rows(lines: Iterable[str], separator: str, *, first_line: int = 1) -> Iterator[Row]:
    """The rows of text lines, with or without their line ends; blank ones are left out."""
    source = _Lines(iter(lines), first_line)
    while (line := source.pop()) is not None:
        # Without a quote there is nothing that the csv module knows better, and it is slower.
        if '"' not in line:
            if text := line.rstrip("\r\n"):
                yield _plain(source.number, text, separator)
        else:
            yield _quoted(source, line, separator)


class _Lines:
    """Lines that can be given back, with the number of the last one taken."""

    def __init__(self, lines: Iterator[str], first_line: int) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self._wasted = 0
        self.number = first_line - 1

    def pop(self) -> str | None:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        self.number += line is not None
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extendleft(reversed(lines))
        self._wasted += len(lines)  # they were read, and will be read again
        self.number -= len(lines)

    def patience(self) -> int:
        """How many lines a record may span here: few where most quotes before were never closed.

        So a file of nothing but open quotes is read four times over, not a hundred times.
        """
        left = _MAX_WASTED + _LEAST_PATIENCE * self.number - self._wasted
        return min(MAX_RECORD_LINES, max(_LEAST_PATIENCE, left))

    def record(self, taken: list[str]) -> Iterator[str]:
        """The line in `taken`, then one more each time the reader of a record asks; all noted."""
        size = len(taken[0])
        yield taken[0]
        while len(taken) < self.patience() and size < MAX_RECORD_CHARS:
            if (line := self.pop()) is None:
                return
            taken.append(line)
            size += len(line)
            yield line


def _plain(number: int, text: str, separator: str) -> Row:
    if len(text) > MAX_RECORD_CHARS:
        return _too_long(number, text)
    return Row(number, text.split(separator), None, text)


def _quoted(source: _Lines, line: str, separator: str) -> Row:
    """A row with quotes: as many lines as it takes, or its first line alone where that fails."""
    number, text, taken = source.number, line.rstrip("\r\n"), [line]
    if len(text) > MAX_RECORD_CHARS:
        return _too_long(number, text)
    try:
        # `strict`, or a quote that is never closed would take in the lines behind it unnoticed.
        cells = next(csv.reader(source.record(taken), delimiter=separator, strict=True))
    except csv.Error as error:
        # The lines behind the first may be rows of their own: only the first one is lost.
        source.give_back(taken[1:])
        if len(taken) > 1 or "unexpected end" in str(error):
            return _unreadable(number, text, "unclosed_quote", "a quote is never closed")
        return _unreadable(number, text, "stray_quote", "a quote inside quotes is not doubled")
    whole = "".join(taken).rstrip("\r\n")
    if len(whole) > MAX_RECORD_CHARS:
        source.give_back(taken[1:])
        return _too_long(number, text)
    return Row(number, cells, None, whole)


def _too_long(number: int, text: str) -> Row:
    return _unreadable(number, text, "row_too_long", f"over {MAX_RECORD_CHARS} characters")


def _unreadable(number: int, text: str, code: str, why: str) -> Row:
    return Row(
        number, [], ItemError(code, f"line {number}: {why}; fix the row and load it again"), text
    )
