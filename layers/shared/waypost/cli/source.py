"""A file to load, seen as the loader sees it: its format, and its rows by number."""

import gzip
import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from waypost.errors import Malformed
from waypost.sources import planhat_header
from waypost.sources.formats import csv_header, csv_rows, files, text_blocks
from waypost.sources.formats.csv_header import Header
from waypost.sources.formats.csv_rows import Lines
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.sources.formats.text_blocks import Blocks

# What a damaged file raises on the way; the loader's own verdict on it is the one that counts.
UNREADABLE = (EOFError, zlib.error, gzip.BadGzipFile, UnicodeError, Malformed)


@dataclass(slots=True)
class Row:
    """One row or item: the line that it begins on, where that is known, and its text."""

    line: int | None
    text: str
    cells: list[str]


class Source:
    """The rows of a CSV or JSON stream, gzipped or not, read from where the stream stands.

    Uses the loader's own readers, since `index` in its row errors counts what they yield. `line`
    is that of the first line that is not blank, `first` its text. Raises one of `UNREADABLE` where
    the stream holds nothing.
    """

    def __init__(self, stream: BinaryIO, reading: Reading = NO_READING) -> None:
        self.reading = reading
        # Counted, since what reads a stream closes it at its end, and this one is read again.
        blocks = Blocks(files.Counted(stream), reading.encoding)
        self._head, self._rest = files.begun(iter(blocks))
        text = self._head.lstrip()
        self.first = text.partition("\n")[0].rstrip("\r")
        self.line = self._head[: len(self._head) - len(text)].count("\n") + 1
        told = reading.delimiter or reading.header is not None
        self.is_csv = bool(told) or self.first[:1] not in ("{", "[")

    def table(self) -> tuple[Header, Iterator[Row]]:
        """The header of a CSV and the rows behind it; to be asked for once."""
        lines = self._lines()
        header = csv_header.read(lines, self.reading, planhat_header.known)
        return header, _rows(lines, header.separator)

    def rows_below(self, separator: str) -> Iterator[Row]:
        """The rows of a CSV behind its first line, whatever that says; to be asked for once."""
        lines = self._lines()
        while (line := lines.pop()) is not None and not line.strip():
            pass
        return _rows(lines, separator)

    def items(self) -> Iterator[Row]:
        """The items of JSON; to be asked for once."""
        text = itertools.chain([self._head.lstrip()], self._rest)
        for line, item in files.json_items(self.line, text):
            yield Row(line, item.decode("utf-8", "surrogateescape"), [])

    def rows(self) -> Iterator[Row]:
        """The rows of a CSV behind its header, or the items of JSON; to be asked for once."""
        return self.table()[1] if self.is_csv else self.items()

    def lines(self) -> Iterator[str]:
        """All lines from the first one on that is not blank; to be asked for once."""
        lines = self._lines()
        while (line := lines.pop()) is not None:
            yield line

    def _lines(self) -> Lines:
        return Lines(text_blocks.lines(itertools.chain([self._head], self._rest)))


def _rows(lines: Lines, separator: str) -> Iterator[Row]:
    for row in csv_rows.rows(lines, separator):
        yield Row(row.line, row.text, row.cells)
