"""What a fold reads, as SQL: files on the disk, and of them the days and users of one unit."""

import duckdb

from waypost.lake.sql import nothing, parquet
from waypost.lake.tables import DAY, MONTHLY
from waypost.lake.units import Unit
from waypost.lake.views import Source

# A user is in one part whatever is landed or stands of it. Events that are nobody's lie by their
# id, so that all arrivals of one meet; what is no event by its arrival.
_PART = "md5_number_lower(coalesce(user_id, id::VARCHAR, arrival::VARCHAR))"


def within(unit: Unit) -> str:
    """The condition under which a row is one of a unit's."""
    days = ", ".join(f"DATE '{day}'" for day in unit.days)
    # The range prunes row groups where rows lie by day; the list alone would not.
    where = f"day BETWEEN '{unit.first}' AND '{unit.last}' AND day IN ({days})"
    return where if unit.parts == 1 else f"{where} AND {_PART} % {unit.parts} = {unit.part}"


def stand(db: duckdb.DuckDBPyConnection, table: str, unit: Unit, files: list[Source]) -> None:
    """A view of what stands of a table on the days of a unit."""
    columns = MONTHLY[table] | {"day": "DATE", "code": "VARCHAR"}
    code = "" if "code" in MONTHLY[table] else ", NULL::VARCHAR AS code"
    parts = [f"SELECT *{code} FROM ({days_of(table, file)}) WHERE {within(unit)}" for file in files]
    query = " UNION ALL BY NAME ".join(parts) or nothing(columns)
    db.execute(f"CREATE OR REPLACE TEMP VIEW standing_{table} AS {query}")


def days_of(table: str, file: Source) -> str:
    """The rows of a file that are its own, with their day."""
    day = "" if "day" in MONTHLY[table] else f", {DAY[table]} AS day"
    return f"SELECT *{day} FROM {parquet(file.path)}{file.where}"
