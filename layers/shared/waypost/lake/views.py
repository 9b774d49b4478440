"""The SQL of a question's views: a table over local files, as columns that were asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from waypost import times
from waypost.lake.months import File
from waypost.lake.plans import Columns
from waypost.lake.spans import Span
from waypost.lake.sql import named, nothing, parquet, quoted
from waypost.lake.tables import DAY, MONTHLY, PROPERTY, TABLES
from waypost.times import DAY_MS


@dataclass(frozen=True, slots=True)
class Source:
    """A local Parquet file, and which of its rows are asked for ("" for all). Where `rows` is not
    None, only these spans of row numbers are here.
    """

    path: Path
    where: str = ""
    rows: tuple[Span, ...] | None = None


def columns_of(table: str, asked: Columns) -> dict[str, str]:
    """The columns of a view with their types; all of a table do not include its properties."""
    columns = TABLES[table]
    if asked is None:
        return dict(columns)
    return {
        name: "VARCHAR" if table == "props" and name.startswith(PROPERTY) else columns[name]
        for name in asked
    }


def select(table: str, asked: Columns, sources: Iterable[Source], more: Iterable[str] = ()) -> str:
    """The query over files and over `more` relations that have at least the asked columns."""
    columns = columns_of(table, asked)
    listed = ", ".join(map(named, columns)) or "NULL AS nothing"
    parts = [f"SELECT {listed} FROM {relation}" for relation in relations(sources)]
    parts += [f"SELECT {listed} FROM {relation}" for relation in more]
    return " UNION ALL ".join(parts) or nothing(columns)


def relations(sources: Iterable[Source]) -> Iterator[str]:
    """Relations that are the asked rows of all the files.

    DuckDB binds each by itself, so files with the same filter are one.
    """
    together: dict[tuple[str, tuple[Span, ...] | None], list[Path]] = {}
    for source in sources:
        together.setdefault((source.where, source.rows), []).append(source.path)
    for (where, rows), paths in together.items():
        if rows is None:
            yield f"{parquet(*paths)}{where}"
        else:
            # By its option: DuckDB 2.0.0 breaks down over the virtual column of the same name.
            numbered = parquet(*paths, options=", file_row_number = true")
            yield f"{numbered}{where}{' AND' if where else ' WHERE'} ({_within(rows)})"


def _within(rows: Iterable[Span]) -> str:
    return " OR ".join(
        f"(file_row_number >= {start} AND file_row_number < {end})" for start, end in rows
    )


def needed(table: str, asked: Columns, where: str) -> Columns:
    """The columns that a view reads of a file, with those of its filter."""
    if asked is None or not where:
        return asked
    return tuple(dict.fromkeys((*asked, _moment(table))))


def days_of(table: str, file: File, first: str | None, last: str | None) -> str:
    """The clause that leaves a file the days that are its own and asked for; "" for all it has.

    People are of all days.
    """
    bounds: list[str] = []
    if table not in MONTHLY:
        return ""
    if first is not None and file.first < first:
        bounds.append(f"{_moment(table)} >= {_start(table, first)}")
    if last is not None and last < file.last:
        bounds.append(f"{_moment(table)} <= {_end(table, last)}")
    lost = [day for day in file.but if (first or "") <= day and (last is None or day <= last)]
    if lost:
        days = ", ".join(f"DATE {quoted(day)}" for day in lost)
        bounds.append(f"{DAY[table]} NOT IN ({days})")
    return f" WHERE {' AND '.join(bounds)}" if bounds else ""


def within(table: str, first: str | None, last: str | None) -> str:
    """The clause of a span of days over rows that may be of any day; "" for all, as of people."""
    return days_of(table, File("", 0, 0, "", "9999-99-99"), first, last)


def _moment(table: str) -> str:
    columns = MONTHLY[table]
    return "day" if "day" in columns else "hour" if table == "totals" else "time"


# Compared as the number that stands in the file: cheaper than a date made of each row.
def _start(table: str, day: str) -> str:
    return f"DATE {quoted(day)}" if _moment(table) == "day" else str(times.start_of_day(day))


def _end(table: str, day: str) -> str:
    if _moment(table) == "day":
        return f"DATE {quoted(day)}"
    return str(times.start_of_day(day) + DAY_MS - 1)
