"""Looks at a file with the loader's own reader, before any of it is sent."""

import contextlib
import io
import itertools
import re
import time
import zlib
from typing import BinaryIO, cast

import msgspec
import typer

from waypost import jsdate, times
from waypost.cli import asking, encodings, look
from waypost.cli.look import Look
from waypost.cli.output import PARTIAL, Failure, data, json_line, note, printable
from waypost.cli.source import Source
from waypost.errors import Malformed
from waypost.event import Batch, Verdict
from waypost.sources.formats import date_order, files
from waypost.sources.formats.csv_survey import Question
from waypost.sources.formats.reading import Reading
from waypost.sources.planhat_csv import Table, Undecided

_HEAD = 1 << 20
_STRETCH = 5_000
# What a person waits for without noticing; a dry run looks at all of the file.
_BOUND = 4 * _STRETCH
_GZIP = b"\x1f\x8b"
_TOLD = re.compile(r'tell "columns": \{"(.*)": "(.*)"\}')


def dry_run(file: str, stream: BinaryIO, asked: Reading, *, as_json: bool) -> None:
    """Says how all of a file would be read, and sends nothing; exit code 3 for refused rows."""
    seen = _looked_at(file, stream, asked, whole=True)
    if as_json:
        data(json_line(look.as_json(seen)))
    else:
        for line in (*look.told(seen), *look.outlook(seen)):
            data(printable(line))
    if seen.broken:
        raise Failure(f"{file}: {seen.broken}")
    if seen.refused:
        raise typer.Exit(PARTIAL)


def before_sending(file: str, stream: BinaryIO, asked: Reading, *, quiet: bool) -> Reading:
    """How a file is to be read, as far as its first rows tell; says what is not plain to see."""
    seen = _looked_at(file, stream, asked)
    if not quiet:
        # What is refused of a file that was seen whole is told when it is.
        for line in look.told(seen) if seen.whole else (*look.told(seen), *look.outlook(seen)):
            note(line)
    return seen.reading


def _looked_at(file: str, stream: BinaryIO, asked: Reading, *, whole: bool = False) -> Look:
    while True:
        try:
            return looked_at(stream, asked, whole=whole)
        except Open as left:
            asked = asking.answered(file, left.question, asked)
        except Malformed as error:
            options = _options(stream, asked) if error.code == "csv_header" else ""
            raise Failure(f"{file}: {error.message}{options}") from error


def _options(stream: BinaryIO, asked: Reading) -> str:
    start = stream.tell()
    try:
        return asking.columns_hint(Source(stream, asked))
    finally:
        stream.seek(start)


def looked_at(stream: BinaryIO, asked: Reading, *, whole: bool = False) -> Look:
    """What the reader of the loader makes of a file, or of its first rows; what it was read with.

    Only where its first rows leave open how dates or numbers are read, all rows are looked at. The
    stream stands afterwards where it stood. Raises `Malformed` where no row can be read, and
    `Open` where somebody has to be asked.
    """
    start = stream.tell()
    reading, hints = _with_encoding(asked, _head(stream))
    try:
        return _judged(Look(reading, hints=[*hints]), stream, start, whole)
    except Undecided:
        survey = files.survey(Again(stream, start), Again(stream, start), reading)
        if survey.question is not None:
            raise Open(survey.question) from None
        return _judged(Look(survey.reading, hints=[*hints]), stream, start, whole)
    finally:
        stream.seek(start)


class Open(Exception):
    """Raised where a file can be read in two ways."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.message)
        self.question = question


class Again(io.RawIOBase):
    """A stream from a place on, whoever else has read of it before; closing it closes nothing."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream, self._at = stream, start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Reads on from where it was left."""
        self._stream.seek(self._at)
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _head(stream: BinaryIO) -> bytes:
    """The first bytes of a file, inflated."""
    start = stream.tell()
    head = stream.read(_HEAD)
    stream.seek(start)
    if head[:2] != _GZIP:
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    except zlib.error:
        return b""


def _with_encoding(reading: Reading, head: bytes) -> tuple[Reading, list[str]]:
    """The reading with an encoding where the file does not say it, and what is said of that."""
    if reading.encoding is not None or (guess := encodings.guessed(head)) is None:
        return reading, []
    return msgspec.structs.replace(reading, encoding=guess.encoding), [
        f"the file is not UTF-8 and is read as {guess.encoding}, as in “{guess.example}”; "
        "--encoding if that is wrong"
    ]


def _judged(seen: Look, stream: BinaryIO, start: int, whole: bool) -> Look:
    received = int(time.time() * 1000)
    file = files.File(Again(stream, start), seen.reading)
    if file.table is not None:
        seen.columns = file.table.columns.told
        seen.hints += map(_as_option, file.table.columns.hints)
        if seen.reading.date_order is not None:
            seen.hints += _date_order(
                Source(cast(BinaryIO, Again(stream, start)), seen.reading), file.table
            )
    try:
        for batch in file.batches(received, _STRETCH):
            if not whole and seen.rows >= _BOUND:
                seen.whole = False
                return seen
            _count(seen, batch)
    except Malformed as error:
        if not seen.rows:
            raise
        seen.broken = error.message
    return seen


def _date_order(source: Source, table: Table) -> list[str]:
    """How dates of three numbers are read, by the first of the file."""
    place, order = table.places.get("date"), source.reading.date_order
    if place is None or order is None:
        return []
    rows = itertools.islice(source.rows(), _BOUND)
    dates = (row.cells[place].strip() for row in rows if place < len(row.cells))
    for date in filter(date_order.needs_order, dates):
        with contextlib.suppress(ValueError):
            day = times.iso(jsdate.parse(date_order.in_order(date, order)))[:10]
            return [f"dates are read as {order}: “{date}” is {day}"]
    return []


def _as_option(hint: str) -> str:
    """A hint of the loader's in the words of the command line."""
    return _TOLD.sub(r'load it with --map "\1=\2"', hint)


def _count(seen: Look, batch: Batch) -> None:
    seen.rows += batch.received
    refused = [reject for reject in batch.rejects if reject.verdict is Verdict.REJECTED]
    seen.refused += len(refused)
    seen.errors += refused[: look.SHOWN - len(seen.errors)]
    notes = {reject.code: reject for reject in reversed(batch.rejects)}
    for code, entry in notes.items():
        if entry.verdict is Verdict.NOTED:
            seen.notes.setdefault(code, entry.message)
