"""Replay: the files that were uploaded or dropped are loaded again, under the names they had."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord
from waypost.ingest.load_jobs import job_for
from waypost.ingest.ports import Jobs
from waypost.lake.ports import RunQueue, RunStore

# In one go: a call or two each, and a function answers within half a minute.
MOST_FILES = 500


class FileBatches(Protocol):
    def of_files(self, tenant: str, limit: int) -> Iterable[BatchRecord]:
        """The newest batches of a tenant that came as files, each with its object."""

    def put(self, tenant: str, record: BatchRecord) -> None: ...


@dataclass(frozen=True, slots=True)
class ReplayStores:
    """What a replay reads and queues. `exists` tells of a file in the inbox, by key and etag."""

    runs: RunStore
    queue: RunQueue
    batches: FileBatches
    exists: Callable[[str, str], bool]
    jobs: Jobs
    clock: Callable[[], int]


def load_again(
    tenant: str,
    *,
    batches_of: FileBatches,
    exists: Callable[[str, str], bool],
    jobs: Jobs,
) -> int:
    """Queues the newest 500 files that still lie in the inbox; how many.

    Their rows have the batch's ids and places, so nothing that was counted counts again.
    `exists` tells whether an object of that key and etag is there.
    """
    queued = 0
    for record in batches_of.of_files(tenant, MOST_FILES):
        at_its_start = _at_its_start(record)
        job = job_for(tenant, at_its_start)
        if exists(job.key, job.etag):
            batches_of.put(tenant, at_its_start)
            jobs.send(tenant, [msgspec.json.encode(job)])
            queued += 1
    return queued


def _at_its_start(record: BatchRecord) -> BatchRecord:
    return msgspec.structs.replace(
        record,
        status=batches.LOADING,
        bytes_read=0,
        received=0,
        rejected=0,
        ignored=0,
        parts=0,
        error=None,
    )
