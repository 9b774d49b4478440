"""What the commands that ask questions share: options, and how rows and notes are printed."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from waypost.cli.output import USAGE, Failure, data, is_terminal, json_line, many, note

Answer = dict[str, Any]

From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First moment.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="First moment that is out.")]
Last = Annotated[
    str | None, typer.Option(metavar="LENGTH", help="Instead: the last 24h, 30d, 12w, 6m, 1y.")
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="FILTER", help="Of which events, as in info.plan=pro; all must hold."
    ),
]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Where days begin.  [default: the tenant's]")
]
Explain = Annotated[bool, typer.Option("--explain", help="The SQL, and what it read.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header.")]
AsTable = Annotated[bool, typer.Option("--table", help="Aligned, for people.")]


def one_form(as_json: bool, as_csv: bool, as_table: bool) -> str:
    """`json`, `csv` or `table`: what was chosen, else a table on a terminal and JSON in a pipe."""
    if as_json + as_csv + as_table > 1:
        raise Failure("choose one of --json, --csv and --table", USAGE)
    if as_csv:
        return "csv"
    return "table" if as_table or (is_terminal(sys.stdout) and not as_json) else "json"


def show(rows: Sequence[Answer], form: str, text: Callable[[], str]) -> None:
    """Prints the rows; `text` writes them for people."""
    if form == "table":
        data(text())
    elif form == "csv":
        # The API's own CSV, so that both stop formulas alike; few runs need to import it.
        from waypost.web.csv_answers import rows_to_csv

        data(rows_to_csv(rows).rstrip("\n"))
    else:
        for row in rows:
            data(json_line(row))


def tell(answer: Answer) -> None:
    """Says what a reader of the rows must know, and how they came about where that was asked."""
    if answer["provisional"]:
        note("some of it landed since the last hourly job, which may find it sent twice")
    if "explain" not in answer:
        return
    explained = answer["explain"]
    for statement in explained["sql"]:
        note(" ".join(statement.split()))
    for read in explained["tables"]:
        columns = ", ".join(read["columns"]) if read["columns"] else "all columns"
        note(f"{read['table']}: {columns} of {many(read['files'], 'file')}")
    note(f"{many(explained['bytes'], 'byte')} in {many(explained['gets'], 'GET')}")


def length(seconds: float | None) -> str | None:
    """`40 s`, `2.5 min`, `7.0 h`, `3.2 d`: about how long."""
    if seconds is None:
        return None
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.0f} s"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
