"""`waypost retention`: who came back how much later."""

import sys
from typing import Annotated, Any, Literal

import typer

from waypost.cli import connection, options, rows
from waypost.cli.bars import sparkline
from waypost.cli.output import is_terminal, note, table
from waypost.cli.rows import Row, percent


def retention(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    interval: Annotated[
        Literal["day", "week", "month"], typer.Option(help="How long a cohort is.")
    ] = "week",
    per: Annotated[Literal["user", "account"], typer.Option(help="Who comes back.")] = "user",
    first: Annotated[
        str | None,
        typer.Option(metavar="STEP", help="What begins a cohort.  [default: the first activity]"),
    ] = None,
    returning: Annotated[
        str | None,
        typer.Option("--return", metavar="STEP", help="What is a return.  [default: any activity]"),
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
    """Prints who came back how much later, by cohort.

    A cohort is who began in the same interval: the last 12 weeks, 12 months or 14 days, unless
    another span is given. On a terminal shares, with ~ those of intervals that are not over.
    """
    form = rows.form_of(as_json, as_csv, as_table)
    with connection.reader(context) as client:
        answer = client.read(
            "retention",
            **{"interval": interval, "per": per, "first": first, "return": returning},
            **{"from": begin, "to": end, "last": last, "filter": filters, "timezone": timezone},
            explain="true" if explain else None,
        )
    told = matrix(answer) if form == "csv" else answer["cohorts"]
    rows.show(told, form, lambda: as_text(answer, is_terminal(sys.stdout)))
    if not any(cohort["size"] for cohort in answer["cohorts"]):
        note("nobody began in this span")
    rows.tell(answer)


def matrix(answer: Row) -> list[Row]:
    """A row per cohort, with a column per interval."""
    return [
        {"at": cohort["at"][:10], "size": cohort["size"]}
        | {f"{answer['interval']}_{n}": count for n, count in enumerate(cohort["returned"])}
        for cohort in answer["cohorts"]
    ]


def as_text(answer: Row, drawn: bool = False) -> str:
    """Shares by cohort and interval; `drawn`, with how they fall in a line."""
    cohorts = answer["cohorts"]
    line = [""] if drawn else []
    columns = [answer["interval"], f"{answer['per']}s", *line, *map(str, range(len(cohorts)))]
    return table(columns, [_cells(cohort, len(cohorts), drawn) for cohort in cohorts])


def _cells(cohort: Row, width: int, drawn: bool) -> list[Any]:
    shares = [
        percent(share) + ("" if n < cohort["complete"] or share is None else "~")
        for n, share in enumerate(cohort["share"])
    ]
    line = [sparkline(cohort["share"]) if cohort["size"] else ""] if drawn else []
    return [cohort["at"][:10], cohort["size"], *line, *shares, *[""] * (width - len(shares))]
