"""
Rejects file: the rows that were refused, with where and why, to be fixed and loaded again.

| source     | rejects file                                                                      |
|------------|-----------------------------------------------------------------------------------|
| CSV        | header and original rows, with two columns more: waymark_line, waymark_reason      |
| JSON       | NDJSON lines {"index", "line", "code", "message", "field", "item"}                 |

What was added is taken off again on the way up (`cleaned`), so that a fixed row is the event that
it would have been in the first place, and counts once however often either file is loaded.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import msgspec

from waymark.cli.source import UNREADABLE, Row, Source

LINE = "waymark_line"
REASON = "waymark_reason"
# A reason that needs no quotes cannot change how the rest of its row is read.
_PLAINER = {",": ";", ";": ",", "|": "/", "\t": " "}

RowError = dict[str, Any]


class _Wrapped(msgspec.Struct):
    """A line of a JSON rejects file; `item` is the text of the item, letter by letter."""

    index: int
    code: str
    message: str
    item: msgspec.Raw


def write(stream: BinaryIO, errors: list[RowError], path: Path) -> int:
    """Writes the refused rows of a source to a file; the number written."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        written = 0
        try:
            for line in _lines(Source(stream), errors):
                out.write(line + "\n")
                written += 1
        except UNREADABLE:
            pass
    return written


def is_csv(stream: BinaryIO) -> bool:
    """Whether a source is CSV; leaves the stream where it stood."""
    start = stream.tell()
    try:
        return Source(stream).is_csv
    except UNREADABLE:
        return True
    finally:
        stream.seek(start)


def _lines(source: Source, errors: list[RowError]) -> Iterator[str]:
    wanted = {error["index"]: error for error in errors}
    if source.is_csv:
        yield source.separator.join((source.header, LINE, REASON))
    for index, row in enumerate(source.rows()):
        if (error := wanted.pop(index, None)) is not None:
            yield _annotated(row, error, source.separator) if source.is_csv else _wrap(row, error)
        if not wanted:
            return


def _annotated(row: Row, error: RowError, separator: str) -> str:
    reason = f"{error['code']}: {error['message']}".replace('"', "'")
    reason = " ".join(reason.replace(separator, _PLAINER[separator]).splitlines())
    return separator.join((row.text, str(row.line), reason))


def _wrap(row: Row, error: RowError) -> str:
    head = {"index": error["index"], "line": row.line}
    head |= {name: error.get(name) for name in ("code", "message", "field")}
    text = json.dumps(head, ensure_ascii=False)
    return f'{text[:-1]}, "item": {_as_json(row.text)}}}'


def _as_json(item: str) -> str:
    """The item itself on one line, or where it is broken, its text as a JSON string."""
    try:
        json.loads(item)
        item.encode()
    except (ValueError, RecursionError):
        return json.dumps(item, ensure_ascii=False)
    # In valid JSON a line end can only stand between values.
    return " ".join(item.splitlines())


@contextmanager
def cleaned(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream as it is, or a copy of a rejects file without what was added to it.

    Rows keep their line numbers.
    """
    start = stream.tell()
    try:
        plain = _without_additions(Source(stream))
    except UNREADABLE:
        plain = None
    if plain is None:
        stream.seek(start)
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        text = TextIOWrapper(copy, "utf-8", "surrogateescape", newline="")
        text.writelines(plain)
        text.detach()
        copy.seek(0)
        yield copy  # type: ignore[misc]


def _without_additions(source: Source) -> Iterator[str] | None:
    if not source.is_csv:
        return _unwrapped(source) if _item(source.first) is not None else None
    separator = re.escape(source.separator)
    added = re.fullmatch(rf'(.*){separator}"?{LINE}"?{separator}"?{REASON}"?\s*', source.first)
    return None if added is None else _stripped(source, added[1])


def _stripped(source: Source, header: str) -> Iterator[str]:
    yield "\n" * (source.line - 1) + header + "\n"
    line = source.line + 1
    for row in source.rows():
        begin = row.line or line
        text = _without_annotation(row, source)
        yield "\n" * (begin - line) + text + "\n"
        line = begin + text.count("\n") + 1
