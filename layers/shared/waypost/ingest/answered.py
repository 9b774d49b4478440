"""The answer to a batch's question: its file is read as its sender told."""

import msgspec

from waypost.errors import NotFound, Refused
from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord
from waypost.ingest.load_jobs import job_for
from waypost.ingest.ports import Jobs, StandingBatches
from waypost.sources.formats.reading import Reading


def answer(
    tenant: str, batch: str, told: Reading, *, records: StandingBatches, jobs: Jobs
) -> BatchRecord:
    """Adds what was told to the reading of a batch that waits, and queues its file again.

    Raises `NotFound`, `Refused` for a batch that does not wait, and `Unavailable` where the file
    could not be queued: the same answer may be given once more.
    """
    record = records.get(tenant, batch)
    if record is None:
        raise NotFound("there is no such batch", code="unknown_batch")
    read = _with(record.reading or Reading(), told)
    is_again = record.status == batches.LOADING and record.reading == read
    if record.status != batches.WAITING and not is_again:
        raise Refused(f"the batch is {record.status} and waits for no answer", code="not_waiting")
    record.status, record.reading, record.question = batches.LOADING, read, None
    records.put(tenant, record)
    jobs.send(tenant, [msgspec.json.encode(job_for(tenant, record))])
    return record


def _with(reading: Reading, told: Reading) -> Reading:
    members = {
        name: value for name in told.__struct_fields__ if (value := getattr(told, name)) is not None
    }
    members["columns"] = {**reading.columns, **told.columns}
    return msgspec.structs.replace(reading, **members)
