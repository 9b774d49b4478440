"""A file to load, seen as the loader sees it: its format, and its rows by number."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from waypost.errors import Malformed
from waypost.sources.formats import csv_rows, files

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

    Uses the loader's own readers, since `index` in its row errors counts what they yield.
    Raises one of `UNREADABLE` where the stream holds nothing.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._text = files.as_text(files.Counted(stream))
        self.line, self.first = files.first_line(self._text)
        self.is_csv = self.first.lstrip()[:1] not in ("{", "[")
        self.separator = csv_rows.delimiter(self.first)

    @property
    def header(self) -> str:
        return self.first.rstrip("\r\n")

    @property
    def width(self) -> int:
        """How many columns the header names."""
        return len(next(csv_rows.rows([self.header], self.separator)).cells)

    def rows(self) -> Iterator[Row]:
        """The rows behind the header, or the items; each can be asked for once."""
        if not self.is_csv:
            for line, item in files.json_items(self.line, self.first.lstrip(), self._text):
                yield Row(line, item.decode("utf-8", "surrogateescape"), [])
            return
        lines = files.text_lines(self._text)
        for row in csv_rows.rows(lines, self.separator, first_line=self.line + 1):
            yield Row(row.line, row.text, row.cells)

    def lines(self) -> Iterator[str]:
        """All lines from the first one on that is not blank, as they stand."""
        yield self.first
        yield from self._text
