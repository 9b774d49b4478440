"""Rows as commands print them: a table for people, JSON lines for pipes, CSV for spreadsheets."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

from waypost.cli.output import USAGE, Failure, data, is_terminal, json_line, many, note

Form = Literal["table", "json", "csv"]
Row = dict[str, Any]


def form_of(as_json: bool, as_csv: bool, as_table: bool) -> Form:
    """The form that was asked for, else a table on a terminal and JSON lines in a pipe. Raises
    `Failure` where several were.
    """
    forms: dict[Form, bool] = {"json": as_json, "csv": as_csv, "table": as_table}
    asked = [name for name, wanted in forms.items() if wanted]
    if len(asked) > 1:
        raise Failure("choose one of --json, --csv and --table", USAGE)
    return asked[0] if asked else "table" if is_terminal(sys.stdout) else "json"


def show(rows: Sequence[Row], form: Form, text: Callable[[], str]) -> None:
    """Prints the rows; `text` makes the table."""
    if form == "csv":
        # The API's own CSV, so that both stop formulas alike; few runs need to import it.
        from waypost.web.csv_answers import rows_to_csv

        data(rows_to_csv(rows).rstrip("\n"))
    elif form == "table":
        data(text())
    else:
        for row in rows:
            data(json_line(row))


def tell(answer: Row) -> None:
    """Says what a reader of an answer must know, and how it came about where that was asked."""
    if answer["provisional"]:
        note("some of it landed since the last hourly job, which may find it sent twice")
    if "explain" in answer:
        explain(answer["explain"])


def explain(explained: Row) -> None:
    """Says how an answer came about: the SQL, and what it read."""
    for statement in explained["sql"]:
        note(" ".join(statement.split()))
    for read in explained["tables"]:
        columns = ", ".join(read["columns"]) if read["columns"] else "all columns"
        note(f"{read['table']}: {columns} of {many(read['files'], 'file')}")
    note(f"{many(explained['bytes'], 'byte')} in {many(explained['gets'], 'GET')}")


def duration(seconds: float | None) -> str:
    """`4.2s`, `12m`, `3.5h`, `7d`."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:,.1f}".removesuffix(".0") + unit
    return f"{seconds:.1f}".removesuffix(".0") + "s"


def percent(share: float | None) -> str:
    """`57%`; nothing where there is no share."""
    return "" if share is None else f"{share:.0%}"
