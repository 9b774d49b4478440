"""
The one reader of the lake: a question's tables as views over local files.

A question says in a `Plan` what it needs. The reader finds the files in the manifests, fetches
them, and opens a DuckDB database in which each asked table is a view. Files are immutable: one
that is gone was replaced since the manifests were read, which are then read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from waypost.errors import Gone, Unavailable
from waypost.lake import database, scratch, standing
from waypost.lake.fetching import Fetcher
from waypost.lake.footers import Footers
from waypost.lake.limits import UNLIMITED, Limits, Watch, watched
from waypost.lake.plans import Cost, Plan
from waypost.lake.question import Question

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from waypost.lake.cache import FileCache
    from waypost.lake.months import File, Month
    from waypost.lake.ports import LakeReads, ManifestReads

    # A folder for the files of a question, and an empty database for its views.
    Place = tuple[Path, duckdb.DuckDBPyConnection]

_ATTEMPTS = 4


@dataclass(slots=True)
class Opened:
    """What a question asks: a view per table of its plan, in `db`.

    Everything that landed until `complete_until` (epoch ms) is in the answer; it is `provisional`
    where some of it comes from what landed since the last run. `asked` is what it was asked, in
    SQL.
    """

    db: duckdb.DuckDBPyConnection
    complete_until: int
    provisional: bool = False
    cost: Cost = field(default_factory=Cost)
    asked: list[str] = field(default_factory=list)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        return self.db.execute(sql, parameters).fetchall()


class LakeReader:
    """Answers plans. DuckDB is imported on first use."""

    def __init__(
        self,
        *,
        lake: LakeReads,
        manifests: ManifestReads,
        cache: FileCache,
        clock: Callable[[], int],
        limits: Limits = UNLIMITED,
        place: Callable[[], AbstractContextManager[Place]] | None = None,
    ) -> None:
        """`place` is where a question is asked; without one it shares the DuckDB of the process."""
        self._place = place or _shared
        self._lake = lake
        self._manifests = manifests
        self._cache = cache
        self._clock = clock
        self._limits = limits
        self._footers = Footers()

    def months(self, tenant: str) -> list[Month]:
        return self._manifests.months(tenant)

    def files(self, tenant: str, plan: Plan) -> dict[str, list[File]]:
        """What stands of the tables of a plan, in the days that it asks for."""
        stands = standing.look(
            tenant, plan, lake=self._lake, manifests=self._manifests, clock=self._clock
        )
        return {table: stands.files(table, plan.first, plan.last) for table in plan.tables}

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        """A database for one question. Raises `Unavailable` where runs replace files over and
        over while it reads, and `TooLong` where it takes more than its limits.
        """
        with self._place() as (folder, db), watched(self._limits, db) as watch:
            yield self._opened(tenant, plan, folder, db, watch)

    def _opened(
        self, tenant: str, plan: Plan, folder: Path, db: duckdb.DuckDBPyConnection, watch: Watch
    ) -> Opened:
        for attempt in range(_ATTEMPTS):
            stands = standing.look(
                tenant, plan, lake=self._lake, manifests=self._manifests, clock=self._clock
            )
            opened = Opened(db, stands.complete_until(), stands.provisional())
            opened.cost.files = stands.counted(plan.tables)
            own = folder / str(attempt)
            own.mkdir()
            fetcher = Fetcher(self._lake, self._cache, own, opened.cost, self._footers, watch)
            try:
                Question(plan, stands, db, fetcher).lay_out()
            except Gone:
                continue
            return opened
        raise Unavailable("the lake was rewritten while it was read; ask again")


@contextmanager
def _shared() -> Iterator[Place]:
    with scratch.folder() as folder, database.opened() as db:
        yield folder, db
