"""`waypost paths`: what people did next and before."""

import sys
from typing import Annotated

import typer

from waypost.cli import connection, options, rows
from waypost.cli.bars import bar
from waypost.cli.output import USAGE, Failure, is_terminal, many, note, table
from waypost.cli.rows import Row

_WIDTH = 30  # letters, of a bar
_COLUMNS = ("", "step", "count", "share", "users", "median")


def paths(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    value: Annotated[
        str | None, typer.Argument(help="Around what: an action, or a value of --by.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="FIELD", help="What steps are told by, as in page.")
    ] = "action",
    anchor: Annotated[
        str | None,
        typer.Option(metavar="STEP", help="Instead of a value, as in Exported[info.plan=pro]."),
    ] = None,
    window: Annotated[str, typer.Option(help="How far apart neighbours may be.")] = "30m",
    steps: Annotated[int, typer.Option(min=1, max=3, help="How many in either direction.")] = 1,
    top: Annotated[int, typer.Option("--top", "-n", min=1, max=100, help="So many paths.")] = 20,
    start: options.From = None,
    end: options.To = None,
    last: options.Last = None,
    filter: options.Filters = None,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_table: options.AsTable = False,
) -> None:
    """Prints what people did next, and before, each time they did something.

    A path is one person's; steps before are told backwards. (nothing): there was none within the
    window.
    """
    form = rows.form_of(as_json, as_csv, as_table)
    if (value is None) == (anchor is None):
        raise Failure("around what? give an action, a value of --by, or --anchor", USAGE)
    with connection.reader(context) as client:
        answer = client.read(
            "paths",
            **{by: value, "by": by, "anchor": anchor, "window": window, "steps": steps},
            **{"top": top, "from": start, "to": end, "last": last, "filter": filter},
        )
    told = sided(answer)
    rows.show(told, form, lambda: as_text(told, drawn=is_terminal(sys.stdout)))
    note(f"{many(answer['count'], 'time')} by {many(answer['users'], 'user')}")


def sided(answer: Row) -> list[Row]:
    """The paths of both sides, each with its side."""
    return [{"side": side, **path} for side in ("before", "after") for path in answer[side]]


def as_text(told: list[Row], drawn: bool = False) -> str:
    """The paths as a table; `drawn`, with a bar for each."""
    most = max((path["count"] for path in told), default=0)
    cells = [
        [
            path["side"],
            " → ".join([path["key"], *path.get("then", [])]),
            path["count"],
            f"{path['share']:.1%}",
            path.get("users", ""),
            rows.duration(path.get("median_seconds")),
            *([bar(path["count"], most, _WIDTH)] if drawn else []),
        ]
        for path in told
    ]
    return table([*_COLUMNS, *([""] if drawn else [])], cells)
