"""Landing objects as a relation: the SQL that reads what `match` wrote."""

from collections.abc import Iterable
from pathlib import Path

from waypost.lake.sql import quoted
from waypost.lake.tables import EVENTS

# What of a line the lake keeps, with the type that it is read as. Names and e-mails are not among
# them: the lake tells who somebody is by `users` alone.
_READ = {
    "id": "VARCHAR",
    "n": "INTEGER",
    "time": "BIGINT",
    "action": "VARCHAR",
    "label": "VARCHAR",
    "weight": "DOUBLE",
    "count": "INTEGER",
    "user_id": "VARCHAR",
    "company_id": "VARCHAR",
    "properties": "JSON",
    "digest": "VARCHAR",
    "kind": "VARCHAR",
    "session": "VARCHAR",
    "module": "VARCHAR",
    "feature": "VARCHAR",
    "product": "VARCHAR",
    "page": "VARCHAR",
    "active_ms": "BIGINT",
    "module_ms": "BIGINT",
    "overwrites": "BOOLEAN",
    "receipt": "VARCHAR",
    "received": "BIGINT",
    "source": "VARCHAR",
    "verdict": "VARCHAR",
    "code": "VARCHAR",
}

# How a column is made of what was read. A line leaves out what has its default.
_MADE = {
    "id": "TRY_CAST(id AS UUID)",
    "weight": "coalesce(weight, 1.0)",
    "count": "coalesce(count, 1)",
    "active_ms": "coalesce(active_ms, 0)",
    "module_ms": "coalesce(module_ms, 0)",
    "properties": "properties::VARCHAR",
    # A receipt is only ever compared with receipts of the same event: 64 bits tell them apart.
    "arrival": "md5_number_lower(receipt)",
    "n": "coalesce(n, 0)",
    "overwrites": "coalesce(overwrites, false)",
}

# The day that a line counts on: of its event, or of its reception for what is none.
_DAY = """CAST(make_timestamp(
    CASE WHEN id IS NULL OR verdict = 'rejected' THEN received ELSE time END * 1000) AS DATE)"""

COLUMNS = {**EVENTS, "verdict": "VARCHAR", "code": "VARCHAR", "day": "DATE"}


def select(paths: Iterable[Path | str]) -> str:
    """The query over some landing objects: the columns of `events`, verdict, code and day."""
    files = ", ".join(quoted(str(path)) for path in paths)
    made = ", ".join(f"{_MADE.get(name, name)} AS {name}" for name in [*EVENTS, "verdict", "code"])
    return f"""SELECT {made}, {_DAY} AS day FROM read_json([{files}], columns = {_READ!r},
        format = 'newline_delimited', compression = 'zstd', maximum_object_size = 1048576)"""
