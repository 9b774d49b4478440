"""
One run over the changes of a tenant's people: what landed → new files of who everybody is.

The mark is read first, then the head, which therefore holds everything that the mark calls read.
An object counts as read only after what it says is published. Changes may be folded twice and in
any order, so a lost race or a killed run costs its work and nothing else.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from waypost import times
from waypost.errors import Gone
from waypost.lake import changes, heads, people
from waypost.lake.months import Head
from waypost.lake.ports import PeopleStores
from waypost.lake.records import LandingObject
from waypost.times import HOUR_MS

OVERLAP_MS = 2 * HOUR_MS
_ATTEMPTS = 5
_THREADS = 8
_AT_ONCE = 64  # objects on the disk at a time
# What one run reads before it publishes: the next one goes on.
_MOST_LINES = 1_000_000
_MOST_BYTES = 128 * 1024 * 1024  # compressed
_MEMORY = "448MB"


@dataclass(slots=True)
class PeopleReport:
    """What a run did: change objects read, those that wait for the next run, tables with new files,
    races lost (and tried again).
    """

    objects: int = 0
    waiting: int = 0
    tables: list[str] = field(default_factory=list)
    lost: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Unread:
    """The objects since the mark's hour, oldest first, and which of them are `read`."""

    since: str
    objects: list[LandingObject]
    read: set[bytes]

    def waiting(self) -> list[LandingObject]:
        return [landed for landed in self.objects if landed.name not in self.read]


def fold_people(
    tenant: str, *, stores: PeopleStores, folder: Path, run: str, clock: Callable[[], int]
) -> PeopleReport:
    """Brings the files of people up to date. Without new changes nothing is written.

    `run` names the run in its files; `folder` holds what it needs meanwhile.
    """
    report = PeopleReport()
    for attempt in range(_ATTEMPTS):
        started = clock()
        since, done = stores.manifests.mark(tenant, "changes")
        head = stores.manifests.head(tenant)
        unread = _Unread(since, stores.lake.changes(tenant, since), set(done))
        waiting = len(unread.waiting())
        if not waiting:
            break
        name = heads.run_name(started, f"{run}-{attempt}")
        if _fold(tenant, head, unread, name, stores, folder, report):
            _advance(tenant, unread, stores, started)
            report.waiting = len(unread.waiting())
            report.objects = waiting - report.waiting
            break
        report.lost += 1
        report.complete = attempt < _ATTEMPTS - 1
    return report


def _fold(
    tenant: str,
    head: Head,
    unread: _Unread,
    run: str,
    stores: PeopleStores,
    folder: Path,
    report: PeopleReport,
) -> bool:
    """Reads what it can and publishes what that changes; False where another run was faster."""
    with _database(folder / run) as db:
        _read(db, unread, stores, folder / run, heads.began(run))
        try:
            base = _base(head, stores, folder / run)
        except Gone:
            return False
        files = people.fold(db, base, folder / run, heads.began(run))
        if not files:
            return True
        claimed = heads.claim(tenant, head, run, lake=stores.lake, manifests=stores.manifests)
        if claimed is None or not heads.publish(
            tenant, claimed, files, lake=stores.lake, manifests=stores.manifests
        ):
            return False
        report.tables = sorted(files)
        return True


@contextmanager
def _database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a folder of its own; both are gone afterwards."""
    folder.mkdir()
    settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder / "spill")}
    try:
        with duckdb.connect(str(folder / "people.duckdb"), config=settings) as db:
            yield db
    finally:
        shutil.rmtree(folder)


def _read(
    db: duckdb.DuckDBPyConnection, unread: _Unread, stores: PeopleStores, folder: Path, now: int
) -> None:
    changes.start(db)
    waiting, lines, size = unread.waiting(), 0, 0
    for start in range(0, len(waiting), _AT_ONCE):
        if lines >= _MOST_LINES or size >= _MOST_BYTES:
            return
        some = waiting[start : start + _AT_ONCE]
        paths = _fetch([landed.key for landed in some], stores, folder, ".ndjson.zst")
        changes.read(db, paths, now)
        lines += sum(sum(landed.counts.values()) for landed in some)
        size += sum(path.stat().st_size for path in paths)
        for path in paths:
            path.unlink()
        unread.read.update(landed.name for landed in some)


def _base(head: Head, stores: PeopleStores, folder: Path) -> dict[str, Path]:
    standing = [table for table in ("users", "accounts") if table in head.files]
    keys = [head.files[table].key for table in standing]
    return dict(zip(standing, _fetch(keys, stores, folder, ".base"), strict=True))


def _fetch(keys: list[str], stores: PeopleStores, folder: Path, suffix: str) -> list[Path]:
    targets = [folder / f"{number}{suffix}" for number in range(len(keys))]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(stores.lake.fetch, keys, targets))


def _advance(tenant: str, unread: _Unread, stores: PeopleStores, started: int) -> None:
    """Moves the mark to a safe overlap behind the listing, not past what waits."""
    # A function that took its hour before it wrote may still land an object behind the listing.
    behind = times.hour(started - OVERLAP_MS)
    hour = max(unread.since, min([behind, *(landed.hour for landed in unread.waiting()[:1])]))
    names = frozenset(
        landed.name
        for landed in unread.objects
        if landed.hour >= hour and landed.name in unread.read
    )
    stores.manifests.put_mark(tenant, hour, names, "changes")
