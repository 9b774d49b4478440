"""The rows of a lake as its manifests name them: what a question would see."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from waypost.lake import views
from waypost.lake.months import File
from waypost.lake.tables import HEAD


def rows(
    lake: Any, manifests: Any, tenant: str, table: str, columns: str = "*", day: str | None = None
) -> list[tuple[Any, ...]]:
    """The rows of a table, or of one day of it, in no order, through manifests alone."""
    files = _files(manifests, tenant, table, day)
    if not files:
        return []
    with TemporaryDirectory() as folder:
        local: dict[str, list[str]] = {}
        for number, file in enumerate(files):
            path = lake.fetch(file.key, Path(folder) / f"{number}.parquet")
            local.setdefault(views.days_of(table, file, day, day), []).append(str(path))
        query = " UNION ALL BY NAME ".join(
            f"SELECT * FROM read_parquet({paths}, union_by_name = true){where}"
            for where, paths in local.items()
        )
        with _database().cursor() as db:
            return db.execute(f"SELECT {columns} FROM ({query})").fetchall()


def _files(manifests: Any, tenant: str, table: str, day: str | None) -> list[File]:
    if table in HEAD:
        return [file for name, file in manifests.head(tenant).files.items() if name == table]
    return [file for month in manifests.months(tenant) for file in month.of(table, day, day)]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # One for all: to make one takes longer than what is asked of it.
    return duckdb.connect(config={"threads": 1})
