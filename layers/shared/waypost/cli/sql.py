"""`waypost sql`: a question in SQL, answered on this machine out of the files of the lake."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO
from uuid import uuid4

import typer

from waypost.cli import sql_output, sql_place, sql_query
from waypost.cli.output import USAGE, Failure, data, is_terminal, note, table
from waypost.cli.sql_output import Format

if TYPE_CHECKING:
    from waypost.lake.reader import Opened

_EXTRA = ("duckdb", "sqlglot")
_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}


def sql(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="One statement; - reads it from stdin.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the query from a file.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of events, in UTC.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="First day that is out.")
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="How rows are written.  [default: see above]")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the rows to a file.")
    ] = None,
    stack: Annotated[str | None, typer.Option(help="A deployed stack instead.")] = None,
    region: Annotated[str | None, typer.Option(help="Its region.  [default: the shell's]")] = None,
) -> None:
    """Answers a question in SQL out of the files of the lake.

    The views are events, users, accounts, sessions and activity; without a query their columns are
    listed. The files are those of the local Waypost, or of a stack with the AWS credentials of
    this shell; what the query names of them is fetched, and kept. A table on a terminal, JSON lines
    in a pipe; the name of a file tells its format.
    """
    if missing := [name for name in _EXTRA if find_spec(name) is None]:
        needs = " and ".join(missing)
        raise Failure(f"waypost sql needs {needs}; install it with: pip install 'waypost[sql]'")
    text = _text(query, file)
    if text is None:
        data(_described())
        return
    chosen = _format(format, output)
    first, last = _day(start, "--from", 0), _day(end, "--to", 1)
    statement = sql_query.only_reading(text)
    url, tenant, _ = context.obj
    with (
        sql_place.files(url, tenant, stack, region) as files,
        _target(output) as target,
        sql_query.opened(statement, files, first=first, last=last, target=target) as opened,
        sql_query.told(text),
    ):
        answer = partial(_answer, opened, statement, chosen, target)
        sql_query.until_interrupted(opened.db, answer)
    if opened.provisional:
        note("some of it landed since the last hourly job, which may find it sent twice")


def _text(query: str | None, file: Path | None) -> str | None:
    """The query, wherever it stands; None where nobody asked for anything."""
    if query is not None and file is not None:
        raise Failure("give the query or --file, not both", USAGE)
    try:
        if file is not None:
            return file.read_text()
        return sys.stdin.read() if query == "-" else query
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file or 'stdin'} cannot be read: {error}", USAGE) from None


def _format(format: Format | None, output: Path | None) -> Format:
    if format is None and output is not None:
        format = _SUFFIXES.get(output.suffix.lower())
    if format == "parquet" and output is None:
        raise Failure("Parquet needs a file; give -o FILE", USAGE)
    if format is None:
        return "table" if output is None and is_terminal(sys.stdout) else "json"
    return format


def _day(text: str | None, option: str, back: int) -> str | None:
    """The UTC day, so many days back."""
    if text is None:
        return None
    try:
        return (date.fromisoformat(text) - timedelta(days=back)).isoformat()
    except (ValueError, OverflowError):
        raise Failure(f"{option} is a day such as 2026-11-01", USAGE) from None


@contextmanager
def _target(output: Path | None) -> Iterator[Path | None]:
    """Where the rows of a file are written until all of them are there."""
    if output is None:
        yield None
        return
    target = output.absolute().with_name(f".{output.name}.{uuid4().hex[:8]}")
    try:
        yield target
        target.replace(output)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}") from None
    finally:
        target.unlink(missing_ok=True)


def _answer(opened: "Opened", statement: str, format: Format, target: Path | None) -> None:
    if target is not None and format == "parquet":
        opened.db.sql(statement).write_parquet(str(target), compression="zstd")
    elif target is not None:
        with target.open("w", encoding="utf-8", newline="") as out:
            _write(opened, statement, format, out)
    else:
        _write(opened, statement, format, sys.stdout)


def _write(opened: "Opened", statement: str, format: Format, out: TextIO) -> None:
    answer = sql_output.asked(opened.db, statement)
    names = sql_output.columns(answer)
    if not sql_output.write(format, names, sql_output.rows(answer), out):
        note(f"only the first {sql_output.MOST_SHOWN:,} rows are shown; --format csv gives all")


def _described() -> str:
    """The views with their columns, as a table."""
    from waypost.insights.sql_columns import described

    return table(("view", "column", "type"), described())
