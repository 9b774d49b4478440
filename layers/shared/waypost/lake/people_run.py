"""
One run over the changes of a tenant's people: what landed → new files of who everybody is.

The mark is read first, then the head, which therefore holds everything that the mark calls read.
An object counts as read only once what it says is published. Changes may be folded twice and in
any order, so a lost race or a killed run costs its work and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.errors import Gone
from waypost.lake import changes, downloads, head_work, heads, marks, people
from waypost.lake.commit import LostError
from waypost.lake.months import Head
from waypost.lake.ports import FoldStores
from waypost.lake.records import LandingObject

if TYPE_CHECKING:
    import duckdb

_ATTEMPTS = 5
_AT_ONCE = 64  # objects on the disk at a time
# What one run reads before it publishes; the next one goes on.
_MOST_LINES = 1_000_000
_MOST_BYTES = 128 * 1024 * 1024  # compressed


@dataclass(slots=True)
class PeopleReport:
    """What a run did: objects of changes that it read, those left to the next run, tables that got
    new files, races lost (and tried again).
    """

    objects: int = 0
    left: int = 0
    tables: list[str] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    """What one attempt reads, on top of which head: of the `objects` since the mark's hour those
    in `taken`, the oldest of the unread; `done` were read before.
    """

    since: str
    done: frozenset[bytes]
    head: Head
    objects: list[LandingObject]
    taken: list[LandingObject]

    def left(self) -> list[LandingObject]:
        read = self.read()
        return [landed for landed in self.objects if landed.name not in read]

    def read(self) -> set[bytes]:
        return {*self.done, *(landed.name for landed in self.taken)}


def fold_people(tenant: str, *, stores: FoldStores, folder: Path, run: str) -> PeopleReport:
    """Brings the files of people up to date. Without new changes nothing is written.

    `run` names the run in its files; what it needs meanwhile lies in `folder`.
    """
    report = PeopleReport()
    for attempt in range(_ATTEMPTS):
        started = stores.clock()
        work = _plan(tenant, stores)
        report.left = len(work.left()) + len(work.taken)
        if not work.taken:
            heads.tidy(tenant, work.head, started, lake=stores.lake, manifests=stores.manifests)
            break
        try:
            report.tables = _fold(tenant, work, f"{run}-{attempt}", stores, folder)
        except (LostError, Gone):
            report.lost += 1
            continue
        mark = marks.moved(work.since, started, work.objects, work.read())
        stores.manifests.put_mark(tenant, *mark, "changes")
        report.objects, report.left = len(work.taken), len(work.left())
        break
    return report


def _plan(tenant: str, stores: FoldStores) -> _Work:
    since, done = stores.manifests.mark(tenant, "changes")
    head = stores.manifests.head(tenant)
    objects = stores.lake.changes(tenant, since)
    taken: list[LandingObject] = []
    lines = size = 0
    for landed in objects:
        if taken and (lines > _MOST_LINES or size > _MOST_BYTES):
            break
        if landed.name not in done:
            taken.append(landed)
            lines += sum(landed.counts.values())
            size += landed.size
    return _Work(since, done, head, objects, taken)


def _fold(tenant: str, work: _Work, run: str, stores: FoldStores, folder: Path) -> list[str]:
    """Publishes what the changes bring; the tables that got new files. Raises `LostError`, and
    `Gone` where another run replaced a file.
    """
    scratch = folder / run
    with head_work.database(scratch) as db:
        _read(db, work.taken, stores, scratch)
        base = _base(work.head, stores, scratch)
        files = people.fold(db, base, scratch, stores.clock())
        lake, manifests = stores.lake, stores.manifests
        head = work.head
        if files:
            claimed = heads.claim(tenant, head, run, manifests=manifests)
            head = heads.publish(tenant, claimed, files, lake=lake, manifests=manifests)
        heads.tidy(tenant, head, stores.clock(), lake=lake, manifests=manifests)
        return sorted(files)


def _read(
    db: "duckdb.DuckDBPyConnection",
    taken: Sequence[LandingObject],
    stores: FoldStores,
    folder: Path,
) -> None:
    changes.start(db)
    for start in range(0, len(taken), _AT_ONCE):
        keys = [landed.key for landed in taken[start : start + _AT_ONCE]]
        paths = downloads.fetch(keys, folder, "changes", lake=stores.lake)
        changes.read(db, paths, stores.clock())
        for path in paths:
            path.unlink()


def _base(head: Head, stores: FoldStores, folder: Path) -> dict[str, Path]:
    standing = [table for table in ("users", "accounts") if table in head.files]
    keys = [head.files[table].key for table in standing]
    paths = downloads.fetch(keys, folder, "base", lake=stores.lake)
    return dict(zip(standing, paths, strict=True))
