"""`waypost batches`: the files that came in, and how far one of them is."""

import sys
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import typer

from waypost import times
from waypost.cli import connection, options, outcome
from waypost.cli.output import USAGE, Failure, data, is_terminal, json_line, note, table

MAX_SHOWN = 100
_COLUMNS = ("rows", "matched", "stored", "rejected")

Batch = dict[str, Any]


def batches(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    batch: Annotated[
        str | None, typer.Argument(metavar="BATCH", help="One of them, by its id.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait until every row of it is matched.")
    ] = False,
    lines: Annotated[
        int,
        typer.Option("--lines", "-n", min=1, max=MAX_SHOWN, help="How many batches to list."),
    ] = 20,
    date_order: options.Order = None,
    decimal: options.Decimal = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No bars, and no messages but errors.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Aligned, for people.")] = False,
) -> None:
    """Lists the files that came in, or says how far one of them is.

    Newest first; a table on a terminal, JSON lines in a pipe. Of one batch: its numbers and first
    refused rows; with --follow those of its end, also where another command began it. One that
    waits to be told how it is read goes on once --date-order or --decimal says so. Exit codes as
    for load.
    """
    if as_json and as_table:
        raise Failure("choose one of --json and --table", USAGE)
    told = {"dateOrder": date_order, "decimal": decimal}
    reading = {name: value for name, value in told.items() if value is not None}
    if (follow or reading) and batch is None:
        raise Failure("which batch? waypost batches lists them", USAGE)
    if batch and reading:
        with connection.writer(context) as client:
            client.answer(batch, reading)
    with connection.reader(context) as client:
        if batch is None:
            newest = client.read("batches", limit=lines)["batches"]
            _print(newest, as_table or (is_terminal(sys.stdout) and not as_json))
            return
        ask = partial(client.read, f"batches/{quote(batch, safe='')}")
        state = _watch(batch, ask, quiet) if follow else ask()
    _print_one(state, quiet, as_json)
    outcome.finish(batch, state)


def _watch(id: str, ask: partial[Batch], quiet: bool) -> Batch:
    from waypost.cli.transfer import watch

    return watch(id, ask, quiet=quiet)


def _print(newest: list[Batch], as_table: bool) -> None:
    if as_table:
        data(as_text(newest))
    else:
        for batch in newest:
            data(json_line(batch))


def as_text(newest: list[Batch]) -> str:
    """The batches as a table, with the id that this command takes."""
    columns = ("batch", "created", "status", *_COLUMNS, "file")
    return table(columns, [_cells(batch) for batch in newest])


def _cells(batch: Batch) -> list[Any]:
    counts = outcome.counts(batch)
    file = batch.get("name") or batch["kind"]
    shown = [counts[name] for name in _COLUMNS]
    return [batch["id"], times.iso(batch["created"]), batch["status"], *shown, file]


def _print_one(batch: Batch, quiet: bool, as_json: bool) -> None:
    counts = outcome.counts(batch)
    status = f"status     {batch['status']:>13}"
    data(json_line(counts) if as_json else f"{status}\n{outcome.as_text(counts)}")
    if not quiet:
        for line in outcome.some_errors(batch):
            note(line)
