"""How an answer came about: what was asked of the lake in SQL, and what of it was read."""

from msgspec import Struct

from waypost.lake.plans import Plan
from waypost.lake.reader import Opened


class TableRead(Struct):
    """A table with the columns that were read, or None for all, of so many files."""

    table: str
    columns: list[str] | None
    files: int


class Explained(Struct):
    """`sql` are the statements in their order. `gets` and `bytes` are what was fetched of S3: none
    of what was at hand already.
    """

    sql: list[str]
    tables: list[TableRead]
    gets: int
    bytes: int


def explained(opened: Opened, plan: Plan) -> Explained:
    """What was asked of an opened plan until now."""
    tables = [
        TableRead(
            table, None if columns is None else list(columns), opened.cost.files.get(table, 0)
        )
        for table, columns in plan.tables.items()
    ]
    return Explained([*opened.asked], tables, opened.cost.gets, opened.cost.bytes)
