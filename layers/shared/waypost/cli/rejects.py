"""
Rejects file: the rows that were refused, with where and why, to be fixed and loaded again.

| source     | rejects file                                                                      |
|------------|-----------------------------------------------------------------------------------|
| CSV        | header and original rows, with two columns more: waypost_line, waypost_reason      |
| JSON       | NDJSON lines {"index", "line", "code", "message", "field", "item"}                 |

What was added is taken off again on the way up (`cleaned`), so that a fixed row is the event that
it would have been in the first place, and counts once however often either file is loaded.
"""

import contextlib
import csv
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import msgspec

from waypost.cli.source import UNREADABLE, Row, Source
from waypost.sources.formats import brackets, csv_rows
from waypost.sources.formats.reading import NO_READING, Reading

LINE = "waypost_line"
REASON = "waypost_reason"
# A reason that needs no quotes cannot change how the rest of its row is read.
_PLAINER = {",": ";", ";": ",", "|": "/", "\t": " "}

RowError = dict[str, Any]


class _Wrapped(msgspec.Struct):
    """A line of a JSON rejects file; `item` is the text of the item, letter by letter."""

    index: int
    code: str
    message: str
    item: msgspec.Raw


def write(
    stream: BinaryIO, errors: list[RowError], path: Path, reading: Reading = NO_READING
) -> tuple[int, Path]:
    """Writes the refused rows of a source to a new file; the number written, and where.

    A file of that name holds what somebody may be fixing, so the new one gets a number. It is
    UTF-8, and has a header where its source has none.
    """
    wanted = {error["index"]: error for error in errors}
    # Rows behind a place where the file is damaged cannot be among the refused ones.
    with _created(path) as out, contextlib.suppress(*UNREADABLE):
        for line in _chosen(Source(stream, reading), wanted):
            out.write(line + "\n")
    return len(errors) - len(wanted), Path(out.name)


def _created(path: Path) -> TextIO:
    """The file at `path`, or at the first of `rejects-2.csv`, `rejects-3.csv`… that is free."""
    # A pipe or a device is written to as it stands.
    mode = "w" if path.exists() and not path.is_file() else "x"
    name, number = path, 1
    while True:
        try:
            out = name.open(mode, encoding="utf-8", errors="surrogateescape", newline="")
            return cast(TextIO, out)
        except FileExistsError:
            number += 1
            name = path.with_stem(f"{path.stem}-{number}")


def is_csv(stream: BinaryIO, reading: Reading = NO_READING) -> bool:
    """Whether a source is CSV; leaves the stream where it stood."""
    start = stream.tell()
    try:
        return Source(stream, reading).is_csv
    except UNREADABLE:
        return True
    finally:
        stream.seek(start)


def _chosen(source: Source, wanted: dict[int, RowError]) -> Iterator[str]:
    if not source.is_csv:
        for row, error in _refused(source.items(), wanted):
            yield _wrapped(row, error)
        return
    header, rows = source.table()
    yield _joined([*header.names, LINE, REASON], header.separator)
    for row, error in _refused(rows, wanted):
        yield _annotated(row, error, header.separator)


def _refused(rows: Iterator[Row], wanted: dict[int, RowError]) -> Iterator[tuple[Row, RowError]]:
    """The rows that are wanted, each with its error, which is taken out."""
    for index, row in enumerate(rows):
        if not wanted:
            return
        if (error := wanted.pop(index, None)) is not None:
            yield row, error


def _joined(cells: list[str], separator: str) -> str:
    out = StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(cells)
    return out.getvalue()


def _annotated(row: Row, error: RowError, separator: str) -> str:
    reason = f"{error['code']}: {error['message']}".replace('"', "'")
    reason = _on_one_line(reason.replace(separator, _PLAINER.get(separator, " ")))
    return separator.join((row.text, str(row.line), reason))


def _wrapped(row: Row, error: RowError) -> str:
    # What could not be unwrapped on the way up was refused as it stood: one wrapping is enough.
    if _wrapping(row.text):
        return row.text
    head = {"index": error["index"], "line": row.line}
    head |= {name: error.get(name) for name in ("code", "message", "field")}
    text = json.dumps(head, ensure_ascii=False)
    return f'{text[:-1]}, "item": {_as_json(row.text)}}}'


def _as_json(item: str) -> str:
    """The item letter by letter, or where it is no JSON object, its text as a JSON string."""
    try:
        is_object = isinstance(json.loads(item, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        is_object = False
    # In JSON that is valid, a line end can only stand between values.
    return _on_one_line(item) if is_object else json.dumps(item, ensure_ascii=False)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _on_one_line(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text)


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
        text = TextIOWrapper(cast(BinaryIO, copy), "utf-8", "surrogateescape", newline="")
        text.writelines(plain)
        text.detach()
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _without_additions(source: Source) -> Iterator[str] | None:
    if not source.is_csv:
        return _unwrapped(source) if _wrapping(source.first) else None
    added = re.fullmatch(rf'(.*)(.)"?{LINE}"?\2"?{REASON}"?\s*', source.first)
    return None if added is None else _stripped(source, added[1], added[2])


def _stripped(source: Source, header: str, separator: str) -> Iterator[str]:
    # Blank lines keep the line numbers of the file at hand, which errors will name.
    yield "\n" * (source.line - 1) + header + "\n"
    line = source.line + 1
    width = len(next(csv_rows.rows([source.first], separator)).cells)
    for row in source.rows_below(separator):
        begin = row.line or line
        text = _unannotated(row, separator, width)
        yield "\n" * (begin - line) + text + "\n"
        line = begin + text.count("\n") + 1


def _unannotated(row: Row, separator: str, width: int) -> str:
    """The row without its last two cells, if they are what was added, emptied or not."""
    mark = re.escape(separator)
    added = rf'(.*){mark}"?\d+"?{mark}"?[a-z_]+: [^"{mark}]*"?'
    if annotated := re.fullmatch(added, row.text, re.DOTALL):
        return annotated[1]
    # A program that rewrote the file may have quoted or emptied the two cells: the width tells.
    return row.text if len(row.cells) != width else _joined(row.cells[:-2], separator)


def _unwrapped(source: Source) -> Iterator[str]:
    yield "\n" * (source.line - 1)
    for line in source.lines():
        item = _item(line)
        yield f"{line if item is None else item}\n"


def _item(line: str) -> str | None:
    """The item in a line of a JSON rejects file, or None where there is nothing to take out.

    What is no object yet stays wrapped: alone, it could change how the lines after it are read.
    """
    wrapped = _wrapping(line)
    if wrapped is None:
        return None
    try:
        raw = bytes(wrapped.item)
        item = _on_one_line(json.loads(raw) if raw.startswith(b'"') else raw.decode())
        return item if item.startswith("{") and brackets.balanced(item.encode()) else None
    except ValueError:
        return None


def _wrapping(line: str) -> _Wrapped | None:
    try:
        return msgspec.json.decode(line.encode(), type=_Wrapped)
    except (msgspec.MsgspecError, ValueError):
        return None
