"""`waypost funnel`: how many went from step to step, and who is stuck where."""

import sys
from typing import Annotated, Literal

import typer

from waypost.cli import connection, options, rows
from waypost.cli.bars import bar
from waypost.cli.output import is_terminal, note, table
from waypost.cli.rows import Row, duration, percent

Preset = Literal["time_to_first_hello_world", "time_to_value"]

_WIDTH = 24  # letters of the longest bar


def funnel(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    steps: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STEP",
            help="What people do one after the other: an action, filters in brackets, or both.",
        ),
    ] = None,
    preset: Annotated[
        Preset | None, typer.Option(help="Instead of steps: time to first hello world, or value.")
    ] = None,
    goal: Annotated[
        str | None, typer.Option(metavar="STEP", help="Where the preset leads to.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="STEP", help="Where the preset begins.")
    ] = None,
    per: Annotated[Literal["user", "account"], typer.Option(help="Whose steps.")] = "user",
    window: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="From the first step on: 30m, 12h, 7d.  [default: 7d]"),
    ] = None,
    attempts: Annotated[
        Literal["all", "first"] | None, typer.Option(help="Of which the best counts.")
    ] = None,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Who came no further, instead of the steps.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, max=1000, help="How many of them per step.")
    ] = None,
    begin: options.From = None,
    end: options.To = None,
    last: options.Last = None,
    filters: options.Filters = None,
    timezone: options.Zone = None,
    explain: options.Explain = False,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_table: options.AsTable = False,
) -> None:
    """Prints how many went from step to step, and how fast.

    The last 90 days, unless another span is given. Whoever began several times counts with the
    attempt that came furthest; --stuck prints who came no further.
    """
    form = rows.form_of(as_json, as_csv, as_table)
    with connection.reader(context) as client:
        answer = client.read(
            "funnels",
            **{"step": steps or None, "preset": preset, "start": start, "goal": goal},
            **{"from": begin, "to": end, "last": last, "filter": filters, "timezone": timezone},
            **{"per": per, "window": window, "attempts": attempts, "limit": limit},
            explain="true" if explain else None,
        )
    if stuck:
        rows.show(answer["stuck"], form, lambda: stuck_text(answer))
    else:
        drawn = is_terminal(sys.stdout)
        rows.show(answer["steps"], form, lambda: as_text(answer, drawn))
    if not answer["steps"][0]["count"]:
        note("nobody began; waypost tail shows what arrives")
    rows.tell(answer)


def as_text(answer: Row, drawn: bool = False) -> str:
    """A row per step; `drawn`, with a bar as long as the step is of the first."""
    whole = answer["steps"][0]["count"]
    bars = [""] if drawn else []
    columns = [
        "step",
        f"{answer['per']}s",
        *bars,
        "of first",
        "of before",
        "median",
        "p90",
        "stuck",
    ]
    cells = [
        [
            f"{step['step']} {step['name']}",
            step["count"],
            *([bar(step["count"], whole, _WIDTH)] if drawn else []),
            percent(step["from_first"]),
            percent(step["from_before"]),
            duration(step["median_seconds"]),
            duration(step["p90_seconds"]),
            step["stuck"],
        ]
        for step in answer["steps"]
    ]
    return table(columns, cells)


def stuck_text(answer: Row) -> str:
    """Who is stuck, by step, the newest first."""
    names = {step["step"]: step["name"] for step in answer["steps"]}
    columns = ["after", "at", answer["per"], "name", "account"]
    cells = [
        [names[one["step"]], f"{one['at'][:16]}Z", one["id"], one["name"], one["account"]]
        for one in answer["stuck"]
    ]
    return table(columns, cells)
