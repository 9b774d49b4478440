"""
The one reader of the lake: a question's tables as views over local files.

A question says in a `Plan` what it needs. The reader finds the files in the manifests, fetches
them, and opens a DuckDB database in which each asked table is a view. Files are immutable: one
that is gone was replaced since the manifests were read, which are then read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from waypost import times
from waypost.errors import Gone, Unavailable
from waypost.lake import scratch, tables, views
from waypost.lake.fetching import Fetcher, Wanted
from waypost.lake.plans import Cost, Plan
from waypost.lake.tables import HEAD, MONTHLY
from waypost.lake.views import Source

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from waypost.lake.cache import FileCache
    from waypost.lake.months import File, Head, Month
    from waypost.lake.ports import LakeReads, ManifestReads

_ATTEMPTS = 4
_MEMORY = "1000MB"  # of 1,769 that the function has


@dataclass(slots=True)
class Opened:
    """What a question asks: a view per table of its plan, in `db`.

    Everything that landed until `complete_until` (epoch ms) is in the answer; it is `provisional`
    where some of it comes from what landed since the last run.
    """

    db: duckdb.DuckDBPyConnection
    complete_until: int
    provisional: bool = False
    cost: Cost = field(default_factory=Cost)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, parameters).fetchall()


class LakeReader:
    """Answers plans. DuckDB is imported on first use."""

    def __init__(
        self,
        *,
        lake: LakeReads,
        metrics: ManifestReads,
        cache: FileCache,
        clock: Callable[[], int],
    ) -> None:
        self._lake = lake
        self._metrics = metrics
        self._cache = cache
        self._clock = clock

    def months(self, tenant: str) -> list[Month]:
        return self._metrics.months(tenant)

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        """A database for one question. Raises `Unavailable` where runs replace files over and
        over while it reads.
        """
        with scratch.folder() as folder, connection(folder) as db:
            yield self._opened(tenant, plan, folder, db)

    def _opened(
        self, tenant: str, plan: Plan, folder: Path, db: duckdb.DuckDBPyConnection
    ) -> Opened:
        for attempt in range(_ATTEMPTS):
            opened = Opened(db, self._read_until(tenant))
            months, head = self._manifests(tenant, plan)
            own = folder / str(attempt)
            own.mkdir()
            fetcher = Fetcher(self._lake, self._cache, own, opened.cost)
            try:
                sources = self._sources(plan, months, head, opened, fetcher)
            except Gone:
                continue
            for table, asked in plan.tables.items():
                db.execute(views.create_view(table, asked, sources[table], []))
            return opened
        raise Unavailable("the lake was rewritten while it was read; ask again")

    def _read_until(self, tenant: str) -> int:
        hour, _ = self._metrics.mark(tenant)
        return times.start_of_hour(hour) if hour else 0

    def _manifests(self, tenant: str, plan: Plan) -> tuple[list[Month], Head | None]:
        monthly = plan.tables.keys() & MONTHLY.keys()
        first, last = plan.first and plan.first[:7], plan.last and plan.last[:7]
        months = self._metrics.months(tenant, first, last) if monthly else []
        return months, self._metrics.head(tenant) if plan.tables.keys() & HEAD.keys() else None

    def _sources(
        self, plan: Plan, months: list[Month], head: Head | None, opened: Opened, fetcher: Fetcher
    ) -> dict[str, list[Source]]:
        """The local files of each table, all fetched side by side."""
        files = [
            (table, file) for table in plan.tables for file in _files_of(table, plan, months, head)
        ]
        clauses = [views.days_of(table, file, plan.first, plan.last) for table, file in files]
        wanted = [
            _wanted(plan, table, file, where)
            for (table, file), where in zip(files, clauses, strict=True)
        ]
        sources: dict[str, list[Source]] = {table: [] for table in plan.tables}
        local = fetcher.files(opened.db, wanted)
        for (table, _), where, at in zip(files, clauses, local, strict=True):
            # Nothing of it may be read where no row group can hold what is asked for.
            if at.rows is None or at.rows:
                sources[table].append(Source(at.path, views.only(where, at.rows)))
        return sources


def _wanted(plan: Plan, table: str, file: File, where: str) -> Wanted:
    asked, equal = plan.tables[table], plan.equal.get(table)
    if asked is None and equal is not None:
        asked = tuple(tables.TABLES[table])
    return Wanted(file, views.needed(table, asked, where), equal)


def _files_of(table: str, plan: Plan, months: list[Month], head: Head | None) -> list[File]:
    if head is not None and table in HEAD:
        return [head.files[table]] if table in head.files else []
    return [file for month in months for file in month.of(table, plan.first, plan.last)]


@contextmanager
def connection(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database that may spill into a folder."""
    import duckdb

    settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=settings) as db:
        yield db
