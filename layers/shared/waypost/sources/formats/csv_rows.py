"""
Rows of a CSV file, each with the line that it began on, however broken its neighbours are.

Python's csv module turns an unclosed quote into one giant row. Here a record may span at most
`MAX_RECORD_LINES` lines; where it does not end in time, its first line alone is reported and
reading goes on with the next. Space beside a delimiter belongs to no cell, quoted or not, and a
quote inside quotes is doubled or has a backslash before it.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from waypost.event import ItemError

MAX_RECORD_LINES = 100
MAX_RECORD_CHARS = 64 * 1024
_LEAST_PATIENCE = 4
_MAX_WASTED = 10_000  # a hundred quotes that were never closed, at MAX_RECORD_LINES each


@dataclass(slots=True)
class Row:
    """One row: the line it began on (from 1), its cells, or the error that made it unreadable."""

    line: int
    cells: list[str]
    error: ItemError | None = None
    text: str = ""


class Lines:
    """Lines without their ends, some at a time; those taken last can be given back.

    `number` is that of the last one taken. Where reading breaks off, the lines before come first.
    """

    def __init__(self, blocks: Iterable[list[str]], first_line: int = 1) -> None:
        self._blocks = iter(blocks)
        self._ready: list[str] = []
        self._at = 0
        self._broken: Exception | None = None
        self._wasted = 0
        self.number = first_line - 1

    def pop(self) -> str | None:
        """The next line; None at the end."""
        if self._at == len(self._ready):
            self._fill(1)
            if self._at == len(self._ready):
                return None
        self._at += 1
        self.number += 1
        return self._ready[self._at - 1]

    def take(self, count: int) -> list[str]:
        """The next lines, as many as there are up to `count`."""
        self._fill(count)
        taken = self._ready[self._at : self._at + count]
        self._at += len(taken)
        self.number += len(taken)
        return taken

    def give_back(self, count: int) -> None:
        """The last so many lines come again; a hundred, or those of the last `take`."""
        self._at -= count
        self.number -= count

    def waste(self, count: int) -> None:
        """Gives back what was read for nothing."""
        self.give_back(count)
        self._wasted += count

    def _fill(self, count: int) -> None:
        while self._broken is None and len(self._ready) - self._at < count:
            try:
                more = next(self._blocks, None)
            except Exception as error:
                self._broken = error
                break
            if more is None:
                break
            del self._ready[: max(0, self._at - MAX_RECORD_LINES)]
            self._at = min(self._at, MAX_RECORD_LINES)
            self._ready += more
        if self._broken is not None and self._at == len(self._ready):
            raise self._broken

    def patience(self) -> int:
        """How many lines a record may span here: few where most quotes before were never closed.

        So a file of nothing but open quotes is read four times over, not a hundred times.
        """
        left = _MAX_WASTED + _LEAST_PATIENCE * self.number - self._wasted
        return min(MAX_RECORD_LINES, max(_LEAST_PATIENCE, left))

    def record(self, taken: list[str]) -> Iterator[str]:
        """The line in `taken`, then one more each time the reader of a record asks; all noted."""
        size = len(taken[0])
        yield taken[0] + "\n"
        while len(taken) < self.patience() and size < MAX_RECORD_CHARS:
            if (line := self.pop()) is None:
                return
            taken.append(line)
            size += len(line)
            yield line + "\n"


def rows(lines: Iterable[str] | Lines, separator: str, *, first_line: int = 1) -> Iterator[Row]:
    """The rows of text lines, with or without their line ends. Blank ones are left out, and those
    of nothing but delimiters.
    """
    if not isinstance(lines, Lines):
        lines = Lines(([line.rstrip("\r\n")] for line in lines), first_line)
    while (line := lines.pop()) is not None:
        # Without a quote there is nothing that the csv module knows better, and it is slower.
        if '"' not in line:
            if not is_blank(line, separator):
                yield _plain(lines.number, line, separator)
        else:
            yield _quoted(lines, line, separator)


def is_blank(line: str, separator: str) -> bool:
    """Whether a line holds nothing, as those that a spreadsheet leaves at its end."""
    return not line.strip(f"{separator} \t")


def _plain(number: int, text: str, separator: str) -> Row:
    if len(text) > MAX_RECORD_CHARS:
        return _too_long(number, text)
    return Row(number, text.split(separator), None, text)


def _quoted(lines: Lines, line: str, separator: str) -> Row:
    """A row with quotes: as many lines as it takes, or its first line alone where that fails."""
    number, taken = lines.number, [line]
    if len(line) > MAX_RECORD_CHARS:
        return _too_long(number, line)
    try:
        # `strict`, or a quote that is never closed would take in the lines behind it unnoticed.
        reader = csv.reader(
            lines.record(taken), delimiter=separator, strict=True, skipinitialspace=True
        )
        cells = next(reader)
    except csv.Error as error:
        if (spaced := _tokens("\n".join(taken), separator)) is not None:
            return Row(number, spaced, None, "\n".join(taken))
        # The lines behind the first may be rows of their own: only the first one is lost.
        lines.waste(len(taken) - 1)
        if len(taken) > 1 and (spaced := _tokens(line, separator)) is not None:
            return Row(number, spaced, None, line)
        if len(taken) > 1 or "unexpected end" in str(error):
            return _unreadable(number, line, "unclosed_quote", "a quote is never closed")
        return _unreadable(number, line, "stray_quote", "a quote inside quotes is not doubled")
    whole = "\n".join(taken)
    if len(whole) > MAX_RECORD_CHARS:
        lines.waste(len(taken) - 1)
        return _too_long(number, line)
    return Row(number, cells, None, whole)


@lru_cache(maxsize=16)
def _token(separator: str) -> re.Pattern[str]:
    """One cell and what ends it; possessive, so that no text is looked at twice."""
    end = rf" *({re.escape(separator)}|\Z)"
    quoted = rf'"((?:[^"\\]|\\.|"")*+)"{end}'
    other = re.escape(separator)
    return re.compile(rf' *+(?:{quoted}|([^"{other}][^{other}]*+|)({other}|\Z))', re.DOTALL)


def _tokens(text: str, separator: str) -> list[str] | None:
    """The cells of a record that has space behind its quotes or quotes behind a backslash; None
    for any other.
    """
    cells, at, pattern = [], 0, _token(separator)
    while (cell := pattern.match(text, at)) is not None:
        quoted = cell[1]
        cells.append(cell[3] if quoted is None else _unescaped(quoted))
        if not (cell[2] or cell[4]):
            return cells
        at = cell.end()
    return None


def _unescaped(quoted: str) -> str:
    return quoted.replace('""', '"').replace('\\"', '"')


def _too_long(number: int, text: str) -> Row:
    return _unreadable(number, text, "row_too_long", f"over {MAX_RECORD_CHARS} characters")


def _unreadable(number: int, text: str, code: str, why: str) -> Row:
    return Row(
        number, [], ItemError(code, f"line {number}: {why}; fix the row and load it again"), text
    )
