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
from typing import TYPE_CHECKING

from waypost import times
from waypost.errors import Gone
from waypost.lake import changes, heads, people
from waypost.lake.months import Head
from waypost.lake.ports import PeopleStores
from waypost.lake.records import LandingObject
from waypost.times import HOUR_MS

if TYPE_CHECKING:
    import duckdb

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
    """Brings the files of people up to date. Without new changes nothing is written."""
    report = PeopleReport()
    for attempt in range(_ATTEMPTS):
        started = clock()
        since, done = stores.manifests.mark(tenant, "changes")
        head = stores.manifests.head(tenant)
        unread = _Unread(since, stores.lake.changes(tenant, since), set(done))
        waiting = unread.waiting()
        if not waiting:
            return report
        if _fold(tenant, head, unread, stores, folder, report, _name(started, run, attempt)):
            report.waiting = len(unread.waiting())
            report.objects += len(waiting) - report.waiting
            _advance(tenant, unread, stores, started)
            return report
        report.lost += 1
    report.complete = False
    return report
