"""What a run over the tables of all time works with: a database, and files on its disk."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb

from waypost.lake.ports import LakeFiles

_THREADS = 16
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


def fetch(keys: list[str], folder: Path, name: str, *, lake: LakeFiles) -> list[Path]:
    """Objects side by side on the disk. Raises `Gone` where one is no longer there."""
    targets = [folder / f"{name}-{number}" for number in range(len(keys))]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lake.fetch, keys, targets))
