"""A file as a stream of rows in constant memory: CSV, JSON array, NDJSON; gzipped or not."""

import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TypeVar

from waypost.errors import Malformed
from waypost.event import MAX_EVENT_BYTES, Batch, ItemError
from waypost.sources import planhat, planhat_csv
from waypost.sources.formats import csv_rows
from waypost.sources.formats.json_items import balanced, line_items, marked

T = TypeVar("T")
_LINE = 1_000_000
_BLOCK = 1 << 20
_MAX_ITEM = 1_000_000
# As in `bodies`: a string ends on its own line. A quote whose line is not all here is captured.
_INSIDE = r'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+'
_TOKEN = re.compile(rf'"{_INSIDE}"|"(?={_INSIDE}\\?\n)|(")|\\.|[\[\]{{}},]', re.DOTALL)
_BROKEN = (Malformed, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError)
_ENDS = "the JSON text ends in the middle of an item, or has a bracket too many"
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


class Counted(io.RawIOBase):
    """A byte stream that knows how much of it has been read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Fills the buffer, whatever bits the stream comes in: `peek` sees a mark as a whole."""
        size = 0
        while size < len(buffer) and (data := self._stream.read(len(buffer) - size)):
            buffer[size : size + len(data)] = data
            size += len(data)
        self.bytes_read += size
        return size


def batches(stream: Counted, received: int, size: int) -> Iterator[Batch]:
    """The file in stretches of `size` rows, each judged row by row.

    Raises `Malformed` where the file as a whole, or from some row on, cannot be read; every row
    before that comes first.
    """
    try:
        text = as_text(stream)
        number, first = first_line(text)
        if first.lstrip()[:1] in ("{", "["):
            yield from _json_batches((number, first.lstrip()), text, received, size)
        else:
            yield from _csv_batches((number, first), text, received, size)
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
    if codec := marked(mark):
        return io.TextIOWrapper(plain, encoding=codec, newline=None)
    return io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline=None)


def first_line(text: io.TextIOWrapper) -> tuple[int, str]:
    """The first line that is not blank, with its number. Raises `Malformed` for an empty file."""
    for number, line in enumerate(iter(lambda: text.readline(_LINE), ""), start=1):
        if line.strip():
            return number, line
    raise Malformed("the file is empty", code="empty_body")


def _csv_batches(
    header: tuple[int, str], text: io.TextIOWrapper, received: int, size: int
) -> Iterator[Batch]:
    table = planhat_csv.Table(header[1])
    rows = enumerate(csv_rows.rows(text_lines(text), table.separator, first_line=header[0] + 1))
    for some in _stretches(rows, size):
        batch = Batch()
        planhat_csv.fill(batch, some, table, received)
        yield batch


def _json_batches(
    first: tuple[int, str], text: io.TextIOWrapper, received: int, size: int
) -> Iterator[Batch]:
    items = enumerate(json_items(*first, text))
    for some in _stretches(items, size):
        batch = Batch()
        for n, (line, item) in some:
            _judge(batch, n, line, item, received)
        yield batch


def text_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, each cut at `_LINE` characters."""
    while line := text.readline(_LINE):
        yield line
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


def _judge(batch: Batch, n: int, line: int | None, item: bytes, received: int) -> None:
    if len(item) < _MAX_ITEM:
        planhat.judge(batch, n, item, received, line)
    else:
        error = ItemError("event_too_large", f"an event may take {MAX_EVENT_BYTES} bytes as JSON")
        batch.rejects.append(error.reject(n, item.decode("utf-8", "replace"), line))


def _bytes(text: str) -> bytes:
    """The bytes as they stand in the file, whether they are UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def json_items(
    number: int, first: str, text: io.TextIOWrapper
) -> Iterator[tuple[int | None, bytes]]:
    """The items of a JSON file, with their line where each has one of its own."""
    if first[0] == "{" and len(first) < _LINE and balanced(_bytes(first)):
        for at, line in enumerate(itertools.chain([first], text_lines(text)), start=number):
            for item in line_items(_bytes(line)):
                yield at, bytes(item)
        return
    blocks = itertools.chain([first], iter(lambda: text.read(_BLOCK), ""), "\n")
    for piece in _split(blocks, depth=1 if first[0] == "[" else 0):
        yield None, _bytes(piece)


def _split(blocks: Iterable[str], depth: int) -> Iterator[str]:
    """Items at `depth` brackets of a text that comes in blocks; an item may be anything inside."""
    buffer, at, level, start, over = "", 0, 0, 0, False
    for block in blocks:
        buffer, at, start = buffer[start:] + block, at - start, 0
        if len(buffer) > _MAX_ITEM + 2 * _BLOCK:
            raise Malformed(f"an item is longer than {_MAX_ITEM} characters, or never ends")
        for token in _TOKEN.finditer(buffer, at):
            if token[1]:
                break
            if over:
                raise Malformed(_ENDS)
            at = token.end()
            step = _STEP.get(token[0], 0)
            if depth and step > 0 and level == 0:
                start = at
            level += step
            ends = level == depth and (token[0] == "," or (step < 0 and not depth))
            if ends or (step < 0 and level < depth):
                end = token.end() if not depth else token.start()
                if item := buffer[start:end].strip(", \r\n\t"):
                    yield item
                start, over = at, level < depth
    if level or buffer[start:].strip(" \r\n\t" if depth else ", \r\n\t"):
        raise Malformed(_ENDS)
