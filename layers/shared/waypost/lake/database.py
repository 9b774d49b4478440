"""
One DuckDB in a process, and in it a database of its own for each question.

To start DuckDB takes sixteen milliseconds of CPU, more than a small question; another database in
it takes two.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waypost.errors import TooLong
from waypost.lake import scratch
from waypost.lake.limits import OUT_OF_MEMORY, OUT_OF_TIME

if TYPE_CHECKING:
    import duckdb

_MEMORY = "1000MB"  # of 1,769 that the function has
# Reading a page's other columns last saves nothing of a local file.
_SETTINGS: dict[str, Any] = {
    "disabled_optimizers": "late_materialization",
    # Each would be compared with each where few rows are expected, which estimates get wrong.
    "asof_loop_join_threshold": 0,
}
_numbers = count()


@contextmanager
def opened() -> Iterator["duckdb.DuckDBPyConnection"]:
    """An empty database, gone afterwards. Several may be open at once, and share the memory.

    Where DuckDB breaks down the question fails, and the next one starts another. Raises `TooLong`
    for a question that was interrupted, which only its limits do, or that has no room.
    """
    import duckdb

    name = f"question_{next(_numbers)}"
    with _process().cursor() as db:
        db.execute(f"ATTACH ':memory:' AS {name}")
        db.execute(f"USE {name}")
        try:
            yield db
        except (duckdb.InternalException, duckdb.FatalException):
            _process.cache_clear()
            raise
        except duckdb.InterruptException:
            raise TooLong(OUT_OF_TIME) from None
        except duckdb.OutOfMemoryException:
            raise TooLong(OUT_OF_MEMORY) from None
        finally:
            with suppress(duckdb.Error):
                db.execute("USE memory")
                db.execute(f"DETACH {name}")


@contextmanager
def alone(folder: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """An empty database in a DuckDB of its own, with as much of the machine as DuckDB takes; what
    does not fit into memory goes to a folder.
    """
    import duckdb

    with duckdb.connect(config={"temp_directory": str(folder), **_SETTINGS}) as db:
        yield db


@cache
def _process() -> "duckdb.DuckDBPyConnection":
    import duckdb

    settings: dict[str, Any] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch.of_process()),
        **_SETTINGS,
    }
    return duckdb.connect(config=settings)
