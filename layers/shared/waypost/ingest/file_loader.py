"""What `load` does with one file: rows in stretches through the same intake as every door."""

from collections.abc import Callable
from hashlib import blake2b

import msgspec
from msgspec import Struct

from waypost import jsdate
from waypost.errors import Malformed, NotFound
from waypost.event import Batch
from waypost.ingest import batches, intake
from waypost.ingest.batches import BatchRecord
from waypost.ingest.event_ids import EventIds
from waypost.ingest.messages import FRAME_EVENTS
from waypost.ingest.ports import LoadStores
from waypost.ingest.queue_records import Record
from waypost.ingest.reception import Receipt, Reception
from waypost.sources import planhat
from waypost.sources.formats import files
from waypost.sources.formats.files import Counted
from waypost.telemetry import logger
from waypost.tenants import Tenant

# Enough for one more stretch of 5,000 rows, and to queue the rest.
_SPARE_MS = 60_000


class Job(Struct, omit_defaults=True):
    """One object of the inbox to load, from its `skip`-th part on."""

    tenant: str
    key: str
    etag: str
    batch: str
    kind: str
    created: int
    skip: int = 0


def job_of(body: str) -> Job | None:
    """The job in a queue message: an S3 event from EventBridge, or a continuation of ours.

    None for an object that is nobody's file: an unknown folder, or no tenant in its path.
    """
    message = msgspec.json.decode(body)
    if "detail" not in message:
        return msgspec.convert(message, Job)
    detail = message["detail"]["object"]
    key, etag = detail["key"], detail.get("etag", "")
    folder, _, rest = key.partition("/")
    tenant, _, name = rest.partition("/")
    created = jsdate.parse(message["time"])
    if folder == "uploads" and name.endswith("/data"):
        return Job(tenant, key, etag, name.removesuffix("/data"), "upload", created)
    if folder == "drops" and name and not name.endswith("/"):
        return Job(tenant, key, etag, _own_batch(key, etag, created), "drop", created)
    return None


def _own_batch(key: str, etag: str, created: int) -> str:
    """Made of the object, not drawn: S3 may announce a file twice, and that is one batch."""
    token = blake2b(f"{key}\0{etag}".encode(), digest_size=16).hexdigest()
    return batches.new_id(created, token)


def load_all(
    records: list[Record], *, stores: LoadStores, remaining_ms: Callable[[], int]
) -> list[str]:
    """Loads the file of each record, and queues the rest of one that takes longer.

    Answers the message ids of files that have to come again.
    """
    failed = []
    for record in records:
        try:
            job = job_of(record["body"])
            rest = load(job, stores=stores, remaining_ms=remaining_ms) if job else None
            if rest is not None:
                stores.jobs.send(rest.tenant, [msgspec.json.encode(rest)])
        except Exception:
            logger().exception("LoadFailed", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return failed


def load(job: Job, *, stores: LoadStores, remaining_ms: Callable[[], int]) -> Job | None:
    """Loads a file; a new job for the rest where less than a minute is left.

    Rows keep their ids, parts and places whoever loads them and however often. A file that cannot
    be read, or that is there no more, ends as a failed batch with the reason.
    """
    tenant = stores.tenants.get(job.tenant)
    if tenant is None:
        logger().warning("FileOfUnknownTenant", extra={"key": job.key})
        return None
    job, record = _open(job, stores)
    # Announced twice: all of it is on its way since, or will never be.
    if record.status != batches.LOADING:
        return None
    try:
        return _load(job, tenant, record, stores, remaining_ms)
    except (Malformed, NotFound) as error:
        record.status, record.error = batches.FAILED, error.message
        stores.batches.put(job.tenant, record)
        return None


def _open(job: Job, stores: LoadStores) -> tuple[Job, BatchRecord]:
    """The record that a door or an earlier delivery made, or a new one; the job that fills it.

    An upload's URL stays good for an hour. A second file under it would take up the places and
    parts of the first, which may be matched already, so it is a batch of its own.
    """
    name = job.key.partition("/")[2].partition("/")[2]
    record = BatchRecord(job.batch, job.kind, batches.LOADING, job.created, name, object=job.etag)
    standing = stores.batches.open(job.tenant, record)
    if standing.object == job.etag:
        return job, standing
    own = _own_batch(job.key, job.etag, job.created)
    record = msgspec.structs.replace(record, id=own, name=standing.name)
    return msgspec.structs.replace(job, batch=own), stores.batches.open(job.tenant, record)


def _load(
    job: Job,
    tenant: Tenant,
    record: BatchRecord,
    stores: LoadStores,
    remaining_ms: Callable[[], int],
) -> Job | None:
    body, record.bytes = stores.inbox.open(job.key, job.etag)
    stream = Counted(body)
    reception = Reception(tenant, job.batch, planhat.SOURCE, job.created, batch=job.batch)
    identifier = intake.identifier(reception, job.batch)
    # Counted anew from the first row on, since the record may hold an earlier delivery's counts.
    record.received = record.rejected = record.ignored = 0
    for part, batch in enumerate(
        files.batches(stream, job.created, FRAME_EVENTS, tenant.placeholders)
    ):
        record.bytes_read, record.parts = stream.bytes_read, part + 1
        # Read once more from its start: nobody can enter gzip half-way, and ordinals must go on.
        if part < job.skip:
            _count(record, batch, intake.rehearse(batch, reception, identifier))
            continue
        _count(record, batch, _accept(batch, reception, identifier, part, stores))
        stores.batches.put(job.tenant, record)
        if remaining_ms() < _SPARE_MS:
            return msgspec.structs.replace(job, skip=part + 1)
    record.status, record.bytes_read = batches.MATCHING, record.bytes
    stores.batches.put(job.tenant, record)
    return None


def _accept(
    batch: Batch, reception: Reception, identifier: EventIds, part: int, stores: LoadStores
) -> Receipt:
    numbered = msgspec.structs.replace(reception, first_part=part)
    return intake.accept(batch, numbered, identifier, outbox=stores.outbox, rows=stores.rows)


def _count(record: BatchRecord, batch: Batch, receipt: Receipt) -> None:
    record.received += batch.received
    record.rejected += len(receipt.rejects)
    record.ignored += receipt.ignored
