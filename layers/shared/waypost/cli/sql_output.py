"""The rows of an SQL query as a table, CSV, JSON lines or Parquet, as they come."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TextIO

from waypost.cli.output import table
from waypost.lake.sql import named

if TYPE_CHECKING:
    import duckdb

Format = Literal["table", "csv", "json", "parquet"]
MOST_SHOWN = 1_000  # rows of a table, which is as wide as the widest of them
_AT_ONCE = 2_000
_ZONED = "TIMESTAMP WITH TIME ZONE"
_EXACT = 2**53  # what a number with a fraction can hold
Row = Sequence[Any]


def asked(db: "duckdb.DuckDBPyConnection", statement: str) -> "duckdb.DuckDBPyConnection":
    """The answer to a statement, of which no row was read yet."""
    relation = db.sql(statement)
    kinds = list(map(str, relation.types))
    if _ZONED in kinds:
        # Python's DuckDB needs one more package for moments with a zone; here all are UTC.
        listed = ", ".join(
            f"CAST(#{number} AS TIMESTAMP) AS {named(name)}" if kind == _ZONED else f"#{number}"
            for number, (name, kind) in enumerate(zip(relation.columns, kinds, strict=True), 1)
        )
        statement = relation.project(listed).sql_query()
    return db.execute(statement)


def rows(answer: "duckdb.DuckDBPyConnection") -> Iterator[Row]:
    """The rows of an answer, a few at a time."""
    while some := answer.fetchmany(_AT_ONCE):
        yield from some


def columns(answer: "duckdb.DuckDBPyConnection") -> list[str]:
    """The names of its columns, each once: JSON has one place for each."""
    names: list[str] = []
    for name, *_ in answer.description or ():
        number, unique = 1, name
        while unique in names:
            unique, number = f"{name}_{number}", number + 1
        names.append(unique)
    return names


def write(format: Format, names: list[str], rows: Iterable[Row], out: TextIO) -> bool:
    """Writes the rows; False where a table did not show all of them."""
    if format == "csv":
        return _write_csv(names, rows, out)
    if format == "json":
        for row in rows:
            values = dict(zip(names, map(_value, row), strict=True))
            out.write(json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n")
        return True
    shown = list(islice(rows := iter(rows), MOST_SHOWN))
    out.write(table(names, [[_shown(value) for value in row] for row in shown]) + "\n")
    return next(rows, None) is None


def _write_csv(names: list[str], rows: Iterable[Row], out: TextIO) -> bool:
    """As all CSV is; only a moment keeps its milliseconds, where there are any."""
    # Few runs need to import it.
    from waypost.web.csv_answers import cell

    def of(value: Any) -> str:
        if isinstance(value, datetime):
            return _moment(value).replace("T", " ").removesuffix("Z").removesuffix(".000")
        return cell(_value(value))

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(cell, names))
    writer.writerows(map(of, row) for row in rows)
    return True


def _shown(value: Any) -> Any:
    """The value as a person reads it."""
    plain = _value(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, bool | list | dict) else plain


def _value(value: Any) -> Any:
    """The value as JSON has it; what it has no kind for is a text."""
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _value(each) for key, each in value.items()}
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | float) and math.isfinite(value):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < _EXACT else number
    plain = value is None or isinstance(value, bool | int | str)
    return value if plain else value.hex() if isinstance(value, bytes) else str(value)


def _moment(value: datetime) -> str:
    """With milliseconds and in UTC, as all answers have it."""
    utc = value.astimezone(UTC) if value.tzinfo else value
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
