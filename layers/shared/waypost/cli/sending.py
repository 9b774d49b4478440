"""A file sent through the upload door, and what became of its rows."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from waypost.cli import outcome, readings, rejects
from waypost.cli.output import USAGE, Failure, data, json_line, note
from waypost.cli.transfer import transfer
from waypost.sdk.client import Client, seekable
from waypost.sources.formats.reading import Reading

Batch = dict[str, Any]


def send(
    client: Client,
    stream: BinaryIO,
    reading: Reading,
    asked: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> Batch:
    """Sends a file, waits for its last row and says what became of it; the batch's last state.

    The refused rows go to a file, `asked` for or named after what the rows are.
    """
    started = time.monotonic()
    target = rejects_file(asked, csv=rejects.is_csv(stream, reading))
    # Read twice: on its way up, and for the text of the rows that were refused.
    start = stream.tell()
    batch = transfer(client, stream, readings.told(reading), quiet=quiet)
    stream.seek(start)
    written, target = _write(stream, reading, batch, target)
    numbers = outcome.summary(batch, time.monotonic() - started, target if written else None)
    data(json_line(numbers) if as_json else outcome.as_text(numbers))
    if not quiet:
        for line in outcome.explanation(batch, written, target, readings.options(reading)):
            note(line)
    return batch


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input, as a stream that can be read twice."""

    if file == "-":
        if sys.stdin.isatty():
            raise Failure("nothing is piped in; give a file, or: … | waypost load -", USAGE)
        with seekable(sys.stdin.buffer) as stream:
            yield stream
        return
    with _open(file) as source, seekable(source) as stream:
        yield stream


def _open(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}", USAGE) from error


def rejects_file(asked: Path | None, *, csv: bool) -> Path:
    """Where refused rows will go, if any; a file that is there already keeps what it holds."""
    target = asked or Path("rejects.csv" if csv else "rejects.ndjson")
    if target.is_dir() or not target.parent.is_dir():
        raise Failure(f"--rejects {target} is not a file that can be written", USAGE)
    return target


def _write(stream: BinaryIO, reading: Reading, batch: Batch, target: Path) -> tuple[int, Path]:
    if not batch["errors"]:
        return 0, target
    try:
        return rejects.write(stream, batch["errors"], target, reading)
    except OSError as error:
        # The rest of the file is loaded by now, and its summary is still worth printing.
        note(f"waypost: the refused rows could not be written to {target}: {error.strerror}")
        return 0, target
