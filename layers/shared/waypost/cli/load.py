"""`waypost load`: a file of any size through the upload door, and what became of its rows."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from waypost.cli import connection
from waypost.cli.output import FAILED, PARTIAL, USAGE, Failure, data, json_line, many, note

_SHOWN = 3
_COUNTS = ("matched", "stored", "duplicate", "rejected")

Batch = dict[str, Any]


def load(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file, or - for standard input.")],
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where refused rows go, if any.  [default: rejects.csv; .ndjson of JSON]",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No bars, and no messages but errors.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object.")
    ] = False,
) -> None:
    """Loads a CSV or JSON file of any size.

    CSV with a header, a JSON array or NDJSON; gzipped or not; up to 5 GB. Loading it again is
    safe: a row with a date counts once. Refused rows go to a file of their own, each with its
    line and the reason (exit code 3). Fix them there and load that file: the columns waypost_line
    and waypost_reason are taken off on the way.
    """
    from waypost.cli import rejects as refused
    from waypost.cli.transfer import transfer

    started = time.monotonic()
    with connection.writer(context) as client, opened(file) as stream:
        target = rejects_file(rejects, csv=refused.is_csv(stream))
        with refused.cleaned(stream) as plain:
            # Read twice: on its way up, and for the text of the rows that were refused.
            start = plain.tell()
            batch = transfer(client, plain, quiet=quiet)
            plain.seek(start)
            written, target = _write(plain, batch, target)
    numbers = summary(batch, time.monotonic() - started, target if written else None)
    data(json_line(numbers) if as_json else as_text(numbers))
    if not quiet:
        for line in explanation(batch, written, target):
            note(line)
    finish(file, batch)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input, as a stream that can be read twice."""
    from waypost.sdk.client import seekable

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


def _write(stream: BinaryIO, batch: Batch, target: Path) -> tuple[int, Path]:
    from waypost.cli import rejects

    if not batch["errors"]:
        return 0, target
    try:
        return rejects.write(stream, batch["errors"], target)
    except OSError as error:
        # The rest of the file is loaded by now, and its summary is still worth printing.
        note(f"waypost: the refused rows could not be written to {target}: {error.strerror}")
        return 0, target


def summary(batch: Batch, seconds: float, rejects: Path | None) -> dict[str, object]:
    """What became of a file, in the order in which it is printed."""
    written = None if rejects is None else str(rejects)
    return {**counts(batch), "seconds": round(seconds, 1), "rejects": written}


def counts(batch: Batch) -> dict[str, object]:
    """What has become of a batch so far."""
    rows = {"batch": batch["id"], "status": batch["status"], "rows": batch["received"]}
    return rows | {name: batch[name] for name in _COUNTS}


def as_text(numbers: dict[str, object]) -> str:
    """The numbers of a summary, one to a line."""
    names = ("rows", *_COUNTS, "seconds")
    shown = {name: numbers[name] for name in names if name in numbers}
    # The hourly job finds the duplicates of events that are older than the retention.
    lines = [f"{name:<11}{value:>13,}" for name, value in shown.items()]
    return "\n".join(line + "  so far" if line.startswith("duplicate") else line for line in lines)


def explanation(batch: Batch, written: int, target: Path) -> Iterator[str]:
    """What a person should know about refused rows: some of them, where they are, what to do."""
    refused = batch["rejected"]
    yield from some_errors(batch)
    if written:
        rows = many(written, "refused row")
        yield f"{target} holds {rows}; fix what is wrong, then: waypost load {target}"
    if refused > written:
        rows = many(refused - written, "refused row")
        yield f"{rows} more can only be fixed in the source; load it again, no row counts twice"


def some_errors(batch: Batch) -> Iterator[str]:
    """The first refused rows of a batch with their reasons, and how many more there are."""
    refused = batch["rejected"]
    for error in batch["errors"][:_SHOWN]:
        place = f"line {error['line']}" if error.get("line") else f"item {error['index'] + 1}"
        message = str(error["message"]).removeprefix(f"{place}: ")
        yield f"{place}: {message}"
    if refused > _SHOWN:
        yield f"… and {refused - _SHOWN:,} more"


def finish(file: str, batch: Batch) -> None:
    """Ends the command with the exit code of what became of a file."""
    if batch["status"] == "failed":
        raise Failure(f"{file}: {batch.get('error') or 'the file could not be read'}", FAILED)
    if batch["rejected"]:
        raise typer.Exit(PARTIAL)
