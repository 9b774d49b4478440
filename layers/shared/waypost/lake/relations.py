"""What a fold reads, as SQL: files on the disk, and of them the days and users of one unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from waypost.lake.tables import DAY, MONTHLY
from waypost.lake.units import Unit

# A user is in one part whatever is landed or stands of it. Events that are nobody's lie by their
# id, so that all arrivals of one meet; what is no event by its arrival.
_PART = "md5_number_lower(coalesce(user_id, id::VARCHAR, arrival::VARCHAR))"


@dataclass(frozen=True, slots=True)
class Standing:
    """A file of `events` or `others` on local disk, and the days in it that are not its own."""

    path: Path
    but: tuple[str, ...] = ()


def parquet(paths: Iterable[Path]) -> str:
    """Local files as one relation."""
    files = ", ".join(f"'{path}'" for path in paths)
    return f"read_parquet([{files}])"


def within(unit: Unit) -> str:
    """The condition under which a row is one of a unit's."""
    days = ", ".join(f"DATE '{day}'" for day in unit.days)
    # The range prunes row groups where rows lie by day; the list alone would not.
    where = f"day BETWEEN '{unit.first}' AND '{unit.last}' AND day IN ({days})"
    return where if unit.parts == 1 else f"{where} AND {_PART} % {unit.parts} = {unit.part}"


def stand(db: duckdb.DuckDBPyConnection, table: str, unit: Unit, files: list[Standing]) -> None:
    """A view of what stands of a table on the days of a unit."""
    columns = MONTHLY[table]
    code = "" if "code" in columns else ", NULL::VARCHAR AS code"
    parts = [f"SELECT *{code} FROM ({days_of(table, file)}) WHERE {within(unit)}" for file in files]
    if not parts:
        names = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
        day = "" if "day" in columns else ", NULL::DATE AS day"
        parts = [f"SELECT {names}{day}{code} WHERE false"]
    query = " UNION ALL BY NAME ".join(parts)
    db.execute(f"CREATE OR REPLACE TEMP VIEW standing_{table} AS {query}")


def days_of(table: str, file: Standing) -> str:
    """The rows of a file that are its own, with their day."""
    columns = MONTHLY[table]
    day = "" if "day" in columns else f", {DAY[table]} AS day"
    rows = f"SELECT *{day} FROM read_parquet('{file.path}')"
    if not file.but:
        return rows
    but = ", ".join(f"DATE '{one}'" for one in file.but)
    return f"SELECT * FROM ({rows}) WHERE day NOT IN ({but})"
