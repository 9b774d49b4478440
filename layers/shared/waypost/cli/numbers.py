"""`waypost aggregate` and `replay`: the job that makes the numbers."""

import time
from typing import Annotated, Any

import typer

from waypost.cli import connection
from waypost.cli.output import Failure, data, json_line, many, note

Answer = dict[str, Any]


def aggregate(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The run as one JSON object.")] = False,
) -> None:
    """Runs the hourly job now, and says what it did."""
    started = time.monotonic()
    with connection.reader(context) as client:
        run = client.aggregate()
    seconds = time.monotonic() - started
    if as_json:
        data(json_line({**run, "seconds": round(seconds, 3)}))
    else:
        data(report(run, seconds))
    _complain(run)


def replay(
    context: typer.Context,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="Load uploaded and dropped files again first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The run as one JSON object.")] = False,
) -> None:
    """Makes every number anew of what is kept, after a fault was mended.

    What landed in the last thirty days is read again, and all tables are derived anew of the
    events. Nothing is counted twice.
    """
    started = time.monotonic()
    with connection.reader(context) as client:
        run = client.replay(inbox=inbox)
    seconds = time.monotonic() - started
    if as_json:
        data(json_line({**run, "seconds": round(seconds, 3)}))
    else:
        data(report(run, seconds))
        if run["files"]:
            note(f"{many(run['files'], 'file')} queued to be loaded again; see waypost batches")
    _complain(run)


def _complain(run: Answer) -> None:
    if run["status"] == "failed":
        raise Failure("the run broke; the log of the aggregate function says where")


def report(run: Answer, seconds: float) -> str:
    """What a run did, in one line."""
    objects, days = run.get("objects", 0), run.get("days", 0)
    if not objects:
        return f"nothing new to count ({seconds:.1f} seconds)"
    return f"read {many(objects, 'object')}, published {many(days, 'day')} in {seconds:.1f} seconds"
