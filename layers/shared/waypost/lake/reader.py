"""
The one reader of the lake: a question's tables as views over local files.

A question says in a `Plan` what it needs. The reader finds the files in the manifests, fetches
them, and opens a DuckDB database in which each asked table is a view. Files are immutable: one
that is gone was replaced since the manifests were read, which are then read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from waypost.errors import Gone, Unavailable
from waypost.lake import changes, database, fresh, people, scratch, standing, tables, views
from waypost.lake.fetching import Fetcher, Wanted
from waypost.lake.plans import Cost, Plan
from waypost.lake.tables import HEAD
from waypost.lake.views import Source

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from waypost.lake.cache import FileCache
    from waypost.lake.months import File, Month
    from waypost.lake.plans import Columns
    from waypost.lake.ports import LakeReads, ManifestReads
    from waypost.lake.standing import Standing

_ATTEMPTS = 4


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
        manifests: ManifestReads,
        cache: FileCache,
        clock: Callable[[], int],
    ) -> None:
        self._lake = lake
        self._manifests = manifests
        self._cache = cache
        self._clock = clock

    def months(self, tenant: str) -> list[Month]:
        return self._manifests.months(tenant)

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        """A database for one question. Raises `Unavailable` where runs replace files over and
        over while it reads.
        """
        with scratch.folder() as folder, database.opened() as db:
            yield self._opened(tenant, plan, folder, db)

    def _opened(
        self, tenant: str, plan: Plan, folder: Path, db: duckdb.DuckDBPyConnection
    ) -> Opened:
        for attempt in range(_ATTEMPTS):
            stands = standing.look(
                tenant, plan, lake=self._lake, manifests=self._manifests, clock=self._clock
            )
            opened = Opened(db, stands.complete_until(), stands.provisional())
            own = folder / str(attempt)
            own.mkdir()
            fetcher = Fetcher(self._lake, self._cache, own, opened.cost)
            try:
                _lay_out(plan, stands, db, fetcher)
            except Gone:
                continue
            return opened
        raise Unavailable("the lake was rewritten while it was read; ask again")


def _lay_out(plan: Plan, stands: Standing, db: duckdb.DuckDBPyConnection, fetcher: Fetcher) -> None:
    """Fetches what a plan needs, and makes its views."""
    sources = _sources(plan, stands, db, fetcher)
    laid_over = _fresh(plan, stands, db, fetcher)
    of_people = {table: asked for table, asked in plan.tables.items() if table in people.KIND}
    if of_people:
        _lay_people(of_people, sources, stands, db, fetcher)
    for table in plan.tables.keys() - of_people:
        query = views.select(table, plan.tables[table], sources[table], laid_over.get(table, ()))
        db.execute(f"CREATE VIEW {table} AS {query}")


def _sources(
    plan: Plan, stands: Standing, db: duckdb.DuckDBPyConnection, fetcher: Fetcher
) -> dict[str, list[Source]]:
    """The local files of each table, all fetched side by side."""
    changed = bool(stands.changes.objects)
    wanted = [
        (table, _wanted(plan, table, file, changed=changed))
        for table in plan.tables
        for file in stands.files(table, plan.first, plan.last)
        if plan.days is None or table in HEAD or any(map(file.spans, plan.days))
    ]
    sources: dict[str, list[Source]] = {table: [] for table in plan.tables}
    local = fetcher.files(db, [each for _, each in wanted])
    for (table, each), here in zip(wanted, local, strict=True):
        where = views.days_of(table, each.file, plan.first, plan.last)
        # Nothing of it may be read where no row group can hold what is asked for.
        if here.rows is None or here.rows:
            sources[table].append(Source(here.path, views.only(where, here.rows)))
    return sources


def _wanted(plan: Plan, table: str, file: File, *, changed: bool = False) -> Wanted:
    """What is fetched of a file; more columns of one of people if something `changed`."""
    asked, equal = plan.tables[table], plan.equal.get(table)
    behind = tables.BEHIND.get(table, {})
    if asked is None and equal is not None:
        asked = tuple(tables.TABLES[table] | behind)
    if table in people.KIND and asked is not None:
        asked = tuple({*asked, *(people.NEEDED[table] if changed else behind.keys() & {"gone"})})
        # Whom a record led to, and whether a change of it is news, other records may tell.
        equal = None if changed else equal
    where = views.days_of(table, file, plan.first, plan.last)
    return Wanted(file, views.needed(table, asked, where), equal)


def _lay_people(
    of_people: Mapping[str, Columns],
    sources: dict[str, list[Source]],
    stands: Standing,
    db: duckdb.DuckDBPyConnection,
    fetcher: Fetcher,
) -> None:
    """The views of people, with what changed since the last run."""
    objects = stands.changes.objects
    if objects:
        changes.start(db)
        changes.read(db, fetcher.objects([change.key for change in objects]), stands.now)
    base = {
        table: f"(FROM {people.parquet(source.path)}{source.where})"
        for table in of_people
        for source in sources[table]
    }
    people.lay(db, of_people, base, changed=bool(objects))


def _fresh(
    plan: Plan, stands: Standing, db: duckdb.DuckDBPyConnection, fetcher: Fetcher
) -> dict[str, list[str]]:
    """What landed since the last run, as relations by table."""
    if not stands.landing.objects:
        return {}
    paths = fetcher.objects([landing.key for landing in stands.landing.objects])
    days, users = fresh.land(db, plan, paths)
    # Some of it may stand in the files already: a run publishes them before it says what it read.
    ids = Plan({"events": ("id", "time")}, equal={"events": ("user_id", users)} if users else {})
    files = [file for file in stands.files("events") if any(map(file.spans, days))]
    local = fetcher.files(db, [_wanted(ids, "events", file) for file in files])
    sources = [
        Source(here.path, views.only(views.days_of("events", file, None, None), here.rows))
        for file, here in zip(files, local, strict=True)
        if here.rows is None or here.rows
    ]
    fresh.settle(db, views.select("events", ("id", "time"), sources))
    return fresh.relations(plan)
