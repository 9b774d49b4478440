"""`waypost ask` and `questions`: questions by name, as they were saved."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from waypost.cli import connection, rows
from waypost.cli.output import USAGE, Failure, data, json_line, note, table
from waypost.cli.rows import Row


def questions(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header.")] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Aligned, for people.")] = False,
) -> None:
    """Lists the saved questions."""
    form = rows.form_of(as_json, as_csv, as_table)
    with connection.reader(context) as client:
        saved = client.read("questions")["questions"]
    rows.show(saved, form, lambda: as_text(saved))


def ask(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Of a saved question.")],
    others: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PARAMETER=VALUE]...", help="In the place of saved ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as one object.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header.")] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Aligned, for people.")] = False,
) -> None:
    """Asks a saved question again, and waits where that takes long."""
    form = rows.form_of(as_json, as_csv, as_table)
    given = parameters(others or [])
    with connection.reader(context) as client:
        answer = client.read(f"questions/{quote(name, safe='')}/answer", **given)
    if form == "json":
        data(json_line(answer))
    else:
        listed = rows_of(answer)
        rows.show(listed, form, lambda: _table(listed))
    if answer.get("provisional"):
        note("some of it landed since the last hourly job, which may find it sent twice")


def parameters(given: list[str]) -> dict[str, list[str]]:
    """`name=value` each, of which several may have one name. Raises `Failure`."""
    named: dict[str, list[str]] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise Failure(f"{text!r} is no parameter; write one as in last=7d", USAGE)
        named.setdefault(name, []).append(value)
    return named


def rows_of(answer: Row) -> list[Row]:
    """The last list of an answer, of which it says most; else the answer itself."""
    lists = [
        value
        for value in answer.values()
        if isinstance(value, list) and all(isinstance(row, dict) for row in value)
    ]
    return lists[-1] if lists else [answer]


def as_text(saved: list[Row]) -> str:
    """The saved questions as a table."""
    cells = [[each["name"], each["kind"], _told(each["parameters"])] for each in saved]
    return table(("name", "kind", "parameters"), cells)


def _told(parameters: dict[str, list[str]]) -> str:
    return " ".join(f"{name}={value}" for name, values in parameters.items() for value in values)


def _table(listed: list[Row]) -> str:
    columns = list(dict.fromkeys(name for row in listed for name in row))
    return table(columns, [[_cell(row.get(name)) for name in columns] for row in listed])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return json_line(value) if isinstance(value, list | dict | bool) else value
