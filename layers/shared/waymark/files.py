"""A file as a stream of rows in constant memory: CSV, JSON array, NDJSON; gzipped or not."""

import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from waymark import tabular
from waymark.dialects import Batch, planhat, planhat_csv
from waymark.errors import Malformed
from waymark.event import ItemError

_LINE = 1_000_000
_BLOCK = 1 << 20
_MAX_ITEM = 1_000_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|"', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


class Counted(io.RawIOBase):
    """A byte stream that knows how much of it has been read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.bytes_read += len(data)
        return len(data)


def batches(stream: Counted, received: int, size: int) -> Iterator[Batch]:
    """The file in stretches of `size` rows, each judged row by row.

    Raises `Malformed` where the file as a whole, or from some row on, cannot be read.
    """
    try:
        text = _text(stream)
        number, first = _first_line(text)
        if first[:1] in ("{", "["):
            yield from _json_batches((number, first), text, received, size)
        else:
            yield from _csv_batches((number, first), text, received, size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Malformed(f"the gzip stream is damaged or ends too early: {error}") from None
    except UnicodeDecodeError:
        raise Malformed(
            "the file begins as UTF-16 and does not go on so; save it as UTF-8", code="bad_encoding"
        ) from None


def _text(stream: io.RawIOBase) -> io.TextIOWrapper:
    plain = io.BufferedReader(stream, _BLOCK)
    if plain.peek(2)[:2] == b"\x1f\x8b":
        plain = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=plain)), _BLOCK)
    mark = plain.peek(4)[:4]
    codec = "utf-16" if mark[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    errors = "strict" if codec == "utf-16" else "surrogateescape"
    return io.TextIOWrapper(plain, encoding=codec, errors=errors, newline=None)


def _first_line(text: io.TextIOWrapper) -> tuple[int, str]:
    for number, line in enumerate(iter(lambda: text.readline(_LINE), ""), start=1):
        if line.strip():
            return number, line.lstrip()
    raise Malformed("the file is empty", code="empty_body")


def _csv_batches(
    header: tuple[int, str], text: io.TextIOWrapper, received: int, size: int
) -> Iterator[Batch]:
    table = planhat_csv.Table(header[1])
    lines = iter(lambda: text.readline(_LINE), "")
    rows = enumerate(tabular.rows(lines, table.separator, first_line=header[0] + 1))
    while some := list(itertools.islice(rows, size)):
        batch = Batch()
        planhat_csv.fill(batch, some, table, received)
        yield batch


def _json_batches(
    first: tuple[int, str], text: io.TextIOWrapper, received: int, size: int
) -> Iterator[Batch]:
    items = enumerate(_json_items(*first, text))
    while some := list(itertools.islice(items, size)):
        batch = Batch()
        for n, (line, item) in some:
            _judge(batch, n, line, item, received)
        yield batch


def _judge(batch: Batch, n: int, line: int | None, item: str, received: int) -> None:
    try:
        event = planhat.to_event(planhat.read(_bytes(item)), received, len(item))
    except ItemError as error:
        batch.rejects.append(error.reject(n, item, line))
    else:
        event.n = n
        batch.events.append(event)


def _bytes(item: str) -> bytes:
    try:
        return item.encode()
    except UnicodeEncodeError:
        raise ItemError("bad_encoding", "the item is not UTF-8; save the file as UTF-8") from None


def _json_items(
    number: int, first: str, text: io.TextIOWrapper
) -> Iterator[tuple[int | None, str]]:
    if first[0] == "{" and _is_whole(first):
        lines = itertools.chain([first], iter(lambda: text.readline(_LINE), ""))
        for at, line in enumerate(lines, start=number):
            if item := line.strip().rstrip(","):
                yield at, item
        return
    blocks = itertools.chain([first], iter(lambda: text.read(_BLOCK), ""))
    for item in _split(blocks, depth=1 if first[0] == "[" else 0):
        yield None, item


def _is_whole(line: str) -> bool:
    return sum(_STEP.get(token[0], 0) for token in _TOKEN.finditer(line)) == 0


def _split(blocks: Iterable[str], depth: int) -> Iterator[str]:
    """Items at `depth` brackets of a text that comes in blocks; an item may be anything inside."""
    buffer, at, level, start = "", 0, 0, 0
    for block in blocks:
        buffer, at, start = buffer[start:] + block, at - start, 0
        if len(buffer) > _MAX_ITEM + 2 * _BLOCK:
            raise Malformed(f"an item is longer than {_MAX_ITEM} characters, or never ends")
        for token in _TOKEN.finditer(buffer, at):
            if token[0] == '"':
                break
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
                start = at
    if level or buffer[start:].strip():
        raise Malformed("the JSON text ends in the middle of an item, or has a bracket too many")
