"""`waypost funnel`: how many went from step to step, and who is stuck where."""

from typing import Annotated, Literal

import typer

from waypost.cli import connection, questions
from waypost.cli.bars import bar
from waypost.cli.output import note, table
from waypost.cli.questions import Answer, length, percent

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
    begin: questions.From = None,
    end: questions.To = None,
    last: questions.Last = None,
    filters: questions.Filters = None,
    timezone: questions.Zone = None,
    explain: questions.Explain = False,
    as_json: questions.AsJson = False,
    as_csv: questions.AsCsv = False,
    as_table: questions.AsTable = False,
) -> None:
    """Prints how many went from step to step, and how fast.

    The last 90 days, unless another span is given. Whoever began several times counts with the
    attempt that came furthest; --stuck prints who came no further.
    """
    form = questions.one_form(as_json, as_csv, as_table)
    with connection.reader(context) as client:
        answer = client.read(
            "funnels",
            **{"step": steps or None, "preset": preset, "start": start, "goal": goal},
            **{"from": begin, "to": end, "last": last, "filter": filters, "timezone": timezone},
            **{"per": per, "window": window, "attempts": attempts, "limit": limit},
            explain="true" if explain else None,
        )
    if stuck:
        questions.show(answer["stuck"], form, lambda: stuck_text(answer))
    else:
        questions.show(answer["steps"], form, lambda: as_text(answer))
    if not answer["steps"][0]["count"]:
        note("nobody began; waypost tail shows what arrives")
    questions.tell(answer)


def as_text(answer: Answer) -> str:
    """A row per step, with a bar as long as it is of the first step."""
    whole = answer["steps"][0]["count"]
    columns = ["step", f"{answer['per']}s", "", "of first", "of before", "median", "p90", "stuck"]
    rows = [
        [
            f"{step['step']} {step['name']}",
            step["count"],
            bar(step["count"], whole, _WIDTH),
            percent(step["from_first"]),
            percent(step["from_before"]),
            length(step["median_seconds"]) or "",
            length(step["p90_seconds"]) or "",
            step["stuck"],
        ]
        for step in answer["steps"]
    ]
    return table(columns, rows)


def stuck_text(answer: Answer) -> str:
    """Who is stuck, by step, the newest first."""
    names = {step["step"]: step["name"] for step in answer["steps"]}
    columns = ["after", "at", answer["per"], "name", "account"]
    rows = [
        [names[one["step"]], f"{one['at'][:16]}Z", one["id"], one["name"], one["account"]]
        for one in answer["stuck"]
    ]
    return table(columns, rows)
