"""The database of a run over the tables of all time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb

_MEMORY = "448MB"


@contextmanager
def database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a new folder; both are gone afterwards."""
    folder.mkdir()
    settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder / "spill")}
    try:
        with duckdb.connect(str(folder / "run.duckdb"), config=settings) as db:
            yield db
    finally:
        rmtree(folder)
