"""Rows of a CSV file in stretches: as a table where each line is one good row, else row by row."""

import csv
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

from msgspec import Struct

from waypost.sources.formats import csv_rows
from waypost.sources.formats.csv_rows import MAX_RECORD_CHARS, Lines, Row

_FIRST = itemgetter(slice(0, 1))


class Stretch(Struct):
    """Some rows in a row; `first` is the place of the first one among all, `line` its line.

    `cells` are those of all rows, `lines` their texts; None where any of them is unusual, which
    leaves `rows`. Cells may have outer space.
    """

    first: int
    line: int
    lines: list[str] = []
    cells: list[list[str]] | None = None
    rows: list[Row] = []

    def __len__(self) -> int:
        return len(self.rows) or len(self.lines)

    def row(self, place: int) -> Row:
        """The row in a place of the stretch, counted from 0."""
        if self.cells is None:
            return self.rows[place]
        return Row(self.line + place, self.cells[place], None, self.lines[place])

    def column(self, place: int) -> Iterator[str]:
        """The cells of one column, of all rows that have it."""
        rows = self.cells if self.cells is not None else [row.cells for row in self.rows]
        return (cells[place].strip() for cells in rows if place < len(cells))


def stretches(lines: Lines, separator: str, size: int) -> Iterator[Stretch]:
    """All rows in stretches of `size`, which are the same whichever way they are read.

    Where reading breaks off, the rows before come first.
    """
    first = 0
    while some := lines.take(size):
        cells = _table(some, separator)
        if cells is not None:
            stretch = Stretch(first, lines.number - len(some) + 1, some, cells)
        else:
            lines.give_back(len(some))
            stretch = Stretch(first, 0, rows=_row_by_row(lines, separator, size))
        if len(stretch):
            yield stretch
        first += len(stretch)


def _table(lines: list[str], separator: str) -> list[list[str]] | None:
    """The cells of lines of which each is one good row, at a tenth of what they cost alone."""
    text = "\n".join(lines)
    if not _is_plain(text, lines, separator):
        return None
    if len(text) > MAX_RECORD_CHARS and max(map(len, lines)) > MAX_RECORD_CHARS:
        return None
    if '"' not in text:
        return [line.split(separator) for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    # A record of several lines has bounds of its own.
    return rows if len(rows) == len(lines) else None


def _is_plain(text: str, lines: list[str], separator: str) -> bool:
    """Whether no line is blank, and no character one that no row may hold."""
    if "\0" in text:
        return False
    # Only a line that begins with nothing can be blank.
    if not {"", separator, " ", "\t"}.isdisjoint(map(_FIRST, lines)) and any(
        csv_rows.is_blank(line, separator) for line in lines
    ):
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _row_by_row(lines: Lines, separator: str, size: int) -> list[Row]:
    rows: list[Row] = []
    try:
        rows.extend(islice(csv_rows.rows(lines, separator), size))
    except Exception:
        # It is raised again by whoever reads on.
        if not rows:
            raise
    return rows
