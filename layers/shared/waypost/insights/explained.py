"""How an answer came about: what was asked of the lake in SQL, and what of it was read."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from waypost.insights.ports import Lake
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


class Recorder:
    """A lake that remembers how it is asked."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.explained = Explained([], [], 0, 0)

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        with self._lake.open(tenant, plan) as opened:
            yield opened
            before, told = self.explained, explained(opened, plan)
            self.explained = Explained(
                before.sql + told.sql,
                before.tables + told.tables,
                before.gets + told.gets,
                before.bytes + told.bytes,
            )
