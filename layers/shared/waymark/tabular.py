"""
Rows of a CSV file, each with the line that it began on, however broken its neighbours are.

Python's csv module turns an unclosed quote into one giant row. Here a record may span at most
`MAX_RECORD_LINES` lines; where it does not end in time, its first line alone is reported and
reading goes on with the next.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waymark.event import ItemError

MAX_RECORD_LINES = 100
MAX_RECORD_CHARS = 64 * 1024
_DELIMITERS = ",;\t|"


@dataclass(slots=True)
class Row:
    """One row: the line it began on (from 1), its cells, or the error that made it unreadable."""

    line: int
    cells: list[str]
    error: ItemError | None = None
    text: str = ""


def delimiter(header: str) -> str:
    """The delimiter of a file, told from its header line alone."""
    return max(_DELIMITERS, key=header.count)


def rows(lines: Iterable[str], separator: str, *, first_line: int = 1) -> Iterator[Row]:
    """The rows of text lines, with or without their line ends; blank ones are left out."""
    source = _Lines(iter(lines), first_line)
    while (line := source.pop()) is not None:
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
        self.number = first_line - 1

    def pop(self) -> str | None:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        self.number += line is not None
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


def _plain(number: int, text: str, separator: str) -> Row:
    if len(text) > MAX_RECORD_CHARS:
        return _unreadable(number, text, "row_too_long", f"over {MAX_RECORD_CHARS} characters")
    return Row(number, text.split(separator), None, text)


def _quoted(source: _Lines, line: str, separator: str) -> Row:
    """A row with quotes: as many lines as it takes, or its first line alone where that fails."""
    number, taken = source.number, [line]
    size = len(line)
    while (cells := _cells(taken, separator)) is None:
        more = source.pop() if len(taken) < MAX_RECORD_LINES and size < MAX_RECORD_CHARS else None
        if more is None:
            source.give_back(taken[1:])
            return _unreadable(
                number, line.rstrip("\r\n"), "unclosed_quote", "a quote is never closed"
            )
        taken.append(more)
        size += len(more)
    text = "".join(taken).rstrip("\r\n")
    if size > MAX_RECORD_CHARS:
        source.give_back(taken[1:])
        return _unreadable(number, text, "row_too_long", f"over {MAX_RECORD_CHARS} characters")
    return Row(number, cells, None, text)


def _cells(taken: list[str], separator: str) -> list[str] | None:
    """The cells of a record, or None where these lines are not a whole one."""
    if sum(line.count('"') for line in taken) % 2:
        alone = len(taken) == 1 and not _opens(taken[0], separator)
        return _loose(taken[0], separator) if alone else None
    try:
        found = list(csv.reader(["".join(taken)], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _opens(line: str, separator: str) -> bool:
    return line.startswith('"') or f'{separator}"' in line


def _loose(line: str, separator: str) -> list[str]:
    """A line whose quotes are plain text, like `5" pipe`."""
    return line.rstrip("\r\n").split(separator)


def _unreadable(number: int, text: str, code: str, why: str) -> Row:
    return Row(
        number, [], ItemError(code, f"line {number}: {why}; fix the row and load it again"), text
    )
