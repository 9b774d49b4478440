"""A file as a stream of rows in constant memory: CSV, JSON array, NDJSON; gzipped or not."""

import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

from waypost.errors import Malformed
from waypost.event import MAX_EVENT_BYTES, Batch, ItemError
from waypost.sources import planhat, planhat_csv
from waypost.sources.formats import csv_rows, splitter
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.json_items import marked
from waypost.sources.formats.placeholders import PlaceholderList, placeholder_list
from waypost.tenants import NO_CHANGES, Placeholders

T = TypeVar("T")
# Where a line or an item without end is cut: far beyond any event, and little memory.
_LINE = 1_000_000
_BLOCK = 1 << 20
_MAX_ITEM = 1_000_000
_BROKEN = (Malformed, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError)


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


def batches(
    stream: Counted, received: int, size: int, changes: Placeholders = NO_CHANGES
) -> Iterator[Batch]:
    """The file in stretches of `size` rows, each judged row by row.

    Raises `Malformed` where the file as a whole, or from some row on, cannot be read; every row
    before that comes first.
    """
    listed = placeholder_list(changes)
    try:
        text = as_text(stream)
        number, first = first_line(text)
        if first.lstrip()[:1] in ("{", "["):
            yield from _json_batches((number, first.lstrip()), text, received, size, listed)
        else:
            yield from _csv_batches((number, first), text, received, size, listed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Malformed(f"the gzip stream is damaged or ends too early: {error}") from None
    except UnicodeDecodeError:
        raise Malformed(
            "the file begins as UTF-16 and does not go on so; save it as UTF-8", code="bad_encoding"
        ) from None


def as_text(stream: io.RawIOBase) -> io.TextIOWrapper:
    """The stream as text: inflated, decoded by its byte-order mark or as UTF-8.

    A byte that is not UTF-8 becomes half a surrogate pair, for its row to be refused by.
    """
    plain: io.BufferedReader | gzip.GzipFile = io.BufferedReader(stream, _BLOCK)
    if plain.peek(2)[:2] == b"\x1f\x8b":
        plain = gzip.GzipFile(fileobj=plain)
    mark = plain.peek(4)[:4]
    if mark[:2] == b"\x1f\x8b":
        raise Malformed("the file is gzipped twice; gzip it once", code="double_gzip")
    # `newline=""` leaves line ends as they are: within a JSON string they belong to its item.
    if codec := marked(mark):
        return io.TextIOWrapper(plain, encoding=codec, newline="")
    return io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="")


def first_line(text: io.TextIOWrapper) -> tuple[int, str]:
    """The first line that is not blank, with its number. Raises `Malformed` for an empty file."""
    for number, line in enumerate(iter(lambda: text.readline(_LINE), ""), start=1):
        if line.strip():
            return number, line
    raise Malformed("the file is empty", code="empty_body")


def _csv_batches(
    header: tuple[int, str],
    text: io.TextIOWrapper,
    received: int,
    size: int,
    listed: PlaceholderList,
) -> Iterator[Batch]:
    table = planhat_csv.Table(header[1])
    rows = enumerate(csv_rows.rows(text_lines(text), table.separator, first_line=header[0] + 1))
    for some in _stretches(rows, size):
        batch = Batch()
        planhat_csv.fill(batch, some, table, Clock(received), listed)
        yield batch


def _json_batches(
    first: tuple[int, str],
    text: io.TextIOWrapper,
    received: int,
    size: int,
    listed: PlaceholderList,
) -> Iterator[Batch]:
    items = enumerate(json_items(*first, text))
    for some in _stretches(items, size):
        batch, clock = Batch(), Clock(received, historical=True)
        for n, (line, item) in some:
            _judge(batch, n, line, item, clock, listed)
        batch.rejects += clock.notes()
        yield batch


def text_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, each cut at `_LINE` characters; however they end, with a line feed."""
    while line := text.readline(_LINE):
        yield line if "\r" not in line else line.rstrip("\r\n") + "\n"
        # The rest of a line that was cut is skipped: it would count as rows of its own.
        while len(line) == _LINE and line[-1] != "\n":
            line = text.readline(_LINE)


def _stretches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """The rows in lists of `size`; where reading them breaks off, those before come first."""
    broken = None
    while broken is None:
        some: list[T] = []
        try:
            some.extend(itertools.islice(rows, size))
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


def _bytes(text: str) -> bytes:
    """The bytes as they stand in the file, whether they are UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def json_items(
    number: int, first: str, text: io.TextIOWrapper
) -> Iterator[tuple[int | None, bytes]]:
    """The items of a JSON file, with their line where each has one of its own."""
    blocks = itertools.chain([first], iter(lambda: text.read(_BLOCK), ""))
    return splitter.split(map(_bytes, blocks), _MAX_ITEM, number)
