"""What became of a file: its numbers, some of its refused rows, and the exit code that says it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from waypost.cli.output import FAILED, PARTIAL, USAGE, Failure, many

_SHOWN = 3
_COUNTS = ("matched", "stored", "duplicate", "rejected")

Batch = dict[str, Any]


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


def explanation(batch: Batch, written: int, target: Path, options: str = "") -> Iterator[str]:
    """What a person should know about refused rows: some of them, where they are, what to do.

    `options` are those that load the file of refused rows as the first one was.
    """
    refused = batch["rejected"]
    yield from some_errors(batch)
    if written:
        rows = many(written, "refused row")
        yield f"{target} holds {rows}; fix what is wrong, then: waypost load {target}{options}"
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
    if batch["status"] == "waiting":
        raise Failure(waiting(batch), USAGE)
    if batch["rejected"]:
        raise typer.Exit(PARTIAL)


def waiting(batch: Batch) -> str:
    """What a batch asks before any of it is stored, and the command that answers."""
    from waypost.cli.asking import remedy

    asked, command = batch["question"], f"waypost batches {batch['id']}"
    open = remedy(asked["code"], asked["column"], asked["examples"], command)
    return f"nothing of it is stored yet: {open}"
