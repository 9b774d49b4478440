"""A file as a stream of rows in constant memory: CSV, JSON array, NDJSON; gzipped or not."""

import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from waypost.errors import Malformed
from waypost.event import MAX_EVENT_BYTES, Batch, ItemError
from waypost.sources import planhat, planhat_csv_columns, planhat_header
from waypost.sources.formats import csv_header, csv_stretches, csv_survey, splitter, text_blocks
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.csv_rows import Lines
from waypost.sources.formats.csv_survey import Survey
from waypost.sources.formats.placeholders import PlaceholderList, placeholder_list
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.sources.formats.text_blocks import Blocks
from waypost.sources.planhat_csv import Table, Undecided
from waypost.tenants import NO_CHANGES, Placeholders

T = TypeVar("T")
_MAX_ITEM = 1_000_000  # where an item without end is cut
_BROKEN = (Malformed, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError)
# So many rows take little enough memory to be had again while it is still in the cache.
_FEW = 500
_SURVEYED = 5_000


class Counted(io.RawIOBase):
    """A byte stream that knows how much of it has been read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Fills the whole buffer, also from a stream that comes in small pieces.

        Otherwise a `peek` could see no more than half of a byte-order mark.
        """
        size = 0
        while size < len(buffer) and (data := self._stream.read(len(buffer) - size)):
            buffer[size : size + len(data)] = data
            size += len(data)
        self.bytes_read += size
        return size


class File:
    """One file, seen up to its first row. `table` is that of a CSV file, None for one of JSON,
    which begins with a bracket unless `is_csv` or a CSV's delimiter or header is told.

    Raises `Malformed` where it holds nothing or is nothing that can be read, and `Undecided` where
    all of it has to be surveyed before its header is.
    """

    def __init__(
        self,
        stream: io.RawIOBase | BinaryIO,
        reading: Reading = NO_READING,
        *,
        is_csv: bool = False,
    ) -> None:
        self.table: Table | None = None
        self._reading = reading
        with _whole_stream():
            blocks = Blocks(stream, reading.encoding)
            self._head, self._text = begun(iter(blocks))
        is_csv = is_csv or reading.delimiter is not None or reading.header is not None
        if is_csv or self._head.lstrip()[:1] not in ("{", "["):
            self.table = self._table(blocks)

    def batches(
        self, received: int, size: int, changes: Placeholders = NO_CHANGES
    ) -> Iterator[Batch]:
        """The rows, each judged by itself, in batches of which one ends after every `size`-th row;
        to be asked for once. What is noted is told there, or at the end in a batch of no rows.

        Raises `Malformed` where the file cannot be read from some row on, and `Undecided` before a
        batch that the whole file has to be surveyed for. Every row before that comes first.
        """
        listed = placeholder_list(changes)
        with _whole_stream():
            if self.table is None:
                yield from self._json_batches(received, size, listed)
            else:
                yield from self._csv_batches(self.table, received, size, listed)

    def survey(self) -> Survey:
        """What all rows say of how they are read; instead of `batches`."""
        if self.table is None:
            return Survey(self._reading)
        separator = self.table.header.separator
        with _whole_stream():
            rows = csv_stretches.stretches(self._lines, separator, _SURVEYED)
            return csv_survey.values(rows, self.table, self._reading)

    def _table(self, blocks: Blocks) -> Table:
        self._lines = Lines(text_blocks.lines(itertools.chain([self._head], self._text)))
        with _whole_stream():
            try:
                header = csv_header.read(self._lines, self._reading, planhat_header.known)
            except Malformed:
                # Bytes that are none of UTF-8 may be letters of its names.
                if blocks.is_guess and csv_survey.is_broken(self._head):
                    raise Undecided from None
                raise
        return Table(header, self._reading, blocks.is_guess)

    def _csv_batches(
        self, table: Table, received: int, size: int, listed: PlaceholderList
    ) -> Iterator[Batch]:
        clock, broken = Clock(received, historical=True), None
        few = min(size, _FEW) if size % _FEW == 0 else size
        stretches = csv_stretches.stretches(self._lines, table.header.separator, few)
        while True:
            try:
                stretch = next(stretches, None)
            except _BROKEN as error:
                stretch, broken = None, error
            if stretch is None:
                break
            batch = planhat_csv_columns.judged(stretch, table, clock, listed)
            if (stretch.first + len(stretch)) % size == 0:
                batch.rejects += clock.notes()
                clock = Clock(received, historical=True)
            yield batch
        if notes := list(clock.notes()):
            yield Batch(rejects=notes)
        if broken is not None:
            raise broken

    def _json_batches(self, received: int, size: int, listed: PlaceholderList) -> Iterator[Batch]:
        text = self._head.lstrip()
        above = self._head[: len(self._head) - len(text)].replace("\r\n", "\n").replace("\r", "\n")
        items = json_items(above.count("\n") + 1, itertools.chain([text], self._text))
        for some in _stretches(enumerate(items), size):
            batch, clock = Batch(), Clock(received, historical=True)
            for n, (line, item) in some:
                _judge(batch, n, line, item, clock, listed)
            batch.rejects += clock.notes()
            yield batch


def batches(
    stream: io.RawIOBase | BinaryIO,
    received: int,
    size: int,
    changes: Placeholders = NO_CHANGES,
    reading: Reading = NO_READING,
) -> Iterator[Batch]:
    """The rows of a file; raises as `File` does."""
    yield from File(stream, reading).batches(received, size, changes)


def survey(
    stream: io.RawIOBase | BinaryIO, again: io.RawIOBase | BinaryIO, reading: Reading = NO_READING
) -> Survey:
    """What a file of which something is undecided says as a whole; it is read twice.

    `stream` and `again` are the same file, each at its start.
    """
    with _whole_stream():
        blocks = Blocks(stream, reading.encoding)
        if blocks.is_guess:
            encoding = csv_survey.encoding(text_blocks.lines(iter(blocks)))
            reading = csv_survey.with_encoding(reading, encoding)
    return File(again, reading).survey()


@contextmanager
def _whole_stream() -> Iterator[None]:
    """Says of a stream that breaks off that it does. Raises `Malformed`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Malformed(f"the gzip stream is damaged or ends too early: {error}") from None
    except UnicodeDecodeError as error:
        name = error.encoding.upper().replace("_", "-")
        raise Malformed(
            f"the file begins as {name} and does not go on so; save it as UTF-8",
            code="bad_encoding",
        ) from None


def begun(blocks: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The text up to a block that is not blank, without lines before, and the rest."""
    head = ""
    for block in blocks:
        head += block
        if head.strip():
            return head, blocks
        if len(head) > text_blocks.LINE:
            break
    raise Malformed("the file is empty", code="empty_body")


def _stretches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`; where reading them breaks off, those before come first."""
    broken = None
    while broken is None:
        some: list[T] = []
        try:
            some.extend(itertools.islice(items, size))
        except _BROKEN as error:
            broken = error
        if some:
            yield some
        elif broken is None:
            return
    raise broken


def _judge(
    batch: Batch, n: int, line: int | None, item: bytes, clock: Clock, listed: PlaceholderList
) -> None:
    if len(item) < _MAX_ITEM:
        planhat.judge(batch, n, item, clock, listed, line)
    else:
        # It may have been cut at this length, so what it says is not looked at.
        error = ItemError("event_too_large", f"an event may take {MAX_EVENT_BYTES} bytes as JSON")
        batch.rejects.append(error.reject(n, item.decode("utf-8", "replace"), line))


def json_items(number: int, text: Iterator[str]) -> Iterator[tuple[int | None, bytes]]:
    """The items of a JSON text that begins in a line, with their lines where each has its own."""
    # The bytes as they stand in the file, whether they are UTF-8 or not.
    blocks = (block.encode("utf-8", "surrogateescape") for block in text)
    return splitter.split(blocks, _MAX_ITEM, number)
