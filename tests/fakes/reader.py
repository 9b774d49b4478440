"""Reader: the lake's tables from rows that a test wrote down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from waypost.ingest.messages import slices
from waypost.lake import sql, tables, views
from waypost.lake.months import Month
from waypost.lake.plans import Plan
from waypost.lake.reader import Opened


class FakeReader:
    """The lake of every tenant: rows by table, a column that is left out being NULL.

    As in the lake a question sees the tables, columns and days of its plan, and nothing else.
    `plans` are those that were asked.
    """

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self.tables = rows
        self.manifests: list[Month] = []
        self.plans: list[tuple[str, Plan]] = []
        self.complete_until = 0
        self.provisional = False

    def months(self, _tenant: str) -> list[Month]:
        return self.manifests

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        self.plans.append((tenant, plan))
        with duckdb.connect(config={"threads": "1"}) as db:
            for table, asked in plan.tables.items():
                self.fill(db, table, asked or ())
                part = f"(FROM {_rows(table)}{views.within(table, plan.first, plan.last)})"
                db.execute(f"CREATE VIEW {table} AS {views.select(table, asked, [], [part])}")
            yield Opened(db, self.complete_until, self.provisional)

    def fill(self, db: duckdb.DuckDBPyConnection, table: str, asked: tuple[str, ...]) -> None:
        """Makes the rows of a table, under `rows_of_…`."""
        tables.create(db, table, _rows(table))
        rows = self.tables.get(table, [])
        names = {name for row in rows for name in row}.union(asked)
        for name in sorted(names - tables.TABLES[table].keys()):
            assert table == "props", name
            assert name.startswith(tables.PROPERTY), name
            db.execute(f"ALTER TABLE {_rows(table)} ADD COLUMN {sql.named(name)} VARCHAR")
        # Rows of the same columns by the hundred: a question may be asked of thousands of them.
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            alike.setdefault(tuple(row), []).append(row)
        for columns, mine in alike.items():
            listed = ", ".join(map(sql.named, columns))
            for some in slices(mine, 500):
                marks = ", ".join([f"({', '.join('?' for _ in columns)})"] * len(some))
                values = [value for row in some for value in row.values()]
                db.execute(f"INSERT INTO {_rows(table)} ({listed}) VALUES {marks}", values)


def _rows(table: str) -> str:
    return f"rows_of_{table}"
