"""`waypost metrics`: the numbers; `waypost aggregate` and `replay`: the job that makes them."""

import sys
import time
from typing import Annotated, Any

import typer

from waypost.cli import connection
from waypost.cli.output import (
    USAGE,
    Failure,
    data,
    is_terminal,
    json_line,
    many,
    note,
    table,
)
from waypost.insights.queries import GroupBy, Interval, Metric

Answer = dict[str, Any]


def metrics(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    metric: Annotated[Metric, typer.Option(help="What to count.")] = "events",
    interval: Annotated[Interval, typer.Option(help="How wide a step of the series is.")] = "day",
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First moment, in UTC.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="First moment that is out.")
    ] = None,
    group_by: Annotated[GroupBy | None, typer.Option(help="One number for each of these.")] = None,
    series: Annotated[
        bool, typer.Option("--series", help="Groups over time, not in total.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header.")] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Aligned, for people.")] = False,
) -> None:
    """Prints how much happened, by group or over time.

    With --group-by the total of each group, without it a series; --series gives both. A table on
    a terminal, JSON lines in a pipe. What landed since the last hourly job is counted too, and
    a message says so; waypost aggregate runs the job now.
    """
    if as_json + as_csv + as_table > 1:
        raise Failure("choose one of --json, --csv and --table", USAGE)
    with connection.reader(context) as client:
        span = {"from": start, "to": end}
        answer = client.read("metrics", metric=metric, interval=interval, group_by=group_by, **span)
    rows = chosen(answer, series or group_by is None)
    if as_csv:
        # The API's own CSV, so that both stop formulas alike; few runs need to import it.
        from waypost.web.csv_answers import rows_to_csv

        data(rows_to_csv(rows).rstrip("\n"))
    elif as_table or (is_terminal(sys.stdout) and not as_json):
        data(as_text(answer, rows))
    else:
        for row in rows:
            data(json_line(row))
    _explain(answer)


def chosen(answer: Answer, series: bool) -> list[Answer]:
    """The rows to show, under the names of what they hold."""
    key, value = answer["group_by"], answer["metric"]
    if not series:
        return [{key: total["key"], value: total["value"]} for total in answer["totals"]]
    return [
        {"at": step["at"], **({key: step["key"]} if key else {}), value: step["value"]}
        for step in answer["series"]
    ]


def as_text(answer: Answer, rows: list[Answer]) -> str:
    """The rows as a table that ends in their total."""
    key, value = answer["group_by"], answer["metric"]
    columns = list(rows[0]) if rows else [key or "at", value]
    at = _hour if answer["interval"] == "hour" else _day
    cells = [[at(row[name]) if name == "at" else row[name] for name in columns] for row in rows]
    total = ["total", *[""] * (len(columns) - 2), answer["total"]]
    return table(columns, [*cells, total])


def _day(at: str) -> str:
    return at[:10]


def _hour(at: str) -> str:
    return f"{at[:16]}Z"


def _explain(answer: Answer) -> None:
    if not answer["series"]:
        note("no numbers here yet; waypost tail shows what arrives")
    if answer["truncated"] and answer["group_by"]:
        note(f"only the {len(answer['totals']):,} largest of each {answer['group_by']} are shown")
    elif answer["truncated"]:
        note(f"only the newest {len(answer['series']):,} steps are shown")
    if answer["provisional"]:
        note("some of it landed since the last hourly job, which may find it sent twice")


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
