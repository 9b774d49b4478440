"""Rows as commands print them: a table for people, JSON lines for pipes, CSV for spreadsheets."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

from waypost.cli.output import USAGE, Failure, data, is_terminal, json_line

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
